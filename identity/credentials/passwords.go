package credentials

import (
	"context"
	"errors"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/limit"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Limiter bounds hashes that go on at once; *limit.Gate is one. The weight of
// a hash is its memory in mebibytes.
type Limiter interface {
	Enter(ctx context.Context, weight int64) (leave func(), err error)
}

// Passwords sets and checks passwords. Nobody but it sees one.
type Passwords struct {
	Limit Limiter // nil: no bound, for tests and the command line
	Now   func() time.Time
	// Params of new hashes; zero: Default. Hashes with others are replaced
	// when their password is next given.
	Params Params
}

// Set makes the password the user's only one, in the caller's transaction.
// Refusals of the password are InputInvalid on the field "password" with
// PasswordTooShort, PasswordTooLong, PasswordCommon or PasswordContext;
// ServerBusy when too many hashes go on. The caller ends sessions and records
// who did it why (R66); the event user.password_set is appended here.
func (p *Passwords) Set(ctx context.Context, tx *store.Tx, userID, password string, policy Policy) error {
	normal, err := policy.Check(password)
	if err != nil {
		return err
	}
	hash, err := p.hash(ctx, normal)
	if err != nil {
		return err
	}
	return p.keep(ctx, tx, userID, hash, fact("source", "password"))
}

// Prepared is a password that was judged and hashed outside a transaction.
type Prepared struct{ hash string }

// Prepare judges and hashes a password before a transaction begins, so that
// SQLite's one writer does not wait for the hash; errors as Set's.
func (p *Passwords) Prepare(ctx context.Context, password string, policy Policy) (Prepared, error) {
	normal, err := policy.Check(password)
	if err != nil {
		return Prepared{}, err
	}
	hash, err := p.hash(ctx, normal)
	return Prepared{hash}, err
}

// SetPrepared makes a prepared password the user's only one. Why is for the
// event; empty: nobody said.
func (p *Passwords) SetPrepared(ctx context.Context, tx *store.Tx, userID string, prepared Prepared, why string) error {
	if prepared.hash == "" {
		return reason.New(reason.PasswordNone)
	}
	return p.keep(ctx, tx, userID, prepared.hash, fact("source", "password", "why", why))
}

// SetHash takes over a hash of another system: a PHC string of argon2id within
// bounds. Another is InputInvalid on the field "password_hash". Why is for the
// event.
func (p *Passwords) SetHash(ctx context.Context, tx *store.Tx, userID, phc, why string) error {
	if _, err := parse(phc); err != nil {
		return reason.Wrap(reason.InputInvalid, err).On("password_hash", reason.InputFormat, "")
	}
	return p.keep(ctx, tx, userID, phc, fact("source", "hash", "why", why))
}

// fact makes the details of an event from pairs, without what is empty.
func fact(pairs ...string) map[string]any {
	details := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			details[pairs[i]] = pairs[i+1]
		}
	}
	return details
}

func (p *Passwords) keep(ctx context.Context, tx *store.Tx, userID, hash string, details map[string]any) error {
	now := models.At(p.Now())
	row := models.Credential{UserID: userID, Kind: models.KindPassword, Hash: hash, CreatedAt: now, UpdatedAt: now}
	if err := upsert(ctx, tx, &row); err != nil {
		return err
	}
	return audit.Append(ctx, tx, p.Now(), audit.Event{
		Action: audit.UserPasswordSet, UserID: userID, Target: audit.Target{Type: "user", ID: userID},
		Details: details,
	})
}

// Remove takes the user's password away; none is PasswordNone. Why is for the
// event.
func (p *Passwords) Remove(ctx context.Context, tx *store.Tx, userID, why string) error {
	removed, err := remove(ctx, tx, userID)
	if err != nil {
		return err
	}
	if !removed {
		return reason.New(reason.PasswordNone)
	}
	return audit.Append(ctx, tx, p.Now(), audit.Event{
		Action: audit.UserPasswordRemoved, UserID: userID, Target: audit.Target{Type: "user", ID: userID}, Details: fact("why", why),
	})
}

// Has reports whether the user has a password.
func (p *Passwords) Has(ctx context.Context, r store.Reader, userID string) (bool, error) {
	asked := askOf(userID)
	store.Ask(ctx, r, asked.Question)
	if store.NotFound(asked.Err()) {
		return false, nil
	}
	return asked.Err() == nil, asked.Err()
}

// hash hashes a normalised password with today's parameters.
func (p *Passwords) hash(ctx context.Context, normal string) (string, error) {
	leave, err := p.enter(ctx, p.params())
	if err != nil {
		return "", err
	}
	defer leave()
	return p.params().hash(normal), nil
}

func (p *Passwords) params() Params {
	if p.Params == (Params{}) {
		return Default
	}
	return p.Params
}

func (p *Passwords) enter(ctx context.Context, of Params) (func(), error) {
	if p.Limit == nil {
		return func() {}, nil
	}
	leave, err := p.Limit.Enter(ctx, of.Weight())
	if err == nil {
		return leave, nil
	}
	busy := reason.Wrap(reason.ServerBusy, err)
	var full *limit.Busy
	if errors.As(err, &full) {
		return nil, busy.After(full.RetryAfter)
	}
	return nil, busy
}

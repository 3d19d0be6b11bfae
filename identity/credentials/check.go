package credentials

import (
	"context"
	"unicode/utf8"

	"gatehouse/audit"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Check verifies a password: PasswordWrong when it is not the user's,
// PasswordNone when the user has none. Without a user ("") or a password of
// his the same work is done for nothing (R62) and the answer is PasswordWrong
// or PasswordNone; doors show both alike. A right password whose hash has other parameters than
// today's is hashed anew in a transaction of w.
func (p *Passwords) Check(ctx context.Context, w store.Writer, userID, password string) error {
	// The same read is done for nobody, so that nobody does not answer faster.
	_, err := p.check(ctx, w, userID, password)
	return err
}

func (p *Passwords) check(ctx context.Context, w store.Writer, userID, password string) (Proven, error) {
	asked := askOf(userID)
	store.Ask(ctx, w, asked.Question)
	return p.CheckAsked(ctx, w, asked, userID, password)
}

// Proven is the password that somebody proved to know, as it was kept.
type Proven struct{ hash string }

// Holds refuses, with PasswordWrong, whoever proved a password that was changed or
// taken away since. Until the transaction ends it is not: who changes it waits, and
// then sees what this transaction wrote (R66).
func (p *Passwords) Holds(ctx context.Context, tx *store.Tx, userID string, proven Proven) error {
	row, err := held(ctx, tx, userID)
	if store.NotFound(err) || err == nil && row.Hash != proven.hash {
		return reason.New(reason.PasswordWrong)
	}
	return err
}

// CheckAsked verifies a password as Check does, where it was asked for already
// together with what told whose it is.
func (p *Passwords) CheckAsked(ctx context.Context, w store.Writer, asked *Asked, userID, password string) (Proven, error) {
	if asked.Err() == nil && asked.row.UserID != userID { // the name is somebody else's by now
		return p.check(ctx, w, userID, password)
	}
	kept, err := p.kept(asked)
	if err != nil {
		return Proven{}, err
	}
	tooLong := utf8.RuneCountInString(password) > MaxLength || len(password) > MaxLength*utf8.UTFMax
	if tooLong {
		password = "" // capped before hashing (R61); the work stays the same
	}
	normal := normalise(password)
	right, err := p.verify(ctx, kept, normal)
	switch {
	case err != nil:
		return Proven{}, err
	case userID != "" && kept.params.salt == nil:
		return Proven{}, reason.New(reason.PasswordNone)
	case !right || tooLong:
		return Proven{}, reason.New(reason.PasswordWrong)
	case kept.params.Params == p.params():
		return Proven{kept.text}, nil
	}
	return p.rehash(ctx, w, userID, kept, normal)
}

// keptHash is what is known of a user's password; without a salt it is a
// decoy.
type keptHash struct {
	text   string
	params encoded
}

func (p *Passwords) kept(asked *Asked) (keptHash, error) {
	decoy := keptHash{params: encoded{Params: p.params()}}
	err := asked.Err()
	if store.NotFound(err) {
		return decoy, nil
	}
	if err != nil {
		return decoy, err
	}
	e, err := parse(asked.row.Hash)
	if err != nil {
		return decoy, err
	}
	return keptHash{asked.row.Hash, e}, nil
}

func (p *Passwords) verify(ctx context.Context, kept keptHash, normal string) (bool, error) {
	leave, err := p.enter(ctx, kept.params.Params)
	if err != nil {
		return false, err
	}
	defer leave()
	return kept.params.matches(normal), nil
}

// rehash replaces a hash with foreign or old parameters, unless it was replaced
// meanwhile: then what is there now is compared.
func (p *Passwords) rehash(ctx context.Context, w store.Writer, userID string, kept keptHash, normal string) (Proven, error) {
	fresh, err := p.hash(ctx, normal)
	if err != nil {
		return Proven{kept.text}, nil //nolint:nilerr // the password was right; another time will do
	}
	now := kept.text
	err = w.Write(ctx, func(tx *store.Tx) error {
		row, err := taken(ctx, tx, userID)
		if err != nil || row.Hash != kept.text {
			now = row.Hash
			return err
		}
		now = fresh
		if err := replace(ctx, tx, userID, fresh, models.At(p.Now())); err != nil {
			return err
		}
		return audit.Append(ctx, tx, p.Now(), audit.Event{
			Action: audit.UserPasswordRehashed, UserID: userID, Target: audit.Target{Type: "user", ID: userID},
			Details: map[string]any{"from": kept.params.String(), "to": p.params().String()},
		})
	})
	switch {
	case store.NotFound(err):
		return Proven{}, reason.New(reason.PasswordWrong)
	case err != nil || now == fresh:
		return Proven{now}, err
	}
	return p.overtaken(ctx, now, normal)
}

// overtaken compares a password with the hash that took the place of the one that it
// matched: another sign-in's, or another password's.
func (p *Passwords) overtaken(ctx context.Context, now, normal string) (Proven, error) {
	e, err := parse(now)
	if err != nil {
		return Proven{}, err
	}
	right, err := p.verify(ctx, keptHash{now, e}, normal)
	if err == nil && !right {
		err = reason.New(reason.PasswordWrong)
	}
	return Proven{now}, err
}

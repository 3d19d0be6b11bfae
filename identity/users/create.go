package users

import (
	"context"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/credentials"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// New is a user to be.
type New struct {
	Profile
	Kind models.UserKind // empty: local
	// Password is the first one; empty: none. PasswordHash is that of another
	// system instead, a PHC string.
	Password, PasswordHash string
}

// Create makes a user. It returns reason.InputInvalid with the fields that are
// wrong, or reason.InputTaken for a name that somebody bears.
func (d *Directory) Create(ctx context.Context, w store.Writer, n New) (*models.User, error) {
	if err := access.Require(ctx, w.ID(), access.UsersWrite); err != nil {
		return nil, err
	}
	return d.create(ctx, w, n)
}

// CreateFirst makes the first administrator's user, whose right is the set-up
// link that the caller takes in the same transaction.
func (d *Directory) CreateFirst(ctx context.Context, tx *store.Tx, n New) (*models.User, error) {
	if tx.ID() != d.Access.System {
		return nil, reason.New(reason.AccessDenied)
	}
	return d.create(ctx, tx, n)
}

func (d *Directory) create(ctx context.Context, w store.Writer, n New) (*models.User, error) {
	n.Profile = n.Clean()
	if err := n.check(); err != nil {
		return nil, err
	}
	one, err := d.draft(ctx, w.ID(), n)
	if err != nil {
		return nil, err
	}
	return one.User, w.Write(ctx, func(tx *store.Tx) error { return d.Enter(ctx, tx, one) })
}

// Draft is a user who was judged, and is none before Enter.
type Draft struct {
	User     *models.User
	password setter
	source   string // empty: staff, a file or a program
}

// draft is the user of a profile that was cleaned and checked.
func (d *Directory) draft(ctx context.Context, tenantID string, n New) (*Draft, error) {
	if n.Kind == "" {
		n.Kind = models.UserLocal
	}
	now := models.At(d.Now())
	u := &models.User{
		ID: store.NewID(), Kind: n.Kind, Status: models.UserActive, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	n.onto(u)
	set, err := d.prepare(ctx, tenantID, n.Profile, n.Password, n.PasswordHash)
	return &Draft{User: u, password: set}, err
}

// Enter makes a draft a user, with his names and his password. It returns
// reason.InputTaken for a name that somebody bears.
func (d *Directory) Enter(ctx context.Context, tx *store.Tx, one *Draft) error {
	u := one.User
	u.TenantID = tx.ID()
	if err := insert(ctx, tx, u); err != nil {
		return taken(err, "username")
	}
	if err := insertIdentifiers(ctx, tx, identifiers(u)); err != nil {
		return taken(err, takenField(u))
	}
	details := map[string]any{"kind": u.Kind}
	if one.source != "" {
		details["source"] = one.source
	}
	if err := d.record(ctx, tx, audit.UserCreated, u, audit.Event{Details: details, After: facts(u)}); err != nil {
		return err
	}
	return one.password(ctx, tx, u.ID, "")
}

func taken(err error, field string) error {
	if store.Taken(err) {
		return reason.Wrap(reason.InputTaken, err).On(field, reason.InputTaken, "")
	}
	return err
}

// takenField guesses which name met its like: the verified address is the one
// that people share by mistake.
func takenField(u *models.User) string {
	if u.EmailVerified && Normalise(u.Email) != Normalise(u.Username) {
		return "email"
	}
	return "username"
}

// setter sets a password in a transaction that came later.
type setter func(ctx context.Context, tx *store.Tx, userID, why string) error

// prepare judges and hashes a new password before any transaction begins, so
// that no lock waits for a hash.
func (d *Directory) prepare(ctx context.Context, tenantID string, p Profile, password, hash string) (setter, error) {
	switch {
	case hash != "":
		return func(ctx context.Context, tx *store.Tx, id, why string) error {
			return d.Passwords.SetHash(ctx, tx, id, hash, why)
		}, nil
	case password == "":
		return func(context.Context, *store.Tx, string, string) error { return nil }, nil
	}
	policy, err := d.policy(ctx, tenantID, p)
	if err != nil {
		return nil, err
	}
	prepared, err := d.Passwords.Prepare(ctx, password, policy)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *store.Tx, id, why string) error {
		return d.Passwords.SetPrepared(ctx, tx, id, prepared, why)
	}, nil
}

// policy is what a password of the user must satisfy (R60).
func (d *Directory) policy(ctx context.Context, tenantID string, p Profile) (credentials.Policy, error) {
	t, err := d.Tenants.ByID(ctx, tenantID)
	if reason.Has(err, reason.TenantUnknown) { // it is being made in this very transaction
		t, err = &models.Tenant{}, nil
	}
	if err != nil {
		return credentials.Policy{}, err
	}
	return credentials.Policy{
		MinLength: t.Settings.V.MinPassword(),
		Context:   []string{t.Name, t.DisplayName, p.Username, p.Email, p.Claims.GivenName, p.Claims.FamilyName},
	}, nil
}

package users

import (
	"context"
	"net/netip"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/credentials"
	"gatehouse/identity/sessions"
	"gatehouse/identity/throttle"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Families ends tokens; *tokens.Mint is one.
type Families interface {
	RevokeFamiliesOfUser(ctx context.Context, tx *store.Tx, userID, why string) (int, error)
	RevokeFamiliesOfSession(ctx context.Context, tx *store.Tx, sessionID, why string) (int, error)
}

// Tenants knows tenants' settings; *tenants.Directory is one.
type Tenants interface {
	ByID(ctx context.Context, id string) (*models.Tenant, error)
}

// Options are what a Directory needs.
type Options struct {
	K         *seal.Keyring
	Now       func() time.Time
	Passwords *credentials.Passwords
	Sessions  *sessions.Keeper
	Families  Families
	Tenants   Tenants
	Throttle  *throttle.Guard
	Access    *access.Desk
	// Exempt are the networks that throttling by address spares.
	Exempt []netip.Prefix
}

// Directory knows the users.
type Directory struct{ Options }

// NewDirectory builds the directory.
func NewDirectory(o Options) *Directory { return &Directory{o} }

// ByID returns the user with this id, which is the sub claim. It returns
// reason.UserUnknown.
func (d *Directory) ByID(ctx context.Context, r store.Reader, id string) (*models.User, error) {
	return known(find(ctx, r, id))
}

// Asked is a user who is looked up together with other things.
type Asked struct {
	*store.Question
	id  string
	row models.User
}

// Ask asks for the user with this id, for store.Ask.
func Ask(id string) *Asked {
	a := &Asked{id: id}
	a.Question = byID.About(&a.row, id)
	return a
}

// Of reports whether it was this user whom somebody asked for.
func (a *Asked) Of(id string) bool { return a != nil && a.id == id }

// User is the answer, as ByID's.
func (a *Asked) User() (*models.User, error) { return known(&a.row, a.Err()) }

// ByUsername returns the user with this username, in any spelling. It returns
// reason.UserUnknown.
func (d *Directory) ByUsername(ctx context.Context, r store.Reader, username string) (*models.User, error) {
	i, err := identifier(ctx, r, Normalise(username))
	if store.NotFound(err) || err == nil && i.Kind != models.IdentifierUsername {
		return nil, reason.New(reason.UserUnknown)
	}
	if err != nil {
		return nil, err
	}
	return d.ByID(ctx, r, i.UserID)
}

// ByIdentifier returns the user whom a typed name means: a username, a verified
// e-mail address or a verified phone number. It returns reason.UserUnknown.
func (d *Directory) ByIdentifier(ctx context.Context, r store.Reader, typed string) (*models.User, error) {
	i, err := identifier(ctx, r, Normalise(typed))
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.UserUnknown, err)
	}
	if err != nil {
		return nil, err
	}
	return d.ByID(ctx, r, i.UserID)
}

func known(u *models.User, err error) (*models.User, error) {
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.UserUnknown, err)
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Active narrows user ids to those who can sign in.
func (d *Directory) Active(ctx context.Context, r store.Reader, ids []string) ([]string, error) {
	return active(ctx, r, ids)
}

// Verdict says why a user cannot sign in; nil: he can. It returns
// reason.UserDisabled or reason.UserLocked.
func (d *Directory) Verdict(_ context.Context, _ store.Reader, u *models.User) error {
	switch u.Status {
	case models.UserActive:
		return nil
	case models.UserLocked:
		return reason.New(reason.UserLocked)
	case models.UserDisabled:
		return reason.New(reason.UserDisabled)
	}
	return reason.New(reason.UserDisabled) // an unknown status denies (R7)
}

func target(u *models.User) audit.Target {
	return audit.Target{Type: "user", ID: u.ID, Name: u.Username}
}

func (d *Directory) record(ctx context.Context, tx *store.Tx, action string, u *models.User, e audit.Event) error {
	e.Action, e.Target, e.UserID = action, target(u), u.ID
	return audit.Append(ctx, tx, d.Now(), e)
}

// facts are what an event compares of a user.
func facts(u *models.User) map[string]any {
	return map[string]any{
		"username": u.Username, "status": u.Status, "kind": u.Kind, "email": u.Email, "email_verified": u.EmailVerified,
		"phone_number": u.PhoneNumber, "phone_number_verified": u.PhoneVerified, "claims": u.Claims.V,
	}
}

package users

import (
	"context"

	"gatehouse/identity/access"
	"gatehouse/identity/sessions"
	"gatehouse/internal/caller"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// FirstAdministrator makes the first owner for whoever holds the set-up link,
// and signs him in to the console: all or nothing, and of two at once one. The
// writer is the system tenant's. It returns the secret of the session, or
// reason.AccessSetupUsed, or what Create returns.
func (d *Directory) FirstAdministrator(ctx context.Context, w store.Writer, link secret.Text, n New) (*models.User, string, error) {
	var u *models.User
	var session string
	err := w.Write(ctx, func(tx *store.Tx) error {
		err := d.Access.UseLink(ctx, tx, link)
		if err != nil {
			return err
		}
		if u, err = d.CreateFirst(ctx, tx, n); err != nil {
			return err
		}
		first := access.Assignment{UserID: u.ID, UserName: u.Username, Role: access.Owner}
		if _, err = d.Access.Assign(asSetup(ctx), tx, first); err != nil {
			return err
		}
		_, session, err = d.Sessions.Begin(ctx, tx, sessions.New{
			UserID: u.ID, UserName: u.Username, Kind: models.SessionConsole, AMR: []string{"pwd"}, AuthTime: d.Now(),
		})
		return err
	})
	return u, session, err
}

// asSetup acts as the server itself: the link was the right to give the role.
func asSetup(ctx context.Context) context.Context {
	by := caller.From(ctx)
	by.Actor, by.Grants = caller.Actor{Type: caller.ActorSystem, Name: "set-up"}, access.Operator()
	return caller.With(ctx, by)
}

// CreateAdministrator makes a user of the system tenant with his first role. It
// returns what Create and access.Assign return.
func (d *Directory) CreateAdministrator(ctx context.Context, w store.Writer, n New, role access.Assignment) (*models.User, error) {
	if w.ID() != d.Access.System {
		return nil, reason.New(reason.AccessDenied)
	}
	var u *models.User
	err := w.Write(ctx, func(tx *store.Tx) error {
		var err error
		if u, err = d.Create(ctx, tx, n); err != nil {
			return err
		}
		role.UserID, role.UserName = u.ID, u.Username
		_, err = d.Access.Assign(ctx, tx, role)
		return err
	})
	return u, err
}

// EndSession ends one session of a user, with the tokens that are bound to it.
// It needs access.SessionsWrite, and returns reason.UserUnknown or
// reason.SessionNone.
func (d *Directory) EndSession(ctx context.Context, w store.Writer, id, sessionID string) error {
	if err := access.Require(ctx, w.ID(), access.SessionsWrite); err != nil {
		return err
	}
	return d.touching(ctx, w, id, func(tx *store.Tx, _ *models.User) error {
		s, err := d.Sessions.ByID(ctx, tx, sessionID)
		if err != nil {
			return err
		}
		if s.UserID != id {
			return reason.New(reason.SessionNone)
		}
		if err := d.Sessions.End(ctx, tx, sessionID, sessions.WhyRevoked); err != nil {
			return err
		}
		_, err = d.Families.RevokeFamiliesOfSession(ctx, tx, sessionID, sessions.WhyRevoked)
		return err
	})
}

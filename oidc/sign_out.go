package oidc

import (
	"context"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/sessions"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// patience is how long a browser waits for applications to answer that they
// signed their user out. Those that take longer are told without it.
const patience = 2 * time.Second

// leave ends the session, and waits a little for the applications that are told
// of it, so that the user does not find himself still signed in at them.
func (p *Provider) leave(ctx context.Context, t Tenant, f farewell, app *models.Application, s *models.Session) Answer {
	told, err := p.signOut(ctx, t, s, app)
	if err != nil {
		return p.noLogout(ctx, t, Params{}, app, reason.From(err))
	}
	enough := time.NewTimer(patience)
	defer enough.Stop()
	select {
	case <-told:
	case <-enough.C:
	case <-ctx.Done():
	}
	return p.clearUp(ctx, t, f, s)
}

// SignOut ends a user's session with the tokens that are bound to it, in one
// transaction, and has its applications told. The application is the one that
// asked; nil: the user himself.
func (p *Provider) SignOut(ctx context.Context, t Tenant, s *models.Session, app *models.Application) error {
	_, err := p.signOut(ctx, t, s, app)
	return err
}

// signOut returns what tells when each application was called once.
func (p *Provider) signOut(ctx context.Context, t Tenant, s *models.Session, app *models.Application) (<-chan struct{}, error) {
	ctx = as(ctx, userActor(s))
	err := t.Store.Write(ctx, func(tx *store.Tx) error {
		if err := p.Sessions.End(ctx, tx, s.ID, sessions.WhySignOut); err != nil {
			return err
		}
		families, err := p.Tokens.RevokeFamiliesOfSession(ctx, tx, s.ID, sessions.WhySignOut)
		if err != nil {
			return err
		}
		e := audit.Event{
			Action: audit.SignOutCompleted, UserID: s.UserID, SessionID: s.ID,
			Target:  audit.Target{Type: "session", ID: s.ID},
			Details: map[string]any{"why": sessions.WhySignOut, "families": families},
		}
		if app != nil {
			e.ApplicationID, e.Details["client_id"] = app.ID, app.ClientID
		}
		return audit.Append(ctx, tx, p.Now(), e)
	})
	if err != nil {
		return nil, err
	}
	return p.Logouts.Tell(ctx, t.Store, s.ID), nil
}

// Leave signs the browser's user out, as he asked, and leads to where he is told
// so.
func (p *Provider) Leave(ctx context.Context, t Tenant, s *models.Session, b Browser) Answer {
	return p.leave(ctx, t, farewell{Browser: b.ID}, nil, s)
}

// clearUp leads by our own page where applications want the browser to load
// theirs (Front-Channel Logout 1.0 §2). They are told at their next request
// otherwise, so a failure keeps nobody here.
func (p *Provider) clearUp(ctx context.Context, t Tenant, f farewell, s *models.Session) Answer {
	waits, err := p.Logouts.Waits(ctx, t.Store, s.ID)
	if err != nil {
		p.Logger.ErrorContext(ctx, "pages of applications are not loaded after signing out", "error", err)
	}
	if !waits {
		return p.gone(t, f)
	}
	f.SessionID = s.ID
	id := p.sealFarewell(t, f)
	if id == "" {
		return p.gone(t, f)
	}
	return Answer{Redirect: t.Issuer + "/signed-out?logoutId=" + id, SignedOut: true}
}

// Parting is what the browser of a user who has signed out still has to load,
// and where it goes then. It returns JourneyExpired and JourneyBrowser.
func (p *Provider) Parting(ctx context.Context, t Tenant, logoutID string, b Browser) (*PartingView, error) {
	f, app, bad := p.openFarewell(ctx, t, logoutID, b)
	if bad != nil {
		return nil, bad
	}
	v := &PartingView{UILocales: f.UILocales}
	if f.RedirectURI != "" {
		v.Onward = p.gone(t, f).Redirect
	}
	if app != nil {
		v.ApplicationName = app.DisplayName
	}
	if f.SessionID == "" {
		return v, nil
	}
	var err error
	v.Frames, err = p.Logouts.Frames(ctx, t.Store, f.SessionID)
	return v, err
}

// gone is the way after signing out.
func (p *Provider) gone(t Tenant, f farewell) Answer {
	if f.RedirectURI == "" {
		return Answer{Redirect: t.Issuer + "/signed-out", SignedOut: true}
	}
	to := authorize.Location(f.RedirectURI, authorize.ModeQuery, []authorize.Pair{{Name: "state", Value: f.State}})
	return Answer{Redirect: to, SignedOut: true}
}

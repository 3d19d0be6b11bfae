package oidc

import (
	"context"
	"slices"
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

// Which says what a user signs out of: a session of his browser by its id, or
// one of these.
type Which string

// What else may be signed out of.
const (
	CurrentAccount Which = ""    // the one that answers applications
	AllAccounts    Which = "all" // whatever the browser holds
)

func (w Which) of(held []sessions.Held) []string {
	var ids []string
	for _, h := range held {
		if w == AllAccounts || w == CurrentAccount && h.Current || string(w) == h.ID {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

// leave ends sessions that the browser holds, and waits a little for the
// applications that are told of it, so that the user does not find himself still
// signed in at them.
func (p *Provider) leave(ctx context.Context, t Tenant, f farewell, app *models.Application, held []sessions.Held, ids ...string) Answer {
	enough := time.NewTimer(patience)
	defer enough.Stop()
	var waits []<-chan struct{}
	var ended []string
	for i := range held {
		if !slices.Contains(ids, held[i].ID) {
			continue
		}
		gone, err := p.signOut(ctx, t, &held[i].Session, app)
		if err != nil {
			return p.noLogout(ctx, t, Params{}, app, reason.From(err))
		}
		for _, id := range gone {
			waits = append(waits, p.Logouts.Tell(ctx, t.Store, id))
		}
		ended = append(ended, gone...)
	}
	await(ctx, waits, enough.C)
	return p.clearUp(ctx, t, f, sessions.Without(held, ids...), ended)
}

// await returns when all are done, or it is enough.
func await(ctx context.Context, all []<-chan struct{}, enough <-chan time.Time) {
	for _, done := range all {
		select {
		case <-done:
		case <-enough:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (p *Provider) leaveWhich(ctx context.Context, t Tenant, f farewell, app *models.Application, b Browser, which Which) Answer {
	held, err := p.Sessions.Held(ctx, t.Store, b.Bundle(), models.SessionUser)
	if err != nil {
		return p.noLogout(ctx, t, Params{}, app, reason.From(err))
	}
	return p.leave(ctx, t, f, app, held, which.of(held)...)
}

// SignOut ends a user's session, and those whose place it took in its browser,
// with the tokens that are bound to them, in one transaction, and has their
// applications told. The application is the one that asked; nil: the user himself.
func (p *Provider) SignOut(ctx context.Context, t Tenant, s *models.Session, app *models.Application) error {
	gone, err := p.signOut(ctx, t, s, app)
	for _, id := range gone {
		p.Logouts.Tell(ctx, t.Store, id)
	}
	return err
}

// signOut returns the sessions whose applications are to be told.
func (p *Provider) signOut(ctx context.Context, t Tenant, s *models.Session, app *models.Application) ([]string, error) {
	ctx = as(ctx, userActor(s))
	gone := []string{s.ID}
	err := t.Store.Write(ctx, func(tx *store.Tx) error {
		ended, err := p.Sessions.Leave(ctx, tx, s, sessions.WhySignOut)
		if err != nil {
			return err
		}
		for i := range ended {
			if ended[i].ID != s.ID {
				gone = append(gone, ended[i].ID)
			}
		}
		families := 0
		for _, id := range gone {
			n, err := p.Tokens.RevokeFamiliesOfSession(ctx, tx, id, sessions.WhySignOut)
			if err != nil {
				return err
			}
			families += n
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
	return gone, nil
}

// Leave signs the browser out as its user asked, and leads to where he is told
// so, or back to a page of ours.
func (p *Provider) Leave(ctx context.Context, t Tenant, b Browser, which Which, back string) Answer {
	return p.leaveWhich(ctx, t, farewell{Browser: b.ID, Back: back}, nil, b, which)
}

// clearUp leads by our own page where applications want the browser to load
// theirs (Front-Channel Logout 1.0 §2). They are told at their next request
// otherwise, so a failure keeps nobody here.
func (p *Provider) clearUp(ctx context.Context, t Tenant, f farewell, left sessions.Bundle, ended []string) Answer {
	for _, id := range ended {
		waits, err := p.Logouts.Waits(ctx, t.Store, id)
		if err != nil {
			p.Logger.ErrorContext(ctx, "pages of applications are not loaded after signing out", "error", err)
		}
		if waits {
			f.Ended = append(f.Ended, id)
		}
	}
	if len(f.Ended) == 0 {
		return p.gone(t, f, left)
	}
	id := p.sealFarewell(t, f)
	if id == "" {
		return p.gone(t, f, left)
	}
	return Answer{Redirect: t.Issuer + "/signed-out?logoutId=" + id, Holds: &left}
}

// Parting is what the browser of a user who has signed out still has to load,
// and where it goes then. It returns JourneyExpired and JourneyBrowser.
func (p *Provider) Parting(ctx context.Context, t Tenant, logoutID string, b Browser) (*PartingView, error) {
	f, app, bad := p.openFarewell(ctx, t, logoutID, b)
	if bad != nil {
		return nil, bad
	}
	v := &PartingView{UILocales: f.UILocales}
	if f.RedirectURI != "" || f.Back != "" {
		v.Onward = p.gone(t, f, sessions.Bundle{}).Redirect
	}
	if app != nil {
		v.ApplicationName = app.DisplayName
	}
	for _, id := range f.Ended {
		frames, err := p.Logouts.Frames(ctx, t.Store, id)
		if err != nil {
			return v, err
		}
		v.Frames = append(v.Frames, frames...)
	}
	return v, nil
}

// gone is the way after signing out.
func (p *Provider) gone(t Tenant, f farewell, left sessions.Bundle) Answer {
	switch {
	case f.Back != "":
		return Answer{Redirect: t.Issuer + f.Back, Holds: &left}
	case f.RedirectURI == "":
		return Answer{Redirect: t.Issuer + "/signed-out", Holds: &left}
	}
	to := authorize.Location(f.RedirectURI, authorize.ModeQuery, []authorize.Pair{{Name: "state", Value: f.State}})
	return Answer{Redirect: to, Holds: &left}
}

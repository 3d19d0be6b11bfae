package oidc

import (
	"context"

	"gatehouse/audit"
	"gatehouse/identity/sessions"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

func (p *Provider) leave(ctx context.Context, t Tenant, f farewell, app *models.Application, s *models.Session) Answer {
	if err := p.SignOut(ctx, t, s, app); err != nil {
		return p.noLogout(ctx, t, Params{}, app, reason.From(err))
	}
	return p.gone(t, f)
}

// SignOut ends a user's session with the tokens that are bound to it, in one
// transaction. The application is the one that asked; nil: the user himself.
func (p *Provider) SignOut(ctx context.Context, t Tenant, s *models.Session, app *models.Application) error {
	ctx = as(ctx, userActor(s))
	return t.Store.Write(ctx, func(tx *store.Tx) error {
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
}

// gone is the way after signing out.
func (p *Provider) gone(t Tenant, f farewell) Answer {
	if f.RedirectURI == "" {
		return Answer{Redirect: t.Issuer + "/signed-out", SignedOut: true}
	}
	to := authorize.Location(f.RedirectURI, authorize.ModeQuery, []authorize.Pair{{Name: "state", Value: f.State}})
	return Answer{Redirect: to, SignedOut: true}
}

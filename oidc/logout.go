package oidc

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gatehouse/audit"
	"gatehouse/audit/attempts"
	"gatehouse/identity/sessions"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// farewell is a logout request that was checked; sealed, it is the logoutId.
type farewell struct {
	ApplicationID string `json:"a,omitempty"`
	RedirectURI   string `json:"r,omitempty"` // registered post_logout_redirect_uri
	State         string `json:"s,omitempty"`
	Browser       string `json:"w"`
}

// logoutLife is how long the question whether to sign out waits.
const logoutLife = 10 * time.Minute

// Logout answers a logout request (RP-Initiated Logout 1.0 §2). A hint that
// was issued to the client for the user who is signed in ends his session at
// once; anything else leads to our own page, which asks (R45). A redirect URI
// that the client did not register ends on our error page.
func (p *Provider) Logout(ctx context.Context, t Tenant, in Params, b Browser) Answer {
	if in.Err != nil {
		return p.noLogout(ctx, t, in, nil, readerRefusal(in.Err))
	}
	known, err := p.hinted(ctx, t, in)
	if err != nil {
		return p.noLogout(ctx, t, in, nil, err)
	}
	f, app, err := p.farewell(ctx, t, in, known, b)
	if err != nil {
		return p.noLogout(ctx, t, in, app, err)
	}
	session, failed := p.session(ctx, t, b)
	if failed != nil {
		return p.noLogout(ctx, t, in, app, reason.From(failed))
	}
	switch {
	case session == nil && (known != nil || f.RedirectURI == ""):
		return p.gone(t, f) // nobody to sign out, and nobody to ask
	case known != nil && p.speaksOf(ctx, t, known, session.UserID):
		return p.leave(ctx, t, f, app, session)
	}
	id := p.sealFarewell(t, f)
	if id == "" {
		return p.noLogout(ctx, t, in, app, reason.New(reason.RequestTooLarge))
	}
	return Answer{Redirect: t.Issuer + "/sign-out?logoutId=" + id}
}

// hinted verifies the id_token_hint; nil without one.
func (p *Provider) hinted(ctx context.Context, t Tenant, in Params) (*hint, *reason.Error) {
	if !in.Values.Has("id_token_hint") {
		return nil, nil //nolint:nilnil // no hint is allowed
	}
	h, err := p.readHint(ctx, t, in.Values.Get("id_token_hint"))
	if err != nil {
		return nil, reason.Wrap(reason.OAuthLogoutHint, err)
	}
	if id := in.Values.Get("client_id"); id != "" && !slices.Contains(h.Audience, id) {
		return nil, reason.New(reason.OAuthLogoutHint)
	}
	return h, nil
}

// farewell checks where the browser wants to go afterwards: only a registered
// URI of the client that the hint or client_id names, byte for byte.
func (p *Provider) farewell(ctx context.Context, t Tenant, in Params, known *hint, b Browser) (farewell, *models.Application, *reason.Error) {
	f := farewell{State: in.Values.Get("state"), Browser: b.ID}
	clientID := in.Values.Get("client_id")
	if known != nil {
		clientID = known.Audience[0]
	}
	to := in.Values.Get("post_logout_redirect_uri")
	if clientID == "" {
		if to != "" {
			return f, nil, reason.New(reason.OAuthLogoutURI)
		}
		return f, nil, nil
	}
	app, err := p.Applications.ByClientID(ctx, t.Store, clientID)
	if err != nil {
		return f, nil, unknownClient(err)
	}
	f.ApplicationID = app.ID
	if to != "" && !slices.Contains(app.PostLogoutRedirectURIs.V, to) {
		return f, app, reason.New(reason.OAuthLogoutURI)
	}
	f.RedirectURI = to
	return f, app, nil
}

func (p *Provider) sealFarewell(t Tenant, f farewell) string {
	payload, err := json.Marshal(f)
	if err != nil {
		return ""
	}
	return p.K.Token(purposeLogout, t.Store.ID(), payload, p.Now().Add(logoutLife))
}

// SignOutView describes the question behind a logoutId. It returns
// JourneyExpired and JourneyBrowser.
func (p *Provider) SignOutView(ctx context.Context, t Tenant, logoutID string, b Browser) (*SignOutView, error) {
	f, app, bad := p.openFarewell(ctx, t, logoutID, b)
	if bad != nil {
		return nil, bad
	}
	v := &SignOutView{LogoutID: logoutID, FormTargets: formTargets(f.RedirectURI)}
	if app != nil {
		v.ApplicationName = app.DisplayName
	}
	session, err := p.session(ctx, t, b)
	if err != nil || session == nil {
		return v, err
	}
	user, err := p.Users.ByID(ctx, t.Store, session.UserID)
	if err != nil {
		return nil, err
	}
	v.UserName = user.DisplayName()
	return v, nil
}

func (p *Provider) openFarewell(ctx context.Context, t Tenant, logoutID string, b Browser) (farewell, *models.Application, *reason.Error) {
	var f farewell
	if err := p.open(purposeLogout, t, logoutID, &f); err != nil {
		return f, nil, err
	}
	if f.Browser == "" || f.Browser != b.ID {
		return f, nil, reason.New(reason.JourneyBrowser)
	}
	if f.ApplicationID == "" {
		return f, nil, nil
	}
	app, err := p.Applications.ByID(ctx, t.Store, f.ApplicationID)
	if err != nil {
		return f, nil, unknownClient(err)
	}
	if f.RedirectURI != "" && !slices.Contains(app.PostLogoutRedirectURIs.V, f.RedirectURI) {
		return f, app, reason.New(reason.OAuthLogoutURI)
	}
	return f, app, nil
}

// ConfirmLogout signs the browser's user out after he said yes, and goes to
// where the application asked for.
func (p *Provider) ConfirmLogout(ctx context.Context, t Tenant, logoutID string, b Browser) Answer {
	f, app, bad := p.openFarewell(ctx, t, logoutID, b)
	if bad != nil {
		return p.noLogout(ctx, t, Params{}, app, bad)
	}
	session, err := p.session(ctx, t, b)
	if err != nil {
		return p.noLogout(ctx, t, Params{}, app, reason.From(err))
	}
	if session == nil {
		return p.gone(t, f)
	}
	return p.leave(ctx, t, f, app, session)
}

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

func (p *Provider) noLogout(ctx context.Context, t Tenant, in Params, app *models.Application, err *reason.Error) Answer {
	reference := p.record(ctx, t, refused{
		kind: attempts.Authorize, step: "logout", err: err, application: app,
		clientID: shortened(in.Values.Get("client_id")), details: oauthError(err),
	})
	return Answer{Refusal: &Refusal{Code: err.Code, Reference: reference}}
}

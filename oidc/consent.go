package oidc

import (
	"context"
	"slices"

	"gatehouse/audit"
	"gatehouse/identity/resources"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
	"gatehouse/store"
)

// Consent describes the question that a request still has for its user (R31).
// Where there is none, because he is not signed in or was asked already, the
// view is nil and the answer leads on.
func (p *Provider) Consent(ctx context.Context, t Tenant, authID string, b Browser) (*ConsentView, Answer) {
	r, app, bad := p.reopen(ctx, t, authID, b)
	if bad != nil {
		return nil, p.ownPage(ctx, t, Params{}, app, bad)
	}
	now, err := p.standing(ctx, t, r, app, b)
	if err != nil {
		return nil, p.refuse(ctx, t, r, app, authorize.Refused{Step: "session", Err: reason.From(err)})
	}
	step, refusal := authorize.Next(r, app, now.Standing)
	if refusal != nil || step != authorize.Consent {
		return nil, Answer{Redirect: callback(t, authID)}
	}
	user, err := p.Users.ByID(ctx, t.Store, now.Session.UserID)
	if err != nil {
		return nil, p.refuse(ctx, t, r, app, authorize.Refused{Step: "user", Err: reason.From(err)})
	}
	targets, err := p.Grants.Named(ctx, t.Store, t, app, r.Resource)
	if err != nil {
		return nil, p.refuse(ctx, t, r, app, authorize.Refused{Step: "resource", Err: reason.From(err)})
	}
	return question(t, r, app, now.Consent, user, authID, targets), Answer{}
}

func callback(t Tenant, authID string) string {
	return t.Issuer + "/oauth2/auth/callback?authId=" + authID
}

func question(t Tenant, r *authorize.Request, app *models.Application, given *models.Consent, user *models.User, authID string, targets resources.Targets) *ConsentView {
	v := &ConsentView{
		AuthID: authID, ApplicationID: app.ID, ApplicationName: app.DisplayName, ClientURI: app.ClientURI,
		LogoID: app.LogoID, PolicyURI: app.Options.V.PolicyURI, TermsURI: app.Options.V.TosURI, Verified: app.FirstParty, RedirectHost: authorize.Destination(r.RedirectURI), Identity: documentHost(app),
		UserName: user.DisplayName(), UILocales: r.UILocales, UserLocale: user.Claims.V.Locale, FormTargets: formTargets(r.RedirectURI), Popup: r.Popup,
	}
	v.Scopes, v.Details = consentScopes(r.Asked(app), targets, given), shownDetails(r.Details, targets, given)
	if r.Wants(authorize.ScopeOffline) {
		v.Lasting = t.Row.Settings.V.For(app.Options.V).RefreshLifetime()
	}
	return v
}

// consentScopes are what a user is asked, in the words of the APIs.
func consentScopes(scopes []string, targets resources.Targets, given *models.Consent) []ConsentScope {
	words := targets.Words()
	all := make([]ConsentScope, 0, len(scopes))
	for _, s := range scopes {
		all = append(all, ConsentScope{Name: s, Words: words[s], Granted: given != nil && slices.Contains(given.Scopes.V, s)})
	}
	return all
}

// Decide takes the user's answer and goes on with the request: allowed, it is
// judged anew; denied, the application learns access_denied. Both are events.
func (p *Provider) Decide(ctx context.Context, t Tenant, authID string, b Browser, d Decision) Answer {
	r, app, bad := p.reopen(ctx, t, authID, b)
	if bad != nil {
		return p.ownPage(ctx, t, Params{}, app, bad)
	}
	now, err := p.standing(ctx, t, r, app, b)
	if err != nil {
		return p.refuse(ctx, t, r, app, authorize.Refused{Step: "session", Err: reason.From(err)})
	}
	session := now.Session
	if session == nil || now.Weak {
		return p.advance(ctx, t, r, app, b, authID)
	}
	ctx = as(ctx, userActor(session))
	if d == Deny {
		return p.denied(ctx, t, r, app, session)
	}
	if err := p.Applications.GrantConsent(ctx, t.Store, session.UserID, app, union(now.Consent, r.Asked(app), r.Details)); err != nil {
		return p.refuse(ctx, t, r, app, authorize.Refused{Step: "consent", Err: reason.From(err)})
	}
	r.Allowed = true
	return p.advance(ctx, t, r, app, b, authID)
}

func (p *Provider) denied(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, s *models.Session) Answer {
	denial := reason.New(reason.ConsentDenied)
	err := t.Store.Write(ctx, func(tx *store.Tx) error {
		return audit.Append(ctx, tx, p.Now(), audit.Event{
			Action: audit.ConsentDenied, Reason: denial.Code, UserID: s.UserID, SessionID: s.ID, ApplicationID: app.ID,
			Target:  audit.Target{Type: "application", ID: app.ID, Name: app.DisplayName},
			Details: told(app, r.Asked(app), r.Details),
		})
	})
	if err != nil {
		denial = reason.From(err)
	}
	return p.refuse(ctx, t, r, app, authorize.Refused{Step: "consent", Err: denial})
}

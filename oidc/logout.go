package oidc

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gatehouse/audit/attempts"
	"gatehouse/identity/sessions"
	"gatehouse/models"
	"gatehouse/reason"
)

// farewell is a logout request that was checked; sealed, it is the logoutId.
type farewell struct {
	ApplicationID string `json:"a,omitempty"`
	RedirectURI   string `json:"r,omitempty"` // registered post_logout_redirect_uri
	State         string `json:"s,omitempty"`
	Subject       string `json:"u,omitempty"` // sub of a hint that was ours; empty: there was none
	UILocales     string `json:"l,omitempty"`
	SID           string `json:"d,omitempty"` // of the hint
	// Ended are the sessions that have ended already.
	Ended []string `json:"e,omitempty"`
	// Back is the page of ours that the browser came from; empty: an application
	// sent it, or it stays.
	Back    string `json:"b,omitempty"`
	Browser string `json:"w"`
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
	f, app, err := p.farewell(ctx, t, in, b)
	if err != nil {
		return p.noLogout(ctx, t, in, app, err)
	}
	if b.Withheld { // the next step is a GET, which brings the cookies along
		id := p.sealPosted(purposePostedLogout, t, f)
		if id == "" {
			return p.noLogout(ctx, t, in, app, reason.New(reason.RequestTooLarge))
		}
		return Answer{Redirect: t.Issuer + "/oauth2/logout/callback?posted=" + id}
	}
	return p.part(ctx, t, f, app, b)
}

// PostedLogout goes on with a logout request that another site posted, in the
// browser that comes with it, as good as a link to the same request.
func (p *Provider) PostedLogout(ctx context.Context, t Tenant, posted string, b Browser) Answer {
	var f farewell
	bad := p.open(purposePostedLogout, t, posted, &f)
	f.Browser = b.ID
	var app *models.Application
	if bad == nil {
		app, bad = p.leaver(ctx, t, f)
	}
	if bad != nil {
		return p.noLogout(ctx, t, Params{}, app, bad)
	}
	return p.part(ctx, t, f, app, b)
}

// part ends the session that the hint names and no other, or asks which to end.
func (p *Provider) part(ctx context.Context, t Tenant, f farewell, app *models.Application, b Browser) Answer {
	held, err := p.Sessions.Held(ctx, t.Store, b.Bundle(), models.SessionUser)
	if err != nil {
		return p.noLogout(ctx, t, Params{}, app, reason.From(err))
	}
	if s := p.meant(f, app, held); s != nil {
		return p.leave(ctx, t, f, app, held, s.ID)
	}
	current := len(held) > 0 && held[0].Current
	if !current && (f.Subject != "" || f.RedirectURI == "" && len(held) == 0) {
		return p.gone(t, f, sessions.Without(held)) // nobody to sign out, and nobody to ask
	}
	id := p.sealFarewell(t, f)
	if id == "" {
		return p.noLogout(ctx, t, Params{}, app, reason.New(reason.RequestTooLarge))
	}
	return Answer{Redirect: t.Issuer + "/sign-out?logoutId=" + id}
}

// meant is the session that the hint was issued in, or else one of the same
// user: the browser may have signed him in anew since. Nil: there is none.
func (p *Provider) meant(f farewell, app *models.Application, held []sessions.Held) *sessions.Held {
	if f.Subject == "" {
		return nil
	}
	var same *sessions.Held
	for i := range held {
		if p.Applications.SubjectOf(app, held[i].UserID) != f.Subject {
			continue
		}
		if held[i].ID == f.SID {
			return &held[i]
		}
		if same == nil {
			same = &held[i]
		}
	}
	return same
}

// hinted verifies the id_token_hint; nil without one, and for one that is not
// ours: then the user is asked (RP-Initiated Logout 1.0 §4), and support can see
// why. It returns OAuthLogoutHint for a hint that was issued to another client.
func (p *Provider) hinted(ctx context.Context, t Tenant, in Params) (*hint, *reason.Error) {
	if !in.Values.Has("id_token_hint") {
		return nil, nil //nolint:nilnil // no hint is allowed
	}
	h, err := p.readHint(ctx, t, in.Values.Get("id_token_hint"))
	if err != nil {
		wrong := reason.Wrap(reason.OAuthLogoutHint, err)
		p.record(ctx, t, refused{
			kind: attempts.Authorize, step: "logout", err: wrong, clientID: shortened(in.Values.Get("client_id")), details: oauthError(wrong),
		})
		return nil, nil //nolint:nilnil // it proves nothing
	}
	if id := in.Values.Get("client_id"); id != "" && !slices.Contains(h.Audience, id) {
		return nil, reason.New(reason.OAuthLogoutHint)
	}
	return h, nil
}

// farewell checks who asks, by a hint or by his name, and where the browser
// wants to go afterwards: only a registered URI of that client, byte for byte. A
// URI that comes with nobody's name, or with a hint that is not ours, is
// forgotten.
func (p *Provider) farewell(ctx context.Context, t Tenant, in Params, b Browser) (farewell, *models.Application, *reason.Error) {
	f := farewell{State: in.Values.Get("state"), UILocales: in.Values.Get("ui_locales"), Browser: b.ID}
	known, bad := p.hinted(ctx, t, in)
	if bad != nil {
		return f, nil, bad
	}
	clientID := in.Values.Get("client_id")
	if known != nil {
		clientID, f.Subject, f.SID = known.Audience[0], known.Subject, known.SID
	}
	if clientID == "" {
		return f, nil, nil
	}
	app, err := p.Applications.ByClientID(ctx, t.Store, clientID)
	if err != nil {
		return f, nil, unknownClient(err)
	}
	f.ApplicationID = app.ID
	to := in.Values.Get("post_logout_redirect_uri")
	if to != "" && !slices.Contains(app.PostLogoutRedirectURIs.V, to) {
		return f, app, reason.New(reason.OAuthLogoutURI)
	}
	if known != nil || !in.Values.Has("id_token_hint") {
		f.RedirectURI = to
	}
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
	v := &SignOutView{LogoutID: logoutID, FormTargets: formTargets(f.RedirectURI), UILocales: f.UILocales}
	if app != nil {
		v.ApplicationName = app.DisplayName
	}
	var err error
	v.Accounts, err = p.Accounts(ctx, t, b)
	return v, err
}

// Accounts are those that the browser is signed in to, the current one first.
func (p *Provider) Accounts(ctx context.Context, t Tenant, b Browser) ([]Account, error) {
	held, err := p.Sessions.Held(ctx, t.Store, b.Bundle(), models.SessionUser)
	if err != nil {
		return nil, err
	}
	var all []Account
	for _, h := range held {
		user, err := p.Users.ByID(ctx, t.Store, h.UserID)
		if err != nil {
			return nil, err
		}
		all = append(all, Account{SessionID: h.ID, Name: user.DisplayName(), Email: user.Email, Current: h.Current})
	}
	return all, nil
}

func (p *Provider) openFarewell(ctx context.Context, t Tenant, logoutID string, b Browser) (farewell, *models.Application, *reason.Error) {
	var f farewell
	if err := p.open(purposeLogout, t, logoutID, &f); err != nil {
		return f, nil, err
	}
	if f.Browser == "" || f.Browser != b.ID {
		return f, nil, reason.New(reason.JourneyBrowser)
	}
	app, bad := p.leaver(ctx, t, f)
	return f, app, bad
}

// leaver is the application that asked, which still has to know where the browser
// goes; nil: none did.
func (p *Provider) leaver(ctx context.Context, t Tenant, f farewell) (*models.Application, *reason.Error) {
	if f.ApplicationID == "" {
		return nil, nil //nolint:nilnil // nobody's name came along
	}
	app, err := p.Applications.ByID(ctx, t.Store, f.ApplicationID)
	if err != nil {
		return nil, unknownClient(err)
	}
	if f.RedirectURI != "" && !slices.Contains(app.PostLogoutRedirectURIs.V, f.RedirectURI) {
		return app, reason.New(reason.OAuthLogoutURI)
	}
	return app, nil
}

// ConfirmLogout signs the browser out of what its user said, and goes to where
// the application asked for.
func (p *Provider) ConfirmLogout(ctx context.Context, t Tenant, logoutID string, b Browser, which Which) Answer {
	f, app, bad := p.openFarewell(ctx, t, logoutID, b)
	if bad != nil {
		return p.noLogout(ctx, t, Params{}, app, bad)
	}
	return p.leaveWhich(ctx, t, f, app, b, which)
}

func (p *Provider) noLogout(ctx context.Context, t Tenant, in Params, app *models.Application, err *reason.Error) Answer {
	reference := p.record(ctx, t, refused{
		kind: attempts.Authorize, step: "logout", err: err, application: app,
		clientID: shortened(in.Values.Get("client_id")), details: oauthError(err),
	})
	return Answer{Refusal: &Refusal{Code: err.Code, Reference: reference}}
}

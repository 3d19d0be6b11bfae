package oidc

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"gatehouse/identity/applications"
	"gatehouse/internal/strict"
	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	"gatehouse/store"
)

// Authorize answers an authorization request (RFC 6749 §4.1.1, OpenID Connect
// Core §3.1.2): it goes to the application at once, to the sign-in page or to
// the consent page. Without a client and a redirect URI that belong together
// it ends on our own error page (R22). A start without session writes nothing;
// a refusal leaves an attempt.
func (p *Provider) Authorize(ctx context.Context, t Tenant, in Params, b Browser) Answer {
	came, err := p.gather(ctx, t, in)
	app := came.application
	if err != nil {
		return p.ownPage(ctx, t, came.Params, app, err)
	}
	r, refused := p.check(ctx, t, came, b.ID)
	if refused != nil {
		return p.refuse(ctx, t, r, app, *refused)
	}
	if b.Withheld { // the next step is a GET, which brings the cookies along
		posted := p.sealPosted(purposePosted, t, r)
		if posted == "" {
			return p.refuse(ctx, t, r, app, tooLarge())
		}
		return Answer{Redirect: t.Issuer + "/oauth2/auth/callback?posted=" + posted}
	}
	return p.advance(ctx, t, r, app, b, "")
}

// Resume goes on with a request after the browser came back from the sign-in
// or consent page. Nothing that was found out before is trusted: application,
// redirect URI, session and consent are judged anew (R36).
func (p *Provider) Resume(ctx context.Context, t Tenant, authID string, b Browser) Answer {
	r, app, err := p.reopen(ctx, t, authID, b)
	if err != nil {
		return p.ownPage(ctx, t, Params{}, app, err)
	}
	return p.advance(ctx, t, r, app, b, authID)
}

// Posted goes on with a request that another site posted, in the browser that
// comes with it: as good as a link to the same request, which anybody can set, it
// begins now and belongs to that browser from here on (R30).
func (p *Provider) Posted(ctx context.Context, t Tenant, posted string, b Browser) Answer {
	var r authorize.Request
	if bad := p.open(purposePosted, t, posted, &r); bad != nil {
		return p.ownPage(ctx, t, Params{}, nil, bad)
	}
	r.Browser, r.Began = b.ID, p.Now().UnixMicro()
	app, bad := p.stillHome(ctx, t, &r)
	if bad != nil {
		return p.ownPage(ctx, t, Params{}, app, bad)
	}
	return p.advance(ctx, t, &r, app, b, "")
}

func tooLarge() authorize.Refused {
	return authorize.Refused{Step: "size", Err: reason.New(reason.RequestTooLarge)}
}

// home refuses to send anybody to an application that is disabled or to a URI
// that it did not register (R20).
func (p *Provider) home(t Tenant, app *models.Application, redirectURI string) *reason.Error {
	switch {
	case !t.Row.Active():
		return reason.New(reason.TenantSuspended)
	case redirectURI == "":
		return reason.New(reason.OAuthRequestInvalid).On("redirect_uri", reason.InputRequired, "")
	case !applications.MatchRedirectURI(app, redirectURI):
		return reason.New(reason.OAuthRedirectURI)
	case !app.Active():
		return reason.New(reason.OAuthClientDisabled)
	}
	return nil
}

// reopen reads an authId and checks again where the answer will go.
func (p *Provider) reopen(ctx context.Context, t Tenant, authID string, b Browser) (*authorize.Request, *models.Application, *reason.Error) {
	r, bad := p.openRequest(t, authID, b)
	if bad != nil {
		return nil, nil, bad
	}
	app, bad := p.stillHome(ctx, t, r)
	return r, app, bad
}

// stillHome is home for a request that was read again, with its application.
func (p *Provider) stillHome(ctx context.Context, t Tenant, r *authorize.Request) (*models.Application, *reason.Error) {
	app, err := p.Applications.ByID(ctx, t.Store, r.ApplicationID)
	if err != nil {
		return nil, unknownClient(err)
	}
	return app, p.home(t, app, r.RedirectURI)
}

func unknownClient(err error) *reason.Error {
	if e := reason.From(err); e.Meaning().Kind == reason.Internal {
		return e
	}
	return reason.Wrap(reason.OAuthClientUnknown, err)
}

// advance does what the request needs next.
func (p *Provider) advance(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, b Browser, authID string) Answer {
	now, err := p.standing(ctx, t, r, app, b)
	if err != nil {
		return p.refuse(ctx, t, r, app, authorize.Refused{Step: "session", Err: reason.From(err)})
	}
	step, refusal := authorize.Next(r, app, now.Standing)
	switch {
	case refusal != nil:
		return p.refuse(ctx, t, r, app, authorize.Refused{Step: "prompt", Err: refusal})
	case step == authorize.SignUp && !t.Row.SignsUpAt(app.Options.V): // no longer
		return p.refuse(ctx, t, r, app, authorize.Refused{Step: "prompt", Err: reason.New(reason.OAuthPromptCreate)})
	case step == authorize.Issue:
		return p.issue(ctx, t, r, app, now, b)
	}
	if authID == "" {
		if authID = p.sealRequest(t, r); authID == "" {
			return p.refuse(ctx, t, r, app, tooLarge())
		}
	}
	if step == authorize.Consent {
		return Answer{Redirect: t.Issuer + "/consent?authId=" + authID}
	}
	return p.signIn(ctx, t, r, app, now.Standing, step, authID)
}

// sessionFor is the browser's session if it is enough for an application of
// these choices; nil: somebody has to sign in.
func (p *Provider) sessionFor(ctx context.Context, t Tenant, o models.ClientOptions, b Browser) (*models.Session, error) {
	s, _, err := p.current(ctx, t, b)
	if err != nil || s == nil {
		return nil, err
	}
	if !p.suffices(s, o) {
		return nil, nil //nolint:nilnil // one is not enough that is too old for the application
	}
	return s, p.Sessions.Touch(ctx, t.Store, s)
}

func (p *Provider) suffices(s *models.Session, o models.ClientOptions) bool {
	return p.Sessions.Suffices(s, o) == nil
}

// consentOf is what the user allowed the application; nil: nothing yet.
func (p *Provider) consentOf(ctx context.Context, t Tenant, userID string, app *models.Application) (*models.Consent, error) {
	c, err := p.Applications.ConsentOf(ctx, t.Store, userID, app.ID)
	if err != nil && (store.NotFound(err) || reason.Has(err, reason.ConsentRequired)) {
		return nil, nil //nolint:nilnil // no consent is an answer here
	}
	return c, err
}

// signIn starts a journey and sends the browser to its page. Where accounts of
// the browser could be meant, it begins with them; once one was chosen, it goes
// on with that one's user.
func (p *Provider) signIn(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, now authorize.Standing, step authorize.Step, authID string) Answer {
	hint := r.LoginHint
	if r.Answered(now.Session) {
		if user, err := p.Users.ByID(ctx, t.Store, now.Session.UserID); err == nil {
			hint = user.Username
		}
	}
	execution, err := p.Journeys.Start(ctx, t.Store, journeys.Need{
		ApplicationID: app.ID, ClientID: app.ClientID, ApplicationName: app.DisplayName,
		Prompt: strings.Join(r.Prompts, " "), MaxAge: r.MaxAge, ACRValues: r.ACRValues,
		LoginHint: hint, UILocales: r.UILocales, Choose: step == authorize.Choose, SignUp: step == authorize.SignUp, Preferred: now.Hinted,
		ReturnTo: authID, FormTargets: formTargets(r.RedirectURI), Browser: r.Browser, Popup: r.Popup,
		AsksToStay: t.Row.Settings.V.AsksToStay(),
	})
	if err != nil {
		return p.refuse(ctx, t, r, app, authorize.Refused{Step: "sign_in", Err: reason.From(err)})
	}
	page := "/sign-in"
	if step == authorize.SignUp {
		page = "/sign-up"
	}
	return Answer{Redirect: t.Issuer + page + "?applicationId=" + url.QueryEscape(app.ID) +
		"&authId=" + authID + "&executionId=" + execution}
}

func formTargets(redirectURI string) []string {
	if origin := authorize.Origin(redirectURI); origin != "" {
		return []string{origin}
	}
	return nil
}

// issue gives what was asked for, once the one judge of all grants agrees
// (R36).
func (p *Provider) issue(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, now standing, b Browser) Answer {
	ctx = as(ctx, userActor(now.Session))
	given, err := p.Grants.Authorize(ctx, grants.Front{Tenant: t, Application: app, Request: r, Session: now.Session, User: now.likely})
	if err != nil {
		return p.refuse(ctx, t, r, app, authorize.Refused{Step: "issue", Err: reason.From(err)})
	}
	pairs := []authorize.Pair{{Name: "code", Value: given.Code}, {Name: "id_token", Value: given.Answer.IDToken}}
	if a := given.Answer; a.AccessToken != "" {
		pairs = append(pairs, authorize.Pair{Name: "access_token", Value: a.AccessToken}, authorize.Pair{Name: "token_type", Value: a.TokenType},
			authorize.Pair{Name: "expires_in", Value: strconv.Itoa(a.ExpiresIn)}, authorize.Pair{Name: "scope", Value: a.Scope})
	}
	return p.respond(ctx, t, r, app, append(pairs, authorize.Pair{Name: "session_state", Value: sessionState(r, app, b)}))
}

// repeatedNames are the names that the strict reader found twice; nil where
// it refused for another reason or not at all.
func repeatedNames(err error) []string {
	var e *strict.Error
	if errors.As(err, &e) && errors.Is(e.Kind, strict.ErrRepeated) {
		return e.Names
	}
	return nil
}

// readerRefusal is the strict reader's refusal in the catalogue's words.
func readerRefusal(err error) *reason.Error {
	switch {
	case errors.Is(err, strict.ErrTooLarge):
		return reason.Wrap(reason.RequestTooLarge, err)
	case errors.Is(err, strict.ErrRepeated):
		return reason.Wrap(reason.OAuthParameterRepeated, err)
	}
	var e *reason.Error
	if errors.As(err, &e) {
		return e
	}
	return reason.Wrap(reason.RequestMalformed, err)
}

package oidc

import (
	"context"

	"gatehouse/identity/tokens"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

// brought is an authorization request as it counts, wherever its parameters
// stood.
type brought struct {
	Params
	application *models.Application
	// pushed is the hash of the pushed request; nil: it came by the browser.
	pushed []byte
	// object tells that the parameters stood in a signed request object, or why
	// they could not be read from it.
	object authorize.Wrapping
}

// gather finds the client and the parameters that count: those of a pushed
// request or of a request object where there is one, and then no other (RFC 9126
// §4, RFC 9101 §6.3). An object that cannot be read is the application's to
// hear of where the request names its redirect URI beside it; else it is
// refused here.
func (p *Provider) gather(ctx context.Context, t Tenant, in Params) (brought, *reason.Error) {
	came := brought{Params: in}
	app, err := p.named(ctx, t, in)
	if err != nil {
		return came, err
	}
	came.application = app
	if uri := in.Values.Get("request_uri"); tokens.IsPushed(uri) {
		row, err := p.Tokens.Pushed(ctx, t.Store, app, uri)
		if err != nil {
			return came, reason.From(err)
		}
		came.Values, came.pushed = strict.ValuesOf(row.Payload.V), row.Hash
		came.object.Signed = true // this was judged when it was pushed
		return came, p.home(t, app, came.Values.Get("redirect_uri"))
	}
	came.Values, came.object = p.unwrapped(ctx, t, app, in)
	away := p.home(t, app, came.Values.Get("redirect_uri"))
	if away != nil && came.object.Err != nil {
		return came, came.object.Err
	}
	return came, away
}

// named finds the client that a request names: before its redirect URI is known
// to be its own, nothing may redirect (R22).
func (p *Provider) named(ctx context.Context, t Tenant, in Params) (*models.Application, *reason.Error) {
	names := repeatedNames(in.Err)
	if in.Err != nil && names == nil {
		return nil, readerRefusal(in.Err)
	}
	for _, name := range []string{"client_id", "redirect_uri", "request_uri"} {
		if contains(names, name) {
			return nil, reason.New(reason.OAuthParameterRepeated).On(name, reason.InputInvalid, "")
		}
	}
	if !in.Values.Has("client_id") {
		return nil, reason.New(reason.OAuthRequestInvalid).On("client_id", reason.InputRequired, "")
	}
	if err := p.meet(ctx, t, in.Values.Get("client_id")); err != nil {
		return nil, err
	}
	app, err := p.Applications.ByClientID(ctx, t.Store, in.Values.Get("client_id"))
	if err != nil {
		return nil, unknownClient(err)
	}
	return app, nil
}

// check makes every check of a request whose destination is known.
func (p *Provider) check(ctx context.Context, t Tenant, came brought, browser string) (*authorize.Request, *authorize.Refused) {
	app := came.application
	return authorize.Check(authorize.Input{
		Values: came.Values, Repeated: repeatedNames(came.Err), Application: app, Issuer: t.Issuer,
		Pushed: came.pushed, Object: came.object, SignsUp: t.Row.SignsUpAt(app.Options.V), Browser: browser, Now: p.Now(),
		Targets: func(identifiers []string) ([]string, []string, error) {
			found, err := p.Grants.Resources.For(ctx, t.Store, app, identifiers)
			return found.Identifiers(), found.Scopes(), err
		},
		Details: func(text string) (authorize.Detailed, error) {
			asked, err := p.Grants.Details(ctx, t.Store, app, text)
			return authorize.Detailed{List: asked.List.JSON(), APIs: asked.Targets.Identifiers(), AskAlways: asked.AskAlways()}, err
		},
		Hint: func(token string) (string, error) { return p.hintSubject(ctx, t, token, app.ClientID) },
	})
}

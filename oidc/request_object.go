package oidc

import (
	"context"
	"errors"

	"gatehouse/identity/applications"
	"gatehouse/identity/throttle"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

// unwrapped are the parameters of a request that came as a request object, by
// value or by reference (RFC 9101 §5, OpenID Connect Core §6): those inside, and
// no other (R40).
func (p *Provider) unwrapped(ctx context.Context, t Tenant, app *models.Application, in Params) (strict.Values, authorize.Wrapping) {
	text, err := p.objectText(ctx, t, app, in)
	if err != nil || text == "" {
		return in.Values, authorize.Wrapping{Err: err}
	}
	inside, err := p.openObject(ctx, t, app, text)
	if err != nil {
		return in.Values, authorize.Wrapping{Err: err}
	}
	// What OAuth demands outside must not contradict what is inside (OpenID
	// Connect Core §6.1).
	if outer := in.Values.Get("response_type"); outer != "" && authorize.Canonical(outer) != authorize.Canonical(inside.Get("response_type")) {
		return in.Values, authorize.Wrapping{Err: reason.New(reason.OAuthObjectInvalid).On("response_type", reason.InputInvalid, "")}
	}
	rest := without(inside, nil)
	rest["client_id"] = app.ClientID
	return strict.ValuesOf(rest), authorize.Wrapping{Signed: true}
}

// objectText is the request object of a request; "" where there is none.
func (p *Provider) objectText(ctx context.Context, t Tenant, app *models.Application, in Params) (string, *reason.Error) {
	uri, text := in.Values.Get("request_uri"), in.Values.Get("request")
	switch {
	case contains(repeatedNames(in.Err), "request"):
		return "", reason.New(reason.OAuthParameterRepeated).On("request", reason.InputInvalid, "")
	case uri == "":
		return text, nil
	case text != "":
		return "", reason.New(reason.OAuthRequestInvalid).On("request_uri", reason.InputInvalid, "")
	}
	err := p.Throttle.Spend(ctx, t.Store, throttle.RequestURI, app.ID)
	if err == nil {
		text, err = p.Applications.RequestObject(ctx, app, uri)
	}
	if err != nil {
		return "", reason.From(err)
	}
	return text, nil
}

func (p *Provider) openObject(ctx context.Context, t Tenant, app *models.Application, text string) (strict.Values, *reason.Error) {
	signed, err := p.Applications.Verify(ctx, app, text, objectAlgorithms(app))
	if err != nil {
		if errors.Is(err, applications.ErrSignature) {
			return strict.Values{}, reason.Wrap(reason.OAuthObjectInvalid, err)
		}
		return strict.Values{}, reason.From(err)
	}
	return authorize.Object{
		Type: signed.Type, Payload: signed.Payload, Application: app, Issuer: t.Issuer, Now: p.Now(),
	}.Parameters()
}

// objectAlgorithms are those that an application may sign its request objects
// with: the one that it registered, else any (RFC 9101 §10.5); never none.
func objectAlgorithms(app *models.Application) []string {
	o := app.Options.V
	all := applications.SignatureAlgorithms()
	if o.FAPI() {
		all = applications.FAPIAlgorithms()
	}
	if o.RequestObjectSigningAlg == "" {
		return all
	}
	if !contains(all, o.RequestObjectSigningAlg) {
		return nil
	}
	return []string{o.RequestObjectSigningAlg}
}

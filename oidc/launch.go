package oidc

import (
	"context"
	"net/url"
	"slices"

	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

// Launch sends the browser to an application, which begins a sign-in here
// (OpenID Connect Core §4): for portals and links in mails that know a tenant's
// applications by client_id alone. target_link_uri and login_hint go along. The
// browser goes nowhere but to the application's own addresses: an application
// without initiate_login_uri, or a target that is none of its own, ends on our
// error page.
func (p *Provider) Launch(ctx context.Context, t Tenant, in Params) Answer {
	if in.Err != nil {
		return p.ownPage(ctx, t, in, nil, readerRefusal(in.Err))
	}
	app, err := p.named(ctx, t, in)
	if err != nil {
		return p.ownPage(ctx, t, in, nil, err)
	}
	to, err := launchURI(t, app, in.Values.Get("target_link_uri"), in.Values.Get("login_hint"))
	if err != nil {
		return p.ownPage(ctx, t, in, app, err)
	}
	return Answer{Redirect: to}
}

func launchURI(t Tenant, app *models.Application, target, hint string) (string, *reason.Error) {
	switch {
	case !t.Row.Active():
		return "", reason.New(reason.TenantSuspended)
	case !app.Active():
		return "", reason.New(reason.OAuthClientDisabled)
	case app.Options.V.InitiateLoginURI == "":
		return "", reason.New(reason.OAuthLaunch)
	case target != "" && !ownAddress(app, target):
		return "", reason.New(reason.OAuthRequestInvalid).On("target_link_uri", reason.InputInvalid, "")
	}
	return authorize.Location(app.Options.V.InitiateLoginURI, "", []authorize.Pair{
		{Name: "iss", Value: t.Issuer}, {Name: "login_hint", Value: hint}, {Name: "target_link_uri", Value: target},
	}), nil
}

// ownAddress reports whether an address is of an origin that the application
// registered: it must not become an open redirector by our hand.
func ownAddress(app *models.Application, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	origin := authorize.Origin(address)
	own := append([]string{app.Options.V.InitiateLoginURI, app.ClientURI}, app.RedirectURIs.V...)
	return origin != "" && slices.ContainsFunc(own, func(uri string) bool { return authorize.Origin(uri) == origin })
}

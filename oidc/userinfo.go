package oidc

import (
	"context"
	"slices"
	"strings"

	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/claims"
	"gatehouse/reason"
)

// UserInfo answers with the claims that the access token allows (OpenID
// Connect Core §5.3). Authorization is the header of that name; form is the
// body of a POST, or empty. A token in the query is never read (RFC 6750
// §2.3).
func (p *Provider) UserInfo(ctx context.Context, t Tenant, authorization string, form Params) Document {
	token, err := bearer(authorization, form)
	if err != nil {
		return p.refuseBearer(t, err)
	}
	if token == "" { // no error code for a request without any proof (RFC 6750 §3.1)
		return Document{Status: 401, Challenge: `Bearer realm="` + t.Issuer + `"`}
	}
	app, user, chosen, err := p.bearerUser(ctx, t, token)
	if err != nil {
		return p.refuseBearer(t, err).to(app)
	}
	about := claims.About(user, chosen)
	about["sub"] = user.ID
	return p.answer(about).to(app)
}

// bearer finds the one access token of a request (RFC 6750 §2).
func bearer(authorization string, form Params) (string, *reason.Error) {
	if form.Err != nil {
		return "", readerRefusal(form.Err)
	}
	inBody := form.Values.Get("access_token")
	if authorization == "" {
		return inBody, nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return "", reason.New(reason.OAuthTokenInvalid)
	case inBody != "":
		return "", reason.New(reason.OAuthRequestInvalid).On("access_token", reason.InputInvalid, "")
	}
	return strings.TrimSpace(token), nil
}

// bearerUser is the application and the user behind an access token for this
// tenant's userinfo, as they are now. The application comes along with a
// refusal where it is known.
func (p *Provider) bearerUser(ctx context.Context, t Tenant, token string) (*models.Application, *models.User, claims.Chosen, *reason.Error) {
	var none claims.Chosen
	c, err := p.Tokens.ParseAccess(ctx, t.Store, t.Issuer, token)
	if err != nil {
		return nil, nil, none, tokenInvalid(err)
	}
	app, err := p.Applications.ByClientID(ctx, t.Store, c.ClientID)
	if err != nil || !app.Active() || !t.Row.Active() {
		return nil, nil, none, tokenInvalid(err)
	}
	scopes := strings.Fields(c.Scope)
	switch {
	case !slices.Contains(c.Audience, t.Issuer):
		return app, nil, none, reason.New(reason.OAuthTokenInvalid)
	case !slices.Contains(scopes, authorize.ScopeOpenID):
		return app, nil, none, reason.New(reason.OAuthTokenScope)
	}
	user, err := p.Users.ByID(ctx, t.Store, c.Subject)
	if err == nil {
		err = p.Users.Verdict(ctx, t.Store, user)
	}
	if err != nil {
		return app, nil, none, tokenInvalid(err)
	}
	return app, user, claims.Chosen{Scopes: scopes, Names: c.UserInfo}, nil
}

// tokenInvalid hides why a token does not hold, but not our own faults.
func tokenInvalid(err error) *reason.Error {
	if err == nil {
		return reason.New(reason.OAuthTokenInvalid)
	}
	if e := reason.From(err); e.Meaning().Kind == reason.Internal {
		return e
	}
	return reason.Wrap(reason.OAuthTokenInvalid, err)
}

// refuseBearer is an answer of a protected resource (RFC 6750 §3).
func (p *Provider) refuseBearer(t Tenant, err *reason.Error) Document {
	oauth := err.Meaning().OAuth
	d := p.failed(err, oauth)
	d.Challenge = `Bearer realm="` + t.Issuer + `", error="` + oauth + `", error_description="` + describe(err, "") + `"`
	if oauth == "insufficient_scope" {
		d.Challenge += `, scope="openid"`
	}
	return d
}

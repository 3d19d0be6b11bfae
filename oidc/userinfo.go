package oidc

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"gatehouse/identity/applications"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/dpop"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
	"gatehouse/store"
)

// UserInfo answers with the claims that the access token allows (OpenID
// Connect Core §5.3). Authorization is the header of that name; form is the
// body of a POST, or empty. A token in the query is never read (RFC 6750
// §2.3).
func (p *Provider) UserInfo(ctx context.Context, t Tenant, authorization string, form Params) Document {
	shown, err := Shown(authorization, form)
	if err != nil {
		return p.refuseBearer(t, form, err)
	}
	if shown.Token == "" { // no error code for a request without any proof (RFC 6750 §3.1)
		return Document{Status: 401, Challenge: `Bearer realm="` + t.Issuer + `", ` + resourceMetadata(t.Issuer)}
	}
	app, about, err := p.bearerUser(ctx, t, shown, form)
	if err != nil {
		return p.refuseBearer(t, form, err).to(app)
	}
	return p.nonces(t, form, nil, p.told(ctx, t, app, about)).to(app)
}

// told answers with claims, as JSON or as the JWT that the application
// registered for (OpenID Connect Core §5.3.2).
func (p *Provider) told(ctx context.Context, t Tenant, app *models.Application, about map[string]any) Document {
	o := app.Options.V
	if o.UserinfoSignedAlg == "" && o.UserinfoEncryptedAlg == "" {
		return p.answer(about)
	}
	body, err := p.sealedUserInfo(ctx, t, app, about)
	if err != nil {
		return p.failed(reason.From(err), "server_error")
	}
	return Document{Status: 200, Body: []byte(body), ContentType: "application/jwt"}
}

func (p *Provider) sealedUserInfo(ctx context.Context, t Tenant, app *models.Application, about map[string]any) (string, error) {
	o := app.Options.V
	if o.UserinfoSignedAlg != "" {
		about["iss"], about["aud"] = t.Issuer, app.ClientID
	}
	payload, err := json.Marshal(about)
	if err != nil {
		return "", err
	}
	text := string(payload)
	if o.UserinfoSignedAlg != "" {
		if text, err = p.Tokens.Sign(ctx, t.Store, app.SignedBy(o.UserinfoSignedAlg), "JWT", payload); err != nil {
			return "", err
		}
	}
	return p.Applications.Encrypt(ctx, app, applications.Encryption{Alg: o.UserinfoEncryptedAlg, Enc: o.UserinfoEncryptedEnc}, text)
}

// bearerUser is the application behind an access token and what it learns about
// the user, as both are now. The application comes along with a
// refusal where it is known.
func (p *Provider) bearerUser(ctx context.Context, t Tenant, shown ShownToken, in Params) (*models.Application, map[string]any, *reason.Error) {
	var likely *users.Asked
	c, err := p.Tokens.ParseAccess(ctx, t.Store, t.Issuer, shown.Token, func(c *tokens.AccessClaims) *store.Question {
		likely = users.Ask(c.Subject)
		return likely.Question
	})
	if err != nil {
		return nil, nil, tokenInvalid(err)
	}
	app, err := p.Applications.ByClientID(ctx, t.Store, c.ClientID)
	if err != nil || !app.Active() || !t.Row.Active() {
		return nil, nil, tokenInvalid(err)
	}
	shown.Application = app
	if err := p.Held(ctx, t, shown, in, c, t.Issuer+"/oauth2/userinfo"); err != nil {
		return app, nil, err
	}
	scopes := strings.Fields(c.Scope)
	switch {
	case !slices.Contains(c.Audience, t.Issuer):
		return app, nil, reason.New(reason.OAuthTokenInvalid)
	case !slices.Contains(scopes, authorize.ScopeOpenID):
		return app, nil, reason.New(reason.OAuthTokenScope)
	}
	user, err := p.userOf(ctx, t, c, likely)
	if err != nil {
		return app, nil, tokenInvalid(err)
	}
	about, err := p.Grants.UserInfo(ctx, grants.Request{Tenant: t, Application: app}, grants.Told{User: user, Scopes: scopes, Names: c.UserInfo})
	if err != nil {
		return app, nil, tokenInvalid(err)
	}
	about["sub"] = c.Subject
	return app, about, nil
}

// userOf is the user whom a token speaks of, if he may sign in. He is likely the
// one whose id is the subject; where subjects are pairwise he has to be looked up.
func (p *Provider) userOf(ctx context.Context, t Tenant, c *tokens.AccessClaims, likely *users.Asked) (*models.User, error) {
	user, err := likely.User()
	if err != nil || user.ID != c.UserID() {
		user, err = p.Users.ByID(ctx, t.Store, c.UserID())
	}
	if err != nil {
		return nil, err
	}
	return user, p.Users.Verdict(ctx, t.Store, user)
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

// refuseBearer is an answer of a protected resource (RFC 6750 §3, RFC 9449
// §7.1).
func (p *Provider) refuseBearer(t Tenant, in Params, err *reason.Error) Document {
	oauth := err.Meaning().OAuth
	d := p.failed(err, oauth)
	d.Challenge = `Bearer realm="` + t.Issuer + `", error="` + oauth + `", error_description="` + describe(err, "") + `", ` + resourceMetadata(t.Issuer)
	if oauth == "insufficient_scope" {
		d.Challenge += `, scope="openid"`
	}
	if len(in.DPoP) > 0 || err.Code == reason.OAuthTokenBound {
		d.Challenge = "DPoP" + strings.TrimPrefix(d.Challenge, "Bearer") + `, algs="` + strings.Join(dpop.Algorithms(), " ") + `"`
		if err.Code != reason.OAuthTokenScope {
			d.Status = 401
		}
	}
	return p.nonces(t, in, err, d)
}

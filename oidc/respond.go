package oidc

import (
	"context"
	"encoding/json"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/keys"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
)

// respond sends parameters to the application, with state and with iss in
// every response (RFC 9207 §2, R28), in the way that the request asked for.
func (p *Provider) respond(ctx context.Context, t Tenant, r *authorize.Request, app *models.Application, pairs []authorize.Pair) Answer {
	pairs = append(pairs, authorize.Pair{Name: "state", Value: r.State}, authorize.Pair{Name: "iss", Value: t.Issuer})
	if r.Signed() {
		response, err := p.signedResponse(ctx, t, app, pairs)
		if err != nil { // there is no way to say so to the application that asked for signed answers
			p.Logger.ErrorContext(ctx, "response not signed", "error", err)
			return p.ownPage(ctx, t, Params{}, app, serverError(err))
		}
		pairs = []authorize.Pair{{Name: "response", Value: response}}
	}
	if !r.Posted() {
		return Answer{Redirect: authorize.Location(r.RedirectURI, r.ResponseMode, pairs)}
	}
	form := &FormPost{Action: r.RedirectURI, Popup: r.Popup}
	for _, pair := range pairs {
		if pair.Value != "" {
			form.Fields = append(form.Fields, Field(pair))
		}
	}
	return Answer{FormPost: form}
}

// responseLife is how long a signed response holds (JARM §2.1).
const responseLife = 5 * time.Minute

// typeResponse is the typ of signed responses, which tells them from ID tokens.
const typeResponse = "oauth-authz-resp+jwt"

// signedResponse is the response as a JWT (JARM §2.1).
func (p *Provider) signedResponse(ctx context.Context, t Tenant, app *models.Application, pairs []authorize.Pair) (string, error) {
	claims := map[string]any{"aud": app.ClientID, "exp": p.Now().Add(responseLife).Unix()}
	for _, pair := range pairs {
		if pair.Value != "" {
			claims[pair.Name] = pair.Value
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	alg := app.Options.V.AuthorizationSignedAlg
	if alg == "" {
		alg = keys.RS256 // JARM §3
	}
	token, err := p.Tokens.Sign(ctx, t.Store, app.SignedBy(alg), typeResponse, payload)
	if err != nil {
		return "", err
	}
	o := app.Options.V
	return p.Applications.Encrypt(ctx, app, applications.Encryption{Alg: o.AuthorizationEncryptedAlg, Enc: o.AuthorizationEncryptedEnc}, token)
}

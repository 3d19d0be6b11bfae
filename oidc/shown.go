package oidc

import (
	"context"
	"strings"

	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/dpop"
	"gatehouse/reason"
)

// ShownToken is an access token as it came to a protected resource.
type ShownToken struct {
	Token string
	// Bound tells that it came by the scheme of bound tokens (RFC 9449 §7.1).
	Bound bool
	// Application is whose token it is; the caller of Held finds it.
	Application *models.Application
}

// Shown finds the one access token of a request (RFC 6750 §2, RFC 9449 §7.1).
func Shown(authorization string, form Params) (ShownToken, *reason.Error) {
	if form.Err != nil {
		return ShownToken{}, readerRefusal(form.Err)
	}
	inBody := form.Values.Get("access_token")
	if authorization == "" {
		return ShownToken{Token: inBody}, nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	shown := ShownToken{Token: strings.TrimSpace(token), Bound: strings.EqualFold(scheme, "DPoP")}
	switch {
	case !shown.Bound && !strings.EqualFold(scheme, "Bearer"):
		return ShownToken{}, reason.New(reason.OAuthTokenInvalid)
	case inBody != "":
		return ShownToken{}, reason.New(reason.OAuthRequestInvalid).On("access_token", reason.InputInvalid, "")
	}
	return shown, nil
}

// Held refuses a token whose key was not proved for this request, and one that
// is bound to no key but came as if it were (RFC 9449 §7.1). Address is where
// the request came. It returns OAuthTokenBound and the refusals of dpop.Judge.
func (p *Provider) Held(ctx context.Context, t Tenant, shown ShownToken, in Params, c *tokens.AccessClaims, address string) *reason.Error {
	bound := c.Bound()
	if shown.Bound != (bound.JKT != "") {
		return reason.New(reason.OAuthTokenBound)
	}
	if bound.X5T != "" && bound.X5T != x5t(in.Certificates) { // RFC 8705 §3
		return reason.New(reason.OAuthTokenInvalid)
	}
	if !shown.Bound {
		return nil
	}
	return p.heldKey(ctx, t, in, shown, bound, address)
}

func (p *Provider) heldKey(ctx context.Context, t Tenant, in Params, shown ShownToken, bound models.Confirmation, address string) *reason.Error {
	jkt, err := p.DPoP.Prove(ctx, t.Store, dpop.Request{
		Headers: in.DPoP, Method: in.Method, URL: address, AccessToken: shown.Token, Nonces: t.Row.Settings.V.DPoPNonces,
		Algorithms: proofAlgorithms(shown.Application),
	})
	if err != nil {
		return err
	}
	if jkt != bound.JKT {
		return reason.New(reason.OAuthTokenBound)
	}
	return nil
}

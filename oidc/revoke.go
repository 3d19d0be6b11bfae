package oidc

import (
	"context"

	"gatehouse/reason"
)

// Revoke ends a refresh token, with everything that stems from it, or an
// access token (RFC 7009 §2). A token that is unknown, over or another
// client's gets the same empty answer (R42).
func (p *Provider) Revoke(ctx context.Context, t Tenant, in Params, authorization string) Document {
	app, refusal := p.client(ctx, t, in, authorization)
	if refusal != nil {
		return *refusal
	}
	ctx = as(ctx, clientActor(app))
	token := in.Values.Get("token")
	if token == "" {
		return p.refuseToken(ctx, t, refused{
			step: "revoke", application: app,
			err: reason.New(reason.OAuthRequestInvalid).On("token", reason.InputRequired, ""),
		}, "")
	}
	if err := p.Tokens.Revoke(ctx, t.Store, t.Issuer, token, app); err != nil {
		if e := reason.From(err); e.Meaning().Kind == reason.Internal {
			return p.refuseToken(ctx, t, refused{step: "revoke", application: app, err: e}, "")
		}
	}
	return Document{Status: 200, Application: app}
}

package oidc

import (
	"context"
	"encoding/json"
	"mime"
	"slices"
	"strings"

	"gatehouse/identity/applications"
	"gatehouse/identity/keys"
	"gatehouse/models"
	"gatehouse/reason"
)

// typeIntrospection is the typ of signed answers and, with application/ before
// it, their media type (RFC 9701 §5).
const typeIntrospection = "token-introspection+jwt"

// signedIntrospection is an answer that can be shown to others as ours (RFC
// 9701 §5). Neither sub nor exp stand outside, so that it is no access token.
type signedIntrospection struct {
	Issuer   string        `json:"iss"`
	Audience string        `json:"aud"`
	Issued   int64         `json:"iat"`
	Told     introspection `json:"token_introspection"`
}

// wantsSigned reports whether an Accept header asks for a signed answer by name.
func wantsSigned(accept string) bool {
	for _, one := range strings.Split(accept, ",") {
		kind, about, err := mime.ParseMediaType(one)
		if err == nil && kind == "application/"+typeIntrospection {
			return strings.Trim(about["q"], "0.") != "" || about["q"] == ""
		}
	}
	return false
}

// signed answers with a JWT. Only an API that the token was issued for learns
// more than that it is none for it (RFC 9701 §5): the owner has the plain answer.
func (p *Provider) signed(ctx context.Context, t Tenant, app *models.Application, found introspection) Document {
	serves := slices.Contains(found.Audience, app.ClientID)
	if !serves {
		served, err := p.Grants.Resources.Served(ctx, t.Store, app, found.Audience)
		if err != nil {
			return p.failed(reason.From(err), "server_error")
		}
		serves = len(served) > 0
	}
	if !serves {
		found = introspection{}
	}
	body, err := p.sealedIntrospection(ctx, t, app, found)
	if err != nil {
		return p.failed(reason.From(err), "server_error")
	}
	return Document{Status: 200, Body: []byte(body), ContentType: "application/" + typeIntrospection}
}

func (p *Provider) sealedIntrospection(ctx context.Context, t Tenant, app *models.Application, found introspection) (string, error) {
	payload, err := json.Marshal(signedIntrospection{Issuer: t.Issuer, Audience: app.ClientID, Issued: p.Now().Unix(), Told: found})
	if err != nil {
		return "", err
	}
	o := app.Options.V
	alg := o.IntrospectionSignedAlg
	if alg == "" {
		alg = keys.RS256 // RFC 9701 §6
	}
	token, err := p.Tokens.Sign(ctx, t.Store, app.SignedBy(alg), typeIntrospection, payload)
	if err != nil {
		return "", err
	}
	return p.Applications.Encrypt(ctx, app, applications.Encryption{Alg: o.IntrospectionEncryptedAlg, Enc: o.IntrospectionEncryptedEnc}, token)
}

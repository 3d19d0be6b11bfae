package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/oidc/dpop"
	"gatehouse/reason"
)

// confirm finds out which key or certificate the tokens of a request are bound
// to; none is none. It returns the refusals of dpop.Judge, and OAuthUnbound
// where the application's tokens have to be bound (RFC 9449 §5.2, FAPI 2.0
// Security Profile §5.3.2.1).
func (p *Provider) confirm(ctx context.Context, t Tenant, app *models.Application, in Params, endpoint string) (models.Confirmation, *reason.Error) {
	var c models.Confirmation
	jkt, err := p.DPoP.Prove(ctx, t.Store, dpop.Request{
		Headers: in.DPoP, Method: in.Method, URL: t.Issuer + endpoint, Nonces: t.Row.Settings.V.DPoPNonces, Algorithms: proofAlgorithms(app),
	})
	if err != nil {
		return c, err
	}
	c.JKT = jkt
	o := app.Options.V
	if o.TLSBound || o.FAPI() && jkt == "" {
		c.X5T = x5t(in.Certificates)
	}
	switch {
	case o.TLSBound && c.X5T == "":
		return c, reason.New(reason.OAuthNoCertificate)
	case o.DPoPBound && c.JKT == "" || o.FAPI() && c.None():
		return c, reason.New(reason.OAuthUnbound)
	}
	return c, nil
}

// x5t is the thumbprint of the client's certificate (RFC 8705 §3.1); empty:
// there is none.
func x5t(certificates []*x509.Certificate) string {
	if len(certificates) == 0 {
		return ""
	}
	sum := sha256.Sum256(certificates[0].Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// proofAlgorithms are those that an application may sign its proofs with (FAPI
// 2.0 Security Profile §5.4.1); nil: all.
func proofAlgorithms(app *models.Application) []string {
	if app.Options.V.FAPI() {
		return applications.FAPIAlgorithms()
	}
	return nil
}

// Nonce is what the tenant's clients put into their next proof (RFC 9449 §8).
func (p *Provider) Nonce(t Tenant) string { return p.DPoP.Nonce(t.Store.ID()) }

// nonces tells the client the nonce for its next proof, where the tenant wants
// one, and wherever a proof was refused for its nonce: without a fresh one the
// client could never go on.
func (p *Provider) nonces(t Tenant, in Params, err *reason.Error, d Document) Document {
	if len(in.DPoP) > 0 && t.Row.Settings.V.DPoPNonces || err != nil && err.Code == reason.OAuthDPoPNonce {
		d.DPoPNonce = p.Nonce(t)
	}
	return d
}

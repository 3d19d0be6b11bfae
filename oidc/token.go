package oidc

import (
	"context"
	"encoding/json"

	"gatehouse/audit/attempts"
	"gatehouse/models"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/details"
	"gatehouse/oidc/grants"
	"gatehouse/reason"
)

// Token answers a token request (RFC 6749 §3.2). Params are the body's alone:
// nothing is ever read from the query (R37). Authorization is the header of
// that name. A refusal leaves an attempt.
func (p *Provider) Token(ctx context.Context, t Tenant, in Params, authorization string) Document {
	app, refusal := p.client(ctx, t, in, authorization)
	if refusal != nil {
		return *refusal
	}
	ctx = as(ctx, clientActor(app))
	answer, err := p.grant(ctx, t, app, in)
	if e := reason.From(err); err != nil && waits(e) {
		return p.nonces(t, in, e, p.failed(e, e.Meaning().OAuth)).to(app)
	}
	if err != nil {
		return p.refuseToken(ctx, t, refused{
			step: grantStep(in), err: reason.From(err), application: app,
		}, "")
	}
	return p.nonces(t, in, nil, p.answer(answer)).to(app)
}

// grant judges what the client proved to hold, and gives tokens that are bound
// to it.
func (p *Provider) grant(ctx context.Context, t Tenant, app *models.Application, in Params) (grants.Answer, error) {
	if _, err := details.Parse(in.Values.Get(details.Parameter)); err != nil {
		return grants.Answer{}, err
	}
	bound, err := p.confirm(ctx, t, app, in, "/oauth2/token")
	if err != nil {
		return grants.Answer{}, err
	}
	return p.Grants.Issue(ctx, grants.Request{Tenant: t, Application: app, Values: in.Values, Bound: bound})
}

// to names the application that is answered.
func (d Document) to(app *models.Application) Document {
	d.Application = app
	return d
}

// waits reports whether a refusal only says that the user has not answered yet,
// or which nonce to use: it comes in the course of things, so it leaves no
// attempt (RFC 8628 §3.5, RFC 9449 §8).
func waits(err *reason.Error) bool {
	return err.Code == reason.OAuthPending || err.Code == reason.OAuthSlowDown || err.Code == reason.OAuthDPoPNonce
}

// grantStep names the step of an attempt after the grant, if there is such.
func grantStep(in Params) string {
	if name := in.Values.Get("grant_type"); contains(models.GrantTypes(), name) {
		return name
	}
	return "grant_type"
}

// client authenticates the application behind a request with a form body, or
// gives the answer that refuses it (RFC 6749 §5.2).
func (p *Provider) client(ctx context.Context, t Tenant, in Params, authorization string) (*models.Application, *Document) {
	shown, err := presented(in, authorization)
	var app *models.Application
	shown.Issuer, shown.Certificates, shown.Authorities = t.Issuer, in.Certificates, t.Row.Settings.V.ClientAuthorities
	if err == nil {
		err = p.meet(ctx, t, shown.ClientID)
	}
	if err == nil {
		app, err = p.Clients.Authenticate(ctx, t.Store, shown)
	}
	if err == nil {
		return app, nil
	}
	d := p.refuseToken(ctx, t, refused{
		step: "client_auth", err: err, application: app, clientID: shortened(shown.ClientID),
	}, authorization)
	return nil, &d
}

func presented(in Params, authorization string) (clientauth.Presented, *reason.Error) {
	if in.Err != nil {
		return clientauth.Presented{ClientID: in.Values.Get("client_id")}, readerRefusal(in.Err)
	}
	return clientauth.Read(authorization, in.Values)
}

// refuseToken records the refusal and answers it. Authorization is set where
// the client's own proof failed.
func (p *Provider) refuseToken(ctx context.Context, t Tenant, f refused, authorization string) Document {
	f.kind, f.details = attempts.Token, oauthError(f.err)
	p.record(ctx, t, f)
	if f.oauth == "" {
		f.oauth = backError(f.err)
	}
	d := p.failed(f.err, f.oauth).to(f.application)
	if d.Status == 401 && clientauth.Basic(authorization) {
		d.Challenge = `Basic realm="` + t.Issuer + `", charset="UTF-8"`
	}
	return d
}

// failed is the JSON of an OAuth error (RFC 6749 §5.2).
func (p *Provider) failed(err *reason.Error, oauth string) Document {
	d := p.answer(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{oauth, describe(err, "")})
	d.Status, d.RetryAfter = status(err.Meaning().Kind, oauth), err.RetryAfter
	return d
}

// failure is the answer to a fault of our own.
func (p *Provider) failure(err error) Document {
	p.Logger.Error("answer not made", "error", err)
	return Document{Status: 500, Body: []byte(`{"error":"server_error"}`)}
}

// answer is a JSON answer that nobody keeps.
func (p *Provider) answer(v any) Document {
	body, err := json.Marshal(v)
	if err != nil {
		return p.failure(err)
	}
	return Document{Status: 200, Body: body}
}

// backError is the error as the token endpoint may give it: whatever became
// of the user, session or consent, the grant no longer holds.
func backError(err *reason.Error) string {
	oauth, kind := err.Meaning().OAuth, err.Meaning().Kind
	switch {
	case kind == reason.Throttled:
		return "temporarily_unavailable"
	case kind == reason.Internal:
		return "server_error"
	case err.Code == reason.OAuthRequestDenied: // RFC 8628 §3.5
		return oauth
	}
	switch oauth {
	case "access_denied", "invalid_token", "login_required", "consent_required", "":
		return "invalid_grant"
	}
	return oauth
}

func status(kind reason.Kind, oauth string) int {
	switch {
	case kind == reason.Internal:
		return 500
	case oauth == "temporarily_unavailable" && kind == reason.Unavailable:
		return 503
	case kind == reason.Throttled:
		return 429
	case oauth == "invalid_client", oauth == "invalid_token":
		return 401
	case oauth == "insufficient_scope":
		return 403
	}
	return 400
}

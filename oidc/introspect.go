package oidc

import (
	"context"
	"encoding/json"
	"slices"

	"gatehouse/identity/tokens"
	"gatehouse/models"
	"gatehouse/oidc/details"
	"gatehouse/reason"
)

// introspection is an answer of RFC 7662 §2.2.
type introspection struct {
	Active    bool     `json:"active"`
	Scope     string   `json:"scope,omitempty"`
	ClientID  string   `json:"client_id,omitempty"`
	Username  string   `json:"username,omitempty"`
	TokenType string   `json:"token_type,omitempty"`
	Expires   int64    `json:"exp,omitempty"`
	Issued    int64    `json:"iat,omitempty"`
	Subject   string   `json:"sub,omitempty"`
	Audience  []string `json:"aud,omitempty"`
	Issuer    string   `json:"iss,omitempty"`
	JTI       string   `json:"jti,omitempty"`
	SID       string   `json:"sid,omitempty"`

	Act *tokens.Actor        `json:"act,omitempty"` // RFC 8693 §4.1
	Cnf *models.Confirmation `json:"cnf,omitempty"` // RFC 9449 §6.2, RFC 8705 §3.2

	Details json.RawMessage `json:"authorization_details,omitempty"` // RFC 9396 §9.2

	ACR      string `json:"acr,omitempty"` // how and when the user signed in, so that APIs can ask for more (RFC 9470 §6.2)
	AuthTime int64  `json:"auth_time,omitempty"`

	further map[string]any // what the token says beside these (RFC 7662 §2.2)
}

// MarshalJSON implements json.Marshaler.
func (i introspection) MarshalJSON() ([]byte, error) {
	type members introspection
	return tokens.Joint(members(i), i.further)
}

// Introspect tells a confidential client about a token that was issued to it
// or for it (RFC 7662). Every other token, and every one that no longer holds,
// is inactive and nothing more (R42). Whoever accepts signed answers gets a JWT
// (RFC 9701).
func (p *Provider) Introspect(ctx context.Context, t Tenant, in Params, authorization string) Document {
	app, refusal := p.client(ctx, t, in, authorization)
	if refusal != nil {
		return *refusal
	}
	ctx = as(ctx, clientActor(app))
	if app.Public() {
		return p.refuseToken(ctx, t, refused{step: "introspect", application: app, err: reason.New(reason.OAuthClientMethod)}, authorization)
	}
	token := in.Values.Get("token")
	if token == "" {
		return p.refuseToken(ctx, t, refused{
			step: "introspect", application: app,
			err: reason.New(reason.OAuthRequestInvalid).On("token", reason.InputRequired, ""),
		}, "")
	}
	found, err := p.inspect(ctx, t, app, token)
	if err != nil {
		return p.failed(reason.From(err), "server_error").to(app)
	}
	if wantsSigned(in.Accept) {
		return p.signed(ctx, t, app, found).to(app)
	}
	return p.answer(found).to(app)
}

// inspect looks at the token in the way its form tells.
func (p *Provider) inspect(ctx context.Context, t Tenant, app *models.Application, token string) (introspection, error) {
	if !t.Row.Active() {
		return introspection{}, nil // R66
	}
	var found introspection
	var err error
	if tokens.IsRefresh(token) {
		found, err = p.inspectRefresh(ctx, t, app, token)
	} else {
		found, err = p.inspectAccess(ctx, t, app, token)
	}
	if err != nil && reason.From(err).Meaning().Kind != reason.Internal {
		return introspection{}, nil
	}
	return found, err
}

func (p *Provider) inspectAccess(ctx context.Context, t Tenant, app *models.Application, token string) (introspection, error) {
	c, err := p.Grants.Living(ctx, t, token)
	if err != nil {
		return introspection{}, err
	}
	told := c.Details
	if c.ClientID != app.ClientID && !slices.Contains(c.Audience, app.ClientID) {
		others := slices.DeleteFunc(slices.Clone(c.Audience), func(s string) bool { return s == t.Issuer })
		served, err := p.Grants.Resources.Served(ctx, t.Store, app, others)
		if err != nil || len(served) == 0 {
			return introspection{}, err
		}
		told = details.Stored(c.Details).Of(served.DetailTypes(nil)).JSON()
	}
	return introspection{
		Active: true, Scope: c.Scope, ClientID: c.ClientID, TokenType: tokenType(c), Expires: c.Expires, Issued: c.Issued,
		Subject: c.Subject, Audience: c.Audience, Issuer: t.Issuer, JTI: c.JTI, SID: c.SID, Act: c.Act, Cnf: c.Confirmation,
		ACR: c.ACR, AuthTime: c.AuthTime, Details: told, further: c.Further,
	}, nil
}

// tokenType is how the token has to be shown (RFC 9449 §6.2).
func tokenType(c *tokens.AccessClaims) string {
	if c.Bound().JKT != "" {
		return "DPoP"
	}
	return "Bearer"
}

func (p *Provider) inspectRefresh(ctx context.Context, t Tenant, app *models.Application, token string) (introspection, error) {
	f, err := p.Tokens.FamilyOf(ctx, t.Store, token)
	if err != nil || f.ApplicationID != app.ID {
		return introspection{}, err
	}
	return introspection{
		Active: true, Scope: f.Scope, ClientID: app.ClientID, Expires: f.ExpiresAt.Unix(), Issued: f.CreatedAt.Unix(),
		Subject: p.Applications.SubjectOf(app, f.UserID), Issuer: t.Issuer, SID: f.SessionID,
		Details: details.Stored(f.Details.V.AuthorizationDetails).JSON(),
	}, nil
}

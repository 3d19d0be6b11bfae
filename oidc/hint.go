package oidc

import (
	"context"
	"encoding/json"
	"slices"

	"gatehouse/reason"
)

// typeIDToken is the typ header of ID tokens, which tells them from access
// tokens (RFC 9068 §2.1).
const typeIDToken = "JWT"

// hint is what an ID token says that came back as id_token_hint.
type hint struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	SID      string   `json:"sid"`
}

// audience reads both shapes of aud (RFC 7519 §4.1.3).
type audience []string

// UnmarshalJSON takes a string or a list of strings.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// readHint verifies an ID token of this tenant. Its time may be over: it says
// who was signed in, and opens nothing (OpenID Connect Core §3.1.2.1).
func (p *Provider) readHint(ctx context.Context, t Tenant, token string) (*hint, error) {
	payload, _, err := p.Keys.Verify(ctx, t.Store, token, typeIDToken)
	if err != nil {
		return nil, err
	}
	var h hint
	if err := json.Unmarshal(payload, &h); err != nil {
		return nil, reason.Wrap(reason.OAuthLogoutHint, err)
	}
	if h.Issuer != t.Issuer || h.Subject == "" || len(h.Audience) != 1 {
		return nil, reason.New(reason.OAuthLogoutHint)
	}
	return &h, nil
}

// hintSubject is the user that an id_token_hint of the client names.
func (p *Provider) hintSubject(ctx context.Context, t Tenant, token, clientID string) (string, error) {
	h, err := p.readHint(ctx, t, token)
	if err != nil {
		return "", err
	}
	if !slices.Contains(h.Audience, clientID) {
		return "", reason.New(reason.OAuthLogoutHint)
	}
	return h.Subject, nil
}

package tokens

import (
	"context"
	"encoding/json"

	"gatehouse/reason"
	"gatehouse/store"
)

// Actor is who acts, and for whom he did it: the act claim (RFC 8693 §4.1).
type Actor struct {
	Subject  string `json:"sub"`
	ClientID string `json:"client_id,omitempty"`
	Act      *Actor `json:"act,omitempty"`
}

// Depth is how many acted, one for the other.
func (a *Actor) Depth() int {
	depth := 0
	for ; a != nil; a = a.Act {
		depth++
	}
	return depth
}

// IDClaims are what an ID token says of a sign-in.
type IDClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	Expires  int64    `json:"exp"` // seconds since the epoch
	AuthTime int64    `json:"auth_time"`
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
	SID      string   `json:"sid"`
	MayAct   *Actor   `json:"may_act"` // RFC 8693 §4.4
}

// ParseID returns the claims of an ID token that this tenant issued to one
// client and that is in time. It returns reason.OAuthTokenInvalid.
func (m *Mint) ParseID(ctx context.Context, t store.Tenant, issuer, token string) (*IDClaims, error) {
	payload, _, err := m.keys.Verify(ctx, t, token, typeID)
	if err != nil {
		return nil, reason.Wrap(reason.OAuthTokenInvalid, err)
	}
	var c IDClaims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, reason.Wrap(reason.OAuthTokenInvalid, err)
	}
	if c.Issuer != issuer || c.Subject == "" || c.Audience == "" || m.now().Unix() >= c.Expires {
		return nil, reason.New(reason.OAuthTokenInvalid)
	}
	return &c, nil
}

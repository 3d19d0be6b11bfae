package tokens

import (
	"context"
	"time"

	"gatehouse/identity/keys"
	"gatehouse/internal/secret"
	"gatehouse/store"
)

// typeLogout tells logout tokens from every other (Back-Channel Logout 1.0
// §2.4).
const typeLogout = "logout+jwt"

// logoutLife is how long a logout token holds (R45).
const logoutLife = 2 * time.Minute

// logoutEvent is the member of events that makes a token one of logout.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// Logout is what a logout token says.
type Logout struct {
	Issuer, Subject, ClientID string
	Alg                       string // of the application's ID tokens; empty: ES256
	SessionID                 string
}

type logoutClaims struct {
	Issuer   string              `json:"iss"`
	Subject  string              `json:"sub"`
	Audience string              `json:"aud"`
	Issued   int64               `json:"iat"`
	Expires  int64               `json:"exp"`
	JTI      string              `json:"jti"`
	SID      string              `json:"sid"`
	Events   map[string]struct{} `json:"events"`
}

// LogoutToken signs a logout token. Each has a jti of its own: a receiver may
// refuse one that it has seen.
func (m *Mint) LogoutToken(ctx context.Context, t store.Tenant, l Logout) (string, error) {
	if l.Alg == "" {
		l.Alg = keys.ES256
	}
	now := m.now()
	return m.sign(ctx, t, l.Alg, typeLogout, logoutClaims{
		Issuer: l.Issuer, Subject: l.Subject, Audience: l.ClientID, Issued: now.Unix(), Expires: now.Add(logoutLife).Unix(),
		JTI: secret.Random("", 16).Reveal(), SID: l.SessionID, Events: map[string]struct{}{logoutEvent: {}},
	})
}

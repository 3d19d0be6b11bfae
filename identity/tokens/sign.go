package tokens

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"gatehouse/identity/keys"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/store"
)

// The values of typ (RFC 9068 §2.1, RFC 7519 §5.1).
const (
	typeAccess = "at+jwt"
	typeID     = "JWT"
)

// Access is what an access token says (RFC 9068 §2.2).
type Access struct {
	Issuer, Subject, ClientID string
	Audience                  []string
	Scope                     string
	FamilyID                  string // empty: no user stands behind it
	SessionID                 string // empty: it outlives the session
	AuthTime                  time.Time
	ACR                       string
	AMR                       []string
	Lifetime                  time.Duration
	Alg                       string   // empty: ES256
	JTI                       string   // empty: a new one
	UserInfo                  []string // claims that userinfo gives beside those of the scopes
	Actor                     *Actor   // nil: nobody acts for the subject
	Bound                     models.Confirmation
	Opaque                    bool            // its holder cannot read it
	Claims                    map[string]any  // further ones, never of those below
	Details                   json.RawMessage // authorization_details (RFC 9396 §9.1); nil: none
}

// AccessClaims are the claims of an access token.
type AccessClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	ClientID string   `json:"client_id"`
	Scope    string   `json:"scope,omitempty"`
	JTI      string   `json:"jti"`
	Issued   int64    `json:"iat"` // seconds since the epoch
	Expires  int64    `json:"exp"`
	SID      string   `json:"sid,omitempty"`
	AuthTime int64    `json:"auth_time,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	FamilyID string   `json:"gh_family,omitempty"`
	UserInfo []string `json:"gh_userinfo,omitempty"` // claims that userinfo gives beside the scopes'
	Act      *Actor   `json:"act,omitempty"`
	MayAct   *Actor   `json:"may_act,omitempty"`

	Details json.RawMessage `json:"authorization_details,omitempty"` // RFC 9396 §9.1

	Confirmation *models.Confirmation `json:"cnf,omitempty"` // RFC 7800 §3.1; nil: bound to nothing

	// Further are the claims that none of those above is; only of parsed tokens.
	Further map[string]any `json:"-"`

	userID string // from the family; only of parsed tokens
}

// UserID is the user that the token speaks of, by whatever sub; empty: an
// application alone.
func (c *AccessClaims) UserID() string { return c.userID }

// Bound is what the token is bound to.
func (c *AccessClaims) Bound() models.Confirmation {
	if c.Confirmation == nil {
		return models.Confirmation{}
	}
	return *c.Confirmation
}

// AccessToken makes an access token.
func (m *Mint) AccessToken(ctx context.Context, t store.Tenant, a Access) (string, error) {
	if a.Alg == "" {
		a.Alg = keys.ES256
	}
	if a.JTI == "" {
		a.JTI = secret.Random("", 16).Reveal()
	}
	said, err := m.AccessPayload(a)
	if err != nil {
		return "", err
	}
	if a.Opaque {
		return m.keepOpaque(ctx, t, a, said)
	}
	return m.Sign(ctx, t, a.Alg, typeAccess, said)
}

// AccessPayload is what an access token says, unsigned.
func (m *Mint) AccessPayload(a Access) ([]byte, error) {
	var bound *models.Confirmation
	if !a.Bound.None() {
		bound = &a.Bound
	}
	now := m.now()
	return Joint(AccessClaims{
		Confirmation: bound, Details: a.Details,
		Issuer: a.Issuer, Subject: a.Subject, Audience: a.Audience, ClientID: a.ClientID, Scope: a.Scope, JTI: a.JTI,
		Issued: now.Unix(), Expires: now.Add(a.Lifetime).Unix(), SID: a.SessionID, AuthTime: seconds(a.AuthTime),
		ACR: a.ACR, AMR: a.AMR, FamilyID: a.FamilyID, UserInfo: a.UserInfo, Act: a.Actor,
	}, a.Claims)
}

// ID is what an ID token says (OpenID Connect Core §2).
type ID struct {
	Issuer, Subject, ClientID string
	Alg                       string // id_token_signed_response_alg; empty: ES256
	Nonce                     string
	AccessToken               string         // for at_hash; empty: none comes along
	Code                      string         // for c_hash; empty: none comes along
	About                     map[string]any // claims about the user, by name
	SessionID                 string
	AuthTime                  time.Time
	ACR                       string
	AMR                       []string
	Lifetime                  time.Duration
}

type idClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	Expires  int64    `json:"exp"`
	Issued   int64    `json:"iat"`
	AuthTime int64    `json:"auth_time,omitempty"`
	Nonce    string   `json:"nonce,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	AtHash   string   `json:"at_hash,omitempty"`
	CHash    string   `json:"c_hash,omitempty"`
	SID      string   `json:"sid,omitempty"`
}

// IDToken signs an ID token.
func (m *Mint) IDToken(ctx context.Context, t store.Tenant, id ID) (string, error) {
	if id.Alg == "" {
		id.Alg = keys.ES256
	}
	payload, err := m.IDPayload(id)
	if err != nil {
		return "", err
	}
	return m.Sign(ctx, t, id.Alg, typeID, payload)
}

// IDPayload is what an ID token says, unsigned.
func (m *Mint) IDPayload(id ID) ([]byte, error) {
	now := m.now()
	claims := idClaims{
		Issuer: id.Issuer, Subject: id.Subject, Audience: id.ClientID, Nonce: id.Nonce,
		Issued: now.Unix(), Expires: now.Add(id.Lifetime).Unix(), AuthTime: seconds(id.AuthTime),
		ACR: id.ACR, AMR: id.AMR, SID: id.SessionID,
	}
	if id.AccessToken != "" {
		claims.AtHash = halfHash(id.AccessToken)
	}
	if id.Code != "" {
		claims.CHash = halfHash(id.Code)
	}
	return Joint(claims, id.About)
}

// Joint is the JSON of a token's own claims with those about the user. Ours
// come first and are never among the others.
func Joint(own any, about map[string]any) ([]byte, error) {
	payload, err := json.Marshal(own)
	if err != nil || len(about) == 0 {
		return payload, err
	}
	more, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	payload[len(payload)-1] = ','
	return append(payload, more[1:]...), nil
}

// halfHash is the left half of the SHA-256, which all our algorithms use (OpenID
// Connect Core §3.1.3.6).
func halfHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func (m *Mint) sign(ctx context.Context, t store.Tenant, alg, typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return m.Sign(ctx, t, alg, typ, payload)
}

// Sign signs a payload as a compact JWS of the type typ with the tenant's key
// for the algorithm.
func (m *Mint) Sign(ctx context.Context, t store.Tenant, alg, typ string, payload []byte) (string, error) {
	signer, err := m.keys.Signer(ctx, t, alg)
	if err != nil {
		return "", err
	}
	return signer.Sign(payload, typ)
}

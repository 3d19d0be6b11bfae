package models

import "cmp"

// Who may register applications at the registration endpoint (RFC 7591 §1.2).
const (
	RegistrationOff   = "off"
	RegistrationToken = "token" // whoever holds an initial access token, or a signed software statement
	RegistrationOpen  = "open"  // everybody
)

// Where a registered application comes from.
const (
	SourceOpen      = "open"
	SourceToken     = "token"
	SourceStatement = "software_statement"
	SourceDocument  = "document" // a client ID metadata document
)

// ClientRegistration is what makes an application manage its own registration
// (RFC 7592). It ends with the application.
//
// Owner: identity/applications.
type ClientRegistration struct {
	Owned
	ApplicationID  string `gorm:"primaryKey"`
	Hash           []byte // keyed, of the registration access token; empty: there is none
	Source         string
	InitialTokenID string // empty: it came without one
	CreatedAt      Time
	RenewAt        Time // when a metadata document is read again; zero: never
}

// TableName names the table.
func (ClientRegistration) TableName() string { return "client_registrations" }

// InitialToken lets its holder register applications (RFC 7591 §3, initial
// access token). Of its text only a keyed hash is kept.
//
// Owner: identity/applications.
type InitialToken struct {
	Owned
	Recorded  `gorm:"-"`
	ID        string `gorm:"primaryKey"`
	Name      string // what it is for
	Hash      []byte
	MaxUses   int // 0: any number
	Uses      int
	CreatedAt Time
	ExpiresAt Time
}

// TableName names the table.
func (InitialToken) TableName() string { return "initial_tokens" }

// Spent reports whether the token has been used as often as it may.
func (t *InitialToken) Spent() bool { return t.MaxUses > 0 && t.Uses >= t.MaxUses }

// DefaultRegistrationScope is what registered applications may ask for where
// the tenant did not choose: what is known of a user, and no API.
const DefaultRegistrationScope = "openid profile email phone address offline_access"

// DefaultOpenLimit is how many applications a tenant keeps that registered
// without a token or a software statement, where it did not choose (R46).
const DefaultOpenLimit = 1000

// RegistrationOpenMost is how many of them it keeps.
func (s TenantSettings) RegistrationOpenMost() int {
	return cmp.Or(s.RegistrationOpenLimit, DefaultOpenLimit)
}

// RegistrationOn reports whether applications may register themselves.
func (s TenantSettings) RegistrationOn() bool {
	return s.Registration == RegistrationToken || s.Registration == RegistrationOpen
}

// RegistrationPKCE reports whether registered applications have to use PKCE.
func (s TenantSettings) RegistrationPKCE() bool {
	return s.RegistrationRequirePKCE == nil || *s.RegistrationRequirePKCE
}

// RegistrationGrants are the grant types that applications may register for.
func (s TenantSettings) RegistrationGrants() []string {
	if len(s.RegistrationGrantTypes) == 0 {
		return []string{GrantAuthorizationCode, GrantRefreshToken}
	}
	return s.RegistrationGrantTypes
}

// RegistrationScopes are the scopes that applications may register for, space
// separated.
func (s TenantSettings) RegistrationScopes() string {
	if s.RegistrationScope == "" {
		return DefaultRegistrationScope
	}
	return s.RegistrationScope
}

package models

import (
	"cmp"
	"time"
)

// SystemTenant is the name of the tenant that holds the administrators.
const SystemTenant = "system"

// DefaultTenant is the name of the tenant that also answers at the public URL
// itself.
const DefaultTenant = "default"

// TenantStatus says whether a tenant's users may sign in.
type TenantStatus string

// The states of a tenant.
const (
	TenantActive    TenantStatus = "active"
	TenantSuspended TenantStatus = "suspended"
)

// Tenant is one customer of the deployment. It is owned by itself: its id is
// its tenant_id.
//
// Owner: identity/tenants.
type Tenant struct {
	Owned
	Recorded      `gorm:"-"`
	Name          string
	DisplayName   string
	DefaultLocale string
	Status        TenantStatus
	Settings      JSON[TenantSettings]
	Version       int64
	CreatedAt     Time
	UpdatedAt     Time
}

// TableName names the table.
func (Tenant) TableName() string { return "tenants" }

// Active reports whether the tenant's users may sign in.
func (t *Tenant) Active() bool { return t.Status == TenantActive }

// TenantSettings are a tenant's choices. A zero value means the default.
type TenantSettings struct {
	SessionIdleSeconds     int    `json:"session_idle_seconds,omitempty"`
	SessionLifetimeSeconds int    `json:"session_lifetime_seconds,omitempty"`
	StaySignedIn           string `json:"stay_signed_in,omitempty"`          // whether browsers keep sessions when they are closed: always, ask or never; empty: always
	RefreshExtendsSession  bool   `json:"refresh_extends_session,omitempty"` // a refresh of tokens that end with a session counts as its use
	AccessTokenSeconds     int    `json:"access_token_seconds,omitempty"`
	IDTokenSeconds         int    `json:"id_token_seconds,omitempty"`
	RefreshIdleSeconds     int    `json:"refresh_idle_seconds,omitempty"`
	RefreshLifetimeSeconds int    `json:"refresh_lifetime_seconds,omitempty"`
	AccessTokenFormat      string `json:"access_token_format,omitempty"` // jwt or opaque; empty: jwt
	PasswordMinLength      int    `json:"password_min_length,omitempty"`
	AttemptRetentionDays   int    `json:"attempt_retention_days,omitempty"`
	ClientAuthorities      string `json:"client_certificate_authorities,omitempty"` // PEM of those whose certificates prove applications (RFC 8705 §2.1)
	DPoPNonces             bool   `json:"dpop_require_nonce,omitempty"`             // proofs hold a nonce of ours (RFC 9449 §8)

	// What people may do who have no account, in sign_up.go.

	SelfRegistration string `json:"self_registration,omitempty"` // whether they may create one themselves: off, applications or on; empty: off
	SignUpEmail      string `json:"sign_up_email,omitempty"`     // whether they are asked for an e-mail address: required, optional or off; empty: required
	SignUpNames      string `json:"sign_up_names,omitempty"`     // and for given and family name; empty: off

	// What applications may register themselves (RFC 7591), in registration.go.

	Registration              string         `json:"registration,omitempty"`                         // off, token or open; empty: off
	RegistrationRequirePKCE   *bool          `json:"registration_require_pkce,omitempty"`            // absent: yes (R25)
	RegistrationGrantTypes    []string       `json:"registration_grant_types,omitempty"`             // empty: code and refresh token
	RegistrationAuthMethods   []string       `json:"registration_auth_methods,omitempty"`            // empty: all
	RegistrationScope         string         `json:"registration_scope,omitempty"`                   // empty: DefaultRegistrationScope
	RegistrationOpenLimit     int            `json:"registration_open_limit,omitempty"`              // applications that registered without a token; 0: DefaultOpenLimit
	ClientIDDocuments         bool           `json:"client_id_metadata_documents,omitempty"`         // a client_id may be the address of a metadata document
	RegistrationStatementJWKS map[string]any `json:"registration_software_statement_jwks,omitempty"` // whose statements are believed; empty: nobody's
}

// Whether a browser keeps its session when it is closed.
const (
	StayAlways = "always"
	StayAsk    = "ask" // as the user ticks on the sign-in page
	StayNever  = "never"
)

// StayChoices are the values of stay_signed_in.
func StayChoices() []string { return []string{StayAlways, StayAsk, StayNever} }

// AsksToStay reports whether the sign-in page asks whether to stay signed in.
func (s TenantSettings) AsksToStay() bool { return s.StaySignedIn == StayAsk }

// Stays reports whether a browser keeps its session when it is closed, whose
// user wished so or not.
func (s TenantSettings) Stays(wished bool) bool {
	switch s.StaySignedIn {
	case StayAsk:
		return wished
	case StayNever:
		return false
	}
	return true
}

// The lifetimes that hold where a tenant chose none (security requirements
// R32, R35, R64), and the shortest password (R60).
const (
	DefaultSessionIdle       = 24 * time.Hour
	DefaultSessionLifetime   = 30 * 24 * time.Hour
	DefaultAccessToken       = 15 * time.Minute
	DefaultIDToken           = 15 * time.Minute
	DefaultRefreshIdle       = 14 * 24 * time.Hour
	DefaultRefreshLifetime   = 30 * 24 * time.Hour
	DefaultPasswordMinLength = 15
	DefaultAttemptRetention  = 90 // days
)

func orDefault(seconds int, d time.Duration) time.Duration {
	if seconds <= 0 {
		return d
	}
	return time.Duration(seconds) * time.Second
}

// For are the settings as they hold for an application: its own choices come
// before the tenant's.
func (s TenantSettings) For(o ClientOptions) TenantSettings {
	s.AccessTokenFormat = cmp.Or(o.AccessTokenFormat, s.AccessTokenFormat)
	s.IDTokenSeconds = cmp.Or(o.IDTokenSeconds, s.IDTokenSeconds)
	s.RefreshIdleSeconds = cmp.Or(o.RefreshIdleSeconds, s.RefreshIdleSeconds)
	s.RefreshLifetimeSeconds = cmp.Or(o.RefreshLifetimeSeconds, s.RefreshLifetimeSeconds)
	return s
}

// SessionIdle is how long a session lives without use.
func (s TenantSettings) SessionIdle() time.Duration {
	return orDefault(s.SessionIdleSeconds, DefaultSessionIdle)
}

// SessionLifetime is how long a session lives at most.
func (s TenantSettings) SessionLifetime() time.Duration {
	return orDefault(s.SessionLifetimeSeconds, DefaultSessionLifetime)
}

// AttemptsSince is the time before which attempts are forgotten.
func (s TenantSettings) AttemptsSince(now time.Time) time.Time {
	return now.AddDate(0, 0, -cmp.Or(s.AttemptRetentionDays, DefaultAttemptRetention))
}

// AccessToken is the lifetime of access tokens.
func (s TenantSettings) AccessToken() time.Duration {
	return orDefault(s.AccessTokenSeconds, DefaultAccessToken)
}

// IDToken is the lifetime of ID tokens.
func (s TenantSettings) IDToken() time.Duration {
	return orDefault(s.IDTokenSeconds, DefaultIDToken)
}

// RefreshIdle is how long a refresh token lives without use.
func (s TenantSettings) RefreshIdle() time.Duration {
	return orDefault(s.RefreshIdleSeconds, DefaultRefreshIdle)
}

// RefreshLifetime is how long a family of refresh tokens lives at most.
func (s TenantSettings) RefreshLifetime() time.Duration {
	return orDefault(s.RefreshLifetimeSeconds, DefaultRefreshLifetime)
}

// MinPassword is the number of characters that a new password needs.
func (s TenantSettings) MinPassword() int {
	if s.PasswordMinLength <= 0 {
		return DefaultPasswordMinLength
	}
	return s.PasswordMinLength
}

// Domain is a host name of a tenant. Only a verified one is ever looked up.
//
// Owner: identity/tenants.
type Domain struct {
	Owned
	Recorded   `gorm:"-"`
	ID         string `gorm:"primaryKey"`
	Host       string
	Challenge  string
	VerifiedAt Time
	CreatedAt  Time
}

// TableName names the table.
func (Domain) TableName() string { return "domains" }

// Branding is how a tenant's hosted pages look: the values of its design
// tokens (see package themes) and its logo.
//
// Owner: identity/tenants.
type Branding struct {
	Owned
	Recorded  `gorm:"-"`
	Tokens    JSON[map[string]string]
	LogoID    string
	Version   int64
	UpdatedAt Time
}

// TableName names the table.
func (Branding) TableName() string { return "brandings" }

// Image is an uploaded picture after it was decoded and encoded anew
// (security requirement R105). Its id is the digest of its bytes.
//
// Owner: identity/tenants.
type Image struct {
	Owned
	ID          string `gorm:"primaryKey"`
	ContentType string
	Width       int
	Height      int
	Bytes       []byte
	CreatedAt   Time
}

// TableName names the table.
func (Image) TableName() string { return "images" }

package models

import (
	"encoding/json"
	"slices"
)

// ApplicationType is the template that an application was made from.
type ApplicationType string

// The types of application.
const (
	TypeWeb     ApplicationType = "web"
	TypeSPA     ApplicationType = "spa"
	TypeNative  ApplicationType = "native"
	TypeService ApplicationType = "service"
	TypeDevice  ApplicationType = "device"
)

// The values of token_endpoint_auth_method (RFC 7591 §2) that are supported.
const (
	AuthBasic = "client_secret_basic"
	AuthPost  = "client_secret_post"
	AuthNone  = "none"

	AuthSecretJWT     = "client_secret_jwt"
	AuthPrivateKeyJWT = "private_key_jwt"

	AuthTLS           = "tls_client_auth"             // RFC 8705 §2.1
	AuthSelfSignedTLS = "self_signed_tls_client_auth" // RFC 8705 §2.2
)

// The grant types that are supported.
const (
	GrantAuthorizationCode = "authorization_code"
	GrantRefreshToken      = "refresh_token"
	GrantClientCredentials = "client_credentials"
	GrantImplicit          = "implicit"
	GrantPassword          = "password"
	GrantDeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"    // RFC 8628
	GrantCIBA              = "urn:openid:params:grant-type:ciba"               // OpenID Connect CIBA §4
	GrantJWTBearer         = "urn:ietf:params:oauth:grant-type:jwt-bearer"     //nolint:gosec // RFC 7523, no credential
	GrantTokenExchange     = "urn:ietf:params:oauth:grant-type:token-exchange" //nolint:gosec // RFC 8693, no credential
)

// GrantTypes lists the grant types that an application can be registered for.
func GrantTypes() []string {
	return []string{
		GrantAuthorizationCode, GrantRefreshToken, GrantClientCredentials, GrantImplicit, GrantDeviceCode,
		GrantTokenExchange, GrantPassword, GrantCIBA, GrantJWTBearer,
	}
}

// ResponseTypes are the response types that are supported, their parts in the
// order in which we write them (OAuth 2.0 Multiple Response Type Encoding
// Practices §3 and §5).
func ResponseTypes() []string {
	return []string{"code", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"}
}

// ApplicationStatus says whether an application may use its tenant.
type ApplicationStatus string

// The states of an application.
const (
	ApplicationActive   ApplicationStatus = "active"
	ApplicationDisabled ApplicationStatus = "disabled"
)

// Application is a registered client with its RFC 7591 metadata.
//
// Owner: identity/applications.
type Application struct {
	Owned
	Recorded               `gorm:"-"`
	ID                     string `gorm:"primaryKey"`
	Name                   string // the name in configuration files, unique in the tenant
	ClientID               string
	Type                   ApplicationType
	DisplayName            string // client_name
	Status                 ApplicationStatus
	ClientURI              string
	LogoID                 string
	RedirectURIs           JSON[[]string] `gorm:"column:redirect_uris"`
	PostLogoutRedirectURIs JSON[[]string] `gorm:"column:post_logout_redirect_uris"`
	GrantTypes             JSON[[]string]
	ResponseTypes          JSON[[]string]
	AuthMethod             string // token_endpoint_auth_method
	Scope                  string // space separated
	FirstParty             bool
	RequirePKCE            bool   `gorm:"column:require_pkce"`
	IDTokenAlg             string `gorm:"column:id_token_alg"` // id_token_signed_response_alg
	AllowedOrigins         JSON[[]string]
	AccessTokenSeconds     int // 0: the tenant's choice
	Options                JSON[ClientOptions]
	Version                int64
	CreatedAt              Time
	UpdatedAt              Time
}

// TableName names the table.
func (Application) TableName() string { return "applications" }

// Active reports whether the application may use its tenant.
func (a *Application) Active() bool { return a.Status == ApplicationActive }

// Public reports whether the application cannot keep a secret (RFC 6749 §2.1).
func (a *Application) Public() bool { return a.AuthMethod == AuthNone }

// KeepsSecret reports whether the application proves itself by a secret that it
// shares with us.
func (a *Application) KeepsSecret() bool {
	return a.AuthMethod == AuthBasic || a.AuthMethod == AuthPost || a.AuthMethod == AuthSecretJWT
}

// SignedBy is what signs for the application where it chose alg: just that, but
// for RS256 under FAPI 2.0 (Security Profile §5.4.1), whose place PS256 takes.
func (a *Application) SignedBy(alg string) string {
	if alg == "RS256" && a.Options.V.FAPI() {
		return "PS256"
	}
	return alg
}

// MayUse reports whether the application is registered for the grant type.
func (a *Application) MayUse(grantType string) bool {
	return slices.Contains(a.GrantTypes.V, grantType)
}

// Secret is a client secret, of which only a keyed hash is kept.
//
// Owner: identity/applications.
type Secret struct {
	Owned
	Recorded      `gorm:"-"`
	ID            string `gorm:"primaryKey"`
	ApplicationID string
	Hash          []byte
	Hint          string // the last four characters
	Sealed        []byte // the text, for methods that need it; else nothing
	CreatedAt     Time
	ExpiresAt     Time // zero: never
}

// TableName names the table.
func (Secret) TableName() string { return "application_secrets" }

// Consent is what a user allowed an application.
//
// Owner: identity/applications.
type Consent struct {
	Owned
	Recorded      `gorm:"-"`
	UserID        string `gorm:"primaryKey"`
	ApplicationID string `gorm:"primaryKey"`
	Scopes        JSON[[]string]
	Details       JSON[json.RawMessage] // authorization_details, each as it was allowed (RFC 9396 §2)
	CreatedAt     Time
	UpdatedAt     Time
}

// TableName names the table.
func (Consent) TableName() string { return "consents" }

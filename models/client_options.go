package models

import (
	"reflect"
	"strings"
)

// The named sets of rules that an application can be held to.
const (
	ProfileFAPI2         = "fapi2_security"        // FAPI 2.0 Security Profile
	ProfileFAPI2Messages = "fapi2_message_signing" // FAPI 2.0 Message Signing
	ProfileLegacy        = "legacy"                // what OAuth 2.1 has left behind
)

// ClientOptions are the choices about an application that few need, by their
// registered names (RFC 7591 §4.1). A zero value means the default. The same
// struct is stored, read from configuration files and API requests, and shown.
type ClientOptions struct {
	// How the application presents itself to people (RFC 7591 §2).

	Contacts         []string `json:"contacts,omitempty" yaml:"contacts,omitempty"` // e-mail addresses of who answers for it
	PolicyURI        string   `json:"policy_uri,omitempty" yaml:"policy_uri,omitempty"`
	TosURI           string   `json:"tos_uri,omitempty" yaml:"tos_uri,omitempty"`
	InitiateLoginURI string   `json:"initiate_login_uri,omitempty" yaml:"initiate_login_uri,omitempty"` // where a sign-in that others began starts (OpenID Connect Core §4)
	SoftwareID       string   `json:"software_id,omitempty" yaml:"software_id,omitempty"`
	SoftwareVersion  string   `json:"software_version,omitempty" yaml:"software_version,omitempty"`

	// Keys of the application (RFC 7591 §2) and how it proves itself.

	JWKS           map[string]any `json:"jwks,omitempty" yaml:"jwks,omitempty"`                                                       // its public keys by value
	JWKSURI        string         `json:"jwks_uri,omitempty" yaml:"jwks_uri,omitempty"`                                               // its public keys by reference; not beside jwks
	AuthSigningAlg string         `json:"token_endpoint_auth_signing_alg,omitempty" yaml:"token_endpoint_auth_signing_alg,omitempty"` // of client assertions; empty: any that suits the method

	TLSSubjectDN string `json:"tls_client_auth_subject_dn,omitempty" yaml:"tls_client_auth_subject_dn,omitempty"` // whom its certificate names (RFC 8705 §2.1.2), in one of these five ways
	TLSSanDNS    string `json:"tls_client_auth_san_dns,omitempty" yaml:"tls_client_auth_san_dns,omitempty"`
	TLSSanURI    string `json:"tls_client_auth_san_uri,omitempty" yaml:"tls_client_auth_san_uri,omitempty"`
	TLSSanIP     string `json:"tls_client_auth_san_ip,omitempty" yaml:"tls_client_auth_san_ip,omitempty"`
	TLSSanEmail  string `json:"tls_client_auth_san_email,omitempty" yaml:"tls_client_auth_san_email,omitempty"`

	// What it demands of a sign-in (OpenID Connect Registration §2).

	DefaultMaxAge       *int     `json:"default_max_age,omitempty" yaml:"default_max_age,omitempty"`                   // seconds; absent: any sign-in will do
	SessionIdle         int      `json:"session_idle_seconds,omitempty" yaml:"session_idle_seconds,omitempty"`         // a session unused for longer is not enough; 0: what holds is enough
	SessionLifetime     int      `json:"session_lifetime_seconds,omitempty" yaml:"session_lifetime_seconds,omitempty"` // nor is one that began earlier
	RequireAuthTime     bool     `json:"require_auth_time,omitempty" yaml:"require_auth_time,omitempty"`
	DefaultACRValues    []string `json:"default_acr_values,omitempty" yaml:"default_acr_values,omitempty"`
	SelfRegistration    string   `json:"self_registration,omitempty" yaml:"self_registration,omitempty"` // whether people may create an account at its sign-in, where the tenant lets it choose: off or on; empty: the tenant's choice
	SubjectType         string   `json:"subject_type,omitempty" yaml:"subject_type,omitempty"`           // public or pairwise; empty: public
	SectorIdentifierURI string   `json:"sector_identifier_uri,omitempty" yaml:"sector_identifier_uri,omitempty"`

	// How it sends requests (OpenID Connect Registration §2, RFC 9101 §10.5, RFC 9126 §6).

	ResponseModes              []string `json:"response_modes,omitempty" yaml:"response_modes,omitempty"` // those it may ask for; empty: each that suits the response type
	RequestURIs                []string `json:"request_uris,omitempty" yaml:"request_uris,omitempty"`     // request objects that may be fetched
	RequestObjectSigningAlg    string   `json:"request_object_signing_alg,omitempty" yaml:"request_object_signing_alg,omitempty"`
	RequireSignedRequestObject bool     `json:"require_signed_request_object,omitempty" yaml:"require_signed_request_object,omitempty"`
	RequirePAR                 bool     `json:"require_pushed_authorization_requests,omitempty" yaml:"require_pushed_authorization_requests,omitempty"`

	// How its answers are signed and encrypted.

	IDTokenEncryptedAlg       string `json:"id_token_encrypted_response_alg,omitempty" yaml:"id_token_encrypted_response_alg,omitempty"`
	IDTokenEncryptedEnc       string `json:"id_token_encrypted_response_enc,omitempty" yaml:"id_token_encrypted_response_enc,omitempty"`
	UserinfoSignedAlg         string `json:"userinfo_signed_response_alg,omitempty" yaml:"userinfo_signed_response_alg,omitempty"` // empty: plain JSON
	UserinfoEncryptedAlg      string `json:"userinfo_encrypted_response_alg,omitempty" yaml:"userinfo_encrypted_response_alg,omitempty"`
	UserinfoEncryptedEnc      string `json:"userinfo_encrypted_response_enc,omitempty" yaml:"userinfo_encrypted_response_enc,omitempty"`
	AuthorizationSignedAlg    string `json:"authorization_signed_response_alg,omitempty" yaml:"authorization_signed_response_alg,omitempty"` // JARM §3
	AuthorizationEncryptedAlg string `json:"authorization_encrypted_response_alg,omitempty" yaml:"authorization_encrypted_response_alg,omitempty"`
	AuthorizationEncryptedEnc string `json:"authorization_encrypted_response_enc,omitempty" yaml:"authorization_encrypted_response_enc,omitempty"`
	IntrospectionSignedAlg    string `json:"introspection_signed_response_alg,omitempty" yaml:"introspection_signed_response_alg,omitempty"` // of answers that it accepts as JWT (RFC 9701 §6); empty: RS256
	IntrospectionEncryptedAlg string `json:"introspection_encrypted_response_alg,omitempty" yaml:"introspection_encrypted_response_alg,omitempty"`
	IntrospectionEncryptedEnc string `json:"introspection_encrypted_response_enc,omitempty" yaml:"introspection_encrypted_response_enc,omitempty"`

	// How it learns of a logout.

	FrontchannelLogoutURI       string `json:"frontchannel_logout_uri,omitempty" yaml:"frontchannel_logout_uri,omitempty"`
	FrontchannelSessionRequired bool   `json:"frontchannel_logout_session_required,omitempty" yaml:"frontchannel_logout_session_required,omitempty"`
	BackchannelLogoutURI        string `json:"backchannel_logout_uri,omitempty" yaml:"backchannel_logout_uri,omitempty"`
	BackchannelSessionRequired  bool   `json:"backchannel_logout_session_required,omitempty" yaml:"backchannel_logout_session_required,omitempty"`

	// CIBA (OpenID Connect Client-Initiated Backchannel Authentication §4).

	CIBAMode                 string `json:"backchannel_token_delivery_mode,omitempty" yaml:"backchannel_token_delivery_mode,omitempty"` // poll, ping or push
	CIBANotificationEndpoint string `json:"backchannel_client_notification_endpoint,omitempty" yaml:"backchannel_client_notification_endpoint,omitempty"`
	CIBARequestSigningAlg    string `json:"backchannel_authentication_request_signing_alg,omitempty" yaml:"backchannel_authentication_request_signing_alg,omitempty"`
	CIBAUserCode             bool   `json:"backchannel_user_code_parameter,omitempty" yaml:"backchannel_user_code_parameter,omitempty"`

	// Tokens.

	AccessTokenFormat      string   `json:"access_token_format,omitempty" yaml:"access_token_format,omitempty"`                           // jwt or opaque; empty: the tenant's choice
	AccessTokenAlg         string   `json:"access_token_signed_response_alg,omitempty" yaml:"access_token_signed_response_alg,omitempty"` // empty: ES256
	IDTokenSeconds         int      `json:"id_token_seconds,omitempty" yaml:"id_token_seconds,omitempty"`                                 // 0: the tenant's choice, as with the next two
	RefreshIdleSeconds     int      `json:"refresh_idle_seconds,omitempty" yaml:"refresh_idle_seconds,omitempty"`
	RefreshLifetimeSeconds int      `json:"refresh_lifetime_seconds,omitempty" yaml:"refresh_lifetime_seconds,omitempty"`
	DetailTypes            []string `json:"authorization_details_types,omitempty" yaml:"authorization_details_types,omitempty"` // those that it may ask for (RFC 9396 §10); empty: every one of its APIs
	ExchangeAudiences      []string `json:"token_exchange_audiences,omitempty" yaml:"token_exchange_audiences,omitempty"`       // whom it may exchange tokens for (RFC 8693)

	TLSBound  bool `json:"tls_client_certificate_bound_access_tokens,omitempty" yaml:"tls_client_certificate_bound_access_tokens,omitempty"` // to the certificate that it shows (RFC 8705 §3.4)
	DPoPBound bool `json:"dpop_bound_access_tokens,omitempty" yaml:"dpop_bound_access_tokens,omitempty"`                                     // it always proves a key (RFC 9449 §5.2)

	// Rules that hold for it beyond the tenant's.

	SecurityProfile string `json:"security_profile,omitempty" yaml:"security_profile,omitempty"` // a named set of rules; empty: those of its type
}

// Option is one choice by its registered name.
type Option struct {
	Name  string
	Value any
}

// Options lists every choice in the order of the struct, with zero values for
// those that were not made.
func (o *ClientOptions) Options() []Option {
	v := reflect.ValueOf(o).Elem()
	all := make([]Option, v.NumField())
	for i := range all {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		all[i] = Option{name, v.Field(i).Interface()}
	}
	return all
}

// Chosen lists the choices that are not the default.
func (o *ClientOptions) Chosen() []Option {
	var chosen []Option
	for _, option := range o.Options() {
		if v := reflect.ValueOf(option.Value); !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
			chosen = append(chosen, option)
		}
	}
	return chosen
}

// MustBind reports whether the application's access tokens have to be bound to
// something that it proves to hold (RFC 8705 §3.4, RFC 9449 §5.2, FAPI 2.0
// Security Profile §5.3.2.1), so that it gets none where it can prove nothing.
func (o *ClientOptions) MustBind() bool { return o.TLSBound || o.DPoPBound || o.FAPI() }

// FAPI reports whether the application is held to a FAPI 2.0 profile.
func (o *ClientOptions) FAPI() bool {
	return o.SecurityProfile == ProfileFAPI2 || o.SecurityProfile == ProfileFAPI2Messages
}

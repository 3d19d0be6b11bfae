package oidc

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/keys"
	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/oidc/claims"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/dpop"
)

// How long others may keep what changes seldom. Keys are published a day
// before they sign (R123), so a few minutes are safe; a revoked one should
// leave soon.
const (
	metadataSeconds = 3600
	jwksSeconds     = 300
)

// metadata is OpenID Connect Discovery 1.0 §3 and RFC 8414 §2 in one.
type metadata struct {
	Issuer                 string   `json:"issuer"`
	Authorization          string   `json:"authorization_endpoint"`
	Token                  string   `json:"token_endpoint"`
	UserInfo               string   `json:"userinfo_endpoint"`
	JWKS                   string   `json:"jwks_uri"`
	Introspection          string   `json:"introspection_endpoint"`
	Revocation             string   `json:"revocation_endpoint"`
	EndSession             string   `json:"end_session_endpoint"`
	DeviceAuthorization    string   `json:"device_authorization_endpoint"`
	Registration           string   `json:"registration_endpoint,omitempty"`
	ClientDocuments        bool     `json:"client_id_metadata_document_supported,omitempty"`
	Push                   string   `json:"pushed_authorization_request_endpoint"`
	RequirePush            bool     `json:"require_pushed_authorization_requests"`
	Backchannel            string   `json:"backchannel_authentication_endpoint"`
	BackchannelModes       []string `json:"backchannel_token_delivery_modes_supported"`
	BackchannelUserCode    bool     `json:"backchannel_user_code_parameter_supported"`
	BackchannelAlgs        []string `json:"backchannel_authentication_request_signing_alg_values_supported"`
	Scopes                 []string `json:"scopes_supported"`
	ResponseTypes          []string `json:"response_types_supported"`
	ResponseModes          []string `json:"response_modes_supported"`
	GrantTypes             []string `json:"grant_types_supported"`
	SubjectTypes           []string `json:"subject_types_supported"`
	IDTokenAlgs            []string `json:"id_token_signing_alg_values_supported"`
	AuthorizationAlgs      []string `json:"authorization_signing_alg_values_supported"`
	UserinfoAlgs           []string `json:"userinfo_signing_alg_values_supported"`
	IDTokenEncAlgs         []string `json:"id_token_encryption_alg_values_supported"`
	IDTokenEncs            []string `json:"id_token_encryption_enc_values_supported"`
	UserinfoEncAlgs        []string `json:"userinfo_encryption_alg_values_supported"`
	UserinfoEncs           []string `json:"userinfo_encryption_enc_values_supported"`
	AuthorizationEncAlgs   []string `json:"authorization_encryption_alg_values_supported"`
	AuthorizationEncs      []string `json:"authorization_encryption_enc_values_supported"`
	IntrospectionAlgs      []string `json:"introspection_signing_alg_values_supported"` // RFC 9701 §7
	IntrospectionEncAlgs   []string `json:"introspection_encryption_alg_values_supported"`
	IntrospectionEncs      []string `json:"introspection_encryption_enc_values_supported"`
	Resources              []string `json:"protected_resources"` // RFC 9728 §4
	TokenAuth              []string `json:"token_endpoint_auth_methods_supported"`
	TokenAuthAlgs          []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAuthAlgs  []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	RevocationAuthAlgs     []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAuth      []string `json:"introspection_endpoint_auth_methods_supported"`
	RevocationAuth         []string `json:"revocation_endpoint_auth_methods_supported"`
	ChallengeMethods       []string `json:"code_challenge_methods_supported"`
	Prompts                []string `json:"prompt_values_supported"`
	Displays               []string `json:"display_values_supported"`
	Claims                 []string `json:"claims_supported"`
	ClaimTypes             []string `json:"claim_types_supported"`
	UILocales              []string `json:"ui_locales_supported"`
	ACRValues              []string `json:"acr_values_supported"`
	IssInResponse          bool     `json:"authorization_response_iss_parameter_supported"`
	ClaimsParameter        bool     `json:"claims_parameter_supported"`
	RequestParameter       bool     `json:"request_parameter_supported"`
	RequestURIParameter    bool     `json:"request_uri_parameter_supported"`
	RequireRegistrationURI bool     `json:"require_request_uri_registration"`
	CertificateBound       bool     `json:"tls_client_certificate_bound_access_tokens,omitempty"` // RFC 8705 §3.3
	DPoPAlgs               []string `json:"dpop_signing_alg_values_supported"`
	BackchannelLogout      bool     `json:"backchannel_logout_supported"`
	BackchannelSession     bool     `json:"backchannel_logout_session_supported"`
	FrontchannelLogout     bool     `json:"frontchannel_logout_supported"`
	FrontchannelSession    bool     `json:"frontchannel_logout_session_supported"`
	CheckSession           string   `json:"check_session_iframe"`
	DetailTypes            []string `json:"authorization_details_types_supported,omitempty"` // RFC 9396 §10
	RequireSignedObject    bool     `json:"require_signed_request_object"`
	ObjectAlgs             []string `json:"request_object_signing_alg_values_supported"`
}

// Metadata answers the two well-known documents. Everything in it comes from
// the configured issuer, nothing from the request (R47).
func (p *Provider) Metadata(ctx context.Context, t Tenant) Document {
	policy := t.Row.Settings.V
	own, err := p.configured(ctx, t)
	if err != nil {
		return p.failure(err)
	}
	key := t.Issuer + strconv.FormatBool(policy.RegistrationOn()) + strconv.FormatBool(policy.ClientIDDocuments) + strconv.FormatBool(t.Row.SelfRegisters()) +
		strings.Join(own.types, " ") + "\n" + strings.Join(own.claims, " ")
	if body, ok := p.documents.get(key, p.Now()); ok {
		return Document{Status: 200, Body: body, CacheSeconds: metadataSeconds}
	}
	m := describeIssuer(t.Issuer, p.UILocales)
	if policy.RegistrationOn() {
		m.Registration = t.Issuer + registrationPath
	}
	m.ClientDocuments, m.DetailTypes = policy.ClientIDDocuments, own.types
	for _, name := range own.claims {
		if !slices.Contains(m.Claims, name) {
			m.Claims = append(m.Claims, name)
		}
	}
	if !t.Row.SelfRegisters() {
		m.Prompts = slices.DeleteFunc(m.Prompts, func(value string) bool { return value == authorize.PromptCreate })
	}
	m.certificates(p.Certificates)
	body, err := json.Marshal(m)
	if err != nil {
		return p.failure(err)
	}
	p.documents.put(key, body, p.Now().Add(metadataSeconds*time.Second))
	return Document{Status: 200, Body: body, CacheSeconds: metadataSeconds}
}

// configured is what a tenant's metadata holds of what it configured itself.
type configured struct{ types, claims []string }

func (p *Provider) configured(ctx context.Context, t Tenant) (own configured, err error) {
	if own.types, err = p.Grants.Resources.DetailTypes(ctx, t.Store); err != nil || p.Grants.Rules == nil {
		return own, err
	}
	own.claims, err = p.Grants.Rules.Names(ctx, t.Store)
	return own, err
}

// certificates says what those who show certificates can do, or leaves out what
// only they could.
func (m *metadata) certificates(on bool) {
	m.CertificateBound = on
	if on {
		return
	}
	for _, methods := range []*[]string{&m.TokenAuth, &m.IntrospectionAuth, &m.RevocationAuth} {
		*methods = slices.DeleteFunc(slices.Clone(*methods), func(method string) bool {
			return method == models.AuthTLS || method == models.AuthSelfSignedTLS
		})
	}
}

func describeIssuer(issuer string, locales []string) metadata {
	anyMethod := applications.AuthMethods()
	confidential := slices.DeleteFunc(applications.AuthMethods(), func(m string) bool { return m == models.AuthNone })
	return metadata{
		Issuer:        issuer,
		Authorization: issuer + "/oauth2/authorize",
		Token:         issuer + "/oauth2/token",
		UserInfo:      issuer + "/oauth2/userinfo",
		JWKS:          issuer + "/oauth2/jwks",
		Introspection: issuer + "/oauth2/introspect",
		Revocation:    issuer + "/oauth2/revoke",
		EndSession:    issuer + "/oauth2/logout",

		DeviceAuthorization: issuer + "/oauth2/device_authorization",
		Push:                issuer + "/oauth2/par",
		Backchannel:         issuer + "/oauth2/bc-authorize",
		BackchannelAlgs:     applications.SignatureAlgorithms(),
		BackchannelModes:    []string{models.DeliverPoll, models.DeliverPing, models.DeliverPush},

		Scopes:            []string{"openid", "profile", "email", "phone", "address", "offline_access"},
		ResponseTypes:     models.ResponseTypes(),
		ResponseModes:     authorize.ResponseModes(),
		GrantTypes:        models.GrantTypes(),
		SubjectTypes:      []string{"public", applications.Pairwise},
		IDTokenAlgs:       keys.Algorithms(),
		TokenAuth:         anyMethod,
		IntrospectionAuth: confidential,
		RevocationAuth:    anyMethod,
		ChallengeMethods:  []string{"S256"},
		Prompts:           authorize.Prompts(),
		Displays:          []string{"page", "popup", "touch"}, // one page fits all of them
		Claims:            claims.Names(),
		ClaimTypes:        []string{"normal"},
		UILocales:         locales,
		ACRValues:         []string{journeys.ACRPassword},
		IssInResponse:     true,

		DPoPAlgs: dpop.Algorithms(),

		BackchannelLogout: true, BackchannelSession: true, FrontchannelLogout: true, FrontchannelSession: true,
		CheckSession: issuer + "/oauth2/check-session",

		TokenAuthAlgs: clientauth.Algorithms(), IntrospectionAuthAlgs: clientauth.Algorithms(), RevocationAuthAlgs: clientauth.Algorithms(),
		ClaimsParameter:  true,
		RequestParameter: true, RequestURIParameter: true, RequireRegistrationURI: true,
		ObjectAlgs:        applications.SignatureAlgorithms(),
		AuthorizationAlgs: keys.Algorithms(),
		UserinfoAlgs:      keys.Algorithms(),
		IDTokenEncAlgs:    applications.EncryptionAlgorithms(), IDTokenEncs: applications.ContentEncryptions(),
		UserinfoEncAlgs: applications.EncryptionAlgorithms(), UserinfoEncs: applications.ContentEncryptions(),
		AuthorizationEncAlgs: applications.EncryptionAlgorithms(), AuthorizationEncs: applications.ContentEncryptions(),
		IntrospectionAlgs: keys.Algorithms(), IntrospectionEncAlgs: applications.EncryptionAlgorithms(), IntrospectionEncs: applications.ContentEncryptions(),
		Resources: []string{issuer, managementResource(Tenant{Issuer: issuer})},
	}
}

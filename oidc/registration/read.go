package registration

import (
	"encoding/json"
	"slices"
	"strings"

	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// maxBody is how large a registration may be, in bytes.
const maxBody = 64 << 10

// Document is client metadata as it was sent: by its names, not yet judged.
type Document map[string]json.RawMessage

// Read reads client metadata (RFC 7591 §2). It returns
// reason.OAuthClientMetadata for what is no JSON object.
func Read(body []byte) (Document, *reason.Error) {
	var d Document
	if err := strict.JSON(body, &d, maxBody); err != nil {
		return nil, reason.Wrap(reason.OAuthClientMetadata, err)
	}
	if d == nil {
		return nil, reason.New(reason.OAuthClientMetadata)
	}
	for name, value := range d {
		if string(value) == "null" { // as good as left out
			delete(d, name)
		}
	}
	return d, nil
}

// Text is a member that is a string; "" for any other.
func (d Document) Text(name string) string {
	var s string
	if json.Unmarshal(d[name], &s) != nil {
		return ""
	}
	return s
}

// Under lays other metadata over the document: a software statement's goes
// before what stands beside it (RFC 7591 §2.3).
func (d Document) Under(other Document) Document {
	all := Document{}
	for name, value := range d {
		all[name] = value
	}
	for name, value := range other {
		all[name] = value
	}
	return all
}

// options are the choices that an application may make about itself, by their
// registered names. The others are the tenant's to make.
var options = []string{
	"contacts", "policy_uri", "tos_uri", "initiate_login_uri", "software_id", "software_version",
	"jwks", "jwks_uri", "token_endpoint_auth_signing_alg",
	"tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri", "tls_client_auth_san_ip", "tls_client_auth_san_email",
	"default_max_age", "require_auth_time", "default_acr_values", "subject_type", "sector_identifier_uri",
	"response_modes", "request_uris", "request_object_signing_alg", "require_signed_request_object", "require_pushed_authorization_requests",
	"id_token_encrypted_response_alg", "id_token_encrypted_response_enc",
	"userinfo_signed_response_alg", "userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc",
	"authorization_signed_response_alg", "authorization_encrypted_response_alg", "authorization_encrypted_response_enc",
	"introspection_signed_response_alg", "introspection_encrypted_response_alg", "introspection_encrypted_response_enc",
	"frontchannel_logout_uri", "frontchannel_logout_session_required", "backchannel_logout_uri", "backchannel_logout_session_required",
	"backchannel_token_delivery_mode", "backchannel_client_notification_endpoint", "backchannel_authentication_request_signing_alg",
	"backchannel_user_code_parameter", "tls_client_certificate_bound_access_tokens", "dpop_bound_access_tokens",
	"authorization_details_types",
}

// unsigned are the algorithms whose none means that nothing was chosen.
var unsigned = []string{"request_object_signing_alg", "userinfo_signed_response_alg"}

// options reads the choices; unknown names are ignored (RFC 7591 §2).
func (d Document) options() (models.ClientOptions, *reason.Error) {
	chosen := Document{}
	for _, name := range options {
		value, has := d[name]
		if none := slices.Contains(unsigned, name) && d.Text(name) == "none"; has && !none {
			chosen[name] = value
		}
	}
	var o models.ClientOptions
	for name, value := range chosen { // one by one, so that the refusal names the one
		text, err := json.Marshal(Document{name: value})
		if err == nil {
			err = json.Unmarshal(text, &o)
		}
		if err != nil {
			return o, reason.Wrap(reason.OAuthClientMetadata, err).On(name, reason.InputFormat, "")
		}
	}
	return o, nil
}

// into reads a member into a variable; one that is left out leaves it alone.
func (d Document) into(name string, into any) *reason.Error {
	value, has := d[name]
	if !has {
		return nil
	}
	if err := json.Unmarshal(value, into); err != nil {
		return reason.Wrap(refusal(name), err).On(name, reason.InputFormat, "")
	}
	return nil
}

// refusal is what a wrong value of a member is refused with (RFC 7591 §3.2.2).
func refusal(name string) reason.Code {
	if strings.HasPrefix(name, "redirect_uris") {
		return reason.OAuthRedirectURIs
	}
	return reason.OAuthClientMetadata
}

// Known reports whether a name is a member of client metadata that we read, and
// so may be repeated to whoever sent it.
func Known(name string) bool { return slices.Contains(options, name) || slices.Contains(members, name) }

// members are the metadata that are no choices.
var members = []string{
	"application_type", "client_name", "client_uri", "token_endpoint_auth_method", "scope", "id_token_signed_response_alg",
	"redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types", "client_id", "client_secret", "software_statement",
}

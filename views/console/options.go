package console

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// OptionGroup are choices of an application that belong together, by their
// registered names. Its words are in locales, under console.options.<name>.
type OptionGroup struct {
	Name    string
	Options []string
}

// OptionGroups lists every choice once, in the order of the page.
func OptionGroups() []OptionGroup {
	return []OptionGroup{
		{"rules", []string{"security_profile"}},
		{"presentation", []string{"contacts", "policy_uri", "tos_uri", "initiate_login_uri", "software_id", "software_version"}},
		{"keys", []string{
			"jwks_uri", "jwks", "token_endpoint_auth_signing_alg", "tls_client_auth_subject_dn", "tls_client_auth_san_dns",
			"tls_client_auth_san_uri", "tls_client_auth_san_ip", "tls_client_auth_san_email",
		}},
		{"signin", []string{"subject_type", "sector_identifier_uri", "default_max_age", "session_idle_seconds", "session_lifetime_seconds", "require_auth_time", "default_acr_values", "self_registration"}},
		{"requests", []string{
			"response_modes", "request_uris", "request_object_signing_alg",
			"require_signed_request_object", "require_pushed_authorization_requests",
		}},
		{"answers", []string{
			"id_token_encrypted_response_alg", "id_token_encrypted_response_enc", "userinfo_signed_response_alg",
			"userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc", "authorization_signed_response_alg",
			"authorization_encrypted_response_alg", "authorization_encrypted_response_enc",
			"introspection_signed_response_alg", "introspection_encrypted_response_alg", "introspection_encrypted_response_enc",
		}},
		{"logout", []string{
			"frontchannel_logout_uri", "frontchannel_logout_session_required", "backchannel_logout_uri", "backchannel_logout_session_required",
		}},
		{"backchannel", []string{
			"backchannel_token_delivery_mode", "backchannel_client_notification_endpoint",
			"backchannel_authentication_request_signing_alg", "backchannel_user_code_parameter",
		}},
		{"tokens", []string{
			"access_token_format", "access_token_signed_response_alg", "id_token_seconds", "refresh_idle_seconds", "refresh_lifetime_seconds",
			"authorization_details_types", "token_exchange_audiences", "dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens",
		}},
	}
}

// optionChoices are the values of choices that have few.
var optionChoices = map[string][]string{
	"access_token_format":             models.TokenFormats(),
	"self_registration":               {models.SelfRegistrationOff, models.SelfRegistrationOn},
	"subject_type":                    {"public", "pairwise"},
	"backchannel_token_delivery_mode": {"poll", "ping", "push"},
	"security_profile":                {models.ProfileFAPI2, models.ProfileFAPI2Messages, models.ProfileLegacy},
}

// OptionText is a choice as its field shows it: lists by line, objects as JSON,
// nothing where there is none.
func OptionText(o models.Option) string {
	switch v := o.Value.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, "\n")
	case bool:
		if v {
			return "yes"
		}
	case int:
		if v != 0 {
			return strconv.Itoa(v)
		}
	case *int:
		if v != nil {
			return strconv.Itoa(*v)
		}
	case map[string]any:
		if text, err := json.MarshalIndent(v, "", "  "); err == nil && len(v) > 0 {
			return string(text)
		}
	}
	return ""
}

// kinds are the kinds of the choices by name.
func kinds() map[string]any {
	all := map[string]any{}
	for _, o := range new(models.ClientOptions).Options() {
		all[o.Name] = o.Value
	}
	return all
}

// ApplicationOptions is the tab with the choices that few applications need.
type ApplicationOptions struct {
	ApplicationForm
}

func (v ApplicationOptions) field(ctx context.Context, name string) ui.Field {
	return ui.Field{
		Name: name, Label: name, Help: ui.T(ctx, "console.option."+name), Error: v.Form.Errors[name], Value: v.Form.Values[name],
	}.Kind("text").Latin()
}

func optionSelect(ctx context.Context, name string) []ui.Option {
	all := []ui.Option{{Value: "", Label: ui.T(ctx, "console.option.default")}}
	for _, value := range optionChoices[name] {
		label := value
		if name == "security_profile" {
			label = ui.T(ctx, "console.profile."+value)
		}
		all = append(all, ui.Option{Value: value, Label: label})
	}
	return all
}

// chosen reports whether a group holds anything, so that it stands open.
func (v ApplicationOptions) chosen(g OptionGroup) bool {
	for _, name := range g.Options {
		if v.Form.Values[name] != "" || v.Form.Errors[name] != "" {
			return true
		}
	}
	return false
}

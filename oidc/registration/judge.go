package registration

import (
	"net/url"
	"slices"
	"strings"

	"gatehouse/identity/applications"
	"gatehouse/identity/keys"
	"gatehouse/models"
	"gatehouse/reason"
)

// asked are the members that are no choices.
type asked struct {
	applicationType, name, uri, method, scope, alg string
	redirects, leaves, grants, responses           []string
}

func (d Document) asked() (asked, *reason.Error) {
	a := asked{applicationType: "web", method: models.AuthBasic, alg: keys.RS256} // OpenID Connect Registration §2
	for name, into := range map[string]any{
		"application_type": &a.applicationType, "client_name": &a.name, "client_uri": &a.uri, "token_endpoint_auth_method": &a.method,
		"scope": &a.scope, "id_token_signed_response_alg": &a.alg, "redirect_uris": &a.redirects, "post_logout_redirect_uris": &a.leaves,
		"grant_types": &a.grants, "response_types": &a.responses,
	} {
		if err := d.into(name, into); err != nil {
			return a, err
		}
	}
	if d["grant_types"] == nil {
		a.grants = []string{models.GrantAuthorizationCode}
	}
	if d["response_types"] == nil && slices.Contains(a.grants, models.GrantAuthorizationCode) {
		a.responses = []string{"code"}
	}
	return a, nil
}

// Judge makes a registration of the document, as far as the tenant's policy
// lets it. It returns reason.OAuthClientMetadata or reason.OAuthRedirectURIs;
// what the values themselves must be like is checked where they are registered.
func (d Document) Judge(policy models.TenantSettings) (applications.New, *reason.Error) {
	a, err := d.asked()
	if err != nil {
		return applications.New{}, err
	}
	chosen, err := d.options()
	if err != nil {
		return applications.New{}, err
	}
	if err := a.permitted(policy); err != nil {
		return applications.New{}, err
	}
	scope, err := a.scopes(policy)
	if err != nil {
		return applications.New{}, err
	}
	pkce := policy.RegistrationPKCE() || a.method == models.AuthNone
	return applications.New{Type: a.kind(), Choices: slices.Clone(options), Metadata: applications.Metadata{
		DisplayName: a.name, ClientURI: a.uri, RedirectURIs: a.redirects, PostLogoutRedirectURIs: a.leaves,
		GrantTypes: listed(a.grants), ResponseTypes: listed(a.responses), AuthMethod: a.method, Scope: scope,
		RequirePKCE: &pkce, IDTokenAlg: a.alg, Options: chosen,
	}}, nil
}

func listed(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// kind is the type of application that comes nearest to the two of OpenID
// Connect and what is asked for.
func (a asked) kind() models.ApplicationType {
	switch {
	case a.applicationType == "native":
		return models.TypeNative
	case len(a.redirects) == 0:
		return models.TypeService
	case a.method == models.AuthNone:
		return models.TypeSPA
	}
	return models.TypeWeb
}

// permitted holds the request to the tenant's policy (R46) and to OpenID
// Connect's rules about kinds of application.
func (a asked) permitted(policy models.TenantSettings) *reason.Error {
	if a.applicationType != "web" && a.applicationType != "native" {
		return reason.New(reason.OAuthClientMetadata).On("application_type", reason.InputUnknown, "")
	}
	for _, grant := range a.grants {
		if !slices.Contains(policy.RegistrationGrants(), grant) {
			return reason.New(reason.OAuthClientMetadata).On("grant_types", reason.InputInvalid, "")
		}
	}
	codes := func(types string) bool { return slices.Contains(strings.Fields(types), "code") }
	if slices.ContainsFunc(a.responses, codes) && !slices.Contains(a.grants, models.GrantAuthorizationCode) { // RFC 7591 §2.1
		return reason.New(reason.OAuthClientMetadata).On("response_types", reason.InputInvalid, "")
	}
	if methods := policy.RegistrationAuthMethods; len(methods) > 0 && !slices.Contains(methods, a.method) {
		return reason.New(reason.OAuthClientMetadata).On("token_endpoint_auth_method", reason.InputInvalid, "")
	}
	return a.destinations()
}

// destinations: whoever gets tokens in the browser gets them by https, and not
// on this machine (OpenID Connect Registration §2, application_type).
func (a asked) destinations() *reason.Error {
	if (slices.Contains(a.grants, models.GrantAuthorizationCode) || slices.Contains(a.grants, models.GrantImplicit)) && len(a.redirects) == 0 {
		return reason.New(reason.OAuthRedirectURIs).On("redirect_uris", reason.InputRequired, "")
	}
	if a.applicationType != "web" || !slices.Contains(a.grants, models.GrantImplicit) {
		return nil
	}
	for _, uri := range a.redirects {
		if u, err := url.Parse(uri); err != nil || u.Scheme != "https" || u.Hostname() == "localhost" {
			return reason.New(reason.OAuthRedirectURIs).On("redirect_uris", reason.InputInvalid, "")
		}
	}
	return nil
}

// scopes are those that are asked for, as far as the policy goes, or all of the
// policy's. What is lasting needs a refresh token.
func (a asked) scopes(policy models.TenantSettings) (string, *reason.Error) {
	allowed := strings.Fields(policy.RegistrationScopes())
	wanted := strings.Fields(a.scope)
	if len(wanted) == 0 {
		wanted = allowed
	}
	given := slices.DeleteFunc(slices.Clone(wanted), func(s string) bool { return !slices.Contains(allowed, s) })
	if len(given) == 0 {
		return "", reason.New(reason.OAuthClientMetadata).On("scope", reason.InputInvalid, "")
	}
	return strings.Join(given, " "), nil
}

// Refusal is a refusal of identity/applications in the words of RFC 7591 §3.2.2.
func Refusal(err *reason.Error) *reason.Error {
	if err.Code != reason.InputInvalid {
		return err
	}
	code := reason.OAuthClientMetadata
	for _, f := range err.Fields {
		if refusal(f.Pointer) == reason.OAuthRedirectURIs {
			code = reason.OAuthRedirectURIs
		}
	}
	told := reason.Wrap(code, err)
	told.Fields = err.Fields
	return told
}

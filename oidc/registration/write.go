package registration

import (
	"gatehouse/models"
)

// Answer is what an application is told of its registration (RFC 7591 §3.2.1,
// RFC 7592 §3).
type Answer struct {
	Application *models.Application
	Secret      string // empty: not shown
	Token       string // the registration access token
	URI         string // registration_client_uri
	Statement   string // the software statement that came along
}

// Members are the members of the answer: all metadata that is registered.
func (a Answer) Members() map[string]any {
	app := a.Application
	all := map[string]any{
		"client_id": app.ClientID, "client_id_issued_at": app.CreatedAt.Unix(),
		"registration_client_uri": a.URI, "registration_access_token": a.Token,
		"application_type": kindOf(app), "client_name": app.DisplayName, "redirect_uris": app.RedirectURIs.V,
		"grant_types": app.GrantTypes.V, "response_types": app.ResponseTypes.V, "token_endpoint_auth_method": app.AuthMethod,
		"scope": app.Scope, "id_token_signed_response_alg": app.IDTokenAlg, "subject_type": "public", "require_pkce": app.RequirePKCE,
	}
	if len(app.PostLogoutRedirectURIs.V) > 0 {
		all["post_logout_redirect_uris"] = app.PostLogoutRedirectURIs.V
	}
	if app.ClientURI != "" {
		all["client_uri"] = app.ClientURI
	}
	for _, option := range app.Options.V.Chosen() {
		all[option.Name] = option.Value
	}
	if a.Secret != "" {
		all["client_secret"], all["client_secret_expires_at"] = a.Secret, 0
	}
	if a.Statement != "" {
		all["software_statement"] = a.Statement
	}
	return all
}

func kindOf(app *models.Application) string {
	if app.Type == models.TypeNative {
		return "native"
	}
	return "web"
}

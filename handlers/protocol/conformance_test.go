package protocol_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// RFC 9700 §2.6: scripts of other sites read nothing at the authorization
// endpoint, not even those of the application itself.
func TestNoCORSAtAuthorize(t *testing.T) {
	h := build(t)
	h.signIn()
	for _, method := range []string{"GET", "OPTIONS"} {
		a := h.send(method, "/t/acme/oauth2/authorize?"+request(""), "", "Origin", origin, "Access-Control-Request-Method", "GET")
		for name := range a.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s", method, name)
			}
		}
	}
	a := h.send("POST", "/t/acme/oauth2/authorize", request(""), "Origin", origin)
	if a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("POST: %v", a.header)
	}
}

// RFC 6750 §2.2: a token in a body counts in a form alone, sent by POST.
func TestUserInfoBodies(t *testing.T) {
	h := build(t)
	h.signIn()
	a := h.send("GET", "/t/acme/oauth2/authorize?"+request(""), "")
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	got := h.send("POST", "/t/acme/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"spa"}, "code": {to.Query().Get("code")}, "redirect_uri": {origin + "/cb"},
		"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	}.Encode())
	token, _ := got.json(t)["access_token"].(string)
	for name, test := range map[string]struct {
		method, path, body, kind, header string
		status                           int
	}{
		"GET":              {method: "GET", header: "Bearer " + token, status: 200},
		"POST":             {method: "POST", header: "Bearer " + token, status: 200},
		"POST, empty form": {method: "POST", header: "Bearer " + token, kind: "application/x-www-form-urlencoded", status: 200},
		"form":             {method: "POST", body: "access_token=" + token, kind: "application/x-www-form-urlencoded", status: 200},
		"form, charset":    {method: "POST", body: "access_token=" + token, kind: "application/x-www-form-urlencoded; charset=UTF-8", status: 200},
		"JSON":             {method: "POST", body: `{"access_token":"` + token + `"}`, kind: "application/json", status: 400},
		"query":            {method: "GET", path: "?access_token=" + token, status: 401},
		"query of a POST":  {method: "POST", path: "?access_token=" + token, status: 401},
	} {
		set := []string{}
		if test.kind != "" {
			set = append(set, "Content-Type", test.kind)
		}
		if test.header != "" {
			set = append(set, "Authorization", test.header)
		}
		a := h.send(test.method, "/t/acme/oauth2/userinfo"+test.path, test.body, set...)
		if a.status != test.status || strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") != (test.status != 200) {
			t.Errorf("%s: %d %s %q", name, a.status, a.body, a.header.Get("WWW-Authenticate"))
		}
		if a.header.Get("Cache-Control") != "no-store" || test.status == 200 && a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", name, a.header)
		}
	}
}

// RFC 9126 §2.3: what is too large is said so.
func TestPushedRequestIsTooLarge(t *testing.T) {
	h := build(t)
	for _, body := range []string{request("&x=" + strings.Repeat("x", 5000)), request("&x=" + strings.Repeat("x", 2<<20))} {
		if a := h.send("POST", "/t/acme/oauth2/par", body); a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%d bytes: %d %s", len(body), a.status, a.body)
		}
	}
}

// OpenID Connect Discovery §3, §4.2, RFC 8414 §2: what metadata must hold.
func TestMetadataIsWhole(t *testing.T) {
	h := build(t)
	a := h.send("GET", "/t/acme/.well-known/openid-configuration", "")
	m := a.json(t)
	for _, name := range []string{
		"issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "introspection_endpoint", "revocation_endpoint",
		"end_session_endpoint", "check_session_iframe", "device_authorization_endpoint", "pushed_authorization_request_endpoint", "backchannel_authentication_endpoint",
	} {
		at, _ := m[name].(string)
		if u, err := url.Parse(at); err != nil || u.RawQuery != "" || u.Fragment != "" || !strings.HasPrefix(at, h.url+"/t/acme") {
			t.Errorf("%s is %q", name, at)
		}
	}
	for name, wants := range map[string][]string{
		"scopes_supported":                                 {"openid", "profile", "email", "address", "phone", "offline_access"},
		"response_types_supported":                         {"code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"},
		"response_modes_supported":                         {"query", "fragment", "form_post"},
		"grant_types_supported":                            {"authorization_code", "implicit", "refresh_token"},
		"subject_types_supported":                          {"public", "pairwise"},
		"id_token_signing_alg_values_supported":            {"RS256", "ES256", "PS256"},
		"token_endpoint_auth_methods_supported":            {"client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": {"RS256", "ES256", "PS256"},
		"request_object_signing_alg_values_supported":      {"RS256", "ES256", "PS256"},
		"dpop_signing_alg_values_supported":                {"ES256", "PS256", "EdDSA"},
		"code_challenge_methods_supported":                 {"S256"},
		"display_values_supported":                         {"page", "popup", "touch"},
		"claims_supported":                                 {"sub", "iss", "auth_time", "acr", "name", "email"},
		"ui_locales_supported":                             {"en"},
	} {
		list, _ := m[name].([]any)
		for _, want := range wants {
			if !slices.Contains(list, any(want)) {
				t.Errorf("%s lacks %s: %v", name, want, list)
			}
		}
		if slices.Contains(list, any("none")) && strings.Contains(name, "_alg_") || slices.Contains(list, any("plain")) {
			t.Errorf("%s: %v", name, list)
		}
	}
	for _, name := range []string{
		"authorization_response_iss_parameter_supported", "claims_parameter_supported", "request_parameter_supported",
		"request_uri_parameter_supported", "require_request_uri_registration", "backchannel_logout_supported", "backchannel_logout_session_supported",
		"frontchannel_logout_supported", "frontchannel_logout_session_supported",
	} {
		if is, _ := m[name].(bool); !is {
			t.Errorf("%s is %v", name, m[name])
		}
	}
	// RFC 8705 §3.3: no client can show a certificate here.
	if bound, has := m["tls_client_certificate_bound_access_tokens"]; has || strings.Contains(fmt.Sprint(m["token_endpoint_auth_methods_supported"]), "tls_client_auth") {
		t.Errorf("certificates: %v %v", bound, m["token_endpoint_auth_methods_supported"])
	}
	for name, value := range m {
		if list, is := value.([]any); is && len(list) == 0 {
			t.Errorf("%s is an empty list (RFC 8414 section 3.2)", name)
		}
	}
	keys, _ := h.send("GET", "/t/acme/oauth2/jwks", "").json(t)["keys"].([]any)
	names := map[any]bool{}
	for _, k := range keys {
		key, _ := k.(map[string]any)
		if key["kid"] == nil || names[key["kid"]] || key["use"] != "sig" || key["d"] != nil || key["k"] != nil {
			t.Errorf("%v", key)
		}
		names[key["kid"]] = true
	}
	if len(keys) == 0 {
		t.Error("no keys")
	}
}

// RFC 6749 §5.1, RFC 6750 §5.3, RFC 8628 §3.2, RFC 9126 §2.2: nobody keeps what
// these endpoints say, good or bad.
func TestNothingIsKept(t *testing.T) {
	h := build(t)
	h.openRegistration()
	job := "client_id=job&client_secret=a+secret+of+the+job&"
	for _, c := range []struct{ path, body string }{
		{"/oauth2/token", "grant_type=client_credentials"},
		{"/oauth2/token", "grant_type=magic&" + job},
		{"/oauth2/introspect", "token=x"},
		{"/oauth2/introspect", "token=x&" + job},
		{"/oauth2/revoke", "client_id=spa&token=x"},
		{"/oauth2/revoke", "token=x"},
		{"/oauth2/par", request("")},
		{"/oauth2/par", request("&scope=openid")},
		{"/oauth2/device_authorization", "client_id=spa"},
		{"/oauth2/bc-authorize", job + "scope=openid&login_hint=ada"},
		{"/oauth2/userinfo", "access_token=x"},
		{"/oauth2/register", "x=y"},
	} {
		a := h.send("POST", "/t/acme"+c.path, c.body)
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
			t.Errorf("%s: %d %v", c.path, a.status, a.header)
		}
		if a.body != "" && (a.header.Get("Content-Type") != "application/json" || a.header.Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%s: %v", c.path, a.header)
		}
	}
}

// RFC 9396 §5: what devices ask for is judged alike.
func TestDetailsOfDevicesHaveToConform(t *testing.T) {
	h := build(t)
	a := h.send("POST", "/t/acme/oauth2/device_authorization", "client_id=spa&authorization_details=%5B%5D")
	if a.status != 400 || a.json(t)["error"] != "invalid_authorization_details" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

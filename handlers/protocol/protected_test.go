package protocol_test

import (
	"slices"
	"strings"
	"testing"
)

// RFC 9728 §2, §3, §5.1: whoever meets one of our resources learns from it who
// gives tokens for it, and the metadata names the resource that led there.
func TestProtectedResourceMetadata(t *testing.T) {
	h := build(t)
	base := h.url + "/t/acme"
	for path, want := range map[string]struct{ resource, scope string }{
		"/.well-known/oauth-protected-resource/t/acme":        {base, "openid"},
		"/t/acme/.well-known/oauth-protected-resource":        {base, "openid"},
		"/.well-known/oauth-protected-resource/t/acme/api/v1": {base + "/api/v1", "users:read"},
		"/t/acme/.well-known/oauth-protected-resource/api/v1": {base + "/api/v1", "users:read"},
	} {
		a := h.send("GET", path, "", "Origin", origin)
		if a.status != 200 || a.header.Get("Content-Type") != "application/json" || a.header.Get("Access-Control-Allow-Origin") != origin {
			t.Fatalf("%s: %d %v %s", path, a.status, a.header, a.body)
		}
		m := a.json(t)
		servers, _ := m["authorization_servers"].([]any)
		scopes, _ := m["scopes_supported"].([]any)
		methods, _ := m["bearer_methods_supported"].([]any)
		if m["resource"] != want.resource || !slices.Equal(servers, []any{base}) || !slices.Contains(scopes, any(want.scope)) || !slices.Contains(methods, any("header")) {
			t.Errorf("%s: %v", path, m)
		}
	}
	if a := h.send("GET", "/.well-known/oauth-protected-resource/t/nobody", ""); a.status != 404 {
		t.Errorf("of a tenant that is not there: %d", a.status)
	}
	known, _ := h.send("GET", "/t/acme/.well-known/oauth-authorization-server", "").json(t)["protected_resources"].([]any)
	if !slices.Equal(known, []any{base, base + "/api/v1"}) {
		t.Errorf("protected_resources %v", known)
	}
	for _, authorization := range []string{"", "Bearer nonsense", "DPoP nonsense"} {
		challenge := h.send("GET", "/t/acme/oauth2/userinfo", "", "Authorization", authorization).header.Get("WWW-Authenticate")
		if !strings.Contains(challenge, `, resource_metadata="`+h.url+`/.well-known/oauth-protected-resource/t/acme"`) {
			t.Errorf("%q is challenged with %q", authorization, challenge)
		}
	}
}

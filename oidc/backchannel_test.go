package oidc_test

import (
	"net/url"
	"testing"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store/storetest"
)

// CIBA §7.1.1: what is signed counts, alone, once, and where it has to be.
func TestSignedBackchannelRequest(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	v := h.voucher("till", true)
	h.change(v.registered, func(m *applications.Metadata) {
		m.GrantTypes, m.Options.CIBARequestSigningAlg = []string{models.GrantCIBA}, "ES256"
	})
	now := h.clock.Now().Unix()
	good := map[string]any{"nbf": now, "scope": "openid", "login_hint": "ada"}
	ask := func(id string, set map[string]any) answer {
		return h.post("/oauth2/bc-authorize", v.registered, url.Values{"request": {v.sign(id, good, set)}, "login_hint": {"somebody outside"}})
	}
	got := ask("1", nil)
	got.expect(t, 200, "")
	if got.text("auth_req_id") == "" {
		t.Errorf("answer %s", got.raw)
	}
	ask("1", nil).expect(t, 400, "invalid_request_object")
	for name, set := range map[string]map[string]any{
		"another issuer": {"iss": "somebody"}, "another audience": {"aud": "https://other.example"}, "no beginning": {"nbf": nil},
		"no end": {"exp": nil}, "for too long": {"exp": now + 7200}, "over": {"exp": now - 60}, "no name": {"jti": ""},
	} {
		if got := ask("jti of "+name, set); got.status != 400 || got.text("error") != "invalid_request_object" {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	plain := url.Values{"scope": {"openid"}, "login_hint": {"ada"}}
	h.post("/oauth2/bc-authorize", v.registered, plain).expect(t, 400, "invalid_request")
}

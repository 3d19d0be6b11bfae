package oidc_test

import (
	"crypto/ecdsa"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"

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
	ask("1", nil).expect(t, 400, "invalid_request")
	h.expectAttempt("token", "oauth.request_object")
	for name, set := range map[string]map[string]any{
		"another issuer": {"iss": "somebody"}, "another audience": {"aud": "https://other.example"}, "no beginning": {"nbf": nil},
		"no end": {"exp": nil}, "for too long": {"exp": now + 7200}, "over": {"exp": now - 60}, "no name": {"jti": ""},
		"no issuer": {"iss": nil, "client_id": v.ClientID}, "no audience": {"aud": nil}, "no iat": {"iat": nil},
		"not yet": {"nbf": now + 600}, "begun long ago": {"nbf": now - 4200},
	} {
		// CIBA §13 knows no invalid_request_object.
		if got := ask("jti of "+name, set); got.status != 400 || got.text("error") != "invalid_request" || got.text("auth_req_id") != "" {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	stranger := &voucher{v.registered, h, ecPair(t, "k").private.(*ecdsa.PrivateKey)}
	for name, object := range map[string]string{
		"a stranger's": stranger.sign("2", good), "unsigned": "eyJhbGciOiJub25lIn0.e30.", "no JWT": "x",
		"another algorithm": signed(t, jose.HS256, []byte("0123456789abcdef0123456789abcdef"), "k", good),
	} {
		got := h.post("/oauth2/bc-authorize", v.registered, url.Values{"request": {object}})
		t.Run(name, func(t *testing.T) { got.expect(t, 400, "invalid_request") })
	}
	plain := url.Values{"scope": {"openid"}, "login_hint": {"ada"}}
	h.post("/oauth2/bc-authorize", v.registered, plain).expect(t, 400, "invalid_request")
}

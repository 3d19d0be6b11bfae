package oidc_test

import (
	"strings"
	"testing"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// RFC 8705 §3 and §4: tokens are good with the certificate that the client
// showed, and so are the refresh tokens of a client without a proof of its own.
func TestCertificateBoundTokens_R49(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		spa := h.app(application{
			name: "spa", method: models.AuthNone, firstParty: true, scope: "openid offline_access", grants: "authorization_code refresh_token",
			options: models.ClientOptions{TLSBound: true},
		})
		code := h.signedIn(h.authorizeURL(spa)).Get("code")
		h.exchange(spa, code, nil).expect(t, 400, "invalid_request")
		h.expectAttempt("token", "oauth.no_certificate")
		h.certificate = "of ada"
		got := h.exchange(spa, code, nil)
		got.expect(t, 200, "")
		token := got.text("access_token")
		if cnf, _ := payload(t, token)["cnf"].(map[string]any); cnf["x5t#S256"] == nil || got.text("token_type") != "Bearer" {
			t.Errorf("%v %s", cnf, got.raw)
		}
		if a := h.userinfo(token); a.status != 200 {
			t.Errorf("%d %s", a.status, a.raw)
		}
		for _, other := range []string{"of eve", ""} {
			h.certificate = other
			if a := h.userinfo(token); a.status != 401 || a.text("error") != "invalid_token" || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%q: %d %s %s", other, a.status, a.raw, a.header.Get("WWW-Authenticate"))
			}
		}
		h.certificate = "of eve"
		h.refresh(spa, got.text("refresh_token")).expect(t, 400, "invalid_grant")
		h.certificate = "of ada"
		h.refresh(spa, got.text("refresh_token")).expect(t, 200, "")
	})
}

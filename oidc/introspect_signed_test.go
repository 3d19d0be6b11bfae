package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const signedType = "application/token-introspection+jwt"

// inspected asks about a token and says what it accepts as answer.
func (h *house) inspected(a *registered, token, accept string, proof ...url.Values) answer {
	h.t.Helper()
	body := url.Values{"token": {token}}
	for _, more := range proof {
		maps.Copy(body, more)
	}
	if a.AuthMethod == models.AuthNone {
		body.Set("client_id", a.ClientID)
	}
	r, err := http.NewRequest(http.MethodPost, h.issuer+"/oauth2/introspect", strings.NewReader(body.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", accept)
	if a.AuthMethod == models.AuthBasic {
		r.SetBasicAuth(url.QueryEscape(a.ClientID), url.QueryEscape(a.secret))
	}
	return h.fetch(http.DefaultClient, r)
}

// told is what a signed answer says about the token.
func (h *house) told(got answer, audience string) map[string]any {
	h.t.Helper()
	if got.status != http.StatusOK || got.header.Get("Content-Type") != signedType {
		h.t.Fatalf("%d %v %s", got.status, got.header, got.raw)
	}
	token, err := jose.ParseSignedCompact(got.raw, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		h.t.Fatalf("%s: %v", got.raw, err)
	}
	if typ := token.Signatures[0].Header.ExtraHeaders[jose.HeaderType]; typ != "token-introspection+jwt" {
		h.t.Errorf("typ %v", typ)
	}
	claims := payload(h.t, got.raw)
	if claims["iss"] != h.issuer || claims["aud"] != audience || claims["iat"] == nil || claims["sub"] != nil || claims["exp"] != nil {
		h.t.Errorf("%v", claims)
	}
	about, _ := claims["token_introspection"].(map[string]any)
	return about
}

func isActive(about map[string]any) bool { active, _ := about["active"].(bool); return active }

// RFC 9701 §4, §5, R42: the API that a token is for gets its answer signed.
// Everybody else learns that it is no token for him, the owner included.
func TestSignedIntrospection_R42(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		owner, user := h.shown()
		shelf := h.middle("shelf")
		got := h.swap(h.middle("orders", "shelf"), user.text("access_token"), "audience", "shelf", "scope", "reports")
		got.expect(t, 200, "")
		token := got.text("access_token")
		about := h.told(h.inspected(shelf, token, signedType), "shelf")
		if !isActive(about) || about["scope"] != "reports" || about["sub"] != h.user.ID || about["client_id"] != "orders" {
			t.Errorf("%v", about)
		}
		for name, foreign := range map[string]struct {
			a     *registered
			token string
		}{
			"the owner, who is no audience": {owner, user.text("access_token")},
			"a refresh token":               {owner, user.text("refresh_token")},
			"another's":                     {shelf, user.text("access_token")},
			"nonsense":                      {shelf, "nonsense"},
		} {
			if about := h.told(h.inspected(foreign.a, foreign.token, signedType), foreign.a.ClientID); len(about) != 1 || isActive(about) {
				t.Errorf("%s: %v", name, about)
			}
		}
		h.post("/oauth2/revoke", owner, url.Values{"token": {user.text("refresh_token")}}).expect(t, 200, "")
		if about := h.told(h.inspected(shelf, token, signedType), "shelf"); len(about) != 1 || isActive(about) {
			t.Errorf("after what it stems from was revoked: %v", about)
		}
	})
}

// RFC 9701 §4: only whoever names the type gets it, and refusals stay JSON.
func TestSignedIntrospectionIsAskedFor(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.middle("shelf")
	for accept, kind := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/json": "application/json",
		signedType + ";q=0": "application/json", "application/json, " + signedType + ";q=0.5": signedType, "Application/Token-Introspection+JWT": signedType,
	} {
		if got := h.inspected(app, "nonsense", accept); got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), kind) {
			t.Errorf("%q: %d %v", accept, got.status, got.header)
		}
	}
	public := h.app(application{name: "spa", method: models.AuthNone, scope: "openid", grants: codeOnly})
	app.secret = "wrong"
	for _, a := range []*registered{app, public} {
		if got := h.inspected(a, "nonsense", signedType); got.status != 401 || !strings.Contains(got.raw, `"invalid_client"`) || got.header.Get("Content-Type") == signedType {
			t.Errorf("%s: %d %s", a.ClientID, got.status, got.raw)
		}
	}
}

// RFC 9701 §6: signed and encrypted as the application registered.
func TestSealedIntrospection(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	app := h.middle("shelf")
	if got := h.inspected(app, "x", signedType); !strings.HasPrefix(got.raw, "eyJhbGciOiJSUzI1NiI") {
		t.Errorf("not RS256: %s", got.raw)
	}
	h.change(app, func(m *applications.Metadata) {
		m.Options.JWKS = asMap(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "ec", Use: "enc"}}})
		m.Options.IntrospectionSignedAlg, m.Options.IntrospectionEncryptedAlg = "ES256", "ECDH-ES"
	})
	got := h.inspected(app, "x", signedType)
	got.raw = opened(t, got.raw, jose.ECDH_ES, jose.A128CBC_HS256, key)
	if about := h.told(got, "shelf"); isActive(about) || !strings.HasPrefix(got.raw, "eyJhbGciOiJFUzI1NiI") {
		t.Errorf("%v: %s", about, got.raw)
	}
}

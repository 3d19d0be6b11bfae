package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const codeOnly = "authorization_code refresh_token"

// OpenID Connect Core §8: applications of one sector know the user by one name,
// nobody else by the same, and everything works by that name.
func TestPairwiseSubjects(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		pairwise := func(name string, o models.ClientOptions) *registered {
			o.SubjectType = applications.Pairwise
			return h.app(application{name: name, method: models.AuthBasic, firstParty: true, scope: "openid email", grants: codeOnly, options: o})
		}
		one, other := pairwise("one", models.ClientOptions{}), pairwise("other", models.ClientOptions{})
		elsewhere := pairwise("elsewhere", models.ClientOptions{SectorIdentifierURI: "https://else.example/sector.json"})
		subjects := map[string]string{}
		var idToken string
		for _, app := range []*registered{one, other, elsewhere} {
			made := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid email")).Get("code"), nil)
			claims := payload(t, made.text("id_token"))
			sub, _ := claims["sub"].(string)
			subjects[app.ClientID] = sub
			info := h.userinfo(made.text("access_token"))
			if sub == "" || sub == h.user.ID || info.text("sub") != sub || payload(t, made.text("access_token"))["sub"] != sub || info.text("email") == "" {
				t.Errorf("%s: %v %s", app.ClientID, claims, info.raw)
			}
			if again := h.refresh(app, made.text("refresh_token")); payload(t, again.text("id_token"))["sub"] != sub {
				t.Errorf("%s: another name after the refresh: %s", app.ClientID, again.raw)
			}
			if app == one {
				idToken = made.text("id_token")
			}
		}
		if subjects["one"] != subjects["other"] || subjects["one"] == subjects["elsewhere"] {
			t.Errorf("%v", subjects)
		}
		h.signedIn(h.authorizeURL(one, "id_token_hint", idToken, "prompt", "none"))
		h.signedIn(h.authorizeURL(one, "claims", `{"id_token":{"sub":{"value":"`+subjects["one"]+`"}}}`, "prompt", "none"))
	})
}

// OpenID Connect Core §8.1.
func TestPairwiseNeedsASector(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	_, _, err := h.apps.Create(h.operator(), h.tenant, applications.New{Type: models.TypeWeb, ClientID: "x", Metadata: applications.Metadata{
		RedirectURIs: []string{"https://a.example/cb", "https://b.example/cb"}, Options: models.ClientOptions{SubjectType: applications.Pairwise},
	}})
	if err == nil || !strings.Contains(err.Error(), "sector_identifier_uri") {
		t.Errorf("%v", err)
	}
}

// OpenID Connect Core §5.3.2, Registration §2: answers signed and encrypted as
// the application registered for.
func TestSealedAnswers(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	app := h.app(application{
		name: "sealed", method: models.AuthBasic, firstParty: true, scope: "openid email", grants: codeOnly, alg: "PS256",
		options: models.ClientOptions{
			JWKS: asMap(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
				{Key: ec.Public(), KeyID: "ec", Use: "enc"}, {Key: rs.Public(), KeyID: "rsa", Use: "enc"},
			}}),
			IDTokenEncryptedAlg: "RSA-OAEP-256", IDTokenEncryptedEnc: "A256GCM",
			UserinfoSignedAlg: "ES256", UserinfoEncryptedAlg: "ECDH-ES+A128KW",
		},
	})
	made := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid email")).Get("code"), nil)
	token := opened(t, made.text("id_token"), jose.RSA_OAEP_256, jose.A256GCM, rs)
	if claims := payload(t, token); claims["sub"] != h.user.ID || !strings.HasPrefix(token, "eyJhbGciOiJQUzI1NiI") {
		t.Errorf("%s: %v", token, claims)
	}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.issuer+"/oauth2/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+made.text("access_token"))
	info := h.fetch(http.DefaultClient, r)
	if info.header.Get("Content-Type") != "application/jwt" {
		t.Fatalf("%v %s", info.header, info.raw)
	}
	claims := payload(t, opened(t, info.raw, jose.ECDH_ES_A128KW, jose.A128CBC_HS256, ec))
	if claims["iss"] != h.issuer || claims["aud"] != app.ClientID || claims["sub"] != h.user.ID || claims["email"] != "ada@example.com" {
		t.Errorf("%v", claims)
	}
}

func asMap(t *testing.T, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func opened(t *testing.T, text string, alg jose.KeyAlgorithm, enc jose.ContentEncryption, key any) string {
	t.Helper()
	sealed, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{alg}, []jose.ContentEncryption{enc})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	plain, err := sealed.Decrypt(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// R35: the lives that the application chose come before the tenant's.
func TestLivesOfTokens_R35(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{
		name: "brief", method: models.AuthBasic, firstParty: true, scope: "openid offline_access", grants: codeOnly,
		options: models.ClientOptions{IDTokenSeconds: 120, RefreshIdleSeconds: 300, RefreshLifetimeSeconds: 700},
	})
	code := h.signedIn(h.authorizeURL(app, "scope", "openid offline_access")).Get("code")
	made := h.exchange(app, code, nil)
	claims := payload(t, made.text("id_token"))
	if life := claims["exp"].(float64) - claims["iat"].(float64); life != 120 {
		t.Errorf("ID token: %v", life)
	}
	for range 2 {
		h.clock.add(299 * time.Second)
		if made = h.refresh(app, made.text("refresh_token")); made.status != 200 {
			t.Fatalf("%d %s", made.status, made.raw)
		}
	}
	h.clock.add(200 * time.Second) // not idle, but too old
	h.refresh(app, made.text("refresh_token")).expect(t, 400, "invalid_grant")
}

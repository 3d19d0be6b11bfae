package oidc_test

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// R26, L17: of parallel uses of one code exactly one gets tokens.
func TestParallelCode_R26(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
		code := h.signedIn(h.authorizeURL(app)).Get("code")
		h.exchange(app, "gtc_warm", nil) // the keys are made
		answers := make([]answer, 8)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = h.exchange(app, code, nil) })
		}
		wg.Wait()
		good := slices.DeleteFunc(answers, func(a answer) bool { return a.status != 200 })
		if len(good) != 1 {
			t.Errorf("%d of 8 got tokens", len(good))
		}
	})
}

// R35: of parallel uses of one refresh token all get the same successor.
func TestParallelRefresh_R35(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code refresh_token"})
		token := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil).text("refresh_token")
		next := make([]string, 8)
		var wg sync.WaitGroup
		for i := range next {
			wg.Go(func() { next[i] = h.refresh(app, token).text("refresh_token") })
		}
		wg.Wait()
		if next = slices.Compact(next); len(next) != 1 || next[0] == "" || next[0] == token {
			t.Errorf("%d successors", len(next))
		}
	})
}

// offline_access outlives the session; anything else ends with it.
func TestOfflineAccess_R36(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid offline_access", grants: "authorization_code refresh_token"})
	offline := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid offline_access")).Get("code"), nil)
	bound := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil)
	if bound.text("refresh_token") == "" || bound.text("scope") != "openid" {
		t.Fatalf("answer %s", bound.raw)
	}
	h.signOut()
	h.refresh(app, bound.text("refresh_token")).expect(t, 400, "invalid_grant")
	h.refresh(app, offline.text("refresh_token")).expect(t, 200, "")
	h.clock.add(15 * 24 * time.Hour)
	h.refresh(app, offline.text("refresh_token")).expect(t, 400, "invalid_grant") // idle for too long
	h.expectAttempt("token", "oauth.refresh_expired")
}

// R32, R33: what the tokens say, and how long they live.
func TestTokens_R32(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid email", grants: "authorization_code"})
	got := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil)
	if got.body["token_type"] != "Bearer" || got.body["expires_in"] != float64(900) || got.text("refresh_token") != "" {
		t.Errorf("answer %s", got.raw)
	}
	head, _, _ := strings.Cut(got.text("access_token"), ".")
	if raw, err := base64.RawURLEncoding.DecodeString(head); err != nil || !strings.Contains(string(raw), `"typ":"at+jwt"`) {
		t.Errorf("header %s", raw)
	}
	claims := payload(t, got.text("access_token"))
	for _, name := range []string{"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "sid", "auth_time", "acr", "amr", "scope"} {
		if claims[name] == nil {
			t.Errorf("the access token lacks %s", name)
		}
	}
	if aud, _ := claims["aud"].([]any); len(aud) != 1 || aud[0] != h.issuer || claims["iss"] != h.issuer {
		t.Errorf("claims %v", claims)
	}
	h.clock.add(15 * time.Minute)
	h.userinfo(got.text("access_token")).expect(t, 401, "invalid_token")

	h.change(app, func(m *applications.Metadata) { m.AccessTokenSeconds = 3600 })
	h.clock.add(2 * time.Second)
	code := h.signedIn(h.authorizeURL(app)).Get("code")
	if long := h.exchange(app, code, nil); long.body["expires_in"] != float64(3600) {
		t.Errorf("expires_in %v", long.body["expires_in"])
	}
}

// Plain OAuth 2: without openid there is no ID token, and no userinfo.
func TestWithoutOpenID(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid reports", grants: "authorization_code"})
	got := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "reports")).Get("code"), nil)
	got.expect(t, 200, "")
	if got.text("id_token") != "" {
		t.Error("an ID token that nobody asked for")
	}
	h.userinfo(got.text("access_token")).expect(t, 403, "insufficient_scope")
}

// RFC 6749 §3.3, OpenID Connect Core §3.1.2.1: of the scopes that are asked for
// those that are registered are granted, and the answer names them (R36).
func TestScopesAreCutToTheRegistered_R36(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid email", grants: "authorization_code refresh_token"})
	got := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid groups email admin")).Get("code"), nil)
	got.expect(t, 200, "")
	if got.text("scope") != "openid email" || payload(t, got.text("access_token"))["scope"] != "openid email" {
		t.Errorf("granted %q", got.text("scope"))
	}
	job := h.app(application{name: "job", kind: models.TypeService, method: models.AuthPost, scope: "openid read write", grants: "client_credentials"})
	own := h.post("/oauth2/token", job, url.Values{"grant_type": {"client_credentials"}, "scope": {"openid write admin"}})
	own.expect(t, 200, "")
	if own.text("scope") != "write" || payload(t, own.text("access_token"))["scope"] != "write" {
		t.Errorf("granted %q", own.text("scope"))
	}
	h.post("/oauth2/token", job, url.Values{"grant_type": {"client_credentials"}, "scope": {"openid admin"}}).expect(t, 400, "invalid_scope")
}

// R8, R11, R12: a token for the management API holds the permissions that its
// client has now.
func TestManagementToken_R12(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "job", kind: models.TypeService, method: models.AuthPost, scope: "read", grants: "client_credentials"})
	if _, err := h.desk.CreateClient(h.operator(), h.tenant, access.Client{
		ApplicationID: app.ID, Name: "job", Permissions: []access.Permission{access.UsersRead, access.EventsRead},
		Addresses: []string{"192.0.2.0/24"},
	}); err != nil {
		t.Fatal(err)
	}
	api := h.issuer + "/api/v1"
	ask := func(set ...string) answer {
		v := url.Values{"grant_type": {"client_credentials"}, "resource": {api}}
		for i := 0; i < len(set); i += 2 {
			v.Set(set[i], set[i+1])
		}
		return h.post("/oauth2/token", app, v)
	}
	got := ask()
	got.expect(t, 200, "")
	claims := payload(t, got.text("access_token"))
	scopes := strings.Fields(got.text("scope"))
	slices.Sort(scopes)
	if aud, _ := claims["aud"].([]any); len(aud) != 1 || aud[0] != api || !slices.Equal(scopes, []string{"events:read", "users:read"}) {
		t.Errorf("claims %v", claims)
	}
	if ask("scope", "users:read").text("scope") != "users:read" {
		t.Error("the scope was not narrowed")
	}
	ask("scope", "users:write").expect(t, 400, "invalid_scope")
	ask("scope", "read").expect(t, 400, "invalid_scope")
	h.userinfo(got.text("access_token")).expect(t, 401, "invalid_token") // another audience
}

// R80: guessing a secret is slowed; the client elsewhere is not.
func TestGuessingIsCounted_R80(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "job", kind: models.TypeService, method: models.AuthBasic, scope: "read", grants: "client_credentials"})
	other := h.app(application{name: "other", kind: models.TypeService, method: models.AuthBasic, scope: "read", grants: "client_credentials"})
	body := "grant_type=client_credentials"
	for range 100 {
		h.send("/oauth2/token", [2]string{"job", "wrong"}, body).expect(t, 401, "invalid_client")
	}
	refused := h.send("/oauth2/token", [2]string{"job", app.secret}, body)
	refused.expect(t, 429, "temporarily_unavailable")
	h.send("/oauth2/token", [2]string{"other", other.secret}, body).expect(t, 200, "")
	h.clock.add(5*time.Minute + time.Second)
	h.send("/oauth2/token", [2]string{"job", app.secret}, body).expect(t, 200, "")
}

// R122 in small: a fault of ours is no refusal of theirs, and tells nothing.
func TestFaultIsOurs(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "job", kind: models.TypeService, method: models.AuthBasic, scope: "read", grants: "client_credentials"})
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	h.clock.add(time.Minute)
	got := h.send("/oauth2/token", [2]string{"job", app.secret}, "grant_type=client_credentials")
	got.expect(t, 500, "server_error")
	if strings.Contains(got.raw, "sql") {
		t.Errorf("tells %s", got.raw)
	}
}

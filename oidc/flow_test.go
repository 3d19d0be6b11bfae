package oidc_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// The whole life of a sign-in, as a relying party on coreos/go-oidc and
// x/oauth2 sees it: R25, R28, R33, R35, R42, R45.
func TestCodeFlow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, alg := range []string{"ES256", "RS256"} {
			t.Run(alg, func(t *testing.T) { flow(t, newHouse(t, db, strings.ToLower(alg)), alg) })
		}
	})
}

func flow(t *testing.T, h *house, alg string) {
	ctx := context.Background()
	app := h.app(application{
		name: "portal", method: models.AuthBasic, firstParty: true, alg: alg,
		scope: "openid profile email offline_access", grants: "authorization_code refresh_token",
	})
	rp := h.relyingParty(app)
	verifier := oauth2.GenerateVerifier()
	code := h.signedIn(rp.config.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier), gooidc.Nonce("nonce-1")))
	if code.Get("state") != "state-1" || code.Get("iss") != h.issuer {
		t.Errorf("response %v lacks state or iss (R28)", code)
	}
	token, err := rp.config.Exchange(ctx, code.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	idToken := rp.verified(t, token, alg)
	if idToken.Nonce != "nonce-1" || idToken.Subject != h.user.ID || idToken.VerifyAccessToken(token.AccessToken) != nil {
		t.Errorf("ID token %+v", idToken)
	}
	var claims struct {
		AuthTime int64    `json:"auth_time"`
		ACR      string   `json:"acr"`
		AMR      []string `json:"amr"`
		SID      string   `json:"sid"`
	}
	if err := idToken.Claims(&claims); err != nil || claims.AuthTime == 0 || claims.ACR == "" || len(claims.AMR) != 1 {
		t.Errorf("claims %+v, %v (R33)", claims, err)
	}

	info, err := rp.provider.UserInfo(ctx, rp.config.TokenSource(ctx, token))
	if err != nil || info.Subject != h.user.ID || info.Email != "ada@example.com" {
		t.Errorf("userinfo %+v, %v", info, err)
	}
	h.expectActive(app, token.AccessToken, true)
	h.expectActive(app, token.RefreshToken, true)

	// Refreshed: a new refresh token, a new ID token of the same sign-in.
	h.clock.add(time.Minute)
	old := token.RefreshToken
	fresh, err := rp.config.TokenSource(ctx, &oauth2.Token{RefreshToken: old}).Token()
	if err != nil {
		t.Fatal(err)
	}
	if fresh.RefreshToken == old || fresh.RefreshToken == "" {
		t.Error("the refresh token was not rotated (R35)")
	}
	if again := rp.verified(t, fresh, alg); again.Subject != h.user.ID || again.Nonce != "" {
		t.Errorf("refreshed ID token %+v", again)
	}

	// The access token is revoked alone, then everything.
	h.post("/oauth2/revoke", app, url.Values{"token": {token.AccessToken}}).expect(t, 200, "")
	h.expectActive(app, token.AccessToken, false)
	h.expectActive(app, fresh.AccessToken, true)
	h.post("/oauth2/revoke", app, url.Values{"token": {fresh.RefreshToken}}).expect(t, 200, "")
	h.expectActive(app, fresh.AccessToken, false)
	if _, err := rp.config.TokenSource(ctx, &oauth2.Token{RefreshToken: fresh.RefreshToken}).Token(); err == nil {
		t.Error("a revoked refresh token was refreshed")
	}

	// Signed out, with the ID token as hint (R45).
	raw, _ := token.Extra("id_token").(string)
	to := "https://rp.example/bye"
	bye := h.browse(http.MethodGet, h.issuer+"/oauth2/logout?"+url.Values{
		"id_token_hint": {raw}, "post_logout_redirect_uri": {to}, "state": {"s2"},
	}.Encode(), nil)
	if got := bye.header.Get("Location"); got != to+"?state=s2" {
		t.Errorf("after logout: %s", got)
	}
	silent := h.response(rp.config.AuthCodeURL("x", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "none")))
	if silent.Get("error") != "login_required" {
		t.Errorf("after logout, prompt=none: %v", silent)
	}
}

// A session is enough for the next application; prompt and max_age say when it
// is not.
func TestSingleSignOn(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	login := func(set ...string) url.Values { return h.response(h.authorizeURL(app, set...)) }
	if login("prompt", "none").Get("error") != "login_required" {
		t.Error("a code without a session")
	}
	h.signedIn(h.authorizeURL(app))
	h.clock.add(time.Hour)
	if login("prompt", "none").Get("code") == "" {
		t.Error("the session does not hold")
	}
	if login("prompt", "none", "max_age", "60").Get("error") != "login_required" {
		t.Error("max_age does not hold")
	}
	for _, again := range []string{"login", "select_account"} {
		before := h.signIns
		if h.signedIn(h.authorizeURL(app, "prompt", again)); h.signIns != before+1 {
			t.Errorf("prompt=%s did not ask", again)
		}
		h.clock.add(time.Minute)
	}
	h.clock.add(48 * time.Hour)
	if login("prompt", "none").Get("error") != "login_required" {
		t.Error("an idle session holds (R64)")
	}
}

// R31: who is not of the house asks first, once for each scope.
func TestConsent_R31(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "else", method: models.AuthBasic, scope: "openid email offline_access", grants: "authorization_code refresh_token"})
	h.signedIn(h.authorizeURL(h.app(application{name: "own", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})))
	if h.response(h.authorizeURL(app, "prompt", "none")).Get("error") != "consent_required" {
		t.Error("prompt=none passed over the question")
	}
	asked := h.consent(h.authorizeURL(app, "scope", "openid offline_access"))
	view, onward := h.provider.Consent(context.Background(), h.at(), asked, h.ownBrowser())
	if view == nil {
		t.Fatalf("no question: %+v", onward)
	}
	if view.RedirectHost != "rp.example" || view.UserName != "Ada Lovelace" || len(view.Scopes) != 2 || view.Lasting == 0 ||
		len(view.FormTargets) != 1 || view.FormTargets[0] != "https://rp.example" || view.Verified {
		t.Errorf("question: %+v", view)
	}
	if got := h.decide(asked, "deny"); got.Get("error") != "access_denied" || got.Get("state") != "st" || got.Get("iss") != h.issuer {
		t.Errorf("denied: %v", got)
	}
	h.expectAttempt("authorize", "consent.denied")
	if got := h.decide(asked, "allow"); got.Get("code") == "" {
		t.Errorf("allowed: %v", got)
	}
	if h.response(h.authorizeURL(app, "scope", "openid offline_access")).Get("code") == "" {
		t.Error("asked twice")
	}
	if h.consent(h.authorizeURL(app, "scope", "openid email")) == "" {
		t.Error("a new scope was not asked for")
	}
	h.clock.add(time.Second)
	if h.consent(h.authorizeURL(app, "scope", "openid", "prompt", "consent")) == "" {
		t.Error("prompt=consent did not ask")
	}
}

// R29: the answer in a form.
func TestFormPost_R29(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	h.signedIn(h.authorizeURL(app))
	body := h.browse(http.MethodGet, h.authorizeURL(app, "response_mode", "form_post"), nil).raw
	var page struct {
		Action string
		Fields []struct{ Name, Value string }
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil || page.Action != "https://rp.example/cb" || len(page.Fields) != 4 {
		t.Errorf("page %+v, %v", page, err)
	}
}

// POST works as GET does (OpenID Connect Core §3.1.2.1).
func TestAuthorizeByPost(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	h.signedIn(h.authorizeURL(app))
	u, _ := url.Parse(h.authorizeURL(app))
	answer := h.browse(http.MethodPost, h.issuer+"/oauth2/authorize", u.Query())
	if !strings.HasPrefix(answer.header.Get("Location"), "https://rp.example/cb?code=") {
		t.Errorf("Location %q", answer.header.Get("Location"))
	}
}

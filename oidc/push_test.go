package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// pushed are the parameters of a good request, with some set otherwise.
func pushed(a *registered, set ...string) url.Values {
	v := url.Values{
		"redirect_uri": {"https://rp.example/cb"}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"st"}, "nonce": {"nn"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}, "client_id": {a.ClientID},
	}
	for i := 0; i < len(set); i += 2 {
		if v.Set(set[i], set[i+1]); set[i+1] == "" {
			v.Del(set[i])
		}
	}
	return v
}

func (h *house) push(a *registered, set ...string) string {
	h.t.Helper()
	got := h.post("/oauth2/par", a, pushed(a, set...))
	if got.status != http.StatusCreated {
		h.t.Fatalf("%d %s", got.status, got.raw)
	}
	return got.text("request_uri")
}

// bring is what a browser is sent to with a pushed request, and more.
func (h *house) bring(a *registered, uri string, more ...string) string {
	v := url.Values{"client_id": {a.ClientID}, "request_uri": {uri}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return h.issuer + "/oauth2/authorize?" + v.Encode()
}

// R39, RFC 9126 §2 and §4: pushed, brought once, answered once.
func TestPushedRequest_R39(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		for _, method := range []string{models.AuthBasic, models.AuthPost, models.AuthNone} {
			app := h.app(application{name: "rp-" + method, method: method, firstParty: true, scope: "openid", grants: "authorization_code"})
			got := h.post("/oauth2/par", app, pushed(app))
			uri := got.text("request_uri")
			random, ok := strings.CutPrefix(uri, "urn:ietf:params:oauth:request_uri:")
			if got.status != http.StatusCreated || !ok || len(random) < 43 || got.body["expires_in"] != 90.0 {
				t.Fatalf("%s: %d %s", method, got.status, got.raw)
			}
			h.client.Jar = jar{}
			h.begun(h.bring(app, uri)) // a look does not use it up
			// Whatever the browser adds counts for nothing.
			answer := h.signedIn(h.bring(app, uri, "redirect_uri", "https://evil.example/cb", "state", "other", "scope", "none", "prompt", "none"))
			if answer.Get("state") != "st" {
				t.Errorf("answer %v", answer)
			}
			h.exchange(app, answer.Get("code"), nil).expect(t, 200, "")
			h.refusedOwn(h.bring(app, uri), "oauth.pushed_used")
		}
	})
}

// refusedOwn expects our own error page.
func (h *house) refusedOwn(to, code string) {
	h.t.Helper()
	answer := h.browse(http.MethodGet, to, nil)
	if answer.header.Get("Location") != "" || !strings.Contains(answer.raw, `"`+code+`"`) {
		h.t.Errorf("%d %q %s, want %s", answer.status, answer.header.Get("Location"), answer.raw, code)
	}
	h.expectAttempt("authorize", code)
}

// R39: what is wrong is told at once, in the words that the browser would have
// brought back.
func TestPushRefuses_R39(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthPost, firstParty: true, scope: "openid", grants: "authorization_code"})
	for name, test := range map[string]struct {
		set  []string
		err  string
		code string
	}{
		"request_uri":   {[]string{"request_uri", "urn:ietf:params:oauth:request_uri:x"}, "invalid_request", "oauth.request_invalid"},
		"redirect_uri":  {[]string{"redirect_uri", "https://evil.example/cb"}, "invalid_request", "oauth.redirect_uri"},
		"no redirect":   {[]string{"redirect_uri", ""}, "invalid_request", "oauth.request_invalid"},
		"response_type": {[]string{"response_type", "nothing"}, "unsupported_response_type", "oauth.response_type"},
		"scope":         {[]string{"scope", "foreign"}, "invalid_scope", "oauth.scope"},
		"no PKCE":       {[]string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request", "oauth.pkce_required"},
		"hint":          {[]string{"id_token_hint", "x"}, "invalid_request", "oauth.request_invalid"},
		"create":        {[]string{"prompt", "create"}, "invalid_request", "oauth.prompt_create"},
		"implicit":      {[]string{"response_type", "token"}, "unauthorized_client", "oauth.grant_not_allowed"},
	} {
		got := h.post("/oauth2/par", app, pushed(app, test.set...))
		t.Run(name, func(t *testing.T) { got.expect(t, 400, test.err) })
		h.expectAttempt("authorize", test.code)
	}
	// RFC 9126 §2.3: too large has a status of its own.
	h.post("/oauth2/par", app, pushed(app, "state", strings.Repeat("s", 5000))).expect(t, 413, "invalid_request")
	app.secret = "wrong"
	h.post("/oauth2/par", app, pushed(app)).expect(t, 401, "invalid_client")
	h.send("/oauth2/par", [2]string{}, pushed(app).Encode()).expect(t, 401, "invalid_client")
	h.send("/oauth2/par", [2]string{}, pushed(app).Encode()+"&scope=openid").expect(t, 400, "invalid_request")
}

// R4, R39: a request belongs to one application and one tenant, for 90 seconds.
func TestPushedRequestIsBound_R39(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
	other := h.app(application{name: "other", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
	uri := h.push(app)
	h.refusedOwn(h.bring(other, uri), "oauth.pushed_unknown")
	h.refusedOwn(h.bring(app, uri+"x"), "oauth.pushed_unknown")
	h.refusedOwn(h.bring(app, uri)+"&request_uri=x", "oauth.parameter_repeated")
	begun := h.begun(h.bring(app, uri))
	h.clock.add(91 * time.Second)
	h.refusedOwn(h.bring(app, uri), "oauth.pushed_unknown")
	// Whoever began in time may take his time to sign in, and gets one answer.
	h.signedIn(h.authorizeURL(app))
	back := h.issuer + "/oauth2/auth/callback?authId=" + url.QueryEscape(begun)
	h.signedIn(back)
	if again := h.response(back); again.Get("error") != "invalid_request_uri" || again.Get("code") != "" {
		t.Errorf("a second answer: %v", again)
	}
	// A refusal is an answer too.
	silent := h.push(app, "prompt", "none", "max_age", "0")
	h.clock.add(time.Second)
	if got := h.response(h.bring(app, silent)); got.Get("error") != "login_required" {
		t.Errorf("%v", got)
	}
	h.refusedOwn(h.bring(app, silent), "oauth.pushed_used")
}

// RFC 9126 §6, R49: who has to push cannot come by the browser alone.
func TestPushRequired_R49(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	for name, options := range map[string]models.ClientOptions{
		"chosen": {RequirePAR: true}, "fapi": {SecurityProfile: models.ProfileFAPI2},
	} {
		app := h.app(h.keyed(application{name: name, firstParty: true, lax: true, scope: "openid", grants: "authorization_code", options: options}))
		if got := h.response(h.authorizeURL(app)); got.Get("error") != "invalid_request" || got.Get("state") != "st" {
			t.Errorf("%s: %v", name, got)
		}
		h.expectAttempt("authorize", "oauth.pushed_required")
		h.signedIn(h.bring(app, h.push(app)))
		if options.FAPI() {
			h.post("/oauth2/par", app, pushed(app, "code_challenge", "", "code_challenge_method", "")).expect(t, 400, "invalid_request")
		}
	}
}

package oidc_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// Without a client and its own redirect URI nothing is redirected (R20, R22).
func TestOwnErrorPage_R22(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	good := "response_type=code&scope=openid&state=st"
	for name, test := range map[string]struct{ query, code string }{
		"no client":              {good + "&redirect_uri=https://rp.example/cb", "oauth.request_invalid"},
		"unknown client":         {good + "&client_id=nobody&redirect_uri=https://rp.example/cb", "oauth.client_unknown"},
		"client twice":           {good + "&client_id=spa&client_id=spa&redirect_uri=https://rp.example/cb", "oauth.parameter_repeated"},
		"no redirect URI":        {good + "&client_id=spa", "oauth.request_invalid"},
		"redirect URI twice":     {good + "&client_id=spa&redirect_uri=https://rp.example/cb&redirect_uri=https://rp.example/cb", "oauth.parameter_repeated"},
		"foreign redirect URI":   {good + "&client_id=spa&redirect_uri=https://evil.example/cb", "oauth.redirect_uri"},
		"longer redirect URI":    {good + "&client_id=spa&redirect_uri=https://rp.example/cb/", "oauth.redirect_uri"},
		"redirect URI and query": {good + "&client_id=spa&redirect_uri=https://rp.example/cb%3Fx", "oauth.redirect_uri"},
		"other case":             {good + "&client_id=spa&redirect_uri=https://RP.example/cb", "oauth.redirect_uri"},
		"user in redirect URI":   {good + "&client_id=spa&redirect_uri=https://rp.example@evil.example/cb", "oauth.redirect_uri"},
		"broken escape":          {good + "&client_id=spa&redirect_uri=https://rp.example/cb%zz", "request.malformed"},
		"none, foreign URI":      {good + "&client_id=spa&prompt=none&redirect_uri=https://evil.example/cb", "oauth.redirect_uri"},
	} {
		t.Run(name, func(t *testing.T) {
			before := h.attempts("authorize", test.code)
			answer := h.browse(http.MethodGet, h.issuer+"/oauth2/authorize?"+test.query, nil)
			var refusal oidc.Refusal
			if err := json.Unmarshal([]byte(answer.raw), &refusal); err != nil || string(refusal.Code) != test.code || refusal.Reference == "" {
				t.Errorf("%s, want %s", answer.raw, test.code)
			}
			if answer.header.Get("Location") != "" {
				t.Error("redirected")
			}
			if h.attempts("authorize", test.code) != before+1 {
				t.Error("no attempt recorded")
			}
		})
	}
}

// Every other refusal goes to the application, with state and iss (R22, R23,
// R28), and echoes nothing.
func TestErrorRedirect_R22(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	for name, test := range map[string]struct {
		set     []string
		more    string
		err     string
		code    string
		noState bool
	}{
		"response_type":   {set: []string{"response_type", "code marker-x"}, err: "unsupported_response_type", code: "oauth.response_type"},
		"implicit (R24)":  {set: []string{"response_type", "token"}, err: "unauthorized_client", code: "oauth.grant_not_allowed"},
		"claims":          {set: []string{"claims", "marker-x"}, err: "invalid_request", code: "oauth.request_invalid"},
		"response_mode":   {set: []string{"response_mode", "marker-x"}, err: "invalid_request", code: "oauth.response_mode"},
		"scope":           {set: []string{"scope", "marker-x"}, err: "invalid_scope", code: "oauth.scope"},
		"resource":        {set: []string{"resource", "https://marker-x.example"}, err: "invalid_target", code: "oauth.resource"},
		"details":         {set: []string{"authorization_details", `[{"type":"marker-x"}]`}, err: "invalid_authorization_details", code: "oauth.authorization_details"},
		"no PKCE (R25)":   {set: []string{"code_challenge", "", "code_challenge_method", ""}, err: "invalid_request", code: "oauth.pkce_required"},
		"plain (R25)":     {set: []string{"code_challenge_method", "plain"}, err: "invalid_request", code: "oauth.pkce_method"},
		"prompt":          {set: []string{"prompt", "none login"}, err: "invalid_request", code: "oauth.prompt"},
		"max_age":         {set: []string{"max_age", "x"}, err: "invalid_request", code: "oauth.max_age"},
		"id_token_hint":   {set: []string{"id_token_hint", "marker-x"}, err: "invalid_request", code: "oauth.request_invalid"},
		"request":         {set: []string{"request", "marker-x"}, err: "invalid_request_object", code: "oauth.request_object"},
		"request_uri":     {set: []string{"request_uri", "https://marker-x"}, err: "request_uri_not_supported", code: "oauth.request_uri_not_supported"},
		"registration":    {set: []string{"registration", "{}"}, err: "registration_not_supported", code: "oauth.registration_not_supported"},
		"repeated (R23)":  {more: "&scope=openid", err: "invalid_request", code: "oauth.parameter_repeated"},
		"two states":      {more: "&state=other", err: "invalid_request", code: "oauth.parameter_repeated", noState: true},
		"login needed":    {set: []string{"prompt", "none"}, err: "login_required", code: "oauth.login_required"},
		"unknown, twice":  {more: "&marker-x=1&marker-x=2", err: "invalid_request", code: "oauth.parameter_repeated"},
		"nonce too large": {set: []string{"nonce", strings.Repeat("n", 5000)}, code: "request.too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			before := h.attempts("authorize", test.code)
			to := h.authorizeURL(app, test.set...) + test.more
			answer := h.browse(http.MethodGet, to, nil)
			if h.attempts("authorize", test.code) != before+1 {
				t.Errorf("no attempt %s recorded", test.code)
			}
			if strings.Contains(answer.header.Get("Location")+answer.raw, "marker-x") {
				t.Error("echoed")
			}
			if test.err == "" {
				return // the request could not be read: our own page
			}
			got := located(t, answer)
			if got.Get("error") != test.err || got.Get("error_description") == "" || got.Get("iss") != h.issuer || got.Get("code") != "" {
				t.Errorf("%v", got)
			}
			if (got.Get("state") == "st") == test.noState {
				t.Errorf("state %q", got.Get("state"))
			}
		})
	}
}

// R26, R25, R36: what a code is bound to, one by one.
func TestCodeIsBound_R26(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code refresh_token"})
	other := h.app(application{name: "other", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code"})
	for name, test := range map[string]struct {
		client *registered
		set    map[string]string
		code   string
	}{
		"other client":         {client: other, code: "oauth.code_other_client"},
		"other redirect URI":   {set: map[string]string{"redirect_uri": "https://rp.example/cb2"}, code: "oauth.code_redirect_uri"},
		"no redirect URI":      {set: map[string]string{"redirect_uri": ""}, code: "oauth.code_redirect_uri"},
		"wrong verifier (R25)": {set: map[string]string{"code_verifier": strings.Repeat("x", 43)}, code: "oauth.pkce_mismatch"},
		"short verifier (R25)": {set: map[string]string{"code_verifier": "x"}, code: "oauth.pkce_mismatch"},
		"no verifier (R25)":    {set: map[string]string{"code_verifier": ""}, code: "oauth.pkce_mismatch"},
		"unknown code":         {set: map[string]string{"code": "gtc_" + strings.Repeat("x", 43)}, code: "oauth.code_unknown"},
		"other resource":       {set: map[string]string{"resource": "https://api.example"}, code: "oauth.resource"},
	} {
		t.Run(name, func(t *testing.T) {
			code := h.signedIn(h.authorizeURL(app)).Get("code")
			client := test.client
			if client == nil {
				client = app
			}
			want := "invalid_grant"
			if test.code == "oauth.resource" {
				want = "invalid_target"
			}
			before := h.attempts("token", test.code)
			h.exchange(client, code, test.set).expect(t, 400, want)
			if h.attempts("token", test.code) != before+1 {
				t.Errorf("no attempt %s recorded", test.code)
			}
			h.exchange(app, code, nil).expect(t, 200, "") // nothing was changed
		})
	}
	t.Run("too late", func(t *testing.T) {
		code := h.signedIn(h.authorizeURL(app)).Get("code")
		h.clock.add(61 * time.Second)
		h.exchange(app, code, nil).expect(t, 400, "invalid_grant")
		h.expectAttempt("token", "oauth.code_expired")
	})
	t.Run("signed out meanwhile (R36)", func(t *testing.T) {
		code := h.signedIn(h.authorizeURL(app)).Get("code")
		h.signOut()
		h.exchange(app, code, nil).expect(t, 400, "invalid_grant")
		h.expectAttempt("token", "session.ended")
	})
}

// R26: a code used twice takes everything with it.
func TestCodeReuse_R26(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code refresh_token"})
		code := h.signedIn(h.authorizeURL(app)).Get("code")
		first := h.exchange(app, code, nil)
		first.expect(t, 200, "")
		h.expectActive(app, first.text("access_token"), true)
		h.exchange(app, code, nil).expect(t, 400, "invalid_grant")
		h.expectAttempt("token", "oauth.code_reused")
		h.expectActive(app, first.text("access_token"), false)
		h.refresh(app, first.text("refresh_token")).expect(t, 400, "invalid_grant")
	})
}

// A verifier without a challenge is a downgrade (R25, L18).
func TestUnexpectedVerifier_R25(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "old", method: models.AuthPost, firstParty: true, lax: true, scope: "openid", grants: "authorization_code"})
	code := h.signedIn(h.authorizeURL(app, "code_challenge", "", "code_challenge_method", "")).Get("code")
	h.exchange(app, code, nil).expect(t, 400, "invalid_grant")
	h.expectAttempt("token", "oauth.pkce_unexpected")
	h.exchange(app, code, map[string]string{"code_verifier": ""}).expect(t, 200, "")
}

// R35: rotation, the short grace, and reuse.
func TestRefreshReuse_R35(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "acme")
		app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid email", grants: "authorization_code refresh_token"})
		other := h.app(application{name: "other", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code refresh_token"})
		first := h.exchange(app, h.signedIn(h.authorizeURL(app, "scope", "openid email")).Get("code"), nil).text("refresh_token")
		h.refresh(other, first).expect(t, 400, "invalid_grant")
		h.expectAttempt("token", "oauth.refresh_other_client")
		second := h.refresh(app, first)
		second.expect(t, 200, "")
		if again := h.refresh(app, first); again.text("refresh_token") != second.text("refresh_token") {
			t.Error("the grace gave another successor")
		}
		narrow := h.post("/oauth2/token", app, url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {second.text("refresh_token")}, "scope": {"openid"},
		})
		narrow.expect(t, 200, "")
		if narrow.text("scope") != "openid" {
			t.Errorf("scope %q", narrow.text("scope"))
		}
		h.post("/oauth2/token", app, url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {narrow.text("refresh_token")}, "scope": {"openid phone"},
		}).expect(t, 400, "invalid_scope")
		h.clock.add(11 * time.Second)
		h.refresh(app, first).expect(t, 400, "invalid_grant")
		h.expectAttempt("token", "oauth.refresh_reused")
		h.refresh(app, narrow.text("refresh_token")).expect(t, 400, "invalid_grant")
		h.expectActive(app, narrow.text("access_token"), false)
	})
}

// R36: every grant asks anew.
func TestEveryGrantAsksAnew_R36(t *testing.T) {
	for name, change := range map[string]func(*house, *registered){
		"user disabled":       func(h *house, _ *registered) { h.disableUser() },
		"application":         func(h *house, a *registered) { h.disableApp(a) },
		"tenant suspended":    func(h *house, _ *registered) { h.row.Status = models.TenantSuspended },
		"session signed out":  func(h *house, _ *registered) { h.signOut() },
		"scope taken away":    func(h *house, a *registered) { h.changeScope(a, "openid") },
		"consent taken away":  func(h *house, a *registered) { h.revokeConsent(a) },
		"grant no longer his": func(h *house, a *registered) { h.changeGrants(a, "authorization_code") },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, storetest.SQLite(t), "acme")
			app := h.app(application{name: "portal", method: models.AuthBasic, scope: "openid email", grants: "authorization_code refresh_token"})
			asked := h.consent(h.authorizeURL(app, "scope", "openid email"))
			token := h.exchange(app, h.decide(asked, "allow").Get("code"), nil)
			token.expect(t, 200, "")
			change(h, app)
			h.clock.add(2 * time.Second) // the caches' life
			if got := h.refresh(app, token.text("refresh_token")); got.status == 200 {
				t.Error("refreshed")
			}
		})
	}
}

// R37: one registered method; 401, with a challenge only where Basic was tried.
func TestClientAuthentication_R37(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid read", grants: "client_credentials"})
	body := func(more ...string) url.Values {
		v := url.Values{"grant_type": {"client_credentials"}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	for name, test := range map[string]struct {
		basic  [2]string
		body   url.Values
		raw    string
		status int
		err    string
		code   string
	}{
		"right":          {basic: [2]string{"portal", app.secret}, body: body(), status: 200},
		"wrong secret":   {basic: [2]string{"portal", "wrong"}, body: body(), status: 401, err: "invalid_client", code: "oauth.client_auth"},
		"unknown":        {basic: [2]string{"nobody", "x"}, body: body(), status: 401, err: "invalid_client", code: "oauth.client_unknown"},
		"other method":   {body: body("client_id", "portal", "client_secret", app.secret), status: 401, err: "invalid_client", code: "oauth.client_auth_method"},
		"name alone":     {body: body("client_id", "portal"), status: 401, err: "invalid_client", code: "oauth.client_auth_method"},
		"nothing":        {body: body(), status: 401, err: "invalid_client", code: "oauth.client_auth"},
		"two methods":    {basic: [2]string{"portal", app.secret}, body: body("client_secret", app.secret), status: 400, err: "invalid_request", code: "oauth.request_invalid"},
		"repeated (R23)": {basic: [2]string{"portal", app.secret}, raw: "grant_type=client_credentials&grant_type=client_credentials", status: 400, err: "invalid_request", code: "oauth.parameter_repeated"},
		"malformed":      {basic: [2]string{"portal", app.secret}, raw: "grant_type=%zz", status: 400, err: "invalid_request", code: "request.malformed"},
		"no grant":       {basic: [2]string{"portal", app.secret}, body: url.Values{}, status: 400, err: "invalid_request", code: "oauth.request_invalid"},
		"unknown grant":  {basic: [2]string{"portal", app.secret}, body: url.Values{"grant_type": {"magic"}}, status: 400, err: "unsupported_grant_type", code: "oauth.grant_type"},
		"foreign grant":  {basic: [2]string{"portal", app.secret}, body: url.Values{"grant_type": {"refresh_token"}}, status: 400, err: "unauthorized_client", code: "oauth.grant_not_allowed"},
		"user's scope":   {basic: [2]string{"portal", app.secret}, body: body("scope", "openid"), status: 400, err: "invalid_scope", code: "oauth.scope"},
		"foreign scope":  {basic: [2]string{"portal", app.secret}, body: body("scope", "write"), status: 400, err: "invalid_scope", code: "oauth.scope"},
		"resource":       {basic: [2]string{"portal", app.secret}, body: body("resource", "https://x.example"), status: 400, err: "invalid_target", code: "oauth.resource"},
		"details":        {basic: [2]string{"portal", app.secret}, body: body("authorization_details", "[]"), status: 400, err: "invalid_authorization_details", code: "oauth.authorization_details"},
		"no API client":  {basic: [2]string{"portal", app.secret}, body: body("resource", h.issuer+"/api/v1"), status: 400, err: "invalid_target", code: "oauth.resource"},
	} {
		t.Run(name, func(t *testing.T) {
			before := h.attempts("token", test.code)
			raw := test.raw
			if raw == "" {
				raw = test.body.Encode()
			}
			got := h.send("/oauth2/token", test.basic, raw)
			got.expect(t, test.status, test.err)
			if challenged := got.header.Get("WWW-Authenticate") != ""; challenged != (test.status == 401 && test.basic[0] != "") {
				t.Errorf("WWW-Authenticate: %v", challenged)
			}
			if test.code != "" && h.attempts("token", test.code) != before+1 {
				t.Errorf("no attempt %s recorded", test.code)
			}
		})
	}
}

// R34, R32: an application's own token.
func TestClientCredentials_R34(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "job", kind: models.TypeService, method: models.AuthPost, scope: "openid read write", grants: "client_credentials"})
	got := h.post("/oauth2/token", app, url.Values{"grant_type": {"client_credentials"}})
	got.expect(t, 200, "")
	claims := payload(t, got.text("access_token"))
	if claims["sub"] != "client:job" || claims["client_id"] != "job" || claims["scope"] != "read write" || claims["jti"] == "" || claims["aud"] == "job" {
		t.Errorf("claims %v", claims)
	}
	if got.text("refresh_token")+got.text("id_token") != "" {
		t.Errorf("more than asked: %v", got.body)
	}
	// It names no user, so it is no key to userinfo (R33).
	h.userinfo(got.text("access_token")).expect(t, 403, "insufficient_scope")
}

// RFC 6750: one token, in the header or the body, never in the query.
func TestUserInfoProof(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid email", grants: "authorization_code"})
	token := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil)
	token.expect(t, 200, "")
	access := token.text("access_token")
	h.userinfo(access).expect(t, 200, "")
	h.send("/oauth2/userinfo", [2]string{}, "access_token="+access).expect(t, 200, "")
	h.userinfo(token.text("id_token")).expect(t, 401, "invalid_token") // R33
	h.userinfo(access[:len(access)-4]).expect(t, 401, "invalid_token")
	answer := h.browse(http.MethodGet, h.issuer+"/oauth2/userinfo?access_token="+access, nil)
	if answer.status != 401 || strings.Contains(answer.raw, "sub") || answer.header.Get("WWW-Authenticate") == "" {
		t.Errorf("in the query: %d %s", answer.status, answer.raw)
	}
	h.disableUser()
	h.userinfo(access).expect(t, 401, "invalid_token")
}

// R42: whose token it is not learns nothing.
func TestIntrospectionIsForTheOwner_R42(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "portal", method: models.AuthBasic, firstParty: true, scope: "openid", grants: "authorization_code refresh_token"})
	other := h.app(application{name: "other", method: models.AuthBasic, scope: "openid", grants: "authorization_code"})
	public := h.app(application{name: "spa", method: models.AuthNone, scope: "openid", grants: "authorization_code"})
	token := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil)
	for _, text := range []string{token.text("access_token"), token.text("refresh_token"), token.text("id_token"), "nonsense"} {
		if got := h.post("/oauth2/introspect", other, url.Values{"token": {text}}); strings.TrimSpace(got.raw) != `{"active":false}` {
			t.Errorf("another client learns %s", got.raw)
		}
		h.post("/oauth2/revoke", other, url.Values{"token": {text}}).expect(t, 200, "")
	}
	h.expectActive(app, token.text("access_token"), true)
	h.expectActive(app, token.text("refresh_token"), true)
	h.expectActive(app, token.text("id_token"), false)
	h.post("/oauth2/introspect", public, url.Values{"token": {"x"}}).expect(t, 401, "invalid_client")
	h.post("/oauth2/introspect", app, url.Values{}).expect(t, 400, "invalid_request")
	h.send("/oauth2/introspect", [2]string{}, "token=x").expect(t, 401, "invalid_client")
}

// R66: with its tenant a token is over that no session and no family stands
// behind.
func TestIntrospectionOfASuspendedTenant_R66(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "jobs", method: models.AuthBasic, scope: "reports", grants: "client_credentials"})
	token := h.post("/oauth2/token", app, url.Values{"grant_type": {"client_credentials"}}).text("access_token")
	h.expectActive(app, token, true)
	h.row.Status = models.TenantSuspended
	h.expectActive(app, token, false)
}

// R84: one address fills no disk with refusals, and keeps nobody else's from
// being recorded. The answers stay what they are.
func TestRefusalsOfOneAddressAreBounded_R84(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	h.provider.Refusals = audit.NewGate(h.clock.Now, slog.New(slog.DiscardHandler))
	refuse := func(ip string) *oidc.Refusal {
		ctx := caller.With(t.Context(), caller.Info{IP: ip})
		return h.provider.Authorize(ctx, h.at(), oidc.Params{Values: strict.ValuesOf(map[string]string{"client_id": "nobody"})}, oidc.Browser{ID: "b"}).Refusal
	}
	kept := 0
	for range 700 {
		r := refuse("203.0.113.9")
		if r == nil || r.Code != reason.OAuthClientUnknown {
			t.Fatalf("%+v", r)
		}
		if r.Reference != "" {
			kept++
		}
	}
	if kept < 600 || kept > 610 {
		t.Errorf("%d refusals were recorded", kept)
	}
	if refuse("198.51.100.1").Reference == "" {
		t.Error("another address's refusal was not recorded")
	}
	h.clock.add(time.Hour)
	if refuse("203.0.113.9").Reference == "" {
		t.Error("an hour later it is not recorded yet")
	}
}

// R45: without proof our own page asks; a foreign URI is refused.
func TestLogout_R45(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	token := h.exchange(app, h.signedIn(h.authorizeURL(app)).Get("code"), nil)
	logout := func(set ...string) string {
		v := url.Values{}
		for i := 0; i < len(set); i += 2 {
			v.Set(set[i], set[i+1])
		}
		answer := h.browse(http.MethodGet, h.issuer+"/oauth2/logout?"+v.Encode(), nil)
		return answer.header.Get("Location")
	}
	if to := logout("post_logout_redirect_uri", "https://evil.example/"); !strings.HasPrefix(to, h.issuer+"/sign-out?") {
		t.Error("redirected without a client", to)
	}
	if logout("id_token_hint", token.text("id_token"), "post_logout_redirect_uri", "https://rp.example/bye?x") != "" {
		t.Error("redirected to a foreign URI")
	}
	h.expectAttempt("authorize", "oauth.logout_uri")
	forged := logout("client_id", "spa", "id_token_hint", "forged", "post_logout_redirect_uri", "https://rp.example/bye")
	h.expectAttempt("authorize", "oauth.logout_hint")
	forgedID := strings.TrimPrefix(forged, h.issuer+"/sign-out?logoutId=")
	if view, err := h.provider.SignOutView(t.Context(), h.at(), forgedID, h.ownBrowser()); err != nil || len(view.FormTargets) != 0 {
		t.Errorf("a forged hint leads away: %q %+v, %v", forged, view, err)
	}
	if to := logout("id_token_hint", token.text("access_token")); !strings.HasPrefix(to, h.issuer+"/sign-out?") {
		t.Error("an access token was a hint", to)
	}
	asked := logout("client_id", "spa", "post_logout_redirect_uri", "https://rp.example/bye", "state", "s")
	id, found := strings.CutPrefix(asked, h.issuer+"/sign-out?logoutId=")
	if !found {
		t.Fatalf("not asked: %q", asked)
	}
	view, err := h.provider.SignOutView(t.Context(), h.at(), id, h.ownBrowser())
	if err != nil || len(view.Accounts) != 1 || view.Accounts[0].Name != "Ada Lovelace" || view.ApplicationName != "spa" || !slices.Equal(view.FormTargets, []string{"https://rp.example"}) {
		t.Errorf("%+v, %v", view, err)
	}
	if _, err := h.provider.SignOutView(t.Context(), h.at(), id, oidc.Browser{ID: "another"}); err == nil {
		t.Error("another browser may see it (R4)")
	}
	answer := h.browse(http.MethodPost, h.issuer+"/sign-out", url.Values{"logoutId": {id}})
	if got := answer.header.Get("Location"); got != "https://rp.example/bye?state=s" {
		t.Errorf("after yes: %q", got)
	}
	if h.response(h.authorizeURL(app, "prompt", "none")).Get("error") != "login_required" {
		t.Error("still signed in")
	}
}

// R4, R30: an authId is for its browser, its tenant and its time.
func TestAuthIDIsBound_R30(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t), "acme")
	app := h.app(application{name: "spa", method: models.AuthNone, firstParty: true, scope: "openid", grants: "authorization_code"})
	authID := h.begun(h.authorizeURL(app))
	refusal := func(at oidc.Tenant, id string, b oidc.Browser) string {
		a := h.provider.Resume(t.Context(), at, id, b)
		if a.Refusal == nil {
			return ""
		}
		return string(a.Refusal.Code)
	}
	foreign := h.at()
	foreign.Store = storetest.Tenant(t, h.db, "foreign")
	if got := refusal(foreign, authID, h.ownBrowser()); got != "journey.expired" {
		t.Errorf("in another tenant: %s", got)
	}
	if got := refusal(h.at(), authID, oidc.Browser{ID: "another"}); got != "journey.other_browser" {
		t.Errorf("in another browser: %s", got)
	}
	if got := refusal(h.at(), authID[:len(authID)-2], h.ownBrowser()); got != "journey.expired" {
		t.Errorf("cut: %s", got)
	}
	h.disableApp(app)
	h.clock.add(2 * time.Second)
	if got := refusal(h.at(), authID, h.ownBrowser()); got != "oauth.client_disabled" {
		t.Errorf("with a disabled application (R36): %s", got)
	}
	h.clock.add(time.Hour)
	if got := refusal(h.at(), authID, h.ownBrowser()); got != "journey.expired" {
		t.Errorf("an hour later: %s", got)
	}
}

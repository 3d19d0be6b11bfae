package protocol_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

const pkce = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"

func request(more string) string {
	return "client_id=spa&redirect_uri=" + url.QueryEscape(origin+"/cb") + "&response_type=code&scope=openid&state=st" + pkce + more
}

// R47: the documents come from the configured issuer, at every place where
// clients look for them.
func TestMetadata_R47(t *testing.T) {
	h := build(t)
	issuer := h.url + "/t/acme"
	for _, path := range []string{
		"/t/acme/.well-known/openid-configuration", "/t/acme/.well-known/oauth-authorization-server",
		"/.well-known/oauth-authorization-server/t/acme",
	} {
		a := h.send("GET", path, "", "Host", "evil.example")
		m := a.json(t)
		if a.status != 200 || m["issuer"] != issuer || m["token_endpoint"] != issuer+"/oauth2/token" ||
			!strings.Contains(a.body, `"authorization_response_iss_parameter_supported":true`) ||
			!strings.Contains(a.body, `"request_uri_parameter_supported":true`) || m["pushed_authorization_request_endpoint"] != issuer+"/oauth2/par" {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if !strings.Contains(a.header.Get("Cache-Control"), "max-age") || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", path, a.header)
		}
	}
	if m := h.send("GET", "/.well-known/openid-configuration", "").json(t); m["issuer"] != h.url {
		t.Errorf("the default tenant's issuer is %v", m["issuer"])
	}
	if a := h.send("GET", "/.well-known/oauth-authorization-server/t/nobody", ""); a.status != 404 {
		t.Errorf("an unknown tenant: %d", a.status)
	}
	if a := h.send("GET", "/t/acme/oauth2/jwks", ""); a.status != 200 || strings.Contains(a.body, `"d":`) || !strings.Contains(a.body, `"kid"`) {
		t.Errorf("JWKS: %d %s", a.status, a.body)
	}
}

// RFC 6749 §2.3, RFC 6750 §2: nobody proves himself twice in one request, in
// whatever order and by whatever schemes.
func TestAuthorizationComesOnce_R41(t *testing.T) {
	h := build(t)
	const good = "Basic am9iOmErc2VjcmV0K29mK3RoZStqb2I="
	for _, twice := range [][]string{{good, good}, {good, "Basic am9iOndyb25n"}, {"Basic am9iOndyb25n", good}, {good, "Bearer x"}, {"DPoP x", "Bearer x"}} {
		for _, path := range []string{"token", "par", "introspect", "revoke", "userinfo"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/t/acme/oauth2/"+path, strings.NewReader("grant_type=client_credentials&token=x"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header["Authorization"] = twice
			res, err := h.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err != nil || res.StatusCode != 400 || !strings.Contains(string(body), `"error":"invalid_request"`) || strings.Contains(string(body), "access_token") {
				t.Errorf("%s with %q: %d %s %v", path, twice, res.StatusCode, body, err)
			}
		}
	}
}

// RFC 6749 §5.1 and §5.2: headers of the token endpoint.
func TestTokenHeaders(t *testing.T) {
	h := build(t)
	good := h.send("POST", "/t/acme/oauth2/token", "grant_type=client_credentials", "Authorization", "Basic am9iOmErc2VjcmV0K29mK3RoZStqb2I=")
	bad := h.send("POST", "/t/acme/oauth2/token", "grant_type=client_credentials", "Authorization", "Basic am9iOndyb25n")
	if good.status != 200 || bad.status != 401 || bad.json(t)["error"] != "invalid_client" {
		t.Errorf("%d %s, %d %s", good.status, good.body, bad.status, bad.body)
	}
	for _, a := range []answer{good, bad} {
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", a.header)
		}
	}
	if good.header.Get("WWW-Authenticate") != "" || !strings.HasPrefix(bad.header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("challenges %q, %q", good.header.Get("WWW-Authenticate"), bad.header.Get("WWW-Authenticate"))
	}
	if a := h.send("GET", "/t/acme/oauth2/token?grant_type=client_credentials", ""); a.status == 200 {
		t.Error("GET gives tokens")
	}
	// R37: what stands in the query is never read.
	if a := h.send("POST", "/t/acme/oauth2/token?client_id=job&client_secret=a+secret+of+the+job", "grant_type=client_credentials"); a.status != 401 {
		t.Errorf("a secret in the query: %d %s", a.status, a.body)
	}
	if a := h.send("POST", "/t/acme/oauth2/token", `{}`, "Content-Type", "application/json"); a.status != 400 || a.json(t)["error"] != "invalid_request" {
		t.Errorf("JSON: %d %s", a.status, a.body)
	}
}

// RFC 9110 §15.5.6: what an endpoint does not take is refused by name, and
// codes and tokens in a query reach nothing (RFC 6749 §3.2).
func TestMethods(t *testing.T) {
	h := build(t)
	for _, c := range []struct{ method, path, allow string }{
		{"GET", "/t/acme/oauth2/token?grant_type=client_credentials", "POST"},
		{"PUT", "/t/acme/oauth2/token", "POST"},
		{"GET", "/t/acme/oauth2/revoke?token=x", "POST"},
		{"GET", "/t/acme/oauth2/introspect?token=x", "POST"},
		{"GET", "/t/acme/oauth2/par", "POST"},
		{"DELETE", "/t/acme/oauth2/authorize", "GET"},
		{"POST", "/t/acme/oauth2/jwks", "GET"},
		{"POST", "/t/acme/.well-known/openid-configuration", "GET"},
		{"HEAD", "/t/acme/oauth2/auth/callback", "GET"},
	} {
		a := h.send(c.method, c.path, "")
		if a.status != 405 || !strings.Contains(a.header.Get("Allow"), c.allow) || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: %d, allowed %q", c.method, c.path, a.status, a.header.Get("Allow"))
		}
	}
	if a := h.send("HEAD", "/t/acme/.well-known/openid-configuration", ""); a.status != 200 || a.body != "" {
		t.Errorf("HEAD of the metadata: %d", a.status)
	}
}

// R48: scripts may read answers where the application registered their origin.
func TestCORS_R48(t *testing.T) {
	h := build(t)
	for _, path := range []string{
		"/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke", "/oauth2/par", "/oauth2/jwks", "/.well-known/openid-configuration",
	} {
		for from, allowed := range map[string]bool{origin: true, "https://other.example": true, "https://evil.example": false, "null": false, "http://spa.example": false} {
			a := h.send("OPTIONS", "/t/acme"+path, "", "Origin", from, "Access-Control-Request-Method", "POST")
			got := a.header.Get("Access-Control-Allow-Origin")
			if (got == from) != allowed || !allowed && got != "" || a.header.Get("Access-Control-Allow-Credentials") != "" || a.status != 204 {
				t.Errorf("%s from %s: %d %v", path, from, a.status, a.header)
			}
			if !strings.Contains(a.header.Get("Vary"), "Origin") {
				t.Errorf("%s may be mixed up by caches", path)
			}
		}
	}
	revoke := func(from string) string {
		return h.send("POST", "/t/acme/oauth2/revoke", "client_id=spa&token=x", "Origin", from).header.Get("Access-Control-Allow-Origin")
	}
	if revoke(origin) != origin || revoke("https://other.example") != "" {
		t.Error("another application's origin reads this one's answers")
	}
	// RFC 9449 §8: scripts send proofs and learn nonces.
	if a := h.send("OPTIONS", "/t/acme/oauth2/token", "", "Origin", origin); !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "DPoP") {
		t.Errorf("%v", a.header)
	}
	if a := h.send("POST", "/t/acme/oauth2/token", "client_id=spa", "Origin", origin); !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "DPoP-Nonce") {
		t.Errorf("%v", a.header)
	}
	if a := h.send("OPTIONS", "/t/acme/oauth2/introspect", "", "Origin", origin); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("introspection is for servers")
	}
	if a := h.send("GET", "/.well-known/openid-configuration", "", "Origin", origin); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("another tenant's origin")
	}
}

// R22, R23, R27, R28: what the browser gets.
func TestAuthorize_R22(t *testing.T) {
	h := build(t)
	for name, test := range map[string]struct{ method, query, body, want string }{
		"sign in":         {"GET", request(""), "", h.url + "/t/acme/sign-in?applicationId="},
		"sign in by POST": {"POST", "", request(""), h.url + "/t/acme/sign-in?applicationId="},
		"repeated":        {"GET", request("&scope=openid"), "", origin + "/cb?error=invalid_request&"},
		"repeated, POST":  {"POST", "", request("&scope=openid"), origin + "/cb?error=invalid_request&"},
		"silent":          {"GET", request("&prompt=none"), "", origin + "/cb?error=login_required&"},
	} {
		a := h.send(test.method, "/t/acme/oauth2/authorize?"+test.query, test.body)
		if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), test.want) {
			t.Errorf("%s: %d %q", name, a.status, a.header.Get("Location"))
		}
		if strings.HasPrefix(test.want, origin) && !strings.HasSuffix(a.header.Get("Location"), "&state=st&iss="+url.QueryEscape(h.url+"/t/acme")) {
			t.Errorf("%s: %q", name, a.header.Get("Location"))
		}
		if a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept", name)
		}
	}
	for name, query := range map[string]string{
		"repeated client":      request("&client_id=spa"),
		"foreign redirect URI": strings.Replace(request(""), "spa.example", "evil.example", 1),
		"malformed":            request("&x=%zz"),
	} {
		a := h.send("GET", "/t/acme/oauth2/authorize?"+query, "")
		if a.status != 400 || a.header.Get("Location") != "" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %q %s", name, a.status, a.header.Get("Location"), a.header.Get("Content-Type"))
		}
	}
}

// R29, R110: the page that posts itself runs no foreign script, may be kept by
// nobody and leads to the application alone.
func TestFormPostPage_R29(t *testing.T) {
	h := build(t)
	h.signIn()
	a := h.send("GET", "/t/acme/oauth2/authorize?"+request("&response_mode=form_post"), "")
	if a.status != 200 || !strings.Contains(a.body, `action="`+origin+`/cb"`) || !strings.Contains(a.body, `name="code"`) {
		t.Fatalf("%d %s", a.status, a.body)
	}
	policy := a.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action 'self' "+origin) || strings.Contains(policy, "unsafe") || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", a.header)
	}
	for display, want := range map[string]string{"page": "same-origin", "popup": "unsafe-none"} { // R110
		a := h.send("GET", "/t/acme/oauth2/authorize?"+request("&response_mode=form_post&display="+display), "")
		if got := a.header.Get("Cross-Origin-Opener-Policy"); a.status != 200 || got != want {
			t.Errorf("%s: %d %s", display, a.status, got)
		}
	}
}

// The code by redirect, and signing out forgets the cookie (R45, R65).
func TestSignOutForgetsTheCookie_R65(t *testing.T) {
	h := build(t)
	h.signIn()
	a := h.send("GET", "/t/acme/oauth2/authorize?"+request(""), "")
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusSeeOther || to.Query().Get("code") == "" {
		t.Fatalf("%d %q", a.status, a.header.Get("Location"))
	}
	got := h.send("POST", "/t/acme/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"spa"}, "code": {to.Query().Get("code")}, "redirect_uri": {origin + "/cb"},
		"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	}.Encode(), "Origin", origin)
	if got.status != 200 || got.header.Get("Access-Control-Allow-Origin") != origin {
		t.Fatalf("%d %s", got.status, got.body)
	}
	token, _ := got.json(t)["id_token"].(string)
	bye := h.send("POST", "/t/acme/oauth2/logout", "id_token_hint="+token)
	if bye.header.Get("Location") != h.url+"/t/acme/signed-out" || !strings.Contains(strings.Join(bye.header.Values("Set-Cookie"), "\n"), "gatehouse_session_acme=") {
		t.Errorf("%d %v", bye.status, bye.header)
	}
	if again := h.send("GET", "/t/acme/oauth2/authorize?"+request("&prompt=none"), ""); !strings.Contains(again.header.Get("Location"), "error=login_required") {
		t.Errorf("still signed in: %q", again.header.Get("Location"))
	}
}

// OpenID Connect Core §3.1.2.1: another site may post a request. Browsers keep
// the session back then, and bring it along one step later.
func TestAuthorizeByForeignPost(t *testing.T) {
	h := build(t)
	h.signIn()
	ours := h.client.Jar
	empty, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.client.Jar = empty
	a := h.send("POST", "/t/acme/oauth2/authorize", request(""), "Sec-Fetch-Site", "cross-site", "Origin", "https://spa.example")
	next := strings.TrimPrefix(a.header.Get("Location"), h.url)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(next, "/t/acme/oauth2/auth/callback?posted=") {
		t.Fatalf("%d %q", a.status, a.header.Get("Location"))
	}
	at, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	empty.SetCookies(at, ours.Cookies(at))
	if a = h.send("GET", next, ""); !strings.HasPrefix(a.header.Get("Location"), origin+"/cb?code=") {
		t.Errorf("%d %q", a.status, a.header.Get("Location"))
	}
}

// R30: a browser that kept its cookie back because another site posted is given no
// other one, which would end what it began in other tabs; what is posted goes on
// with the cookie that it has.
func TestForeignPostsLeaveTheCookie_R30(t *testing.T) {
	h := build(t)
	first := h.send("GET", "/t/acme/oauth2/authorize?"+request(""), "") // a tab that waits at the sign-in page
	tab := strings.TrimPrefix(first.header.Get("Location"), h.url)
	ours := h.client.Jar
	for name, by := range map[string][]string{
		"by Sec-Fetch-Site": {"Sec-Fetch-Site", "cross-site", "Origin", "https://spa.example"}, "by Origin": {"Origin", "https://spa.example"}, "hidden": {"Origin", "null"},
	} {
		for what, post := range map[string][2]string{
			"a request": {"/t/acme/oauth2/authorize", request("")}, "a refusal": {"/t/acme/oauth2/authorize", request("&prompt=x")},
			"our error page": {"/t/acme/oauth2/authorize", "client_id=nobody"}, "a logout": {"/t/acme/oauth2/logout", "client_id=spa"},
			"a refused logout": {"/t/acme/oauth2/logout", "client_id=nobody"},
		} {
			h.client.Jar = nil
			posted := h.send("POST", post[0], post[1], by...)
			if set := posted.header.Values("Set-Cookie"); len(set) > 0 {
				t.Errorf("%s %s: %d, sets %v", what, name, posted.status, set)
			}
			h.client.Jar = ours
			next := posted.header.Get("Location")
			if !strings.Contains(next, "/callback?posted=") {
				continue
			}
			got := h.send("GET", strings.TrimPrefix(next, h.url), "")
			if set := strings.Join(got.header.Values("Set-Cookie"), " "); got.status != http.StatusSeeOther || strings.Contains(set, "browser") {
				t.Errorf("%s %s leads to %d %s", what, name, got.status, set)
			}
		}
	}
	if got := h.send("GET", tab, ""); got.status != http.StatusOK {
		t.Errorf("the other tab: %d", got.status)
	}
	again := h.send("GET", "/t/acme/oauth2/auth/callback?posted=x", "")
	if again.status != http.StatusBadRequest {
		t.Errorf("nobody's post: %d", again.status)
	}
}

// RFC 9126 §2.2: the answer, and the way through the browser.
func TestPushedRequest_R39(t *testing.T) {
	h := build(t)
	h.signIn()
	a := h.send("POST", "/t/acme/oauth2/par", request(""), "Origin", origin)
	if a.status != http.StatusCreated || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Access-Control-Allow-Origin") != origin {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	uri, _ := a.json(t)["request_uri"].(string)
	a = h.send("GET", "/t/acme/oauth2/authorize?client_id=spa&request_uri="+url.QueryEscape(uri), "")
	if !strings.HasPrefix(a.header.Get("Location"), origin+"/cb?code=") {
		t.Errorf("%d %q", a.status, a.header.Get("Location"))
	}
}

// A request that is judged again leads on in the language that was chosen in it.
func TestChosenLanguageGoesAlong(t *testing.T) {
	h := build(t)
	first := h.send("GET", "/t/acme/oauth2/authorize?client_id=spa&response_type=code&scope=openid&state=s&ui_locales=de"+
		"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeGt1URTh5I8tdTt2o1g&code_challenge_method=S256&redirect_uri="+origin+"/cb", "")
	at, err := url.Parse(first.header.Get("Location"))
	if err != nil || at.Query().Get("authId") == "" {
		t.Fatalf("%d %v", first.status, first.header)
	}
	again := "/t/acme/oauth2/auth/callback?authId=" + at.Query().Get("authId")
	for chosen, want := range map[string]string{"": "", "ar": "ar", "xx": "", "ar%26x=y": ""} {
		next, err := url.Parse(h.send("GET", again+"&ui_locales="+chosen, "").header.Get("Location"))
		if err != nil || next.Path != "/t/acme/sign-in" || next.Query().Get("ui_locales") != want || next.Query().Has("x") {
			t.Errorf("%q leads to %s: %v", chosen, next, err)
		}
	}
}

// R46: no endpoint before the tenant opens it, and JSON alone.
func TestRegistration_R46(t *testing.T) {
	h := build(t)
	body := `{"redirect_uris":["https://rp.example/cb"]}`
	if a := h.send("POST", "/t/acme/oauth2/register", body, "Content-Type", "application/json"); a.status != 404 {
		t.Errorf("off: %d %s", a.status, a.body)
	}
	h.openRegistration()
	if a := h.send("POST", "/t/acme/oauth2/register", body, "Content-Type", "text/plain"); a.status != 400 || a.json(t)["error"] != "invalid_client_metadata" {
		t.Errorf("%d %s", a.status, a.body)
	}
	a := h.send("POST", "/t/acme/oauth2/register", body, "Content-Type", "application/json", "Origin", origin)
	if a.status != http.StatusCreated || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	m := a.json(t)
	at, _ := m["registration_client_uri"].(string)
	token, _ := m["registration_access_token"].(string)
	for _, method := range []string{"GET", "DELETE"} {
		path, ok := strings.CutPrefix(at, h.url)
		if a := h.send(method, path, ""); !ok || a.status != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%s %s: %d %v", method, path, a.status, a.header)
		}
		if a := h.send(method, path, "", "Authorization", "Bearer "+token); a.status/100 != 2 {
			t.Errorf("%s %s: %d %s", method, path, a.status, a.body)
		}
	}
}

// Package malformed sends the server what it must refuse, and looks at the
// answer, at what changed, and at the record that is left.
package malformed

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/e2e/harness"
)

// world is a running server with Acme in it.
type world struct {
	server *harness.Server
	rp     *harness.RelyingParty
}

// auditor reads what the refusals leave behind.
const auditor = `
kind: APIClient
tenant: acme
name: auditor
spec: {client_secret: ` + auditorSecret + `, permissions: ["attempts:read", "users:read", "users:write"]}
`

const auditorSecret = "auditor-secret-0123456789abcdefghijkl"

// leaves looks for an attempt with each of the reasons.
func (w *world) leaves(t *testing.T, reasons ...string) {
	t.Helper()
	for _, why := range reasons {
		status, _, body := w.send(t, request{
			method: "GET", path: "/t/acme/api/v1/attempts?reason=" + why, header: map[string]string{"Authorization": basic("auditor", auditorSecret)},
		})
		if status != http.StatusOK || !strings.Contains(string(body), `"reference"`) {
			t.Errorf("no attempt tells of %s: %d %s", why, status, body)
		}
	}
}

func start(t *testing.T, d *harness.Deployment) *world {
	t.Helper()
	rp := harness.NewRelyingParty(t)
	d.Acme(t, rp.URL)
	d.Apply(t, auditor)
	server := d.Serve(t)
	rp.Configure(server.Base(), harness.PortalID, harness.PortalSecret, "offline_access")
	return &world{server, rp}
}

// request is something malformed and what must come of it.
type request struct {
	name         string
	method, path string
	body         string
	header       map[string]string
	status       int
	oauth        string // error of an OAuth answer
}

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

func TestMalformedRequestsAreRefused(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		w := start(t, d)
		redirect := url.QueryEscape(w.rp.URL + "/callback")
		pkce := "&code_challenge=" + oauth2.S256ChallengeFromVerifier(oauth2.GenerateVerifier()) + "&code_challenge_method=S256"
		for _, r := range []request{
			{name: "bad JSON", method: "POST", path: "/t/acme/api/v1/users", body: `{"username": `, header: map[string]string{"Content-Type": jsonType}, status: 401},
			{name: "huge body (R104)", method: "POST", path: "/t/acme/oauth2/token", body: "grant_type=" + strings.Repeat("a", 3<<19), header: map[string]string{"Content-Type": formType}, status: 413},
			{name: "compressed body (R104)", method: "POST", path: "/t/acme/oauth2/token", body: "x", header: map[string]string{"Content-Type": formType, "Content-Encoding": "gzip"}, status: 415},
			{name: "unknown tenant", method: "GET", path: "/t/nowhere/.well-known/openid-configuration", status: 404},
			{name: "unknown client: our own page, no redirect (R22)", method: "GET", path: "/t/acme/oauth2/authorize?response_type=code&client_id=nobody&redirect_uri=" + redirect + pkce, status: 400},
			{name: "foreign redirect_uri: our own page, no redirect (R20, R22)", method: "GET", path: "/t/acme/oauth2/authorize?response_type=code&client_id=portal&redirect_uri=https%3A%2F%2Fevil.example%2Fcallback" + pkce, status: 400},
			{name: "repeated redirect_uri (R22, R23)", method: "GET", path: "/t/acme/oauth2/authorize?response_type=code&client_id=portal&redirect_uri=" + redirect + "&redirect_uri=" + redirect + pkce, status: 400},
			{name: "repeated parameter at the token endpoint (R23)", method: "POST", path: "/t/acme/oauth2/token", body: "grant_type=client_credentials&scope=reports&scope=reports&client_id=robot&client_secret=" + harness.MachineSecret, header: map[string]string{"Content-Type": formType}, status: 400, oauth: "invalid_request"},
			{name: "wrong media type", method: "POST", path: "/t/acme/oauth2/token", body: `{"grant_type":"client_credentials"}`, header: map[string]string{"Content-Type": jsonType}, status: 400, oauth: "invalid_request"},
			{name: "wrong secret (R37)", method: "POST", path: "/t/acme/oauth2/token", body: "grant_type=client_credentials", header: map[string]string{"Content-Type": formType, "Authorization": "Basic cm9ib3Q6d3Jvbmc="}, status: 401, oauth: "invalid_client"},
			{name: "secret in the query (R37)", method: "POST", path: "/t/acme/oauth2/token?client_id=robot&client_secret=" + harness.MachineSecret, body: "grant_type=client_credentials", header: map[string]string{"Content-Type": formType}, status: 401, oauth: "invalid_client"},
			{name: "unknown grant type", method: "POST", path: "/t/acme/oauth2/token", body: "grant_type=magic&client_id=portal&client_secret=x", header: map[string]string{"Content-Type": formType}, status: 401, oauth: "invalid_client"},
			{name: "no such path", method: "GET", path: "/t/acme/nothing", status: 404},
			{name: "dot segments (L82)", method: "GET", path: "/t/acme/%2e%2e/console", status: 400},
			{name: "cross-site post (R113)", method: "POST", path: "/t/acme/sign-in", body: "username=ada", header: map[string]string{"Content-Type": formType, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, status: 403},
		} {
			t.Run(r.name, func(t *testing.T) { w.refuses(t, r) })
		}
		w.leaves(t, "oauth.client_unknown", "oauth.redirect_uri", "oauth.parameter_repeated", "oauth.client_auth")
		t.Run("bad JSON from a client (R102)", w.badJSON)
	})
}

func (w *world) refuses(t *testing.T, r request) {
	t.Helper()
	status, header, body := w.send(t, r)
	if status != r.status {
		t.Errorf("want %d, got %d\n%s", r.status, status, body)
	}
	if header.Get("Location") != "" {
		t.Errorf("it redirects to %s", header.Get("Location"))
	}
	if r.oauth == "" {
		return
	}
	var answer struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Error != r.oauth {
		t.Errorf("want %s, got %s", r.oauth, body)
	}
}

func (w *world) send(t *testing.T, r request) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), r.method, w.server.URL+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

func TestTokensWorkOnce(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		w := start(t, d)
		t.Run("wrong verifier (R25)", w.wrongVerifier)
		t.Run("reused code revokes what it gave (R26)", w.reusedCode)
		t.Run("reused refresh token revokes its family (R35)", w.reusedRefresh)
		w.leaves(t, "oauth.pkce_mismatch", "oauth.code_reused", "oauth.refresh_reused")
		for _, secret := range []string{harness.PortalSecret, harness.AdaPassword, "gtr_", "gtc_", "gta_"} {
			if strings.Contains(w.server.Output(), secret) {
				t.Errorf("the log holds %q (R137)", secret)
			}
		}
	})
}

// code signs Ada in and returns the code, unredeemed.
func (w *world) code(t *testing.T, verifier string) string {
	t.Helper()
	ada := harness.NewPerson(t, w.server.URL)
	at := w.rp.OAuth.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier))
	page := ada.SignIn(ada.Open(at), "ada", harness.AdaPassword)
	code := page.URL.Query().Get("code")
	if code == "" {
		t.Fatalf("no code at %s\n%s", page.URL, page.Body)
	}
	return code
}

func (w *world) token(t *testing.T, form url.Values) (int, string, string, string) {
	t.Helper()
	status, _, body := w.send(t, request{
		method: "POST", path: "/t/acme/oauth2/token", body: form.Encode(),
		header: map[string]string{"Content-Type": formType, "Authorization": basic(harness.PortalID, harness.PortalSecret)},
	})
	var answer struct {
		Error   string `json:"error"`
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return status, answer.Error, answer.Access, answer.Refresh
}

func basic(id, secret string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(id, secret)
	return r.Header.Get("Authorization")
}

func (w *world) exchange(code, verifier string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier},
		"redirect_uri": {w.rp.OAuth.RedirectURL},
	}
}

func (w *world) wrongVerifier(t *testing.T) {
	code := w.code(t, oauth2.GenerateVerifier())
	if status, fault, access, _ := w.token(t, w.exchange(code, oauth2.GenerateVerifier())); status != 400 || fault != "invalid_grant" || access != "" {
		t.Errorf("%d %s", status, fault)
	}
}

func (w *world) reusedCode(t *testing.T) {
	verifier := oauth2.GenerateVerifier()
	code := w.code(t, verifier)
	status, fault, _, refresh := w.token(t, w.exchange(code, verifier))
	if status != 200 {
		t.Fatalf("%d %s", status, fault)
	}
	if status, fault, _, _ := w.token(t, w.exchange(code, verifier)); status != 400 || fault != "invalid_grant" {
		t.Errorf("the second use: %d %s", status, fault)
	}
	if status, fault, _, _ := w.refresh(t, refresh); status != 400 || fault != "invalid_grant" {
		t.Errorf("the family lives: %d %s", status, fault)
	}
}

func (w *world) refresh(t *testing.T, token string) (int, string, string, string) {
	t.Helper()
	return w.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (w *world) reusedRefresh(t *testing.T) {
	verifier := oauth2.GenerateVerifier()
	_, _, _, first := w.token(t, w.exchange(w.code(t, verifier), verifier))
	_, _, _, second := w.refresh(t, first)
	status, _, _, third := w.refresh(t, second)
	if status != 200 || third == "" {
		t.Fatalf("rotation: %d", status)
	}
	// The first is two generations old: no lost answer can explain it.
	if status, fault, _, _ := w.refresh(t, first); status != 400 || fault != "invalid_grant" {
		t.Errorf("reuse: %d %s", status, fault)
	}
	if status, fault, _, _ := w.refresh(t, third); status != 400 || fault != "invalid_grant" {
		t.Errorf("the family lives: %d %s", status, fault)
	}
}

// badJSON is refused with a request id, and changes nothing.
func (w *world) badJSON(t *testing.T) {
	header := map[string]string{"Content-Type": jsonType, "Authorization": basic("auditor", auditorSecret)}
	status, _, body := w.send(t, request{method: "POST", path: "/t/acme/api/v1/users", body: `{"username": "mallory"`, header: header})
	if status != http.StatusBadRequest || !strings.Contains(string(body), `"instance"`) {
		t.Errorf("%d %s", status, body)
	}
	if _, _, body := w.send(t, request{method: "GET", path: "/t/acme/api/v1/users?q=mallory", header: header}); strings.Contains(string(body), "mallory") {
		t.Errorf("something was made: %s", body)
	}
}

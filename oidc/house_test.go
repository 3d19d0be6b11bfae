package oidc_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/oidctest"
	"gatehouse/store"
)

// The PKCE pair of RFC 7636 Appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// house is a tenant with a provider behind a listener, and user Ada.
type house struct {
	t        *testing.T
	db       *store.DB
	clock    *clock
	row      *models.Tenant
	tenant   store.Tenant
	user     *models.User
	apps     *applications.Registry
	people   *users.Directory
	sessions *sessions.Keeper
	tenants  *tenants.Directory
	desk     *access.Desk
	rules    *claimrules.Book
	provider *oidc.Provider
	issuer   string
	client   *http.Client
	signIns  int
	roots    *x509.CertPool  // of others' servers
	keys     map[string]pair // by which clients prove themselves, by name
	// certificate is that of clients' connections; empty: none.
	certificate string
	proves      func(*http.Request) []string // makes the DPoP headers of clients; nil: none
}

func newHouse(t *testing.T, db *store.DB, name string) *house {
	t.Helper()
	h := &house{t: t, db: db, clock: &clock{now: time.Now().UTC()}, roots: x509.NewCertPool()}
	r := oidctest.New(t, oidctest.Options{DB: db, Now: h.clock.Now, Roots: h.roots})
	h.sessions, h.desk, h.people, h.apps, h.provider, h.rules = r.Sessions, r.Access, r.Users, r.Applications, r.Provider, r.Rules
	h.tenants = r.Tenants
	var err error
	if h.row, err = r.Tenants.Create(h.operator(), tenants.New{Name: name, DisplayName: name}); err != nil {
		t.Fatal(err)
	}
	h.tenant = db.Tenant(h.row.TenantID)
	h.user, err = h.people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{
		Username: "ada", Email: "ada@example.com", EmailVerified: true,
		Claims: models.Claims{GivenName: "Ada", FamilyName: "Lovelace"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.routes())
	t.Cleanup(server.Close)
	h.issuer = server.URL
	h.client = &http.Client{Jar: jar{}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		// The pages that people see are not this test's: it looks where they are.
		if !strings.HasPrefix(r.URL.String(), h.issuer) || r.URL.Path == "/consent" || r.URL.Path == "/sign-out" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return h
}

func (h *house) at() oidc.Tenant { return oidc.Tenant{Row: h.row, Store: h.tenant, Issuer: h.issuer} }

func (h *house) operator() context.Context {
	return oidctest.Operator(context.Background())
}

// application is what a test chooses of one.
type application struct {
	name, method, scope, grants, alg string
	kind                             models.ApplicationType
	firstParty, lax                  bool
	responses                        []string
	options                          models.ClientOptions
}

type registered struct {
	*models.Application
	secret string
}

func (h *house) app(a application) *registered {
	h.t.Helper()
	if a.kind == "" {
		a.kind = map[string]models.ApplicationType{models.AuthNone: models.TypeSPA}[a.method]
	}
	if a.kind == "" {
		a.kind = models.TypeWeb
	}
	strictly := !a.lax
	n := applications.New{Type: a.kind, ClientID: a.name, Metadata: applications.Metadata{
		DisplayName: a.name, AuthMethod: a.method, Scope: a.scope, GrantTypes: strings.Fields(a.grants), IDTokenAlg: a.alg,
		ResponseTypes: a.responses, Options: a.options,
		FirstParty: a.firstParty, RequirePKCE: &strictly,
	}}
	if a.kind != models.TypeService {
		n.RedirectURIs, n.PostLogoutRedirectURIs = []string{"https://rp.example/cb"}, []string{"https://rp.example/bye"}
	}
	row, secret, err := h.apps.Create(h.operator(), h.tenant, n)
	if err != nil {
		h.t.Fatal(err)
	}
	return &registered{row, secret}
}

func (h *house) change(a *registered, change func(m *applications.Metadata)) {
	h.t.Helper()
	row, err := applications.Fresh(h.operator(), h.tenant, a.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	m := applications.MetadataOf(row)
	change(&m)
	if _, err := h.apps.Update(h.operator(), h.tenant, a.ID, applications.Change{Version: row.Version, Metadata: m}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) changeScope(a *registered, scope string) {
	h.change(a, func(m *applications.Metadata) { m.Scope = scope })
}

func (h *house) changeGrants(a *registered, grant string) {
	h.change(a, func(m *applications.Metadata) { m.GrantTypes = []string{grant} })
}

func (h *house) disableApp(a *registered) {
	h.t.Helper()
	if _, err := h.apps.Disable(h.operator(), h.tenant, a.ID, "test"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) disableUser() {
	h.t.Helper()
	if _, err := h.people.Disable(h.operator(), h.tenant, h.user.ID, "test"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) revokeConsent(a *registered) {
	h.t.Helper()
	if err := h.apps.RevokeConsent(h.operator(), h.tenant, h.user.ID, a.ID); err != nil {
		h.t.Fatal(err)
	}
}

// signOut ends the browser's session.
func (h *house) signOut() {
	h.t.Helper()
	s, err := h.sessions.Find(context.Background(), h.tenant, h.ownBrowser().Session, models.SessionUser)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.provider.SignOut(context.Background(), h.at(), s, nil); err != nil {
		h.t.Fatal(err)
	}
}

// ownBrowser is what Ada's browser brings along.
func (h *house) ownBrowser() oidc.Browser {
	u, err := url.Parse(h.issuer)
	if err != nil {
		h.t.Fatal(err)
	}
	r := &http.Request{Header: http.Header{}}
	for _, c := range h.client.Jar.Cookies(u) {
		r.AddCookie(c)
	}
	return h.browser(httptest.NewRecorder(), r)
}

// authorizeURL is a good request with some parameters set otherwise.
func (h *house) authorizeURL(a *registered, set ...string) string {
	v := url.Values{
		"client_id": {a.ClientID}, "redirect_uri": {"https://rp.example/cb"}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"st"}, "nonce": {"nn"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(set); i += 2 {
		v.Set(set[i], set[i+1])
	}
	return h.issuer + "/oauth2/authorize?" + v.Encode()
}

func located(t *testing.T, a answer) url.Values {
	t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" {
		t.Fatalf("no redirect: %d %s", a.status, a.raw)
	}
	if fragment, err := url.ParseQuery(u.Fragment); err == nil && len(fragment) > 0 {
		return fragment
	}
	return u.Query()
}

// response is what the application gets.
func (h *house) response(to string) url.Values {
	h.t.Helper()
	answer := h.browse(http.MethodGet, to, nil)
	if !strings.HasPrefix(answer.header.Get("Location"), "https://rp.example/") {
		h.t.Fatalf("%s leads to %d %q %s", to, answer.status, answer.header.Get("Location"), answer.raw)
	}
	return located(h.t, answer)
}

// signedIn is a response with a code.
func (h *house) signedIn(to string) url.Values {
	h.t.Helper()
	got := h.response(to)
	if got.Get("code") == "" {
		h.t.Fatalf("no code: %v", got)
	}
	return got
}

// consent is the authId of the question that a request leads to.
func (h *house) consent(to string) string {
	h.t.Helper()
	answer := h.browse(http.MethodGet, to, nil)
	if !strings.HasPrefix(answer.header.Get("Location"), h.issuer+"/consent?") {
		h.t.Fatalf("%s leads to %d %q %s", to, answer.status, answer.header.Get("Location"), answer.raw)
	}
	return located(h.t, answer).Get("authId")
}

func (h *house) decide(authID, decision string) url.Values {
	h.t.Helper()
	answer := h.browse(http.MethodPost, h.issuer+"/consent", url.Values{"authId": {authID}, "decision": {decision}})
	return located(h.t, answer)
}

// begun is the authId of a request for which somebody has to sign in.
func (h *house) begun(to string) string {
	h.t.Helper()
	in, err := url.Parse(to)
	if err != nil {
		h.t.Fatal(err)
	}
	a := h.provider.Authorize(context.Background(), h.at(), params(&http.Request{Method: http.MethodGet, URL: in}), h.ownBrowser())
	u, err := url.Parse(a.Redirect)
	if err != nil || u.Path != "/sign-in" {
		h.t.Fatalf("not asked to sign in: %+v", a)
	}
	return u.Query().Get("authId")
}

// answer is that of an endpoint that speaks JSON.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (a answer) text(name string) string { s, _ := a.body[name].(string); return s }

func (a answer) expect(t *testing.T, status int, err string) {
	t.Helper()
	if a.status != status || a.text("error") != err {
		t.Errorf("answered %d %s, want %d %q", a.status, a.raw, status, err)
	}
	if err != "" && a.text("error_description") == "" {
		t.Error("no error_description")
	}
	for _, name := range []string{"access_token", "refresh_token", "id_token", "request_uri", "auth_req_id", "device_code", "client_secret"} {
		if err != "" && a.body[name] != nil {
			t.Errorf("a refusal with %s", name)
		}
	}
}

func (h *house) send(path string, basic [2]string, body string) answer {
	h.t.Helper()
	r, err := http.NewRequest(http.MethodPost, h.issuer+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic[0] != "" {
		r.SetBasicAuth(url.QueryEscape(basic[0]), url.QueryEscape(basic[1]))
	}
	return h.ask(r)
}

// ask is a client's own request, without cookies.
func (h *house) ask(r *http.Request) answer {
	h.t.Helper()
	if h.proves != nil {
		r.Header["Dpop"] = h.proves(r)
	}
	if h.certificate != "" {
		r.Header.Set("Test-Certificate", h.certificate)
	}
	a := h.fetch(http.DefaultClient, r)
	if a.raw != "" {
		if err := json.Unmarshal([]byte(a.raw), &a.body); err != nil {
			h.t.Fatalf("%s: %v", a.raw, err)
		}
	}
	return a
}

// keyed has an application prove itself by a key of its own, as FAPI demands.
func (h *house) keyed(a application) application {
	h.t.Helper()
	if h.keys == nil {
		h.keys = map[string]pair{}
	}
	own := ecPair(h.t, "own")
	h.keys[a.name] = own
	set := asMap(h.t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{own.public}})
	more, _ := a.options.JWKS["keys"].([]any)
	set["keys"] = append(set["keys"].([]any), more...) //nolint:forcetypeassert // of asMap
	a.method, a.alg, a.options.JWKS = models.AuthPrivateKeyJWT, "ES256", set
	return a
}

// post sends a form as a client that authenticates as it is registered.
func (h *house) post(path string, a *registered, body url.Values) answer {
	h.t.Helper()
	switch a.AuthMethod {
	case models.AuthBasic:
		return h.send(path, [2]string{a.ClientID, a.secret}, body.Encode())
	case models.AuthPost:
		body.Set("client_secret", a.secret)
	case models.AuthPrivateKeyJWT:
		body.Set("client_assertion_type", clientauth.AssertionType)
		body.Set("client_assertion", signed(h.t, jose.ES256, h.keys[a.ClientID].private, "own", h.says(a.ClientID, nil)))
	}
	body.Set("client_id", a.ClientID)
	return h.send(path, [2]string{}, body.Encode())
}

func (h *house) exchange(a *registered, code string, set map[string]string) answer {
	h.t.Helper()
	v := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://rp.example/cb"}, "code_verifier": {verifier},
	}
	for name, value := range set {
		v.Set(name, value)
	}
	return h.post("/oauth2/token", a, v)
}

func (h *house) refresh(a *registered, token string) answer {
	h.t.Helper()
	return h.post("/oauth2/token", a, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (h *house) userinfo(token string) answer {
	h.t.Helper()
	r, err := http.NewRequest(http.MethodGet, h.issuer+"/oauth2/userinfo", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return h.ask(r)
}

func (h *house) expectActive(a *registered, token string, want bool) {
	h.t.Helper()
	got := h.post("/oauth2/introspect", a, url.Values{"token": {token}})
	if active, _ := got.body["active"].(bool); active != want || got.status != 200 {
		h.t.Errorf("introspection %d %s, want active %v", got.status, got.raw, want)
	}
}

// attempts counts the recorded attempts of a kind with a reason.
func (h *house) attempts(kind, code string) int {
	h.t.Helper()
	if code == "" {
		return 0
	}
	found, err := attempts.List(h.operator(), h.tenant, attempts.Filter{Kind: kind, Reason: code}, page.Request{Limit: 200})
	if err != nil {
		h.t.Fatal(err)
	}
	return len(found.Items)
}

func (h *house) expectAttempt(kind, code string) {
	h.t.Helper()
	if h.attempts(kind, code) == 0 {
		h.t.Errorf("no attempt %s %s recorded", kind, code)
	}
}

// payload is what a JWT says.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %q", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// party is a relying party on libraries of others.
type party struct {
	provider *gooidc.Provider
	config   oauth2.Config
	verifier *gooidc.IDTokenVerifier
}

func (h *house) relyingParty(a *registered) party {
	h.t.Helper()
	provider, err := gooidc.NewProvider(context.Background(), h.issuer)
	if err != nil {
		h.t.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return party{provider, oauth2.Config{
		ClientID: a.ClientID, ClientSecret: a.secret, Endpoint: endpoint, RedirectURL: "https://rp.example/cb",
		Scopes: []string{"openid", "email", "offline_access"},
	}, provider.Verifier(&gooidc.Config{ClientID: a.ClientID, Now: h.clock.Now})}
}

func (p party) verified(t *testing.T, token *oauth2.Token, alg string) *gooidc.IDToken {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	idToken, err := p.verifier.Verify(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[0])
	if err != nil || !strings.Contains(string(head), `"alg":"`+alg+`"`) {
		t.Errorf("header %s, want %s", head, alg)
	}
	return idToken
}

package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"gatehouse/handlers/api"
	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/credentials"
	"gatehouse/identity/keys"
	"gatehouse/identity/logouts"
	"gatehouse/identity/replays"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/dpop"
	"gatehouse/oidc/grants"
	"gatehouse/store"
	"gatehouse/store/idempotency"
	"gatehouse/store/storetest"
)

// secret is that of every client in these tests.
const secret = "a-secret-of-the-tests-0123456789abcdef"

// house is a deployment with its API.
type house struct {
	t        *testing.T
	now      time.Time
	db       *store.DB
	url      string
	app      *web.App
	tenants  *tenants.Directory
	users    *users.Directory
	apps     *applications.Registry
	access   *access.Desk
	mint     *tokens.Mint
	contract routers.Router
	acme     store.Tenant
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, build(t, db)) })
}

func build(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{t: t, now: time.Now().UTC(), db: db}
	now := func() time.Time { return h.now }
	k, err := seal.New(seal.Generate())
	must(t, err)
	keeper := &sessions.Keeper{Now: now}
	ring := keys.NewRing(keys.Options{DB: db, K: k, Now: now})
	h.mint = tokens.NewMint(tokens.Options{Keys: ring, K: k, Sessions: keeper, Now: now})
	h.tenants = tenants.NewDirectory(tenants.Options{DB: db, K: k, Now: now})
	must(t, h.tenants.EnsureBuiltin(h.operator()))
	system, err := h.tenants.ByName(t.Context(), models.SystemTenant)
	must(t, err)
	guard := &throttle.Guard{Now: now}
	h.access = &access.Desk{DB: db, System: system.TenantID, Now: now}
	h.users = users.NewDirectory(users.Options{
		K: k, Now: now, Tenants: h.tenants, Sessions: keeper, Families: h.mint, Throttle: guard, Access: h.access,
		Passwords: &credentials.Passwords{Now: now, Params: credentials.Params{Memory: 64, Time: 1, Threads: 1}},
	})
	h.access.Active = h.users.Active
	h.apps = applications.NewRegistry(applications.Options{K: k, Now: now, Families: h.mint})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	h.url = "http://" + l.Addr().String()
	at, err := url.Parse(h.url)
	must(t, err)
	h.app = web.New(web.Options{
		PublicURL: at, DB: db, Tenants: h.tenants, K: k, Logger: slog.New(slog.DiscardHandler), Now: now,
		Ready: func(context.Context) error { return nil }, Metrics: web.NewMetrics(),
	})
	rules := claimrules.NewBook(claimrules.Options{Applications: h.apps, Now: now, Logger: slog.New(slog.DiscardHandler)})
	provider := oidc.New(oidc.Options{
		Applications: h.apps, Users: h.users, Sessions: keeper, Tokens: h.mint, Keys: ring, K: k, Now: now, Throttle: guard,
		Grants: &grants.Issuer{Rules: rules, Resources: &resources.Catalogue{Applications: h.apps, Now: now}, Applications: h.apps, Users: h.users, Sessions: keeper, Tokens: h.mint, Access: h.access, Now: now},
		Logger: slog.New(slog.DiscardHandler), DPoP: &dpop.Judge{K: k, Replays: &replays.Keep{Now: now}, Now: now},
	})
	teller := logouts.NewTeller(logouts.Options{DB: db, Applications: h.apps, Tokens: h.mint, Issuer: func(context.Context, string) (string, error) { return h.url, nil }, Now: now, Logger: slog.New(slog.DiscardHandler)})
	keeper.Ended = teller.Ended
	api.New(api.Options{
		Logouts:   teller,
		Resources: &resources.Catalogue{Applications: h.apps, Now: now},
		Rules:     rules, Previews: provider.Grants,
		Approvals: provider, Holders: provider,
		DB: db, Now: now, Users: h.users, Sessions: keeper, Tenants: h.tenants, Applications: h.apps, Tokens: h.mint,
		Access: h.access, Throttle: guard, Idempotency: &idempotency.Keep{K: k, Now: now},
		Clients: &clientauth.Authenticator{Applications: h.apps, Throttle: guard, Now: now, Replays: &replays.Keep{Now: now}},
	}).Register(h.app)
	go func() { _ = h.app.Fiber().Listener(l) }()
	t.Cleanup(func() { must(t, h.app.Shutdown(context.Background())) })
	h.contract = contract(t)
	acme, err := h.tenants.Create(h.operator(), tenants.New{Name: "acme"})
	must(t, err)
	h.acme = db.Tenant(acme.TenantID)
	return h
}

// contract reads the description as it is kept.
func contract(t *testing.T) routers.Router {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	must(t, err)
	must(t, doc.Validate(t.Context()))
	doc.Servers = openapi3.Servers{{URL: "/api/v1"}}
	router, err := legacy.NewRouter(doc)
	must(t, err)
	return router
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) operator() context.Context {
	return caller.With(context.Background(), caller.Info{
		Via: caller.ViaApply, Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator, Name: "test"},
	})
}

// client makes an API client of a tenant.
func (h *house) client(in store.Tenant, name string, c access.Client) {
	h.t.Helper()
	a, _, err := h.apps.Create(h.operator(), in, applications.New{Type: models.TypeService, Name: name, ClientID: name, Secret: secret})
	must(h.t, err)
	c.ApplicationID, c.Name = a.ID, name
	_, err = h.access.CreateClient(h.operator(), in, c)
	must(h.t, err)
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (a answer) get(name string) any {
	a.t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	return v[name]
}

func (a answer) text(name string) string { s, _ := a.get(name).(string); return s }

// request is one call.
type request struct {
	tenant, method, path, body string
	client                     string // by HTTP Basic; empty: nobody
	header                     map[string]string
}

func (h *house) do(q request) answer {
	h.t.Helper()
	a, err := h.try(q)
	must(h.t, err)
	return a
}

// try is do for goroutines, which must not end the test.
func (h *house) try(q request) (answer, error) {
	h.t.Helper()
	base := "/t/" + q.tenant
	if q.tenant == "default" {
		base = ""
	}
	req, err := http.NewRequestWithContext(h.t.Context(), q.method, h.url+base+"/api/v1"+q.path, strings.NewReader(q.body))
	if err != nil {
		return answer{}, err
	}
	if q.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.client != "" {
		req.SetBasicAuth(q.client, secret)
	}
	for k, v := range q.header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	h.holds(q, resp, body)
	return answer{h.t, resp.StatusCode, resp.Header, body}, nil
}

// holds compares every answer with the description.
func (h *house) holds(q request, resp *http.Response, body []byte) {
	h.t.Helper()
	plain := httptest.NewRequest(q.method, "/api/v1"+q.path, strings.NewReader(q.body))
	route, params, err := h.contract.FindRoute(plain)
	if err != nil {
		if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusMethodNotAllowed {
			h.t.Errorf("%s %s is not described: %v", q.method, q.path, err)
		}
		return
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: plain, PathParams: params, Route: route},
		Status:                 resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		h.t.Errorf("%s %s answers %d, not as described: %v\n%s", q.method, q.path, resp.StatusCode, err, body)
	}
}

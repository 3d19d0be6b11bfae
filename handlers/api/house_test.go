package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"gatehouse/handlers/api"
	"gatehouse/handlers/web"
	"gatehouse/handlers/web/webtest"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/tenants"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/oidc/oidctest"
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
	r := oidctest.New(t, oidctest.Options{DB: db, Now: func() time.Time { return h.now }})
	h.mint, h.tenants, h.access, h.users, h.apps = r.Tokens, r.Tenants, r.Access, r.Users, r.Applications
	h.app, h.url = webtest.Open(t, r, web.Options{}, func(app *web.App, _ string) {
		api.New(api.Options{
			DB: db, Now: r.Now, Users: r.Users, Sessions: r.Sessions, Tenants: r.Tenants, Applications: r.Applications, Tokens: r.Tokens,
			Access: r.Access, Throttle: r.Throttle, Idempotency: &idempotency.Keep{K: r.K, Now: r.Now}, Clients: r.Clients,
			Approvals: r.Provider, Holders: r.Provider, Logouts: r.Logouts, Resources: r.Resources, Rules: r.Rules, Previews: r.Grants,
		}).Register(app)
	})
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
	return oidctest.Operator(context.Background())
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

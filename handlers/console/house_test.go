package console_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/audit"
	"gatehouse/handlers/console"
	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/credentials"
	"gatehouse/identity/keys"
	"gatehouse/identity/logouts"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/journeys/nodes"
	"gatehouse/models"
	"gatehouse/oidc/grants"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const correct = "a long and quiet password"

// house is a deployment with its console behind a real listener.
type house struct {
	t        *testing.T
	now      time.Time
	db       *store.DB
	system   string
	log      *audit.Log
	access   *access.Desk
	tenants  *tenants.Directory
	users    *users.Directory
	apps     *applications.Registry
	sessions *sessions.Keeper
	mint     *tokens.Mint
	url      string
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
	if err != nil {
		t.Fatal(err)
	}
	h.log = audit.NewLog(audit.Options{DB: db, Now: now, Logger: slog.New(slog.DiscardHandler)})
	h.sessions = &sessions.Keeper{Now: now}
	ring := keys.NewRing(keys.Options{DB: db, K: k, Now: now})
	h.mint = tokens.NewMint(tokens.Options{Keys: ring, K: k, Sessions: h.sessions, Now: now})
	h.tenants = tenants.NewDirectory(tenants.Options{DB: db, K: k, Now: now})
	if err := h.tenants.EnsureBuiltin(h.operator()); err != nil {
		t.Fatal(err)
	}
	system, err := h.tenants.ByName(t.Context(), models.SystemTenant)
	if err != nil {
		t.Fatal(err)
	}
	h.system = system.TenantID
	guard := &throttle.Guard{Now: now}
	h.access = &access.Desk{DB: db, System: h.system, Now: now}
	passwords := &credentials.Passwords{Now: now, Params: credentials.Params{Memory: 64, Time: 1, Threads: 1}}
	h.users = users.NewDirectory(users.Options{
		K: k, Now: now, Tenants: h.tenants, Sessions: h.sessions, Families: h.mint, Throttle: guard, Access: h.access, Passwords: passwords,
	})
	h.access.Active = h.users.Active
	h.apps = applications.NewRegistry(applications.Options{K: k, Now: now, Families: h.mint})
	engine, err := journeys.New(journeys.Options{
		Nodes:       nodes.All(nodes.Options{Users: h.users, Sessions: h.sessions, Tenants: h.tenants, K: k, Now: now}),
		Definitions: journeys.Defaults(), K: k, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	teller := logouts.NewTeller(logouts.Options{DB: db, Applications: h.apps, Tokens: h.mint, Issuer: func(context.Context, string) (string, error) { return h.url, nil }, Now: now, Logger: slog.New(slog.DiscardHandler)})
	h.sessions.Ended = teller.Ended
	rules := claimrules.NewBook(claimrules.Options{Applications: h.apps, Now: now, Logger: slog.New(slog.DiscardHandler)})
	h.open(console.Options{
		Rules: rules, Previews: &grants.Issuer{Rules: rules, Applications: h.apps, Users: h.users, Tokens: h.mint, Now: now},
		Logouts: teller, Resources: &resources.Catalogue{Applications: h.apps, Now: now},
		DB: db, K: k, Now: now, System: h.system, Users: h.users, Sessions: h.sessions, Passwords: passwords, Tenants: h.tenants,
		Applications: h.apps, Tokens: h.mint, Access: h.access, Throttle: guard, Journeys: engine, Log: h.log,
		LookUp: func(context.Context, string) ([]string, error) { return nil, nil },
	})
	return h
}

// open lets browsers in.
func (h *house) open(o console.Options) {
	h.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(h.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.url = "http://" + l.Addr().String()
	o.PublicURL = h.url
	public, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	app := web.New(web.Options{
		PublicURL: public, DB: h.db, Tenants: h.tenants, K: o.K, Logger: slog.New(slog.DiscardHandler), Now: o.Now,
		Ready: func(context.Context) error { return nil }, Metrics: web.NewMetrics(),
	})
	console.New(o).Register(app)
	go func() { _ = app.Fiber().Listener(l) }()
	h.t.Cleanup(func() {
		if err := app.Fiber().Shutdown(); err != nil {
			h.t.Error(err)
		}
	})
}

func (h *house) operator() context.Context {
	return caller.With(context.Background(), caller.Info{
		Via: caller.ViaApply, Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator, Name: "test"},
	})
}

// acme makes tenant Acme with user Ada and application Portal.
func (h *house) acme() (tenant store.Tenant, ada *models.User, portal *models.Application) {
	h.t.Helper()
	row, err := h.tenants.Create(h.operator(), tenants.New{Name: "acme", DisplayName: "Acme"})
	if err != nil {
		h.t.Fatal(err)
	}
	tenant = h.db.Tenant(row.TenantID)
	ada, err = h.users.Create(h.operator(), tenant, users.New{
		Profile:  users.Profile{Username: "ada", Email: "ada@example.com", EmailVerified: true, Claims: models.Claims{Name: "Ada Lovelace"}},
		Password: correct,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	portal, _, err = h.apps.Create(h.operator(), tenant, applications.New{
		Type: models.TypeWeb, ClientID: "portal", Name: "portal",
		Metadata: applications.Metadata{DisplayName: "Portal", RedirectURIs: []string{"https://portal.example.com/callback"}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return tenant, ada, portal
}

// administrator makes one with a role, everywhere or in a tenant.
func (h *house) administrator(email string, role access.Role, tenantID string) *models.User {
	h.t.Helper()
	u, err := h.users.CreateAdministrator(h.operator(), h.db.Tenant(h.system), users.New{
		Profile:  users.Profile{Username: email, Email: email, EmailVerified: true, Claims: models.Claims{Name: "Olivia " + string(role)}},
		Password: correct,
	}, access.Assignment{Role: role, TenantID: tenantID})
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

// person is somebody with a browser that runs no script.
type person struct {
	h      *house
	client *http.Client
}

// seen is what a person sees.
type seen struct {
	*goquery.Document
	at     string // path and query
	status int
	header http.Header
	body   string
}

func (h *house) person() *person {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &person{h, &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if "http://"+r.URL.Host != h.url || !strings.HasPrefix(r.URL.Path, "/console") {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// signed is an administrator with this role who has signed in.
func (h *house) signed(role access.Role, tenantID string) *person {
	h.t.Helper()
	email := string(role) + "@example.com"
	h.administrator(email, role, tenantID)
	p := h.person()
	if page := p.signIn(email, correct); page.status != 200 || strings.Contains(page.at, "sign-in") {
		h.t.Fatalf("not signed in: %d %s\n%s", page.status, page.at, page.body)
	}
	return p
}

func (p *person) signIn(email, password string) *seen {
	page := p.get("/console")
	for range 3 {
		values := url.Values{}
		page.Find("main form input").Each(func(_ int, s *goquery.Selection) {
			switch {
			case s.AttrOr("type", "") == "password":
				values.Set(s.AttrOr("name", ""), password)
			case strings.Contains(s.AttrOr("autocomplete", ""), "username") && s.AttrOr("name", "") != "":
				values.Set(s.AttrOr("name", ""), email)
			}
		})
		if len(values) == 0 {
			return page
		}
		page = p.submit(page, "main form", values)
		if page.Find("[role=alert]").Length() > 0 {
			return page
		}
	}
	return page
}

func (p *person) get(path string) *seen {
	p.h.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, p.h.url+path, nil)
	if err != nil {
		p.h.t.Fatal(err)
	}
	return p.send(r)
}

func (p *person) send(r *http.Request) *seen {
	p.h.t.Helper()
	resp, err := p.client.Do(r)
	if err != nil {
		p.h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.h.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		p.h.t.Fatal(err)
	}
	return &seen{doc, resp.Request.URL.RequestURI(), resp.StatusCode, resp.Header, string(body)}
}

// submit sends a form of the page as a browser would: what stands in it, with
// these values over it.
func (p *person) submit(page *seen, selector string, values url.Values) *seen {
	p.h.t.Helper()
	form := page.Find(selector).First()
	if form.Length() == 0 {
		p.h.t.Fatalf("no form %s on %s (%d)\n%s", selector, page.at, page.status, page.body)
	}
	all := url.Values{}
	form.Find("input[name],textarea[name],select[name]").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		_, ticked := s.Attr("checked")
		switch {
		case s.AttrOr("type", "") == "checkbox" && !ticked, s.AttrOr("type", "") == "file":
		case s.Is("textarea"):
			all.Set(name, s.Text())
		case s.Is("select"):
			all.Set(name, s.Find("option[selected]").AttrOr("value", s.Find("option").First().AttrOr("value", "")))
		default:
			all.Set(name, s.AttrOr("value", ""))
		}
	})
	for name, value := range values {
		all[name] = value
	}
	if form.AttrOr("enctype", "") == "multipart/form-data" {
		return p.upload(form.AttrOr("action", page.at), all)
	}
	return p.post(form.AttrOr("action", page.at), all)
}

func (p *person) post(path string, values url.Values) *seen {
	p.h.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.h.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		p.h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.send(r)
}

func (p *person) upload(path string, values url.Values) *seen {
	p.h.t.Helper()
	return p.uploadWith(path, values, "", nil)
}

// uploadWith sends a form with a file, unless its field is empty.
func (p *person) uploadWith(path string, values url.Values, field string, content []byte) *seen {
	p.h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range values {
		if err := w.WriteField(name, values.Get(name)); err != nil {
			p.h.t.Fatal(err)
		}
	}
	if field != "" {
		part, err := w.CreateFormFile(field, "picture.png")
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			p.h.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		p.h.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.h.url+path, &body)
	if err != nil {
		p.h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.send(r)
}

package console_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
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
	"gatehouse/handlers/web/webtest"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/oidc/oidctest"
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
	r := oidctest.New(t, oidctest.Options{DB: db, Now: func() time.Time { return h.now }})
	h.system, h.log, h.access, h.tenants, h.users, h.apps, h.sessions, h.mint = r.System, r.Log, r.Access, r.Tenants, r.Users, r.Applications, r.Sessions, r.Tokens
	_, h.url = webtest.Open(t, r, web.Options{}, func(app *web.App, at string) {
		console.New(console.Options{
			DB: db, K: r.K, Now: r.Now, System: r.System, Users: r.Users, Sessions: r.Sessions, Passwords: r.Passwords, Tenants: r.Tenants,
			Applications: r.Applications, Tokens: r.Tokens, Access: r.Access, Throttle: r.Throttle, Journeys: r.Engine, Log: r.Log,
			LookUp:    func(context.Context, string) ([]string, error) { return nil, nil },
			PublicURL: at, Logouts: r.Logouts, Resources: r.Resources, Rules: r.Rules, Previews: r.Grants,
		}).Register(app)
	})
	return h
}

func (h *house) operator() context.Context {
	return oidctest.Operator(context.Background())
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

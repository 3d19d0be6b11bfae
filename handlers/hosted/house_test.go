package hosted_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/handlers/hosted"
	"gatehouse/handlers/web"
	"gatehouse/handlers/web/webtest"
	"gatehouse/identity/applications"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/users"
	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/oidctest"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

const (
	correct  = "a long and quiet password"
	callback = "https://portal.example.com/callback"
)

// house is a tenant with its pages behind a real listener.
type house struct {
	t        *testing.T
	now      time.Time
	tenant   store.Tenant
	tenants  *tenants.Directory
	sessions *sessions.Keeper
	apps     *applications.Registry
	people   *users.Directory
	db       *store.DB
	provider *oidc.Provider
	ada      *models.User
	url      string
	client   *http.Client
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, build(t, db, journeys.IdentifierPassword)) })
}

func build(t *testing.T, db *store.DB, journey string) *house {
	t.Helper()
	h := &house{t: t, now: time.Now().UTC()}
	r := oidctest.New(t, oidctest.Options{DB: db, Now: func() time.Time { return h.now }, Journeys: ordered(journey)})
	h.sessions, h.tenants, h.apps, h.people, h.db, h.provider = r.Sessions, r.Tenants, r.Applications, r.Users, db, r.Provider
	h.furnish(db)
	h.open(r, hosted.New(hosted.Options{
		Journeys: r.Engine, Consents: r.Provider, SignOuts: r.Provider, Devices: r.Provider, Approvals: r.Provider, Branding: r.Tenants,
		Users: r.Users, Sessions: r.Sessions, Now: r.Now,
	}))
	return h
}

// ordered puts the journey first, which makes it the default.
func ordered(journey string) []journeys.Definition {
	all := journeys.Defaults()
	if all[0].ID != journey {
		all[0], all[1] = all[1], all[0]
	}
	return all
}

func (h *house) operator() context.Context {
	return oidctest.Operator(h.t.Context())
}

// furnish makes tenant Acme, application Portal and user Ada.
func (h *house) furnish(db *store.DB) {
	h.t.Helper()
	row, err := h.tenants.ByName(h.operator(), models.DefaultTenant)
	if err != nil {
		h.t.Fatal(err)
	}
	h.tenant = db.Tenant(row.TenantID)
	if _, err = h.tenants.Update(h.operator(), h.tenant, tenants.Change{Version: row.Version, DisplayName: "Acme", DefaultLocale: row.DefaultLocale}); err != nil {
		h.t.Fatal(err)
	}
	_, _, err = h.apps.Create(h.operator(), h.tenant, applications.New{
		Type: models.TypeSPA, ClientID: "portal",
		Metadata: applications.Metadata{DisplayName: "Portal", RedirectURIs: []string{callback}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.ada, err = h.people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: "ada"}, Password: correct})
	if err != nil {
		h.t.Fatal(err)
	}
}

// adaSpeaks gives Ada a language.
func (h *house) adaSpeaks(locale string) {
	h.t.Helper()
	profile := users.ProfileOf(h.ada)
	profile.Claims.Locale = locale
	if _, err := h.people.Update(h.operator(), h.tenant, h.ada.ID, users.Change{Profile: profile, Version: h.ada.Version}); err != nil {
		h.t.Fatal(err)
	}
}

// person is one more user, with Ada's password.
func (h *house) person(name string) {
	h.t.Helper()
	_, err := h.people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: name}, Password: correct})
	if err != nil {
		h.t.Fatal(err)
	}
}

// open lets browsers in, and adds as much of the protocol as they need.
func (h *house) open(r *oidctest.House, pages *hosted.Pages) {
	h.t.Helper()
	_, h.url = webtest.Open(h.t, r, web.Options{ErrorPage: pages.ErrorPage}, func(app *web.App, _ string) {
		router := app.Tenant()
		pages.Routes(router)
		browse := func(path string, answer func(r *web.Request, t oidc.Tenant, b oidc.Browser) oidc.Answer) {
			router.Add(web.Route{Method: "GET", Path: path, Public: true, Handle: func(r *web.Request) error {
				t := oidc.Tenant{Row: r.Tenant, Store: r.Store, Issuer: r.Base}
				held := r.Held()
				a := answer(r, t, oidc.Browser{ID: r.BrowserID(), Session: held.Current, Others: held.Others, Device: r.Device()})
				if a.Redirect != "" && strings.HasSuffix(path, "/callback") {
					return r.Onward(a.Redirect)
				}
				return pages.Answer(r, a)
			}})
		}
		browse("/oauth2/authorize", func(r *web.Request, t oidc.Tenant, b oidc.Browser) oidc.Answer {
			v, err := r.Query()
			return h.provider.Authorize(r.Context(), t, oidc.Params{Values: v, Err: err}, b)
		})
		browse("/oauth2/auth/callback", func(r *web.Request, t oidc.Tenant, b oidc.Browser) oidc.Answer {
			v, err := r.Query()
			if err != nil {
				return oidc.Answer{}
			}
			return h.provider.Resume(r.Context(), t, v.Get("authId"), b)
		})
	})
	h.client = h.browser()
}

// browser is a new one, which follows redirects within the issuer.
func (h *house) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), h.url) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

// view is what a browser shows.
type view struct {
	*goquery.Document
	status int
	url    *url.URL
	header http.Header
}

func (h *house) get(path string) view { return h.do(http.MethodGet, h.url+path, nil) }

// submit fills the page's first form for posting and sends it.
func (h *house) submit(v view, selector string, fields url.Values) view {
	h.t.Helper()
	f := v.Find(selector).First()
	if f.Length() == 0 {
		h.t.Fatalf("%s has no form %s", v.url, selector)
	}
	f.Find("input[name]").Each(func(_ int, s *goquery.Selection) {
		if _, ticked := s.Attr("checked"); s.AttrOr("type", "") == "checkbox" && !ticked {
			return
		}
		if name := s.AttrOr("name", ""); !fields.Has(name) {
			if fields == nil {
				fields = url.Values{}
			}
			fields.Set(name, s.AttrOr("value", ""))
		}
	})
	to, err := v.url.Parse(f.AttrOr("action", v.url.String()))
	if err != nil {
		h.t.Fatal(err)
	}
	return h.do(http.MethodPost, to.String(), fields)
}

func (h *house) do(method, to string, fields url.Values) view {
	h.t.Helper()
	var body io.Reader
	if fields != nil {
		body = strings.NewReader(fields.Encode())
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, to, body)
	if err != nil {
		h.t.Fatal(err)
	}
	if fields != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0")
	answer, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	doc, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	at := answer.Request.URL
	if to, err := answer.Location(); err == nil {
		at = to
	}
	return view{doc, answer.StatusCode, at, answer.Header}
}

package hosted_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"gatehouse/audit"
	"gatehouse/handlers/hosted"
	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/credentials"
	"gatehouse/identity/keys"
	"gatehouse/identity/replays"
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
	"gatehouse/oidc"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/grants"
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
	now := func() time.Time { return h.now }
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	h.sessions = &sessions.Keeper{Now: now}
	h.tenants = tenants.NewDirectory(tenants.Options{DB: db, K: k, Now: now})
	ring := keys.NewRing(keys.Options{DB: db, K: k, Now: now})
	mint := tokens.NewMint(tokens.Options{Keys: ring, K: k, Sessions: h.sessions, Now: now})
	guard, desk := &throttle.Guard{Now: now}, &access.Desk{DB: db, System: store.NewID(), Now: now}
	people := users.NewDirectory(users.Options{
		K: k, Now: now, Tenants: h.tenants, Sessions: h.sessions, Families: mint, Throttle: guard, Access: desk,
		Passwords: &credentials.Passwords{Now: now, Params: credentials.Params{Memory: 64, Time: 1, Threads: 1}},
	})
	apps := applications.NewRegistry(applications.Options{K: k, Now: now, Families: mint})
	h.apps, h.people, h.db = apps, people, db
	engine, err := journeys.New(journeys.Options{
		Nodes:       nodes.All(nodes.Options{Users: people, Sessions: h.sessions, Tenants: h.tenants, K: k, Now: now}),
		Definitions: ordered(journey), K: k, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.provider = oidc.New(oidc.Options{
		Applications: apps, Users: people, Sessions: h.sessions, Tokens: mint, Keys: ring, Journeys: engine,
		Grants:  &grants.Issuer{Resources: &resources.Catalogue{Applications: apps, Now: now}, Applications: apps, Users: people, Sessions: h.sessions, Tokens: mint, Access: desk, Events: audit.NewGatherer(db, now), Journeys: engine, Replays: &replays.Keep{Now: now}, Now: now},
		Clients: &clientauth.Authenticator{Applications: apps, Throttle: guard, Now: now, Replays: &replays.Keep{Now: now}}, Throttle: guard, K: k, Now: now,
	})
	h.furnish(db, people, apps)
	h.open(db, k, hosted.New(hosted.Options{
		Journeys: engine, Consents: h.provider, SignOuts: h.provider, Devices: h.provider, Approvals: h.provider, Branding: h.tenants,
		Users: people, Sessions: h.sessions, Now: now,
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
	return caller.With(h.t.Context(), caller.Info{
		Via: caller.ViaApply, Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator, Name: "test"},
	})
}

// furnish makes tenant Acme, application Portal and user Ada.
func (h *house) furnish(db *store.DB, people *users.Directory, apps *applications.Registry) {
	h.t.Helper()
	row, err := h.tenants.Create(h.operator(), tenants.New{Name: models.DefaultTenant, DisplayName: "Acme"})
	if err != nil {
		h.t.Fatal(err)
	}
	h.tenant = db.Tenant(row.TenantID)
	_, _, err = apps.Create(h.operator(), h.tenant, applications.New{
		Type: models.TypeSPA, ClientID: "portal",
		Metadata: applications.Metadata{DisplayName: "Portal", RedirectURIs: []string{callback}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.ada, err = people.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: "ada"}, Password: correct})
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
func (h *house) open(db *store.DB, k *seal.Keyring, pages *hosted.Pages) {
	h.t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(h.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.url = "http://" + listener.Addr().String()
	public, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	app := web.New(web.Options{
		PublicURL: public, DB: db, Tenants: h.tenants, K: k, Now: func() time.Time { return h.now },
		Logger: slog.New(slog.DiscardHandler), ErrorPage: pages.ErrorPage,
	})
	router := app.Tenant()
	pages.Routes(router)
	browse := func(path string, answer func(r *web.Request, t oidc.Tenant, b oidc.Browser) oidc.Answer) {
		router.Add(web.Route{Method: "GET", Path: path, Public: true, Handle: func(r *web.Request) error {
			t := oidc.Tenant{Row: r.Tenant, Store: r.Store, Issuer: r.Base}
			held := r.Held()
			a := answer(r, t, oidc.Browser{ID: r.BrowserID(), Session: held.Current, Others: held.Others})
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
	go func() {
		if err := app.Fiber().Listener(listener); err != nil {
			h.t.Error(err)
		}
	}()
	h.t.Cleanup(func() {
		if err := app.Fiber().Shutdown(); err != nil {
			h.t.Error(err)
		}
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

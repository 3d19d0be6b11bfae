package protocol_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"gatehouse/handlers/hosted"
	"gatehouse/handlers/protocol"
	"gatehouse/handlers/web"
	"gatehouse/handlers/web/webtest"
	"gatehouse/identity/applications"
	"gatehouse/identity/logouts"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/oidc/oidctest"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// house is the tenants default and acme, each with an application, behind a
// real listener.
type house struct {
	t       testing.TB
	url     string
	acme    store.Tenant
	tenants *tenants.Directory
	keeper  *sessions.Keeper
	apps    *applications.Registry
	people  *users.Directory
	ada     *models.User
	client  *http.Client
	app     *fiber.App
	teller  *logouts.Teller
	later   time.Duration // that the teller's clock is ahead
}

const origin = "https://spa.example"

func build(t testing.TB) *house {
	t.Helper()
	return buildOn(t, storetest.SQLite(t))
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, buildOn(t, db)) })
}

func buildOn(t testing.TB, db *store.DB) *house {
	t.Helper()
	h := &house{t: t}
	r := oidctest.New(t, oidctest.Options{DB: db, Now: time.Now})
	h.keeper, h.apps, h.people, h.tenants, h.teller = r.Sessions, r.Applications, r.Users, r.Tenants, r.Logouts
	h.teller.Now = func() time.Time { return time.Now().Add(h.later) }
	pages := hosted.New(hosted.Options{
		Journeys: r.Engine, Consents: r.Provider, SignOuts: r.Provider, Devices: r.Provider, Approvals: r.Provider, Branding: r.Tenants, Users: r.Users,
		Sessions: r.Sessions, Now: time.Now,
	})
	h.furnish(db)
	endpoints := protocol.New(protocol.Options{Provider: r.Provider, Origins: r.Applications, Answer: pages.Answer})
	app, at := webtest.Open(t, r, web.Options{ErrorPage: pages.ErrorPage}, func(app *web.App, _ string) {
		endpoints.Routes(app.Tenant())
		endpoints.Beside(app.WellKnown())
		pages.Routes(app.Tenant())
	})
	h.app, h.url, r.Issuer = app.Fiber(), at, at+"/t/acme"
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return h
}

func (h *house) operator() context.Context {
	return oidctest.Operator(h.t.Context())
}

func (h *house) furnish(db *store.DB) {
	h.t.Helper()
	row, err := h.tenants.Create(h.operator(), tenants.New{Name: "acme"})
	if err != nil {
		h.t.Fatal(err)
	}
	h.acme = db.Tenant(row.TenantID)
	for id, origins := range map[string][]string{"spa": {origin}, "other": {"https://other.example"}} {
		_, _, err := h.apps.Create(h.operator(), h.acme, applications.New{Type: models.TypeSPA, ClientID: id, Metadata: applications.Metadata{
			DisplayName: id, RedirectURIs: []string{origin + "/cb"}, AllowedOrigins: origins, FirstParty: true,
		}})
		if err != nil {
			h.t.Fatal(err)
		}
	}
	_, _, err = h.apps.Create(h.operator(), h.acme, applications.New{
		Type: models.TypeService, ClientID: "job", Secret: "a secret of the job", Metadata: applications.Metadata{DisplayName: "job", Scope: "read"},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.ada, err = h.people.Create(h.operator(), h.acme, users.New{Profile: users.Profile{Username: "ada"}})
	if err != nil {
		h.t.Fatal(err)
	}
}

// openRegistration lets everybody register applications at acme.
func (h *house) openRegistration() {
	h.t.Helper()
	row, err := tenants.Fresh(h.operator(), h.acme)
	if err != nil {
		h.t.Fatal(err)
	}
	_, err = h.tenants.Update(h.operator(), h.acme, tenants.Change{
		Version: row.Version, DisplayName: row.DisplayName, DefaultLocale: row.DefaultLocale, Settings: models.TenantSettings{Registration: models.RegistrationOpen},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// signIn gives the browser a session of Ada.
func (h *house) signIn() {
	h.t.Helper()
	var text string
	err := h.acme.Write(h.operator(), func(tx *store.Tx) error {
		var err error
		_, text, err = h.keeper.Begin(h.operator(), tx, sessions.New{UserID: h.ada.ID, Kind: models.SessionUser, AMR: []string{"pwd"}})
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	u, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	h.client.Jar.SetCookies(u, []*http.Cookie{{Name: "gatehouse_session_acme", Value: text, Path: "/"}})
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	v := map[string]any{}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return v
}

func (h *house) send(method, path, body string, header ...string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

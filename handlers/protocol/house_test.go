package protocol_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"gatehouse/audit"
	"gatehouse/handlers/hosted"
	"gatehouse/handlers/protocol"
	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
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
	"gatehouse/internal/outbound"
	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/journeys/nodes"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/dpop"
	"gatehouse/oidc/grants"
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
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now
	h.keeper = &sessions.Keeper{Now: now}
	directory := tenants.NewDirectory(tenants.Options{DB: db, K: k, Now: now})
	ring := keys.NewRing(keys.Options{DB: db, K: k, Now: now})
	mint := tokens.NewMint(tokens.Options{Keys: ring, K: k, Sessions: h.keeper, Now: now})
	guard, desk := &throttle.Guard{Now: now}, &access.Desk{DB: db, System: store.NewID(), Now: now}
	people := users.NewDirectory(users.Options{
		K: k, Now: now, Tenants: directory, Sessions: h.keeper, Families: mint, Throttle: guard, Access: desk,
		Passwords: &credentials.Passwords{Now: now, Params: credentials.Params{Memory: 64, Time: 1, Threads: 1}},
	})
	apps := applications.NewRegistry(applications.Options{K: k, Now: now, Families: mint})
	h.teller = logouts.NewTeller(logouts.Options{
		DB: db, Applications: apps, Tokens: mint, Now: func() time.Time { return now().Add(h.later) }, Logger: slog.New(slog.DiscardHandler),
		Call:   outbound.New(outbound.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}),
		Issuer: func(context.Context, string) (string, error) { return h.url + "/t/acme", nil },
	})
	h.keeper.Ended = h.teller.Ended
	engine, err := journeys.New(journeys.Options{
		Nodes:       nodes.All(nodes.Options{Users: people, Sessions: h.keeper, Tenants: directory, K: k, Now: now}),
		Definitions: journeys.Defaults(), K: k, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	provider := oidc.New(oidc.Options{
		Applications: apps, Users: people, Sessions: h.keeper, Tokens: mint, Keys: ring, Journeys: engine,
		Grants:  &grants.Issuer{Resources: &resources.Catalogue{Applications: apps, Now: now}, Applications: apps, Users: people, Sessions: h.keeper, Tokens: mint, Access: desk, Events: audit.NewGatherer(db, now), Journeys: engine, Replays: &replays.Keep{Now: now}, Now: now},
		Clients: &clientauth.Authenticator{Applications: apps, Throttle: guard, Now: now, Replays: &replays.Keep{Now: now}}, Throttle: guard, K: k, Now: now,
		Logger: slog.New(slog.DiscardHandler), UILocales: []string{"en"}, Logouts: h.teller, DPoP: &dpop.Judge{K: k, Replays: &replays.Keep{Now: now}, Now: now},
	})
	pages := hosted.New(hosted.Options{
		Journeys: engine, Consents: provider, SignOuts: provider, Devices: provider, Approvals: provider, Branding: directory, Users: people, Sessions: h.keeper, Now: now,
	})
	h.apps, h.people = apps, people
	h.tenants = directory
	h.furnish(db, directory, people, apps)
	h.open(db, k, directory, pages, protocol.New(protocol.Options{Provider: provider, Origins: apps, Answer: pages.Answer}))
	return h
}

func (h *house) operator() context.Context {
	return caller.With(h.t.Context(), caller.Info{
		Via: caller.ViaApply, Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator, Name: "test"},
	})
}

func (h *house) furnish(db *store.DB, directory *tenants.Directory, people *users.Directory, apps *applications.Registry) {
	h.t.Helper()
	for _, name := range []string{models.DefaultTenant, "acme"} {
		row, err := directory.Create(h.operator(), tenants.New{Name: name})
		if err != nil {
			h.t.Fatal(err)
		}
		h.acme = db.Tenant(row.TenantID)
	}
	for id, origins := range map[string][]string{"spa": {origin}, "other": {"https://other.example"}} {
		_, _, err := apps.Create(h.operator(), h.acme, applications.New{Type: models.TypeSPA, ClientID: id, Metadata: applications.Metadata{
			DisplayName: id, RedirectURIs: []string{origin + "/cb"}, AllowedOrigins: origins, FirstParty: true,
		}})
		if err != nil {
			h.t.Fatal(err)
		}
	}
	_, _, err := apps.Create(h.operator(), h.acme, applications.New{
		Type: models.TypeService, ClientID: "job", Secret: "a secret of the job", Metadata: applications.Metadata{DisplayName: "job", Scope: "read"},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.ada, err = people.Create(h.operator(), h.acme, users.New{Profile: users.Profile{Username: "ada"}})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) open(db *store.DB, k *seal.Keyring, directory *tenants.Directory, pages *hosted.Pages, endpoints *protocol.Endpoints) {
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
		PublicURL: public, DB: db, Tenants: directory, K: k, Now: time.Now, Logger: slog.New(slog.DiscardHandler), ErrorPage: pages.ErrorPage, Metrics: web.NewMetrics(),
	})
	endpoints.Routes(app.Tenant())
	endpoints.Beside(app.WellKnown())
	pages.Routes(app.Tenant())
	h.app = app.Fiber()
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
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
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

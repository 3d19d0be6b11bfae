package nodes_test

import (
	"context"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/credentials"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/internal/page"
	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/journeys/nodes"
	"gatehouse/models"
	"gatehouse/store"
)

const correct = "a long and quiet password"

// house is everything below the journeys, on a real database.
type house struct {
	t            *testing.T
	now          time.Time
	k            *seal.Keyring
	tenants      *tenants.Directory
	users        *users.Directory
	applications *applications.Registry
	sessions     *sessions.Keeper
	engine       *journeys.Engine
	tenant       store.Tenant
	row          *models.Tenant
	ada          *models.User
	hashing      func() // is called before each hash; nil: nothing is
}

// Enter implements credentials.Limiter.
func (h *house) Enter(context.Context, int64) (leave func(), err error) {
	if h.hashing != nil {
		h.hashing()
	}
	return func() {}, nil
}

func build(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{t: t, now: time.Now().UTC().Truncate(time.Second)}
	now := func() time.Time { return h.now }
	var err error
	if h.k, err = seal.New(seal.Generate()); err != nil {
		t.Fatal(err)
	}
	h.sessions = &sessions.Keeper{Now: now}
	h.tenants = tenants.NewDirectory(tenants.Options{DB: db, K: h.k, Now: now})
	families := tokens.NewMint(tokens.Options{K: h.k, Sessions: h.sessions, Now: now})
	h.users = users.NewDirectory(users.Options{
		K: h.k, Now: now, Tenants: h.tenants, Sessions: h.sessions,
		Passwords: &credentials.Passwords{Now: now, Limit: h, Params: credentials.Params{Memory: 64, Time: 1, Threads: 1}},
		Families:  families,
		Throttle:  &throttle.Guard{Now: now},
		Access:    &access.Desk{DB: db, System: store.NewID(), Now: now},
	})
	h.applications = applications.NewRegistry(applications.Options{K: h.k, Now: now, Families: families})
	h.engine, err = journeys.New(journeys.Options{
		Nodes:       nodes.All(nodes.Options{Users: h.users, Applications: h.applications, Sessions: h.sessions, Tenants: h.tenants, K: h.k, Now: now}),
		Definitions: journeys.Defaults(), K: h.k, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if h.row, err = h.tenants.Create(h.operator(), tenants.New{Name: "acme", DisplayName: "Acme"}); err != nil {
		t.Fatal(err)
	}
	h.tenant = db.Tenant(h.row.TenantID)
	h.ada = h.user("ada", correct)
	return h
}

// operator is whoever runs the command line.
func (h *house) operator() context.Context {
	return caller.With(h.t.Context(), caller.Info{
		Via: caller.ViaApply, Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator, Name: "test"},
	})
}

// visitor is a browser.
func (h *house) visitor() context.Context {
	return caller.With(h.t.Context(), caller.Info{RequestID: "request", Via: caller.ViaHosted, IP: "192.0.2.7", UserAgent: "test"})
}

func (h *house) user(name, password string) *models.User {
	h.t.Helper()
	u, err := h.users.Create(h.operator(), h.tenant, users.New{Profile: users.Profile{Username: name}, Password: password})
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

func (h *house) start(journey string) string {
	h.t.Helper()
	id, err := h.engine.Start(h.visitor(), h.tenant, journeys.Need{Browser: "browser", Journey: journey, ClientID: "portal", ReturnTo: "request"})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *house) send(id string, s journeys.Submission) journeys.Step {
	h.t.Helper()
	return h.sendIn(journeys.Browser{ID: "browser"}, id, s)
}

func (h *house) sendIn(b journeys.Browser, id string, s journeys.Submission) journeys.Step {
	h.t.Helper()
	step, err := h.engine.Advance(h.visitor(), h.tenant, id, b, s)
	if err != nil {
		h.t.Fatal(err)
	}
	return step
}

// signIn tries name and password on one page.
func (h *house) signIn(name, password string) journeys.Step {
	h.t.Helper()
	return h.send(h.start(journeys.IdentifierPassword), form(name, password))
}

func form(name, password string) journeys.Submission {
	return journeys.Submission{Inputs: map[string]string{"username": name, "password": password}}
}

func (h *house) attempts() []models.Attempt {
	h.t.Helper()
	all, err := attempts.List(h.t.Context(), h.tenant, attempts.Filter{}, page.Request{})
	if err != nil {
		h.t.Fatal(err)
	}
	return all.Items
}

func (h *house) events(prefix string) []audit.Entry {
	h.t.Helper()
	all, err := audit.Timeline(h.t.Context(), h.tenant, audit.Filter{Action: prefix}, page.Request{})
	if err != nil {
		h.t.Fatal(err)
	}
	return all.Items
}

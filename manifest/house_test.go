package manifest_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/credentials"
	"gatehouse/identity/keys"
	"gatehouse/identity/resources"
	"gatehouse/identity/sessions"
	"gatehouse/identity/tenants"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/internal/page"
	"gatehouse/internal/seal"
	"gatehouse/internal/secret"
	"gatehouse/manifest"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// house is a deployment that configurations are applied to.
type house struct {
	t        *testing.T
	db       *store.DB
	tenants  *tenants.Directory
	apps     *applications.Registry
	users    *users.Directory
	desk     *access.Desk
	manifest *manifest.Manifest
	env      []string
}

func build(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{t: t, db: db, env: []string{
		"PORTAL_SECRET=portal-secret-0123456789abcdefghijkl", "ADA_PASSWORD=violet engine waltz at nine",
		"OPS_SECRET=ops-secret-0123456789abcdefghijklmnop",
	}}
	k, err := seal.New(seal.Generate())
	must(t, err)
	keeper := &sessions.Keeper{Now: time.Now}
	mint := tokens.NewMint(tokens.Options{Keys: keys.NewRing(keys.Options{DB: db, K: k, Now: time.Now}), K: k, Sessions: keeper, Now: time.Now})
	h.tenants = tenants.NewDirectory(tenants.Options{DB: db, K: k, Now: time.Now})
	must(t, h.tenants.EnsureBuiltin(operator()))
	system, err := h.tenants.ByName(t.Context(), models.SystemTenant)
	must(t, err)
	h.desk = &access.Desk{DB: db, System: system.TenantID, Now: time.Now}
	h.users = users.NewDirectory(users.Options{
		K: k, Now: time.Now, Tenants: h.tenants, Sessions: keeper, Families: mint, Throttle: &throttle.Guard{Now: time.Now}, Access: h.desk,
		Passwords: &credentials.Passwords{Now: time.Now, Params: credentials.Params{Memory: 64, Time: 1, Threads: 1}},
	})
	h.desk.Active = h.users.Active
	h.apps = applications.NewRegistry(applications.Options{K: k, Now: time.Now, Families: mint})
	h.manifest = manifest.New(manifest.Options{
		Resources: &resources.Catalogue{Applications: h.apps, Now: time.Now},
		Rules:     claimrules.NewBook(claimrules.Options{Applications: h.apps, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}),
		DB:        db, Now: time.Now, Tenants: h.tenants, Applications: h.apps, Users: h.users, Access: h.desk, System: system.TenantID,
	})
	return h
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, build(t, db)) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func operator() context.Context {
	return caller.With(context.Background(), caller.Info{
		Via: caller.ViaApply, Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorOperator, Name: "test"},
	})
}

// load reads documents as a file named c.yaml, whose folder is left out of
// errors.
func load(t *testing.T, env []string, documents string) (*manifest.Set, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("c.yaml", []byte(documents), 0o600))
	return manifest.Load(manifest.Sources{Paths: []string{"c.yaml"}, Environ: env})
}

func (h *house) set(documents string) *manifest.Set {
	h.t.Helper()
	s, err := load(h.t, h.env, documents)
	must(h.t, err)
	return s
}

// apply returns the plan as text.
func (h *house) apply(documents string, prune ...manifest.Choice) string {
	h.t.Helper()
	plan, err := h.manifest.Apply(operator(), h.set(documents), append(prune, manifest.Choice{})[0])
	must(h.t, err)
	return plan.String()
}

func (h *house) plan(documents string, prune ...manifest.Choice) string {
	h.t.Helper()
	plan, err := h.manifest.Plan(operator(), h.set(documents), append(prune, manifest.Choice{})[0])
	must(h.t, err)
	return plan.String()
}

// refused applies what cannot be applied.
func (h *house) refused(documents string) string {
	h.t.Helper()
	if _, err := h.manifest.Apply(operator(), h.set(documents), manifest.Choice{}); err != nil {
		return err.Error()
	}
	h.t.Fatalf("applied:\n%s", documents)
	return ""
}

func (h *house) export(only ...string) string {
	h.t.Helper()
	text, err := h.manifest.Export(operator(), only)
	must(h.t, err)
	return string(text)
}

func (h *house) in(name string) store.Tenant {
	h.t.Helper()
	t, err := tenants.Named(operator(), h.db.System("test"), name)
	must(h.t, err)
	return h.db.Tenant(t.TenantID)
}

func (h *house) app(tenant, name string) *models.Application {
	h.t.Helper()
	a, err := applications.ByName(operator(), h.in(tenant), name)
	must(h.t, err)
	return a
}

func (h *house) user(tenant, name string) *models.User {
	h.t.Helper()
	u, err := h.users.ByUsername(operator(), h.in(tenant), name)
	must(h.t, err)
	return u
}

func (h *house) knows(tenant, name string) bool {
	h.t.Helper()
	_, err := h.users.ByUsername(operator(), h.in(tenant), name)
	if err != nil && !reason.Has(err, reason.UserUnknown) {
		h.t.Fatal(err)
	}
	return err == nil
}

// secretWorks and passwordWorks ask as sign-ins do.
func (h *house) secretWorks(tenant, name, text string) bool {
	h.t.Helper()
	return h.apps.CheckSecret(operator(), h.in(tenant), h.app(tenant, name), secret.New(text)) == nil
}

func (h *house) passwordWorks(tenant, name, text string) bool {
	h.t.Helper()
	return h.users.Passwords.Check(operator(), h.in(tenant), h.user(tenant, name).ID, text) == nil
}

// events counts the events of all tenants by what their actions begin with.
func (h *house) events(begins string) int {
	h.t.Helper()
	got, err := audit.Timeline(operator(), h.db.System("test"), audit.Filter{Action: begins}, page.Request{Limit: 200})
	must(h.t, err)
	return len(got.Items)
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is missing in:\n%s", p, text)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

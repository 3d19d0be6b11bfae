package manifest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/tenants"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/internal/secret"
	"gatehouse/manifest"
	"gatehouse/models"
	"gatehouse/oidc/oidctest"
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
	r := oidctest.New(t, oidctest.Options{DB: db, Now: time.Now})
	h.tenants, h.desk, h.users, h.apps = r.Tenants, r.Access, r.Users, r.Applications
	h.manifest = manifest.New(manifest.Options{
		Resources: r.Resources, Rules: r.Rules,
		DB: db, Now: time.Now, Tenants: r.Tenants, Applications: r.Applications, Users: r.Users, Access: r.Access, System: r.System,
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
	return oidctest.Operator(context.Background())
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

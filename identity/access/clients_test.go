package access_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/internal/caller"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

func (o *office) application(t *testing.T, in store.Tenant, name string) string {
	t.Helper()
	at := models.At(start)
	none := models.AsJSON([]string{})
	a := models.Application{
		ID: store.NewID(), Name: name, ClientID: name, Type: models.TypeService, Status: models.ApplicationActive, RedirectURIs: none,
		PostLogoutRedirectURIs: none, GrantTypes: none, ResponseTypes: none, AllowedOrigins: none, CreatedAt: at, UpdatedAt: at,
	}
	err := in.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.Rows(t.Context()).Create(&a).Error; err != nil {
			return err
		}
		return audit.Append(t.Context(), tx, start, audit.Event{Action: audit.ApplicationCreated, ApplicationID: a.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// TestAPIClients_R8_R12: a client never holds more than its owner, today.
func TestAPIClients_R8_R12(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		admin, assignment := o.holder(t, access.TenantAdmin, o.acme.ID())
		asAdmin := o.as(t, admin)
		app := o.application(t, o.acme, "robot")
		spec := access.Client{
			ApplicationID: app, Name: "robot", Permissions: []access.Permission{access.UsersRead, access.UsersWrite},
			Addresses: []string{"192.0.2.0/24", "2001:db8::1"}, ExpiresAt: start.Add(time.Hour),
		}
		for name, c := range map[string]struct {
			change func(c *access.Client)
			want   reason.Code
		}{
			"beyond its tenant": {func(c *access.Client) { c.Tenants = []string{o.glob.ID()} }, reason.AccessGrant},
			"beyond its owner":  {func(c *access.Client) { c.Permissions = []access.Permission{access.AdministratorsWrite} }, reason.AccessGrant},
			"unknown right":     {func(c *access.Client) { c.Permissions = []access.Permission{"x"} }, reason.InputInvalid},
			"bad address":       {func(c *access.Client) { c.Addresses = []string{"192.0.2.0/99"} }, reason.InputInvalid},
			"no application":    {func(c *access.Client) { c.ApplicationID = store.NewID() }, reason.ApplicationUnknown},
		} {
			bad := spec
			c.change(&bad)
			if _, err := o.desk.CreateClient(asAdmin, o.acme, bad); !reason.Has(err, c.want) {
				t.Error(name, err)
			}
		}
		row, err := o.desk.CreateClient(asAdmin, o.acme, spec)
		if err != nil || row.OwnerUserID != admin {
			t.Fatal(row, err)
		}
		grants := func(r store.Reader, ip string) (caller.Grants, error) {
			g, _, err := o.desk.ClientGrants(t.Context(), r, app, ip)
			return g, err
		}
		g, err := grants(o.acme, "192.0.2.9")
		if err != nil || !g.Allows(o.acme.ID(), string(access.UsersWrite)) || g.Allows(o.glob.ID(), string(access.UsersRead)) ||
			g.Allows(o.acme.ID(), string(access.KeysWrite)) {
			t.Error(g, err)
		}
		for name, c := range map[string]struct {
			r    store.Reader
			ip   string
			want reason.Code
		}{
			"address": {o.acme, "198.51.100.1", reason.AccessAddress}, "no address": {o.acme, "", reason.AccessAddress},
			"other tenant": {o.glob, "192.0.2.9", reason.AccessDenied}, // R4
		} {
			if _, err := grants(c.r, c.ip); !reason.Has(err, c.want) {
				t.Error(name, err)
			}
		}
		if err := o.desk.TouchClient(t.Context(), o.acme, row); err != nil {
			t.Error(err)
		}
		changed := spec
		changed.Permissions = spec.Permissions[:1]
		if _, err := o.desk.UpdateClient(asAdmin, o.acme, 7, changed); !reason.Has(err, reason.VersionStale) {
			t.Error(err)
		}
		if _, err := o.desk.UpdateClient(asAdmin, o.acme, 1, changed); err != nil {
			t.Error(err)
		}
		o.inactive = []string{admin}
		if _, err := grants(o.acme, "2001:db8::1"); !reason.Has(err, reason.AccessDenied) {
			t.Error("its owner cannot sign in", err)
		}
		o.inactive = nil
		if err := o.desk.Remove(operator(t.Context()), o.system, assignment); err != nil {
			t.Fatal(err)
		}
		if g, err := grants(o.acme, "192.0.2.9"); err != nil || g.Allows(o.acme.ID(), string(access.UsersRead)) {
			t.Error("its owner lost his role", g, err)
		}
		o.now = start.Add(time.Hour)
		if _, err := grants(o.acme, "192.0.2.9"); !reason.Has(err, reason.AccessExpired) {
			t.Error(err)
		}
		if all, err := o.desk.Clients(operator(t.Context()), o.acme); err != nil || len(all) != 1 {
			t.Error(all, err)
		}
		if err := o.desk.DeleteClient(operator(t.Context()), o.acme, app); err != nil {
			t.Error(err)
		}
		if _, err := o.desk.ClientByID(operator(t.Context()), o.acme, app); !reason.Has(err, reason.RequestNotFound) {
			t.Error(err)
		}
	})
}

// TestSetupLink: the link works once, for a day, until there is an owner.
func TestSetupLink(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		ctx := operator(t.Context())
		old, err := o.desk.NewLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		link, err := o.desk.NewLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		use := func(w store.Writer, text secret.Text) error {
			return w.Write(ctx, func(tx *store.Tx) error { return o.desk.UseLink(ctx, tx, text) })
		}
		for name, err := range map[string]error{
			"replaced": use(o.system, old), "unknown": use(o.system, secret.New("x")), "other tenant": use(o.acme, link),
			"looked at": o.desk.Link(ctx, old),
		} {
			if !reason.Has(err, reason.AccessSetupUsed) {
				t.Error(name, err)
			}
		}
		o.now = start.Add(access.SetupLife)
		if err := use(o.system, link); !reason.Has(err, reason.AccessSetupUsed) {
			t.Error("too old", err)
		}
		o.now = start
		if err := o.desk.Link(ctx, link); err != nil {
			t.Error(err)
		}
		var used atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if use(o.system, link) == nil {
					used.Add(1)
				}
			})
		}
		wg.Wait()
		if used.Load() != 1 {
			t.Errorf("used %d times", used.Load())
		}
		if owned, err := o.desk.Owned(ctx); owned || err != nil {
			t.Error(owned, err)
		}
		o.holder(t, access.Owner, "")
		if _, err := o.desk.NewLink(ctx); !reason.Has(err, reason.AccessSetupUsed) {
			t.Error(err)
		}
	})
}

func TestGrantsListTenants_R13(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		admin, _ := o.holder(t, access.TenantAdmin, o.acme.ID())
		g, err := o.desk.Resolve(t.Context(), admin)
		if err != nil {
			t.Fatal(err)
		}
		grants, ok := g.(access.Grants)
		if !ok {
			t.Fatal("other grants")
		}
		if ids, every := grants.Tenants(access.UsersRead); every || !slices.Equal(ids, []string{o.acme.ID()}) {
			t.Error(ids, every)
		}
		if _, every := access.Operator().(access.Grants).Tenants(access.UsersRead); !every {
			t.Error("the operator is bounded")
		}
	})
}

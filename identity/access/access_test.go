package access_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/internal/caller"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// office is a deployment with the system tenant and two more.
type office struct {
	desk               *access.Desk
	system, acme, glob store.Tenant
	now                time.Time
	inactive           []string
}

func open(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{system: storetest.Tenant(t, db, "system"), acme: storetest.Tenant(t, db, "acme"), glob: storetest.Tenant(t, db, "globex"), now: start}
	o.desk = &access.Desk{
		DB: db, System: o.system.ID(), Now: func() time.Time { return o.now },
		Active: func(_ context.Context, _ store.Reader, ids []string) ([]string, error) {
			return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(o.inactive, id) }), nil
		},
	}
	return o
}

func (o *office) user(t *testing.T) string {
	t.Helper()
	at := models.At(start)
	u := models.User{ID: store.NewID(), Username: store.NewID(), Kind: models.UserLocal, Status: models.UserActive, Version: 1, CreatedAt: at, UpdatedAt: at}
	err := o.system.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.Rows(t.Context()).Create(&u).Error; err != nil {
			return err
		}
		return audit.Append(t.Context(), tx, start, audit.Event{Action: audit.UserCreated, UserID: u.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func operator(ctx context.Context) context.Context {
	return caller.With(ctx, caller.Info{Via: caller.ViaSystem, Actor: caller.Actor{Type: caller.ActorOperator, ID: "operator"}, Grants: access.Operator()})
}

// as is a request of the administrator, as a door prepares it.
func (o *office) as(t *testing.T, userID string) context.Context {
	t.Helper()
	g, err := o.desk.Resolve(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	return caller.With(t.Context(), caller.Info{Via: caller.ViaConsole, Actor: caller.Actor{Type: caller.ActorAdmin, ID: userID}, Grants: g})
}

func (o *office) holder(t *testing.T, role access.Role, tenantID string) (userID, assignmentID string) {
	t.Helper()
	userID = o.user(t)
	row, err := o.desk.Assign(operator(t.Context()), o.system, access.Assignment{UserID: userID, Role: role, TenantID: tenantID})
	if err != nil {
		t.Fatal(err)
	}
	return userID, row.ID
}

// TestRequire_R6_R7: whatever is missing or unknown denies.
func TestRequire_R6_R7(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		admin, _ := o.holder(t, access.TenantAdmin, o.acme.ID())
		support, _ := o.holder(t, access.Support, "")
		owner, _ := o.holder(t, access.Owner, "")
		nobody := o.user(t)
		anonymous := caller.With(t.Context(), caller.Info{Grants: access.Operator(), Actor: caller.Actor{Type: caller.ActorNobody}})
		for name, c := range map[string]struct {
			ctx    context.Context
			tenant string
			p      access.Permission
			want   reason.Code
		}{
			"no caller":            {t.Context(), o.acme.ID(), access.UsersRead, reason.AccessUnauthorized},
			"anonymous":            {anonymous, o.acme.ID(), access.UsersRead, reason.AccessUnauthorized},
			"no roles":             {o.as(t, nobody), o.acme.ID(), access.UsersRead, reason.AccessDenied},
			"admin at home":        {o.as(t, admin), o.acme.ID(), access.UsersWrite, ""},
			"admin elsewhere":      {o.as(t, admin), o.glob.ID(), access.UsersRead, reason.AccessDenied},
			"admin in system":      {o.as(t, admin), o.system.ID(), access.UsersRead, reason.AccessDenied},
			"admin of admins":      {o.as(t, admin), o.acme.ID(), access.AdministratorsWrite, reason.AccessDenied},
			"admin, no tenant":     {o.as(t, admin), "", access.UsersRead, reason.AccessDenied},
			"support sees":         {o.as(t, support), o.glob.ID(), access.UsersRead, ""},
			"support writes":       {o.as(t, support), o.glob.ID(), access.UsersWrite, reason.AccessDenied},
			"owner":                {o.as(t, owner), o.glob.ID(), access.KeysWrite, ""},
			"owner, no permission": {o.as(t, owner), o.glob.ID(), "users:everything", reason.AccessDenied},
			"owner, empty":         {o.as(t, owner), o.glob.ID(), "", reason.AccessDenied},
			"owner, no tenant":     {o.as(t, owner), "", access.UsersRead, reason.AccessDenied},
			"operator":             {operator(t.Context()), o.acme.ID(), access.ConfigWrite, ""},
			"operator, no such":    {operator(t.Context()), o.acme.ID(), "x", reason.AccessDenied},
		} {
			err := access.Require(c.ctx, c.tenant, c.p)
			if c.want == "" && err != nil || c.want != "" && !reason.Has(err, c.want) {
				t.Error(name, err)
			}
		}
		if err := access.RequireEverywhere(o.as(t, admin), access.TenantsRead); !reason.Has(err, reason.AccessDenied) {
			t.Error(err)
		}
		if err := access.RequireEverywhere(o.as(t, support), access.TenantsRead); err != nil {
			t.Error(err)
		}
	})
}

// TestGiving_R8_R9: nobody gives what he lacks, and roles live in the system
// tenant alone.
func TestGiving_R8_R9(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		owner, ownership := o.holder(t, access.Owner, "")
		o.holder(t, access.Owner, "")
		admin, _ := o.holder(t, access.TenantAdmin, o.acme.ID())
		target := o.user(t)
		asOwner := o.as(t, owner)
		for name, c := range map[string]struct {
			ctx  context.Context
			w    store.Writer
			a    access.Assignment
			want reason.Code
		}{
			"owner gives":         {asOwner, o.system, access.Assignment{UserID: target, Role: access.Support}, ""},
			"twice":               {asOwner, o.system, access.Assignment{UserID: target, Role: access.Support}, ""},
			"through a tenant":    {asOwner, o.acme, access.Assignment{UserID: target, Role: access.Support}, reason.AccessDenied},
			"through everything":  {asOwner, db.System("test"), access.Assignment{UserID: target, Role: access.Support}, reason.AccessDenied},
			"tenant admin gives":  {o.as(t, admin), o.system, access.Assignment{UserID: target, Role: access.Support, TenantID: o.acme.ID()}, reason.AccessDenied},
			"unknown role":        {asOwner, o.system, access.Assignment{UserID: target, Role: "god"}, reason.InputInvalid},
			"unknown user":        {asOwner, o.system, access.Assignment{UserID: store.NewID(), Role: access.Support}, reason.UserUnknown},
			"nobody":              {asOwner, o.system, access.Assignment{Role: access.Support}, reason.InputInvalid},
			"owner of one tenant": {asOwner, o.system, access.Assignment{UserID: target, Role: access.Owner, TenantID: o.acme.ID()}, reason.InputInvalid},
		} {
			_, err := o.desk.Assign(c.ctx, c.w, c.a)
			if c.want == "" && err != nil || c.want != "" && !reason.Has(err, c.want) {
				t.Error(name, err)
			}
		}
		// The right is looked up anew in the transaction: the request still
		// carries the grants of an owner, the rows no longer do.
		if err := o.desk.Remove(operator(t.Context()), o.system, ownership); err != nil {
			t.Fatal(err)
		}
		_, err := o.desk.Assign(asOwner, o.system, access.Assignment{UserID: target, Role: access.Owner})
		if !reason.Has(err, reason.AccessGrant) {
			t.Error("a lost right was given on", err)
		}
		rows, err := o.desk.List(operator(t.Context()), target)
		if err != nil || len(rows) != 1 {
			t.Error(rows, err)
		}
		events, err := audit.Timeline(t.Context(), o.system, audit.Filter{UserID: target, Action: "role."}, page.Request{})
		if err != nil || len(events.Items) != 1 {
			t.Error(events, err)
		}
	})
}

// TestLastOwner_R10: of two owners who remove each other at once one stays, and
// an owner who cannot sign in does not count.
func TestLastOwner_R10(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db)
		one, first := o.holder(t, access.Owner, "")
		_, second := o.holder(t, access.Owner, "")
		var removed atomic.Int64
		var wg sync.WaitGroup
		for _, id := range []string{first, second} {
			wg.Go(func() {
				err := o.desk.Remove(operator(t.Context()), o.system, id)
				switch {
				case err == nil:
					removed.Add(1)
				case !reason.Has(err, reason.AccessLastOwner):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if removed.Load() != 1 {
			t.Errorf("%d removed", removed.Load())
		}
		two, _ := o.holder(t, access.Owner, "")
		o.inactive = []string{two}
		keep := func(id string) error {
			return o.system.Write(t.Context(), func(tx *store.Tx) error { return o.desk.KeepOwner(t.Context(), tx, id) })
		}
		left, err := o.desk.List(operator(t.Context()), "")
		if err != nil || len(left) != 2 {
			t.Fatal(left, err)
		}
		if err := keep(left[0].UserID); !reason.Has(err, reason.AccessLastOwner) {
			t.Error("an owner who cannot sign in counted", err, one)
		}
		if err := keep(two); err != nil {
			t.Error(err)
		}
		if err := keep(o.user(t)); err != nil {
			t.Error(err)
		}
	})
}

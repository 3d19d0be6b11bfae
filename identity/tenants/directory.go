package tenants

import (
	"context"
	"errors"
	"time"

	"gatehouse/identity/access"
	"gatehouse/internal/page"
	"gatehouse/internal/recent"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Ender ends what a tenant's users hold, in the transaction that suspends it or
// revokes everything, and returns how much there was.
type Ender func(ctx context.Context, tx *store.Tx, why string) (int, error)

// Options are what a Directory needs.
type Options struct {
	DB  *store.DB
	K   page.Sealer
	Now func() time.Time
	// Enders end all that users and applications hold, by what it is: sessions
	// and families. Nil: nothing ends.
	Enders map[string]Ender
}

// Directory knows the tenants.
type Directory struct {
	db     *store.DB
	k      page.Sealer
	now    func() time.Time
	enders map[string]Ender

	byName, byHost, byID *recent.Cache[*models.Tenant]
	branding             *recent.Cache[*models.Branding]
}

// The caches are bounded well above the tenants that a second can meet.
const cached = 4096

// NewDirectory builds the directory.
func NewDirectory(o Options) *Directory {
	return &Directory{
		db: o.DB, k: o.K, now: o.Now, enders: o.Enders,
		byName: recent.New[*models.Tenant](cached), byHost: recent.New[*models.Tenant](cached),
		byID: recent.New[*models.Tenant](cached), branding: recent.New[*models.Branding](cached),
	}
}

// ByName returns the tenant of this name. Callers must not change it.
// It returns reason.TenantUnknown.
func (d *Directory) ByName(ctx context.Context, name string) (*models.Tenant, error) {
	return d.cachedBy(ctx, d.byName, recent.Key{ID: name}, func(ctx context.Context, r store.Reader) (*models.Tenant, error) {
		return find(ctx, r, map[string]any{"name": name})
	})
}

// ByHost returns the tenant whose verified domain the host is (R3). It returns
// reason.TenantUnknown, also for a domain that is not verified.
func (d *Directory) ByHost(ctx context.Context, host string) (*models.Tenant, error) {
	return d.cachedBy(ctx, d.byHost, recent.Key{ID: host}, findByHost(host))
}

// ByID returns the tenant of this id. It returns reason.TenantUnknown.
func (d *Directory) ByID(ctx context.Context, id string) (*models.Tenant, error) {
	return d.cachedBy(ctx, d.byID, recent.Key{Tenant: id}, func(ctx context.Context, r store.Reader) (*models.Tenant, error) {
		return find(ctx, r, map[string]any{"tenant_id": id})
	})
}

type question func(context.Context, store.Reader) (*models.Tenant, error)

func (d *Directory) cachedBy(ctx context.Context, c *recent.Cache[*models.Tenant], k recent.Key, ask question) (*models.Tenant, error) {
	return c.Get(ctx, k, func(ctx context.Context) (*models.Tenant, error) {
		return known(ask(ctx, d.db.System("find a tenant")))
	})
}

func known(t *models.Tenant, err error) (*models.Tenant, error) {
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.TenantUnknown, err)
	}
	return t, err
}

// Fresh reads the tenant that r is bound to, past the cache.
func Fresh(ctx context.Context, r store.Reader) (*models.Tenant, error) {
	return known(find(ctx, r, map[string]any{"tenant_id": r.ID()}))
}

// forget clears what the caches hold of a tenant, once tx has committed.
func (d *Directory) forget(tx *store.Tx, t *models.Tenant) {
	tx.After(func() {
		d.byName.Drop(recent.Key{ID: t.Name})
		d.byID.Drop(recent.Key{Tenant: t.TenantID})
		d.byHost.Clear()
		d.branding.Drop(recent.Key{Tenant: t.TenantID})
	})
}

// Filter narrows a list of tenants.
type Filter struct {
	Query  string // beginning of the name or display name
	Status models.TenantStatus
	// IDs are the tenants that the caller may see; nil: all (R13).
	IDs []string
}

// List pages through the tenants that the caller may see, by name.
func (d *Directory) List(ctx context.Context, f Filter, p page.Request) (page.Of[models.Tenant], error) {
	ids, every, err := visible(ctx)
	if err != nil {
		return page.Of[models.Tenant]{}, err
	}
	if !every {
		f.IDs = ids
	}
	route := "tenants:" + f.Query + ":" + string(f.Status)
	after, err := page.Decode(d.k, "", route, p.After, d.now())
	if err != nil {
		return page.Of[models.Tenant]{}, reason.Wrap(reason.InputInvalid, err).On("after", reason.InputInvalid, "")
	}
	rows, err := list(ctx, d.db.System("list tenants"), f, last(after), p.Size()+1)
	if err != nil {
		return page.Of[models.Tenant]{}, err
	}
	return page.Cut(rows, p.Size(), func(t models.Tenant) string {
		return page.Encode(d.k, "", route, page.Cursor{Keys: []string{t.Name}}, d.now())
	}), nil
}

// Every has work in the background done for each tenant, whatever its status.
func (d *Directory) Every(ctx context.Context, do func(t *models.Tenant) error) error {
	const size = 200
	for after := ""; ; {
		rows, err := list(ctx, d.db.System("work for every tenant"), Filter{}, after, size)
		if err != nil {
			return err
		}
		for i := range rows {
			if err := do(&rows[i]); err != nil {
				return err
			}
			after = rows[i].Name
		}
		if len(rows) < size {
			return nil
		}
	}
}

func last(c page.Cursor) string {
	if len(c.Keys) == 0 {
		return ""
	}
	return c.Keys[len(c.Keys)-1]
}

// visible answers which tenants the caller may read.
func visible(ctx context.Context) (ids []string, every bool, err error) {
	ids, every = access.TenantsOf(ctx, access.TenantsRead)
	if !every && len(ids) == 0 {
		return nil, false, access.RequireEverywhere(ctx, access.TenantsRead)
	}
	return ids, every, nil
}

// EnsureBuiltin makes the tenants system and default where they are missing.
// Several nodes may call it at once.
func (d *Directory) EnsureBuiltin(ctx context.Context) error {
	for _, n := range []New{
		{Name: models.SystemTenant, DisplayName: "Gatehouse"},
		{Name: models.DefaultTenant, DisplayName: "Default"},
	} {
		if _, err := d.ByName(ctx, n.Name); !reason.Has(err, reason.TenantUnknown) {
			if err != nil {
				return err
			}
			continue
		}
		n.DefaultLocale = "en"
		_, err := d.create(ctx, d.db.Tenant(store.NewID()), n)
		if err != nil && !errors.Is(err, taken("name")) {
			return err
		}
		d.byName.Drop(recent.Key{ID: n.Name})
	}
	return nil
}

func taken(field string) *reason.Error {
	return reason.New(reason.InputTaken).On(field, reason.InputTaken, "")
}

// Named reads the tenant of this name past the cache, for whoever may see every
// tenant's rows. It returns reason.TenantUnknown.
func Named(ctx context.Context, r store.Reader, name string) (*models.Tenant, error) {
	return known(find(ctx, r, map[string]any{"name": name}))
}

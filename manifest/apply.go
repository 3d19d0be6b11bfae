package manifest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/claimrules"
	"gatehouse/identity/resources"
	"gatehouse/identity/tenants"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Options are what a Manifest works with.
type Options struct {
	DB           *store.DB
	Now          func() time.Time
	Tenants      *tenants.Directory
	Applications *applications.Registry
	Users        *users.Directory
	Access       *access.Desk
	Resources    *resources.Catalogue
	Rules        *claimrules.Book
	System       string // id of the system tenant
}

// Manifest applies and exports configurations.
type Manifest struct{ Options }

// New builds a Manifest.
func New(o Options) *Manifest { return &Manifest{o} }

// Choice says how a set is applied.
type Choice struct {
	// Prune removes applications, API clients and users that the files do not
	// name: of each kind only in the tenants for which the files name one, so
	// that files that speak of applications alone leave everybody's users.
	// Tenants are never removed, nor is anything of the system tenant.
	Prune bool
}

// errUndo rolls a plan's run back.
var errUndo = errors.New("manifest: a plan changes nothing")

// Plan tells what applying would change, by doing it and undoing it.
func (m *Manifest) Plan(ctx context.Context, s *Set, c Choice) (*Plan, error) {
	plan, err := m.run(ctx, s, c, true)
	if errors.Is(err, errUndo) {
		return plan, nil
	}
	return plan, err
}

// Apply makes the stored configuration equal to the set, as a whole or not at
// all. Its error names the document that could not be applied.
func (m *Manifest) Apply(ctx context.Context, s *Set, c Choice) (*Plan, error) {
	return m.run(ctx, s, c, false)
}

// run is one application of a set.
type run struct {
	*Manifest
	tx     *store.Tx
	plan   *Plan
	tenant map[string]*models.Tenant // by name
	// kept are the ids of what the files name, by tenant id and kind.
	kept map[place]map[string]bool
}

// place is where prune looks: the things of a kind in a tenant.
type place struct{ tenant, kind string }

// keep notes that the files name something.
func (r *run) keep(tx *store.Tx, kind, id string) {
	at := place{tx.ID(), kind}
	if r.kept[at] == nil {
		r.kept[at] = map[string]bool{}
	}
	r.kept[at][id] = true
}

func (m *Manifest) run(ctx context.Context, s *Set, c Choice, undo bool) (*Plan, error) {
	plan := &Plan{}
	err := m.DB.System("apply a configuration").Write(ctx, func(tx *store.Tx) error {
		r := &run{Manifest: m, tx: tx, plan: plan, tenant: map[string]*models.Tenant{}, kept: map[place]map[string]bool{}}
		for _, d := range s.documents {
			if err := r.apply(ctx, d); err != nil {
				return explained(d, err)
			}
		}
		if c.Prune {
			if err := r.prune(ctx); err != nil {
				return err
			}
		}
		if undo {
			return errUndo
		}
		return r.record(ctx, c)
	})
	return plan, err
}

func (r *run) apply(ctx context.Context, d *document) error {
	switch spec := d.spec.(type) {
	case *tenantSpec:
		return r.applyTenant(ctx, d, spec)
	case *brandingSpec:
		return r.applyBranding(ctx, d, spec)
	case *applicationSpec:
		return r.applyApplication(ctx, d, spec)
	case *userSpec:
		return r.applyUser(ctx, d, spec)
	case *clientSpec:
		return r.applyClient(ctx, d, spec)
	case *resourceSpec:
		return r.applyResource(ctx, d, spec)
	case *claimRuleSpec:
		return r.applyClaimRule(ctx, d, spec)
	}
	return fmt.Errorf("manifest: the kind %s cannot be applied", d.kind)
}

// record notes that a configuration was applied, where it changed anything.
func (r *run) record(ctx context.Context, c Choice) error {
	if len(r.plan.Changes) == 0 {
		return nil
	}
	count := r.plan.count()
	return audit.Append(ctx, r.tx.For(r.System), r.Now(), audit.Event{
		Action: audit.ConfigApplied,
		Details: map[string]any{
			"created": count["create"], "updated": count["update"], "deleted": count["delete"], "prune": c.Prune,
		},
	})
}

// in is the transaction narrowed to the tenant that a document names.
func (r *run) in(ctx context.Context, name string) (*store.Tx, *models.Tenant, error) {
	t, ok := r.tenant[name]
	if !ok {
		found, err := tenants.Named(ctx, r.tx, name)
		if reason.Has(err, reason.TenantUnknown) {
			return nil, nil, fmt.Errorf("there is no tenant %q, neither stored nor in the files", name)
		}
		if err != nil {
			return nil, nil, err
		}
		t, r.tenant[name] = found, found
	}
	return r.tx.For(t.TenantID), t, nil
}

// changed notes what happens to a document's thing: once, in however many steps.
func (r *run) changed(verb string, d *document, fields []FieldChange) {
	if n := len(r.plan.Changes); n > 0 && verb == "update" && r.plan.Changes[n-1].Title == d.title() {
		r.plan.Changes[n-1].Fields = append(r.plan.Changes[n-1].Fields, fields...)
		return
	}
	r.plan.Changes = append(r.plan.Changes, Change{verb, d.title(), fields})
}

// updated notes a change unless there is none.
func (r *run) updated(d *document, fields []FieldChange) {
	if len(fields) > 0 {
		r.changed("update", d, fields)
	}
}

// explained puts a refusal into words and behind its document's place.
func explained(d *document, err error) error {
	var e *reason.Error
	if !errors.As(err, &e) || e.Meaning().Kind == reason.Internal {
		return fmt.Errorf("%s: %s: %w", d.at(), d.title(), err)
	}
	return fmt.Errorf("%s: %s: %s", d.at(), d.title(), Explain(e))
}

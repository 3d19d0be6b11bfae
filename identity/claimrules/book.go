package claimrules

import (
	"context"
	"log/slog"
	"reflect"
	"time"

	"github.com/maypok86/otter/v2"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/internal/recent"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// most is how many rules a tenant has.
const most = 100

// cached is how many tenants' rules, and how many programs, are kept.
const cached = 4096

// Options are what a Book needs.
type Options struct {
	Applications *applications.Registry
	Now          func() time.Time
	Logger       *slog.Logger
}

// Book keeps the rules of tenants. It is safe for use by several goroutines.
type Book struct {
	Options
	rules    *recent.Cache[[]models.ClaimRule]
	programs *otter.Cache[edition, *program]
}

// NewBook builds the book.
func NewBook(o Options) *Book {
	return &Book{
		Options: o, rules: recent.New[[]models.ClaimRule](cached),
		programs: otter.Must(&otter.Options[edition, *program]{MaximumSize: cached}),
	}
}

// Facts are what a person decides about a rule.
type Facts struct {
	Claim       string // that it writes
	Expression  string
	Application string   // client_id of the one that it speaks to; empty: all
	Targets     []string // of models.ClaimTargets
	Scope       string   // that the token has to hold; empty: any
	Position    int
	Disabled    bool
}

// Create makes a rule under a name that is unique in the tenant. It returns
// reason.InputInvalid.
func (b *Book) Create(ctx context.Context, w store.Writer, name string, f Facts) (*models.ClaimRule, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, err
	}
	now := models.At(b.Now())
	row := &models.ClaimRule{ID: store.NewID(), Name: name, Version: 1, CreatedAt: now, UpdatedAt: now}
	err := w.Write(ctx, func(tx *store.Tx) error {
		if err := b.judgeNew(ctx, tx, row, f); err != nil {
			return err
		}
		if err := insert(ctx, tx, row); err != nil {
			return taken(err)
		}
		return b.record(ctx, tx, audit.ClaimRuleCreated, row, nil, facts(row))
	})
	return row, err
}

// Update changes a rule from the version that the change was based on. A change
// of nothing records nothing. It returns reason.InputInvalid, VersionStale and
// RequestNotFound.
func (b *Book) Update(ctx context.Context, w store.Writer, id string, version int64, f Facts) (*models.ClaimRule, error) {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return nil, err
	}
	var row *models.ClaimRule
	err := w.Write(ctx, func(tx *store.Tx) error {
		var err error
		if row, err = known(find(ctx, tx, "id", id)); err != nil {
			return err
		}
		if row.Version != version {
			return reason.New(reason.VersionStale)
		}
		before := facts(row)
		if err := b.judge(ctx, tx, row, f); err != nil || reflect.DeepEqual(before, facts(row)) {
			return err
		}
		row.Version, row.UpdatedAt = version+1, models.At(b.Now())
		if err := update(ctx, tx, row, version); err != nil {
			return err
		}
		return b.record(ctx, tx, audit.ClaimRuleUpdated, row, before, facts(row))
	})
	return row, err
}

// Delete removes a rule. It returns reason.RequestNotFound.
func (b *Book) Delete(ctx context.Context, w store.Writer, id string) error {
	if err := access.Require(ctx, w.ID(), access.ApplicationsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		row, err := known(find(ctx, tx, "id", id))
		if err != nil {
			return err
		}
		if err := remove(ctx, tx, id); err != nil {
			return err
		}
		return b.record(ctx, tx, audit.ClaimRuleDeleted, row, facts(row), nil)
	})
}

// Draft is a rule as it would be stored, for a preview: in the place of the one
// with this id, or a new one where that is empty. It returns reason.InputInvalid
// and RequestNotFound.
func (b *Book) Draft(ctx context.Context, r store.Reader, id string, f Facts) (*models.ClaimRule, error) {
	if err := access.Require(ctx, r.ID(), access.ApplicationsWrite); err != nil {
		return nil, err
	}
	row := &models.ClaimRule{}
	if id != "" {
		var err error
		if row, err = known(find(ctx, r, "id", id)); err != nil {
			return nil, err
		}
	}
	return row, b.judge(ctx, r, row, f)
}

// List gives a tenant's rules in the order in which they speak. It needs
// access.ApplicationsRead.
func (b *Book) List(ctx context.Context, r store.Reader) ([]models.ClaimRule, error) {
	if err := access.Require(ctx, r.ID(), access.ApplicationsRead); err != nil {
		return nil, err
	}
	return all(ctx, r)
}

// ByID gives one rule. It needs access.ApplicationsRead, and returns
// reason.RequestNotFound.
func (b *Book) ByID(ctx context.Context, r store.Reader, id string) (*models.ClaimRule, error) {
	return b.one(ctx, r, "id", id)
}

// ByName is ByID by its name.
func (b *Book) ByName(ctx context.Context, r store.Reader, name string) (*models.ClaimRule, error) {
	return b.one(ctx, r, "name", name)
}

func (b *Book) one(ctx context.Context, r store.Reader, column, value string) (*models.ClaimRule, error) {
	if err := access.Require(ctx, r.ID(), access.ApplicationsRead); err != nil {
		return nil, err
	}
	return known(find(ctx, r, column, value))
}

// FactsOf is a rule as a person decided it.
func (b *Book) FactsOf(ctx context.Context, r store.Reader, row *models.ClaimRule) (Facts, error) {
	f := Facts{
		Claim: row.Claim, Expression: row.Expression, Targets: row.Targets.V, Scope: row.Scope, Position: row.Position, Disabled: row.Disabled,
	}
	if row.ApplicationID == nil {
		return f, nil
	}
	app, err := b.Applications.ByID(ctx, r, *row.ApplicationID)
	if err != nil {
		return f, err
	}
	f.Application = app.ClientID
	return f, nil
}

func known(row *models.ClaimRule, err error) (*models.ClaimRule, error) {
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.RequestNotFound, err)
	}
	return row, err
}

func taken(err error) error {
	if store.Taken(err) {
		return reason.Wrap(reason.InputInvalid, err).On("name", reason.InputTaken, "")
	}
	return err
}

// facts are what the record shows before and after.
func facts(row *models.ClaimRule) map[string]any {
	application := ""
	if row.ApplicationID != nil {
		application = *row.ApplicationID
	}
	return map[string]any{
		"claim": row.Claim, "expression": row.Expression, "application_id": application, "targets": row.Targets.V, "scope": row.Scope,
		"position": row.Position, "disabled": row.Disabled,
	}
}

// record appends the event, and has this node see the change at once.
func (b *Book) record(ctx context.Context, tx *store.Tx, action string, row *models.ClaimRule, before, after any) error {
	tx.After(func() { b.rules.Drop(recent.Key{Tenant: row.TenantID}) })
	e := audit.Event{Action: action, Target: audit.Target{Type: "claim_rule", ID: row.ID, Name: row.Name}, Before: before, After: after}
	if row.ApplicationID != nil {
		e.ApplicationID = *row.ApplicationID
	}
	return audit.Append(ctx, tx, b.Now(), e)
}

package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"

	"gatehouse/store/internal/postgres"
)

// ledger is the table whose insert counts as the record of a change.
const ledger = "audit_pending"

// tenantColumn says whose a row is.
const tenantColumn = "tenant_id"

// guard holds every statement to its scope, by GORM's callbacks.
type guard struct {
	traits  sync.Map
	texts   texts
	forms   forms
	schemas sync.Map // as GORM parses them, for lookups: its own are private
	inserts inserts
	lines   *postgres.Lines // of the pool that reads on PostgreSQL
}

type traits struct{ owned, recorded bool }

var (
	ownedType    = reflect.TypeFor[interface{ TenantOwned() }]()
	recordedType = reflect.TypeFor[interface{ ChangesRecorded() }]()
)

const guardName = "gatehouse:guard"

// Name implements gorm.Plugin.
func (*guard) Name() string { return guardName }

// guardOf is the guard that openGORM put upon db.
func guardOf(db *gorm.DB) *guard { return db.Plugins[guardName].(*guard) } //nolint:forcetypeassert // its name is its own

// Initialize implements gorm.Plugin.
func (g *guard) Initialize(db *gorm.DB) error {
	c := db.Callback()
	for _, err := range []error{
		c.Query().Before("gorm:query").Register("guard:query", g.read),
		c.Row().Before("gorm:row").Register("guard:row", g.read),
		c.Raw().Before("gorm:raw").Register("guard:raw", g.raw),
		c.Query().Replace("gorm:query", g.query),
		c.Create().Before("gorm:create").Register("guard:create", g.create),
		c.Create().After("guard:create").Before("gorm:create").Register("guard:recall", g.recall),
		c.Create().After("gorm:create").Register("guard:remember", g.remember),
		c.Update().Before("gorm:update").Register("guard:update", g.change),
		c.Delete().Before("gorm:delete").Register("guard:delete", g.change),
	} {
		if err != nil {
			return err
		}
	}
	return unhook(db)
}

// unhook takes away the steps of GORM that look for hooks and for rows of other
// tables, which our models do not have: each looks at every statement.
func unhook(db *gorm.DB) error {
	c := db.Callback()
	var errs []error
	for kind, steps := range map[interface{ Remove(name string) error }][]string{
		c.Query():  {"gorm:preload", "gorm:after_query"},
		c.Create(): {"gorm:before_create", "gorm:save_before_associations", "gorm:save_after_associations", "gorm:after_create"},
		c.Update(): {"gorm:before_update", "gorm:save_before_associations", "gorm:save_after_associations", "gorm:after_update"},
		c.Delete(): {"gorm:before_delete", "gorm:delete_before_associations", "gorm:after_delete"},
	} {
		for _, step := range steps {
			errs = append(errs, kind.Remove(step))
		}
	}
	return errors.Join(errs...)
}

func (g *guard) of(s *schema.Schema) traits {
	if t, ok := g.traits.Load(s); ok {
		return t.(traits) //nolint:forcetypeassert // only traits are stored
	}
	t := traits{s.ModelType.Implements(ownedType), s.ModelType.Implements(recordedType)}
	g.traits.Store(s, t)
	return t
}

// scoped returns the statement's scope, or refuses the statement.
func (g *guard) scoped(db *gorm.DB) (*scope, bool) {
	sc, _ := db.Statement.Context.Value(scopeKey{}).(*scope)
	if sc == nil || sc.tenant == "" && sc.system == "" || db.Statement.Schema == nil {
		_ = db.AddError(ErrUnscoped)
		return nil, false
	}
	if sc.system == "" && !g.of(db.Statement.Schema).owned {
		_ = db.AddError(fmt.Errorf("%w: %s belongs to no tenant", ErrUnscoped, db.Statement.Schema.Table))
		return nil, false
	}
	if err := g.shape(db); err != nil {
		_ = db.AddError(err)
		return nil, false
	}
	return sc, db.Error == nil
}

// last refuses a transaction's last statement where it would not commit.
func (g *guard) last(db *gorm.DB, sc *scope) bool {
	if sc.st == nil || !postgres.IsLast(db.Statement.Context) {
		return true
	}
	err := sc.st.verdict()
	if err != nil {
		_ = db.AddError(err)
	}
	return err == nil
}

func (g *guard) read(db *gorm.DB) {
	if sc, ok := g.scoped(db); ok && g.last(db, sc) {
		g.restrict(db, sc)
	}
}

// restrict adds the tenant to a statement's conditions, around whatever
// conditions it has, so that no OR can step over it.
func (g *guard) restrict(db *gorm.DB, sc *scope) {
	if sc.system != "" || !g.of(db.Statement.Schema).owned {
		return
	}
	if c, has := db.Statement.Clauses["WHERE"]; has {
		w, is := c.Expression.(clause.Where)
		if !is {
			_ = db.AddError(ErrUnscoped)
			return
		}
		if len(w.Exprs) > 0 {
			c.Expression = clause.Where{Exprs: []clause.Expression{enclosed{w}}}
			db.Statement.Clauses["WHERE"] = c
		}
	}
	column := clause.Column{Table: clause.CurrentTable, Name: tenantColumn}
	db.Statement.AddClause(clause.Where{Exprs: []clause.Expression{clause.Eq{Column: column, Value: sc.tenant}}})
}

// enclosed are conditions in parentheses of their own. GORM's And leaves an OR
// that stands alone bare, and it would join the guard's condition as an OR.
type enclosed struct{ where clause.Where }

// Build implements clause.Expression.
func (e enclosed) Build(b clause.Builder) {
	_ = b.WriteByte('(') // the builder is in memory
	e.where.Build(b)
	_ = b.WriteByte(')')
}

// writing returns the scope of a change and notes what is changed.
func (g *guard) writing(db *gorm.DB) (*scope, bool) {
	sc, ok := g.scoped(db)
	if !ok {
		return nil, false
	}
	table := db.Statement.Schema.Table
	if sc.st == nil {
		_ = db.AddError(fmt.Errorf("%w: %s", ErrReadOnly, table))
		return nil, false
	}
	if g.of(db.Statement.Schema).recorded && !slices.Contains(sc.st.changed, table) {
		sc.st.changed = append(sc.st.changed, table)
	}
	return sc, g.last(db, sc)
}

func (g *guard) change(db *gorm.DB) {
	sc, ok := g.writing(db)
	if !ok {
		return
	}
	g.restrict(db, sc)
	if f := db.Statement.Schema.LookUpField(tenantColumn); f != nil {
		db.Statement.Omits = append(db.Statement.Omits, f.Name)
	}
}

// create gives new rows their tenant and refuses those of another.
func (g *guard) create(db *gorm.DB) {
	sc, ok := g.writing(db)
	if !ok {
		return
	}
	if err := conflict(db); err != nil {
		_ = db.AddError(err)
		return
	}
	if db.Statement.Schema.Table == ledger {
		sc.st.recorded = true
	}
	if !g.of(db.Statement.Schema).owned {
		return
	}
	rows := db.Statement.ReflectValue
	switch rows.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range rows.Len() {
			row := reflect.Indirect(rows.Index(i))
			if row.Kind() != reflect.Struct {
				_ = db.AddError(ErrUnscoped)
				return
			}
			own(db, sc, row)
		}
	case reflect.Struct:
		own(db, sc, rows)
	default: // a map names its columns as it likes: nothing could hold it
		_ = db.AddError(ErrUnscoped)
	}
}

// conflict refuses an upsert that could meet, and change, a row of another
// tenant: it must name columns with the tenant among them, or do nothing.
func conflict(db *gorm.DB) error {
	c, has := db.Statement.Clauses["ON CONFLICT"]
	if !has {
		return nil
	}
	up, ok := c.Expression.(clause.OnConflict)
	if !ok || up.OnConstraint != "" {
		return fmt.Errorf("%w: upsert", ErrUnscoped)
	}
	if up.DoNothing || up.UpdateAll && len(up.Columns) == 0 { // GORM takes the primary key
		return nil
	}
	named := func(name string) func(clause.Column) bool {
		return func(col clause.Column) bool { return col.Name == name }
	}
	if db.Statement.Schema.LookUpField(tenantColumn) != nil && !slices.ContainsFunc(up.Columns, named(tenantColumn)) {
		return fmt.Errorf("%w: upsert without the tenant", ErrUnscoped)
	}
	for _, a := range up.DoUpdates {
		if named(tenantColumn)(a.Column) {
			return fmt.Errorf("%w: upsert of the tenant", ErrForeign)
		}
	}
	return nil
}

func own(db *gorm.DB, sc *scope, row reflect.Value) {
	f := db.Statement.Schema.LookUpField(tenantColumn)
	has, zero := f.ValueOf(db.Statement.Context, row)
	switch {
	case sc.system != "" && zero:
		_ = db.AddError(ErrUnscoped)
	case sc.system != "":
	case zero:
		_ = db.AddError(f.Set(db.Statement.Context, row, sc.tenant))
	case has != sc.tenant:
		_ = db.AddError(ErrForeign)
	}
}

// raw refuses SQL as text, which the guard cannot read.
func (g *guard) raw(db *gorm.DB) { _ = db.AddError(ErrUnscoped) }

package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// Lookup finds one row of a model by the values of some of its columns. Its
// statement is put together once: for the questions of every sign-in, that costs
// GORM as much as asking them.
type Lookup[M any] struct {
	by, only []string
	through  *through
	texts    sync.Map // of statements, by spot
}

// through is the one row of another model that has the value of a column.
type through struct {
	column string
	model  reflect.Type
	by     []string
	gives  string
}

// By returns the lookup by these columns. The tenant comes from whoever is asked.
func By[M any](columns ...string) *Lookup[M] { return &Lookup[M]{by: columns} }

// Only has the lookup read these columns alone.
func (l *Lookup[M]) Only(columns ...string) *Lookup[M] { return &Lookup[M]{by: l.by, only: columns} }

// Through has the lookup compare a column of its own with what another model's
// row gives, found by columns of that model, whose values come last. A place in
// which that model's rows cannot be asked for refuses the whole.
func Through[M, N any](l *Lookup[M], column string, other *Lookup[N]) *Lookup[M] {
	return &Lookup[M]{by: l.by, only: l.only, through: &through{column, reflect.TypeFor[N](), other.by, other.only[0]}}
}

// Take reads the row with these values, in the columns' order. It returns an
// error of which NotFound is true where there is none.
func (l *Lookup[M]) Take(ctx context.Context, r Reader, row *M, values ...any) error {
	q := l.About(row, values...)
	q.run(ctx, r.place())
	return q.err
}

// About is the question that Take asks, to travel with others.
func (l *Lookup[M]) About(row *M, values ...any) *Question {
	return &Question{ready: &ready{
		into: reflect.ValueOf(row).Elem(), values: values, places: l.places(), through: l.through != nil,
		text: func(p place, s *schema.Schema) (string, error) {
			return kept(&l.texts, p.spot(), func() (string, error) { return l.text(p, s) })
		},
	}}
}

// places is how many values the lookup takes.
func (l *Lookup[M]) places() int {
	if l.through == nil {
		return len(l.by)
	}
	return len(l.by) + len(l.through.by)
}

func (l *Lookup[M]) text(p place, s *schema.Schema) (string, error) {
	conditions := equal(l.by)
	err := columnsOf(s, l.by, l.only)
	if l.through != nil && err == nil {
		var other string
		other, err = l.through.text(p)
		conditions = append(conditions, quoted(l.through.column)+" = ("+other+")")
	}
	return numbered(p, statement(p, s, l.only, conditions)+" LIMIT 1"), err
}

func (t *through) text(p place) (string, error) {
	s, err := p.model(t.model)
	if err != nil {
		return "", err
	}
	return statement(p, s, []string{t.gives}, equal(t.by)), columnsOf(s, t.by, []string{t.gives})
}

func equal(columns []string) []string {
	all := make([]string, len(columns))
	for i, name := range columns {
		all[i] = quoted(name) + " = ?"
	}
	return all
}

// List finds the rows of a model with any of some values in a column.
type List[M any] struct {
	column string
	texts  sync.Map
}

// Among returns the list by this column.
func Among[M any](column string) *List[M] { return &List[M]{column: column} }

// mostKept bounds for how many values a statement is remembered.
const mostKept = 8

// About asks for all rows with any of these values.
func (l *List[M]) About(rows *[]M, values ...string) *Question {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return &Question{ready: &ready{
		into: reflect.ValueOf(rows).Elem(), values: all, places: len(all), text: func(p place, s *schema.Schema) (string, error) {
			if len(all) == 0 {
				return "", errValues
			}
			text := func() (string, error) {
				among := quoted(l.column) + " IN (?" + strings.Repeat(",?", len(all)-1) + ")"
				return numbered(p, statement(p, s, nil, []string{among})), columnsOf(s, []string{l.column})
			}
			if len(all) > mostKept {
				return text()
			}
			at := p.spot()
			at.values = len(all)
			return kept(&l.texts, at, text)
		},
	}}
}

// spot is what the text of a statement depends on besides its columns.
type spot struct {
	kind   string
	system bool
	values int
}

func kept(texts *sync.Map, at spot, text func() (string, error)) (string, error) {
	if known, ok := texts.Load(at); ok {
		return known.(string), nil //nolint:forcetypeassert // only texts are stored
	}
	made, err := text()
	if err == nil {
		texts.Store(at, made)
	}
	return made, err
}

// columnsOf is an error where a model lacks a column: SQLite takes a quoted name
// that it does not know for a text.
func columnsOf(s *schema.Schema, names ...[]string) error {
	for _, name := range slices.Concat(names...) {
		if s.FieldsByDBName[name] == nil {
			return fmt.Errorf("store: %s has no column %s", s.Table, name)
		}
	}
	return nil
}

// statement reads columns of a model where all conditions hold, and the tenant's
// alone unless the place is above tenants.
func statement(p place, s *schema.Schema, only, conditions []string) string {
	columns := s.DBNames // a column that a migration adds meanwhile changes nothing
	if len(only) > 0 {
		columns = only
	}
	if p.sc.system == "" {
		conditions = append(conditions, quoted("tenant_id")+" = ?")
	}
	return "SELECT " + quoted(strings.Join(columns, `","`)) + " FROM " + quoted(s.Table) + " WHERE " + strings.Join(conditions, " AND ")
}

// numbered is a statement's text with places for values as its database has them.
func numbered(p place, text string) string {
	if p.db.Name() != string(Postgres) {
		return text
	}
	parts := strings.Split(text, "?")
	text = parts[0]
	for i, part := range parts[1:] {
		text += "$" + strconv.Itoa(i+1) + part
	}
	return text
}

func quoted(name string) string { return `"` + name + `"` }

// place is where a question is asked: over a pool or in a transaction, in a scope.
type place struct {
	db *gorm.DB
	sc *scope
}

// lasting is a context that does not interrupt others' statements.
func (p place) lasting(ctx context.Context) context.Context {
	if p.sc.st != nil && p.sc.st.shared {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (p place) spot() spot { return spot{kind: p.db.Name(), system: p.sc.system != ""} }

// ready is a question whose text is known beforehand.
type ready struct {
	into    reflect.Value // a row, or rows
	values  []any
	places  int  // for how many values
	through bool // another model stands in it, whose rows are the tenant's, too
	text    func(place, *schema.Schema) (string, error)
}

// statement is the question for a place, held to its scope as the guard holds
// what GORM makes.
func (r *ready) statement(p place) (pgStatement, *schema.Schema, error) {
	model := r.into.Type()
	if model.Kind() == reflect.Slice {
		model = model.Elem()
	}
	s, err := p.model(model)
	if err != nil {
		return pgStatement{}, nil, err
	}
	if len(r.values) != r.places {
		return pgStatement{}, nil, errValues
	}
	text, err := r.text(p, s)
	if err != nil {
		return pgStatement{}, nil, err
	}
	args, err := driverValues(r.values)
	if err == nil && p.sc.system == "" {
		args = append(args, p.sc.tenant)
		if r.through {
			args = append(args, p.sc.tenant)
		}
	}
	return pgStatement{text, args}, s, err
}

// model is the schema of a model whose rows may be asked for in this place.
func (p place) model(t reflect.Type) (*schema.Schema, error) {
	g := guardOf(p.db)
	s, err := schema.Parse(reflect.New(t).Interface(), &g.models.parsed, p.db.NamingStrategy)
	switch {
	case err != nil:
		return nil, err
	case g.forms.of(s) == nil:
		return nil, errForm
	case p.sc.system == "" && (p.sc.tenant == "" || !g.of(s).owned):
		return nil, fmt.Errorf("%w: %s", ErrUnscoped, s.Table)
	}
	return s, nil
}

// run asks a question by itself.
func (q *Question) run(ctx context.Context, p place) {
	q.err = ctx.Err()
	if q.err != nil {
		return
	}
	ctx = p.lasting(ctx)
	if q.ready == nil {
		q.err = q.of(start(p.db, context.WithValue(ctx, scopeKey{}, p.sc))).Error
		return
	}
	asked, s, err := q.ready.statement(p)
	if err != nil {
		q.err = err
		return
	}
	answers, err := guardOf(p.db).exchange(ctx, p.db, []pgStatement{asked})
	if err == nil {
		err = guardOf(p.db).give(ctx, q.ready.into, s, answers[0])
	}
	q.err = p.translated(err)
}

// translated is an error as GORM's statements have it.
func (p place) translated(err error) error {
	if t, ok := p.db.Dialector.(gorm.ErrorTranslator); ok && err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return t.Translate(err)
	}
	return err
}

// give puts an answer into a row, which must be there, or into rows.
func (g *guard) give(ctx context.Context, into reflect.Value, s *schema.Schema, a answer) error {
	fields := g.forms.of(s).named(a.columns)
	if into.Kind() != reflect.Slice {
		if len(a.rows) == 0 {
			return gorm.ErrRecordNotFound
		}
		return read(ctx, into, fields, a.rows[0])
	}
	into.Set(reflect.MakeSlice(into.Type(), len(a.rows), len(a.rows)))
	for i, row := range a.rows {
		if err := read(ctx, into.Index(i), fields, row); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gorm.io/gorm/schema"

	"gatehouse/store/internal/postgres"
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
	column    string
	model     reflect.Type
	by, gives []string
}

// By returns the lookup by these columns. The tenant comes from whoever is asked.
func By[M any](columns ...string) *Lookup[M] { return &Lookup[M]{by: columns} }

// Only has the lookup read these columns alone.
func (l *Lookup[M]) Only(columns ...string) *Lookup[M] {
	return &Lookup[M]{by: l.by, only: columns, through: l.through}
}

// Through has the lookup compare a column of its own with what another model's
// row gives, found by columns of that model, whose values come last; it reads one
// column alone (Only). A place in which that model's rows cannot be asked for
// refuses the whole. It is a function since a method has no types of its own.
func Through[M, N any](l *Lookup[M], column string, other *Lookup[N]) *Lookup[M] {
	return &Lookup[M]{by: l.by, only: l.only, through: &through{column, reflect.TypeFor[N](), other.by, other.only}}
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
		words: func(p place, s *schema.Schema) (words, error) {
			return kept(&l.texts, p.spot(), func() (words, error) { return l.words(p, s) })
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

func (l *Lookup[M]) words(p place, s *schema.Schema) (words, error) {
	conditions := equal(l.by)
	err := columnsOf(s, l.by, l.only)
	if l.through != nil && err == nil {
		var other string
		other, err = l.through.text(p)
		err = cmp.Or(err, columnsOf(s, []string{l.through.column}))
		conditions = append(conditions, quoted(l.through.column)+" = ("+other+")")
	}
	made := words{one: numbered(p, selecting(p, s, l.only, conditions)+" LIMIT 1")}
	if l.through == nil && len(l.by) == 1 && names(s, l.by[0]) {
		made.many = joinable(p, s, l.only, l.by[0])
	}
	return made, err
}

// names reports whether a column has another value in each of a tenant's rows.
func names(s *schema.Schema, column string) bool {
	key := s.PrimaryFieldDBNames
	return len(key) == 2 && slices.Contains(key, tenantColumn) && slices.Contains(key, column)
}

func (t *through) text(p place) (string, error) {
	s, err := p.model(t.model)
	if err != nil {
		return "", err
	}
	if len(t.gives) != 1 {
		return "", fmt.Errorf("store: a lookup through %s reads %d of its columns", s.Table, len(t.gives))
	}
	return selecting(p, s, t.gives, equal(t.by)), columnsOf(s, t.by, t.gives)
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

// mostListed bounds for how many values a statement is remembered.
const mostListed = 8

var errNoValues = errors.New("store: a list of no values")

var errPlaces = errors.New("store: a lookup has another number of values than columns")

// About asks for all rows with any of these values.
func (l *List[M]) About(rows *[]M, values ...string) *Question {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return &Question{ready: &ready{
		into: reflect.ValueOf(rows).Elem(), values: all, places: len(all), words: func(p place, s *schema.Schema) (words, error) {
			if len(all) == 0 {
				return words{}, errNoValues
			}
			made := func() (words, error) {
				among := quoted(l.column) + " IN (?" + strings.Repeat(",?", len(all)-1) + ")"
				one := numbered(p, selecting(p, s, nil, []string{among}))
				return words{one, joinable(p, s, nil, l.column)}, columnsOf(s, []string{l.column})
			}
			if len(all) > mostListed {
				return made()
			}
			at := p.spot()
			at.values = len(all)
			return kept(&l.texts, at, made)
		},
	}}
}

// spot is what the text of a statement depends on besides its columns.
type spot struct {
	kind   string
	system bool
	values int
}

// words are the text of a statement, and that of the same one for many.
type words struct {
	one  string
	many *postgres.Many // nil: it is asked by itself
}

func kept(texts *sync.Map, at spot, anew func() (words, error)) (words, error) {
	if known, ok := texts.Load(at); ok {
		return known.(words), nil //nolint:forcetypeassert // only words are stored
	}
	made, err := anew()
	if err == nil {
		texts.Store(at, made)
	}
	return made, err
}

// joinable is how the rows with any of many texts in a column are asked for; nil
// where that is not to be.
func joinable(p place, s *schema.Schema, only []string, column string) *postgres.Many {
	f := s.FieldsByDBName[column]
	if p.db.Name() != string(Postgres) || p.sc.system != "" || f == nil || f.FieldType.Kind() != reflect.String {
		return nil
	}
	if len(only) > 0 && !slices.Contains(only, column) {
		return nil
	}
	text := numbered(p, selecting(p, s, only, []string{quoted(column) + " = ANY(?)"}))
	return &postgres.Many{Query: text, Column: column}
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

// selecting reads columns of a model where all conditions hold, and the tenant's
// alone unless the place is above tenants.
func selecting(p place, s *schema.Schema, only, conditions []string) string {
	columns := s.DBNames // a column that a migration adds meanwhile changes nothing
	if len(only) > 0 {
		columns = only
	}
	if p.sc.system == "" {
		conditions = append(conditions, quoted(tenantColumn)+" = ?")
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

// ready is a question whose text is known beforehand.
type ready struct {
	into    reflect.Value // a row, or rows
	values  []any
	places  int  // for how many values
	through bool // another model stands in it, whose rows are the tenant's, too
	words   func(place, *schema.Schema) (words, error)
}

// statement is the question for a place, held to its scope as the guard holds
// what GORM makes.
func (r *ready) statement(p place) (postgres.Statement, *schema.Schema, error) {
	model := r.into.Type()
	if model.Kind() == reflect.Slice {
		model = model.Elem()
	}
	s, err := p.model(model)
	if err != nil {
		return postgres.Statement{}, nil, err
	}
	if len(r.values) != r.places {
		return postgres.Statement{}, nil, errPlaces
	}
	w, err := r.words(p, s)
	if err != nil {
		return postgres.Statement{}, nil, err
	}
	args, err := driverValues(r.values)
	if slices.ContainsFunc(args, notText) {
		w.many = nil // a list has texts alone
	}
	if err == nil && p.sc.system == "" {
		args = append(args, p.sc.tenant)
		if r.through {
			args = append(args, p.sc.tenant)
		}
	}
	return postgres.Statement{Query: w.one, Args: args, Many: w.many}, s, err
}

func notText(v any) bool {
	_, is := v.(string)
	return !is
}

package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
)

// wholeKey marks a statement whose answers come as one value, of type
// []answer: database/sql would convert each value of each row twice.
type wholeKey struct{}

func asWhole(ctx context.Context) context.Context { return context.WithValue(ctx, wholeKey{}, true) }

func isWhole(ctx context.Context) bool { return ctx.Value(wholeKey{}) != nil }

// wholeRows hand all answers over as one row of one column.
type wholeRows struct {
	answers []answer
	over    bool
}

// Columns implements driver.Rows.
func (*wholeRows) Columns() []string { return []string{"answers"} }

// Close implements driver.Rows.
func (*wholeRows) Close() error { return nil }

// Next implements driver.Rows.
func (r *wholeRows) Next(dest []driver.Value) error {
	if r.over {
		return io.EOF
	}
	r.over = true
	dest[0] = r.answers
	return nil
}

var errUnanswered = errors.New("store: a question was not answered")

// whole runs a statement, or those that travel with it, and returns the answers.
func whole(ctx context.Context, pool gorm.ConnPool, query string, vars []any) ([]answer, error) {
	rows, err := pool.QueryContext(asWhole(ctx), query, vars...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err is looked at, and there is nothing left to read
	var all any
	if rows.Next() {
		err = rows.Scan(&all)
	}
	answers, ok := all.([]answer)
	if err = cmp.Or(err, rows.Err()); err == nil && !ok {
		err = errUnanswered
	}
	return answers, err
}

// query is GORM's, for rows whose form is known; it leaves others to GORM.
func (g *guard) query(db *gorm.DB) {
	if db.Error != nil || !g.fits(db) {
		callbacks.Query(db)
		return
	}
	callbacks.BuildQuerySQL(db)
	if db.DryRun || db.Error != nil {
		return
	}
	s := db.Statement
	answers, err := g.ask(db)
	if err != nil {
		_ = db.AddError(err)
		return
	}
	g.fill(db, answers[0])
	if s.Result != nil {
		s.Result.RowsAffected = db.RowsAffected
	}
}

// ask runs a statement. What asks for one row, which RaiseErrorOnNotFound tells,
// goes over the lines where there are such: a list may take long, and would keep
// others waiting.
func (g *guard) ask(db *gorm.DB) ([]answer, error) {
	s := db.Statement
	if g.lines == nil || !s.RaiseErrorOnNotFound {
		return whole(s.Context, s.ConnPool, s.SQL.String(), s.Vars)
	}
	args, err := driverValues(s.Vars)
	if err != nil {
		return nil, err
	}
	return g.send(s.Context, db, []pgStatement{{query: s.SQL.String(), args: args}})
}

// answered gives a question its rows.
func (g *guard) answered(db *gorm.DB, a answer) {
	if !g.fits(db) {
		_ = db.AddError(errForm)
		return
	}
	g.fill(db, a)
}

var errForm = errors.New("store: a question asks for a row, or a list of rows, of a model")

// fits reports whether the statement's destination is a row, or a list of rows,
// of a known form.
func (g *guard) fits(db *gorm.DB) bool {
	s := db.Statement
	if s.Schema == nil || len(s.ColumnMapping) > 0 || !s.ReflectValue.IsValid() {
		return false
	}
	t := s.ReflectValue.Type()
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t == s.Schema.ModelType && s.ReflectValue.CanSet() && g.forms.of(s.Schema) != nil
}

// fill gives the rows to the statement's destination.
func (g *guard) fill(db *gorm.DB, a answer) {
	s := db.Statement
	db.RowsAffected = int64(len(a.rows))
	if s.ReflectValue.Kind() != reflect.Slice {
		db.RowsAffected = min(db.RowsAffected, 1)
	}
	err := g.give(s.Context, s.ReflectValue, s.Schema, a)
	if err != nil && (s.RaiseErrorOnNotFound || !errors.Is(err, gorm.ErrRecordNotFound)) {
		_ = db.AddError(err)
	}
}

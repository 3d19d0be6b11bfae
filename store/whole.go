package store

import (
	"cmp"
	"context"
	"errors"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"

	"gatehouse/store/internal/cell"
	"gatehouse/store/internal/postgres"
)

var errUnanswered = errors.New("store: a question was not answered")

// whole runs a statement, or those that travel with it, and returns the answers.
func whole(ctx context.Context, pool gorm.ConnPool, query string, vars []any) ([]cell.Answer, error) {
	rows, err := pool.QueryContext(cell.Whole(ctx), query, vars...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err is looked at, and there is nothing left to read
	var all any
	if rows.Next() {
		err = rows.Scan(&all)
	}
	answers, ok := all.([]cell.Answer)
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
func (g *guard) ask(db *gorm.DB) ([]cell.Answer, error) {
	s := db.Statement
	if g.lines == nil || !s.RaiseErrorOnNotFound {
		return whole(s.Context, s.ConnPool, s.SQL.String(), s.Vars)
	}
	args, err := driverValues(s.Vars)
	if err != nil {
		return nil, err
	}
	return g.send(s.Context, db, []postgres.Statement{{Query: s.SQL.String(), Args: args}})
}

// answered gives a question its rows.
func (g *guard) answered(db *gorm.DB, a cell.Answer) {
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
func (g *guard) fill(db *gorm.DB, a cell.Answer) {
	s := db.Statement
	db.RowsAffected = int64(len(a.Rows))
	if s.ReflectValue.Kind() != reflect.Slice {
		db.RowsAffected = min(db.RowsAffected, 1)
	}
	err := g.give(s.Context, s.ReflectValue, s.Schema, a)
	if err != nil && (s.RaiseErrorOnNotFound || !errors.Is(err, gorm.ErrRecordNotFound)) {
		_ = db.AddError(err)
	}
}

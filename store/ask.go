package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"gorm.io/gorm"
)

// Question is a read that travels with others.
type Question struct {
	of  func(*gorm.DB) *gorm.DB
	db  *gorm.DB
	err error
}

// About returns a question. Its statement is built as any other and must end in
// Take, First or Find.
func About(of func(*gorm.DB) *gorm.DB) *Question { return &Question{of: of} }

// Err is what the statement by itself would have failed with.
func (q *Question) Err() error { return q.err }

// Ask answers questions that do not depend on each other: on PostgreSQL all of
// them in one round trip. When one cannot be asked at all, none is answered;
// one that finds nothing leaves the others their answers.
func Ask(ctx context.Context, r Reader, questions ...*Question) {
	db := r.Read(ctx)
	if db.Name() != string(Postgres) || len(questions) < 2 {
		for _, q := range questions {
			q.err = q.of(r.Read(ctx)).Error
		}
		return
	}
	if err := together(ctx, db, questions, r); err != nil {
		for _, q := range questions {
			q.err = err
		}
	}
}

var errUnanswered = errors.New("store: a question was not answered")

// askKey leads a connection of ours to the statements that are one.
type askKey struct{}

func together(ctx context.Context, db *gorm.DB, questions []*Question, r Reader) error {
	asked := make([]pgStatement, len(questions))
	for i, q := range questions {
		q.db = q.of(r.Read(ctx).Session(&gorm.Session{DryRun: true}))
		if q.db.Error != nil {
			return q.db.Error
		}
		args, err := driverValues(q.db.Statement.Vars)
		if err != nil {
			return err
		}
		asked[i] = pgStatement{q.db.Statement.SQL.String(), args}
	}
	stmt := questions[0].db.Statement
	ctx = context.WithValue(stmt.Context, askKey{}, asked)
	rows, err := stmt.ConnPool.QueryContext(ctx, asked[0].query) //nolint:contextcheck // the statement's is ctx with its scope
	if err != nil {
		return db.AddError(err)
	}
	defer func() { _ = db.AddError(rows.Close()) }() // what could go wrong did so before
	return answer(rows, questions)
}

// answer gives each question its rows.
func answer(rows *sql.Rows, questions []*Question) error {
	for i, q := range questions {
		if i > 0 && !rows.NextResultSet() {
			return first(rows.Err(), errUnanswered)
		}
		gorm.Scan(rows, q.db, 0)
		q.err = q.db.Error
	}
	return rows.Err()
}

// driverValues are the values as database/sql would hand them to a driver.
func driverValues(vars []any) ([]any, error) {
	all := make([]any, len(vars))
	for i, v := range vars {
		var err error
		if all[i], err = driver.DefaultParameterConverter.ConvertValue(v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

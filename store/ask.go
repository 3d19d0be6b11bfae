package store

import (
	"context"
	"database/sql/driver"
	"errors"

	"gorm.io/gorm"

	"gatehouse/store/internal/cell"
	"gatehouse/store/internal/postgres"
)

// Question is a read that travels with others.
type Question struct {
	of    func(*gorm.DB) *gorm.DB // by GORM, where ready is nil
	ready *ready
	err   error

	asked postgres.Statement // what travels
	give  func(cell.Answer) error
}

// About returns a question. Its statement is built as any other and must end in
// Take, First or Find, with a row or rows of a model to answer into.
func About(of func(*gorm.DB) *gorm.DB) *Question { return &Question{of: of} }

// Err is what the statement by itself would have failed with.
func (q *Question) Err() error { return q.err }

// Ask answers questions that do not depend on each other: on PostgreSQL all of
// them in one round trip. When one cannot be asked at all, none is answered;
// one that finds nothing leaves the others their answers.
func Ask(ctx context.Context, r Reader, questions ...*Question) {
	p := r.place()
	if p.db.Name() == string(Postgres) && len(questions) > 1 {
		together(ctx, p, questions)
		return
	}
	for _, q := range questions {
		q.run(ctx, p)
	}
}

// run asks a question by itself.
func (q *Question) run(ctx context.Context, p place) {
	if q.ready != nil {
		together(ctx, p, []*Question{q})
		return
	}
	if q.err = ctx.Err(); q.err == nil {
		q.err = q.of(start(p.db, context.WithValue(p.lasting(ctx), scopeKey{}, p.sc))).Error
	}
}

// together asks questions in one message.
func together(ctx context.Context, p place, questions []*Question) {
	if err := p.exchange(ctx, questions); err != nil {
		for _, q := range questions {
			q.err = err
		}
	}
}

func (p place) exchange(ctx context.Context, questions []*Question) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = p.lasting(ctx)
	asked := make([]postgres.Statement, len(questions))
	for i, q := range questions {
		if err := q.prepare(ctx, p); err != nil {
			return err
		}
		asked[i] = q.asked
	}
	answers, err := guardOf(p.db).send(ctx, p.db, asked)
	if err != nil {
		return p.translated(err)
	}
	for i, q := range questions {
		q.err = q.give(answers[i])
	}
	return nil
}

// prepare makes a question's statement.
func (q *Question) prepare(ctx context.Context, p place) error {
	g := guardOf(p.db)
	if q.ready != nil {
		asked, s, err := q.ready.statement(p)
		q.asked = asked
		q.give = func(a cell.Answer) error { return g.give(ctx, q.ready.into, s, a) }
		return err
	}
	db := q.of(start(p.db, context.WithValue(ctx, scopeKey{}, p.sc)).Session(&gorm.Session{DryRun: true}))
	if db.Error != nil {
		return db.Error
	}
	args, err := driverValues(db.Statement.Vars)
	q.asked = postgres.Statement{Query: db.Statement.SQL.String(), Args: args}
	q.give = func(a cell.Answer) error {
		g.answered(db, a)
		return db.Error
	}
	return err
}

// send runs statements that travel together, over the lines where there are
// such.
func (g *guard) send(ctx context.Context, db *gorm.DB, asked []postgres.Statement) ([]cell.Answer, error) {
	if g.lines != nil {
		answers, err := g.lines.Ask(ctx, asked)
		if !errors.Is(err, postgres.ErrNoLine) {
			return answers, err
		}
	}
	pool := db.Statement.ConnPool
	if len(asked) == 1 {
		return whole(ctx, pool, asked[0].Query, asked[0].Args)
	}
	answers, err := whole(postgres.Together(ctx, asked), pool, asked[0].Query, nil)
	if err == nil && len(answers) != len(asked) {
		err = errUnanswered
	}
	return answers, err
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

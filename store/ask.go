package store

import (
	"context"
	"database/sql/driver"
	"errors"

	"gorm.io/gorm"
)

// Question is a read that travels with others.
type Question struct {
	of    func(*gorm.DB) *gorm.DB // or
	ready *ready
	err   error

	asked pgStatement // what travels
	give  func(answer) error
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

// LastAsking is Last with questions that travel along, and are answered as the
// change leaves the rows. The change is a statement that returns the rows it
// made, in their order.
func (x *Tx) LastAsking(ctx context.Context, change *Question, questions ...*Question) error {
	p, last := x.place(), ctx
	if x.sc.st.parts == 0 {
		last = context.WithValue(ctx, lastKey{}, true)
	}
	if p.db.Name() == string(Postgres) && len(questions) > 0 {
		together(last, p, append([]*Question{change}, questions...))
		return change.err
	}
	change.run(last, p)
	for _, q := range questions {
		q.run(ctx, p)
	}
	return change.err
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
	asked := make([]pgStatement, len(questions))
	for i, q := range questions {
		if err := q.prepare(ctx, p); err != nil {
			return err
		}
		asked[i] = q.asked
	}
	answers, err := guardOf(p.db).exchange(ctx, p.db, asked)
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
		q.give = func(a answer) error { return g.give(ctx, q.ready.into, s, a) }
		return err
	}
	db := q.of(start(p.db, context.WithValue(ctx, scopeKey{}, p.sc)).Session(&gorm.Session{DryRun: true}))
	if db.Error != nil {
		return db.Error
	}
	args, err := driverValues(db.Statement.Vars)
	q.asked = pgStatement{db.Statement.SQL.String(), args}
	q.give = func(a answer) error {
		g.answered(db, a)
		return db.Error
	}
	return err
}

// askKey leads a connection of ours to the statements that are one.
type askKey struct{}

// exchange runs statements that travel together, over the lines where there are
// such.
func (g *guard) exchange(ctx context.Context, db *gorm.DB, asked []pgStatement) ([]answer, error) {
	if g.lines != nil {
		answers, err := g.lines.ask(ctx, asked)
		if !errors.Is(err, errNoLine) {
			return answers, err
		}
	}
	pool := db.Statement.ConnPool
	if len(asked) == 1 {
		return whole(ctx, pool, asked[0].query, asked[0].args)
	}
	answers, err := whole(context.WithValue(ctx, askKey{}, asked), pool, asked[0].query, nil)
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

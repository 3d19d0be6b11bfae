package postgres

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"gatehouse/store/internal/cell"
)

// connector opens PostgreSQL connections that spare round trips in
// transactions: what nobody waits for travels with what comes next.
type connector struct{ driver.Connector }

// Connect implements driver.Connector.
func (p connector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := c.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(errors.New("store: the PostgreSQL driver is not the one that was built in"), c.Close())
	}
	return &connection{Conn: conn, wire: newWire(conn.Conn())}, nil
}

// laterKey marks the context of statements whose result nobody awaits.
type laterKey struct{}

// Later marks the context of a statement whose result nobody awaits: in a transaction
// it travels with the next, which has its error.
func Later(ctx context.Context) context.Context { return context.WithValue(ctx, laterKey{}, true) }

// lastKey marks the context of a transaction's last statement.
type lastKey struct{}

// Last marks the context of a transaction's last statement, with which the commit
// travels.
func Last(ctx context.Context) context.Context { return context.WithValue(ctx, lastKey{}, true) }

// IsLast reports whether a context is marked as a transaction's last statement's.
func IsLast(ctx context.Context) bool { return ctx.Value(lastKey{}) != nil }

// connection holds statements that are still to be sent: the BEGIN
// of a transaction, and those that are marked as later. The next statement
// takes them along, at the latest the COMMIT; an error of theirs is then its.
// database/sql uses a connection from one goroutine at a time.
type connection struct {
	*stdlib.Conn
	wire  wire
	queue []Statement
	tx    *transaction
}

// BeginTx implements driver.ConnBeginTx.
func (c *connection) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if o != (driver.TxOptions{}) {
		return c.Conn.BeginTx(ctx, o)
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	c.queue = append(c.queue[:0], Statement{Query: "begin"})
	c.tx = &transaction{c: c, ctx: ctx}
	return c.tx, nil
}

// ExecContext implements driver.ExecerContext. Statements without values may be
// whole scripts, which go by themselves.
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.over(); err != nil {
		return nil, err
	}
	if c.tx != nil && ctx.Value(laterKey{}) != nil {
		c.queue = append(c.queue, Statement{Query: query, Args: values(args)})
		return driver.RowsAffected(0), nil
	}
	if len(c.queue) == 0 {
		return c.Conn.ExecContext(ctx, query, args)
	}
	if len(args) == 0 {
		if err := c.send(ctx, nil); err != nil {
			return nil, err
		}
		return c.Conn.ExecContext(ctx, query, args)
	}
	var tag pgconn.CommandTag
	c.queue = append(c.queue, Statement{Query: query, Args: values(args)})
	err := c.send(ctx, func(_ *prepared, r *pgconn.ResultReader) error {
		var err error
		tag, err = r.Close()
		return err
	})
	return driver.RowsAffected(tag.RowsAffected()), err
}

// QueryContext implements driver.QueryerContext.
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.over(); err != nil {
		return nil, err
	}
	asked, several := ctx.Value(askKey{}).([]Statement)
	switch {
	case several:
		return c.query(ctx, asked)
	case len(c.queue) > 0, cell.IsWhole(ctx):
		return c.query(ctx, []Statement{{Query: query, Args: values(args)}})
	}
	return c.Conn.QueryContext(ctx, query, args)
}

// askKey leads a connection of ours to the statements that are one.
type askKey struct{}

// Together marks the context of a query in whose place these statements are asked, in
// one message. Their answers come as one value (cell.Whole).
func Together(ctx context.Context, all []Statement) context.Context {
	return context.WithValue(ctx, askKey{}, all)
}

// over is an error where a statement would run outside of its transaction: after
// the last, with which it was committed, and after one that failed, since what
// travelled with that may never have run, the BEGIN for one.
func (c *connection) over() error {
	switch {
	case c.tx == nil:
		return nil
	case c.tx.committed:
		return errOver
	}
	return c.tx.failed
}

var errOver = errors.New("store: a statement after the transaction's last")

// query sends statements behind what is queued and returns the rows of each.
func (c *connection) query(ctx context.Context, asked []Statement) (driver.Rows, error) {
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	rows, err := c.queryOnce(ctx, asked)
	if c.tx == nil && changed(err) { // asked for the first time since a migration
		rows, err = c.queryOnce(ctx, asked)
	}
	if err != nil && c.tx == nil && ctx.Err() == nil && c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn // it read, so that it may be asked again
	}
	return rows, err
}

// changed reports whether a statement answers otherwise than when it was prepared.
func changed(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == planChanged
}

// planChanged is PostgreSQL's feature_not_supported, which it gives where a cached
// plan must not change its result.
const planChanged = "0A000"

func (c *connection) queryOnce(ctx context.Context, asked []Statement) (driver.Rows, error) {
	answers := make([]cell.Answer, len(asked))
	c.queue = append(c.queue, asked...)
	last := c.tx != nil && IsLast(ctx)
	results := len(asked)
	if last {
		c.queue = append(c.queue, Statement{Query: "commit"})
		results++
	}
	err := c.sendAll(ctx, results, func(i int, p *prepared, r *pgconn.ResultReader) error {
		if i < len(answers) {
			return take(&answers[i], p, r)
		}
		err := committed(p, r)
		c.tx.committed = err == nil
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case cell.IsWhole(ctx):
		return &cell.Rows{Answers: answers}, nil
	}
	return &answerRows{answers[0]}, nil
}

// committed reads the result of a COMMIT.
func committed(_ *prepared, r *pgconn.ResultReader) error {
	tag, err := r.Close()
	if err == nil && tag.String() == "ROLLBACK" { // a statement failed before
		err = pgx.ErrTxCommitRollback
	}
	return err
}

// CheckNamedValue implements driver.NamedValueChecker: values have the forms of
// driver.Value, which the wire knows.
func (*connection) CheckNamedValue(v *driver.NamedValue) error {
	var err error
	v.Value, err = driver.DefaultParameterConverter.ConvertValue(v.Value)
	return err
}

func values(args []driver.NamedValue) []any {
	all := make([]any, len(args))
	for i, a := range args {
		all[i] = a.Value
	}
	return all
}

// send sends all that is queued in one go. The last statement's result is
// read's, where there is one; the first error of all is returned.
func (c *connection) send(ctx context.Context, read func(*prepared, *pgconn.ResultReader) error) error {
	if read == nil {
		return c.sendAll(ctx, 0, nil)
	}
	return c.sendAll(ctx, 1, func(_ int, p *prepared, r *pgconn.ResultReader) error { return read(p, r) })
}

// sendAll sends all that is queued in one go. The results of the last ones, that
// many, are read's.
func (c *connection) sendAll(ctx context.Context, last int, read func(int, *prepared, *pgconn.ResultReader) error) error {
	quiet := len(c.queue) - last
	if c.tx != nil {
		c.tx.sent = true
	}
	err := c.wire.send(ctx, c.queue, func(i int, p *prepared, r *pgconn.ResultReader) error {
		if i < quiet {
			return closed(r)
		}
		return read(i-quiet, p, r)
	})
	clear(c.queue)
	c.queue = c.queue[:0]
	if err != nil && c.tx != nil {
		c.tx.failed = fmt.Errorf("%w: %w", pgx.ErrTxCommitRollback, err)
	}
	return err
}

// transaction begins with its first statement: until then the server knows nothing of
// it.
type transaction struct {
	c    *connection
	ctx  context.Context //nolint:containedctx // database/sql gives it to BeginTx alone
	sent bool
	// committed tells that the COMMIT went with the last statement; failed, that
	// what was sent in one go was not all done, so that there is none.
	committed bool
	failed    error
}

// Commit implements driver.Tx.
func (t *transaction) Commit() error {
	c := t.c
	switch {
	case t.committed, !t.sent && t.failed == nil && len(c.queue) == 0:
		return t.end(nil)
	case t.failed != nil:
		return t.end(t.failed)
	}
	c.queue = append(c.queue, Statement{Query: "commit"})
	return t.end(c.send(t.ctx, committed))
}

// Rollback implements driver.Tx.
func (t *transaction) Rollback() error { return t.end(nil) }

// rollbackTime bounds the wait for a rollback, whose context may be over.
const rollbackTime = 5 * time.Second

// end leaves the connection as it was before the transaction, or closed. It
// returns err before any of its own.
func (t *transaction) end(err error) error {
	c := t.c
	clear(c.queue)
	c.queue, c.tx = c.queue[:0], nil
	conn := c.Conn.Conn()
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), rollbackTime)
	defer cancel()
	_, failed := conn.Exec(ctx, "rollback")
	if failed != nil || conn.PgConn().TxStatus() != 'I' {
		_ = conn.Close(ctx) // which ends the transaction
	}
	return cmp.Or(err, failed)
}

// answerRows are the rows of a statement that was sent with others.
type answerRows struct{ left cell.Answer }

// Columns implements driver.Rows.
func (r *answerRows) Columns() []string { return r.left.Columns }

// Close implements driver.Rows.
func (r *answerRows) Close() error { return nil }

// Next implements driver.Rows.
func (r *answerRows) Next(dest []driver.Value) error {
	if len(r.left.Rows) == 0 {
		return io.EOF
	}
	for i, c := range r.left.Rows[0] {
		dest[i] = c.Value()
	}
	r.left.Rows = r.left.Rows[1:]
	return nil
}

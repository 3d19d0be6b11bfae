package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	modernc "modernc.org/sqlite"
)

// liteConnector opens SQLite connections that keep their prepared statements.
// The driver parses a statement each time it is run, and for most of ours that
// costs more than running it.
type liteConnector struct {
	driver.Connector
	begin string
}

// openLitePool returns a pool of connections to the database file that a DSN of the
// driver names; begin is the statement that opens a transaction. It opens none yet.
// It returns an error where the DSN cannot be read.
func openLitePool(dsn, begin string) (*sql.DB, error) {
	c, err := modernc.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(liteConnector{c, begin}), nil
}

// Connect implements driver.Connector.
func (l liteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := l.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := c.(liteDriverConn)
	if !ok {
		return nil, errors.Join(errOtherDriver, c.Close())
	}
	return &liteConn{liteDriverConn: conn, begin: l.begin, kept: map[string]*liteStmt{}}, nil
}

var errOtherDriver = errors.New("store: the SQLite driver is not the one that was built in")

// liteDriverConn is what the driver's connections can do.
type liteDriverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// liteDriverStmt is what the driver's statements can do.
type liteDriverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// maxKept bounds the statements that a connection keeps. Ours are some hundred.
const maxKept = 512

// liteConn is a connection and its statements. database/sql uses it from one
// goroutine at a time.
type liteConn struct {
	liteDriverConn
	begin string
	kept  map[string]*liteStmt
}

// liteStmt is a prepared statement.
type liteStmt struct {
	liteDriverStmt
	busy bool // rows of it are being read
	once bool // not kept
}

// take returns the statement, prepared; release gives it back.
func (c *liteConn) take(ctx context.Context, query string) (*liteStmt, error) {
	kept := c.kept[query]
	if kept != nil && !kept.busy {
		kept.busy = true
		return kept, nil
	}
	d, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	stmt, ok := d.(liteDriverStmt)
	if !ok {
		return nil, errors.Join(errOtherDriver, d.Close())
	}
	s := &liteStmt{stmt, true, kept != nil} // the kept one is being read from
	if s.once {
		return s, nil
	}
	c.shed()
	c.kept[query] = s
	return s, nil
}

// shed makes room for one more, if need be in place of any one that is not in
// use: what is used often comes back.
func (c *liteConn) shed() {
	if len(c.kept) < maxKept {
		return
	}
	for query, s := range c.kept {
		if !s.busy {
			delete(c.kept, query)
			_ = s.Close() // tells again how its last use ended
			return
		}
	}
}

// release ends a use of the statement and returns the first error.
func (s *liteStmt) release(err error) error {
	s.busy = false
	if !s.once {
		return err
	}
	return cmp.Or(err, s.Close())
}

// ExecContext implements driver.ExecerContext. Statements without values are
// those of migrations, whole scripts among them, and are not kept.
func (c *liteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.liteDriverConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(ctx, args)
	return r, s.release(err)
}

// QueryContext implements driver.QueryerContext.
func (c *liteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, s.release(err)
	}
	if isWhole(ctx) {
		a, err := liteAnswer(rows)
		return &wholeRows{answers: []answer{a}}, s.release(cmp.Or(err, rows.Close()))
	}
	return &liteRows{rows, s}, nil
}

// liteAnswer reads all rows.
func liteAnswer(rows driver.Rows) (answer, error) {
	a := answer{columns: rows.Columns()}
	values := make([]driver.Value, len(a.columns))
	for {
		err := rows.Next(values)
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		row := make([]cell, len(values))
		for i, v := range values {
			if err == nil {
				row[i], err = cellOf(v)
			}
		}
		if err != nil {
			return a, err
		}
		a.rows = append(a.rows, row)
	}
}

// liteRows give their statement back when they are closed.
type liteRows struct {
	driver.Rows
	s *liteStmt
}

// Close implements driver.Rows.
func (r *liteRows) Close() error {
	if r.s == nil {
		return nil
	}
	err := r.s.release(r.Rows.Close())
	r.s = nil
	return err
}

// BeginTx implements driver.ConnBeginTx. A context that ends meanwhile does not
// interrupt it, for then nobody could tell whether the transaction was opened.
func (c *liteConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.run(context.WithoutCancel(ctx), c.begin); err != nil {
		return nil, err
	}
	return liteTx{c}, nil
}

// run executes a statement without values that is used all the time.
func (c *liteConn) run(ctx context.Context, query string) error {
	s, err := c.take(ctx, query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx, nil)
	return s.release(err)
}

// Close implements driver.Conn.
func (c *liteConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	c.kept = nil
	return cmp.Or(append(errs, c.liteDriverConn.Close())...)
}

// liteTx is a transaction.
type liteTx struct{ c *liteConn }

// Commit implements driver.Tx. After it no transaction is open, whatever became
// of it.
func (t liteTx) Commit() error {
	err := t.c.run(context.Background(), "COMMIT")
	if err != nil {
		_ = t.Rollback() // fails if the failed commit ended the transaction
	}
	return err
}

// Rollback implements driver.Tx.
func (t liteTx) Rollback() error { return t.c.run(context.Background(), "ROLLBACK") }

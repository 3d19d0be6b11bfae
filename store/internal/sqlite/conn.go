package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	modernc "modernc.org/sqlite"

	"gatehouse/store/internal/cell"
)

// connector opens SQLite connections that keep their prepared statements.
// The driver parses a statement each time it is run, and for most of ours that
// costs more than running it.
type connector struct {
	driver.Connector
	begin string
}

// Open returns a pool of connections to the database file that a DSN of the
// driver names; begin is the statement that opens a transaction. It opens none yet.
// It returns an error where the DSN cannot be read.
func Open(dsn, begin string) (*sql.DB, error) {
	c, err := modernc.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{c, begin}), nil
}

// Connect implements driver.Connector.
func (l connector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := l.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := c.(driverConn)
	if !ok {
		return nil, errors.Join(errOtherDriver, c.Close())
	}
	return &connection{driverConn: conn, begin: l.begin, kept: map[string]*statement{}}, nil
}

var errOtherDriver = errors.New("store: the SQLite driver is not the one that was built in")

// driverConn is what the driver's connections can do.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// driverStmt is what the driver's statements can do.
type driverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// maxKept bounds the statements that a connection keeps. Ours are some hundred.
const maxKept = 512

// connection has the statements that it prepared. database/sql uses it from one
// goroutine at a time.
type connection struct {
	driverConn
	begin string
	kept  map[string]*statement
}

// statement is a prepared statement.
type statement struct {
	driverStmt
	busy bool // rows of it are being read
	once bool // not kept
}

// take returns the statement, prepared; release gives it back.
func (c *connection) take(ctx context.Context, query string) (*statement, error) {
	kept := c.kept[query]
	if kept != nil && !kept.busy {
		kept.busy = true
		return kept, nil
	}
	d, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	stmt, ok := d.(driverStmt)
	if !ok {
		return nil, errors.Join(errOtherDriver, d.Close())
	}
	s := &statement{stmt, true, kept != nil} // the kept one is being read from
	if s.once {
		return s, nil
	}
	c.shed()
	c.kept[query] = s
	return s, nil
}

// shed makes room for one more, if need be in place of any one that is not in
// use: what is used often comes back.
func (c *connection) shed() {
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
func (s *statement) release(err error) error {
	s.busy = false
	if !s.once {
		return err
	}
	return cmp.Or(err, s.Close())
}

// ExecContext implements driver.ExecerContext. Statements without values are
// those of migrations, whole scripts among them, and are not kept.
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.driverConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(ctx, args)
	return r, s.release(err)
}

// QueryContext implements driver.QueryerContext.
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, s.release(err)
	}
	if cell.IsWhole(ctx) {
		a, err := answerOf(rows)
		return &cell.Rows{Answers: []cell.Answer{a}}, s.release(cmp.Or(err, rows.Close()))
	}
	return &statementRows{rows, s}, nil
}

// answerOf reads all rows.
func answerOf(rows driver.Rows) (cell.Answer, error) {
	a := cell.Answer{Columns: rows.Columns()}
	values := make([]driver.Value, len(a.Columns))
	for {
		err := rows.Next(values)
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		row := make([]cell.Cell, len(values))
		for i, v := range values {
			if err == nil {
				row[i], err = cell.Of(v)
			}
		}
		if err != nil {
			return a, err
		}
		a.Rows = append(a.Rows, row)
	}
}

// statementRows give their statement back when they are closed.
type statementRows struct {
	driver.Rows
	s *statement
}

// Close implements driver.Rows.
func (r *statementRows) Close() error {
	if r.s == nil {
		return nil
	}
	err := r.s.release(r.Rows.Close())
	r.s = nil
	return err
}

// BeginTx implements driver.ConnBeginTx. A context that ends meanwhile does not
// interrupt it, for then nobody could tell whether the transaction was opened.
func (c *connection) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.run(context.WithoutCancel(ctx), c.begin); err != nil {
		return nil, err
	}
	return transaction{c}, nil
}

// run executes a statement without values that is used all the time.
func (c *connection) run(ctx context.Context, query string) error {
	s, err := c.take(ctx, query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx, nil)
	return s.release(err)
}

// Close implements driver.Conn.
func (c *connection) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	c.kept = nil
	return cmp.Or(append(errs, c.driverConn.Close())...)
}

// transaction is one that database/sql began.
type transaction struct{ c *connection }

// Commit implements driver.Tx. After it no transaction is open, whatever became
// of it.
func (t transaction) Commit() error {
	err := t.c.run(context.Background(), "COMMIT")
	if err != nil {
		_ = t.Rollback() // fails if the failed commit ended the transaction
	}
	return err
}

// Rollback implements driver.Tx.
func (t transaction) Rollback() error { return t.c.run(context.Background(), "ROLLBACK") }

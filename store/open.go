package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	dialect "gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"gatehouse/store/internal/postgres"
	"gatehouse/store/internal/sqlite"
)

// Kind is the kind of database.
type Kind string

// The kinds of database.
const (
	SQLite   Kind = "sqlite"
	Postgres Kind = "postgres"
)

// DB is an open database.
type DB struct {
	kind   Kind
	path   string // of the SQLite file
	reads  *gorm.DB
	writes *gorm.DB
	writer *sqlite.Writer // SQLite's
	hangUp func()         // closes PostgreSQL's lines

	onRecord listeners
}

// Kind says which kind of database it is.
func (d *DB) Kind() Kind { return d.kind }

// connections bounds the pools on PostgreSQL.
const connections = 16

// Open opens the database that a URL names: sqlite://PATH or postgres://….
// It does not migrate.
func Open(ctx context.Context, databaseURL string) (*DB, error) {
	scheme, rest, _ := strings.Cut(databaseURL, "://")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest)
	case "postgres", "postgresql":
		return openPostgres(ctx, databaseURL)
	}
	return nil, errors.New("store: a database URL begins with sqlite:// or postgres://")
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := private(path); err != nil {
		return nil, err
	}
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "foreign_keys(1)", "synchronous(2)", "temp_store(2)"}}
	file := "file:" + (&url.URL{Path: path}).EscapedPath()
	writes, err := openLite(file+"?"+pragmas.Encode(), sqlite.BeginWriting, 1)
	if err != nil {
		return nil, err
	}
	d := &DB{kind: SQLite, path: path, writes: writes}
	pool, err := d.pool()
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.writer = sqlite.NewWriter(pool)
	if err := d.walMode(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	pragmas.Add("_pragma", "query_only(1)")
	d.reads, err = openLite(file+"?"+pragmas.Encode(), sqlite.BeginReading, max(4, 2*runtime.NumCPU()))
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// private makes a new database file that no other user of the machine can read:
// SQLite would leave that to the umask, and gives its side files the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrExist) {
		return nil // its mode is its owner's choice
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return f.Close()
}

// walMode is kept in the file, so it is set once rather than by connection. SQLite
// does not wait its turn for this change, so that processes that start together
// on a new file take turns at a lock of ours.
func (d *DB) walMode(ctx context.Context) error {
	pool, err := d.pool()
	if err != nil {
		return err
	}
	var mode string
	if err := pool.QueryRowContext(ctx, "pragma journal_mode").Scan(&mode); err == nil && mode == "wal" {
		return nil
	}
	unlock, err := d.lockFile(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = pool.ExecContext(ctx, "pragma journal_mode=wal")
	return err
}

func openPostgres(ctx context.Context, databaseURL string) (*DB, error) {
	writes, err := openPool(databaseURL, nil)
	if err != nil {
		return nil, err
	}
	d := &DB{kind: Postgres, writes: writes}
	// Outside transactions the guard alone holds a statement to its tenant:
	// this pool sees every row, and can change none.
	reading := map[string]string{"app.tenant": everyTenant, "default_transaction_read_only": "on"}
	d.reads, err = openPool(databaseURL, reading)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	lines := postgres.OpenLines(databaseURL, reading)
	guardOf(d.reads).lines = lines
	d.hangUp = func() { lines.Close(context.WithoutCancel(ctx)) }
	return d, d.Ping(ctx)
}

func openPool(databaseURL string, params map[string]string) (*gorm.DB, error) {
	pool, err := postgres.Open(databaseURL, params)
	if err != nil {
		return nil, err
	}
	return openGORM(pool, dialect.New(dialect.Config{Conn: pool}), connections)
}

// openGORM puts GORM and the guard upon a pool. Statements are prepared below
// GORM, by each connection: GORM's own cache prepares them anew in every
// transaction.
func openGORM(pool *sql.DB, d gorm.Dialector, conns int) (*gorm.DB, error) {
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	g, err := gorm.Open(d, &gorm.Config{
		SkipDefaultTransaction: true,
		// A savepoint could take an event back while its change stays.
		DisableNestedTransaction: true,
		// PostgreSQL refuses a prepared SELECT * once a migration has added a column.
		QueryFields:    true,
		TranslateError: true,
		Logger:         logger.Discard,
	})
	if err == nil {
		err = g.Use(&guard{})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), pool.Close())
	}
	return g, nil
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	for _, g := range []*gorm.DB{d.writes, d.reads} {
		pool, err := g.DB()
		if err != nil {
			return err
		}
		if err := pool.PingContext(ctx); err != nil {
			return fmt.Errorf("store: the database does not answer: %w", err)
		}
	}
	return nil
}

// Close ends all connections.
func (d *DB) Close() error {
	if d.hangUp != nil {
		d.hangUp()
	}
	var errs []error
	for _, g := range []*gorm.DB{d.reads, d.writes} {
		if g == nil {
			continue
		}
		pool, err := g.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// pool is the plain connection pool that migrations run on.
func (d *DB) pool() (*sql.DB, error) { return d.writes.DB() }

// PassesRowSecurity reports whether the database role is above row-level
// security, which then guards nothing. SQLite has none to pass.
func (d *DB) PassesRowSecurity(ctx context.Context) (bool, error) {
	if d.kind != Postgres {
		return false, nil
	}
	pool, err := d.pool()
	if err != nil {
		return false, err
	}
	var passes bool
	const ask = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
	return passes, pool.QueryRowContext(ctx, ask).Scan(&passes)
}

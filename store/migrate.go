package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date. Several nodes may start at once: one
// migrates, the others wait for it. It returns how many steps it took.
func (d *DB) Migrate(ctx context.Context) (int, error) {
	unlock, err := d.lockMigration(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	p, err := d.provider()
	if err != nil {
		return 0, err
	}
	taken := 0
	for {
		done, err := p.Up(ctx)
		if err == nil {
			return taken + len(done), nil
		}
		var broken *goose.PartialError
		if errors.As(err, &broken) {
			taken += len(broken.Applied)
		}
		if !inTheWay(err) {
			return taken, fmt.Errorf("store: migration: %w", err)
		}
		if err := pause(ctx, stepPause); err != nil {
			return taken, fmt.Errorf("store: migration: %w", err)
		}
	}
}

// inTheWay reports whether a step of PostgreSQL's met others who go away by
// themselves: a transaction that holds a table which the step would keep everybody
// from (55P03), or an index that is built still for a node that died (40P01).
func inTheWay(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == "55P03" || refused.Code == "40P01")
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Migrated reports whether the schema is up to date.
func (d *DB) Migrated(ctx context.Context) (bool, error) {
	p, err := d.provider()
	if err != nil {
		return false, err
	}
	pending, err := p.HasPending(ctx)
	return !pending, err
}

// migrationLock names the advisory lock on PostgreSQL. Nodes that waited for the
// name before, "gatehous", held a snapshot meanwhile.
const migrationLock = 0x67617465686f7532 // "gatehou2"

// How long a node waits before it asks again whether another has migrated, and
// before it takes a step again that others were in the way of.
const (
	migrationPause = 100 * time.Millisecond
	stepPause      = time.Second
)

// lockMigration keeps other processes from migrating the same database. The
// lock ends with the process, whatever ends that.
func (d *DB) lockMigration(ctx context.Context) (unlock func(), err error) {
	if d.kind == Postgres {
		return d.lockSession(ctx)
	}
	return d.lockFile(ctx)
}

// lockSession waits for an advisory lock on a connection of its own. It asks again
// and again: a statement that waited would hold a snapshot, and whoever migrates
// waits for the end of all snapshots where an index is built beside the server's
// work. goose's own lock asks every few seconds only.
func (d *DB) lockSession(ctx context.Context) (func(), error) {
	pool, err := d.pool()
	if err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: migration lock: %w", err)
	}
	if err := awaitLock(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("store: migration lock: %w", err), conn.Close())
	}
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", int64(migrationLock))
		if err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closing the connection frees the lock
		}
		_ = conn.Close()
	}, nil
}

func awaitLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var mine bool
		err := conn.QueryRowContext(ctx, "select pg_try_advisory_lock($1)", int64(migrationLock)).Scan(&mine)
		if err != nil || mine {
			return err
		}
		if err := pause(ctx, migrationPause); err != nil {
			return err
		}
	}
}

// lockFile holds an exclusive transaction on a file beside the SQLite file.
func (d *DB) lockFile(ctx context.Context) (func(), error) {
	beside := (&url.URL{Path: d.path + "-migration-lock"}).EscapedPath()
	pool, err := sql.Open("sqlite", "file:"+beside+"?_txlock=exclusive&_pragma=busy_timeout(60000)")
	if err != nil {
		return nil, fmt.Errorf("store: migration lock: %w", err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: migration lock: %w", err), pool.Close())
	}
	return func() {
		_ = tx.Rollback() // nothing was written; closing frees the lock as well
		_ = pool.Close()
	}, nil
}

func (d *DB) provider() (*goose.Provider, error) {
	pool, err := d.pool()
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.kind == Postgres {
		dialect = goose.DialectPostgres
	}
	steps, err := fs.Sub(migrations, "migrations/"+string(d.kind))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, pool, steps)
}

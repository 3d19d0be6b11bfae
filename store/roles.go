package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// all is what a server needs of most tables.
const all = "SELECT, INSERT, UPDATE, DELETE"

// lesser is what it needs of the others (R135): events are added and read, and
// nothing else; the version of the schema is read.
var lesser = map[string]string{
	"events":           "SELECT, INSERT",
	"audit_pending":    "SELECT, INSERT, DELETE",
	"audit_head":       "SELECT, UPDATE",
	"goose_db_version": "SELECT",
}

// Why a role cannot be given what a server needs.
var (
	ErrNoRoles   = errors.New("SQLite has no roles")
	ErrRole      = errors.New("there is no such role")
	ErrRoleOwner = errors.New("the role owns the tables, or is a member of their owner, or is a superuser or has BYPASSRLS: it must be another one")
)

// Grant gives a role of PostgreSQL what a server needs and takes from it whatever
// else it was given. A role that owns nothing can change no table, switch off no
// trigger and no row-level security, and neither change nor remove an event, by
// its rights and not by triggers alone (R2, R135). The caller's role owns the
// tables. Whoever migrates grants anew: tables may have come. It returns
// ErrNoRoles, ErrRole and ErrRoleOwner.
func (d *DB) Grant(ctx context.Context, role string) error {
	if d.kind != Postgres {
		return ErrNoRoles
	}
	pool, err := d.pool()
	if err != nil {
		return err
	}
	const ask = "select rolsuper or rolbypassrls or pg_has_role(oid, (select relowner from pg_class where oid = 'events'::regclass), 'MEMBER') from pg_roles where rolname = $1"
	var above bool
	switch err := pool.QueryRowContext(ctx, ask, role).Scan(&above); {
	case errors.Is(err, sql.ErrNoRows):
		return ErrRole
	case err != nil:
		return fmt.Errorf("store: role: %w", err)
	case above:
		return ErrRoleOwner
	}
	tables, err := tablesOf(ctx, pool)
	if err != nil {
		return err
	}
	return grant(ctx, pool, pgx.Identifier{role}.Sanitize(), tables)
}

func tablesOf(ctx context.Context, pool *sql.DB) ([]string, error) {
	rows, err := pool.QueryContext(ctx, "select tablename from pg_tables where schemaname = current_schema() order by tablename")
	if err != nil {
		return nil, fmt.Errorf("store: tables: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what went wrong
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		tables = append(tables, name)
	}
	return tables, rows.Err()
}

// grant does it for all tables at once, or for none.
func grant(ctx context.Context, pool *sql.DB, role string, tables []string) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing is left to do after a commit
	for _, name := range tables {
		rights, special := lesser[name]
		if !special {
			rights = all
		}
		table := pgx.Identifier{name}.Sanitize()
		for _, s := range []string{"REVOKE ALL ON " + table + " FROM " + role, "GRANT " + rights + " ON " + table + " TO " + role} {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("store: grant: %w", err)
			}
		}
	}
	return tx.Commit()
}

// OwnsTables reports whether the database role could change the tables
// themselves, triggers and row-level security included. In SQLite whoever opens
// the file can.
func (d *DB) OwnsTables(ctx context.Context) (bool, error) {
	if d.kind != Postgres {
		return true, nil
	}
	pool, err := d.pool()
	if err != nil {
		return false, err
	}
	var owns bool
	const ask = "select exists (select 1 from pg_class where relname = 'events' and relnamespace = current_schema()::regnamespace and pg_has_role(relowner, 'MEMBER'))"
	return owns, pool.QueryRowContext(ctx, ask).Scan(&owns)
}

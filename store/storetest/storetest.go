// Package storetest opens fresh, migrated databases for tests: SQLite always,
// and PostgreSQL where GATEHOUSE_TEST_POSTGRES_URL names a server on which the
// role may create databases, as `make test` provides.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes databases

	"gatehouse/models"
	"gatehouse/store"
)

// Server is the environment variable that names the PostgreSQL server.
const Server = "GATEHOUSE_TEST_POSTGRES_URL"

// Each runs fn on a fresh database of every kind.
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	for kind, at := range URLs(t) {
		t.Run(string(kind), func(t *testing.T) { fn(t, Open(t, at)) })
	}
}

// URLs names a fresh, empty database of every kind.
func URLs(t testing.TB) map[store.Kind]string {
	t.Helper()
	all := map[store.Kind]string{store.SQLite: "sqlite://" + filepath.Join(t.TempDir(), "gatehouse.db")}
	if server := os.Getenv(Server); server != "" {
		all[store.Postgres] = fresh(t, server)
	}
	return all
}

// SQLite opens a fresh SQLite database, for tests that no database can bend.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, "sqlite://"+filepath.Join(t.TempDir(), "gatehouse.db"))
}

// Open opens and migrates the database and closes it after the test.
func Open(t testing.TB, databaseURL string) *store.DB {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return db
}

// fresh makes a database and drops it after the test.
func fresh(t testing.TB, server string) string {
	t.Helper()
	name := "t_" + strings.ReplaceAll(store.NewID(), "-", "")
	pool, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec("create database " + name); err != nil { //nolint:noctx // tests have no request
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(drop(pool, name), pool.Close()); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// drop removes a database. The server's own vacuum may be at work in it, which
// no role but its owner can end: then it is tried again.
func drop(pool *sql.DB, name string) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var err error
	for range 100 {
		if _, err = pool.Exec("drop database " + name + " with (force)"); err == nil { //nolint:noctx // must run after the test, too
			return nil
		}
		<-tick.C
	}
	return err
}

// Tenant makes a tenant with this name and returns its handle.
func Tenant(t testing.TB, db *store.DB, name string) store.Tenant {
	t.Helper()
	ctx, at := context.Background(), models.At(time.Now())
	tenant := db.Tenant(store.NewID())
	err := tenant.Write(ctx, func(tx *store.Tx) error {
		row := models.Tenant{
			Name: name, DisplayName: name, DefaultLocale: "en", Status: models.TenantActive,
			Version: 1, CreatedAt: at, UpdatedAt: at,
		}
		if err := tx.Rows(ctx).Create(&row).Error; err != nil {
			return err
		}
		return tx.Rows(ctx).Create(&models.PendingEvent{EventFields: models.EventFields{
			ID: store.NewID(), At: at, Action: "tenant.created", Outcome: "success",
		}}).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

// UntilBlocked returns when somebody waits for a lock in a database of PostgreSQL's, or
// when there is a result. SQLite's writers wait where nobody sees it.
func UntilBlocked(t testing.TB, db *store.DB, results <-chan error) {
	t.Helper()
	if db.Kind() != store.Postgres {
		return
	}
	pool := db.System("test").Read(context.Background()).Statement.ConnPool
	for waiting := 0; waiting == 0 && len(results) == 0; {
		err := pool.QueryRowContext(context.Background(),
			"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}

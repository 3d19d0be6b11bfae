package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestNewKeysLoseNothing: what was recorded before step 19 is there after it,
// and what waited to be sealed still does, in its order.
func TestNewKeysLoseNothing(t *testing.T) {
	for kind, at := range storetest.URLs(t) {
		t.Run(string(kind), func(t *testing.T) {
			before(t, kind, at, 18, func(pool *sql.DB) {
				for n := range 3 {
					event := fmt.Sprintf(`'t', 'p%d', %d, 'user.created', 'success', '', 'user', 'a', 'Ada', 'api', 'user', 'u', 'Ada', 'u', '', '', '', 'r', '', '', '{"n":%d}'`, n, n, n)
					run(t, pool, "INSERT INTO audit_pending VALUES ("+event+")")
					zero := map[store.Kind]string{store.SQLite: "x'00'", store.Postgres: "'\\x00'"}[kind]
					run(t, pool, fmt.Sprintf("INSERT INTO events VALUES (%s, %d, %s, %s)", strings.ReplaceAll(event, "'p", "'s"), n, zero, zero))
				}
			})
			db := storetest.Open(t, at)
			var waiting []models.PendingEvent
			if err := db.System("test").Read(t.Context()).Order("id").Find(&waiting).Error; err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range waiting {
				got = append(got, fmt.Sprint(w.TenantID, w.ID, w.At.UnixMicro(), w.ActorName, w.RequestID, w.Details.V["n"]))
			}
			if diff := cmp.Diff([]string{"tp00Adar0", "tp11Adar1", "tp22Adar2"}, got); diff != "" {
				t.Error(diff)
			}
			var sealed int64
			if err := db.System("test").Read(t.Context()).Model(&models.Event{}).Count(&sealed).Error; err != nil || sealed != 3 {
				t.Error(sealed, err)
			}
		})
	}
}

// before brings a database up to a step and hands it to fn.
func before(t *testing.T, kind store.Kind, at string, step int64, fn func(pool *sql.DB)) {
	t.Helper()
	driver, source, dialect := "pgx", at, goose.DialectPostgres
	if kind == store.SQLite {
		driver, source, dialect = "sqlite", strings.TrimPrefix(at, "sqlite://"), goose.DialectSQLite3
	}
	pool, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	p, err := goose.NewProvider(dialect, pool, os.DirFS("migrations/"+string(kind)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), step); err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	if kind == store.Postgres {
		run(t, pool, "SELECT set_config('app.tenant', '*', false)")
	}
	fn(pool)
}

func run(t *testing.T, pool *sql.DB, statement string) {
	t.Helper()
	if _, err := pool.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(statement, err)
	}
}

// TestStepsKeepNobodyWaiting_R146: somebody reads a table for long whose key a step
// changes. Others go on writing to it, and the step is taken when he is done.
func TestStepsKeepNobodyWaiting_R146(t *testing.T) {
	at, ok := storetest.URLs(t)[store.Postgres]
	if !ok {
		return // SQLite has one writer
	}
	before(t, store.Postgres, at, 24, func(pool *sql.DB) {
		pool.SetMaxOpenConns(3)
		reads, err := pool.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reads.ExecContext(t.Context(), "SELECT count(*) FROM audit_pending"); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		type result struct {
			steps int
			err   error
		}
		ended := make(chan result, 1)
		go func() {
			steps, err := db.Migrate(t.Context())
			ended <- result{steps, err}
		}()
		awaitLock(t, pool)
		writes, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = writes.Close() }()
		for _, s := range []string{
			"SET statement_timeout = '1s'", "SELECT set_config('app.tenant', '*', false)",
			`INSERT INTO audit_pending VALUES ('t', 'p', 0, 'user.created', 'success', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '{}')`,
		} {
			if _, err := writes.ExecContext(t.Context(), s); err != nil {
				t.Error(s, err)
			}
		}
		if err := reads.Rollback(); err != nil {
			t.Error(err)
		}
		if got := <-ended; got.err != nil || got.steps == 0 {
			t.Errorf("%+v", got)
		}
	})
}

// awaitLock returns when somebody waits for a lock in the pool's database.
func awaitLock(t *testing.T, pool *sql.DB) {
	t.Helper()
	for waiting := 0; waiting == 0; {
		err := pool.QueryRowContext(t.Context(),
			"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}

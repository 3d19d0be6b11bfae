package audit_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"gatehouse/audit"
	"gatehouse/audit/attempts"
	"gatehouse/internal/page"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestTimelinesReadTheirIndexes: a partial index serves only statements that say
// what it holds, and a statement that misses it reads a whole log.
func TestTimelinesReadTheirIndexes(t *testing.T) {
	timeline := func(f audit.Filter) func(context.Context, store.Reader) error {
		return func(ctx context.Context, r store.Reader) error {
			_, err := audit.Timeline(ctx, r, f, page.Request{Limit: 20})
			return err
		}
	}
	list := func(f attempts.Filter) func(context.Context, store.Reader) error {
		return func(ctx context.Context, r store.Reader) error {
			_, err := attempts.List(ctx, r, f, page.Request{Limit: 20})
			return err
		}
	}
	for name, c := range map[string]struct {
		ask     func(context.Context, store.Reader) error
		indexes []string
	}{
		"user":        {timeline(audit.Filter{UserID: "u7"}), []string{"events_by_user"}},
		"application": {timeline(audit.Filter{ApplicationID: "a7"}), []string{"events_by_application", "events_by_target"}},
		"target":      {timeline(audit.Filter{TargetID: "x7"}), []string{"events_by_target", "events_by_user"}},
		"action":      {timeline(audit.Filter{Action: audit.UserLocked}), []string{"events_by_action"}},
		"failed":      {list(attempts.Filter{Outcome: audit.Failure}), []string{"attempts_failed"}},
		"since": {func(ctx context.Context, r store.Reader) error {
			_, err := attempts.Figures(ctx, r, time.Now().Add(-time.Hour), time.Now())
			return err
		}, []string{"attempts_pkey"}},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				tenant := storetest.Tenant(t, db, "acme")
				fill(t, db, tenant)
				seen := &spy{Reader: tenant}
				if err := c.ask(t.Context(), seen); err != nil {
					t.Fatal(err)
				}
				plans := seen.plans(t, db, tenant)
				for _, index := range c.indexes {
					if db.Kind() == store.SQLite && index == "attempts_pkey" {
						index = "(tenant_id=? AND id>?)"
					}
					if !strings.Contains(plans, index) {
						t.Errorf("%s is not read:\n%s", index, plans)
					}
				}
			})
		})
	}
}

// fill puts so many events and attempts into the tables that an index is worth
// reading.
func fill(t *testing.T, db *store.DB, tenant store.Tenant) {
	t.Helper()
	series := "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 3000)"
	hash := map[store.Kind]string{store.SQLite: "x'00'", store.Postgres: "'\\x00'::bytea"}[db.Kind()]
	json, list := "'{}'", "'[]'"
	if db.Kind() == store.Postgres {
		json, list = json+"::jsonb", list+"::jsonb"
	}
	id := store.NewID()[:28]
	statements := []string{
		fmt.Sprintf(`%s INSERT INTO events SELECT '%s', '%s' || (10000000 + n), n, CASE WHEN n %% 500 = 0 THEN 'user.locked' ELSE 'sign_in.succeeded' END,
			'success', '', 'user', '', '', 'api', 'thing', 'x' || (n %% 300), '', 'u' || (n %% 300), 'a' || (n %% 300), '', '', '', '', '', '{}', n, %s, %s FROM s`,
			series, tenant.ID(), id, hash, hash),
		fmt.Sprintf(`%s INSERT INTO attempts SELECT '%s', '%s' || (10000000 + n), '', 'sign_in', n, 0, '', '', '', '', '', '',
			CASE WHEN n %% 500 = 0 THEN 'failure' ELSE 'success' END, '', %s, '', '', '', %s FROM s`,
			series, tenant.ID(), id, list, json),
	}
	if db.Kind() == store.Postgres { // SQLite plans without
		statements = append(statements, "ANALYZE")
	}
	inside(t, tenant, func(pool gorm.ConnPool) {
		for _, s := range statements {
			if _, err := pool.ExecContext(t.Context(), s); err != nil {
				t.Fatal(s, err)
			}
		}
	})
}

// inside runs fn on a transaction's own connection and commits what it did.
func inside(t *testing.T, tenant store.Tenant, fn func(pool gorm.ConnPool)) {
	t.Helper()
	err := tenant.Write(t.Context(), func(tx *store.Tx) error {
		fn(tx.Rows(t.Context()).Statement.ConnPool)
		return audit.Append(t.Context(), tx, time.Now(), audit.Event{Action: audit.TenantUpdated})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// spy notes what it is asked, and asks it all the same.
type spy struct {
	store.Reader
	asked []question
}

type question struct {
	sql  string
	args []any
}

func (s *spy) Read(ctx context.Context) *gorm.DB {
	db := s.Reader.Read(ctx)
	db.Statement.ConnPool = listening{db.Statement.ConnPool, s}
	return db
}

type listening struct {
	gorm.ConnPool
	spy *spy
}

func (l listening) QueryContext(ctx context.Context, sql string, args ...any) (*sql.Rows, error) {
	l.spy.asked = append(l.spy.asked, question{sql, args})
	return l.ConnPool.QueryContext(ctx, sql, args...)
}

var errSeen = errors.New("seen")

// plans tells how the database answers what was asked. PostgreSQL is asked for the
// plan that fits all values, which it keeps where a statement comes often enough.
func (s *spy) plans(t *testing.T, db *store.DB, tenant store.Tenant) string {
	t.Helper()
	var out strings.Builder
	err := tenant.Write(t.Context(), func(tx *store.Tx) error {
		pool := tx.Rows(t.Context()).Statement.ConnPool
		for i, q := range s.asked {
			explain, args := "EXPLAIN QUERY PLAN "+q.sql, q.args
			if db.Kind() == store.Postgres {
				explain, args = prepare(t, pool, fmt.Sprintf("q%d", i), q), nil
			}
			read(t, pool, &out, explain, args)
		}
		return errSeen
	})
	if !errors.Is(err, errSeen) {
		t.Fatal(err)
	}
	return out.String()
}

func prepare(t *testing.T, pool gorm.ConnPool, name string, q question) string {
	t.Helper()
	for _, s := range []string{"SET LOCAL plan_cache_mode = force_generic_plan", "PREPARE " + name + " AS " + q.sql} {
		if _, err := pool.ExecContext(t.Context(), s); err != nil {
			t.Fatal(s, err)
		}
	}
	literals := make([]string, len(q.args))
	for i, a := range q.args {
		if v, is := a.(interface{ UnixMicro() int64 }); is {
			a = v.UnixMicro()
		}
		literals[i] = fmt.Sprintf("'%v'", a)
	}
	return fmt.Sprintf("EXPLAIN EXECUTE %s(%s)", name, strings.Join(literals, ", "))
}

func read(t *testing.T, pool gorm.ConnPool, out *strings.Builder, explain string, args []any) {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), explain, args...)
	if err != nil {
		t.Fatal(explain, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(out, *values[len(values)-1].(*any))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

package store_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// migrateNow names the database that a copy of this test program migrates.
const migrateNow = "GATEHOUSE_TEST_MIGRATE_NOW"

func TestMain(m *testing.M) {
	if at := os.Getenv(migrateNow); at != "" {
		os.Exit(migrateOnce(at))
	}
	os.Exit(m.Run())
}

func migrateOnce(at string) int {
	ctx := context.Background()
	db, err := store.Open(ctx, at)
	if err == nil {
		defer func() { _ = db.Close() }()
		var n int
		if n, err = db.Migrate(ctx); err == nil {
			fmt.Println(n)
			return 0
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// TestProcessesMigrateAtOnce: several nodes start on an empty database at
// once; one migrates, all find it migrated.
func TestProcessesMigrateAtOnce(t *testing.T) {
	for kind, at := range storetest.URLs(t) {
		t.Run(string(kind), func(t *testing.T) {
			const nodes = 4
			outs, errs := make([]string, nodes), make([]error, nodes)
			var wg sync.WaitGroup
			for i := range nodes {
				wg.Go(func() {
					cmd := exec.CommandContext(t.Context(), os.Args[0])
					cmd.Env = append(os.Environ(), migrateNow+"="+at)
					out, err := cmd.CombinedOutput()
					outs[i], errs[i] = strings.TrimSpace(string(out)), err
				})
			}
			wg.Wait()
			worked := 0
			for i := range nodes {
				if errs[i] != nil {
					t.Error(errs[i], outs[i])
				}
				if outs[i] != "0" {
					worked++
				}
			}
			if worked != 1 {
				t.Errorf("%d nodes migrated: %v", worked, outs)
			}
			db := storetest.Open(t, at)
			if done, err := db.Migrated(t.Context()); err != nil || !done {
				t.Error(done, err)
			}
		})
	}
}

func TestGoroutinesMigrateAtOnce(t *testing.T) {
	for kind, at := range storetest.URLs(t) {
		t.Run(string(kind), func(t *testing.T) {
			db, err := store.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if _, err := db.Migrate(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestMigrationsEndAlike: both databases have the same steps, tables, columns
// and indexes.
func TestMigrationsEndAlike(t *testing.T) {
	files := func(kind store.Kind) []string {
		entries, err := os.ReadDir("migrations/" + string(kind))
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	if diff := cmp.Diff(files(store.SQLite), files(store.Postgres)); diff != "" {
		t.Error(diff)
	}
	schemas := map[store.Kind]map[string][]string{}
	storetest.Each(t, func(t *testing.T, db *store.DB) { schemas[db.Kind()] = describe(t, db) })
	if pg, ok := schemas[store.Postgres]; ok {
		if diff := cmp.Diff(schemas[store.SQLite], pg); diff != "" {
			t.Error(diff)
		}
	}
	if len(schemas[store.SQLite]) < 20 {
		t.Error("no schema was seen", slices.Collect(maps.Keys(schemas[store.SQLite])))
	}
}

var descriptions = map[store.Kind][2]string{
	store.SQLite: {
		`SELECT m.name, 'column ' || c.name || CASE WHEN c."notnull" OR c.pk THEN ' required' ELSE '' END
		 FROM sqlite_master m, pragma_table_info(m.name) c
		 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%'`,
		`SELECT m.name, CASE WHEN i."unique" THEN 'unique ' ELSE 'index ' END || CASE WHEN i.partial THEN 'partial ' ELSE '' END ||
		 (SELECT group_concat(x.name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) x)
		 FROM sqlite_master m, pragma_index_list(m.name) i
		 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%'`,
	},
	store.Postgres: {
		`SELECT table_name, 'column ' || column_name || CASE WHEN is_nullable = 'NO' THEN ' required' ELSE '' END
		 FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'`,
		`SELECT t.relname, CASE WHEN i.indisunique THEN 'unique ' ELSE 'index ' END || CASE WHEN i.indpred IS NOT NULL THEN 'partial ' ELSE '' END ||
		 (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k(attnum, n)
		  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum)
		 FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
		 WHERE n.nspname = 'public' AND t.relname NOT LIKE 'goose%'`,
	},
}

func describe(t *testing.T, db *store.DB) map[string][]string {
	t.Helper()
	pool := db.System("test").Read(t.Context()).Statement.ConnPool
	tables := map[string][]string{}
	for _, query := range descriptions[db.Kind()] {
		rows, err := pool.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var table, what string
			if err := rows.Scan(&table, &what); err != nil {
				t.Fatal(err)
			}
			tables[table] = append(tables[table], what)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	for table := range tables {
		slices.Sort(tables[table])
	}
	return tables
}

// TestTablesAndModelsAgree: every model fits its table, column by column, and
// every owned table is held by row-level security.
func TestTablesAndModelsAgree_R2(t *testing.T) {
	all := []any{
		&models.Fact{}, &models.Tenant{}, &models.Domain{}, &models.Branding{}, &models.Image{}, &models.Application{}, &models.Secret{},
		&models.Consent{}, &models.User{}, &models.Identifier{}, &models.Credential{}, &models.Session{}, &models.Code{}, &models.DeviceCode{}, &models.BackchannelRequest{}, &models.Replay{}, &models.Family{},
		&models.RevokedToken{}, &models.SigningKey{}, &models.RoleAssignment{}, &models.APIClient{}, &models.SetupLink{},
		&models.PendingEvent{}, &models.Event{}, &models.Attempt{}, &models.Counter{}, &models.Idempotency{}, &models.AuditHead{}, &models.PushedRequest{}, &models.ClientRegistration{}, &models.InitialToken{}, &models.SessionApplication{}, &models.LogoutNotice{}, &models.Resource{}, &models.AccessToken{}, &models.ClaimRule{},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tables := describe(t, db)
		for _, model := range all {
			st := &gorm.Statement{DB: db.System("test").Read(t.Context())}
			if err := st.Parse(model); err != nil {
				t.Fatal(err)
			}
			var want, got []string
			want = append(want, st.Schema.DBNames...)
			for _, what := range tables[st.Schema.Table] {
				if name, is := strings.CutPrefix(what, "column "); is {
					got = append(got, strings.TrimSuffix(name, " required"))
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", st.Schema.Table, diff)
			}
			delete(tables, st.Schema.Table)
		}
		if len(tables) > 0 {
			t.Error("tables without a model", slices.Collect(maps.Keys(tables)))
		}
	})
}

// TestLogIsWrittenOnce_R135: a sealed event cannot be changed or deleted, even
// by whoever steps round the guard.
func TestLogIsWrittenOnce_R135(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		ctx := t.Context()
		sealed := models.Event{
			EventFields: models.EventFields{ID: store.NewID(), At: models.At(time.Now()), Action: "user.created", Outcome: "success"},
			Number:      1, PrevHash: []byte{}, Hash: []byte{1},
		}
		if err := tenant.Write(ctx, func(tx *store.Tx) error { return tx.Rows(ctx).Create(&sealed).Error }); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			"UPDATE events SET action = 'x'", "DELETE FROM events", "UPDATE events SET number = 7 WHERE number = 1",
		} {
			err := tenant.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.Rows(ctx).Statement.ConnPool.ExecContext(ctx, statement)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Error(statement, err)
			}
		}
		if db.Kind() == store.Postgres {
			err := tenant.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.Rows(ctx).Statement.ConnPool.ExecContext(ctx, "TRUNCATE events")
				return err
			})
			if err == nil {
				t.Error("the log was emptied")
			}
		}
	})
}

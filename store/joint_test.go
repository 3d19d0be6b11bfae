package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/store"
)

var (
	byID  = store.By[models.User]("id")
	sayBy = store.Among[models.Identifier]("value")
)

// question is what one of many asks, and looks whether the answer is his.
type question struct {
	of    store.Tenant
	asked *store.Question
	right func(error) bool
}

// who asks for a user by his id; own: there is such a one.
func who(of store.Tenant, id string, own bool) question {
	u := &models.User{}
	return question{of, byID.About(u, id), func(err error) bool {
		if own {
			return err == nil && u.ID == id && u.TenantID == of.ID()
		}
		return store.NotFound(err) && u.ID == ""
	}}
}

// said asks for identifiers, of which so many are there.
func said(of store.Tenant, there int, values ...string) question {
	rows := &[]models.Identifier{}
	return question{of, sayBy.About(rows, values...), func(err error) bool {
		for _, row := range *rows {
			if row.TenantID != of.ID() || row.Value != values[0] && row.Value != values[1] {
				return false
			}
		}
		return err == nil && len(*rows) == there
	}}
}

// identifiers puts names of a user there, with what PostgreSQL's lists are made of.
func (w *world) identifiers(t *testing.T, names ...string) {
	t.Helper()
	err := w.mine.Write(t.Context(), func(tx *store.Tx) error {
		for _, name := range names {
			i := models.Identifier{Value: name, Kind: models.IdentifierUsername, UserID: w.my.ID}
			if err := tx.Rows(t.Context()).Create(&i).Error; err != nil {
				return err
			}
		}
		return record(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// runs waits until PostgreSQL runs so many statements like this.
func runs(ctx context.Context, t *testing.T, beside *sql.DB, so int, like string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	const active = "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid() and query like $1"
	for n := 0; n < so; {
		if err := beside.QueryRowContext(ctx, active, like).Scan(&n); err != nil {
			t.Fatalf("nothing like %s: %v", like, err)
		}
	}
}

// TestSameQuestionOfMany: the same question of several requests is one statement,
// of which each has the rows that it asked for; no tenant has another's (R1).
func TestSameQuestionOfMany(t *testing.T) {
	db, beside := postgres(t)
	w := newWorld(t, db)
	odd := `a"b\c,{d} e`
	w.identifiers(t, odd, "plain", "")
	var all []question
	for i := range 6 {
		u := addUser(t, w.mine, fmt.Sprint("user", i))
		all = append(all, who(w.mine, u.ID, true), who(w.theirs, u.ID, false), who(w.mine, u.ID+`"\`, false), who(w.mine, "", false),
			said(w.mine, 2, odd, "plain"), said(w.mine, 1, "plain", `a"b\c`), said(w.mine, 1, "", "NULL"), said(w.theirs, 0, odd, "plain"))
	}
	end := standing(t, beside, "users, identifiers")
	defer end()
	var asking sync.WaitGroup
	for _, q := range all {
		asking.Go(func() { store.Ask(t.Context(), q.of, q.asked) })
	}
	runs(t.Context(), t, beside, 1, `%FROM "% = ANY(%`)
	end()
	asking.Wait()
	for i, q := range all {
		if !q.right(q.asked.Err()) {
			t.Errorf("question %d: %v", i, q.asked.Err())
		}
	}
}

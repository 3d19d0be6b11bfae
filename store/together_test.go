package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/store"
)

// standing has questions about some tables wait until it is ended.
func standing(t *testing.T, beside *sql.DB, tables string) (end func()) {
	t.Helper()
	held, err := beside.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), "lock table "+tables+" in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() { _ = held.Rollback() })
}

// slowly takes every line with a question that waits for a table, and asks some
// more such.
func (w *world) slowly(t *testing.T, beside *sql.DB) *sync.WaitGroup {
	t.Helper()
	var asking sync.WaitGroup
	for i := range 6 {
		asking.Go(func() {
			var c models.Credential
			if err := store.By[models.Credential]("user_id").Take(t.Context(), w.mine, &c, w.my.ID); !store.NotFound(err) {
				t.Error(err)
			}
		})
		runs(t.Context(), t, beside, min(i+1, 4), `%FROM "credentials"%`)
	}
	return &asking
}

// L81: slow questions that hold every line shut nobody else out.
func TestSlowQuestionsOnEveryLine_L81(t *testing.T) {
	db, beside := postgres(t)
	w := newWorld(t, db)
	end := standing(t, beside, "credentials")
	defer end()
	asking := w.slowly(t, beside)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for range 3 {
		var u models.User
		if err := byName.Take(ctx, w.mine, &u, "ada"); err != nil || u.ID != w.my.ID {
			t.Fatalf("%+v, %v", u, err)
		}
	}
	end()
	asking.Wait()
}

// R85: after a standstill each of a thousand gets his own answer, and those who
// went away harm nobody.
func TestThousandWait_R85(t *testing.T) {
	db, beside := postgres(t)
	w := newWorld(t, db)
	end := standing(t, beside, "users")
	defer end()
	var asking sync.WaitGroup
	for i := range 1000 {
		of, id, own := w.mine, w.my.ID, true
		switch i % 3 {
		case 1:
			of, own = w.theirs, false
		case 2:
			id, own = fmt.Sprint("nobody", i), false
		}
		ctx, cancel := context.WithCancel(t.Context())
		if i%7 == 0 {
			go cancel()
		}
		asking.Go(func() {
			defer cancel()
			q := who(of, id, own)
			store.Ask(ctx, q.of, q.asked)
			if gone := ctx.Err() != nil && errors.Is(q.asked.Err(), context.Canceled); !gone && !q.right(q.asked.Err()) {
				t.Errorf("question %d: %v", i, q.asked.Err())
			}
		})
	}
	runs(t.Context(), t, beside, 1, `%FROM "users" WHERE "id" = ANY(%`)
	end()
	asking.Wait()
}

// R106: a value that is no text fails nobody who asks at the same time.
func TestOddValuesAmongMany_R106(t *testing.T) {
	db, beside := postgres(t)
	w := newWorld(t, db)
	end := standing(t, beside, "users")
	defer end()
	var asking sync.WaitGroup
	for i := range 40 {
		value, there := any(w.my.ID), true
		switch i % 4 {
		case 1:
			value, there = nil, false
		case 2:
			value, there = 7, false
		case 3:
			value = []byte(w.my.ID)
		}
		asking.Go(func() {
			var u models.User
			err := byID.Take(t.Context(), w.mine, &u, value)
			if found := err == nil && u.ID == w.my.ID; found != there || !there && !store.NotFound(err) {
				t.Errorf("%v: %+v, %v", value, u, err)
			}
		})
	}
	runs(t.Context(), t, beside, 2, `%FROM "users"%`)
	end()
	asking.Wait()
}

// L76: whoever asks after a change sees it, also where he travels with those who
// asked before.
func TestNobodySeesWhatWas_L76(t *testing.T) {
	db, _ := postgres(t)
	w := newWorld(t, db)
	var asking sync.WaitGroup
	for n := range 30 {
		email := fmt.Sprint("ada", n, "@example.com")
		err := w.mine.Write(t.Context(), func(tx *store.Tx) error {
			change := tx.Rows(t.Context()).Model(&models.User{}).Where("id = ?", w.my.ID).Update("email", email)
			return errors.Join(change.Error, record(t.Context(), tx))
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			asking.Go(func() {
				var u models.User
				if err := byID.Take(t.Context(), w.mine, &u, w.my.ID); err != nil || len(u.Email) < len(email) || len(u.Email) == len(email) && u.Email < email {
					t.Errorf("%s after %s, %v", u.Email, email, err)
				}
			})
		}
	}
	asking.Wait()
}

// TestTextsAreEqualByBytes: rows of a list are told apart by the bytes of a text,
// so that no column may hold different ones for the same.
func TestTextsAreEqualByBytes(t *testing.T) {
	_, beside := postgres(t)
	const loose = `select coalesce(string_agg(c.table_name || '.' || c.column_name, ' '), '') from information_schema.columns c
		left join pg_collation l on l.collname = c.collation_name
		where c.table_schema = 'public' and (c.data_type in ('character', 'USER-DEFINED') or not coalesce(l.collisdeterministic, true))`
	var names string
	if err := beside.QueryRowContext(t.Context(), loose).Scan(&names); err != nil || names != "" {
		t.Errorf("%q, %v", names, err)
	}
}

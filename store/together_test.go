package store_test

import (
	"database/sql"
	"sync"
	"testing"

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

package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// postgres opens a database and a connection beside the store's.
func postgres(t *testing.T) (*store.DB, *sql.DB) {
	t.Helper()
	url := storetest.URLs(t)[store.Postgres]
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	beside := stdlib.OpenDB(*cfg)
	t.Cleanup(func() { _ = beside.Close() })
	return storetest.Open(t, url), beside
}

// TestManyAskAtOnce: of questions that travel together each gets its own answer,
// also while some of those who ask go away.
func TestManyAskAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for i := range 20 {
			addUser(t, w.mine, fmt.Sprint("user", i))
		}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				name := fmt.Sprint("user", i)
				for n := range 50 {
					ctx, cancel := context.WithCancel(t.Context())
					if i%4 == 0 && n%2 == 0 {
						go cancel()
					}
					var u, other models.User
					q, theirs := byName.About(&u, name), byName.About(&other, marker)
					store.Ask(ctx, w.mine, q, theirs)
					gone := errors.Is(errors.Join(q.Err(), theirs.Err()), context.Canceled) && ctx.Err() != nil
					if !gone && (q.Err() != nil || u.Username != name || !store.NotFound(theirs.Err())) {
						t.Errorf("%+v, %v, %v", u, q.Err(), theirs.Err())
					}
					cancel()
				}
			})
		}
		all.Wait()
	})
}

// TestSlowQuestionKeepsNobodyWaiting: one that takes its time keeps no others waiting.
func TestSlowQuestionKeepsNobodyWaiting(t *testing.T) {
	db, beside := postgres(t)
	w := newWorld(t, db)
	held, err := beside.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), "lock table credentials in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	slow := make(chan error)
	go func() {
		var c models.Credential
		slow <- store.By[models.Credential]("user_id").Take(t.Context(), w.mine, &c, w.my.ID)
	}()
	for range 50 {
		var u models.User
		if err := byName.Take(t.Context(), w.mine, &u, "ada"); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-slow:
		t.Errorf("nothing was slow: %v", err)
	default:
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-slow; !store.NotFound(err) {
		t.Error(err)
	}
}

// TestStatementThatCannotBePrepared: it fails by itself, and its connection serves
// the next transaction, with the statements that travelled with it.
func TestStatementThatCannotBePrepared(t *testing.T) {
	db, _ := postgres(t)
	w := newWorld(t, db)
	for i := range 40 { // more than there are connections
		err := w.mine.Write(t.Context(), func(tx *store.Tx) error {
			c := models.Counter{Key: "taken back", Count: 1, WindowEnd: models.At(w.my.CreatedAt.Time)}
			var all []models.User
			return errors.Join(tx.Later(t.Context()).Create(&c).Error, tx.Rows(t.Context()).Where("no_such_column = ?", i).Find(&all).Error)
		})
		if err == nil {
			t.Fatal("a column that is not there")
		}
		if err := w.mine.Write(t.Context(), func(tx *store.Tx) error { return counted(t.Context(), tx, fmt.Sprint(i)) }); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFaultyTextIsItsOwn: a text that PostgreSQL refuses fails whoever asked with it.
func TestFaultyTextIsItsOwn(t *testing.T) {
	db, _ := postgres(t)
	w := newWorld(t, db)
	for _, text := range []string{"a\x00b", "a\xffb"} {
		var u models.User
		if err := byName.Take(t.Context(), w.mine, &u, text); err == nil || store.NotFound(err) {
			t.Errorf("%q: %v", text, err)
		}
		if err := byName.Take(t.Context(), w.mine, &u, "ada"); err != nil {
			t.Error(err)
		}
	}
}

// TestAnswersAfterLostConnections: when the database cuts all of them, questions are answered
// over new ones.
func TestAnswersAfterLostConnections(t *testing.T) {
	db, beside := postgres(t)
	w := newWorld(t, db)
	for range 5 {
		var u models.User
		var all []models.User
		if err := errors.Join(byName.Take(t.Context(), w.mine, &u, "ada"), w.mine.Read(t.Context()).Find(&all).Error); err != nil {
			t.Fatal(err)
		}
		const cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
		if _, err := beside.ExecContext(t.Context(), cut); err != nil {
			t.Fatal(err)
		}
	}
}

// TestColumnAddedMeanwhile: a release that adds a column does not disturb one
// that still serves.
func TestColumnAddedMeanwhile(t *testing.T) {
	db, beside := postgres(t)
	w := newWorld(t, db)
	read := func() error {
		var one, two models.User
		var all []models.User
		return errors.Join(byName.Take(t.Context(), w.mine, &one, "ada"), w.mine.Read(t.Context()).Where("username = ?", "ada").Take(&two).Error,
			w.mine.Read(t.Context()).Find(&all).Error,
			w.mine.Write(t.Context(), func(tx *store.Tx) error { return tx.Read(t.Context()).Find(&all).Error }))
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	if _, err := beside.ExecContext(t.Context(), "alter table users add column later text"); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Error(err)
	}
}

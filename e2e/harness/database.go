package harness

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes databases
)

// freshDatabase makes an empty database on the server and drops it after the
// test.
func freshDatabase(t testing.TB, server string) string {
	t.Helper()
	name := "e_" + strings.ToLower(rand.Text())
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

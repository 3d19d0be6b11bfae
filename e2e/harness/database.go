package harness

import (
	"crypto/rand"
	"database/sql"
	"net/url"
	"strings"
	"testing"

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
	run := func(statement string) {
		if _, err := pool.Exec(statement); err != nil { //nolint:noctx // must run after the test, too
			t.Error(err)
		}
	}
	run("create database " + name)
	t.Cleanup(func() {
		run("drop database " + name + " with (force)")
		if err := pool.Close(); err != nil {
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

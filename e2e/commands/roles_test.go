package commands

import (
	"database/sql"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that looks at what a role may do

	"gatehouse/e2e/harness"
)

// R135: one role owns the tables and migrates, another serves. It does all that
// the program does, and neither changes an event nor what keeps it from that; it
// comes to nothing that a later migration brings until it is granted.
func TestServerRole_R135(t *testing.T) {
	role := os.Getenv("GATEHOUSE_TEST_POSTGRES_SERVER_ROLE")
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		refused := func(who, why string) {
			t.Helper()
			if _, fault, err := d.Command(t, "", "migrate", "--grant", who); err == nil || !strings.Contains(fault, why) || strings.Count(fault, "\n") != 1 {
				t.Errorf("%s: %v %s", who, err, fault)
			}
		}
		if strings.HasPrefix(d.DatabaseURL, "sqlite:") {
			refused("anybody", "SQLite has no roles")
			return
		}
		refused("nobody\" or \"x", "no such role")
		refused(userOf(t, d.DatabaseURL), "owns the tables")
		if out, fault, err := d.Command(t, "", "doctor"); err != nil || !strings.Contains(out, "it owns the tables") {
			t.Errorf("%v %s%s", err, out, fault)
		}
		if role == "" { // a server with one role alone
			return
		}
		if out, fault, err := d.Command(t, "", "migrate", "--grant", role); err != nil || !strings.Contains(out, "may serve") {
			t.Fatalf("%v %s%s", err, out, fault)
		}
		d.DatabaseURL = as(t, d.DatabaseURL, role)
		serves(t, d)
		if out, fault, err := d.Command(t, "", "doctor"); err != nil || !strings.Contains(out, "owns nothing") {
			t.Errorf("%v %s%s", err, out, fault)
		}
		confined(t, d.DatabaseURL)
	})
}

// serves does what needs the database most, in the deployment's role.
func serves(t *testing.T, d *harness.Deployment) {
	t.Helper()
	rp := harness.NewRelyingParty(t)
	d.Acme(t, rp.URL)
	server := d.Serve(t)
	rp.Configure(server.Base(), harness.PortalID, harness.PortalSecret, "offline_access")
	ada := harness.NewPerson(t, server.URL)
	page := ada.SignIn(ada.Open(rp.AuthURL()), "ada", harness.AdaPassword)
	visit, err := rp.Redeem(t.Context(), page.URL.Query())
	if err != nil || visit.Tokens.RefreshToken == "" {
		t.Fatalf("%v at %s", err, page.URL)
	}
	server.Stop()
	for _, command := range []string{"migrate", "keys rotate --tenant acme", "export --tenant acme", "audit verify"} {
		if out, fault, err := d.Command(t, "", strings.Fields(command)...); err != nil {
			t.Errorf("%s: %v %s%s", command, err, out, fault)
		}
	}
}

// confined tries what a server that was taken over would.
func confined(t *testing.T, at string) {
	t.Helper()
	pool, err := sql.Open("pgx", at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	denied := []string{"permission denied", "must be owner", "must be superuser", "row-level security"}
	for _, s := range []string{
		"update events set actor_name = 'mallory'", "delete from events", "truncate events", "truncate audit_pending cascade",
		"alter table events disable trigger all", "drop trigger events_append_only on events", "alter table users disable row level security",
		"alter table users no force row level security", "drop policy tenant on users", "drop table events", "update audit_pending set actor_name = 'mallory'",
		"delete from audit_head", "insert into audit_head select * from audit_head", "update goose_db_version set version_id = 1",
		"create or replace function refuse_change() returns trigger language plpgsql as $$ begin return new; end $$", "create table mine (x int)",
		"set session_replication_role = replica", "alter role current_user bypassrls",
	} {
		_, err := pool.ExecContext(t.Context(), "begin; set local app.tenant = '*'; "+s+"; rollback")
		if err == nil || !slices.ContainsFunc(denied, func(why string) bool { return strings.Contains(err.Error(), why) }) {
			t.Errorf("%s: %v", s, err)
		}
	}
	var n int
	if err := pool.QueryRowContext(t.Context(), "select count(*) from users").Scan(&n); err != nil || n != 0 {
		t.Errorf("without a tenant it sees %d users, %v", n, err)
	}
}

func userOf(t *testing.T, at string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return u.User.Username()
}

// as is a database's address for another role with the same password.
func as(t *testing.T, at, role string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	if secret, has := u.User.Password(); has {
		u.User = url.UserPassword(role, secret)
	} else {
		u.User = url.User(role)
	}
	return u.String()
}

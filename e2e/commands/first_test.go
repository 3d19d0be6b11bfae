package commands

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/e2e/harness"
)

// Looking makes nothing: neither a database nor a key (R122).
func TestDoctorChangesNothing_R122(t *testing.T) {
	d := harness.OnSQLite(t)
	out, fault, err := d.Command(t, "", "doctor")
	if err != nil || !strings.Contains(out, "is not there") {
		t.Errorf("%v %s%s", err, out, fault)
	}
	if left, err := os.ReadDir(d.Dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if _, fault, err := d.Command(t, "", "migrate"); err != nil {
		t.Fatal(fault)
	}
	if out, fault, err := d.Command(t, "", "doctor"); err != nil || !strings.Contains(out, "made by the first start") {
		t.Errorf("%v %s%s", err, out, fault)
	}
	if _, err := os.Stat(filepath.Join(d.Dir, "data", "master.key")); !os.IsNotExist(err) {
		t.Errorf("the master key: %v", err)
	}
}

// R122: a lost key is not replaced by another, which would open nothing and
// could end up in the backup's place.
func TestLostMasterKeyIsNotReplaced_R122(t *testing.T) {
	d := harness.OnSQLite(t)
	if _, fault, err := d.Command(t, "", "keys", "rotate"); err != nil {
		t.Fatal(fault)
	}
	key := filepath.Join(d.Dir, "data", "master.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"keys", "rotate"}, {"doctor"}} {
		out, fault, err := d.Command(t, "", args...)
		if err == nil || !strings.Contains(out+fault, "master.key is missing") {
			t.Errorf("%v: %v %s%s", args, err, out, fault)
		}
	}
	if _, err := os.Stat(key); !os.IsNotExist(err) {
		t.Errorf("a key was made: %v", err)
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	if _, fault, err := d.Command(t, "", "keys", "rotate"); err != nil {
		t.Error(fault)
	}
}

// An administrator without a password could not sign in, and would have spent
// the set-up link.
func TestAdministratorNeedsAPassword(t *testing.T) {
	d := harness.OnSQLite(t)
	for _, stdin := range []string{"", "\n", "\r\n"} {
		_, fault, err := d.Command(t, stdin, "admin", "create", "--email", "ops@example.com", "--password-stdin")
		if err == nil || !strings.Contains(fault, "the password is empty") {
			t.Errorf("%q: %v %s", stdin, err, fault)
		}
	}
	for _, c := range []struct{ email, role, want string }{
		{"nobody", "owner", "email"},
		{"ops@example.com", "king", "role"},
	} {
		_, fault, err := d.Command(t, "seven quiet harbours in winter\n", "admin", "create", "--email", c.email, "--role", c.role, "--password-stdin")
		if err == nil || !strings.Contains(fault, c.want) {
			t.Errorf("%+v: %v %s", c, err, fault)
		}
	}
	if out, fault, err := d.Command(t, "seven quiet harbours in winter", "admin", "create", "--email", "ops@example.com", "--password-stdin"); err != nil {
		t.Errorf("without a line's end: %s%s", out, fault)
	}
}

// What stops a start is one line on standard error.
func TestStartsThatFailSayWhy(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, c := range map[string]struct {
		set  map[string]string
		args []string
		want string
	}{
		"no schema": {nil, []string{"serve", "--migrate=false"}, "run gatehouse migrate"},
		"no database": {map[string]string{
			"GATEHOUSE_DATABASE_URL": "postgres://u:hunter2@127.0.0.1:1/db", "GATEHOUSE_MASTER_KEY": strings.Repeat("k", 44),
		}, []string{"serve"}, "failed to connect"},
		"port taken":         {map[string]string{"GATEHOUSE_LISTEN": taken.Addr().String()}, []string{"serve"}, "GATEHOUSE_LISTEN="},
		"metrics port taken": {map[string]string{"GATEHOUSE_LISTEN": "127.0.0.1:0", "GATEHOUSE_METRICS_LISTEN": taken.Addr().String()}, []string{"serve"}, "GATEHOUSE_METRICS_LISTEN="},
	} {
		d := harness.OnSQLite(t)
		for k, v := range c.set {
			d.Set(k, v)
		}
		_, fault, err := d.Command(t, "", c.args...)
		if err == nil || !strings.HasPrefix(fault, "gatehouse: ") || strings.Count(fault, "\n") != 1 || !strings.Contains(fault, c.want) || strings.Contains(fault, "hunter2") {
			t.Errorf("%s: %v %s", name, err, fault)
		}
	}
}

// Commands that read prepare an empty database, and leave the schema of one
// that is in use to those who run it.
func TestReadingCommandsOnAnEmptyDatabase(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		for _, args := range [][]string{{"export"}, {"audit", "verify"}} {
			if out, fault, err := d.Command(t, "", args...); err != nil {
				t.Errorf("%v: %s%s", args, out, fault)
			}
		}
	})
}

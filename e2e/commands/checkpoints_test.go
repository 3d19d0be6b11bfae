package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/e2e/harness"
)

const checkpointsFile = "GATEHOUSE_AUDIT_CHECKPOINTS_FILE"

// R133: a server vouches for its log in a file, and the command holds the log
// against it; a master key is what they have in common.
func TestCheckpoints_R133(t *testing.T) {
	harness.Each(t, func(t *testing.T, d *harness.Deployment) {
		out, fault, err := d.Command(t, "", "doctor")
		if err != nil || !strings.Contains(out, "audit checkpoints: none") {
			t.Errorf("%v %s%s", err, out, fault)
		}
		file := filepath.Join(t.TempDir(), "checkpoints.jsonl")
		d.Set(checkpointsFile, file)
		if _, fault, err := d.Command(t, "", "audit", "verify"); err == nil || !strings.Contains(fault, file) {
			t.Errorf("a file that is not there: %v %s", err, fault)
		}
		d.Serve(t).Stop()
		d.Acme(t, "http://localhost:3000")
		d.Serve(t).Stop()
		out, fault, err = d.Command(t, "", "audit", "verify")
		if err != nil || !strings.Contains(out, "the chain is whole\ncheckpoints that fit: ") || !strings.Contains(out, "\ngatehouse-audit-") {
			t.Errorf("%v %s%s", err, out, fault)
		}
		kept, err := os.ReadFile(file)
		if err != nil || strings.Contains(string(kept), "acme") {
			t.Errorf("%v %s", err, kept)
		}
		forged := filepath.Join(t.TempDir(), "forged.jsonl")
		if err := os.WriteFile(forged, []byte(strings.Replace(string(kept), `— gatehouse`, `— Gatehouse`, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, fault, err := d.Command(t, "", "audit", "verify", "--checkpoints", forged); err == nil || !strings.Contains(fault, forged+":1 is no checkpoint") {
			t.Errorf("%v %s", err, fault)
		}
		if out, fault, err := d.Command(t, "", "doctor"); err != nil || !strings.Contains(out, "audit checkpoints: "+file) {
			t.Errorf("%v %s%s", err, out, fault)
		}
		d.Set(checkpointsFile, filepath.Join(t.TempDir(), "nowhere", "x"))
		if _, fault, err := d.Command(t, "", "serve"); err == nil || !strings.Contains(fault, checkpointsFile) {
			t.Errorf("%v %s", err, fault)
		}
	})
}

// R134: a database that was set back to an earlier day has a whole chain, and does
// not fit the checkpoints. The server says so when it starts, vouches for nothing
// of it, and goes on with another file once somebody has acknowledged the break.
func TestRestoreIsABreak_R134(t *testing.T) {
	d := harness.OnSQLite(t)
	file := filepath.Join(t.TempDir(), "checkpoints.jsonl")
	d.Set(checkpointsFile, file)
	d.Serve(t).Stop()
	data := filepath.Join(d.Dir, "data")
	earlier := t.TempDir()
	if err := os.CopyFS(earlier, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	d.Acme(t, "http://localhost:3000")
	d.Serve(t).Stop()
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(data, os.DirFS(earlier)); err != nil {
		t.Fatal(err)
	}
	if _, fault, err := d.Command(t, "", "audit", "verify"); err == nil || !strings.Contains(fault, "cut short or restored") || strings.Count(fault, "\n") != 1 {
		t.Errorf("%v %s", err, fault)
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	server := d.Serve(t)
	server.Stop()
	if !strings.Contains(server.Output(), "THE AUDIT LOG DOES NOT FIT ITS CHECKPOINTS") {
		t.Errorf("it says nothing:\n%s", server.Output())
	}
	if again, err := os.ReadFile(file); err != nil || string(again) != string(kept) {
		t.Errorf("it vouches on: %v\n%s", err, again)
	}
	d.Set(checkpointsFile, filepath.Join(t.TempDir(), "begun-anew.jsonl"))
	d.Apply(t, "kind: Tenant\nname: globex\nspec: {display_name: Globex}\n")
	d.Serve(t).Stop()
	if out, fault, err := d.Command(t, "", "audit", "verify"); err != nil || !strings.Contains(out, "checkpoints that fit: ") {
		t.Errorf("%v %s%s", err, out, fault)
	}
}

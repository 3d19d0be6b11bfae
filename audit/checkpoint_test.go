package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/audit"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// vault is a log with a notary and a file for it.
type vault struct {
	t      *testing.T
	db     *store.DB
	tenant store.Tenant
	c      *clock
	seed   []byte
	file   string
	said   bytes.Buffer // by the server's log
}

func newVault(t *testing.T, db *store.DB) *vault {
	t.Helper()
	return &vault{
		t: t, db: db, tenant: storetest.Tenant(t, db, "acme"), c: &clock{at: start},
		seed: bytes.Repeat([]byte{7}, 32), file: filepath.Join(t.TempDir(), "checkpoints.jsonl"),
	}
}

func (v *vault) notary() *audit.Notary {
	v.t.Helper()
	n, err := audit.NewNotary(v.file, v.seed)
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

func (v *vault) log() *audit.Log {
	v.t.Helper()
	return audit.NewLog(audit.Options{DB: v.db, Now: v.c.now, Notary: v.notary(), Logger: slog.New(slog.NewTextHandler(&v.said, nil))})
}

// serve seals so many more events as a server that starts and ends. The tenant
// itself is the first event.
func (v *vault) serve(events int) {
	v.t.Helper()
	if events > 0 {
		mustAdd(v.t, v.tenant, events)
	}
	ctx, stop := context.WithCancel(v.t.Context())
	stop()
	v.log().Run(ctx)
	v.c.add(time.Minute)
}

func (v *vault) verify(files ...string) audit.Report {
	v.t.Helper()
	r, err := v.log().Verify(v.t.Context(), files...)
	if err != nil {
		v.t.Fatal(err)
	}
	return r
}

// sizes are those of the checkpoints in the file, each of which is a signed note
// that others can read.
func (v *vault) sizes() []int64 {
	v.t.Helper()
	content, err := os.ReadFile(v.file)
	if err != nil {
		v.t.Fatal(err)
	}
	known, err := note.NewVerifier(v.notary().Verifier())
	if err != nil {
		v.t.Fatal(err)
	}
	var all []int64
	for line := range strings.Lines(string(content)) {
		var kept struct{ Checkpoint string }
		if err := json.Unmarshal([]byte(line), &kept); err != nil {
			v.t.Fatal(err)
		}
		n, err := note.Open([]byte(kept.Checkpoint), note.VerifierList(known))
		if err != nil {
			v.t.Fatalf("%v: %s", err, line)
		}
		lines := strings.Split(n.Text, "\n")
		size, err := strconv.ParseInt(lines[1], 10, 64)
		if err != nil || lines[0] != known.Name() || lines[2] != v.root(size).String() {
			v.t.Errorf("%v: %s", err, n.Text)
		}
		all = append(all, size)
	}
	return all
}

// root is that of the tree over the first events, by the reference.
func (v *vault) root(size int64) tlog.Hash {
	v.t.Helper()
	events, err := audit.From(v.t.Context(), v.db.System("read the log"), 1, int(size))
	if err != nil || int64(len(events)) != size {
		v.t.Fatal(len(events), err)
	}
	var stored []tlog.Hash
	at := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	for i := range events {
		more, err := tlog.StoredHashesForRecordHash(int64(i), tlog.Hash(events[i].Hash), at)
		if err != nil {
			v.t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(size, at)
	if err != nil {
		v.t.Fatal(err)
	}
	return root
}

// TestCheckpoints_R133: what is sealed is vouched for in a file that others can
// check, by a tree as RFC 6962 has it, after a thousand events and at the end;
// whoever seals next goes on where the file ends.
func TestCheckpoints_R133(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := newVault(t, db)
		v.serve(6)
		v.serve(0) // nothing new
		v.serve(1)
		v.serve(2500)
		seal(t, log(db, v.c)) // a command seals what another finds
		mustAdd(t, v.tenant, 3)
		seal(t, log(db, v.c))
		v.c.add(time.Minute)
		v.serve(0)
		v.serve(2)
		all := v.sizes()
		if len(all) < 6 || all[0] != 7 || all[1] != 8 || all[len(all)-2] != 2511 || all[len(all)-1] != 2513 {
			t.Fatalf("%v", all)
		}
		for i, size := range all[1:] {
			if size-all[i] > 1024+512 || size <= all[i] {
				t.Errorf("%v", all)
			}
		}
		r := v.verify()
		if !r.OK() || r.Checked != 2513 || r.Checkpoints != len(all) || r.Newest != 2513 || r.NewestAt.Before(start) {
			t.Errorf("%+v", r)
		}
		if info, err := os.Stat(v.file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info, err)
		}
		if v.said.String() != "" && !strings.Contains(v.said.String(), "no checkpoint yet") || strings.Contains(v.said.String(), "ERROR") {
			t.Error(v.said.String())
		}
	})
}

// A server vouches once a minute while there is something new.
func TestCheckpointsEachMinute_R133(t *testing.T) {
	v := newVault(t, storetest.SQLite(t))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	l := v.log()
	go func() { l.Run(ctx); close(done) }()
	sealed := func(n int64) func() bool {
		return func() bool {
			events, err := audit.From(t.Context(), v.db.System("read the log"), n, 1)
			return err == nil && len(events) == 1
		}
	}
	written := func(n int) func() bool {
		return func() bool {
			content, err := os.ReadFile(v.file)
			return err == nil && bytes.Count(content, []byte("\n")) >= n
		}
	}
	until(t, written(1))
	mustAdd(t, v.tenant, 5)
	until(t, sealed(6))
	v.c.add(59 * time.Second)
	mustAdd(t, v.tenant, 1)
	until(t, sealed(7))
	if written(2)() {
		t.Error("sooner than that")
	}
	v.c.add(time.Second)
	until(t, written(2))
	stop()
	<-done
	if all := v.sizes(); len(all) != 2 || all[1] != 7 {
		t.Errorf("%v", all)
	}
}

func until(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		if so() {
			return
		}
		<-tick.C
	}
	t.Fatal("it did not come to that")
}

// back are the statements that bring the log back to an earlier state, with
// everything that could tell so in the database.
func back(to string) []string {
	return []string{
		"DELETE FROM events WHERE number > " + to,
		"UPDATE audit_head SET number = " + to + ", hash = (SELECT hash FROM events WHERE number = " + to + ")",
	}
}

// TestCheckpointsShowWhatTheChainCannot_R134: whoever holds the database can make
// the chain whole again; the checkpoints show what he did, from which event on.
// A start sees it, too, and vouches for nothing more.
func TestCheckpointsShowWhatTheChainCannot_R134(t *testing.T) {
	cases := map[string]struct {
		statements       []string
		then             int // events that were sealed afterwards
		bad, until, good int64
		fault            string
	}{
		"cut short":                      {back("15"), 0, 16, 0, 2, audit.FaultCut},
		"restored, and went on":          {back("12"), 20, 13, 14, 1, audit.FaultCheckpoint},
		"restored to before the first":   {back("3"), 30, 1, 8, 0, audit.FaultCheckpoint},
		"restored, and went on too late": {back("17"), 1, 19, 0, 2, audit.FaultCut},
		"an event of the past":           {[]string{"UPDATE events SET actor_name = 'mallory' WHERE number = 4"}, 0, 4, 0, 0, audit.FaultContent},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				v := newVault(t, db)
				v.serve(10) // 11, by its parts 8 2 1
				v.serve(4)  // 15
				v.serve(4)  // 19, by its parts 16 2 1
				breakIn(t, db, c.statements...)
				if c.then > 0 {
					mustAdd(t, v.tenant, c.then)
					seal(t, log(db, v.c))
					if r, err := log(db, v.c).Verify(t.Context()); err != nil || !r.OK() {
						t.Fatalf("without checkpoints: %+v %v", r, err)
					}
					v.c.add(time.Hour)
				}
				r := v.verify()
				if r.Bad != c.bad || r.Until != c.until || r.Fault != c.fault || int64(r.Checkpoints) != c.good {
					t.Errorf("%+v", r)
				}
				before := v.content()
				v.serve(3)
				if v.content() != before || !strings.Contains(v.said.String(), "THE AUDIT LOG DOES NOT FIT ITS CHECKPOINTS") {
					t.Errorf("it vouches on: %s", v.said.String())
				}
			})
		})
	}
}

func (v *vault) content() string {
	v.t.Helper()
	text, err := os.ReadFile(v.file)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(text)
}

// TestPatrol_R134: the node that seals verifies everything once a night, and says
// what it found.
func TestPatrol_R134(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := newVault(t, db)
		v.serve(20)
		l := v.log()
		patrol := func(at time.Time, want string, times int) {
			t.Helper()
			v.c.add(at.Sub(v.c.now()))
			if err := l.Patrol(t.Context()); err != nil || strings.Count(v.said.String(), want) != times {
				t.Errorf("%s: %v\n%s", at, err, v.said.String())
			}
		}
		night := time.Date(2026, 11, 2, 3, 5, 0, 0, time.UTC)
		const well, ill = "the audit log was verified", "THE AUDIT LOG IS BROKEN"
		patrol(night, well, 0) // another node seals
		mustAdd(t, v.tenant, 1)
		seal(t, l)
		patrol(night.Add(-time.Hour), well, 0)
		patrol(night, well, 1)
		patrol(night.Add(30*time.Minute), well, 1)
		breakIn(t, db, "UPDATE events SET actor_name = 'mallory' WHERE number = 4")
		patrol(night.Add(24*time.Hour), ill, 1)
		if !strings.Contains(v.said.String(), "event=4") {
			t.Error(v.said.String())
		}
	})
}

// What is wrong with the file itself is told with its place; what a crash cut
// short is no fault.
func TestCheckpointFiles_R134(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := newVault(t, db)
		v.serve(4)
		whole := v.content()
		v.write(whole + whole[:100])
		v.serve(2)
		if r := v.verify(); !r.OK() || r.Torn != 1 || r.Checkpoints != 2 || r.Newest != 7 {
			t.Errorf("cut short: %+v", r)
		}
		other := newVault(t, storetest.SQLite(t))
		other.serve(4)
		if r := v.verify(other.file); r.Fault != audit.FaultFork || r.Bad != 5 || !strings.Contains(r.Place, other.file+":1") {
			t.Errorf("fork: %+v", r)
		}
		foreign := newVault(t, storetest.SQLite(t))
		foreign.seed[0]++
		foreign.serve(1)
		if r := v.verify(foreign.file); r.Fault != audit.FaultUnsigned || r.Place != foreign.file+":1" {
			t.Errorf("of another key: %+v", r)
		}
		v.write(strings.Replace(whole, `\n5\n`, `\n6\n`, 1))
		if r := v.verify(); r.Fault != audit.FaultUnsigned {
			t.Errorf("changed: %+v", r)
		}
		v.write(strings.Replace(whole, `\n5\n`, `\n6\n`, 1))
		v.serve(1)
		if !strings.Contains(v.said.String(), "no checkpoint of this deployment's key") || strings.Count(v.content(), "\n") != 1 {
			t.Errorf("it goes on after a line that is not its own: %s", v.said.String())
		}
		v.write(whole)
		if _, err := v.log().Verify(t.Context(), "nowhere"); err == nil {
			t.Error("a file that is not there")
		}
		if _, err := log(db, v.c).Verify(t.Context(), v.file); err == nil {
			t.Error("checkpoints without a key")
		}
	})
}

func (v *vault) write(text string) {
	v.t.Helper()
	if err := os.WriteFile(v.file, []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

// Several nodes with one file, or one each: whoever seals vouches, and everything
// that was written fits.
func TestCheckpointsOfSeveralNodes_R133(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		one := newVault(t, db)
		two := *one
		two.said = bytes.Buffer{}
		two.file = filepath.Join(t.TempDir(), "two.jsonl")
		for range 3 {
			one.serve(3)
			two.serve(2)
		}
		if a, b := one.sizes(), two.sizes(); a[len(a)-1] != 14 || b[len(b)-1] != 16 {
			t.Errorf("%v %v", a, b)
		}
		if r := one.verify(two.file); !r.OK() || r.Checkpoints != 6 || r.Newest != 16 {
			t.Errorf("%+v", r)
		}
	})
}

// A log that is verified while it grows, and is vouched for meanwhile, is whole.
func TestVerifyBesideAServer_R134(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := newVault(t, db)
		v.serve(1)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		l := v.log()
		go func() { l.Run(ctx); close(done) }()
		for range 12 {
			mustAdd(t, v.tenant, 300)
			v.c.add(time.Minute)
			if _, err := l.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r := v.verify(); !r.OK() {
				t.Fatalf("%+v", r)
			}
		}
		stop()
		<-done
		if r := v.verify(); !r.OK() || r.Checked != 3602 || r.Checkpoints < 3 {
			t.Errorf("%+v", r)
		}
	})
}

package audit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func add(t testing.TB, w store.Writer, events ...audit.Event) error {
	t.Helper()
	return w.Write(t.Context(), func(tx *store.Tx) error {
		return audit.AppendAll(t.Context(), tx, start, events)
	})
}

func mustAdd(t testing.TB, w store.Writer, n int) {
	t.Helper()
	events := make([]audit.Event, n)
	for i := range events {
		events[i] = audit.Event{
			Action: audit.UserLocked, UserID: fmt.Sprint("user-", i%3), Target: audit.Target{Type: "user", ID: fmt.Sprint(i)},
			Details: map[string]any{"why": "test", "sessions": i},
		}
	}
	if err := add(t, w, events...); err != nil {
		t.Fatal(err)
	}
}

func seal(t testing.TB, l *audit.Log) int {
	t.Helper()
	n, err := l.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func log(db *store.DB, c *clock) *audit.Log { return audit.NewLog(audit.Options{DB: db, Now: c.now}) }

// TestSealing_R131_R132: every committed event gets one place in a log without
// gaps, chained, and Verify agrees.
func TestSealing_R131_R132(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant, other := storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		c := &clock{at: start}
		l := log(db, c)
		mustAdd(t, tenant, 700)
		mustAdd(t, other, 13)
		if n := seal(t, l); n != 715 {
			t.Errorf("sealed %d", n)
		}
		mustAdd(t, tenant, 1)
		if n := seal(t, l); n != 1 {
			t.Errorf("sealed %d", n)
		}
		r, err := l.Verify(t.Context())
		if err != nil || !r.OK() || r.Checked != 716 || r.Head != 716 {
			t.Errorf("%+v %v", r, err)
		}
		events, err := audit.From(t.Context(), tenant, 700, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.TenantID != tenant.ID() {
				t.Error("another tenant's event") // R1
			}
		}
	})
}

// breakIn changes the log behind the guard, with the triggers gone.
func breakIn(t *testing.T, db *store.DB, statements ...string) {
	t.Helper()
	triggers := []string{"DROP TRIGGER IF EXISTS events_no_update", "DROP TRIGGER IF EXISTS events_no_delete"}
	if db.Kind() == store.Postgres {
		triggers = []string{"DROP TRIGGER IF EXISTS events_append_only ON events"}
	}
	err := db.System("break the log").Write(t.Context(), func(tx *store.Tx) error {
		for _, s := range append(triggers, statements...) {
			if _, err := tx.Rows(t.Context()).Statement.ConnPool.ExecContext(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVerifyNamesTheFirstBadNumber_R134 alters the log behind the guard, with
// the triggers gone, as a thief of the database would.
func TestVerifyNamesTheFirstBadNumber_R134(t *testing.T) {
	cases := map[string]struct {
		statement string
		bad       int64
		fault     string
	}{
		"content":   {"UPDATE events SET actor_name = 'mallory' WHERE number = 4", 4, audit.FaultContent},
		"details":   {`UPDATE events SET details = '{"why":"other"}' WHERE number = 2`, 2, audit.FaultContent},
		"time":      {"UPDATE events SET at = at + 1 WHERE number = 6", 6, audit.FaultContent},
		"deleted":   {"DELETE FROM events WHERE number = 5", 5, audit.FaultMissing},
		"cut short": {"DELETE FROM events WHERE number >= 8", 8, audit.FaultMissing},
		"moved":     {"UPDATE events SET tenant_id = 'elsewhere' WHERE number = 3", 3, audit.FaultContent},
		"chain":     {"UPDATE events SET prev_hash = hash WHERE number = 7", 7, audit.FaultChain},
		"head":      {"UPDATE audit_head SET hash = (SELECT hash FROM events WHERE number = 9)", 10, audit.FaultHead},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				tenant := storetest.Tenant(t, db, "acme")
				l := log(db, &clock{at: start})
				mustAdd(t, tenant, 9)
				seal(t, l)
				breakIn(t, db, c.statement)
				r, err := l.Verify(t.Context())
				if err != nil || r.Bad != c.bad || r.Fault != c.fault {
					t.Errorf("%+v %v", r, err)
				}
			})
		})
	}
}

// TestCanonicalForm_R132 hashes events as canonical.go describes it, and not by
// its code: logs that are kept for years must verify.
func TestCanonicalForm_R132(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		l := log(db, &clock{at: start})
		ctx := caller.With(t.Context(), caller.Info{RequestID: "r-1", Via: caller.ViaHosted, IP: "::1", UserAgent: "Ünder\x01\xff", Actor: caller.Actor{ID: "a"}})
		err := tenant.Write(ctx, func(tx *store.Tx) error {
			return audit.Append(ctx, tx, start.Add(time.Microsecond), audit.Event{
				Action: audit.SessionStarted, UserID: "u", Reason: "r", SessionID: "s", AttemptID: "t", ApplicationID: "p",
				Details: map[string]any{"kind": "<b>\x02", "amr": []string{"pwd", "ö\x03"}, "acr": 1 << 60, "stays": true},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		seal(t, l)
		events, err := audit.From(t.Context(), tenant, 1, 9)
		if err != nil || len(events) != 2 {
			t.Fatal(len(events), err)
		}
		for _, e := range events {
			if !bytes.Equal(byHand(t, e), e.Hash) {
				t.Errorf("%+v", e)
			}
		}
		e := events[1]
		if e.UserAgent != "Ünder �" || !reflect.DeepEqual(e.Details.V, map[string]any{"kind": "<b> ", "amr": []any{"pwd", "ö "}, "acr": float64(1 << 60), "stays": true}) {
			t.Errorf("%q %v", e.UserAgent, e.Details.V)
		}
	})
}

// byHand is an event's hash.
func byHand(t *testing.T, e models.Event) []byte {
	t.Helper()
	details, err := json.Marshal(e.Details.V)
	if err != nil {
		t.Fatal(err)
	}
	eight := func(n int64) string { return string(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	h := sha256.New()
	h.Write([]byte{0})
	for _, part := range []string{
		"gatehouse event 1", string(e.PrevHash), eight(e.Number), eight(e.At.UnixNano()), e.TenantID, e.ID, e.Action, e.Outcome, e.Reason,
		e.ActorType, e.ActorID, e.ActorName, e.Via, e.TargetType, e.TargetID, e.TargetName, e.UserID, e.ApplicationID, e.SessionID,
		e.AttemptID, e.RequestID, e.IP, e.UserAgent, string(details),
	} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// TestOneSealer_R131: while one holds the lease others do nothing; a holder
// that slept past its lease is fenced off by the epoch of the next.
func TestOneSealer_R131(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		c := &clock{at: start}
		one, two := log(db, c), log(db, c)
		if seal(t, one) != 1 {
			t.Error("the first did not seal")
		}
		mustAdd(t, tenant, 5)
		if seal(t, two) != 0 {
			t.Error("two sealers")
		}
		c.add(time.Minute)
		if seal(t, two) != 5 {
			t.Error("the lease did not end")
		}
		mustAdd(t, tenant, 5)
		if seal(t, one) != 0 {
			t.Error("a fenced sealer sealed")
		}
		if seal(t, two) != 5 {
			t.Error("the holder did not seal")
		}
		if r, err := two.Verify(t.Context()); err != nil || !r.OK() || r.Checked != 11 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

// A command does not keep the servers from sealing once it has ended.
func TestSealOnce_R131(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		c := &clock{at: start}
		if n, err := log(db, c).SealOnce(t.Context()); err != nil || n != 1 {
			t.Errorf("%d %v", n, err)
		}
		mustAdd(t, tenant, 2)
		if n := seal(t, log(db, c)); n != 2 { // the same moment
			t.Errorf("%d", n)
		}
	})
}

// TestManySealersAndWriters_R131: whatever interleaves, nothing is lost,
// doubled or out of the chain.
func TestManySealersAndWriters_R131(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		c := &clock{at: start}
		var wg sync.WaitGroup
		for range 3 {
			l := log(db, c)
			wg.Go(func() {
				for range 20 {
					c.add(7 * time.Second) // leases end and are taken over
					if _, err := l.Seal(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 4 {
			wg.Go(func() {
				for range 25 {
					if err := add(t, tenant, audit.Event{Action: audit.UserEnabled}, audit.Event{Action: audit.UserDisabled}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		c.add(time.Hour)
		l := log(db, c)
		seal(t, l)
		if r, err := l.Verify(t.Context()); err != nil || !r.OK() || r.Checked != 201 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

// TestCrashWhileSealing_R131: a round that dies anywhere leaves events pending
// or sealed, and the next goes on from there.
func TestCrashWhileSealing_R131(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		at := start
		for _, place := range []string{audit.PlaceLed, audit.PlaceRead, audit.PlaceMoved} {
			mustAdd(t, tenant, 10)
			c := &clock{at: at}
			dying := audit.NewLog(audit.Options{DB: db, Now: c.now})
			crash := errors.New("kill -9")
			dying.Points.Set(place, func() error { return crash })
			if _, err := dying.Seal(t.Context()); !errors.Is(err, crash) {
				t.Fatal(place, err)
			}
			c.add(time.Hour)
			next := log(db, c)
			seal(t, next)
			at = c.now().Add(time.Hour)
		}
		l := log(db, &clock{at: at})
		if r, err := l.Verify(t.Context()); err != nil || !r.OK() || r.Checked != 31 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

// TestRun seals what is appended without being asked and resigns at the end.
// awaitSealed waits until that many events are sealed.
func awaitSealed(t *testing.T, db *store.DB, n int64) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); ; {
		rows, err := audit.From(t.Context(), db.System("test"), n, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) > 0 {
			return
		}
		select {
		case <-end:
			t.Fatalf("event %d was never sealed", n)
		case <-tick.C:
		}
	}
}

func TestRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{at: start}
		l := log(db, c)
		tenant := storetest.Tenant(t, db, "acme")
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { l.Run(ctx); close(done) }()
		mustAdd(t, tenant, 40)
		old := models.PendingEvent{EventFields: models.EventFields{ // begun long ago, committed now
			ID: store.IDAt(start.Add(-time.Hour)), At: models.At(start), Action: audit.TenantUpdated, Outcome: audit.Success,
		}}
		awaitSealed(t, db, 41)
		if err := tenant.Write(t.Context(), func(tx *store.Tx) error { return tx.Rows(t.Context()).Create(&old).Error }); err != nil {
			t.Fatal(err)
		}
		awaitSealed(t, db, 42)
		stop()
		<-done
		if r, err := l.Verify(t.Context()); err != nil || !r.OK() || r.Checked != 42 {
			t.Errorf("%+v %v", r, err)
		}
		mustAdd(t, tenant, 1)
		if n := seal(t, log(db, c)); n != 1 { // the same moment: the lease was given back
			t.Error("the lease was kept", n)
		}
	})
}

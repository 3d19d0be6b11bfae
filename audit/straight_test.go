package audit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// issued gathers so many events, one after the other.
func issued(t testing.TB, g *audit.Gatherer, tenant store.Tenant, n int) {
	t.Helper()
	for i := range n {
		if err := g.Append(t.Context(), tenant.ID(), audit.Event{Action: audit.TokenIssued, Details: map[string]any{"scope": i}}); err != nil {
			t.Error(err)
		}
	}
}

// crowd has events come several at a time until they are sealed at once, which l
// does from then on, and returns how many there are in the log.
func crowd(t testing.TB, db *store.DB, l *audit.Log, g *audit.Gatherer, tenant store.Tenant) int64 {
	t.Helper()
	for range 100 {
		seal(t, l)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { issued(t, g, tenant, 1) })
		}
		wg.Wait()
		if pendings(t, db) == 0 {
			var n int64
			if err := db.System("count").Read(t.Context()).Model(&models.Event{}).Count(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("events are not sealed at once")
	return 0
}

// sealedActions are the actions in the log from a number on.
func sealedActions(t testing.TB, db *store.DB, from int64) []string {
	t.Helper()
	events, err := audit.From(t.Context(), db.System("read the log"), from, 1000)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(events))
	for i := range events {
		all[i] = events[i].Action
	}
	return all
}

// whole verifies the log and how many events it has.
func whole(t testing.TB, l *audit.Log, n int64) {
	t.Helper()
	if r, err := l.Verify(t.Context()); err != nil || !r.OK() || r.Checked != n {
		t.Errorf("%+v %v, not %d events", r, err, n)
	}
}

// pendings counts the events that are not sealed.
func pendings(t testing.TB, db *store.DB) int64 {
	t.Helper()
	var n int64
	if err := db.System("count").Read(t.Context()).Model(&models.PendingEvent{}).Count(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// R130, R131: the node that seals puts gathered events into the log at once, and
// no earlier than what it recorded before them.
func TestGatheredEventsAreSealedAtOnce_R131(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		l := log(db, &clock{at: start})
		g := audit.NewGatherer(l)
		issued(t, g, tenant, 1)
		if n := pendings(t, db); n != 2 {
			t.Errorf("a node that does not seal put %d of 2 events where they wait", n)
		}
		seal(t, l)
		issued(t, g, tenant, 1)
		if n := pendings(t, db); n != 1 {
			t.Errorf("%d pending of 1 that came alone", n)
		}
		n := crowd(t, db, l, g, tenant)
		issued(t, g, tenant, 3)
		if got := sealedActions(t, db, n+1); len(got) != 3 || pendings(t, db) != 0 {
			t.Errorf("%v, %d pending", got, pendings(t, db))
		}
		mustAdd(t, tenant, 2) // a cause
		issued(t, g, tenant, 2)
		if got := sealedActions(t, db, n+4); len(got) != 0 {
			t.Errorf("%v came before what was recorded before them", got)
		}
		seal(t, l)
		issued(t, g, tenant, 1)
		got := sealedActions(t, db, n+4)
		if len(got) != 5 || got[0] != audit.UserLocked || got[1] != audit.UserLocked {
			t.Errorf("%v", got)
		}
		whole(t, l, n+8)
	})
}

// R131: a sealer that was overtaken while it slept is fenced off with what it
// gathers, and loses none of it.
func TestGatheringBehindTheFence_R131(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		c := &clock{at: start}
		one, two := log(db, c), log(db, c)
		mine, other := audit.NewGatherer(one), audit.NewGatherer(two)
		crowd(t, db, one, mine, tenant)
		c.add(time.Minute)
		n := crowd(t, db, two, other, tenant)
		mustAdd(t, tenant, 1)
		if seal(t, one) != 0 {
			t.Error("a fenced sealer sealed")
		}
		issued(t, mine, tenant, 2)
		if n := pendings(t, db); n != 3 {
			t.Errorf("%d of 3 events wait", n)
		}
		seal(t, two)
		whole(t, two, n+3)
	})
}

// R131: the same where it does not know yet that it was overtaken.
func TestGatheringUnawares_R131(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		c := &clock{at: start}
		one := log(db, c)
		g := audit.NewGatherer(one)
		n := crowd(t, db, one, g, tenant)
		takeOver := "UPDATE audit_head SET epoch = epoch + 1, holder = 'another'"
		breakIn(t, db, takeOver)
		issued(t, g, tenant, 3)
		if n := pendings(t, db); n != 3 {
			t.Errorf("%d of 3 events wait", n)
		}
		c.add(time.Minute)
		two := log(db, c)
		seal(t, two)
		whole(t, two, n+3)
	})
}

// R130: a log that is broken keeps nobody from recording.
func TestGatheringForABrokenLog_R130(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		l := log(db, &clock{at: start})
		g := audit.NewGatherer(l)
		n := crowd(t, db, l, g, tenant)
		breakIn(t, db, fmt.Sprint("UPDATE audit_head SET number = number - 1, hash = (SELECT prev_hash FROM events WHERE number = ", n, ")"))
		mustAdd(t, tenant, 1)
		if seal(t, l) != 0 { // finds the log's end elsewhere
			t.Error("it went on as if nothing had happened")
		}
		if _, err := l.Seal(t.Context()); !store.Taken(err) {
			t.Error(err)
		}
		issued(t, g, tenant, 2)
		if n := pendings(t, db); n != 3 {
			t.Errorf("%d of 3 events wait", n)
		}
	})
}

// R130: what dies before the commit was not acknowledged and is not there; the
// next goes on from what is.
func TestCrashWhileGathering_R130(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		l := log(db, &clock{at: start})
		g := audit.NewGatherer(l)
		n := crowd(t, db, l, g, tenant)
		crash := errors.New("kill -9")
		l.Points.Set(audit.PlaceAdded, func() error { return crash })
		if err := g.Append(t.Context(), tenant.ID(), audit.Event{Action: audit.TokenIssued}); !errors.Is(err, crash) {
			t.Error(err)
		}
		l.Points.Set(audit.PlaceAdded, nil)
		issued(t, g, tenant, 2)
		whole(t, l, n+2)
		if n := pendings(t, db); n != 0 {
			t.Errorf("%d events wait", n)
		}
	})
}

// R130, R131: whatever interleaves, on however many nodes, what is acknowledged is
// in the log, once.
func TestManyGatherersAndSealers_R131(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		c := &clock{at: start}
		var nodes, all sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for range 3 {
			l := log(db, c)
			g := audit.NewGatherer(l)
			nodes.Go(func() {
				for ctx.Err() == nil {
					c.add(3 * time.Second) // leases end and are taken over
					if _, err := l.Seal(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
			for range 4 {
				all.Go(func() { issued(t, g, tenant, 25) })
			}
			all.Go(func() {
				for range 5 {
					if err := add(t, tenant, audit.Event{Action: audit.UserEnabled}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		stop()
		nodes.Wait()
		c.add(time.Hour)
		l := log(db, c)
		seal(t, l)
		whole(t, l, 1+3*(4*25+5))
	})
}

// R133: checkpoints go on where nothing is ever pending.
func TestCheckpointsOfGatheredEvents_R133(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := newVault(t, db)
		l := v.log()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { l.Run(ctx); close(done) }()
		awaitSealed(t, db, 1)
		g := audit.NewGatherer(l)
		n := crowd(t, db, l, g, v.tenant)
		issued(t, g, v.tenant, 30)
		stop()
		<-done
		if sizes := v.sizes(); len(sizes) == 0 || sizes[len(sizes)-1] != n+30 {
			t.Error(sizes)
		}
		if r := v.verify(); !r.OK() || r.Checked != n+30 {
			t.Errorf("%+v", r)
		}
	})
}

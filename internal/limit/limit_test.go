package limit_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"gatehouse/internal/limit"
)

// R61: so many at once, so many waiting, the rest told when to come again.
func TestGate_R61(t *testing.T) {
	g := limit.NewGate(limit.GateOptions{Capacity: 2, Queue: 1, Wait: time.Minute})
	leave, err := g.Enter(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	entered := make(chan func())
	go func() {
		next, err := g.Enter(context.Background(), 1)
		if err != nil {
			t.Error(err)
		}
		entered <- next
	}()
	for g.Waiting() == 0 {
		runtime.Gosched()
	}
	var busy *limit.Busy
	if _, err := g.Enter(t.Context(), 1); !errors.As(err, &busy) || busy.RetryAfter != time.Minute {
		t.Errorf("a full queue: %v", err)
	}
	leave()
	next := <-entered
	if g.Waiting() != 0 {
		t.Errorf("%d wait", g.Waiting())
	}
	next()
	for range 3 {
		leave, err := g.Enter(t.Context(), 99)
		if err != nil {
			t.Fatalf("more weight than capacity: %v", err)
		}
		leave()
	}
}

func TestGateGivesUp_R61(t *testing.T) {
	g := limit.NewGate(limit.GateOptions{Capacity: 1, Queue: 5, Wait: time.Millisecond})
	leave, err := g.Enter(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	var busy *limit.Busy
	if _, err := g.Enter(t.Context(), 1); !errors.As(err, &busy) || busy.RetryAfter != time.Second {
		t.Errorf("after the wait: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Enter(gone, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left: %v", err)
	}
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestBuckets(t *testing.T) {
	c := &clock{at: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	b := limit.NewBuckets(limit.BucketOptions{Rate: limit.Rate{Burst: 3, Every: time.Second}, Keys: 10, Now: c.now})
	for _, step := range []struct {
		name string
		pass time.Duration
		key  string
		want time.Duration
	}{
		{"first", 0, "a", 0},
		{"second", 0, "a", 0},
		{"third", 0, "a", 0},
		{"burst over", 0, "a", time.Second},
		{"asking costs nothing", 0, "a", time.Second},
		{"another key", 0, "b", 0},
		{"half a token", 500 * time.Millisecond, "a", 500 * time.Millisecond},
		{"one token", 500 * time.Millisecond, "a", 0},
		{"and no more", 0, "a", time.Second},
		{"refilled", time.Hour, "a", 0},
		{"to the burst", 0, "a", 0},
		{"and no further", 0, "a", 0},
		{"than that", 0, "a", time.Second},
	} {
		c.at = c.at.Add(step.pass)
		if got := b.Take(step.key); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
}

// R85: many keys take bounded memory and clear nobody's debt.
func TestBucketsAreBounded_R85(t *testing.T) {
	c := &clock{at: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	b := limit.NewBuckets(limit.BucketOptions{
		Rate: limit.Rate{Burst: 1, Every: time.Minute}, Keys: 100, Now: c.now,
		Overflow: limit.Rate{Burst: 5, Every: time.Minute},
	})
	if b.Take("guesser") != 0 {
		t.Fatal("the first is refused")
	}
	passed := 0
	for i := range 10_000 {
		if b.Take(fmt.Sprint(i)) == 0 {
			passed++
		}
	}
	if b.Len() != 100 || passed != 99+5 {
		t.Errorf("%d keys, %d passed", b.Len(), passed)
	}
	if b.Take("guesser") == 0 {
		t.Error("many keys cleared a debt")
	}
	c.at = c.at.Add(time.Minute)
	if b.Take("new") != 0 || b.Len() != 100 {
		t.Errorf("no room is made for a new key: %d keys", b.Len())
	}
}

// R80: a budget is one IPv4 address or one IPv6 /64.
func TestAddressKey_R80(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1":        "192.0.2.1",
		"::ffff:192.0.2.1": "192.0.2.1",
		"2001:db8:1:2:3::": "2001:db8:1:2::/64",
		"fe80::1%eth0":     "fe80::/64",
	} {
		if got := limit.AddressKey(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s = %s, want %s", address, got, want)
		}
	}
}

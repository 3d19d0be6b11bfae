package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/identity/throttle"
	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func guard(now *time.Time) *throttle.Guard {
	return &throttle.Guard{Now: func() time.Time { return *now }}
}

func keyring(t *testing.T) *seal.Keyring {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestCountsBeforeVerification_R80: of many at once exactly the budget passes.
func TestCountsBeforeVerification_R80(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		var passed atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					err := g.SpendAll(t.Context(), tenant, throttle.Account("user")...)
					switch {
					case err == nil:
						passed.Add(1)
					case !reason.Has(err, reason.ThrottleAccount):
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if passed.Load() != throttle.SignInAccount.Limit {
			t.Errorf("%d passed", passed.Load())
		}
		if n, err := g.Spent(t.Context(), tenant, throttle.SignInAccount, "user"); n != 40 || err != nil {
			t.Error(n, err)
		}
	})
}

// TestWaitGrows_R82_R84: a refusal says how long to wait, a window ends, and
// who goes on guessing waits longer.
func TestWaitGrows_R82_R84(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		spend := func() *reason.Error {
			err := g.SpendAll(t.Context(), tenant, throttle.Account("user")...)
			if err == nil {
				return nil
			}
			return reason.From(err)
		}
		exhaust := func(n int) {
			t.Helper()
			for i := range n {
				if err := spend(); err != nil {
					t.Fatal(i, err)
				}
			}
		}
		exhaust(10)
		if err := spend(); err == nil || err.RetryAfter != 15*time.Minute || err.Code != reason.ThrottleAccount {
			t.Errorf("%+v", err)
		}
		now = now.Add(15 * time.Minute)
		exhaust(10)
		now = now.Add(15 * time.Minute)
		exhaust(10)
		now = now.Add(15 * time.Minute)
		exhaust(10)
		if err := spend(); err == nil || err.RetryAfter < 20*time.Hour {
			t.Errorf("the wait did not grow: %+v", err)
		}
		if err := g.ClearAll(t.Context(), tenant, throttle.Account("user")...); err != nil {
			t.Fatal(err)
		}
		exhaust(1)
	})
}

// TestOwnerIsNotLockedOut_R81_R83: who exhausts an account's counter leaves a
// known device's alone, and clearing the device's leaves the account's.
func TestOwnerIsNotLockedOut_R81_R83(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		for range 200 {
			_ = g.SpendAll(t.Context(), tenant, throttle.Account("user")...)
		}
		if err := g.SpendAll(t.Context(), tenant, throttle.KnownDevice("user", "laptop")...); err != nil {
			t.Error(err)
		}
		if err := g.ClearAll(t.Context(), tenant, throttle.KnownDevice("user", "laptop")...); err != nil {
			t.Error(err)
		}
		if err := g.SpendAll(t.Context(), tenant, throttle.Account("user")...); err == nil {
			t.Error("the account's counter was cleared")
		}
		other := storetest.Tenant(t, db, "globex")
		if err := g.SpendAll(t.Context(), other, throttle.Account("user")...); err != nil {
			t.Error("another tenant's counter", err)
		}
	})
}

func TestReturnAndSweep_R85(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		charges := throttle.Source("192.0.2.7", nil)
		for i := range 200 {
			if err := g.SpendAll(t.Context(), tenant, charges...); err != nil {
				t.Fatal(i, err)
			}
			settle(t, g, tenant, charges)
		}
		if n, err := g.Sweep(t.Context(), db); n != 0 || err != nil {
			t.Error(n, err)
		}
		now = now.Add(time.Hour)
		if n, err := g.Sweep(t.Context(), db); n != 2 || err != nil {
			t.Error(n, err)
		}
	})
}

// settle lets an attempt be right.
func settle(t *testing.T, g *throttle.Guard, w store.Writer, charges []throttle.Charge) {
	t.Helper()
	err := w.Write(t.Context(), func(tx *store.Tx) error {
		g.Return(tx, charges...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReturned_R80_R83: who was right is not kept out by what he was charged, at
// this node not for a moment, at others once it is given back. One who was not
// let in after all has nothing back.
func TestReturned_R80_R83(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		here, there, tenant := guard(&now), guard(&now), storetest.Tenant(t, db, "acme")
		charges := throttle.Account("user")
		spent := func(g *throttle.Guard, want int64) {
			t.Helper()
			for _, c := range charges {
				if n, err := g.Spent(t.Context(), tenant, c.Budget, c.Key); n != want || err != nil {
					t.Errorf("%s: %d are spent, want %d (%v)", c.Budget.Name, n, want, err)
				}
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 9 { // he mistypes
			must(here.SpendAll(t.Context(), tenant, charges...))
		}
		for range 30 { // and then is right, again and again
			must(here.SpendAll(t.Context(), tenant, charges...))
			settle(t, here, tenant, charges)
			spent(here, 9)
		}
		must(here.GiveBack(t.Context(), db))
		spent(there, 9)
		must(there.SpendAll(t.Context(), tenant, charges...))
		fault := errors.New("fault")
		err := tenant.Write(t.Context(), func(tx *store.Tx) error {
			there.Return(tx, charges...)
			return fault
		})
		if !errors.Is(err, fault) {
			t.Error(err)
		}
		if err := there.SpendAll(t.Context(), tenant, charges...); !reason.Has(err, reason.ThrottleAccount) {
			t.Error("given back by what did not happen:", err)
		}
		must(there.GiveBack(t.Context(), db))
		if err := here.SpendAll(t.Context(), tenant, charges...); !reason.Has(err, reason.ThrottleAccount) {
			t.Error(err)
		}
	})
}

// TestReturnedWhileOthersSpend_R80: no more are under way at once than the budget
// allows, however returns are written meanwhile, and in the end nothing is spent.
func TestReturnedWhileOthersSpend_R80(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant, other := guard(&now), storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		charges := throttle.KnownDevice("user", "laptop")
		var wg, back sync.WaitGroup
		done := make(chan struct{})
		back.Go(func() {
			for open := true; open; {
				select {
				case <-done:
					open = false
				default:
				}
				if err := g.GiveBack(t.Context(), db); err != nil {
					t.Error(err)
				}
			}
		})
		for i := range 8 {
			w := tenant
			if i >= 4 {
				w = other
			}
			wg.Go(func() {
				for range 25 {
					if err := g.SpendAll(t.Context(), w, charges...); err != nil {
						t.Error(err)
						continue
					}
					settle(t, g, w, charges)
				}
			})
		}
		wg.Wait()
		close(done)
		back.Wait()
		for _, w := range []store.Tenant{tenant, other} {
			if n, err := guard(&now).Spent(t.Context(), w, throttle.SignInDevice, "user/laptop"); n != 0 || err != nil {
				t.Error(n, err)
			}
		}
	})
}

// TestFailedReturnsAreForgotten_R80: what may have been given back is not given back
// again.
func TestFailedReturnsAreForgotten_R80(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		charges := throttle.KnownDevice("user", "laptop")
		if err := g.SpendAll(t.Context(), tenant, charges...); err != nil {
			t.Fatal(err)
		}
		settle(t, g, tenant, charges)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := g.GiveBack(t.Context(), db); err == nil {
			t.Error("written to a database that is closed")
		}
		if err := g.GiveBack(t.Context(), db); err != nil {
			t.Error("tried again:", err)
		}
	})
}

// TestReturnsWaitForTheirTurn: what was not begun is given back later.
func TestReturnsWaitForTheirTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		charges := throttle.KnownDevice("user", "laptop")
		if err := g.SpendAll(t.Context(), tenant, charges...); err != nil {
			t.Fatal(err)
		}
		settle(t, g, tenant, charges)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := g.GiveBack(over, db); err == nil {
			t.Error("written by a context that is over")
		}
		if err := g.GiveBack(t.Context(), db); err != nil {
			t.Error(err)
		}
		if n, err := guard(&now).Spent(t.Context(), tenant, throttle.SignInDevice, "user/laptop"); n != 0 || err != nil {
			t.Error(n, err)
		}
	})
}

func TestSources_R80(t *testing.T) {
	exempt := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for ip, want := range map[string]string{
		"192.0.2.7":            "[192.0.2.7/32 192.0.2.0/24]",
		"::ffff:192.0.2.7":     "[192.0.2.7/32 192.0.2.0/24]",
		"2001:db8:1:2:3:4:5:6": "[2001:db8:1:2::/64 2001:db8:1::/48]",
		"fe80::1%eth0":         "[fe80::/64 fe80::/48]",
		"10.1.2.3":             "[]",
		"nonsense":             "[unknown]",
	} {
		keys := []string{}
		for _, c := range throttle.Source(ip, exempt) {
			keys = append(keys, c.Key)
		}
		if got := fmt.Sprint(keys); got != want {
			t.Errorf("%s: %s", ip, got)
		}
	}
}

func TestDeviceCookie_R81(t *testing.T) {
	k := keyring(t)
	user := store.NewID()
	token := throttle.DeviceToken(k, "tenant", user)
	got, device, ok := throttle.Device(k, "tenant", token)
	if !ok || got != user || device == "" {
		t.Error(got, device, ok)
	}
	for name, bad := range map[string]string{
		"empty": "", "cut": token[:len(token)-1], "other user": store.NewID() + token[36:], "dots": "..", "long": token + "AAAA",
	} {
		if _, _, ok := throttle.Device(k, "tenant", bad); ok {
			t.Error(name)
		}
	}
	if _, _, ok := throttle.Device(k, "other", token); ok { // R4
		t.Error("another tenant's device")
	}
	if _, _, ok := throttle.Device(keyring(t), "tenant", token); ok {
		t.Error("another key's device")
	}
}

func TestUnknownNamesAreHashed_R86(t *testing.T) {
	k := keyring(t)
	a, b := throttle.UnknownKey(k, "t1", "hunter2"), throttle.UnknownKey(k, "t2", "hunter2")
	if a == b || a == throttle.UnknownKey(k, "t1", "hunter3") || len(a) > 40 {
		t.Error(a, b)
	}
	_ = models.Counter{}
}

// R85, L81: names that are tried one after the other leave counters, which go as
// fast as they came.
func TestSweepKeepsUp_R85(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		const names, at = 2500, 250
		for i := range names / at {
			charges := make([]throttle.Charge, at)
			for j := range charges {
				charges[j] = throttle.Charge{Budget: throttle.SignInAccount, Key: fmt.Sprint(i, "/", j)}
			}
			if err := g.SpendAll(t.Context(), tenant, charges...); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(time.Hour)
		if n, err := store.Drain(t.Context(), db, g.Sweep); n != names || err != nil {
			t.Errorf("%d of %d, %v", n, names, err)
		}
	})
}

// R81, R82: a try that is refused is no guess. A hundred at once from one address
// keep an account's unknown devices out for as long as ten do, and not for a month.
func TestRefusedTriesAreNoGuesses_R81_R82(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		for range 150 {
			_ = g.SpendAll(t.Context(), tenant, append(throttle.Source("192.0.2.7", nil), throttle.Account("user")...)...)
		}
		for _, b := range []throttle.Budget{throttle.SignInAccountDay, throttle.SignInAccountLong} {
			if n, err := g.Spent(t.Context(), tenant, b, "user"); n != throttle.SignInAccount.Limit || err != nil {
				t.Errorf("%s: %d, %v", b.Name, n, err)
			}
		}
		now = now.Add(15 * time.Minute)
		if err := g.SpendAll(t.Context(), tenant, append(throttle.Source("198.51.100.7", nil), throttle.Account("user")...)...); err != nil {
			t.Errorf("its owner at a new device, a window later: %v", err)
		}
	})
}

// R80, R84: what one address is refused does not use up what everybody in the
// tenant shares, or it alone would keep all of them out.
func TestOneAddressIsNotEverybody_R80_R84(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := start
		g, tenant := guard(&now), storetest.Tenant(t, db, "acme")
		for name, of := range map[string]struct {
			shared  throttle.Budget
			own     int64
			charges func() []throttle.Charge
		}{
			"signing in": {throttle.SignInTenant, throttle.SignInSource.Limit, func() []throttle.Charge {
				return append(throttle.Source("192.0.2.7", nil), throttle.Charge{Budget: throttle.SignInTenant, Key: "all"})
			}},
			"signing up": {throttle.SignUpTenant, throttle.SignUp.Limit, func() []throttle.Charge { return throttle.SigningUp("192.0.2.7", nil) }},
			"registering": {throttle.RegisterTenant, throttle.Register.Limit, func() []throttle.Charge {
				return []throttle.Charge{{Budget: throttle.Register, Key: "192.0.2.7/32"}, {Budget: throttle.RegisterTenant, Key: "all"}}
			}},
			"documents": {throttle.DocumentTenant, throttle.Document.Limit, func() []throttle.Charge {
				return []throttle.Charge{{Budget: throttle.Document, Key: "192.0.2.7/32"}, {Budget: throttle.DocumentTenant, Key: "all"}}
			}},
		} {
			for i := range of.own + 20 {
				err := g.SpendAll(t.Context(), tenant, of.charges()...)
				if refused := err != nil; refused != (i >= of.own) {
					t.Fatalf("%s %d: %v", name, i, err)
				}
			}
			if n, err := g.Spent(t.Context(), tenant, of.shared, "all"); n != of.own || err != nil {
				t.Errorf("%s: %d of the tenant's budget are spent, want %d (%v)", name, n, of.own, err)
			}
		}
		for _, b := range []throttle.Budget{throttle.SignInNeighbourhood, throttle.SignUpNeighbourhood} {
			if n, err := g.Spent(t.Context(), tenant, b, "192.0.2.0/24"); n > throttle.SignUp.Limit || n == 0 || err != nil {
				t.Errorf("%s: %d of the network's budget are spent (%v)", b.Name, n, err)
			}
		}
	})
}

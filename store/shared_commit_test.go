package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestManyWriters: transactions that run at the same time, and on SQLite share
// commits, each stay or go by themselves.
func TestManyWriters(t *testing.T) {
	const writers, rounds = 24, 12
	fault := errors.New("fault")
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		var mu sync.Mutex
		stays := map[string]bool{}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for r := range rounds {
					key := fmt.Sprintf("%d/%d", w, r)
					err := abandon(t, tenant, func(ctx context.Context, cancel context.CancelFunc, tx *store.Tx) error {
						if err := counted(ctx, tx, key); err != nil {
							return err
						}
						switch (w + r) % 6 {
						case 0:
							return fault
						case 1:
							panic(fault)
						case 2:
							cancel()
						case 3:
							_ = counted(ctx, tx, key) // is taken
							return fault
						}
						return forget(ctx, tx, "first")
					})
					mu.Lock()
					stays[key] = err == nil
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		kept := 0
		for key, is := range stays {
			var w, r int
			if _, err := fmt.Sscanf(key, "%d/%d", &w, &r); err != nil {
				t.Fatal(err)
			}
			if want := (w+r)%6 > 3; is != want {
				t.Errorf("%s: committed %t, want %t", key, is, want)
			}
			if is {
				kept++
			}
		}
		if n := keys(t, tenant); n != kept {
			t.Errorf("%d rows, want %d", n, kept)
		}
	})
}

// TestNothingAfterTheEnd: a transaction that is over does nothing more, though
// others may be at work on its connection.
func TestNothingAfterTheEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		var kept *store.Tx
		if err := tenant.Write(t.Context(), func(tx *store.Tx) error { kept = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		err := tenant.Write(t.Context(), func(*store.Tx) error { return counted(t.Context(), kept, "late") })
		if err == nil {
			t.Error("a transaction wrote after its end")
		}
		if n := keys(t, tenant); n != 0 {
			t.Errorf("%d rows stay", n)
		}
	})
}

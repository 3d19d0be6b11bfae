package idempotency_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/store/idempotency"
	"gatehouse/store/storetest"
)

func TestSameAnswerOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		k, err := seal.New(seal.Generate())
		if err != nil {
			t.Fatal(err)
		}
		ctx, now := t.Context(), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
		keep := &idempotency.Keep{K: k, Now: func() time.Time { return now }}
		mine, theirs := storetest.Tenant(t, db, "acme"), storetest.Tenant(t, db, "globex")
		q := idempotency.Request{Principal: "p", Key: "k", Parts: [][]byte{[]byte("POST"), []byte("/users"), []byte("{}")}}
		keepIt := func(in store.Writer, q idempotency.Request) error {
			return in.Write(ctx, func(tx *store.Tx) error {
				return keep.Store(ctx, tx, q, idempotency.Answer{Status: 201, Body: []byte(`{"secret":"x"}`)})
			})
		}
		if a, err := keep.Find(ctx, mine, q); a != nil || err != nil {
			t.Error(a, err)
		}
		if err := keepIt(mine, q); err != nil {
			t.Fatal(err)
		}
		if a, err := keep.Find(ctx, mine, q); err != nil || a.Status != 201 || string(a.Body) != `{"secret":"x"}` {
			t.Error(a, err)
		}
		if err := keepIt(mine, q); !errors.Is(err, idempotency.ErrRepeated) {
			t.Error(err)
		}
		if a, err := keep.Find(ctx, theirs, q); a != nil || err != nil { // R4
			t.Error("another tenant's answer", a, err)
		}
		other := q
		other.Parts = [][]byte{[]byte("POST"), []byte("/user"), []byte("s{}")}
		if _, err := keep.Find(ctx, mine, other); !reason.Has(err, reason.RequestConflict) {
			t.Error(err)
		}
		now = now.Add(idempotency.Life + time.Second)
		if a, err := keep.Find(ctx, mine, q); a != nil || err != nil {
			t.Error("an old answer", a, err)
		}
		if err := keepIt(mine, q); err != nil {
			t.Error(err)
		}
		now = now.Add(idempotency.Life + time.Second)
		if n, err := keep.Sweep(ctx, db); n != 1 || err != nil {
			t.Error(n, err)
		}
	})
}

// TestBodiesCannotBeGuessed_R61: a body may hold a password, so what is kept of
// the request is worth nothing without the master key.
func TestBodiesCannotBeGuessed_R61(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := t.Context(), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
		q := idempotency.Request{Principal: "p", Key: "k", Parts: [][]byte{[]byte(`{"password":"guess me"}`)}}
		kept := func(name string) []byte {
			k, err := seal.New(seal.Generate())
			if err != nil {
				t.Fatal(err)
			}
			tenant := storetest.Tenant(t, db, name)
			keep := &idempotency.Keep{K: k, Now: func() time.Time { return now }}
			err = tenant.Write(ctx, func(tx *store.Tx) error {
				return keep.Store(ctx, tx, q, idempotency.Answer{Status: 201})
			})
			if err != nil {
				t.Fatal(err)
			}
			var row models.Idempotency
			if err := tenant.Read(ctx).Take(&row).Error; err != nil {
				t.Fatal(err)
			}
			return row.RequestHash
		}
		if bytes.Equal(kept("acme"), kept("globex")) {
			t.Error("the hash hangs on the request alone")
		}
	})
}

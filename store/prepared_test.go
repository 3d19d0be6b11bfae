package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// counted makes a counter in the tenant; counters need no event.
func counted(ctx context.Context, tx *store.Tx, key string) error {
	return tx.Rows(ctx).Create(&models.Counter{Key: key, Count: 1, WindowEnd: models.At(time.Now())}).Error
}

func keys(t *testing.T, r store.Reader) int {
	t.Helper()
	var rows []models.Counter
	if err := r.Read(t.Context()).Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return len(rows)
}

// TestAbandonedTransactions: whatever ends a transaction, nothing of it stays,
// and the connection serves the next.
func TestAbandonedTransactions(t *testing.T) {
	fault := errors.New("fault")
	ways := map[string]func(context.Context, context.CancelFunc, *store.Tx) error{
		"refused": func(context.Context, context.CancelFunc, *store.Tx) error { return fault },
		"broken statement": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) error {
			return counted(ctx, tx, "first") // the key is taken
		},
		"error swallowed by a part": func(ctx context.Context, _ context.CancelFunc, tx *store.Tx) error {
			_ = tx.Write(ctx, func(*store.Tx) error { return fault })
			return nil
		},
		"context ended": func(ctx context.Context, cancel context.CancelFunc, tx *store.Tx) error {
			cancel()
			return counted(ctx, tx, "later")
		},
		"context ended, error swallowed": func(ctx context.Context, cancel context.CancelFunc, tx *store.Tx) error {
			cancel()
			_ = counted(ctx, tx, "later")
			return nil
		},
		"panic": func(context.Context, context.CancelFunc, *store.Tx) error { panic(fault) },
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		for name, way := range ways {
			t.Run(name, func(t *testing.T) {
				if err := abandon(t, tenant, way); err == nil {
					t.Error("the transaction was committed")
				}
				if n := keys(t, tenant); n != 0 {
					t.Errorf("%d rows stay", n)
				}
			})
		}
		for i := range 40 { // more than there are connections
			err := tenant.Write(t.Context(), func(tx *store.Tx) error { return counted(t.Context(), tx, fmt.Sprint(i)) })
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := keys(t, tenant); n != 40 {
			t.Errorf("%d rows, want 40", n)
		}
	})
}

func abandon(t *testing.T, tenant store.Tenant, way func(context.Context, context.CancelFunc, *store.Tx) error) (err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return tenant.Write(ctx, func(tx *store.Tx) error {
		if err := counted(ctx, tx, "first"); err != nil {
			return err
		}
		return way(ctx, cancel, tx)
	})
}

// TestNestedRows: a statement may be run again while rows of it are being read,
// on SQLite's one connection, too.
func TestNestedRows(t *testing.T) {
	db := storetest.SQLite(t)
	tenant := storetest.Tenant(t, db, "acme")
	err := tenant.Write(t.Context(), func(tx *store.Tx) error {
		for _, key := range []string{"a", "b", "c"} {
			if err := counted(t.Context(), tx, key); err != nil {
				return err
			}
		}
		rows, err := tx.Rows(t.Context()).Model(&models.Counter{}).Where("count = ?", 1).Rows()
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // read to the end
		outer := 0
		for rows.Next() {
			outer++
			var again []models.Counter
			if err := tx.Rows(t.Context()).Where("count = ?", 1).Find(&again).Error; err != nil {
				return err
			}
			if len(again) != 3 {
				t.Errorf("%d rows within, want 3", len(again))
			}
		}
		if outer != 3 {
			t.Errorf("%d rows, want 3", outer)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLater: what is sent later is seen by whatever follows, and its fault is
// the fault of whatever follows, at the latest of the commit.
func TestLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tenant := storetest.Tenant(t, db, "acme")
		ctx := t.Context()
		twice := func(tx *store.Tx) error {
			for range 2 {
				row := models.Counter{Key: "same", Count: 1, WindowEnd: models.At(time.Now())}
				if err := tx.Later(ctx).Create(&row).Error; err != nil {
					return err
				}
			}
			return nil
		}
		if err := tenant.Write(ctx, twice); !store.Taken(err) {
			t.Errorf("a fault in what was sent later: %v", err)
		}
		err := tenant.Write(ctx, func(tx *store.Tx) error {
			if err := twice(tx); err == nil {
				_ = tx.Read(ctx).Find(&[]models.Counter{}).Error // fails, and is swallowed
			}
			return nil
		})
		if err == nil && db.Kind() == store.Postgres {
			t.Error("a transaction with a failed statement was committed")
		}
		if n := keys(t, tenant); n > 1 || n == 1 && db.Kind() == store.Postgres {
			t.Errorf("%d rows stay", n)
		}
		err = tenant.Write(ctx, func(tx *store.Tx) error {
			row := models.Counter{Key: "seen", Count: 7, WindowEnd: models.At(time.Now())}
			if err := tx.Later(ctx).Create(&row).Error; err != nil {
				return err
			}
			var found models.Counter
			if err := tx.Read(ctx).Where(map[string]any{"key": "seen"}).Take(&found).Error; err != nil || found != row {
				t.Errorf("read back: %+v, %v", found, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestSameRowsInside: the first statement of a transaction reads what one
// outside reads, in every kind of column.
func TestSameRowsInside(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		var outside, inside models.User
		if err := w.mine.Read(ctx).Where("id = ?", w.my.ID).Take(&outside).Error; err != nil {
			t.Fatal(err)
		}
		var n int64
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			if err := tx.Read(ctx).Where("id = ?", w.my.ID).Take(&inside).Error; err != nil {
				return err
			}
			return tx.Read(ctx).Model(&models.User{}).Select("sum(version)").Scan(&n).Error
		})
		if err != nil || n != 1 || !reflect.DeepEqual(outside, inside) {
			t.Errorf("inside %+v, outside %+v, sum %d: %v", inside, outside, n, err)
		}
		err = w.mine.Write(ctx, func(tx *store.Tx) error {
			return tx.Read(ctx).Model(&models.User{}).Select("sum(version)").Scan(&n).Error
		})
		if err != nil || n != 1 {
			t.Errorf("a sum first: %d, %v", n, err)
		}
	})
}

func forget(ctx context.Context, tx *store.Tx, key string) error {
	return tx.Rows(ctx).Where(map[string]any{"key": key}).Delete(&models.Counter{}).Error
}

// TestManyStatements: more statements than a connection keeps go on working.
func TestManyStatements(t *testing.T) {
	db := storetest.SQLite(t)
	tenant := storetest.Tenant(t, db, "acme")
	err := tenant.Write(t.Context(), func(tx *store.Tx) error {
		if err := counted(t.Context(), tx, "a"); err != nil {
			return err
		}
		for range 2 {
			for n := range 700 {
				in := make([]string, n+1) // each length is a statement of its own
				in[n] = "a"
				var found []models.Counter
				if err := tx.Rows(t.Context()).Where(map[string]any{"key": in}).Find(&found).Error; err != nil || len(found) != 1 {
					t.Fatalf("%d keys: %d rows, %v", n+1, len(found), err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

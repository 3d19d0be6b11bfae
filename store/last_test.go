package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// lastly counts in a transaction's last statement.
func lastly(ctx context.Context, tx *store.Tx, key string) error {
	c := models.Counter{Key: key, Count: 1, WindowEnd: models.At(time.Now())}
	return tx.Last(ctx).Clauses(clause.Returning{}).Create(&c).Error
}

// TestLastStatement: it is committed with all before it, and takes no change
// along that nobody recorded.
func TestLastStatement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			c := models.Counter{Key: "before", Count: 1, WindowEnd: models.At(time.Now())}
			return errors.Join(tx.Later(ctx).Create(&c).Error, lastly(ctx, tx, "last"))
		})
		if n := keys(t, w.mine); err != nil || n != 2 {
			t.Errorf("%d rows, %v", n, err)
		}
		err = w.mine.Write(ctx, func(tx *store.Tx) error { return lastly(ctx, tx, "last") })
		if !store.Taken(err) {
			t.Errorf("a key that is taken: %v", err)
		}
		err = w.mine.Write(ctx, func(tx *store.Tx) error {
			u := user("unrecorded")
			return tx.Last(ctx).Clauses(clause.Returning{}).Create(&u).Error
		})
		if !errors.Is(err, store.ErrUnrecorded) {
			t.Errorf("a change without an event: %v", err)
		}
		err = w.mine.Write(ctx, func(tx *store.Tx) error {
			u := user("unrecorded")
			return errors.Join(tx.Later(ctx).Create(&u).Error, lastly(ctx, tx, "more"))
		})
		if n := keys(t, w.mine); !errors.Is(err, store.ErrUnrecorded) || n != 2 {
			t.Errorf("a change without an event, then a last statement: %d rows, %v", n, err)
		}
	})
}

// TestLastStatementOfAPart: a part that joined commits nothing.
func TestLastStatementOfAPart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		fault := errors.New("fault")
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			err := tx.Write(ctx, func(tx *store.Tx) error { return lastly(ctx, tx, "part") })
			return errors.Join(err, fault)
		})
		if n := keys(t, w.mine); !errors.Is(err, fault) || n != 0 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestFiveRules: no tenant, no statement; no transaction, no write; no event,
// no commit (R130); no row of another; no second connection.
func TestFiveRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		change := func(tx *store.Tx) error {
			return tx.Rows(ctx).Model(&models.User{}).Where("id = ?", w.my.ID).Update("email", "new").Error
		}
		nothing := func(*store.Tx) error { return nil }
		for name, c := range map[string]struct {
			err  error
			want error
		}{
			"read without a tenant":   {db.Tenant("").Read(ctx).Find(&[]models.User{}).Error, store.ErrUnscoped},
			"write without a tenant":  {db.Tenant("").Write(ctx, nothing), store.ErrUnscoped},
			"system without purpose":  {db.System("").Write(ctx, nothing), store.ErrUnscoped},
			"create outside":          {w.mine.Read(ctx).Create(&models.User{}).Error, store.ErrReadOnly},
			"update outside":          {w.mine.Read(ctx).Model(&models.User{}).Where("id = ?", "x").Update("email", "x").Error, store.ErrReadOnly},
			"delete outside":          {w.mine.Read(ctx).Where("id = ?", "x").Delete(&models.User{}).Error, store.ErrReadOnly},
			"outside but begun":       {w.mine.Read(ctx).Begin().Create(&models.User{}).Error, store.ErrReadOnly},
			"system create unnamed":   {db.System("test").Write(ctx, func(tx *store.Tx) error { u := user("x"); return tx.Rows(ctx).Create(&u).Error }), store.ErrUnscoped},
			"change without an event": {w.mine.Write(ctx, change), store.ErrUnrecorded},
			"row of another": {w.mine.Write(ctx, func(tx *store.Tx) error {
				u := user("x")
				u.TenantID = w.theirs.ID()
				return tx.Rows(ctx).Create(&u).Error
			}), store.ErrForeign},
			"an event that was deleted is none": {w.mine.Write(ctx, func(tx *store.Tx) error {
				gone := tx.Rows(ctx).Where("id = ?", "x").Delete(&models.PendingEvent{})
				return errors.Join(gone.Error, change(tx))
			}), store.ErrUnrecorded},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v", name, c.err)
			}
		}
		var still models.User
		if err := w.mine.Read(ctx).Where("id = ?", w.my.ID).Take(&still).Error; err != nil || still.Email != w.my.Email {
			t.Error("a refused change was committed", err)
		}
	})
}

// TestNestedTransaction_R130: an event cannot be taken back while its change
// stays: there is no transaction within a transaction.
func TestNestedTransaction_R130(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		var before, after int64
		count := func(n *int64) {
			if err := w.mine.Read(ctx).Model(&models.PendingEvent{}).Count(n).Error; err != nil {
				t.Fatal(err)
			}
		}
		count(&before)
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			_ = tx.Rows(ctx).Transaction(func(*gorm.DB) error {
				if err := record(ctx, tx); err != nil {
					t.Error(err)
				}
				return errors.New("take the event back")
			})
			return tx.Rows(ctx).Model(&models.User{}).Where("id = ?", w.my.ID).Update("email", "new").Error
		})
		count(&after)
		if err == nil && after != before+1 {
			t.Error("a change without its event")
		}
	})
}

// TestJoining: a part that fails fails the whole, even where its error is
// swallowed; what hangs on the commit runs once and only after it.
func TestJoining(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, fault := t.Context(), errors.New("fault")
		ran := 0
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			tx.After(func() { ran++ })
			_ = tx.Write(ctx, func(*store.Tx) error { return fault })
			return nil
		})
		if !errors.Is(err, fault) || ran != 0 {
			t.Error(err, ran)
		}
		recorded := 0
		db.OnRecord(func() { recorded++ })
		err = w.mine.Write(ctx, func(tx *store.Tx) error {
			tx.After(func() { ran++ })
			if recorded != 0 {
				t.Error("woken before the commit")
			}
			return tx.Write(ctx, func(tx *store.Tx) error { return record(ctx, tx) })
		})
		if err != nil || ran != 1 || recorded != 1 {
			t.Error(err, ran, recorded)
		}
	})
}

// TestRowLevelSecurity_R2: with the guard out of the way, PostgreSQL itself
// holds a transaction to its tenant, sees nothing without one, and its readers
// change nothing.
func TestRowLevelSecurity_R2(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if db.Kind() != store.Postgres {
			return // SQLite has the guard alone
		}
		w := newWorld(t, db)
		ctx := t.Context()
		var seen, changed int64
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			pool := tx.Rows(ctx).Statement.ConnPool
			if err := pool.QueryRowContext(ctx, "SELECT count(*) FROM users WHERE username = $1", marker).Scan(&seen); err != nil {
				return err
			}
			res, err := pool.ExecContext(ctx, "UPDATE users SET email = 'x' WHERE username = $1", marker)
			if err != nil {
				return err
			}
			changed, err = res.RowsAffected()
			return err
		})
		if err != nil || seen != 0 || changed != 0 {
			t.Error("the belt does not hold", err, seen, changed)
		}
		err = w.mine.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Rows(ctx).Statement.ConnPool.ExecContext(ctx, "UPDATE users SET tenant_id = $1", w.theirs.ID())
			return err
		})
		if err == nil {
			t.Error("a row was given away")
		}
		pool := w.mine.Read(ctx).Statement.ConnPool
		if _, err := pool.ExecContext(ctx, "UPDATE users SET email = 'x'"); err == nil {
			t.Error("a reader changed rows")
		}
	})
}

// TestDatabaseFileIsPrivate: it holds hashes and personal data, so that nobody
// else on the machine may read it or the files beside it.
func TestDatabaseFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	storetest.Tenant(t, storetest.Open(t, "sqlite://"+path), "acme")
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %s", name, info.Mode())
		}
	}
}

package store_test

import (
	"errors"
	"testing"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestNarrowing_R1: a system transaction narrowed to a tenant reaches that
// tenant's rows alone, sees what was done before, and must record its changes.
func TestNarrowing_R1(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, before := t.Context(), w.theirState(t)
		err := db.System("test").Write(ctx, func(tx *store.Tx) error {
			mine := tx.For(w.mine.ID())
			if mine.ID() != w.mine.ID() {
				t.Errorf("it is %q", mine.ID())
			}
			var seen []models.User
			all := mine.Rows(ctx).Where("1 = 0").Or("1 = 1").Find(&seen)
			if all.Error != nil || len(seen) != 1 || seen[0].ID != w.my.ID {
				t.Errorf("sees %d rows, %v", len(seen), all.Error)
			}
			stolen := mine.Rows(ctx).Model(&models.User{}).Where("id = ?", w.their.ID).Update("email", "x")
			if stolen.Error != nil || stolen.RowsAffected != 0 {
				t.Errorf("changed %d rows, %v", stolen.RowsAffected, stolen.Error)
			}
			gone := mine.Rows(ctx).Where("id = ?", w.their.ID).Delete(&models.User{})
			if gone.Error != nil || gone.RowsAffected != 0 {
				t.Errorf("deleted %d rows, %v", gone.RowsAffected, gone.Error)
			}
			foreign := user("mallory")
			foreign.TenantID = w.theirs.ID()
			if err := mine.Rows(ctx).Create(&foreign).Error; !errors.Is(err, store.ErrForeign) {
				t.Errorf("made a row of another: %v", err)
			}
			made := user("bea")
			if err := mine.Rows(ctx).Create(&made).Error; err != nil || made.TenantID != w.mine.ID() {
				t.Errorf("made for %q: %v", made.TenantID, err)
			}
			var again models.User
			if err := tx.For(w.mine.ID()).Rows(ctx).Where("id = ?", made.ID).Take(&again).Error; err != nil {
				t.Errorf("does not see its own changes: %v", err)
			}
			if err := mine.Rows(ctx).Create(&models.Fact{Name: "x", Value: "y"}).Error; !errors.Is(err, store.ErrUnscoped) {
				t.Errorf("reaches a table of nobody: %v", err)
			}
			return record(ctx, mine)
		})
		if err != nil {
			t.Error(err)
		}
		if after := w.theirState(t); after != before {
			t.Errorf("changed the other tenant:\n%s\n%s", before, after)
		}
	})
}

// TestNarrowingOpensNothing_R4: of a tenant's transaction, and to no tenant,
// nothing comes that reaches a row; what is narrowed twice is narrowed to
// nothing.
func TestNarrowingOpensNothing_R4(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		blind := func(name string, tx *store.Tx) {
			t.Helper()
			if err := tx.Rows(ctx).Find(&[]models.User{}).Error; !errors.Is(err, store.ErrUnscoped) {
				t.Errorf("%s reads: %v", name, err)
			}
			u := user("mallory")
			u.TenantID = w.theirs.ID()
			if err := tx.Rows(ctx).Create(&u).Error; !errors.Is(err, store.ErrUnscoped) {
				t.Errorf("%s writes: %v", name, err)
			}
		}
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			blind("a tenant's, to another", tx.For(w.theirs.ID()))
			blind("a tenant's, to itself", tx.For(w.mine.ID()))
			blind("a tenant's, to all", tx.For("*"))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		err = db.System("test").Write(ctx, func(tx *store.Tx) error {
			blind("the system's, to all", tx.For("*"))
			blind("the system's, to nobody", tx.For(""))
			blind("narrowed twice", tx.For(w.mine.ID()).For(w.theirs.ID()))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestNarrowedChangesAreRecorded_R130: what a narrowed part does counts for the
// whole: a change without an event, and a part that fails, fail it.
func TestNarrowedChangesAreRecorded_R130(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, fault := t.Context(), errors.New("fault")
		err := db.System("test").Write(ctx, func(tx *store.Tx) error {
			return tx.For(w.mine.ID()).Rows(ctx).Model(&models.User{}).Where("id = ?", w.my.ID).Update("email", "new").Error
		})
		if !errors.Is(err, store.ErrUnrecorded) {
			t.Errorf("a change without an event: %v", err)
		}
		ran := false
		err = db.System("test").Write(ctx, func(tx *store.Tx) error {
			mine := tx.For(w.mine.ID())
			mine.After(func() { ran = true })
			_ = mine.Write(ctx, func(*store.Tx) error { return fault })
			return nil
		})
		if !errors.Is(err, fault) || ran {
			t.Errorf("a part that failed: %v, %v", err, ran)
		}
	})
}

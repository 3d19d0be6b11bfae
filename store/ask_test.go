package store_test

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// named asks for the user with a name.
func named(name string, into *models.User) *store.Question {
	return store.About(func(db *gorm.DB) *gorm.DB { return db.Where("username = ?", name).Take(into) })
}

// TestQuestionsTravelTogether: each gets the answer that it would get alone, in
// a transaction and outside of one, and none sees another tenant's rows.
func TestQuestionsTravelTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		asked := func(ctx context.Context, r store.Reader) {
			var ada, nobody, foreign models.User
			var all []models.User
			found, missing, theirs := named("ada", &ada), named("nobody", &nobody), named(marker, &foreign)
			list := store.About(func(db *gorm.DB) *gorm.DB { return db.Order("id").Find(&all) })
			store.Ask(ctx, r, found, missing, theirs, list)
			if found.Err() != nil || ada.ID != w.my.ID || ada.Email != w.my.Email || !ada.CreatedAt.Equal(w.my.CreatedAt.Time) {
				t.Errorf("%+v, %v", ada, found.Err())
			}
			if !store.NotFound(missing.Err()) || !store.NotFound(theirs.Err()) || foreign.ID != "" {
				t.Errorf("%v, %v, %+v (R1)", missing.Err(), theirs.Err(), foreign)
			}
			if list.Err() != nil || len(all) < 1 || all[0].ID != w.my.ID {
				t.Errorf("%+v, %v", all, list.Err())
			}
		}
		asked(t.Context(), w.mine)
		err := w.mine.Write(t.Context(), func(tx *store.Tx) error {
			asked(t.Context(), tx) // before anything was sent
			grace := user("grace")
			if err := errors.Join(tx.Later(t.Context()).Create(&grace).Error, record(t.Context(), tx)); err != nil {
				return err
			}
			asked(t.Context(), tx)
			var seen models.User
			own := named("grace", &seen)
			if store.Ask(t.Context(), tx, own, named("ada", &models.User{})); own.Err() != nil || seen.ID != grace.ID {
				t.Errorf("its own change is not seen: %v", own.Err())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		asked(t.Context(), w.mine)
	})
}

// TestQuestionsKeepTheRules: what a statement may not do alone it may not do
// with others, and a fault leaves nothing answered.
func TestQuestionsKeepTheRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var ada, again models.User
		first, second := named("ada", &ada), named("ada", &again)
		if store.Ask(ctx, w.mine, first, second); first.Err() == nil || second.Err() == nil || ada.ID != "" {
			t.Errorf("answered after its end: %+v, %v", ada, first.Err())
		}
		var rows []models.AuditHead // of no tenant
		foreign := store.About(func(db *gorm.DB) *gorm.DB { return db.Find(&rows) })
		if store.Ask(t.Context(), w.mine, foreign, named("ada", &ada)); !errors.Is(foreign.Err(), store.ErrUnscoped) || len(rows) > 0 {
			t.Errorf("%v: %v", rows, foreign.Err())
		}
		if store.Ask(t.Context(), w.mine, first, second); first.Err() != nil || second.Err() != nil || again.ID != w.my.ID {
			t.Errorf("asked again: %v, %v", first.Err(), second.Err())
		}
	})
}

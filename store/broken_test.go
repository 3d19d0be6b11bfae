package store_test

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// unanswerable is a statement that the database refuses before it runs: on
// PostgreSQL when it is prepared, so that nothing that travels with it runs either.
func unanswerable(db *gorm.DB) *gorm.DB {
	var u models.User
	return db.Where("no_such_column = ?", 1).Take(&u)
}

// R2, R130: a statement that failed takes those along that travelled with it, the
// BEGIN and the event among them. Whoever overlooks its error neither writes
// outside of the transaction nor commits without what was lost.
func TestAfterAFailedStatement_R2_R130(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if db.Kind() != store.Postgres {
			return // where each statement goes by itself, and fails alone
		}
		w := newWorld(t, db)
		ctx := t.Context()
		for name, fail := range map[string]func(tx *store.Tx) error{
			"alone": func(tx *store.Tx) error { return unanswerable(tx.Read(ctx)).Error },
			"among questions": func(tx *store.Tx) error {
				wrong, right := store.About(unanswerable), named("ada", &models.User{})
				store.Ask(ctx, tx, wrong, right)
				if right.Err() == nil {
					t.Error("answered beside a question that could not be asked")
				}
				return wrong.Err()
			},
		} {
			for when, before := range map[string]func(tx *store.Tx) error{
				"first":           func(*store.Tx) error { return nil },
				"after an event":  func(tx *store.Tx) error { return record(ctx, tx) },
				"before an event": func(tx *store.Tx) error { return tx.Later(ctx).Create(pending()).Error },
			} {
				t.Run(name+" "+when, func(t *testing.T) {
					err := w.mine.Write(ctx, func(tx *store.Tx) error {
						if err := before(tx); err != nil {
							return err
						}
						if err := fail(tx); err == nil {
							t.Fatal("no error")
						}
						u := user("outside")
						return errors.Join(tx.Rows(ctx).Create(&u).Error, record(ctx, tx))
					})
					if err == nil {
						t.Error("committed")
					}
					err = w.mine.Write(ctx, func(tx *store.Tx) error { return errors.Join(before(tx), ignored(fail(tx))) })
					if err == nil {
						t.Error("committed without what was lost")
					}
					nobody := named("outside", &models.User{})
					if store.Ask(ctx, w.mine, nobody); !store.NotFound(nobody.Err()) {
						t.Errorf("written outside of the transaction: %v", nobody.Err())
					}
				})
			}
		}
		store.Ask(ctx, w.mine, store.About(unanswerable), named("ada", &models.User{}))
		ada := named("ada", &models.User{})
		if store.Ask(ctx, w.mine, ada, named("nobody", &models.User{})); ada.Err() != nil {
			t.Errorf("the connection is of no more use: %v", ada.Err())
		}
	})
}

func ignored(error) error { return nil }

func pending() *models.PendingEvent {
	return &models.PendingEvent{EventFields: models.EventFields{ID: store.NewID(), Action: "user.created", Outcome: "success"}}
}

// A statement that waits when its context ends: the connection is given up, the
// transaction with it, and the next one has another.
func TestQuestionsThatAreGivenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			err := w.mine.Write(ctx, func(tx *store.Tx) error {
				cancel()
				first, second := named("ada", &models.User{}), named("ada", &models.User{})
				store.Ask(ctx, tx, first, second)
				if first.Err() == nil || second.Err() == nil {
					t.Error("answered after its end")
				}
				u := user("outside")
				return errors.Join(tx.Rows(t.Context()).Create(&u).Error, record(t.Context(), tx))
			})
			if err == nil {
				t.Error("committed after its end")
			}
			nobody, ada := named("outside", &models.User{}), named("ada", &models.User{})
			if store.Ask(t.Context(), w.mine, nobody, ada); !store.NotFound(nobody.Err()) || ada.Err() != nil {
				t.Errorf("%v, %v", nobody.Err(), ada.Err())
			}
		}
	})
}

// R130: a transaction does not end with a question either, where a change before
// it has no event; and nothing comes after its last statement.
func TestLastQuestion_R130(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			u, ada := user("unrecorded"), models.User{}
			if err := tx.Later(ctx).Create(&u).Error; err != nil {
				return err
			}
			return tx.Last(ctx).Where("username = ?", "ada").Take(&ada).Error
		})
		nobody := named("unrecorded", &models.User{})
		if store.Ask(ctx, w.mine, nobody); !errors.Is(err, store.ErrUnrecorded) || !store.NotFound(nobody.Err()) {
			t.Errorf("%v, %v", err, nobody.Err())
		}
		if db.Kind() != store.Postgres {
			return // where it is a statement as others
		}
		err = w.mine.Write(ctx, func(tx *store.Tx) error {
			u := user("late")
			return errors.Join(lastly(ctx, tx, "last"), tx.Rows(ctx).Clauses(clause.Returning{}).Create(&u).Error, record(ctx, tx))
		})
		late := named("late", &models.User{})
		if store.Ask(ctx, w.mine, late); err == nil || !store.NotFound(late.Err()) {
			t.Errorf("after the last statement: %v, %v", err, late.Err())
		}
	})
}

// R1, R2: a question within a transaction is held to its tenant by row-level
// security, too, and as a subquery by the guard.
func TestQuestionsOfATenant_R1_R2(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		questions := func(r store.Reader) {
			var byOr, bySub, reused []models.User
			or := store.About(func(db *gorm.DB) *gorm.DB {
				return db.Where("username = ?", "ada").Or("username = ?", marker).Find(&byOr)
			})
			sub := store.About(func(db *gorm.DB) *gorm.DB {
				return db.Where("id IN (?)", r.Read(ctx).Model(&models.User{}).Select("id").Where("username = ?", marker)).Find(&bySub)
			})
			session := store.About(func(db *gorm.DB) *gorm.DB {
				return db.Session(&gorm.Session{NewDB: true}).Where("username = ?", marker).Find(&reused)
			})
			fresh := store.About(func(db *gorm.DB) *gorm.DB {
				return db.Session(&gorm.Session{NewDB: true, Context: context.Background()}).Find(&reused)
			})
			store.Ask(ctx, r, or, sub, session)
			if len(byOr) != 1 || len(bySub) != 0 || len(reused) != 0 {
				t.Errorf("%+v %+v %+v", byOr, bySub, reused)
			}
			if store.Ask(ctx, r, fresh, or); fresh.Err() == nil || len(reused) != 0 {
				t.Errorf("without its scope: %v, %+v", fresh.Err(), reused)
			}
		}
		questions(w.mine)
		if err := w.mine.Write(ctx, func(tx *store.Tx) error { questions(tx); return nil }); err != nil {
			t.Error(err)
		}
		err := db.System("test").Write(ctx, func(tx *store.Tx) error {
			var theirs models.User
			found, also := named(marker, &theirs), named("ada", &models.User{})
			if store.Ask(ctx, tx.For(w.mine.ID()), found, also); !store.NotFound(found.Err()) || also.Err() != nil {
				t.Errorf("narrowed: %v, %v", found.Err(), also.Err())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

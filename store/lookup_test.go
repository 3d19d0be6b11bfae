package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

var (
	byName   = store.By[models.User]("username")
	byKind   = store.By[models.User]("kind", "username")
	byStatus = store.By[models.User]("status")
	among    = store.Among[models.User]("username")
	inShort  = byName.Only("tenant_id", "id")
)

// TestLookups: they answer as the same statement by GORM does, see their own
// tenant alone (R1), and the transaction's own rows.
func TestLookups(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		seen := func(r store.Reader) {
			var want, got, both, short, theirs, nobody models.User
			if err := errors.Join(r.Read(ctx).Where("username = ?", "ada").Take(&want).Error,
				byName.Take(ctx, r, &got, "ada"), byKind.Take(ctx, r, &both, models.UserLocal, "ada"), inShort.Take(ctx, r, &short, "ada")); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got) + cmp.Diff(want, both); d != "" {
				t.Error(d)
			}
			if short.ID != want.ID || short.Username != "" {
				t.Errorf("two columns: %+v", short)
			}
			if err := byName.Take(ctx, r, &theirs, marker); !store.NotFound(err) || theirs.ID != "" {
				t.Errorf("another tenant's user: %+v, %v", theirs, err)
			}
			if err := byName.Take(ctx, r, &nobody, "nobody"); !store.NotFound(err) {
				t.Errorf("nobody: %v", err)
			}
		}
		seen(w.mine)
		err := w.mine.Write(ctx, func(tx *store.Tx) error {
			seen(tx)
			grace := user("grace")
			if err := errors.Join(tx.Later(ctx).Create(&grace).Error, record(ctx, tx)); err != nil {
				return err
			}
			var own models.User
			seen(tx)
			return byName.Take(ctx, tx, &own, "grace")
		})
		if err != nil {
			t.Error(err)
		}
		var theirs models.User
		if err := byName.Take(ctx, db.System("test"), &theirs, marker); err != nil || theirs.ID != w.their.ID {
			t.Errorf("above tenants: %+v, %v", theirs, err)
		}
	})
}

// TestEmptyTextIsNoNull: an empty text is a text, also as the first value that a
// connection ever sends.
func TestEmptyTextIsNoNull(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		var u, listed models.User
		none := user("none")
		none.Email, none.SearchName = "", ""
		err := w.mine.Write(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.Rows(t.Context()).Create(&none).Error, record(t.Context(), tx))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.By[models.User]("search_name", "username").Take(t.Context(), w.mine, &u, "", "none"); err != nil || u.Email != "" {
			t.Errorf("%+v, %v", u, err)
		}
		if err := w.mine.Read(t.Context()).Where("username > ?", "").Order("username").First(&listed).Error; err != nil || listed.Username != "ada" {
			t.Errorf("%+v, %v", listed, err)
		}
		var all []models.User
		if err := w.mine.Read(t.Context()).Where("username > ?", "").Find(&all).Error; err != nil || len(all) != 2 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestLookupThrough: what another model's row gives finds the row, and nothing of
// another tenant's does (R1).
func TestLookupThrough(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		through := store.Through(byStatus, "id", store.By[models.Identifier]("value").Only("user_id"))
		for _, of := range []struct {
			tenant store.Tenant
			user   models.User
		}{{w.mine, w.my}, {w.theirs, w.their}} {
			err := of.tenant.Write(t.Context(), func(tx *store.Tx) error {
				i := models.Identifier{Value: of.user.Username, Kind: models.IdentifierUsername, UserID: of.user.ID}
				return errors.Join(tx.Rows(t.Context()).Create(&i).Error, record(t.Context(), tx))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var ada, theirs models.User
		if err := through.Take(t.Context(), w.mine, &ada, models.UserActive, "ada"); err != nil || ada.ID != w.my.ID {
			t.Errorf("%+v, %v", ada, err)
		}
		if err := through.Take(t.Context(), w.mine, &theirs, models.UserActive, marker); !store.NotFound(err) {
			t.Errorf("another tenant's: %+v, %v", theirs, err)
		}
		if err := through.Take(t.Context(), w.mine, &theirs, models.UserActive); err == nil || store.NotFound(err) {
			t.Errorf("a value less: %v", err)
		}
	})
}

// TestLists: a list has all rows with one of the values, of its own tenant (R1).
func TestLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		addUser(t, w.mine, "grace")
		for _, names := range [][]string{{"ada", marker}, {"ada", "b", "c", "d", "e", "f", "g", "h", "i", "j"}} {
			var rows []models.User
			q := among.About(&rows, names...)
			store.Ask(t.Context(), w.mine, q)
			if q.Err() != nil || len(rows) != 1 || rows[0].ID != w.my.ID {
				t.Errorf("%v: %+v, %v", names, rows, q.Err())
			}
		}
		var both []models.User
		one, all := named("ada", &models.User{}), among.About(&both, "ada", "grace")
		store.Ask(t.Context(), w.mine, one, all)
		if one.Err() != nil || all.Err() != nil || len(both) != 2 {
			t.Errorf("%v, %+v, %v", one.Err(), both, all.Err())
		}
	})
}

// TestLookupsKeepTheRules: no tenant, no answer; nor of a table of no tenant's,
// with another number of values, or once the request is over.
func TestLookupsKeepTheRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		var u models.User
		var d models.Fact
		for what, err := range map[string]error{
			"no tenant":      byName.Take(t.Context(), db.Tenant(""), &u, "ada"),
			"nobody's table": store.By[models.Fact]("name").Take(t.Context(), w.mine, &d, "ada"),
			"a value less":   byKind.Take(t.Context(), w.mine, &u, "ada"),
			"ended":          byName.Take(ended, w.mine, &u, "ada"),
			"no such column": store.By[models.User]("nothing").Take(t.Context(), w.mine, &u, "ada"),
			"through no column": store.Through(byStatus, "nothing", store.By[models.Identifier]("value").Only("user_id")).
				Take(t.Context(), w.mine, &u, models.UserActive, "ada"),
			"through a whole row": store.Through(byStatus, "id", store.By[models.Identifier]("value")).
				Take(t.Context(), w.mine, &u, models.UserActive, "ada"),
		} {
			if err == nil || store.NotFound(err) || u.ID != "" {
				t.Errorf("%s: %+v, %v", what, u, err)
			}
		}
		if err := byName.Take(t.Context(), w.mine, &u, "ada"); err != nil {
			t.Error(err)
		}
	})
}

package store_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestReadsCannotLeaveTheTenant_R1_R2_R4 tries to see the other tenant's rows
// from a handle of one tenant, outside and inside of a transaction.
func TestReadsCannotLeaveTheTenant_R1_R2_R4(t *testing.T) {
	reads := map[string]func(w *world, db *gorm.DB) (any, error){
		"find": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Find(&rows).Error
		},
		"by the other's id": func(w *world, db *gorm.DB) (any, error) {
			var row models.User
			return &row, db.Where("id = ?", w.their.ID).Take(&row).Error
		},
		"by primary key": func(w *world, db *gorm.DB) (any, error) {
			row := models.User{Owned: models.Owned{TenantID: w.theirs.ID()}, ID: w.their.ID}
			seen := models.User{}
			return &seen, db.Model(&row).Take(&seen).Error
		},
		"the other's tenant_id": func(w *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Where("tenant_id = ?", w.theirs.ID()).Find(&rows).Error
		},
		"or": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Where("username = ?", "x").Or("1 = 1").Find(&rows).Error
		},
		"or in text": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Where("username = ? OR 1 = 1", "x").Find(&rows).Error
		},
		"or alone": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Or("1 = 1").Find(&rows).Error
		},
		"parentheses that close ours": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Where("1 = 1) OR (1 = 1").Find(&rows).Error
		},
		"comment that hides ours": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Where("1 = 1 --").Find(&rows).Error
		},
		"not": func(w *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Not("tenant_id = ?", w.mine.ID()).Find(&rows).Error
		},
		"group of conditions": func(w *world, db *gorm.DB) (any, error) {
			var rows []models.User
			free := db.Session(&gorm.Session{NewDB: true})
			return &rows, db.Where(free.Where("1 = 1").Or("tenant_id = ?", w.theirs.ID())).Find(&rows).Error
		},
		"subquery in text": func(_ *world, db *gorm.DB) (any, error) {
			var name []string
			return &name, db.Model(&models.User{}).Pluck("(SELECT max(username) FROM users)", &name).Error
		},
		"subquery without scope": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			sub := db.WithContext(context.Background()).Session(&gorm.Session{NewDB: true}).Model(&models.User{}).Select("id")
			return &rows, db.Where("id IN (?)", sub).Or("id IN (?)", sub).Find(&rows).Error
		},
		"subquery of the other tenant": func(w *world, db *gorm.DB) (any, error) {
			var rows []models.User
			sub := w.theirs.Read(context.Background()).Model(&models.User{}).Select("id")
			return &rows, db.Where("EXISTS (?)", sub).Find(&rows).Error
		},
		"raw subquery": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			free := db.Session(&gorm.Session{NewDB: true})
			return &rows, db.Where("EXISTS (?)", free.Raw("SELECT 1 FROM users WHERE username = ?", marker)).Find(&rows).Error
		},
		"subquery as expression": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Where("? = 1", gorm.Expr("(SELECT count(*) FROM users WHERE username = ?)", marker)).Find(&rows).Error
		},
		"join in text": func(_ *world, db *gorm.DB) (any, error) {
			var rows []view
			return &rows, db.Model(&models.User{}).Select("o.username").Joins("JOIN users o ON true").Scan(&rows).Error
		},
		"from clause": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			from := clause.From{Tables: []clause.Table{{Name: "users", Alias: "o"}, {Name: "users"}}}
			return &rows, db.Clauses(from).Select("o.username").Find(&rows).Error
		},
		"unscoped": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Unscoped().Find(&rows).Error
		},
		"new session": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Session(&gorm.Session{NewDB: true, AllowGlobalUpdate: true}).Find(&rows).Error
		},
		"other context": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.WithContext(context.Background()).Find(&rows).Error
		},
		"table by name": func(_ *world, db *gorm.DB) (any, error) {
			var rows []map[string]any
			return &rows, db.Table("users").Find(&rows).Error
		},
		"table by name into a model": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Table("users AS u, users").Find(&rows).Error
		},
		"table of another model": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.Fact
			return &rows, db.Table("users").Select("username AS name").Find(&rows).Error
		},
		"table as subquery": func(w *world, db *gorm.DB) (any, error) {
			var rows []models.User
			sub := w.theirs.Read(context.Background()).Model(&models.User{})
			return &rows, db.Table("(?) AS users", sub).Find(&rows).Error
		},
		"model without marks": func(_ *world, db *gorm.DB) (any, error) {
			var rows []foreign
			return &rows, db.Find(&rows).Error
		},
		"scan into another struct": func(_ *world, db *gorm.DB) (any, error) {
			var rows []view
			return &rows, db.Model(&models.User{}).Scan(&rows).Error
		},
		"find into a map": func(_ *world, db *gorm.DB) (any, error) {
			var rows []map[string]any
			return &rows, db.Model(&models.User{}).Find(&rows).Error
		},
		"pluck": func(_ *world, db *gorm.DB) (any, error) {
			var names []string
			return &names, db.Model(&models.User{}).Pluck("username", &names).Error
		},
		"count": func(_ *world, db *gorm.DB) (any, error) {
			var n int64
			if err := db.Model(&models.User{}).Count(&n).Error; err != nil {
				return nil, err
			}
			if n > 1 {
				return marker, nil
			}
			return n, nil
		},
		"group and having": func(_ *world, db *gorm.DB) (any, error) {
			var names []string
			return &names, db.Model(&models.User{}).Group("username").Having("1 = 1 OR 1 = 1").Pluck("username", &names).Error
		},
		"order with a subquery": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Order("(SELECT username FROM users LIMIT 1)").Find(&rows).Error
		},
		"row": func(w *world, db *gorm.DB) (any, error) {
			var name string
			err := db.Model(&models.User{}).Select("username").Where("id = ?", w.their.ID).Row().Scan(&name)
			return name, err
		},
		"rows": func(_ *world, db *gorm.DB) (any, error) {
			rows, err := db.Model(&models.User{}).Select("username").Rows()
			if err != nil {
				return nil, err
			}
			defer func() { _ = rows.Close() }()
			var names []string
			for rows.Next() {
				var name string
				if err := rows.Scan(&name); err != nil {
					return nil, err
				}
				names = append(names, name)
			}
			return names, rows.Err()
		},
		"in batches": func(_ *world, db *gorm.DB) (any, error) {
			var rows, seen []models.User
			err := db.FindInBatches(&rows, 1, func(*gorm.DB, int) error { seen = append(seen, rows...); return nil }).Error
			return seen, err
		},
		"preload": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Preload("Sessions").Find(&rows).Error
		},
		"raw": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Raw("SELECT * FROM users").Scan(&rows).Error
		},
		"a table of nobody": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.Fact
			err := db.Find(&rows).Error
			if err == nil {
				return marker, nil
			}
			return nil, err
		},
		"the other's tenant row": func(_ *world, db *gorm.DB) (any, error) {
			var rows []models.Tenant
			return &rows, db.Where("name = ?", "globex").Or("1 = 1").Select("display_name").Find(&rows).Error
		},
		"set_config": func(w *world, db *gorm.DB) (any, error) {
			var rows []models.User
			return &rows, db.Where("set_config('app.tenant', ?, true) <> ''", w.theirs.ID()).Find(&rows).Error
		},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		before := w.theirState(t)
		look := func(t *testing.T, seen any, err error) {
			t.Helper()
			b, jsonErr := json.Marshal(seen)
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			if strings.Contains(string(b), marker) || strings.Contains(string(b), "globex") || strings.Contains(string(b), w.their.ID) {
				t.Errorf("saw the other tenant: %s (%v)", b, err)
			}
		}
		for name, read := range reads {
			t.Run(name, func(t *testing.T) {
				seen, err := read(w, w.mine.Read(t.Context()))
				look(t, seen, err)
				_ = w.mine.Write(t.Context(), func(tx *store.Tx) error {
					seen, err := read(w, tx.Rows(t.Context()))
					look(t, seen, err)
					return err
				})
			})
		}
		if w.theirState(t) != before {
			t.Error("a read changed the other tenant")
		}
	})
}

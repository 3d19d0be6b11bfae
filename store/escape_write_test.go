package store_test

import (
	"context"
	"strings"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestWritesCannotLeaveTheTenant_R1_R2 tries to change the other tenant's rows
// in a transaction of one tenant, with an event, so that nothing else stops it.
func TestWritesCannotLeaveTheTenant_R1_R2(t *testing.T) {
	writes := map[string]func(w *world, tx *gorm.DB) error{
		"update by the other's id": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.User{}).Where("id = ?", w.their.ID).Updates(map[string]any{"username": "x"}).Error
		},
		"update of the other's row": func(w *world, tx *gorm.DB) error {
			row := w.their
			return tx.Model(&row).Update("username", "x").Error
		},
		"update with or": func(_ *world, tx *gorm.DB) error {
			return tx.Model(&models.User{}).Where("id = ?", "x").Or("1 = 1").UpdateColumn("email", "x").Error
		},
		"update of all": func(_ *world, tx *gorm.DB) error {
			return tx.Session(&gorm.Session{AllowGlobalUpdate: true}).Model(&models.User{}).Update("email", "x").Error
		},
		"update that gives away, by map": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.User{}).Where("id = ?", w.my.ID).Updates(map[string]any{"tenant_id": w.theirs.ID(), "email": "y"}).Error
		},
		"update that gives away, by field": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.User{}).Where("id = ?", w.my.ID).Updates(map[string]any{"TenantID": w.theirs.ID()}).Error
		},
		"update that gives away, by column": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.User{}).Where("id = ?", w.my.ID).UpdateColumn("tenant_id", w.theirs.ID()).Error
		},
		"update that gives away, by struct": func(w *world, tx *gorm.DB) error {
			give := models.User{Owned: models.Owned{TenantID: w.theirs.ID()}, Email: "z"}
			return tx.Model(&models.User{}).Where("id = ?", w.my.ID).Select("*").Updates(give).Error
		},
		"update with a subquery": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.User{}).Where("id = ?", w.my.ID).
				Updates(map[string]any{"email": gorm.Expr("(SELECT username FROM users WHERE username = ?)", marker)}).Error
		},
		"update with a subquery of the other": func(w *world, tx *gorm.DB) error {
			sub := w.theirs.Read(context.Background()).Model(&models.User{}).Select("username")
			return tx.Model(&models.User{}).Where("id = ?", w.my.ID).Updates(map[string]any{"email": sub}).Error
		},
		"update of another table": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.Attempt{}).Table("users").Where("id = ?", w.their.ID).Updates(map[string]any{"user_id": "x"}).Error
		},
		"save the other's row": func(w *world, tx *gorm.DB) error {
			row := w.their
			row.Email = "x"
			return tx.Save(&row).Error
		},
		"create in the other": func(w *world, tx *gorm.DB) error {
			row := user("mallory")
			row.TenantID = w.theirs.ID()
			return tx.Create(&row).Error
		},
		"batch with a foreign row": func(w *world, tx *gorm.DB) error {
			rows := []models.User{user("m1"), user("m2")}
			rows[1].TenantID = w.theirs.ID()
			return tx.Create(&rows).Error
		},
		"batch of pointers with a foreign row": func(w *world, tx *gorm.DB) error {
			one, two := user("m3"), user("m4")
			two.TenantID = w.theirs.ID()
			rows := []*models.User{&one, &two}
			return tx.CreateInBatches(&rows, 1).Error
		},
		"create from a map": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.User{}).Create(map[string]any{"tenant_id": w.theirs.ID(), "id": store.NewID(), "username": "m5"}).Error
		},
		"create from maps": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.User{}).Create([]map[string]any{{"tenant_id": w.theirs.ID(), "id": store.NewID()}}).Error
		},
		"first or create": func(w *world, tx *gorm.DB) error {
			row := user("m6")
			return tx.Where(models.User{Owned: models.Owned{TenantID: w.theirs.ID()}, ID: w.their.ID}).FirstOrCreate(&row).Error
		},
		"upsert on a name of the deployment": func(w *world, tx *gorm.DB) error {
			row := models.Tenant{Name: "globex", DisplayName: "x", DefaultLocale: "en", Status: "active", CreatedAt: w.my.CreatedAt, UpdatedAt: w.my.CreatedAt}
			return tx.Clauses(clause.OnConflict{
				Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"display_name"}),
			}).Create(&row).Error
		},
		"upsert on anything": func(w *world, tx *gorm.DB) error {
			row := models.Tenant{Name: "globex", DisplayName: "x", DefaultLocale: "en", Status: "active", CreatedAt: w.my.CreatedAt, UpdatedAt: w.my.CreatedAt}
			return tx.Clauses(clause.OnConflict{DoUpdates: clause.Assignments(map[string]any{"display_name": "x"})}).Create(&row).Error
		},
		"upsert of the tenant": func(w *world, tx *gorm.DB) error {
			row := w.my
			return tx.Clauses(clause.OnConflict{
				Columns: []clause.Column{{Name: "tenant_id"}, {Name: "id"}}, DoUpdates: clause.Assignments(map[string]any{"tenant_id": w.theirs.ID()}),
			}).Create(&row).Error
		},
		"delete by id": func(w *world, tx *gorm.DB) error {
			return tx.Where("id = ?", w.their.ID).Delete(&models.User{}).Error
		},
		"delete the other's row": func(w *world, tx *gorm.DB) error {
			row := w.their
			return tx.Delete(&row).Error
		},
		"delete without where": func(_ *world, tx *gorm.DB) error { return tx.Delete(&models.User{}).Error },
		"delete with or":       func(_ *world, tx *gorm.DB) error { return tx.Where("1 = 0").Or("1 = 1").Delete(&models.User{}).Error },
		"delete all unscoped": func(_ *world, tx *gorm.DB) error {
			return tx.Unscoped().Where("1 = 1").Delete(&models.User{}).Error
		},
		"exec": func(_ *world, tx *gorm.DB) error { return tx.Exec("DELETE FROM users").Error },
		"raw": func(_ *world, tx *gorm.DB) error {
			return tx.Raw("DELETE FROM users RETURNING id").Scan(&[]string{}).Error
		},
		"migrator": func(_ *world, tx *gorm.DB) error { return tx.Migrator().DropTable("users") },
		"the other's tenant row": func(w *world, tx *gorm.DB) error {
			return tx.Model(&models.Tenant{}).Where("tenant_id = ?", w.theirs.ID()).Update("display_name", "x").Error
		},
		"child of the other's row": func(w *world, tx *gorm.DB) error {
			return tx.Create(&models.Identifier{Value: "x", Kind: models.IdentifierEmail, UserID: w.their.ID}).Error
		},
		"a table of nobody": func(_ *world, tx *gorm.DB) error { return tx.Create(&models.Fact{Name: "x", Value: "y"}).Error },
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		before := w.theirState(t)
		for name, write := range writes {
			t.Run(name, func(t *testing.T) {
				_ = w.mine.Write(t.Context(), func(tx *store.Tx) error {
					if err := record(t.Context(), tx); err != nil {
						return err
					}
					return write(w, tx.Rows(t.Context()))
				})
				if after := w.theirState(t); after != before {
					t.Fatalf("changed the other tenant:\n%s\n%s", before, after)
				}
				var mine []models.User
				if err := w.mine.Read(t.Context()).Find(&mine).Error; err != nil {
					t.Fatal(err)
				}
				for _, u := range mine {
					if strings.Contains(u.Email, marker) {
						t.Error("copied from the other tenant")
					}
				}
			})
		}
	})
}

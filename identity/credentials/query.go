package credentials

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

// Asked is a user's password as it is kept, which is looked up together with other
// things.
type Asked struct {
	*store.Question
	row models.Credential
}

// Ask asks for the password of the one user whose id the given statement selects,
// for store.Ask.
func Ask(holder *gorm.DB) *Asked {
	return about(func(db *gorm.DB) *gorm.DB { return db.Where("kind = ? AND user_id = (?)", models.KindPassword, holder) })
}

func askOf(userID string) *Asked {
	return about(func(db *gorm.DB) *gorm.DB { return db.Where("kind = ? AND user_id = ?", models.KindPassword, userID) })
}

func about(whose func(*gorm.DB) *gorm.DB) *Asked {
	a := &Asked{}
	a.Question = store.About(func(db *gorm.DB) *gorm.DB { return whose(db).Take(&a.row) })
	return a
}

func upsert(ctx context.Context, tx *store.Tx, c *models.Credential) error {
	return tx.Rows(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "user_id"}, {Name: "kind"}},
		DoUpdates: clause.AssignmentColumns([]string{"hash", "updated_at"}),
	}).Create(c).Error
}

func replace(ctx context.Context, tx *store.Tx, userID, old, fresh string, at models.Time) (bool, error) {
	change := tx.Rows(ctx).Model(&models.Credential{}).
		Where(map[string]any{"user_id": userID, "kind": models.KindPassword, "hash": old}).
		Updates(map[string]any{"hash": fresh, "updated_at": at})
	return change.RowsAffected == 1, change.Error
}

func remove(ctx context.Context, tx *store.Tx, userID string) (bool, error) {
	gone := tx.Rows(ctx).Where(map[string]any{"user_id": userID, "kind": models.KindPassword}).Delete(&models.Credential{})
	return gone.RowsAffected == 1, gone.Error
}

package credentials

import (
	"context"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

func find(ctx context.Context, r store.Reader, userID string) (models.Credential, error) {
	var c models.Credential
	err := r.Read(ctx).Where(map[string]any{"user_id": userID, "kind": models.KindPassword}).Take(&c).Error
	return c, err
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

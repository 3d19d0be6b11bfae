package claimrules

import (
	"context"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

func find(ctx context.Context, r store.Reader, column, value string) (*models.ClaimRule, error) {
	var row models.ClaimRule
	if err := r.Read(ctx).Where(map[string]any{column: value}).Take(&row).Error; err != nil {
		return nil, err
	}
	return &row, nil
}

// all are a tenant's rules in the order in which they speak.
func all(ctx context.Context, r store.Reader) ([]models.ClaimRule, error) {
	var rows []models.ClaimRule
	err := r.Read(ctx).Order("position, name").Limit(most).Find(&rows).Error
	return rows, err
}

func insert(ctx context.Context, tx *store.Tx, row *models.ClaimRule) error {
	return tx.Rows(ctx).Create(row).Error
}

func update(ctx context.Context, tx *store.Tx, row *models.ClaimRule, version int64) error {
	done := tx.Rows(ctx).Model(&models.ClaimRule{}).Where("id = ? AND version = ?", row.ID, version).
		Select("Claim", "Expression", "ApplicationID", "Targets", "Scope", "Position", "Disabled", "Version", "UpdatedAt").Updates(row)
	if done.Error == nil && done.RowsAffected == 0 {
		return reason.New(reason.VersionStale)
	}
	return done.Error
}

func remove(ctx context.Context, tx *store.Tx, id string) error {
	return tx.Rows(ctx).Where("id = ?", id).Delete(&models.ClaimRule{}).Error
}

package resources

import (
	"context"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

func find(ctx context.Context, r store.Reader, column, value string) (*models.Resource, error) {
	var row models.Resource
	if err := r.Read(ctx).Where(map[string]any{column: value}).Take(&row).Error; err != nil {
		return nil, err
	}
	return &row, nil
}

func all(ctx context.Context, r store.Reader) ([]models.Resource, error) {
	var rows []models.Resource
	err := r.Read(ctx).Order("name").Limit(most).Find(&rows).Error
	return rows, err
}

func insert(ctx context.Context, tx *store.Tx, row *models.Resource) error {
	return tx.Rows(ctx).Create(row).Error
}

func update(ctx context.Context, tx *store.Tx, row *models.Resource, version int64) error {
	done := tx.Rows(ctx).Model(&models.Resource{}).Where("id = ? AND version = ?", row.ID, version).
		Select("Identifier", "DisplayName", "Scopes", "Everybody", "Applications", "ServerID", "AccessTokenSeconds", "AccessTokenFormat", "Disabled", "DetailTypes",
			"Version", "UpdatedAt").Updates(row)
	if done.Error == nil && done.RowsAffected == 0 {
		return reason.New(reason.VersionStale)
	}
	return done.Error
}

func remove(ctx context.Context, tx *store.Tx, id string) error {
	return tx.Rows(ctx).Where("id = ?", id).Delete(&models.Resource{}).Error
}

// describing are the APIs that understand authorization details.
func describing(ctx context.Context, r store.Reader) ([]models.Resource, error) {
	var rows []models.Resource
	err := r.Read(ctx).Where("disabled = ? AND detail_types <> ?", false, "[]").Order("name").Limit(most).Find(&rows).Error
	return rows, err
}

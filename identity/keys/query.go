package keys

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

// published are the keys that clients may meet, the newest first.
func published(ctx context.Context, r store.Reader) ([]models.SigningKey, error) {
	var rows []models.SigningKey
	err := r.Read(ctx).Where("state <> ?", models.KeyRevoked).Order("created_at DESC, id").Find(&rows).Error
	return rows, err
}

func list(ctx context.Context, r store.Reader) ([]models.SigningKey, error) {
	var rows []models.SigningKey
	err := r.Read(ctx).Omit("private").Order("created_at DESC, id").Find(&rows).Error
	return rows, err
}

func byID(ctx context.Context, r store.Reader, kid string) (*models.SigningKey, error) {
	var row models.SigningKey
	if err := r.Read(ctx).Where("id = ?", kid).Take(&row).Error; err != nil {
		return nil, err
	}
	return &row, nil
}

func inState(ctx context.Context, r store.Reader, alg string, state models.KeyState) ([]models.SigningKey, error) {
	var rows []models.SigningKey
	err := r.Read(ctx).Where("alg = ? AND state = ?", alg, state).Order("created_at").Find(&rows).Error
	return rows, err
}

// due are the keys of all tenants whose time has come.
func due(ctx context.Context, r store.Reader, now models.Time) ([]models.SigningKey, error) {
	var rows []models.SigningKey
	err := r.Read(ctx).Where("state = ? AND activate_at <= ?", models.KeyNext, now).
		Or("state = ? AND expires_at <= ?", models.KeyRetiring, now).Limit(1000).Find(&rows).Error
	return rows, err
}

func insert(ctx context.Context, tx *store.Tx, row *models.SigningKey) error {
	return tx.Rows(ctx).Create(row).Error
}

func update(ctx context.Context, tx *store.Tx, row *models.SigningKey) error {
	return tx.Rows(ctx).Model(&models.SigningKey{}).Where("id = ?", row.ID).
		Select("State", "RetiredAt", "ExpiresAt").Updates(row).Error
}

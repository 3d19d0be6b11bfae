package tokens

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

func insertOpaque(ctx context.Context, tx *store.Tx, row *models.AccessToken) error {
	return tx.Later(ctx).Create(row).Error
}

func opaqueByHash(ctx context.Context, r store.Reader, hash []byte) (*models.AccessToken, error) {
	var row models.AccessToken
	if err := r.Read(ctx).Where("hash = ?", hash).Take(&row).Error; err != nil {
		return nil, err
	}
	return &row, nil
}

// opaqueBatch bounds how long one transaction of the sweep holds its locks.
const opaqueBatch = 2000

// sweepOpaque deletes tokens that are over, the oldest first, and all that were
// over in the same second.
func sweepOpaque(ctx context.Context, tx *store.Tx, now models.Time) (int64, error) {
	var last []models.AccessToken
	err := tx.Rows(ctx).Select("tenant_id", "expires_at").Where("expires_at < ?", now).Order("expires_at").
		Offset(opaqueBatch - 1).Limit(1).Find(&last).Error
	if err != nil {
		return 0, err
	}
	if len(last) > 0 {
		now = last[0].ExpiresAt
	}
	gone := tx.Rows(ctx).Where("expires_at <= ?", now).Delete(&models.AccessToken{})
	return gone.RowsAffected, gone.Error
}

package tokens

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

func insertPushed(ctx context.Context, tx *store.Tx, row *models.PushedRequest) error {
	return tx.Rows(ctx).Create(row).Error
}

func pushedByHash(ctx context.Context, r store.Reader, hash []byte) (*models.PushedRequest, error) {
	var row models.PushedRequest
	if err := r.Read(ctx).Where("hash = ?", hash).Take(&row).Error; err != nil {
		return nil, err
	}
	return &row, nil
}

// usePushed marks a request as answered and reports whether this was the first
// time.
func usePushed(ctx context.Context, tx *store.Tx, hash []byte, at models.Time) (bool, error) {
	done := tx.Rows(ctx).Model(&models.PushedRequest{}).Where("hash = ? AND used_at IS NULL", hash).
		Updates(map[string]any{"used_at": at})
	return done.RowsAffected == 1, done.Error
}

func sweepPushed(ctx context.Context, tx *store.Tx, before models.Time) (int64, error) {
	var over []models.PushedRequest
	err := tx.Rows(ctx).Select("tenant_id", "hash").Where("expires_at < ?", before).Limit(sweepBatch).Find(&over).Error
	if err != nil {
		return 0, err
	}
	for i := range over {
		err := tx.Rows(ctx).Where("tenant_id = ? AND hash = ?", over[i].TenantID, over[i].Hash).Delete(&models.PushedRequest{}).Error
		if err != nil {
			return 0, err
		}
	}
	return int64(len(over)), nil
}

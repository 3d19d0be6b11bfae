package replays

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

// sweepBatch bounds one sweep, so that it holds its locks for a moment only.
const sweepBatch = 1000

func insert(ctx context.Context, tx *store.Tx, row *models.Replay) error {
	return tx.Rows(ctx).Create(row).Error
}

func sweep(ctx context.Context, tx *store.Tx, now models.Time) (int64, error) {
	var over []models.Replay
	err := tx.Rows(ctx).Where("expires_at <= ?", now).Limit(sweepBatch).Find(&over).Error
	if err != nil {
		return 0, err
	}
	for i := range over {
		err := tx.Rows(ctx).Where("tenant_id = ? AND kind = ? AND hash = ?", over[i].TenantID, over[i].Kind, over[i].Hash).
			Delete(&models.Replay{}).Error
		if err != nil {
			return 0, err
		}
	}
	return int64(len(over)), nil
}

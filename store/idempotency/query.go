package idempotency

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

func find(ctx context.Context, r store.Reader, q Request) (models.Idempotency, error) {
	var row models.Idempotency
	err := r.Read(ctx).Where(map[string]any{"principal": q.Principal, "key": q.Key}).Take(&row).Error
	return row, err
}

// replace inserts the row in place of one that is too old.
func replace(ctx context.Context, tx *store.Tx, tooOld models.Time, row *models.Idempotency) error {
	err := tx.Rows(ctx).Where(map[string]any{"principal": row.Principal, "key": row.Key}).
		Where("created_at < ?", tooOld).Delete(&models.Idempotency{}).Error
	if err != nil {
		return err
	}
	return tx.Rows(ctx).Create(row).Error
}

func sweep(ctx context.Context, tx *store.Tx, tooOld models.Time, limit int) (int64, error) {
	var old []models.Idempotency
	err := tx.Rows(ctx).Select("tenant_id", "principal", "key").Where("created_at < ?", tooOld).Limit(limit).Find(&old).Error
	if err != nil || len(old) == 0 {
		return 0, err
	}
	keys := make([]string, len(old))
	for i := range old {
		keys[i] = old[i].Key
	}
	// Another's answer under the same key goes too, if it is too old.
	gone := tx.Rows(ctx).Where(map[string]any{"key": keys}).Where("created_at < ?", tooOld).Delete(&models.Idempotency{})
	return gone.RowsAffected, gone.Error
}

package throttle

import (
	"context"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

// count adds each row's count to its counter, or begins it anew where its window
// is over, and reads the results back into rows. Nothing comes after it in its transaction.
func count(ctx context.Context, tx *store.Tx, rows []models.Counter, now models.Time) error {
	upsert := clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "key"}},
		DoUpdates: store.CountInWindow("counters", "count", "window_end", now),
	}
	return tx.Last(ctx).Clauses(upsert, clause.Returning{}).Create(&rows).Error
}

func find(ctx context.Context, r store.Reader, key string) (models.Counter, error) {
	var c models.Counter
	err := r.Read(ctx).Where(map[string]any{"key": key}).Take(&c).Error
	return c, err
}

func forget(ctx context.Context, tx *store.Tx, keys []string) error {
	return tx.Later(ctx).Where(map[string]any{"key": keys}).Delete(&models.Counter{}).Error
}

// takeBack lowers each counter by its row's count. It is an upsert as count is,
// since an update takes its rows' locks in an order of its own; a counter that was
// swept meanwhile comes back with a window that is over.
func takeBack(ctx context.Context, tx *store.Tx, rows []models.Counter) error {
	back := clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "key"}},
		DoUpdates: store.CountBack("counters", "count"),
	}
	for part := range store.Chunks(rows) {
		if err := tx.Later(ctx).Clauses(back).Create(&part).Error; err != nil {
			return err
		}
	}
	return nil
}

func sweep(ctx context.Context, tx *store.Tx, now models.Time, limit int) (int64, error) {
	var over []models.Counter
	err := tx.Rows(ctx).Where("window_end <= ?", now).Limit(limit).Find(&over).Error
	if err != nil || len(over) == 0 {
		return 0, err
	}
	keys := make([]string, len(over))
	for i := range over {
		keys[i] = over[i].Key
	}
	// Another tenant's counter of the same name goes too, if its window is over.
	gone := tx.Rows(ctx).Where(map[string]any{"key": keys}).Where("window_end <= ?", now).Delete(&models.Counter{})
	return gone.RowsAffected, gone.Error
}

package tokens

import (
	"context"

	"gorm.io/gorm"

	"gatehouse/models"
	"gatehouse/store"
)

// of narrows rows to those of an application; an empty id does not.
func of(db *gorm.DB, column, id string) *gorm.DB {
	if id == "" {
		return db
	}
	return db.Where(map[string]any{column: id})
}

// forgetPending lets requests of devices end that were allowed and not yet
// answered. Codes see the cutoff themselves.
func forgetPending(ctx context.Context, tx *store.Tx, applicationID string, now models.Time) error {
	for _, row := range []any{&models.DeviceCode{}, &models.BackchannelRequest{}} {
		err := of(tx.Rows(ctx).Model(row), "application_id", applicationID).Where("status = ? AND expires_at > ?", models.RequestAllowed, now).
			Updates(map[string]any{"expires_at": now}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// countFamilies counts living families, up to most.
func countFamilies(ctx context.Context, r store.Reader, applicationID string, now models.Time, most int) (int, error) {
	var rows []models.DeadFamily
	err := of(r.Read(ctx).Model(&models.Family{}), "application_id", applicationID).Select("tenant_id", "id").
		Where("revoked_at IS NULL AND expires_at > ?", now).Limit(most).Find(&rows).Error
	return len(rows), err
}

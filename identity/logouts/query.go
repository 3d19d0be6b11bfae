package logouts

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

func insert(ctx context.Context, tx *store.Tx, rows []models.LogoutNotice) error {
	for part := range store.Chunks(rows) {
		if err := tx.Rows(ctx).Create(&part).Error; err != nil {
			return err
		}
	}
	return nil
}

func byID(ctx context.Context, r store.Reader, id string) (*models.LogoutNotice, error) {
	var n models.LogoutNotice
	if err := r.Read(ctx).Where("id = ?", id).Take(&n).Error; err != nil {
		return nil, err
	}
	return &n, nil
}

// due lists the notices whose time has come, the longest waiting first.
func due(ctx context.Context, r store.Reader, now models.Time, limit int) ([]models.LogoutNotice, error) {
	var rows []models.LogoutNotice
	err := r.Read(ctx).Where("status = ?", models.LogoutWaiting).Where("next_at <= ?", now).
		Order("next_at").Limit(limit).Find(&rows).Error
	return rows, err
}

func ofSession(ctx context.Context, r store.Reader, sessionID string) ([]models.LogoutNotice, error) {
	var rows []models.LogoutNotice
	err := r.Read(ctx).Where("session_id = ?", sessionID).Order("id").Limit(largest).Find(&rows).Error
	return rows, err
}

// largest bounds the notices of one session.
const largest = 1000

// move changes a notice that is still as it was read, and reports whether it
// was.
func move(ctx context.Context, tx *store.Tx, n *models.LogoutNotice, set map[string]any) (bool, error) {
	done := tx.Rows(ctx).Model(&models.LogoutNotice{}).
		Where("id = ? AND status = ? AND attempts = ?", n.ID, n.Status, n.Attempts).Updates(set)
	return done.RowsAffected == 1, done.Error
}

func list(ctx context.Context, r store.Reader, f Filter, before string, limit int) ([]models.LogoutNotice, error) {
	db := r.Read(ctx)
	for column, value := range map[string]string{
		"session_id": f.SessionID, "user_id": f.UserID, "application_id": f.ApplicationID, "status": string(f.Status),
	} {
		if value != "" {
			db = db.Where(map[string]any{column: value})
		}
	}
	if before != "" {
		db = db.Where("id < ?", before)
	}
	var rows []models.LogoutNotice
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// sweepBatch bounds one sweep, so that it holds its locks for a moment only.
const sweepBatch = 500

func sweep(ctx context.Context, tx *store.Tx, longAgo models.Time) (int64, error) {
	var over []models.LogoutNotice
	err := tx.Rows(ctx).Select("tenant_id", "id").Where("created_at < ?", longAgo).Limit(sweepBatch).Find(&over).Error
	if err != nil {
		return 0, err
	}
	for i := range over {
		err := tx.Rows(ctx).Where("tenant_id = ? AND id = ?", over[i].TenantID, over[i].ID).Delete(&models.LogoutNotice{}).Error
		if err != nil {
			return 0, err
		}
	}
	return int64(len(over)), nil
}

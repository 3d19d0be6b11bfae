package tokens

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

func insertBackchannel(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest) error {
	return tx.Rows(ctx).Create(b).Error
}

func backchannelByID(ctx context.Context, r store.Reader, id string) (*models.BackchannelRequest, error) {
	var b models.BackchannelRequest
	if err := r.Read(ctx).Where("id = ?", id).Take(&b).Error; err != nil {
		return nil, err
	}
	return &b, nil
}

// mostWaiting bounds how many requests are listed.
const mostWaiting = 100

func backchannels(ctx context.Context, r store.Reader, userID string, now models.Time) ([]models.BackchannelRequest, error) {
	db := r.Read(ctx).Where("status = ? AND expires_at > ?", models.RequestPending, now)
	if userID != "" {
		db = db.Where("user_id = ?", userID)
	}
	var rows []models.BackchannelRequest
	err := db.Order("id DESC").Limit(mostWaiting).Find(&rows).Error
	return rows, err
}

// moveBackchannel changes a request that is still in the state and in time, and
// reports whether it was.
func moveBackchannel(
	ctx context.Context, tx *store.Tx, id string, from models.RequestStatus, set map[string]any, now models.Time,
) (bool, error) {
	done := tx.Rows(ctx).Model(&models.BackchannelRequest{}).Where("id = ? AND status = ? AND expires_at > ?", id, from, now).Updates(set)
	return done.RowsAffected == 1, done.Error
}

func stampBackchannel(ctx context.Context, tx *store.Tx, id string, interval int, at models.Time) error {
	return tx.Rows(ctx).Model(&models.BackchannelRequest{}).Where("id = ?", id).
		Updates(map[string]any{"interval_seconds": interval, "polled_at": at}).Error
}

// deliveryBatch bounds how much one turn takes on.
const deliveryBatch = 20

func dueBackchannels(ctx context.Context, r store.Reader, now models.Time) ([]models.BackchannelRequest, error) {
	var rows []models.BackchannelRequest
	err := r.Read(ctx).Where("notify_at <= ?", now).Order("notify_at").Limit(deliveryBatch).Find(&rows).Error
	return rows, err
}

// claimBackchannel puts the next try off to until and reports whether nobody
// else had done so.
func claimBackchannel(ctx context.Context, tx *store.Tx, b *models.BackchannelRequest, until models.Time) (bool, error) {
	done := tx.Rows(ctx).Model(&models.BackchannelRequest{}).
		Where("tenant_id = ? AND id = ? AND notify_at = ?", b.TenantID, b.ID, b.NotifyAt).
		Updates(map[string]any{"notify_at": until, "notify_tries": b.NotifyTries + 1})
	return done.RowsAffected == 1, done.Error
}

func notifyBackchannel(ctx context.Context, tx *store.Tx, id string, at models.Time) error {
	return tx.Rows(ctx).Model(&models.BackchannelRequest{}).Where("id = ?", id).Updates(map[string]any{"notify_at": at}).Error
}

// sweepBackchannels deletes requests that are over and of which nobody has to
// be told any more.
func sweepBackchannels(ctx context.Context, tx *store.Tx, now models.Time) (int64, error) {
	gone := tx.Rows(ctx).Where("expires_at < ? AND notify_at IS NULL", now).Delete(&models.BackchannelRequest{})
	return gone.RowsAffected, gone.Error
}

package tokens

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

func insertDevice(ctx context.Context, tx *store.Tx, d *models.DeviceCode) error {
	return tx.Rows(ctx).Create(d).Error
}

func deviceByHash(ctx context.Context, r store.Reader, hash []byte) (*models.DeviceCode, error) {
	var d models.DeviceCode
	if err := r.Read(ctx).Where("hash = ?", hash).Take(&d).Error; err != nil {
		return nil, err
	}
	return &d, nil
}

func deviceByUserCode(ctx context.Context, r store.Reader, mac []byte) (*models.DeviceCode, error) {
	var d models.DeviceCode
	if err := r.Read(ctx).Where("user_code = ?", mac).Take(&d).Error; err != nil {
		return nil, err
	}
	return &d, nil
}

func deviceByID(ctx context.Context, r store.Reader, id string) (*models.DeviceCode, error) {
	var d models.DeviceCode
	if err := r.Read(ctx).Where("id = ?", id).Take(&d).Error; err != nil {
		return nil, err
	}
	return &d, nil
}

// moveDevice changes a request that is still in the state and in time, and
// reports whether it was.
func moveDevice(
	ctx context.Context, tx *store.Tx, id string, from models.RequestStatus, set map[string]any, now models.Time,
) (bool, error) {
	done := tx.Rows(ctx).Model(&models.DeviceCode{}).Where("id = ? AND status = ? AND expires_at > ?", id, from, now).Updates(set)
	return done.RowsAffected == 1, done.Error
}

func stampDevice(ctx context.Context, tx *store.Tx, id string, interval int, at models.Time) error {
	return tx.Rows(ctx).Model(&models.DeviceCode{}).Where("id = ?", id).
		Updates(map[string]any{"interval_seconds": interval, "polled_at": at}).Error
}

// sweepDevices deletes requests of devices that are over.
func sweepDevices(ctx context.Context, tx *store.Tx, now models.Time) (int64, error) {
	gone := tx.Rows(ctx).Where("expires_at < ?", now).Delete(&models.DeviceCode{})
	return gone.RowsAffected, gone.Error
}

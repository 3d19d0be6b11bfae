package tokens

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

// met makes a change that met no row one that found none.
func met(done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return gorm.ErrRecordNotFound
	}
	return done.Error
}

// The lookups of every request that has a token.
var (
	byID         = store.By[models.Family]("id")
	lifeByID     = byID.Only("tenant_id", "id", "user_id", "session_id", "expires_at", "revoked_at")
	revokedAmong = store.Among[models.RevokedToken]("jti")
)

func insertFamily(ctx context.Context, tx *store.Tx, f *models.Family) error {
	return tx.Later(ctx).Create(f).Error
}

func familyByID(ctx context.Context, r store.Reader, id string) (*models.Family, error) {
	var f models.Family
	if err := byID.Take(ctx, r, &f, id); err != nil {
		return nil, err
	}
	return &f, nil
}

// lifeOf asks for what says whether a family holds.
func lifeOf(id string, f *models.Family) *store.Question {
	return lifeByID.About(f, id)
}

// condition is a column and its value.
type condition struct {
	column string
	value  any
}

func (c condition) on(db *gorm.DB) *gorm.DB { return db.Where(c.column+" = ?", c.value) }

func gaveFamily(ctx context.Context, r store.Reader, code []byte) (bool, error) {
	var rows []models.Family
	err := r.Read(ctx).Select("tenant_id", "id").Where("redeemed = ?", code).Limit(1).Find(&rows).Error
	return len(rows) > 0, err
}

func familiesOf(ctx context.Context, r store.Reader, userID string, limit int) ([]models.Family, error) {
	var rows []models.Family
	err := r.Read(ctx).Omit("secret", "code_hash", "redeemed").Where("user_id = ?", userID).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// familiesNaming are the newest grants in force whose resources hold a text.
func familiesNaming(ctx context.Context, r store.Reader, text string, at models.Time, limit int) ([]models.Family, error) {
	var rows []models.Family
	err := r.Read(ctx).Select("ID", "ApplicationID", "UserID", "Resource", "RotatedAt").
		Where("revoked_at IS NULL AND expires_at > ? AND resource LIKE ? ESCAPE '!'", at, store.Holding(text)).
		Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// advance moves a family that is alive to its next generation, if it is still at
// this one; else it is not found.
func advance(ctx context.Context, tx *store.Tx, id string, generation int64, at models.Time) (*models.Family, error) {
	var f models.Family
	done := tx.Rows(ctx).Model(&f).Clauses(clause.Returning{}).
		Where("id = ? AND generation = ? AND revoked_at IS NULL AND expires_at > ?", id, generation, at).
		Where("rotated_at + idle_seconds * 1000000 > ?", at).
		Updates(map[string]any{"generation": generation + 1, "rotated_at": at})
	return &f, met(done)
}

// dwell notes that a family that is alive, and still at this generation, was
// used; else it is not found.
func dwell(ctx context.Context, tx *store.Tx, id string, generation int64, at models.Time) (*models.Family, error) {
	var f models.Family
	done := tx.Rows(ctx).Model(&f).Clauses(clause.Returning{}).
		Where("id = ? AND generation = ? AND revoked_at IS NULL AND expires_at > ?", id, generation, at).
		Where("rotated_at + idle_seconds * 1000000 > ?", at).
		Updates(map[string]any{"rotated_at": at})
	return &f, met(done)
}

func openFamilies(ctx context.Context, r store.Reader, where []condition) ([]models.Family, error) {
	db := r.Read(ctx).Omit("secret").Where("revoked_at IS NULL")
	for _, c := range where {
		db = c.on(db)
	}
	var rows []models.Family
	err := db.Find(&rows).Error
	return rows, err
}

func revoke(ctx context.Context, tx *store.Tx, ids []string, at models.Time, why string) error {
	for part := range store.Chunks(ids) {
		err := tx.Rows(ctx).Model(&models.Family{}).Where(map[string]any{"id": part}).Where("revoked_at IS NULL").
			Updates(map[string]any{"revoked_at": at, "revoke_reason": why}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func insertRevoked(ctx context.Context, tx *store.Tx, row *models.RevokedToken) error {
	return tx.Rows(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(row).Error
}

// revocations asks for the rows under these names.
func revocations(rows *[]models.RevokedToken, names ...string) *store.Question {
	return revokedAmong.About(rows, names...)
}

func upsertCutoff(ctx context.Context, tx *store.Tx, row *models.RevokedToken) error {
	return tx.Rows(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "jti"}},
		DoUpdates: clause.AssignmentColumns([]string{"issued_before", "expires_at"}),
	}).Create(row).Error
}

// sweepBatch bounds how long one sweep holds its locks.
const sweepBatch = 500

// sweep deletes what is over. Families of the past are swept without an event:
// their end was recorded.
func sweep(ctx context.Context, tx *store.Tx, now, longAgo models.Time) (int64, error) {
	if err := tx.Rows(ctx).Where("expires_at < ?", now).Delete(&models.Code{}).Error; err != nil { // of former versions
		return 0, err
	}
	gone := tx.Rows(ctx).Where("expires_at < ?", now).Delete(&models.RevokedToken{})
	if gone.Error != nil {
		return 0, gone.Error
	}
	dead, err := sweepFamilies(ctx, tx, longAgo)
	return gone.RowsAffected + dead, err
}

func sweepFamilies(ctx context.Context, tx *store.Tx, longAgo models.Time) (int64, error) {
	var over []models.DeadFamily
	err := tx.Rows(ctx).Where("expires_at < ?", longAgo).Limit(sweepBatch).Find(&over).Error
	if err != nil || len(over) == 0 {
		return 0, err
	}
	for i := range over {
		err := tx.Rows(ctx).Where("tenant_id = ? AND id = ?", over[i].TenantID, over[i].ID).Delete(&models.DeadFamily{}).Error
		if err != nil {
			return 0, err
		}
	}
	return int64(len(over)), nil
}

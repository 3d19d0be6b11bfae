package sessions

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

// The lookups of every request that has a session.
var (
	byID     = store.By[models.Session]("id")
	bySecret = store.By[models.Session]("secret_hash", "kind")
)

// holding asks for a session that stays as it is until the transaction ends.
func holding(into *models.Session, id string) *store.Question {
	return store.About(func(db *gorm.DB) *gorm.DB {
		return db.Clauses(clause.Locking{Strength: clause.LockingStrengthShare}).Where("id = ?", id).Take(into)
	})
}

func insert(ctx context.Context, tx *store.Tx, s *models.Session) error {
	return tx.Later(ctx).Create(s).Error
}

func findByID(ctx context.Context, r store.Reader, id string) (*models.Session, error) {
	var s models.Session
	if err := byID.Take(ctx, r, &s, id); err != nil {
		return nil, err
	}
	return &s, nil
}

// seen stamps the session's last use, which is not recorded.
func seen(ctx context.Context, tx *store.Tx, id string, at models.Time) error {
	return tx.Rows(ctx).Model(&models.SessionUse{}).Where("id = ? AND last_seen_at < ?", id, at).
		Updates(map[string]any{"last_seen_at": at}).Error
}

// choose stamps a choice, and the use that it is.
func choose(ctx context.Context, tx *store.Tx, id string, at models.Time) error {
	return tx.Rows(ctx).Model(&models.Session{}).Where(map[string]any{"id": id}).
		Updates(map[string]any{"chosen_at": at, "last_seen_at": at}).Error
}

func unended(ctx context.Context, tx *store.Tx, where map[string]any) ([]models.Session, error) {
	db := tx.Rows(ctx).Where("ended_at IS NULL")
	if len(where) > 0 {
		db = db.Where(where)
	}
	var open []models.Session
	err := db.Order("id").Find(&open).Error
	return open, err
}

// unendedUntil are a session and those of its line from before.
func unendedUntil(ctx context.Context, tx *store.Tx, s *models.Session) ([]models.Session, error) {
	var open []models.Session
	err := tx.Rows(ctx).Where("user_id = ? AND ended_at IS NULL", s.UserID).
		Where("id = ? OR id < ? AND line = ? AND line <> '' OR id = ?", s.ID, s.ID, s.Line, s.Line).Order("id").Find(&open).Error
	return open, err
}

func finish(ctx context.Context, tx *store.Tx, ids []string, at models.Time, why string) error {
	for part := range store.Chunks(ids) {
		err := tx.Rows(ctx).Model(&models.Session{}).Where(map[string]any{"id": part}).Where("ended_at IS NULL").
			Updates(map[string]any{"ended_at": at, "end_reason": why}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func find(
	ctx context.Context, r store.Reader, f Filter, now models.Time, before string, limit int,
) ([]models.Session, error) {
	db := r.Read(ctx)
	if f.UserID != "" {
		db = db.Where(map[string]any{"user_id": f.UserID})
	}
	if f.Kind != "" {
		db = db.Where(map[string]any{"kind": f.Kind})
	}
	if f.Live {
		db = db.Where("ended_at IS NULL").Where("expires_at > ?", now)
	}
	if before != "" {
		db = db.Where("id < ?", before)
	}
	var rows []models.Session
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// count counts sessions that were not ended and are not too old, up to most.
func count(ctx context.Context, r store.Reader, now models.Time, most int) (int, error) {
	var rows []models.SessionUse
	err := r.Read(ctx).Model(&models.Session{}).Select("tenant_id", "id").
		Where("ended_at IS NULL AND expires_at > ?", now).Limit(most).Find(&rows).Error
	return len(rows), err
}

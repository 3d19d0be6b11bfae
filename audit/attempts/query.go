package attempts

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/audit"
	"gatehouse/models"
	"gatehouse/store"
)

func insert(ctx context.Context, tx *store.Tx, a *models.Attempt) error {
	return tx.Later(ctx).Create(a).Error
}

func findBy(ctx context.Context, r store.Reader, column, value string) (models.Attempt, error) {
	var a models.Attempt
	err := r.Read(ctx).Where(map[string]any{column: value}).Order("id DESC").Limit(1).Take(&a).Error
	return a, err
}

func find(ctx context.Context, r store.Reader, f Filter, before string, limit int) ([]models.Attempt, error) {
	db := r.Read(ctx)
	if f.Outcome == audit.Failure {
		db = failed(db)
	}
	for column, value := range map[string]string{
		"user_id": f.UserID, "application_id": f.ApplicationID, "client_id": f.ClientID, "outcome": f.Outcome,
		"reason": f.Reason, "kind": f.Kind, "ip": f.IP, "request_id": f.RequestID,
	} {
		if value != "" {
			db = db.Where(map[string]any{column: value})
		}
	}
	if before != "" {
		db = db.Where("id < ?", before)
	}
	var rows []models.Attempt
	err := during(db, f.From, f.To).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// failed says beside the outcome what its index holds, which the database does not
// find out from a value.
func failed(db *gorm.DB) *gorm.DB {
	return db.Where("outcome = ? AND outcome <> 'success'", audit.Failure)
}

// oldest lists the ids and times of so many attempts, the oldest first.
func oldest(ctx context.Context, r store.Reader, limit int) ([]models.Attempt, error) {
	var rows []models.Attempt
	err := r.Read(ctx).Select("id", "at").Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// removeUntil deletes the attempts up to an id which are from before a time.
func removeUntil(ctx context.Context, tx *store.Tx, id string, before models.Time) (int64, error) {
	gone := tx.Rows(ctx).Where("id <= ? AND at < ?", id, before).Delete(&models.Attempt{})
	return gone.RowsAffected, gone.Error
}

func during(db *gorm.DB, from, to time.Time) *gorm.DB {
	if !from.IsZero() {
		db = db.Where("id >= ? AND at >= ?", store.IDAt(from.Add(-audit.Slack)), models.At(from))
	}
	if !to.IsZero() {
		db = db.Where("at < ?", models.At(to))
	}
	return db
}

func signIns(ctx context.Context, r store.Reader, from, to time.Time) *gorm.DB {
	return during(r.Read(ctx).Model(&models.Attempt{}).Where(map[string]any{"kind": SignIn}), from, to)
}

type dayCount struct {
	Day     int64
	Outcome string
	Count   int64
}

func countByDay(ctx context.Context, r store.Reader, from, to time.Time) ([]dayCount, error) {
	var counts []dayCount
	err := signIns(ctx, r, from, to).
		Select("at / 86400000000 AS day, outcome, count(*) AS count").Group("day, outcome").Scan(&counts).Error
	return counts, err
}

func countUsers(ctx context.Context, r store.Reader, from, to time.Time) (int64, error) {
	var n int64
	let := r.Read(ctx).Model(&models.Attempt{}).Where(map[string]any{"kind": []string{SignIn, SignUp}})
	err := during(let, from, to).Where("outcome = ? AND user_id <> ?", audit.Success, "").
		Distinct("user_id").Count(&n).Error
	return n, err
}

func countIdentified(ctx context.Context, r store.Reader, from, to time.Time) (int64, error) {
	var n int64
	err := signIns(ctx, r, from, to).Where("user_id <> ?", "").Count(&n).Error
	return n, err
}

func countReasons(ctx context.Context, r store.Reader, from, to time.Time, limit int) ([]ReasonCount, error) {
	counts := []ReasonCount{}
	err := failed(signIns(ctx, r, from, to)).
		Select("reason, count(*) AS count").Group("reason").Order("count DESC, reason").Limit(limit).Scan(&counts).Error
	return counts, err
}

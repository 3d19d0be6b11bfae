package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

func insertPending(ctx context.Context, tx *store.Tx, rows []models.PendingEvent) error {
	for part := range store.Chunks(rows) {
		if err := tx.Later(ctx).Create(&part).Error; err != nil {
			return err
		}
	}
	return nil
}

// filtered adds the filter's conditions.
func (f Filter) filtered(db *gorm.DB) *gorm.DB {
	for column, value := range map[string]string{
		"user_id": f.UserID, "target_id": f.TargetID, "application_id": f.ApplicationID, "actor_id": f.ActorID,
		"outcome": f.Outcome, "request_id": f.RequestID, "via": f.Via, "reason": f.Reason, "attempt_id": f.AttemptID,
	} {
		if value != "" {
			db = db.Where(map[string]any{column: value})
		}
	}
	if f.Action != "" {
		db = doing(db, startingWith(f.Action))
	}
	if !f.From.IsZero() {
		db = db.Where("at >= ?", models.At(f.From))
	}
	if !f.To.IsZero() {
		db = db.Where("at < ?", models.At(f.To))
	}
	return db
}

// doing is for events of some actions. Not LIKE: equality uses the index whatever
// the database's collation.
func doing(db *gorm.DB, actions []string) *gorm.DB {
	db = db.Where(map[string]any{"action": actions})
	if slices.Contains(actions, TokenIssued) { // which events_by_action does not hold
		return db
	}
	return db.Where("action <> '" + TokenIssued + "'")
}

func startingWith(prefix string) []string {
	return slices.DeleteFunc(Actions(), func(a string) bool { return !strings.HasPrefix(a, prefix) })
}

func findPending(ctx context.Context, r store.Reader, f Filter, before string, limit int) ([]models.PendingEvent, error) {
	var rows []models.PendingEvent
	err := newest(f.filtered(r.Read(ctx)), before, limit).Find(&rows).Error
	return rows, err
}

// findSealed may return more than the limit.
func findSealed(ctx context.Context, r store.Reader, f Filter, before string, limit int) ([]models.Event, error) {
	var rows []models.Event
	for _, p := range f.parts() {
		var found []models.Event
		if err := newest(f.filtered(r.Read(ctx)).Where(p.sql, p.args...), before, limit).Find(&found).Error; err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// part is a part of the log.
type part struct {
	sql  string
	args []any
}

// parts hold together all events of the filter, each once, and each has an index of
// them. They say what their indexes hold, which the database does not find out from
// values. No user has the id of an application.
func (f Filter) parts() []part {
	switch {
	case f.UserID != "":
		return []part{{sql: "user_id <> ''"}}
	case f.TargetID != "":
		return []part{{sql: "target_id <> user_id"}, {"user_id = ? AND user_id <> ''", []any{f.TargetID}}}
	case f.ApplicationID != "":
		return []part{
			{sql: "application_id <> '' AND application_id <> target_id"},
			{"target_id = ? AND target_id <> user_id", []any{f.ApplicationID}},
		}
	default:
		return []part{{}}
	}
}

func newest(db *gorm.DB, before string, limit int) *gorm.DB {
	if before != "" {
		db = db.Where("id < ?", before)
	}
	return db.Order("id DESC").Limit(limit)
}

// countSessions counts the distinct sessions that the rows of a model name.
func countSessions(ctx context.Context, r store.Reader, model any, f Filter) (int64, error) {
	var n int64
	err := f.filtered(r.Read(ctx).Model(model)).Where("id >= ?", store.IDAt(f.From.Add(-Slack))).
		Where("session_id <> ?", "").Distinct("session_id").Count(&n).Error
	return n, err
}

// head reads the end of the chain.
func head(ctx context.Context, r store.Reader) (models.AuditHead, error) {
	var h models.AuditHead
	err := r.Read(ctx).Where("id = ?", 1).Take(&h).Error
	return h, err
}

// lead makes holder the one that seals, if nobody else is, and says whether
// it worked. Its epoch fences off whoever held the lease before.
func lead(ctx context.Context, tx *store.Tx, h models.AuditHead, holder string, until models.Time) (bool, error) {
	change := tx.Rows(ctx).Model(&models.AuditHead{}).Where("id = ? AND epoch = ?", 1, h.Epoch).
		Updates(map[string]any{"epoch": h.Epoch + 1, "holder": holder, "lease_until": until})
	return change.RowsAffected == 1, change.Error
}

// release ends a lease before its time.
func release(ctx context.Context, tx *store.Tx, epoch int64) error {
	return tx.Rows(ctx).Model(&models.AuditHead{}).Where("id = ? AND epoch = ?", 1, epoch).
		Updates(map[string]any{"lease_until": models.Time{}}).Error
}

// oldestPending lists the next events to seal, from an id on.
func oldestPending(ctx context.Context, tx *store.Tx, from string, limit int) ([]models.PendingEvent, error) {
	var rows []models.PendingEvent
	err := tx.Rows(ctx).Where("id >= ?", from).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// deletePending takes away the pending rows of events that are sealed now.
func deletePending(ctx context.Context, tx *store.Tx, sealed []models.Event) error {
	for part := range store.Chunks(sealed) {
		ids := make([]string, len(part)) // unique over all tenants
		for i := range part {
			ids[i] = part[i].ID
		}
		gone := tx.Rows(ctx).Where(map[string]any{"id": ids}).Delete(&models.PendingEvent{})
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected != int64(len(part)) {
			return fmt.Errorf("audit: %d of %d sealed events were pending", gone.RowsAffected, len(part))
		}
	}
	return nil
}

// lengthen puts events behind the end that the head is thought to have, and
// prolongs the lease. Where the log ends elsewhere, or another node leads, the
// transaction fails (store.Missing).
func lengthen(ctx context.Context, tx *store.Tx, end models.AuditHead, until models.Time, sealed []models.Event) error {
	number := store.PlusIf("number", int64(len(sealed)), clause.Eq{Column: "epoch", Value: end.Epoch}, clause.Eq{Column: "number", Value: end.Number})
	err := tx.Later(ctx).Model(&models.AuditHead{}).Where("id = ?", 1).
		Updates(map[string]any{"number": number, "hash": sealed[len(sealed)-1].Hash, "lease_until": until}).Error
	if err != nil {
		return err
	}
	for part := range store.Chunks(sealed) {
		if err := tx.Later(ctx).Create(&part).Error; err != nil {
			return err
		}
	}
	return nil
}

// From lists sealed events of the reader's scope from a number on, in order:
// how watchers read the log.
func From(ctx context.Context, r store.Reader, number int64, limit int) ([]models.Event, error) {
	var rows []models.Event
	err := r.Read(ctx).Where("number >= ?", number).Order("number").Limit(limit).Find(&rows).Error
	return rows, err
}

// leavesFrom lists the numbers and hashes of sealed events from a number on, in
// order.
func leavesFrom(ctx context.Context, r store.Reader, number int64, limit int) ([]models.Event, error) {
	var rows []models.Event
	err := r.Read(ctx).Select("number", "hash").Where("number >= ?", number).Order("number").Limit(limit).Find(&rows).Error
	return rows, err
}

// waiting counts the events that are not sealed yet, up to a bound.
func waiting(ctx context.Context, r store.Reader, atMost int) (int, error) {
	var ids []string
	err := r.Read(ctx).Model(&models.PendingEvent{}).Limit(atMost).Pluck("id", &ids).Error
	return len(ids), err
}

package users

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"gatehouse/identity/credentials"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// The lookups of every sign-in.
var (
	byID    = store.By[models.User]("id")
	byValue = store.By[models.Identifier]("value")
	// passwordOf is the password of whoever has an identifier.
	passwordOf = credentials.Held(byValue.Only("user_id"))
)

func find(ctx context.Context, r store.Reader, id string) (*models.User, error) {
	var u models.User
	if err := byID.Take(ctx, r, &u, id); err != nil {
		return nil, err
	}
	return &u, nil
}

func identifier(ctx context.Context, r store.Reader, value string) (*models.Identifier, error) {
	var i models.Identifier
	if err := byValue.Take(ctx, r, &i, value); err != nil {
		return nil, err
	}
	return &i, nil
}

func active(ctx context.Context, r store.Reader, ids []string) ([]string, error) {
	var found []string
	for part := range store.Chunks(ids) {
		var some []string
		err := r.Read(ctx).Model(&models.User{}).Where(map[string]any{"id": part, "status": models.UserActive}).Pluck("id", &some).Error
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

func insert(ctx context.Context, tx *store.Tx, u *models.User) error {
	return tx.Rows(ctx).Create(u).Error
}

func insertIdentifiers(ctx context.Context, tx *store.Tx, rows []models.Identifier) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.Rows(ctx).Create(&rows).Error
}

// renameIdentifiers makes a user's names those that he has now.
func renameIdentifiers(ctx context.Context, tx *store.Tx, userID string, before, after []models.Identifier) error {
	has := func(rows []models.Identifier, i models.Identifier) bool {
		return slices.ContainsFunc(rows, func(r models.Identifier) bool { return r.Value == i.Value && r.Kind == i.Kind })
	}
	for _, old := range before {
		if has(after, old) {
			continue
		}
		if err := tx.Rows(ctx).Where("value = ? AND user_id = ?", old.Value, userID).Delete(&models.Identifier{}).Error; err != nil {
			return err
		}
	}
	return insertIdentifiers(ctx, tx, slices.DeleteFunc(slices.Clone(after), func(i models.Identifier) bool { return has(before, i) }))
}

func update(ctx context.Context, tx *store.Tx, u *models.User, version int64) error {
	done := tx.Rows(ctx).Model(&models.User{}).Where("id = ? AND version = ?", u.ID, version).
		Select("Username", "Status", "Email", "EmailVerified", "PhoneNumber", "PhoneVerified", "SearchName", "SearchFamily", "Claims",
			"Version", "UpdatedAt").Updates(u)
	if done.Error == nil && done.RowsAffected == 0 {
		return reason.New(reason.VersionStale)
	}
	return done.Error
}

func remove(ctx context.Context, tx *store.Tx, id string) error {
	return tx.Rows(ctx).Where("id = ?", id).Delete(&models.User{}).Error
}

func search(ctx context.Context, r store.Reader, f Filter, before string, limit int) ([]models.User, error) {
	db := r.Read(ctx)
	if f.Query != "" {
		db = matching(ctx, r, db, f.Query)
	}
	if f.Status != "" {
		db = db.Where("status = ?", f.Status)
	}
	if f.Kind != "" {
		db = db.Where("kind = ?", f.Kind)
	}
	if f.Verified != nil {
		db = db.Where("email_verified = ?", *f.Verified)
	}
	if before != "" {
		db = db.Where("id < ?", before)
	}
	var rows []models.User
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// matching narrows to users whose names begin with the query. Ranges are used,
// so that the indexes serve on both databases.
func matching(ctx context.Context, r store.Reader, db *gorm.DB, query string) *gorm.DB {
	from := Normalise(query)
	to := from + "\U0010FFFF"
	names := r.Read(ctx).Model(&models.Identifier{}).Select("user_id").Where("value >= ? AND value < ?", from, to)
	return db.Where("id = ? OR search_name >= ? AND search_name < ? OR search_family >= ? AND search_family < ? OR "+
		"lower(email) >= ? AND lower(email) < ? OR id IN (?)", query, from, to, from, to, from, to, names)
}

func countSince(ctx context.Context, r store.Reader, since models.Time, limit int) (int, error) {
	var ids []string
	err := r.Read(ctx).Model(&models.User{}).Where("id >= ? AND created_at >= ?", store.IDAt(since.Time), since).
		Limit(limit).Pluck("id", &ids).Error
	return len(ids), err
}

package applications

import (
	"context"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

func find(ctx context.Context, r store.Reader, where map[string]any) (*models.Application, error) {
	var a models.Application
	if err := r.Read(ctx).Where(where).Take(&a).Error; err != nil {
		return nil, err
	}
	return &a, nil
}

func list(ctx context.Context, r store.Reader, f Filter, after string, limit int) ([]models.Application, error) {
	db := r.Read(ctx).Where("name > ?", after)
	if f.Query != "" {
		begins := store.Prefix(f.Query)
		db = db.Where("name LIKE ? ESCAPE '!' OR lower(client_id) LIKE ? ESCAPE '!' OR lower(display_name) LIKE ? ESCAPE '!'",
			begins, begins, begins)
	}
	if f.Type != "" {
		db = db.Where("type = ?", f.Type)
	}
	if f.Status != "" {
		db = db.Where("status = ?", f.Status)
	}
	var rows []models.Application
	err := db.Order("name").Limit(limit).Find(&rows).Error
	return rows, err
}

// originRegistered looks for the origin, quoted, in the lists as text.
func originRegistered(ctx context.Context, r store.Reader, origin string) (bool, error) {
	var ids []string
	within := "%" + store.Prefix(`"`+origin+`"`)
	err := r.Read(ctx).Model(&models.Application{}).
		Where("status = ? AND CAST(allowed_origins AS TEXT) LIKE ? ESCAPE '!'", models.ApplicationActive, within).
		Limit(1).Pluck("id", &ids).Error
	return len(ids) > 0, err
}

func insert(ctx context.Context, tx *store.Tx, a *models.Application) error {
	return tx.Rows(ctx).Create(a).Error
}

func update(ctx context.Context, tx *store.Tx, a *models.Application, version int64) error {
	done := tx.Rows(ctx).Model(&models.Application{}).Where("id = ? AND version = ?", a.ID, version).
		Select("DisplayName", "Status", "ClientURI", "LogoID", "RedirectURIs", "PostLogoutRedirectURIs", "GrantTypes",
			"ResponseTypes", "AuthMethod", "Scope", "FirstParty", "RequirePKCE", "IDTokenAlg", "Options", "AllowedOrigins",
			"AccessTokenSeconds", "Version", "UpdatedAt").Updates(a)
	if done.Error == nil && done.RowsAffected == 0 {
		return reason.New(reason.VersionStale)
	}
	return done.Error
}

func remove(ctx context.Context, tx *store.Tx, id string) error {
	return tx.Rows(ctx).Where("id = ?", id).Delete(&models.Application{}).Error
}

func secrets(ctx context.Context, r store.Reader, applicationID string) ([]models.Secret, error) {
	var rows []models.Secret
	err := r.Read(ctx).Where("application_id = ?", applicationID).Order("id DESC").Find(&rows).Error
	return rows, err
}

func activeSecrets(ctx context.Context, r store.Reader, applicationID string, now models.Time) ([]models.Secret, error) {
	var rows []models.Secret
	err := r.Read(ctx).Where("application_id = ?", applicationID).
		Where("expires_at IS NULL OR expires_at > ?", now).Find(&rows).Error
	return rows, err
}

func secretByID(ctx context.Context, r store.Reader, applicationID, id string) (*models.Secret, error) {
	var row models.Secret
	if err := r.Read(ctx).Where("application_id = ? AND id = ?", applicationID, id).Take(&row).Error; err != nil {
		return nil, err
	}
	return &row, nil
}

func insertSecret(ctx context.Context, tx *store.Tx, row *models.Secret) error {
	return tx.Rows(ctx).Create(row).Error
}

func removeSecret(ctx context.Context, tx *store.Tx, id string) error {
	return tx.Rows(ctx).Where("id = ?", id).Delete(&models.Secret{}).Error
}

func consent(ctx context.Context, r store.Reader, userID, applicationID string) (*models.Consent, error) {
	var c models.Consent
	if err := consentBy.Take(ctx, r, &c, userID, applicationID); err != nil {
		return nil, err
	}
	return &c, nil
}

var consentBy = store.By[models.Consent]("user_id", "application_id")

func consents(ctx context.Context, r store.Reader, userID string) ([]models.Consent, error) {
	var rows []models.Consent
	err := r.Read(ctx).Where("user_id = ?", userID).Order("updated_at DESC").Limit(200).Find(&rows).Error
	return rows, err
}

// consentedTo are the applications that any user allowed something.
func consentedTo(ctx context.Context, r store.Reader) ([]string, error) {
	var ids []string
	err := r.Read(ctx).Model(&models.Consent{}).Distinct("application_id").Pluck("application_id", &ids).Error
	return ids, err
}

func keepConsent(ctx context.Context, tx *store.Tx, c *models.Consent) error {
	return tx.Rows(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "user_id"}, {Name: "application_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"scopes", "details", "updated_at"}),
	}).Create(c).Error
}

func removeConsent(ctx context.Context, tx *store.Tx, userID, applicationID string) error {
	return tx.Rows(ctx).Where("user_id = ? AND application_id = ?", userID, applicationID).Delete(&models.Consent{}).Error
}

package applications

import (
	"context"

	"gatehouse/models"
	"gatehouse/store"
)

func insertRegistration(ctx context.Context, tx *store.Tx, row *models.ClientRegistration) error {
	return tx.Rows(ctx).Create(row).Error
}

// countBy counts the applications that came from a source.
func countBy(ctx context.Context, r store.Reader, source string) (int64, error) {
	var n int64
	err := r.Read(ctx).Model(&models.ClientRegistration{}).Where("source = ?", source).Count(&n).Error
	return n, err
}

func registrationOf(ctx context.Context, r store.Reader, applicationID string) (*models.ClientRegistration, error) {
	var row models.ClientRegistration
	if err := r.Read(ctx).Where("application_id = ?", applicationID).Take(&row).Error; err != nil {
		return nil, err
	}
	return &row, nil
}

// rotateRegistration puts a token in another's place, and reports whether that
// was still the one.
func rotateRegistration(ctx context.Context, tx *store.Tx, applicationID string, from, to []byte) (bool, error) {
	done := tx.Rows(ctx).Model(&models.ClientRegistration{}).Where("application_id = ? AND hash = ?", applicationID, from).
		Updates(map[string]any{"hash": to})
	return done.RowsAffected == 1, done.Error
}

func insertInitialToken(ctx context.Context, tx *store.Tx, row *models.InitialToken) error {
	return tx.Rows(ctx).Create(row).Error
}

func initialTokens(ctx context.Context, r store.Reader) ([]models.InitialToken, error) {
	var rows []models.InitialToken
	err := r.Read(ctx).Order("id DESC").Limit(maxInitialTokens).Find(&rows).Error
	return rows, err
}

func initialToken(ctx context.Context, r store.Reader, where string, value any) (*models.InitialToken, error) {
	var row models.InitialToken
	if err := r.Read(ctx).Where(where+" = ?", value).Take(&row).Error; err != nil {
		return nil, err
	}
	return &row, nil
}

// useInitialToken counts a use and reports whether nobody else counted one
// meanwhile.
func useInitialToken(ctx context.Context, tx *store.Tx, row *models.InitialToken) (bool, error) {
	done := tx.Rows(ctx).Model(&models.InitialToken{}).Where("id = ? AND uses = ?", row.ID, row.Uses).
		Updates(map[string]any{"uses": row.Uses + 1})
	return done.RowsAffected == 1, done.Error
}

func removeInitialToken(ctx context.Context, tx *store.Tx, id string) error {
	return tx.Rows(ctx).Where("id = ?", id).Delete(&models.InitialToken{}).Error
}

func renewRegistration(ctx context.Context, tx *store.Tx, applicationID string, at models.Time) error {
	return tx.Rows(ctx).Model(&models.ClientRegistration{}).Where("application_id = ?", applicationID).
		Updates(map[string]any{"renew_at": at}).Error
}

// documents are the registrations by metadata document, the oldest first.
func documents(ctx context.Context, r store.Reader) ([]models.ClientRegistration, error) {
	var rows []models.ClientRegistration
	err := r.Read(ctx).Select("tenant_id", "application_id", "created_at").Where("source = ?", models.SourceDocument).
		Order("created_at").Limit(maxDocuments).Find(&rows).Error
	return rows, err
}

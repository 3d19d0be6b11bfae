package tenants

import (
	"context"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

func find(ctx context.Context, r store.Reader, where map[string]any) (*models.Tenant, error) {
	var t models.Tenant
	if err := r.Read(ctx).Where(where).Take(&t).Error; err != nil {
		return nil, err
	}
	return &t, nil
}

func findByHost(host string) question {
	return func(ctx context.Context, r store.Reader) (*models.Tenant, error) {
		var domain models.Domain
		if err := r.Read(ctx).Where("host = ? AND verified_at IS NOT NULL", host).Take(&domain).Error; err != nil {
			return nil, err
		}
		return find(ctx, r, map[string]any{"tenant_id": domain.TenantID})
	}
}

func list(ctx context.Context, r store.Reader, f Filter, after string, limit int) ([]models.Tenant, error) {
	db := r.Read(ctx).Where("name > ?", after)
	if f.Query != "" {
		begins := store.Prefix(f.Query)
		db = db.Where("name LIKE ? ESCAPE '!' OR lower(display_name) LIKE ? ESCAPE '!'", begins, begins)
	}
	if f.Status != "" {
		db = db.Where("status = ?", f.Status)
	}
	if f.IDs != nil {
		db = db.Where("tenant_id IN ?", f.IDs)
	}
	var rows []models.Tenant
	err := db.Order("name").Limit(limit).Find(&rows).Error
	return rows, err
}

func insert(ctx context.Context, tx *store.Tx, t *models.Tenant, b *models.Branding, logo *models.Image) error {
	if err := tx.Rows(ctx).Create(t).Error; err != nil {
		return err
	}
	if logo != nil {
		if err := keepImage(ctx, tx, logo); err != nil {
			return err
		}
	}
	return tx.Rows(ctx).Create(b).Error
}

func update(ctx context.Context, tx *store.Tx, t *models.Tenant, version int64) error {
	done := tx.Rows(ctx).Model(&models.Tenant{}).Where("version = ?", version).
		Select("DisplayName", "DefaultLocale", "Status", "Settings", "Version", "UpdatedAt").Updates(t)
	return oneRow(done.RowsAffected, done.Error)
}

func oneRow(n int64, err error) error {
	if err == nil && n == 0 {
		return reason.New(reason.VersionStale)
	}
	return err
}

func branding(ctx context.Context, r store.Reader) (*models.Branding, error) {
	var b models.Branding
	if err := r.Read(ctx).Take(&b).Error; err != nil {
		return nil, err
	}
	return &b, nil
}

func saveBranding(ctx context.Context, tx *store.Tx, b *models.Branding, version int64) error {
	if version == 0 {
		err := tx.Rows(ctx).Create(b).Error
		if store.Taken(err) {
			return reason.New(reason.VersionStale)
		}
		return err
	}
	done := tx.Rows(ctx).Model(&models.Branding{}).Where("version = ?", version).
		Select("Tokens", "LogoID", "Version", "UpdatedAt").Updates(b)
	return oneRow(done.RowsAffected, done.Error)
}

// keepImage stores a picture; its id is its content's, so that it may be there.
func keepImage(ctx context.Context, tx *store.Tx, i *models.Image) error {
	return tx.Rows(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(i).Error
}

func imageByID(ctx context.Context, r store.Reader, id string) (*models.Image, error) {
	var i models.Image
	if err := r.Read(ctx).Where("id = ?", id).Take(&i).Error; err != nil {
		return nil, err
	}
	return &i, nil
}

func domains(ctx context.Context, r store.Reader) ([]models.Domain, error) {
	var rows []models.Domain
	err := r.Read(ctx).Order("host").Find(&rows).Error
	return rows, err
}

func domainByID(ctx context.Context, r store.Reader, id string) (*models.Domain, error) {
	var domain models.Domain
	if err := r.Read(ctx).Where("id = ?", id).Take(&domain).Error; err != nil {
		return nil, err
	}
	return &domain, nil
}

func insertDomain(ctx context.Context, tx *store.Tx, domain *models.Domain) error {
	return tx.Rows(ctx).Create(domain).Error
}

func verified(ctx context.Context, tx *store.Tx, domain *models.Domain) error {
	return tx.Rows(ctx).Model(&models.Domain{}).Where("id = ?", domain.ID).
		Updates(map[string]any{"verified_at": domain.VerifiedAt}).Error
}

func deleteDomain(ctx context.Context, tx *store.Tx, id string) error {
	return tx.Rows(ctx).Where("id = ?", id).Delete(&models.Domain{}).Error
}

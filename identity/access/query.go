package access

import (
	"context"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

var forUpdate = clause.Locking{Strength: clause.LockingStrengthUpdate}

func assignments(ctx context.Context, r store.Reader) ([]models.RoleAssignment, error) {
	var rows []models.RoleAssignment
	err := r.Read(ctx).Order("id").Limit(10_000).Find(&rows).Error
	return rows, err
}

func assignmentsOf(ctx context.Context, r store.Reader, userID string) ([]models.RoleAssignment, error) {
	var rows []models.RoleAssignment
	err := r.Read(ctx).Where(map[string]any{"user_id": userID}).Order("id").Find(&rows).Error
	return rows, err
}

func assignmentsWith(ctx context.Context, r store.Reader, role Role) ([]models.RoleAssignment, error) {
	var rows []models.RoleAssignment
	err := r.Read(ctx).Where(map[string]any{"role": role}).Order("id").Limit(1).Find(&rows).Error
	return rows, err
}

// lockAssignmentsOf reads a user's roles and keeps them until the transaction
// ends.
func lockAssignmentsOf(ctx context.Context, tx *store.Tx, userID string) ([]models.RoleAssignment, error) {
	var rows []models.RoleAssignment
	err := tx.Rows(ctx).Clauses(forUpdate).Where(map[string]any{"user_id": userID}).Order("id").Find(&rows).Error
	return rows, err
}

func lockOwners(ctx context.Context, tx *store.Tx) ([]models.RoleAssignment, error) {
	var rows []models.RoleAssignment
	err := tx.Rows(ctx).Clauses(forUpdate).Where(map[string]any{"role": Owner}).Order("id").Find(&rows).Error
	return rows, err
}

func assignment(ctx context.Context, r store.Reader, a Assignment) (models.RoleAssignment, error) {
	var row models.RoleAssignment
	err := r.Read(ctx).Where(map[string]any{"user_id": a.UserID, "role": a.Role, "target_tenant": a.TenantID}).Take(&row).Error
	return row, err
}

func assignmentByID(ctx context.Context, r store.Reader, id string) (models.RoleAssignment, error) {
	var row models.RoleAssignment
	err := r.Read(ctx).Where(map[string]any{"id": id}).Take(&row).Error
	return row, err
}

func insertAssignment(ctx context.Context, tx *store.Tx, row *models.RoleAssignment) error {
	return tx.Rows(ctx).Create(row).Error
}

func deleteAssignment(ctx context.Context, tx *store.Tx, id string) error {
	return tx.Rows(ctx).Where(map[string]any{"id": id}).Delete(&models.RoleAssignment{}).Error
}

func client(ctx context.Context, r store.Reader, applicationID string) (models.APIClient, error) {
	var row models.APIClient
	err := r.Read(ctx).Where(map[string]any{"application_id": applicationID}).Take(&row).Error
	return row, err
}

func clients(ctx context.Context, r store.Reader) ([]models.APIClient, error) {
	rows := []models.APIClient{}
	err := r.Read(ctx).Order("name").Limit(10_000).Find(&rows).Error
	return rows, err
}

func insertClient(ctx context.Context, tx *store.Tx, row *models.APIClient) error {
	return tx.Rows(ctx).Create(row).Error
}

func updateClient(ctx context.Context, tx *store.Tx, version int64, row *models.APIClient) (bool, error) {
	change := tx.Rows(ctx).Model(&models.APIClient{}).
		Where(map[string]any{"application_id": row.ApplicationID, "version": version}).
		Updates(map[string]any{
			"name": row.Name, "owner_user_id": row.OwnerUserID, "tenants": row.Tenants, "permissions": row.Permissions,
			"addresses": row.Addresses, "rate_per_minute": row.RatePerMinute, "expires_at": row.ExpiresAt,
			"version": row.Version, "updated_at": row.UpdatedAt,
		})
	return change.RowsAffected == 1, change.Error
}

func deleteClient(ctx context.Context, tx *store.Tx, applicationID string) error {
	return tx.Rows(ctx).Where(map[string]any{"application_id": applicationID}).Delete(&models.APIClient{}).Error
}

func stampClient(ctx context.Context, tx *store.Tx, applicationID string, at models.Time) error {
	return tx.Rows(ctx).Model(&models.APIClientUse{}).Where(map[string]any{"application_id": applicationID}).
		Updates(map[string]any{"last_used_at": at}).Error
}

// replaceLinks makes the link the only one.
func replaceLinks(ctx context.Context, tx *store.Tx, link *models.SetupLink) error {
	if err := tx.Rows(ctx).Where("expires_at > ?", 0).Delete(&models.SetupLink{}).Error; err != nil {
		return err
	}
	return tx.Rows(ctx).Create(link).Error
}

func findLink(ctx context.Context, r store.Reader, hash []byte) (models.SetupLink, error) {
	var link models.SetupLink
	err := r.Read(ctx).Where("hash = ?", hash).Take(&link).Error
	return link, err
}

func consumeLink(ctx context.Context, tx *store.Tx, hash []byte, now models.Time) (bool, error) {
	change := tx.Rows(ctx).Model(&models.SetupLink{}).
		Where("hash = ? AND used_at IS NULL AND expires_at > ?", hash, now).Updates(map[string]any{"used_at": now})
	return change.RowsAffected == 1, change.Error
}

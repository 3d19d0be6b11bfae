package credentials

import (
	"context"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

// Asked is a user's password as it is kept, which is looked up together with other
// things.
type Asked struct {
	*store.Question
	row models.Credential
}

var (
	byKind = store.By[models.Credential]("kind")
	byUser = store.By[models.Credential]("kind", "user_id")
)

// Held looks up the password of the one user whose id another lookup gives.
func Held[N any](holder *store.Lookup[N]) *store.Lookup[models.Credential] {
	return store.Through(byKind, "user_id", holder)
}

// Ask asks for the password of a user whom Held finds by these values, for
// store.Ask.
func Ask(held *store.Lookup[models.Credential], values ...any) *Asked {
	a := &Asked{}
	a.Question = held.About(&a.row, append([]any{models.KindPassword}, values...)...)
	return a
}

func askOf(userID string) *Asked { return Ask(byUser, userID) }

func upsert(ctx context.Context, tx *store.Tx, c *models.Credential) error {
	return tx.Rows(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "user_id"}, {Name: "kind"}},
		DoUpdates: clause.AssignmentColumns([]string{"hash", "updated_at"}),
	}).Create(c).Error
}

// held reads a password that nobody changes before the transaction ends. Others may
// hold it, too.
func held(ctx context.Context, tx *store.Tx, userID string) (models.Credential, error) {
	return locked(ctx, tx, userID, clause.LockingStrengthShare)
}

// taken reads a password that this transaction is about to change.
func taken(ctx context.Context, tx *store.Tx, userID string) (models.Credential, error) {
	return locked(ctx, tx, userID, clause.LockingStrengthUpdate)
}

func locked(ctx context.Context, tx *store.Tx, userID, strength string) (models.Credential, error) {
	var row models.Credential
	err := tx.Rows(ctx).Clauses(clause.Locking{Strength: strength}).
		Where(map[string]any{"user_id": userID, "kind": models.KindPassword}).Take(&row).Error
	return row, err
}

func replace(ctx context.Context, tx *store.Tx, userID, fresh string, at models.Time) error {
	return tx.Rows(ctx).Model(&models.Credential{}).
		Where(map[string]any{"user_id": userID, "kind": models.KindPassword}).
		Updates(map[string]any{"hash": fresh, "updated_at": at}).Error
}

func remove(ctx context.Context, tx *store.Tx, userID string) (bool, error) {
	gone := tx.Rows(ctx).Where(map[string]any{"user_id": userID, "kind": models.KindPassword}).Delete(&models.Credential{})
	return gone.RowsAffected == 1, gone.Error
}

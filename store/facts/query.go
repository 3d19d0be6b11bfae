package facts

import (
	"context"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

func find(ctx context.Context, r store.Reader, name string) (string, error) {
	var f models.Fact
	err := r.Read(ctx).Where(map[string]any{"name": name}).Take(&f).Error
	return f.Value, err
}

func insert(ctx context.Context, tx *store.Tx, name, value string) error {
	return tx.Rows(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&models.Fact{Name: name, Value: value}).Error
}

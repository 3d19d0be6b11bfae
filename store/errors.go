package store

import (
	"errors"

	"gorm.io/gorm"
)

// NotFound reports whether a read found no row in its tenant.
func NotFound(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// Taken reports whether a write met a row that bears the same unique name.
func Taken(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// Orphan reports whether a write named a row that does not exist in its tenant.
func Orphan(err error) bool { return errors.Is(err, gorm.ErrForeignKeyViolated) }

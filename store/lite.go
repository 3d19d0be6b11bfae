package store

import (
	"errors"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// liteDialector is GORM's SQLite dialect over the driver without cgo. GORM's
// own translation of errors knows the other driver only.
type liteDialector struct{ sqlite.Dialector }

func openLite(dsn string) gorm.Dialector {
	return liteDialector{sqlite.Dialector{DriverName: "sqlite", DSN: dsn}}
}

// Translate maps SQLite's extended result codes to GORM's errors.
func (d liteDialector) Translate(err error) error {
	var e *modernc.Error
	if !errors.As(err, &e) {
		return d.Dialector.Translate(err)
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		return gorm.ErrDuplicatedKey
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return gorm.ErrForeignKeyViolated
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return gorm.ErrCheckConstraintViolated
	}
	return err
}

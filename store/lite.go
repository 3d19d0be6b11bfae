package store

import (
	"errors"
	"fmt"

	dialect "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gatehouse/store/internal/sqlite"
)

// liteDialector is GORM's SQLite dialect over the driver without cgo. GORM's
// own translation of errors knows the other driver only.
type liteDialector struct{ dialect.Dialector }

// A member of a shared commit runs GORM's statements.
var (
	_ gorm.ConnPool    = (*sqlite.Member)(nil)
	_ gorm.TxCommitter = (*sqlite.Member)(nil) // so that nothing begins within it
)

// openLite opens a pool of connections to a SQLite file for GORM; begin opens
// its transactions.
func openLite(dsn, begin string, conns int) (*gorm.DB, error) {
	pool, err := sqlite.Open(dsn, begin)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return openGORM(pool, liteDialector{dialect.Dialector{Conn: pool}}, conns)
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

package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// NotFound reports whether a read found no row in its tenant.
func NotFound(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// Taken reports whether a write met a row that bears the same unique name.
func Taken(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// Orphan reports whether a write named a row that does not exist in its tenant.
func Orphan(err error) bool { return errors.Is(err, gorm.ErrForeignKeyViolated) }

// notNull is PostgreSQL's not_null_violation.
const notNull = "23502"

// Missing reports whether a write left a column without the value that it must
// have, which PlusIf does where a row is not as expected.
func Missing(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == notNull
	}
	var lite *modernc.Error
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_NOTNULL
}

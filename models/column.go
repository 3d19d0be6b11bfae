package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Owned marks a row that belongs to one tenant. The store adds the tenant to
// every statement about such a row (security requirement R1).
type Owned struct {
	TenantID string `gorm:"primaryKey;column:tenant_id"`
}

// TenantOwned tells the store that the row has an owner.
func (Owned) TenantOwned() {}

// Recorded marks a row whose changes commit only together with an audit event.
type Recorded struct{}

// ChangesRecorded tells the store to insist on an event.
func (Recorded) ChangesRecorded() {}

// Time is a moment in UTC with microsecond precision. Its zero value is stored
// as NULL.
type Time struct{ time.Time }

// At returns t as it is stored: in UTC, cut to microseconds.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Microsecond)}
}

// Value implements driver.Valuer: microseconds since the Unix epoch.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil //nolint:nilnil // NULL is what driver.Valuer calls a nil value
	}
	return t.UnixMicro(), nil
}

// Scan implements sql.Scanner.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = Time{}
	case int64:
		*t = Time{time.UnixMicro(v).UTC()}
	default:
		return fmt.Errorf("models: a time cannot be read from %T", src)
	}
	return nil
}

// GormDataType names the column type.
func (Time) GormDataType() string { return "bigint" }

// JSON is a column that holds T as JSON.
type JSON[T any] struct{ V T }

// AsJSON wraps v for a JSON column.
func AsJSON[T any](v T) JSON[T] { return JSON[T]{V: v} }

// Value implements driver.Valuer.
func (j JSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	return string(b), err
}

// Scan implements sql.Scanner.
func (j *JSON[T]) Scan(src any) error {
	var zero T
	j.V = zero
	switch v := src.(type) {
	case nil:
		return nil
	case []byte:
		return json.Unmarshal(v, &j.V)
	case string:
		return json.Unmarshal([]byte(v), &j.V)
	}
	return fmt.Errorf("models: JSON cannot be read from %T", src)
}

// MarshalJSON shows the value itself.
func (j JSON[T]) MarshalJSON() ([]byte, error) { return json.Marshal(j.V) }

// GormDataType names the column type.
func (JSON[T]) GormDataType() string { return "json" }

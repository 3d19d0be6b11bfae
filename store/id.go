package store

import (
	"time"

	"github.com/google/uuid"
)

// NewID returns a UUIDv7 (RFC 9562 §5.7): unique, and sorted by the time of
// its making.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// IDAt returns the least id that NewID could have made at a moment, so that ids
// can be asked for by time.
func IDAt(t time.Time) string {
	var id uuid.UUID
	ms := uint64(max(0, t.UnixMilli()))
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // the low byte is meant
	}
	id[6], id[8] = 0x70, 0x80
	return id.String()
}

// IDBefore returns the least id that NewID could have made some time before it
// made another. Of what is no id of ours it is the empty string, which comes
// before all.
func IDBefore(id string, d time.Duration) string {
	made, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	var ms int64
	for _, b := range made[:6] {
		ms = ms<<8 | int64(b)
	}
	return IDAt(time.UnixMilli(ms).Add(-d))
}

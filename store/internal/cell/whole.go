package cell

import (
	"context"
	"database/sql/driver"
	"io"
)

// wholeKey marks a statement whose answers come as one value, of type
// []Answer: database/sql would convert each value of each row twice.
type wholeKey struct{}

// Whole marks the context of a statement whose answers are to come as one value, of
// type []Answer.
func Whole(ctx context.Context) context.Context { return context.WithValue(ctx, wholeKey{}, true) }

// IsWhole reports whether the answers are to come as one value.
func IsWhole(ctx context.Context) bool { return ctx.Value(wholeKey{}) != nil }

// Rows hand all answers over as one row of one column.
type Rows struct {
	Answers []Answer

	over bool
}

// Columns implements driver.Rows.
func (*Rows) Columns() []string { return []string{"answers"} }

// Close implements driver.Rows.
func (*Rows) Close() error { return nil }

// Next implements driver.Rows.
func (r *Rows) Next(dest []driver.Value) error {
	if r.over {
		return io.EOF
	}
	r.over = true
	dest[0] = r.Answers
	return nil
}

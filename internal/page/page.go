package page

// How many items a page holds.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Request asks for a page. The zero Request asks for the first page of usual
// size.
type Request struct {
	// After is the Next of the page before; empty for the first page.
	After string
	// Limit is how many items are wanted; see Size.
	Limit int
}

// Size is the limit that holds: DefaultLimit when none was asked for, never
// more than MaxLimit.
func (r Request) Size() int {
	switch {
	case r.Limit <= 0:
		return DefaultLimit
	case r.Limit > MaxLimit:
		return MaxLimit
	default:
		return r.Limit
	}
}

// Of is one page of a list. Next is the cursor of the page after it, empty on
// the last page.
type Of[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Cut makes a page of rows that were read with one row more than size, the
// sign that there is a next page. next makes the cursor from the last item
// shown. Items is never nil.
func Cut[T any](rows []T, size int, next func(last T) string) Of[T] {
	if len(rows) <= size {
		return Of[T]{Items: append(make([]T, 0, len(rows)), rows...)}
	}
	items := rows[:size:size]
	return Of[T]{Items: items, Next: next(items[size-1])}
}

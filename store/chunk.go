package store

import "iter"

// largestChunk times the widest table's columns stays below what one statement
// may bind: 32,766 values on SQLite, 65,535 on PostgreSQL.
const largestChunk = 512

// few rows are a statement whatever their number.
const few = 8

// Chunks cuts rows into parts for statements with several rows. Only some sizes
// are used, so that few statements are prepared and kept.
func Chunks[T any](rows []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for size := largestChunk; size >= few; size /= 4 {
			for len(rows) >= size {
				if !yield(rows[:size:size]) {
					return
				}
				rows = rows[size:]
			}
		}
		if len(rows) > 0 {
			yield(rows)
		}
	}
}

package store_test

import (
	"context"
	"errors"
	"testing"

	"gatehouse/store"
)

// L81: a sweep goes on until nothing is left, or it fails, and not for ever.
func TestDrain_L81(t *testing.T) {
	fault := errors.New("fault")
	for name, c := range map[string]struct {
		left, want int64
		fails      error
	}{
		"nothing": {0, 0, nil}, "some": {2500, 2500, nil}, "a fault": {2500, 500, fault}, "without end": {1 << 40, 500 * 1000, nil},
	} {
		turns := 0
		n, err := store.Drain(t.Context(), nil, func(context.Context, *store.DB) (int64, error) {
			if turns++; turns > 1 && c.fails != nil {
				return 0, c.fails
			}
			n := min(500, c.left)
			c.left -= n
			return n, nil
		})
		if n != c.want || !errors.Is(err, c.fails) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

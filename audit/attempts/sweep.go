package attempts

import (
	"context"
	"slices"
	"time"

	"gatehouse/models"
	"gatehouse/store"
)

// How many attempts are forgotten in one transaction, so that nobody waits for
// it, and in how many of them at once.
const (
	sweepBatch = 500
	sweepTurns = 600
)

// Sweep forgets a tenant's attempts from before a time, a bounded number of them,
// the oldest first, and returns how many. Their events stay in the log.
func Sweep(ctx context.Context, w store.Writer, before time.Time) (int64, error) {
	var swept int64
	limit := models.At(before)
	for range sweepTurns {
		first, err := oldest(ctx, w, sweepBatch)
		if err != nil {
			return swept, err
		}
		old := len(first)
		if i := slices.IndexFunc(first, func(a models.Attempt) bool { return !a.At.Before(limit.Time) }); i >= 0 {
			old = i
		}
		if old == 0 {
			return swept, nil
		}
		err = w.Write(ctx, func(tx *store.Tx) error {
			n, err := removeUntil(ctx, tx, first[old-1].ID, limit)
			swept += n
			return err
		})
		if err != nil || old < sweepBatch {
			return swept, err
		}
	}
	return swept, nil
}

package attempts

import (
	"context"
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
	for range sweepTurns {
		until, more, err := endOfBatch(ctx, w, models.At(before), sweepBatch)
		if err != nil || until.IsZero() {
			return swept, err
		}
		err = w.Write(ctx, func(tx *store.Tx) error {
			n, err := removeUntil(ctx, tx, until)
			swept += n
			return err
		})
		if err != nil || !more {
			return swept, err
		}
	}
	return swept, nil
}

package store

import "context"

// drainTurns bounds one Drain, so that other work has its turn.
const drainTurns = 1000

// Drain has a sweep forget all that is over, and returns how much that was. A
// sweep forgets some at a time, so that nobody waits for its transaction, and 0
// when nothing is left: what strangers can make a table grow by goes as fast as it
// comes (L81).
func Drain(ctx context.Context, db *DB, sweep func(context.Context, *DB) (int64, error)) (int64, error) {
	var swept int64
	for range drainTurns {
		n, err := sweep(ctx, db)
		swept += n
		if err != nil || n == 0 {
			return swept, err
		}
	}
	return swept, nil
}

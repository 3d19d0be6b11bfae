package limit

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Busy says that the work was not begun because too much of it is under way:
// 503 with Retry-After at the doors.
type Busy struct {
	// RetryAfter is when to ask again, whole seconds, at least one.
	RetryAfter time.Duration
}

// Error says when to ask again.
func (b *Busy) Error() string {
	return fmt.Sprintf("limit: too much work, again in %s", b.RetryAfter)
}

// Gate bounds work that is going on at once, by weight, and the number of
// those who wait for it. It is safe for use by several goroutines.
type Gate struct {
	room     *semaphore.Weighted
	capacity int64
	queue    int64
	wait     time.Duration
	waiting  atomic.Int64
}

// GateOptions are what a Gate needs.
type GateOptions struct {
	// Capacity is how much weight works at once, such as mebibytes or cores.
	Capacity int64
	// Queue is how many callers wait; one more is turned away at once.
	Queue int
	// Wait is how long one waits at most.
	Wait time.Duration
}

// NewGate builds a gate.
func NewGate(o GateOptions) *Gate {
	return &Gate{
		room: semaphore.NewWeighted(max(o.Capacity, 1)), capacity: max(o.Capacity, 1),
		queue: int64(max(o.Queue, 0)), wait: o.Wait,
	}
}

// Enter waits for room for weight and gives the function that frees it, to be
// called once. It returns *Busy when the queue is full or the wait is over,
// and the context's error when the caller gave up. More weight than the gate's
// capacity counts as all of it.
func (g *Gate) Enter(ctx context.Context, weight int64) (func(), error) {
	weight = min(max(weight, 1), g.capacity)
	leave := func() { g.room.Release(weight) }
	if g.room.TryAcquire(weight) {
		return leave, nil
	}
	if g.waiting.Add(1) > g.queue {
		g.waiting.Add(-1)
		return nil, g.busy()
	}
	defer g.waiting.Add(-1)
	patience, cancel := context.WithTimeout(ctx, g.wait)
	defer cancel()
	if g.room.Acquire(patience, weight) == nil {
		return leave, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, g.busy()
}

// Waiting is how many callers stand in the queue, for metrics.
func (g *Gate) Waiting() int { return int(g.waiting.Load()) }

func (g *Gate) busy() error {
	seconds := (g.wait + time.Second - 1) / time.Second
	return &Busy{RetryAfter: max(seconds, 1) * time.Second}
}

package throttle

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"gatehouse/models"
	"gatehouse/store"
)

// returns are charges of attempts that turned out to be right, which the database
// still counts. Nobody waits for them to be written: a counter that is lowered a
// moment later is only stricter for that moment. So those of many attempts are
// written together, and no sign-in holds the row that the next one wants.
type returns struct {
	mu      sync.Mutex
	waiting map[place]int64
	writing map[place]int64 // until they are committed
	times   int             // something was written
	writer  chan struct{}   // has room for the one who writes
}

// place names a counter.
type place struct{ tenant, key string }

const (
	// mostReturns bounds how many counters are remembered (R85). Beyond it nothing is
	// given back to a new one.
	mostReturns = 100_000
	// returnTime bounds one write.
	returnTime = 10 * time.Second
)

// Return gives back what an attempt was charged that turned out to be right, so
// that many honest people behind one address do not use its budget up. It holds
// once tx is committed: for attempts at this node at once, for those at others
// when GiveBack has told the database. Should the node die before, the limits
// stay that much stricter until their windows are over.
func (g *Guard) Return(tx *store.Tx, charges ...Charge) {
	if len(charges) > 0 {
		tx.After(func() { g.returns.add(tx.ID(), charges) })
	}
}

// GiveBack writes what was returned since the last time. What could not be written
// is forgotten, and limits are that much stricter until their windows are over: after
// a commit whose outcome nobody knows, to write it again could give it back twice.
func (g *Guard) GiveBack(ctx context.Context, db *store.DB) error {
	ctx, cancel := context.WithTimeout(ctx, returnTime)
	defer cancel()
	return g.write(ctx, db.System("give charges back"), func(place) bool { return true })
}

// settle writes at once what this node has to give back to budgets that are used
// up, and reports whether there was anything, or has been since so many times: who
// was right keeps nobody out. In somebody's transaction it writes nothing, since
// that could hold the counter that another writer waits for.
func (g *Guard) settle(ctx context.Context, w store.Writer, over []excess, times int) (bool, error) {
	used := func(p place) bool {
		return p.tenant == w.ID() && slices.ContainsFunc(over, func(e excess) bool { return e.counter.Key == p.key })
	}
	if !slices.ContainsFunc(over, func(e excess) bool { return g.returns.of(place{w.ID(), e.counter.Key}) > 0 }) {
		return g.returns.written() != times, nil
	}
	if _, inside := w.(*store.Tx); inside {
		return false, nil
	}
	return true, g.write(ctx, w, used)
}

// write gives back what waits for some counters.
func (g *Guard) write(ctx context.Context, w store.Writer, which func(place) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &g.returns
	turn := r.turn()
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-turn }()
	rows := r.begin(which)
	defer r.end()
	return g.refund(ctx, w, rows)
}

// owed is the row that lowers a counter. Should that be swept, it begins anew with
// a window that is over.
func owed(p place, n int64) models.Counter {
	return models.Counter{Owned: models.Owned{TenantID: p.tenant}, Key: p.key, Count: n, WindowEnd: models.At(time.UnixMicro(0))}
}

// refund lowers counters.
func (g *Guard) refund(ctx context.Context, w store.Writer, rows []models.Counter) error {
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, inOrder)
	return w.Write(ctx, func(tx *store.Tx) error { return takeBack(ctx, tx, rows) })
}

func (r *returns) add(tenantID string, charges []Charge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting = map[place]int64{}
	}
	for _, c := range charges {
		p := place{tenantID, c.key()}
		if _, known := r.waiting[p]; known || len(r.waiting) < mostReturns {
			r.waiting[p]++
		}
	}
}

// of is how much a counter is to be given back.
func (r *returns) of(p place) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting[p] + r.writing[p]
}

// written is how many times something was written.
func (r *returns) written() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.times
}

// begin takes what waits for some counters to be written.
func (r *returns) begin(which func(place) bool) []models.Counter {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writing = make(map[place]int64, len(r.waiting))
	var rows []models.Counter
	for p, n := range r.waiting {
		if which(p) {
			r.writing[p] = n
			rows = append(rows, owed(p, n))
		}
	}
	maps.DeleteFunc(r.waiting, func(p place, _ int64) bool { return which(p) })
	return rows
}

// end forgets what was written.
func (r *returns) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.writing) > 0 {
		r.times++
	}
	r.writing = nil
}

// turn is had by one who writes at a time.
func (r *returns) turn() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.writer == nil {
		r.writer = make(chan struct{}, 1)
	}
	return r.writer
}

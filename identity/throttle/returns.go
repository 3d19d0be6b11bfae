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
	writer  sync.Mutex // whoever writes them
	mu      sync.Mutex
	waiting map[place]int64
	writing map[place]int64 // until they are committed
}

// place names a counter.
type place struct{ tenant, key string }

const (
	// mostReturns bounds how many counters are remembered (R85). What comes while
	// the database takes none is not given back.
	mostReturns = 100_000
	returnTime  = 10 * time.Second
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

// GiveBack writes what was returned since the last time. What it cannot write it
// keeps for the next.
func (g *Guard) GiveBack(ctx context.Context, db *store.DB) error {
	ctx, cancel := context.WithTimeout(ctx, returnTime)
	defer cancel()
	return g.write(ctx, db.System("give charges back"), func(place) bool { return true })
}

// settle writes at once what this node has to give back to budgets that are used
// up, and reports whether there was anything: who was right keeps nobody out.
func (g *Guard) settle(ctx context.Context, w store.Writer, over []excess) (bool, error) {
	used := func(p place) bool {
		return p.tenant == w.ID() && slices.ContainsFunc(over, func(e excess) bool { return e.counter.Key == p.key })
	}
	if !slices.ContainsFunc(over, func(e excess) bool { return g.returns.of(place{w.ID(), e.counter.Key}) > 0 }) {
		return false, nil
	}
	return true, g.write(ctx, w, used)
}

// write gives back what waits for some counters.
func (g *Guard) write(ctx context.Context, w store.Writer, which func(place) bool) error {
	r := &g.returns
	r.writer.Lock()
	defer r.writer.Unlock()
	rows := r.begin(which)
	err := g.refund(ctx, w, rows)
	r.end(err == nil)
	return err
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

// end forgets what was written, or lets it wait anew.
func (r *returns) end(written bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !written {
		for p, n := range r.writing {
			r.waiting[p] += n
		}
	}
	r.writing = nil
}

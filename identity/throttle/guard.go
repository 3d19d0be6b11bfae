package throttle

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Guard counts attempts.
type Guard struct {
	Now     func() time.Time
	returns returns
}

// Spend counts one attempt and refuses it when the budget is used up: Throttled
// with the budget's code and RetryAfter. The count is committed even when the
// attempt fails later, unless w is a transaction that is rolled back: hand in
// a Tenant before verification.
func (g *Guard) Spend(ctx context.Context, w store.Writer, b Budget, key string) error {
	return g.SpendAll(ctx, w, Charge{b, key})
}

// SpendAll counts one attempt against several budgets in one transaction. If
// any is used up, the one with the longest wait is the refusal, and what the
// attempt took from budgets of others' (Budget.shared) it gives back: nothing is
// tried, and an address that goes on all the same would use up what many share.
func (g *Guard) SpendAll(ctx context.Context, w store.Writer, charges ...Charge) error {
	if len(charges) == 0 {
		return nil
	}
	var over []excess
	settled, n := true, int64(1)
	for tries := 0; settled && tries < mostCounts; tries++ {
		written, err := g.returns.written(), error(nil)
		if over, err = g.add(ctx, w, charges, n); err != nil || len(over) == 0 {
			return err
		}
		n = 0 // reads the counters, and begins those anew whose window is over
		if settled, err = g.settle(ctx, w, over, written); err != nil {
			return err
		}
	}
	if err := g.spare(ctx, w, charges, over); err != nil {
		return err
	}
	return verdict(over, g.Now())
}

// mostCounts bounds how often an attempt is counted while this node gives back.
const mostCounts = 3

// excess is a budget that is used up.
type excess struct {
	budget  Budget
	counter models.Counter
}

// add counts so many attempts and tells which budgets are used up.
func (g *Guard) add(ctx context.Context, w store.Writer, charges []Charge, n int64) ([]excess, error) {
	now := g.Now()
	budgets := make(map[string]Budget, len(charges))
	rows := make([]models.Counter, 0, len(charges))
	for _, c := range charges {
		if _, twice := budgets[c.key()]; !twice {
			rows = append(rows, models.Counter{Key: c.key(), Count: n, WindowEnd: models.At(now.Add(c.Budget.Window))})
		}
		budgets[c.key()] = c.Budget
	}
	slices.SortFunc(rows, inOrder)
	err := w.Write(ctx, func(tx *store.Tx) error { return count(ctx, tx, rows, models.At(now)) })
	if err != nil {
		return nil, err
	}
	var over []excess
	for _, row := range rows {
		if b := budgets[row.Key]; row.Count > b.Limit {
			over = append(over, excess{b, row})
		}
	}
	return over, nil
}

// inOrder is the one order in which counters are changed everywhere, so that two
// transactions never wait for each other.
func inOrder(a, b models.Counter) int {
	return cmp.Or(strings.Compare(a.TenantID, b.TenantID), strings.Compare(a.Key, b.Key))
}

// spare gives back what a refused attempt took from budgets of others' that are
// not used up.
func (g *Guard) spare(ctx context.Context, w store.Writer, charges []Charge, over []excess) error {
	var back []models.Counter
	for _, c := range charges {
		if c.Budget.shared() && !slices.ContainsFunc(over, func(e excess) bool { return e.counter.Key == c.key() }) {
			back = append(back, owed(place{w.ID(), c.key()}, 1))
		}
	}
	return g.refund(ctx, w, back)
}

// verdict is the refusal with the longest wait.
func verdict(over []excess, now time.Time) error {
	var refusal *reason.Error
	for _, e := range over {
		wait := max(e.counter.WindowEnd.Sub(now), time.Second).Round(time.Second)
		if refusal == nil || wait > refusal.RetryAfter {
			refusal = reason.New(e.budget.Code).After(wait)
		}
	}
	return refusal
}

// Clear forgets what was spent: after a success, or when staff say so.
func (g *Guard) Clear(ctx context.Context, w store.Writer, b Budget, key string) error {
	return g.ClearAll(ctx, w, Charge{b, key})
}

// ClearAll forgets what was spent of several budgets.
func (g *Guard) ClearAll(ctx context.Context, w store.Writer, charges ...Charge) error {
	if len(charges) == 0 {
		return nil
	}
	keys := make([]string, len(charges))
	for i, c := range charges {
		keys[i] = c.key()
	}
	return w.Write(ctx, func(tx *store.Tx) error { return forget(ctx, tx, keys) })
}

// Spent tells how much of a budget is used in its running window, for staff.
func (g *Guard) Spent(ctx context.Context, r store.Reader, b Budget, key string) (int64, error) {
	c, err := find(ctx, r, Charge{b, key}.key())
	if store.NotFound(err) || err == nil && !c.WindowEnd.After(g.Now()) {
		return 0, nil
	}
	return max(0, c.Count-g.returns.of(place{r.ID(), c.Key})), err
}

// Sweep deletes counters whose window is over, some at a time, and returns how
// many (R85), for store.Drain.
func (g *Guard) Sweep(ctx context.Context, db *store.DB) (int64, error) {
	var n int64
	err := db.System("sweep counters").Write(ctx, func(tx *store.Tx) error {
		var err error
		n, err = sweep(ctx, tx, models.At(g.Now()), 1000)
		return err
	})
	return n, err
}

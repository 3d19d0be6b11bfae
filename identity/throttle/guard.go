package throttle

import (
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
	Now func() time.Time
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
	limits := make(map[string]Budget, len(charges))
	now := g.Now()
	rows := counters(charges, func(c Charge) models.Counter {
		limits[c.key()] = c.Budget
		return models.Counter{Count: 1, WindowEnd: models.At(now.Add(c.Budget.Window))}
	})
	err := w.Write(ctx, func(tx *store.Tx) error { return count(ctx, tx, rows, models.At(now)) })
	if err != nil {
		return err
	}
	refusal := verdict(rows, limits, now)
	if refusal == nil {
		return nil
	}
	var back []Charge
	for _, c := range charges {
		if c.Budget.shared() && !slices.ContainsFunc(rows, func(r models.Counter) bool { return r.Key == c.key() && r.Count > c.Budget.Limit }) {
			back = append(back, c)
		}
	}
	if err := g.Refund(ctx, w, back...); err != nil {
		return err
	}
	return refusal
}

// counters are the charges' rows, each once, in one order everywhere, so that
// two attempts never wait for each other.
func counters(charges []Charge, row func(Charge) models.Counter) []models.Counter {
	rows := make([]models.Counter, 0, len(charges))
	for _, c := range charges {
		r := row(c)
		r.Key = c.key()
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b models.Counter) int { return strings.Compare(a.Key, b.Key) })
	return slices.CompactFunc(rows, func(a, b models.Counter) bool { return a.Key == b.Key })
}

func verdict(rows []models.Counter, limits map[string]Budget, now time.Time) *reason.Error {
	var refusal *reason.Error
	for _, row := range rows {
		b := limits[row.Key]
		if row.Count <= b.Limit {
			continue
		}
		wait := max(row.WindowEnd.Sub(now), time.Second).Round(time.Second)
		if refusal == nil || wait > refusal.RetryAfter {
			refusal = reason.New(b.Code).After(wait)
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

// Refund takes one attempt back that turned out to be right, so that many
// honest people behind one address do not use its budget up.
func (g *Guard) Refund(ctx context.Context, w store.Writer, charges ...Charge) error {
	if len(charges) == 0 {
		return nil
	}
	over := models.At(g.Now())
	rows := counters(charges, func(Charge) models.Counter { return models.Counter{WindowEnd: over} })
	return w.Write(ctx, func(tx *store.Tx) error { return refund(ctx, tx, rows) })
}

// Spent tells how much of a budget is used in its running window, for staff.
func (g *Guard) Spent(ctx context.Context, r store.Reader, b Budget, key string) (int64, error) {
	c, err := find(ctx, r, Charge{b, key}.key())
	if store.NotFound(err) || err == nil && !c.WindowEnd.After(g.Now()) {
		return 0, nil
	}
	return c.Count, err
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

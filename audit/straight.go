package audit

import (
	"context"
	"errors"
	"time"

	"gatehouse/models"
	"gatehouse/store"
)

// patience is how long gathered events wait for a round to end. Most take a tenth
// of it; events that wait longer are sealed later.
const patience = 50 * time.Millisecond

// turn is had by one at a time.
type turn chan struct{}

func (t turn) take() { t <- struct{}{} }
func (t turn) pass() { <-t }

// soon takes the turn, unless others have it for too long.
func (t turn) soon(ctx context.Context, d time.Duration) bool {
	select {
	case t <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case t <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// straight seals events that are recorded by themselves, without their being
// pending first, and reports whether it did. It does not while another node
// seals, while the sealer is busy, or while events wait that this node recorded
// before: a cause comes before its effect. Nothing is recorded then, and they can
// go the ordinary way. After an error nobody knows whether they are recorded.
func (l *Log) straight(ctx context.Context, rows []models.PendingEvent) (bool, error) {
	if l.unsealed.Load() || !l.turn.soon(ctx, patience) {
		return false, nil
	}
	defer l.turn.pass()
	if l.unsealed.Load() { // recorded while this waited for its turn
		return false, nil
	}
	if leads, err := l.leads(ctx); err != nil || !leads {
		return false, err
	}
	sealed, err := chain(*l.end, rows)
	if err != nil {
		return false, err
	}
	end, until := *l.end, models.At(l.now().Add(lease))
	l.end = nil // unless it is committed
	err = l.db.System("seal gathered events").Write(ctx, func(tx *store.Tx) error {
		return errors.Join(lengthen(ctx, tx, end, until, sealed), l.Points.Hit(PlaceAdded))
	})
	if store.Missing(err) || store.Taken(err) {
		// Fenced off, or the log is broken: a round finds out. Nothing is committed.
		l.unsealed.Store(true)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l.grown(sealed)
	if l.v.full() {
		l.Wake()
	}
	return true, nil
}

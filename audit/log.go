package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"gatehouse/internal/failpoint"
	"gatehouse/models"
	"gatehouse/store"
)

const (
	lease = 10 * time.Second // how long a sealer that fell silent keeps others waiting
	// gather is how long the sealer lets events collect: a batch costs little
	// more than one event.
	gather = 100 * time.Millisecond
	every  = time.Second     // how often it looks unasked, for events of other nodes
	late   = 2 * time.Second // how long before the last sealed one an event can have begun that is looked for at once
	batch  = 512             // bounds how long SQLite's one writer is taken
)

// The places where a test may crash the sealer.
const (
	PlaceLed   = "audit: lease held"
	PlaceRead  = "audit: pending events read"
	PlaceMoved = "audit: events moved, not committed"
	PlaceAdded = "audit: gathered events added, not committed"
)

// Options are what a Log needs.
type Options struct {
	DB     *store.DB
	Now    func() time.Time
	Logger *slog.Logger // nil: none
	Holder string       // names this node; made up when empty
	Notary *Notary      // signs checkpoints; nil: nobody does
}

// Log seals events. Of all nodes' logs one seals at a time (R131): it holds a
// lease, and the epoch of its lease fences off a holder that slept too long.
type Log struct {
	db     *store.DB
	now    func() time.Time
	logger *slog.Logger
	holder string
	woken  chan struct{}

	// Points let tests crash the sealer at one of the places above.
	Points failpoint.Points

	notary *Notary

	// unsealed tells that events of this node may be pending, which those that come
	// after them must not overtake.
	unsealed atomic.Bool

	turn      turn              // what follows belongs to whoever has it: one round at a time
	epoch     int64             // 0: no lease
	end       *models.AuditHead // as this log left it in its epoch; nil: unknown
	last      string            // id of an event that was sealed last; empty: there was none yet
	v         voucher
	patrolled time.Time // when the whole log was verified last, by itself
}

// NewLog builds the log and has the store wake it after each commit that
// recorded something.
func NewLog(o Options) *Log {
	l := &Log{db: o.DB, now: o.Now, logger: o.Logger, holder: o.Holder, notary: o.Notary, woken: make(chan struct{}, 1), turn: make(turn, 1)}
	l.unsealed.Store(true) // nobody knows yet
	if l.logger == nil {
		l.logger = slog.New(slog.DiscardHandler)
	}
	if l.holder == "" {
		l.holder = store.NewID()
	}
	o.DB.OnRecord(l.recorded)
	return l
}

// recorded hears of a commit before whoever made it does.
func (l *Log) recorded() {
	l.unsealed.Store(true)
	l.Wake()
}

// Wake has Run look for events soon. It never waits.
func (l *Log) Wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// Run reviews the end of the log and seals until ctx ends, then seals what is left
// and gives the lease back. With a notary it signs checkpoints. Faults are logged
// and tried again: nothing is lost, since events stay pending.
func (l *Log) Run(ctx context.Context) {
	l.begin(ctx)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		var from string
		select {
		case <-ctx.Done():
			l.finish(context.WithoutCancel(ctx))
			return
		case <-tick.C:
		case <-l.woken:
			rest(ctx, gather)
			from = l.recent()
		}
		if err := l.sealSafely(ctx, from); err != nil && ctx.Err() == nil {
			l.logger.ErrorContext(ctx, "events could not be sealed; they stay pending", "error", err)
			rest(ctx, every)
		}
	}
}

// begin makes the log vouch for what it seals.
func (l *Log) begin(ctx context.Context) {
	if !l.notary.signs() {
		return
	}
	if _, err := l.Review(ctx); err != nil && ctx.Err() == nil {
		l.logger.ErrorContext(ctx, "the audit log could not be held against its checkpoints", "file", l.notary.file, "error", err)
	}
	l.turn.take()
	defer l.turn.pass()
	l.v.on, l.v.owes = true, true
}

// rest waits, no longer than ctx lives.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (l *Log) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := l.sealSafely(ctx, ""); err != nil {
		l.logger.WarnContext(ctx, "events stay pending until the next start", "error", err)
	}
	l.turn.take()
	l.vouch(ctx, true)
	l.turn.pass()
	if err := l.resign(ctx); err != nil {
		l.logger.WarnContext(ctx, "the sealer's lease could not be given back", "error", err)
	}
}

// sealSafely survives a panic (R106).
func (l *Log) sealSafely(ctx context.Context, from string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("audit: panic while sealing: %v\n%s", p, debug.Stack())
		}
	}()
	_, err = l.seal(ctx, from)
	return err
}

// recent is the least id that an event can have which was begun a little before
// the last that was sealed. On PostgreSQL the rows that were sealed stand before
// it until they are cleared away, and reading past them costs more than the
// events. What took longer to commit is found by the next look unasked.
func (l *Log) recent() string {
	l.turn.take()
	defer l.turn.pass()
	if l.last == "" {
		return ""
	}
	return store.IDBefore(l.last, late)
}

// Seal moves all events that are committed when it begins into the log, oldest
// first, and returns how many. While another node holds the lease it does
// nothing. What is committed meanwhile may wait: a server that is always busy
// would otherwise seal an event or two at a time, without a pause.
func (l *Log) Seal(ctx context.Context) (int, error) { return l.seal(ctx, "") }

// seal is Seal for events from an id on; empty: all.
func (l *Log) seal(ctx context.Context, from string) (int, error) {
	l.turn.take()
	defer l.turn.pass()
	total := 0
	for {
		n, err := l.step(ctx, from)
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

// step seals one batch, if this log may.
func (l *Log) step(ctx context.Context, from string) (int, error) {
	if err := l.owed(ctx); err != nil {
		return 0, err
	}
	l.vouch(ctx, false)
	l.unsealed.Store(false) // what is recorded from here on says so anew
	n, err := l.try(ctx, from)
	if err != nil || n == batch {
		l.unsealed.Store(true)
	}
	return n, err
}

func (l *Log) try(ctx context.Context, from string) (int, error) {
	if some, err := l.some(ctx, from); err != nil || !some {
		return 0, err
	}
	if leads, err := l.campaign(ctx); err != nil || !leads {
		return 0, err
	}
	n, err := l.round(ctx, from)
	if store.Missing(err) { // fenced off
		l.unsealed.Store(true)
		_, err = l.leads(ctx)
	}
	return n, err
}

// some reports whether events are pending; from an id on it was woken because
// there are.
func (l *Log) some(ctx context.Context, from string) (bool, error) {
	if from != "" {
		return true, nil
	}
	n, err := waiting(ctx, l.db.System("seal the log"), 1)
	return n > 0, err
}

// SealOnce seals as Seal does and gives the lease back: for a command, which ends
// and would keep the servers from sealing until its lease does.
func (l *Log) SealOnce(ctx context.Context) (int, error) {
	n, err := l.Seal(ctx)
	return n, errors.Join(err, l.resign(ctx))
}

// campaign takes the lease, unless this log has it or another does.
func (l *Log) campaign(ctx context.Context) (bool, error) {
	if l.epoch != 0 {
		return true, nil
	}
	sys := l.db.System("seal the log")
	h, err := head(ctx, sys)
	if err != nil {
		return false, err
	}
	now := l.now()
	if h.LeaseUntil.After(now) {
		return false, nil
	}
	leads := false
	err = sys.Write(ctx, func(tx *store.Tx) error {
		leads, err = lead(ctx, tx, h, l.holder, models.At(now.Add(lease)))
		return err
	})
	if err == nil && leads {
		l.epoch, l.end = h.Epoch+1, nil
	}
	return leads, err
}

// round seals one batch in one transaction: whatever kills it, events are
// pending or sealed, never both and never neither.
func (l *Log) round(ctx context.Context, from string) (int, error) {
	if leads, err := l.leads(ctx); err != nil || !leads {
		return 0, err
	}
	if err := l.Points.Hit(PlaceLed); err != nil {
		return 0, err
	}
	end := *l.end
	l.end = nil // unless it is committed
	var sealed []models.Event
	err := l.db.System("seal the log").Write(ctx, func(tx *store.Tx) error {
		pending, err := oldestPending(ctx, tx, from, batch)
		if err != nil || len(pending) == 0 {
			return err
		}
		sealed, err = l.move(ctx, tx, end, pending)
		return err
	})
	switch {
	case err != nil:
		return 0, err
	case len(sealed) == 0:
		l.end = &end
	default:
		l.grown(sealed)
	}
	return len(sealed), nil
}

// leads reports whether the lease is still this log's, and knows then where the
// log ends. It asks only where it does not know.
func (l *Log) leads(ctx context.Context) (bool, error) {
	if l.epoch == 0 || l.end != nil {
		return l.epoch != 0, nil
	}
	h, err := head(ctx, l.db.System("seal the log"))
	if err != nil {
		return false, err
	}
	if h.Epoch != l.epoch {
		l.epoch = 0
		return false, nil
	}
	l.end = &h
	return true, nil
}

// grown takes note of events that were sealed just now.
func (l *Log) grown(sealed []models.Event) {
	last := &sealed[len(sealed)-1]
	l.end = &models.AuditHead{Number: last.Number, Hash: last.Hash, Epoch: l.epoch}
	l.last = last.ID
	l.v.grown(sealed)
}

// move puts pending events into the log and takes them away from where they were.
func (l *Log) move(ctx context.Context, tx *store.Tx, end models.AuditHead, pending []models.PendingEvent) ([]models.Event, error) {
	if err := l.Points.Hit(PlaceRead); err != nil {
		return nil, err
	}
	sealed, err := chain(end, pending)
	if err != nil {
		return nil, err
	}
	if err := lengthen(ctx, tx, end, models.At(l.now().Add(lease)), sealed); err != nil {
		return nil, err
	}
	return sealed, errors.Join(deletePending(ctx, tx, sealed), l.Points.Hit(PlaceMoved))
}

// resign gives the lease back, so that another node need not wait for its end.
func (l *Log) resign(ctx context.Context) error {
	l.turn.take()
	defer l.turn.pass()
	if l.epoch == 0 {
		return nil
	}
	epoch := l.epoch
	l.epoch = 0
	return l.db.System("seal the log").Write(ctx, func(tx *store.Tx) error { return release(ctx, tx, epoch) })
}

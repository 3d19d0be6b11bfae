package audit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/store"
)

// Gatherer records events that belong to no change, such as a token that left
// no row. A commit costs far more than a row, so those that come while one is
// under way share the next. While several come at a time, each waits a moment
// for more, and the node that seals puts them into the log at once. One that
// comes alone is answered sooner by leaving that to the sealer.
type Gatherer struct {
	log     *Log
	mu      sync.Mutex
	waiting []*gathered
	busy    bool
	several time.Time // when more than one came at a time last; belongs to work, not to mu
}

type gathered struct {
	row  models.PendingEvent
	done chan error
}

const (
	gatherMost = 64               // share a commit
	gatherTime = 10 * time.Second // bounds one
	// gatherRest is how long several wait for more (decision 13).
	gatherRest = 700 * time.Microsecond
	// gatherSpell is how long after several came at a time more of them are expected.
	gatherSpell = time.Second
)

// NewGatherer returns a gatherer over all tenants for the node's log.
func NewGatherer(l *Log) *Gatherer { return &Gatherer{log: l} }

// Append records the event in the tenant and returns once it is committed
// (R130). When ctx ends first, the event may be recorded all the same.
func (g *Gatherer) Append(ctx context.Context, tenantID string, e Event) error {
	fields, err := e.fields(caller.From(ctx), g.log.now())
	if err != nil {
		return err
	}
	one := &gathered{
		row:  models.PendingEvent{Owned: models.Owned{TenantID: tenantID}, EventFields: fields},
		done: make(chan error, 1),
	}
	g.mu.Lock()
	g.waiting = append(g.waiting, one)
	begin := !g.busy
	g.busy = true
	g.mu.Unlock()
	if begin {
		go g.work(context.WithoutCancel(ctx))
	}
	select {
	case err := <-one.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// work commits until nothing waits.
func (g *Gatherer) work(ctx context.Context) {
	for batch := g.next(); len(batch) > 0; batch = g.next() {
		err := g.commit(ctx, batch)
		for _, one := range batch {
			one.done <- err
		}
		if len(batch) > 1 {
			rest(ctx, gatherRest)
		}
	}
}

func (g *Gatherer) next() []*gathered {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), gatherMost)
	batch := g.waiting[:n:n]
	if g.waiting = g.waiting[n:]; len(g.waiting) == 0 {
		g.waiting = nil
	}
	g.busy = n > 0
	return batch
}

// commit turns a panic into an error: it happens in nobody's request (R106).
func (g *Gatherer) commit(ctx context.Context, batch []*gathered) error {
	var err error
	func() {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("audit: panic: %v", p)
			}
		}()
		err = g.write(ctx, batch)
	}()
	return err
}

func (g *Gatherer) write(ctx context.Context, batch []*gathered) error {
	ctx, cancel := context.WithTimeout(ctx, gatherTime)
	defer cancel()
	rows := make([]models.PendingEvent, len(batch))
	for i, one := range batch {
		rows[i] = one.row
	}
	now := g.log.now()
	if len(batch) > 1 {
		g.several = now
	}
	if now.Sub(g.several) < gatherSpell {
		if sealed, err := g.log.straight(ctx, rows); err != nil || sealed {
			return err
		}
	}
	return g.log.db.System("gather events").Write(ctx, func(tx *store.Tx) error { return insertPending(ctx, tx, rows) })
}

package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"gatehouse/audit/attempts"
	"gatehouse/models"
)

// How often the work in the background looks for something to do.
const (
	keysEvery   = time.Minute
	sweepEvery  = 5 * time.Minute
	notifyEvery = time.Second
	patrolEvery = 10 * time.Minute
)

// work starts what goes on beside the requests: sealing events and
// verifying them at night, moving keys on in their lives, telling applications of logouts, sweeping what is over. The returned function ends it, and
// waits until every event that was committed is sealed.
func (h *house) work(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { h.log.Run(ctx) })
	wg.Go(func() {
		h.repeat(ctx, "signing keys", keysEvery, func(ctx context.Context) error {
			_, err := h.keys.Advance(ctx)
			return err
		})
	})
	wg.Go(func() { h.repeat(ctx, "verifying the audit log", patrolEvery, h.log.Patrol) })
	wg.Go(func() { h.logouts.Run(ctx) })
	wg.Go(func() { h.repeat(ctx, "sweep", sweepEvery, h.sweep) })
	wg.Go(func() { h.repeat(ctx, "notifications", notifyEvery, h.notifier.Deliver) })
	return func() { cancel(); wg.Wait() }
}

// repeat does something again and again; a failure is logged, and a panic is
// one (R106).
func (h *house) repeat(ctx context.Context, what string, every time.Duration, do func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := guarded(ctx, do); err != nil && ctx.Err() == nil {
			h.logger.ErrorContext(ctx, "work in the background failed; it is tried again", "work", what, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func guarded(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do(ctx)
}

// sweep forgets what is over, a bounded number at a time.
func (h *house) sweep(ctx context.Context) error {
	if _, err := h.tokens.Sweep(ctx, h.db); err != nil {
		return err
	}
	if _, err := h.throttle.Sweep(ctx, h.db); err != nil {
		return err
	}
	if _, err := h.replays.Sweep(ctx, h.db); err != nil {
		return err
	}
	if _, err := h.logouts.Sweep(ctx, h.db); err != nil {
		return err
	}
	if _, err := h.idempotency.Sweep(ctx, h.db); err != nil {
		return err
	}
	return h.tenants.Every(ctx, func(t *models.Tenant) error {
		_, err := attempts.Sweep(ctx, h.db.Tenant(t.TenantID), t.Settings.V.AttemptsSince(time.Now()))
		return err
	})
}

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"gatehouse/audit/attempts"
	"gatehouse/models"
	"gatehouse/store"
)

// How often the work in the background looks for something to do.
const (
	keysEvery   = time.Minute
	sweepEvery  = 5 * time.Minute
	notifyEvery = time.Second
	patrolEvery = 10 * time.Minute
	returnEvery = 100 * time.Millisecond
)

// work starts what goes on beside the requests: sealing events and
// verifying them at night, moving keys on in their lives, telling applications of logouts, sweeping what is over,
// giving back what right sign-ins were charged. The returned function ends it, and
// waits until every event that was committed is sealed and every charge given back.
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
	wg.Go(func() { h.repeat(ctx, "giving back what sign-ins were charged", returnEvery, h.giveBack) })
	return func() {
		cancel()
		wg.Wait()
		if err := guarded(context.WithoutCancel(ctx), h.giveBack); err != nil {
			h.logger.WarnContext(ctx, "what the last sign-ins were charged is not given back: limits stay stricter until their time is over", "error", err)
		}
	}
}

func (h *house) giveBack(ctx context.Context) error { return h.throttle.GiveBack(ctx, h.db) }

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

// sweep forgets what is over. What hinders one kind does not hinder the others.
func (h *house) sweep(ctx context.Context) error {
	var faults []error
	for _, forget := range []func(context.Context, *store.DB) (int64, error){
		h.tokens.Sweep, h.throttle.Sweep, h.replays.Sweep, h.logouts.Sweep, h.idempotency.Sweep,
	} {
		_, err := store.Drain(ctx, h.db, forget)
		faults = append(faults, err)
	}
	err := h.tenants.Every(ctx, func(t *models.Tenant) error {
		_, err := attempts.Sweep(ctx, h.db.Tenant(t.TenantID), t.Settings.V.AttemptsSince(time.Now()))
		faults = append(faults, err)
		return ctx.Err()
	})
	return errors.Join(append(faults, err)...)
}

package audit

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"gatehouse/internal/caller"
	"gatehouse/internal/limit"
)

// What one address may have recorded of refusals: far more than people and
// broken applications cause, far less than fills a disk (R84). A day of it is
// 86,400 refusals and those of the first minute.
const (
	refusalsAtOnce = 600
	refusalsEvery  = time.Second
	refusalSources = 10_000
)

// Gate bounds what strangers can make the log grow: requests that are refused
// cost their sender nothing, and each leaves rows. Beyond the bound refusals are
// answered as ever and no longer recorded, which the server's own log says once
// a minute. The zero Gate and a nil one let everything through.
type Gate struct {
	sources, warnings *limit.Buckets
	logger            *slog.Logger
}

// NewGate builds a gate.
func NewGate(now func() time.Time, logger *slog.Logger) *Gate {
	return &Gate{
		sources: limit.NewBuckets(limit.BucketOptions{
			Rate: limit.Rate{Burst: refusalsAtOnce, Every: refusalsEvery}, Keys: refusalSources, Now: now,
		}),
		warnings: limit.NewBuckets(limit.BucketOptions{Rate: limit.Rate{Burst: 1, Every: time.Minute}, Keys: 1, Now: now}),
		logger:   logger,
	}
}

// Admits reports whether a refusal of the caller's address is still recorded.
func (g *Gate) Admits(ctx context.Context) bool {
	if g == nil || g.sources == nil {
		return true
	}
	ip := caller.From(ctx).IP
	key := ip
	if addr, err := netip.ParseAddr(ip); err == nil {
		key = limit.AddressKey(addr)
	}
	if g.sources.Take(key) == 0 {
		return true
	}
	if g.warnings.Take("") == 0 {
		g.logger.WarnContext(ctx, "refused requests of an address are no longer recorded, there are too many", "ip", ip)
	}
	return false
}

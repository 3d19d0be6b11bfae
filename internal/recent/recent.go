// Package recent keeps what was read a moment ago: configuration that every
// request needs and that seldom changes. It is bounded, entries live a second,
// so that a change made by another node is seen within that time, and this
// node's own changes clear it at once.
package recent

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
)

// Life is how long an entry is believed.
const Life = time.Second

// Key names an entry. The tenant is a field of its own, so that no two tenants'
// keys can run together.
type Key struct{ Tenant, ID string }

// Cache holds values of one kind.
type Cache[V any] struct{ c *otter.Cache[Key, V] }

// New returns a cache that holds at most size values.
func New[V any](size int) *Cache[V] {
	return &Cache[V]{otter.Must(&otter.Options[Key, V]{
		MaximumSize:      size,
		ExpiryCalculator: otter.ExpiryWriting[Key, V](Life),
	})}
}

// Get returns the value, loaded at most once however many ask. An error is not
// kept.
func (c *Cache[V]) Get(ctx context.Context, k Key, load func(context.Context) (V, error)) (V, error) {
	if v, ok := c.c.GetIfPresent(k); ok {
		return v, nil
	}
	return c.c.Get(ctx, k, otter.LoaderFunc[Key, V](func(ctx context.Context, _ Key) (V, error) { return load(ctx) }))
}

// Drop forgets the value.
func (c *Cache[V]) Drop(k Key) { c.c.Invalidate(k) }

// Clear forgets everything.
func (c *Cache[V]) Clear() { c.c.InvalidateAll() }

// Package failpoint lets tests make a piece of work fail or stop at a named
// place, as a crash would. Without a test it costs one atomic read.
package failpoint

import (
	"sync"
	"sync/atomic"
)

// Points are the places of one doer. The zero Points never fail.
type Points struct {
	any atomic.Bool
	mu  sync.Mutex
	all map[string]func() error
}

// Set has Hit run fn at the place; nil takes it away again.
func (p *Points) Set(place string, fn func() error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[string]func() error{}
	}
	if fn == nil {
		delete(p.all, place)
	} else {
		p.all[place] = fn
	}
	p.any.Store(len(p.all) > 0)
}

// Hit is the place itself: it returns what the test wants to go wrong. A nil
// Points never fails.
func (p *Points) Hit(place string) error {
	if p == nil || !p.any.Load() {
		return nil
	}
	p.mu.Lock()
	fn := p.all[place]
	p.mu.Unlock()
	if fn == nil {
		return nil
	}
	return fn()
}

package oidc

import (
	"sync"
	"time"
)

// shelf keeps ready-made answers by tenant or issuer for a while. It is
// bounded: a full one is emptied, which costs little and needs no order.
type shelf[V any] struct {
	mu    sync.RWMutex
	items map[string]shelved[V]
}

type shelved[V any] struct {
	value V
	until time.Time
}

const shelfSize = 4096

func (s *shelf[V]) get(key string, now time.Time) (V, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	item, ok := s.items[key]
	return item.value, ok && now.Before(item.until)
}

func (s *shelf[V]) put(key string, value V, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items == nil || len(s.items) >= shelfSize {
		s.items = map[string]shelved[V]{}
	}
	s.items[key] = shelved[V]{value, until}
}

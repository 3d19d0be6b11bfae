package clientauth

import (
	"sync"
	"time"
)

// suspects are the pairs of client and address that gave a wrong secret
// lately, as far as this node saw. The list is bounded by being emptied (R85):
// whoever is forgotten has his next failure counted all the same.
type suspects struct {
	mu    sync.RWMutex
	until map[string]time.Time
}

const maxSuspects = 10_000

func (s *suspects) has(key string, now time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return now.Before(s.until[key])
}

func (s *suspects) add(key string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil || len(s.until) >= maxSuspects {
		s.until = map[string]time.Time{}
	}
	s.until[key] = until
}

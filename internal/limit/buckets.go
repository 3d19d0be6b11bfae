package limit

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// Rate is a token bucket: Burst at once, then one every Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// BucketOptions are what Buckets need.
type BucketOptions struct {
	// Rate holds for each key.
	Rate Rate
	// Keys is how many keys are remembered.
	Keys int
	// Overflow holds for all keys together that find no room; its zero value
	// is ten times Rate.
	Overflow Rate
	// Now is the clock, required.
	Now func() time.Time
}

// Buckets keep one token bucket a key in bounded memory. When all room is
// taken by keys that are still in debt, new keys share one bucket instead of
// pushing out an old one: asking under many names never clears a debt (R85).
// It is safe for use by several goroutines.
type Buckets struct {
	rate, overflow Rate
	keys           int
	now            func() time.Time

	mu     sync.Mutex
	byKey  map[string]*list.Element
	order  *list.List // of *bucket, newest use first
	shared time.Time
}

// bucket is paid up from due on.
type bucket struct {
	key string
	due time.Time
}

// NewBuckets builds the buckets.
func NewBuckets(o BucketOptions) *Buckets {
	b := &Buckets{
		rate: o.Rate, overflow: o.Overflow, keys: max(o.Keys, 1), now: o.Now,
		byKey: map[string]*list.Element{}, order: list.New(),
	}
	if b.overflow == (Rate{}) {
		b.overflow = Rate{Burst: o.Rate.Burst * 10, Every: o.Rate.Every / 10}
	}
	return b
}

// Take takes a token for key. It gives zero when there was one, else how long
// to wait until there will be; asking too early costs nothing.
func (b *Buckets) Take(key string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if element, ok := b.byKey[key]; ok {
		b.order.MoveToFront(element)
		own, _ := element.Value.(*bucket) // the list holds nothing else
		return b.rate.take(&own.due, now)
	}
	if !b.makeRoom(now) {
		return b.overflow.take(&b.shared, now)
	}
	own := &bucket{key: key}
	b.byKey[key] = b.order.PushFront(own)
	return b.rate.take(&own.due, now)
}

// Len is how many keys are remembered, for metrics.
func (b *Buckets) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.byKey)
}

// makeRoom forgets the key that was used longest ago if it owes nothing.
func (b *Buckets) makeRoom(now time.Time) bool {
	if len(b.byKey) < b.keys {
		return true
	}
	oldest := b.order.Back()
	own, _ := oldest.Value.(*bucket) // the list holds nothing else
	if own.due.After(now) {
		return false
	}
	b.order.Remove(oldest)
	delete(b.byKey, own.key)
	return true
}

// take moves due one token on, if that stays within the burst.
func (r Rate) take(due *time.Time, now time.Time) time.Duration {
	next := *due
	if next.Before(now) {
		next = now
	}
	next = next.Add(r.Every)
	if wait := next.Sub(now) - time.Duration(max(r.Burst, 1))*r.Every; wait > 0 {
		return wait
	}
	*due = next
	return 0
}

// AddressKey is the key of whoever calls from an address: the address itself
// in IPv4, its /64 in IPv6, where one household or machine has as many (R80).
func AddressKey(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().String()
	}
	return addr.String()
}

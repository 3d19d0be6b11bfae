package store

import "sync"

// listeners are called after commits.
type listeners struct {
	mu  sync.RWMutex
	all []func()
}

// OnRecord has fn called after each commit of this process that recorded an
// event. It is for waking whoever reads the log, must not wait, and nothing
// durable may hang on it.
func (d *DB) OnRecord(fn func()) {
	d.onRecord.mu.Lock()
	defer d.onRecord.mu.Unlock()
	d.onRecord.all = append(d.onRecord.all, fn)
}

func (l *listeners) call() {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, fn := range l.all {
		fn()
	}
}

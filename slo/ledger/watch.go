package ledger

import (
	"maps"
	"slices"
	"sync"

	"github.com/hindcast/hindcast/slo"
)

// watchers are told which indicators changed. The zero value is ready.
type watchers struct {
	mu   sync.Mutex
	subs map[*subscription]struct{}
}

// subscription is one watcher: a channel that holds at most one batch.
type subscription struct{ ch chan []slo.IndicatorKey }

// Watch returns a channel of the indicators whose slots or cursors changed, and
// a function that ends it and closes the channel. Changes that come faster than
// they are received arrive as one sorted batch without repetitions; the writer
// never waits.
func (l *Ledger) Watch() (changes <-chan []slo.IndicatorKey, stop func()) {
	w := &l.notify
	s := &subscription{ch: make(chan []slo.IndicatorKey, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.subs == nil {
		w.subs = map[*subscription]struct{}{}
	}
	w.subs[s] = struct{}{}
	return s.ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if _, ok := w.subs[s]; ok {
			delete(w.subs, s)
			close(s.ch)
		}
	}
}

// send tells all watchers.
func (w *watchers) send(changed map[slo.IndicatorKey]struct{}) {
	if len(changed) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.subs {
		all := changed
		select {
		case waiting := <-s.ch: // not received yet: both become one batch
			all = maps.Clone(changed)
			for _, k := range waiting {
				all[k] = struct{}{}
			}
		default:
		}
		s.ch <- slices.Sorted(maps.Keys(all)) // has room: send is the only sender
	}
}

package graph

import (
	"maps"
	"slices"
	"sync"

	"github.com/hindcast/hindcast/slo"
)

// Hub spreads the news that figures changed to everybody who watches. It keeps
// a set per watcher, so that a slow one misses nothing and holds up nobody. The
// zero Hub is ready; it is safe for concurrent use.
type Hub struct {
	mu       sync.Mutex
	watchers map[*watcher]struct{}
}

// watcher is one reader of a Hub.
type watcher struct {
	changed           chan struct{}
	measured, decided map[slo.IndicatorKey]struct{}
}

var _ Changes = (*Hub)(nil)

// Notify tells everybody that figures of these indicators were measured. It
// never blocks.
func (h *Hub) Notify(keys ...slo.IndicatorKey) {
	h.tell(keys, func(w *watcher) map[slo.IndicatorKey]struct{} { return w.measured })
}

// Decide tells everybody that somebody changed what counts of these indicators,
// or what is promised about them. It never blocks.
func (h *Hub) Decide(keys ...slo.IndicatorKey) {
	h.tell(keys, func(w *watcher) map[slo.IndicatorKey]struct{} { return w.decided })
}

func (h *Hub) tell(keys []slo.IndicatorKey, pending func(*watcher) map[slo.IndicatorKey]struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		for _, k := range keys {
			pending(w)[k] = struct{}{}
		}
		select {
		case w.changed <- struct{}{}:
		default: // a change is already waiting to be seen
		}
	}
}

// Watch implements Changes. What is taken is sorted.
func (h *Hub) Watch() (changed <-chan struct{}, take func() News, stop func()) {
	w := &watcher{changed: make(chan struct{}, 1), measured: make(map[slo.IndicatorKey]struct{}), decided: make(map[slo.IndicatorKey]struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = make(map[*watcher]struct{})
	}
	h.watchers[w] = struct{}{}
	return w.changed, func() News { return h.take(w) }, func() { h.drop(w) }
}

func (h *Hub) take(w *watcher) News {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := News{Measured: slices.Sorted(maps.Keys(w.measured)), Decided: slices.Sorted(maps.Keys(w.decided))}
	clear(w.measured)
	clear(w.decided)
	return news
}

func (h *Hub) drop(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

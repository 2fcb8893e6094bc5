package graph

import (
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
	changed chan struct{}
	pending map[slo.IndicatorKey]struct{}
}

var _ Changes = (*Hub)(nil)

// Notify tells everybody that the figures of these indicators changed. It
// never blocks.
func (h *Hub) Notify(keys ...slo.IndicatorKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		for _, k := range keys {
			w.pending[k] = struct{}{}
		}
		select {
		case w.changed <- struct{}{}:
		default: // a change is already waiting to be seen
		}
	}
}

// Watch implements Changes. What is taken is sorted.
func (h *Hub) Watch() (changed <-chan struct{}, take func() []slo.IndicatorKey, stop func()) {
	w := &watcher{changed: make(chan struct{}, 1), pending: make(map[slo.IndicatorKey]struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = make(map[*watcher]struct{})
	}
	h.watchers[w] = struct{}{}
	return w.changed, func() []slo.IndicatorKey { return h.take(w) }, func() { h.drop(w) }
}

func (h *Hub) take(w *watcher) []slo.IndicatorKey {
	h.mu.Lock()
	defer h.mu.Unlock()
	keys := make([]slo.IndicatorKey, 0, len(w.pending))
	for k := range w.pending {
		keys = append(keys, k)
	}
	clear(w.pending)
	slices.Sort(keys)
	return keys
}

func (h *Hub) drop(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

package tsdb

import (
	"errors"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// registry registers collectors with outer, if there is one, and with a
// registry of its own, and can take them out of outer again: a store that was
// closed leaves no metrics behind and can be opened once more.
type registry struct {
	outer prometheus.Registerer
	own   *prometheus.Registry
	mu    sync.Mutex
	held  []prometheus.Collector
}

var _ prometheus.Registerer = (*registry)(nil)

func newRegistry(outer prometheus.Registerer) *registry {
	return &registry{outer: outer, own: prometheus.NewRegistry()}
}

// Register adds c to both registries.
func (r *registry) Register(c prometheus.Collector) error {
	if err := r.own.Register(c); err != nil {
		return err
	}
	if r.outer == nil {
		return nil
	}
	if err := r.outer.Register(c); err != nil {
		r.own.Unregister(c)
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = append(r.held, c)
	return nil
}

// MustRegister adds every c to both registries; like all implementations of
// prometheus.Registerer, it panics on a collector that was there already.
func (r *registry) MustRegister(cs ...prometheus.Collector) {
	for _, c := range cs {
		if err := r.Register(c); err != nil {
			panic(err)
		}
	}
}

// Unregister takes c out of both registries.
func (r *registry) Unregister(c prometheus.Collector) bool {
	if r.outer != nil {
		r.outer.Unregister(c)
	}
	return r.own.Unregister(c)
}

// unregister takes everything out of the outer registry.
func (r *registry) unregister() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.held {
		r.outer.Unregister(c)
	}
	r.held = nil
}

// positive reports whether the counter or gauge of that name is above 0.
func (r *registry) positive(name string) bool {
	families, err := r.own.Gather()
	if _, partial := errors.AsType[prometheus.MultiError](err); err != nil && !partial {
		return false
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if m.GetCounter().GetValue() > 0 || m.GetGauge().GetValue() > 0 {
				return true
			}
		}
	}
	return false
}

package tsdb

import (
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// registry registers collectors with outer, if there is one, and with a
// registry of its own, and can take them out of outer again: a store that was
// closed leaves no metrics behind and can be opened once more.
type registry struct {
	outer prometheus.Registerer
	own   *prometheus.Registry
	mu    sync.Mutex
	held  []prometheus.Collector // in outer
	all   []prometheus.Collector // in own
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
	r.mu.Lock()
	r.all = append(r.all, c)
	r.mu.Unlock()
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

// counter returns a function that reads the counter of that name, nil if there is
// none. Unlike positive, it looks at nothing else, so that it costs little.
func (r *registry) counter(name string) func() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.all {
		descs := make(chan *prometheus.Desc, 1)
		go func() { c.Describe(descs); close(descs) }()
		found, n := false, 0
		for d := range descs {
			n++
			found = found || strings.Contains(d.String(), strconv.Quote(name))
		}
		if found && n == 1 {
			return func() float64 { return valueOf(c) }
		}
	}
	return nil
}

// valueOf reads a counter without labels.
func valueOf(c prometheus.Collector) float64 {
	metrics := make(chan prometheus.Metric, 1)
	c.Collect(metrics)
	var m dto.Metric
	if err := (<-metrics).Write(&m); err != nil {
		return 0
	}
	return m.GetCounter().GetValue()
}

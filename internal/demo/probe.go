package demo

import (
	"math"
	"math/rand/v2"

	"github.com/prometheus/client_golang/prometheus"
)

// probe is a prober: every instance looks at something from outside and tells
// whether it works, as blackbox_exporter does.
type probe struct {
	job       string
	slots     []*instance
	flaky     float64 // probability, per second, that a look fails without any incident
	usual     float64 // seconds that a look takes
	incidents []incident
	rng       *rand.Rand
	tape      *tape
}

// prepare fills what follows from the rest.
func (p *probe) prepare(s *script, rng *rand.Rand) { p.rng, p.incidents = rng, s.of(p.job) }

// record implements simulated.
func (p *probe) record(t *tape) { p.tape = t }

// instances implements simulated.
func (p *probe) instances() []*instance { return p.slots }

// begin implements simulated.
func (p *probe) begin(t int64) {
	for _, in := range p.slots {
		in.replace(t)
		in.counters = []*value{
			newValue(prometheus.GaugeValue, description{"probe_success", "Whether the probe succeeded.", nil}, in.target),
			newValue(prometheus.GaugeValue, description{"probe_duration_seconds", "How long the probe took.", nil}, in.target),
		}
		in.metrics = []metric{in.counters[0], in.counters[1]}
		in.counters[0].v = 1
		in.counters[1].v = p.usual
	}
}

// advance implements simulated.
func (p *probe) advance(t, dt int64) {
	for _, in := range p.slots {
		failed := p.rng.Float64() < p.flaky*float64(dt)
		for i := range p.incidents {
			c := &p.incidents[i]
			if c.strength(t) > 0 && (c.where == "" || in.is(c.where)) {
				failed = true
			}
		}
		p.look(in, failed)
		truth := Truth{Total: uint64(dt)}
		if failed {
			truth.Bad = uint64(dt)
		}
		p.tape.add(t, p.job, "", truth)
		p.tape.add(t, p.job, in.name, truth)
	}
}

// look sets the gauges. A failed look takes until its timeout of five seconds;
// others are rounded to a tenth of a millisecond, which compresses well.
func (p *probe) look(in *instance, failed bool) {
	if failed {
		in.counters[0].v, in.counters[1].v = 0, 5
		return
	}
	took := p.usual * math.Exp(0.25*p.rng.NormFloat64())
	in.counters[0].v, in.counters[1].v = 1, math.Round(took*1e4)/1e4
}

package prometheus

import (
	"context"
	"math"
	"time"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
)

// maxHold is how long a gauge's value is taken to hold until the next sample.
// It is Prometheus' own lookback: an instant query stops seeing a sample after
// five minutes. A pause that is longer is a gap from its start, since nothing
// says how much of it the value held.
const maxHold = 5 * time.Minute

// measureGauge integrates gauges over time: a value holds from its sample until
// the next one. Each series counts its own seconds.
//
//	threshold:  good = seconds in which "value op limit" held
//	raw ratio:  good = ∫ ratio dt, or ∫ (1 − ratio) dt for a ratio of failures
//	total      = seconds between neighbouring samples
//
// Nothing is counted after the last sample, after a staleness marker, and in a
// pause longer than maxHold. NaN never holds and, as a ratio, is not counted.
//
// A Sampler without staleness markers does not tell that a series ended and came
// back within maxHold: a value that is held for more than a minute is then an
// estimate.
func (s *Source) measureGauge(ctx context.Context, in *Indicator, span slo.Span) (slo.Measurement, error) {
	return narrowed(planOf(in), func(p plan) (slo.Measurement, error) { return s.foldGauges(ctx, in, span, p) })
}

func (s *Source) foldGauges(ctx context.Context, in *Indicator, span slo.Span, p plan) (slo.Measurement, error) {
	f := newFold(in, span, maxHold.Milliseconds())
	f.stream(f.streams, "")
	var b sample.Batch
	for i := range p.fetches {
		err := s.selectFetch(ctx, f, p, i, f.from(), f.to()+f.carry, func(series sample.Series) error {
			g := gauge{f: f, unmarked: s.unmarked()}
			for _, name := range f.groups(series.Labels()) {
				g.streams = append(g.streams, f.stream(f.streams, name))
			}
			for series.Next(&b) {
				f.samples += int64(b.Len())
				g.fold(b.T, b.V)
			}
			return series.Err()
		})
		if err != nil {
			return slo.Measurement{}, err
		}
	}
	if err := s.addServerSide(ctx, f); err != nil {
		return slo.Measurement{}, err
	}
	if err := s.addLeft(ctx, f, p); err != nil {
		return slo.Measurement{}, err
	}
	return f.measurement(span), nil
}

// unmarked reports whether the Sampler leaves out staleness markers.
func (s *Source) unmarked() bool {
	u, is := s.Sampler.(interface{ Unmarked() bool })
	return is && u.Unmarked()
}

// gauge integrates one series.
type gauge struct {
	f       *fold
	streams []*stream
	t       int64
	good    float64 // what a second under the last value is worth; NaN: nothing is known

	unmarked bool // that the series ended is not told
}

func (g *gauge) fold(ts []int64, vs []float64) {
	for k, v := range vs {
		t := ts[k]
		if g.t != 0 && t-g.t <= g.f.carry && !math.IsNaN(g.good) {
			g.hold(t)
		}
		g.t, g.good = t, g.f.in.worth(v)
	}
}

// worth returns how good a second is during which the gauge has value v: a
// number from 0 to 1, NaN if v says nothing.
func (in *Indicator) worth(v float64) float64 {
	switch {
	case math.Float64bits(v) == staleNaN:
		return math.NaN()
	case in.Form == Threshold && in.Op.Holds(v, in.Limit):
		return 1
	case in.Form == Threshold:
		return 0
	case in.Failure:
		return 1 - v
	default:
		return v
	}
}

// hold books the time from the last sample until t.
func (g *gauge) hold(t int64) {
	f := g.f
	a, b := f.index(g.t+1), f.index(t)
	if a < f.out && f.out <= b && b < f.n && t-g.t > slotMilli {
		f.reopen = min(f.reopen, a)
	}
	uncertain := g.unmarked && t-g.t > slotMilli
	for i := max(a, 0); i <= min(b, f.n-1); i++ {
		seconds := float64(min(t, f.end(i))-max(g.t, f.end(i-1))) / 1000
		for _, s := range g.streams {
			s.whole[i] += seconds
			s.part[i] += seconds * g.good
			s.marks[i] |= present
			if f.in.Form == RawRatio || uncertain {
				s.marks[i] |= split
			}
		}
	}
}

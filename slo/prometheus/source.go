package prometheus

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
)

// DefaultCarry is how long a pause of a series may be for its increase to be
// carried over. Six hours bridge a night's outage of the scraper; every piece
// of history that is measured on its own has to look that far to both sides, so
// that a longer carry makes collection dearer, and a pause of a day is better
// told as missing than drawn as an even line.
const DefaultCarry = 6 * time.Hour

// nearLookback is how far before a span the fold always reads. It holds the
// sample before the span of every series that is scraped at all regularly; only
// when a series has none there, the fold looks back as far as Carry.
const nearLookback = 10 * time.Minute

// Source measures indicators on the samples that a Sampler gives. It is safe
// for concurrent use if the Sampler is.
type Source struct {
	Sampler sample.Sampler
	Carry   time.Duration // 0 means DefaultCarry
	// OnIncomplete says what becomes of answers that the server calls partial.
	OnIncomplete OnIncomplete
}

var (
	_ slo.Source = (*Source)(nil)
	_ slo.Prober = (*Source)(nil)
)

// Probe asks the server behind the Sampler who it is, if there is one; see
// slo.Prober.
func (s *Source) Probe(ctx context.Context) (slo.Probe, error) {
	if p, is := s.Sampler.(slo.Prober); is {
		return p.Probe(ctx)
	}
	return slo.Probe{Product: "Hindcast's own store", Abilities: []slo.Ability{
		{Name: "native histograms", Have: true}, {Name: "staleness markers", Have: true},
	}}, nil
}

// carry returns the carry limit in milliseconds.
func (s *Source) carry() int64 { return cmp.Or(s.Carry, DefaultCarry).Milliseconds() }

// Measure implements slo.Source.
func (s *Source) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	in, ok := ind.(*Indicator)
	if !ok {
		return slo.Measurement{}, fault.Invalidf("indicator %s is not for a Prometheus source", ind.Key())
	}
	if span.Len() == 0 {
		return slo.Measurement{Span: span, Reopen: span.From}, nil
	}
	s, err := s.of(in)
	if err != nil {
		return slo.Measurement{}, err
	}
	switch in.Form {
	case Threshold, RawRatio:
		return s.measureGauge(ctx, in, span)
	default:
		return s.measureCounters(ctx, in, span)
	}
}

// of returns the source as the indicator's tenant sees it.
func (s *Source) of(in *Indicator) (*Source, error) {
	if in.Tenant == "" {
		return s, nil
	}
	shared, is := s.Sampler.(interface {
		For(tenant string) sample.Sampler
	})
	if !is {
		return nil, fault.Invalidf("tenant %q cannot be read: the embedded store has no tenants, leave tenant out or name a source that has them", in.Tenant)
	}
	theirs := *s
	theirs.Sampler = shared.For(in.Tenant)
	return &theirs, nil
}

// Reach implements slo.Source: the oldest and the newest sample of any series
// that the indicator reads.
func (s *Source) Reach(ctx context.Context, ind slo.Indicator) (oldest, newest time.Time, err error) {
	in, ok := ind.(*Indicator)
	if !ok {
		return oldest, newest, fault.Invalidf("indicator %s is not for a Prometheus source", ind.Key())
	}
	if s, err = s.of(in); err != nil {
		return oldest, newest, err
	}
	for _, matchers := range in.selectors() {
		lo, hi, found, err := s.Sampler.Bounds(ctx, matchers)
		if err != nil {
			return time.Time{}, time.Time{}, err
		}
		if !found {
			continue
		}
		if t := time.UnixMilli(lo).UTC(); oldest.IsZero() || t.Before(oldest) {
			oldest = t
		}
		if t := time.UnixMilli(hi).UTC(); t.After(newest) {
			newest = t
		}
	}
	return oldest, newest, nil
}

// Late tells which samples arrived after their time, if the Sampler knows; see
// collector.Later.
func (s *Source) Late() (oldest time.Time, ok bool) {
	if l, is := s.Sampler.(interface{ Late() (time.Time, bool) }); is {
		return l.Late()
	}
	return time.Time{}, false
}

// selectors lists what the indicator selects, for a look at how far the data
// reaches.
func (in *Indicator) selectors() [][]*labels.Matcher {
	var all [][]*labels.Matcher
	for _, f := range planOf(in).fetches {
		all = append(all, f.matchers)
	}
	for _, e := range []Expr{in.Total, in.Good, in.Bad, in.Value} {
		if e.Server != nil {
			all = append(all, serverSelectors(e.Server)...)
		}
	}
	return slices.Clip(all)
}

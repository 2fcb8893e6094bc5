package prometheus

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
)

// memory is a Sampler over slices. It hands out three samples at a time, so
// that every boundary between batches is crossed.
type memory []*memorySeries

type memorySeries struct {
	lset labels.Labels
	t    []int64
	v    []float64
	h    []*histogram.FloatHistogram

	from, to int
}

var _ sample.Sampler = memory(nil)

func (m memory) Select(_ context.Context, matchers []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	for _, s := range m {
		if !matchesAll(matchers, s.lset) {
			continue
		}
		c := *s
		c.from, _ = slices.BinarySearch(s.t, from+1)
		c.to, _ = slices.BinarySearch(s.t, to+1)
		if err := visit(&c); err != nil {
			return err
		}
	}
	return nil
}

func (m memory) Eval(context.Context, parser.Expr, int64, int64, int64) ([]sample.Result, error) {
	return nil, nil
}

func (m memory) Bounds(_ context.Context, matchers []*labels.Matcher) (oldest, newest int64, ok bool, err error) {
	for _, s := range m {
		if len(s.t) == 0 || !matchesAll(matchers, s.lset) {
			continue
		}
		if !ok || s.t[0] < oldest {
			oldest = s.t[0]
		}
		newest, ok = max(newest, s.t[len(s.t)-1]), true
	}
	return oldest, newest, ok, nil
}

func (s *memorySeries) Labels() labels.Labels { return s.lset }
func (s *memorySeries) Err() error            { return nil }

func (s *memorySeries) Next(b *sample.Batch) bool {
	b.Reset()
	end := min(s.from+3, s.to)
	b.T = append(b.T, s.t[s.from:end]...)
	if s.h != nil {
		b.H = append(b.H, s.h[s.from:end]...)
	} else {
		b.V = append(b.V, s.v[s.from:end]...)
	}
	s.from = end
	return len(b.T) > 0
}

// add appends a sample to a series, made if needed.
func (m *memory) add(lset labels.Labels, t int64, v float64) {
	for _, s := range *m {
		if labels.Equal(s.lset, lset) {
			s.t, s.v = append(s.t, t), append(s.v, v)
			return
		}
	}
	*m = append(*m, &memorySeries{lset: lset, t: []int64{t}, v: []float64{v}})
}

// selector returns the matchers of a PromQL selector.
func selector(t testing.TB, text string) []*labels.Matcher {
	t.Helper()
	m, err := parser.NewParser(parser.Options{}).ParseMetricSelector(text)
	require.NoError(t, err)
	return m
}

// ratio is an indicator of bad over total.
func ratio(t testing.TB, bad, total string) *Indicator {
	return &Indicator{
		Form: Ratio, key: "ratio",
		Bad:   Expr{Terms: []Term{{Matchers: selector(t, bad), Sign: 1}}},
		Total: Expr{Terms: []Term{{Matchers: selector(t, total), Sign: 1}}},
	}
}

// day0 is the first minute of a day; minute(n) is the n-th minute after it.
var day0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func minute(n int) slo.Minute { return slo.Minute(day0.Unix()/60) + slo.Minute(n) }

// at returns seconds after day0 in milliseconds since 1970.
func at(seconds float64) int64 { return day0.UnixMilli() + int64(seconds*1000) }

// sum adds up a stream of a measurement.
func sum(m slo.Measurement, g slo.Group) slo.Tally {
	var t slo.Tally
	for _, s := range m.Streams {
		if s.Group == g {
			for _, slot := range s.Slots {
				t.Add(slot)
			}
		}
	}
	return t
}

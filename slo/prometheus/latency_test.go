package prometheus

import (
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// latencyOf is an indicator of observations up to seconds.
func latencyOf(t testing.TB, seconds float64) *Indicator {
	return &Indicator{Form: Latency, key: "latency", Latency: seconds, Total: Expr{Terms: []Term{{Matchers: selector(t, "req_seconds"), Sign: 1}}}}
}

// exponential is a native histogram of schema 0: bucket i is (2^(i−1), 2^i].
func exponential(zero float64, counts ...float64) *histogram.FloatHistogram {
	h := &histogram.FloatHistogram{Schema: 0, ZeroThreshold: 0.001, ZeroCount: zero, Count: zero, Sum: 1}
	for _, c := range counts {
		h.Count += c
	}
	if len(counts) > 0 {
		h.PositiveSpans = []histogram.Span{{Offset: 0, Length: uint32(len(counts))}}
		h.PositiveBuckets = counts
	}
	return h
}

func nativeSeries(points map[float64]*histogram.FloatHistogram, order ...float64) *memorySeries {
	s := &memorySeries{lset: labels.FromStrings("__name__", "req_seconds")}
	for _, at0 := range order {
		s.t, s.h = append(s.t, at(at0)), append(s.h, points[at0])
	}
	return s
}

func TestObservationsUpToALimit(t *testing.T) {
	tests := map[string]struct {
		h             *histogram.FloatHistogram
		limit         float64
		below, inside float64
	}{
		"a limit on a boundary counts whole buckets":    {exponential(1, 10, 20, 40), 2, 31, 0},
		"a limit inside a bucket shares it out":         {exponential(0, 0, 0, 40), 2.8284271247461903, 20, 20},
		"a limit above all buckets counts all":          {exponential(1, 10, 20), 100, 31, 0},
		"a limit below all buckets counts none":         {exponential(0, 10, 20), 0.25, 0, 0},
		"the zero bucket is shared out evenly":          {exponential(8), 0.0005, 6, 6},
		"a histogram without observations counts none":  {exponential(0), 1, 0, 0},
		"custom buckets are shared out on a linear way": {custom([]float64{1, 3}, 4, 6, 2), 2, 7, 3},
		"the last custom bucket has no upper end":       {custom([]float64{1, 3}, 4, 6, 2), 5, 10, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			below, inside := observationsUpTo(tt.h, tt.limit)
			require.InDelta(t, tt.below, below, 1e-9)
			require.InDelta(t, tt.inside, inside, 1e-9)
		})
	}
}

func custom(bounds []float64, counts ...float64) *histogram.FloatHistogram {
	h := &histogram.FloatHistogram{
		Schema: histogram.CustomBucketsSchema, CustomValues: bounds, Sum: 1,
		PositiveSpans: []histogram.Span{{Length: uint32(len(counts))}}, PositiveBuckets: counts,
	}
	for _, c := range counts {
		h.Count += c
	}
	return h
}

func TestNativeHistogramsFold(t *testing.T) {
	points := map[float64]*histogram.FloatHistogram{
		-30: exponential(0, 10, 10),
		30:  exponential(0, 14, 12),
		90:  exponential(0, 3, 1), // began again
	}
	m, err := (&Source{Sampler: memory{nativeSeries(points, -30, 30, 90)}}).Measure(t.Context(), latencyOf(t, 1), slo.Span{From: minute(0), To: minute(1)})
	require.NoError(t, err)
	require.Equal(t, slots(4, 6, measured, 3, 4, measured), m.Streams[0].Slots)
}

func TestNativeHistogramsCountAndNotTheBucketsBesideThem(t *testing.T) {
	data := memory{
		nativeSeries(map[float64]*histogram.FloatHistogram{-30: exponential(0, 10), 30: exponential(0, 14)}, -30, 30),
		series(labels.FromStrings("__name__", "req_seconds_count"), point{-30, 10}, point{30, 14}, point{90, 20}),
		series(labels.FromStrings("__name__", "req_seconds_bucket", "le", "1.0"), point{-30, 10}, point{30, 14}, point{90, 19}),
	}
	m, err := (&Source{Sampler: data}).Measure(t.Context(), latencyOf(t, 1), slo.Span{From: minute(0), To: minute(1)})
	require.NoError(t, err)
	require.Equal(t, slots(4, 4, measured, 5, 6, measured), m.Streams[0].Slots, "native in the first minute, classic in the second")
}

func TestALatencyThatIsNoBoundaryIsRefusedWithTheBoundaries(t *testing.T) {
	data := memory{
		series(labels.FromStrings("__name__", "req_seconds_count"), point{-30, 10}, point{30, 14}),
		series(labels.FromStrings("__name__", "req_seconds_bucket", "le", "0.1"), point{-30, 10}, point{30, 14}),
		series(labels.FromStrings("__name__", "req_seconds_bucket", "le", "0.5"), point{-30, 10}, point{30, 14}),
	}
	_, err := (&Source{Sampler: data}).Measure(t.Context(), latencyOf(t, 0.25), slo.Span{From: minute(0), To: minute(0)})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.ErrorContains(t, err, "latency 0.25s is not a bucket boundary of req_seconds_bucket: it has le = [0.1 0.5]")
}

func TestBoundariesMatchEverySpelling(t *testing.T) {
	for le, spellings := range map[float64][]string{
		1:       {"1", "1.0", "1e+00"},
		0.25:    {"0.25", "2.5e-01"},
		0.00001: {"1e-05", "0.00001"},
		10:      {"10", "10.0"},
	} {
		m := boundary(le)
		for _, text := range spellings {
			require.True(t, m.Matches(text), "%v as %s", le, text)
		}
		require.False(t, m.Matches("12"))
		require.False(t, m.Matches("+Inf"))
	}
}

// With equal boundaries the short way must give what subtraction gives.
func TestDifferencesOfFiguresAreFiguresOfDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Float64Range(0, 1000), 1, 12)
		a := counts.Draw(t, "before")
		b := make([]float64, len(a))
		for i := range b {
			b[i] = a[i] + rapid.Float64Range(0, 100).Draw(t, "more")
		}
		limit := rapid.Float64Range(0.1, 5000).Draw(t, "limit")
		before, after := exponential(0, a...), exponential(0, b...)
		f := &fold{in: &Indicator{Latency: limit}}
		delta, _, _, err := after.Copy().Sub(before)
		require.NoError(t, err)
		want, _ := observationsUpTo(delta, limit)
		got := f.gainedHistogram(before, after)
		require.InDelta(t, want, got[part], 1e-6)
		require.InDelta(t, delta.Count, got[whole], 1e-6)
	})
}

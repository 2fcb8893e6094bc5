package prometheus

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

var (
	requests = labels.FromStrings("__name__", "requests_total", "pod", "a")
	failures = labels.FromStrings("__name__", "requests_total", "pod", "a", "code", "500")
)

// point is a sample, seconds after day0.
type point struct{ s, v float64 }

func series(lset labels.Labels, points ...point) *memorySeries {
	s := &memorySeries{lset: lset}
	for _, p := range points {
		s.t, s.v = append(s.t, at(p.s)), append(s.v, p.v)
	}
	return s
}

func slots(triples ...float64) []slo.Slot {
	var out []slo.Slot
	for i := 0; i < len(triples); i += 3 {
		out = append(out, slo.Slot{Good: triples[i], Total: triples[i+1], State: slo.SlotState(triples[i+2])})
	}
	return out
}

const (
	gap       = float64(slo.Gap)
	measured  = float64(slo.Measured)
	estimated = float64(slo.Estimated)
)

func TestCountersFoldIntoMinutes(t *testing.T) {
	stale := math.Float64frombits(staleNaN)
	tests := map[string]struct {
		data  memory
		first FirstSample
		span  slo.Span
		want  []slo.Slot
		open  slo.Minute
	}{
		"an increase belongs to the minute of the sample that shows it": {
			data: memory{series(requests, point{-30, 5}, point{30, 15}, point{60, 16}, point{61, 18})},
			span: slo.Span{From: minute(0), To: minute(1)},
			want: slots(11, 11, measured, 2, 2, measured),
		},
		"a counter that begins again adds its new value": {
			data: memory{series(requests, point{-30, 100}, point{30, 7}, point{50, 9})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(9, 9, measured),
		},
		"minutes without any sample before or after are gaps": {
			data: memory{series(requests, point{-30, 1}, point{30, 2})},
			span: slo.Span{From: minute(0), To: minute(2)},
			want: slots(1, 1, measured, 0, 0, gap, 0, 0, gap),
		},
		"a pause is bridged in whole events and called estimated": {
			data: memory{series(requests, point{-30, 0}, point{30, 1}, point{210, 101})},
			span: slo.Span{From: minute(0), To: minute(3)},
			want: slots(1, 1, measured, 40, 40, estimated, 40, 40, estimated, 20, 20, estimated),
		},
		"a pause without increase is measured where it ends": {
			data: memory{series(requests, point{-30, 0}, point{30, 1}, point{210, 1})},
			span: slo.Span{From: minute(0), To: minute(3)},
			want: slots(1, 1, measured, 0, 0, estimated, 0, 0, estimated, 0, 0, measured),
		},
		"a pause that ends after the span is bridged too": {
			data: memory{series(requests, point{-30, 0}, point{30, 1}, point{210, 101})},
			span: slo.Span{From: minute(0), To: minute(1)},
			want: slots(1, 1, measured, 40, 40, estimated),
		},
		"a pause that began before the span reopens its minutes": {
			data: memory{series(requests, point{-1230, 0}, point{-1200, 1}, point{30, 101})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(3, 3, estimated),
			open: minute(-20),
		},
		"a pause beyond the carry limit stays a gap": {
			data: memory{series(requests, point{-7 * 3600, 1}, point{30, 101}, point{50, 103})},
			span: slo.Span{From: minute(-2), To: minute(0)},
			want: slots(0, 0, gap, 0, 0, gap, 2, 2, measured),
		},
		"the marker of a series' end is not a value": {
			data: memory{series(requests, point{-30, 1}, point{20, stale}, point{30, 3})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(2, 2, measured),
		},
		"errors that appear while requests are watched count from zero": {
			data: memory{series(requests, point{-30, 10}, point{30, 20}), series(failures, point{30, 3})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(10, 13, measured),
		},
		"a missing error series is no error": {
			data: memory{series(requests, point{-30, 10}, point{30, 20})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(10, 10, measured),
		},
		"errors without any total are not a measurement": {
			data: memory{series(labels.FromStrings("__name__", "other_total", "code", "500"), point{-30, 0}, point{30, 3})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(0, 0, gap),
		},
		"the very first sample of all counts nothing": {
			data: memory{series(requests, point{30, 1000}, point{50, 1001})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(1, 1, measured),
		},
		"firstSample zero counts the very first sample": {
			data: memory{series(requests, point{30, 1000}, point{50, 1001})}, first: Zero,
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(1001, 1001, measured),
		},
		"firstSample ignore counts no new series": {
			data: memory{series(requests, point{-30, 10}, point{30, 20}), series(failures, point{30, 3}, point{40, 4})}, first: Ignore,
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(10, 11, measured),
		},
		"a new series that stands at millions was running before": {
			data: memory{series(requests, point{-30, 10}, point{30, 20}), series(failures, point{30, 3e6}, point{40, 3e6 + 1})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(10, 11, measured),
		},
		"a series that was away an hour is not new": {
			data: memory{
				series(requests, point{-3600, 1}, point{-60, 9}, point{-30, 10}, point{30, 20}),
				series(failures, point{-3600, 2}, point{30, 5}),
			},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(10, 11, estimated),
			open: minute(-60),
		},
		"values that no counter has are passed over": {
			data: memory{series(requests, point{-30, 1}, point{10, math.Inf(1)}, point{20, -4}, point{30, 3}, point{40, math.NaN()}, point{50, 4})},
			span: slo.Span{From: minute(0), To: minute(0)},
			want: slots(3, 3, measured),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := ratio(t, `{__name__=~"requests_total|other_total",code="500"}`, `requests_total`)
			in.First = tt.first
			m, err := (&Source{Sampler: tt.data}).Measure(t.Context(), in, tt.span)
			require.NoError(t, err)
			require.Equal(t, tt.want, m.Streams[0].Slots)
			if tt.open == 0 {
				tt.open = tt.span.From
			}
			require.Equal(t, tt.open, m.Reopen)
		})
	}
}

func TestGroupsAddUpToTheWhole(t *testing.T) {
	pod := func(name string) labels.Labels {
		return labels.FromStrings("__name__", "requests_total", "pod", name)
	}
	data := memory{
		series(pod("a"), point{-30, 0}, point{30, 10}),
		series(pod("b"), point{-30, 0}, point{30, 5}, point{90, 6}),
	}
	in := ratio(t, `requests_total{code="500"}`, `requests_total`)
	in.By = []string{"pod"}
	m, err := (&Source{Sampler: data}).Measure(t.Context(), in, slo.Span{From: minute(0), To: minute(1)})
	require.NoError(t, err)
	require.Len(t, m.Streams, 3)
	require.Equal(t, slots(15, 15, measured, 1, 1, measured), m.Streams[0].Slots)
	require.Equal(t, slo.GroupOf(map[string]string{"pod": "a"}), m.Streams[1].Group)
	require.Equal(t, slots(10, 10, measured, 0, 0, gap), m.Streams[1].Slots)
	require.Equal(t, slots(5, 5, measured, 1, 1, measured), m.Streams[2].Slots)
}

func TestGaugesAreIntegratedOverTime(t *testing.T) {
	up := labels.FromStrings("__name__", "probe_success")
	stale := math.Float64frombits(staleNaN)
	tests := map[string]struct {
		data memory
		raw  bool
		want []slo.Slot
	}{
		"a value holds until the next sample": {
			data: memory{series(up, point{-15, 1}, point{15, 1}, point{45, 0}, point{75, 1}, point{120, 1})},
			want: slots(45, 60, measured, 45, 60, measured),
		},
		"nothing is counted after the last sample": {
			data: memory{series(up, point{0, 1}, point{30, 1})},
			want: slots(30, 30, measured, 0, 0, gap),
		},
		"nothing is counted after the series ended": {
			data: memory{series(up, point{0, 1}, point{30, stale}, point{90, 1}, point{120, 1})},
			want: slots(30, 30, measured, 30, 30, measured),
		},
		"a pause of more than five minutes is a gap": {
			data: memory{series(up, point{0, 1}, point{30, 1}, point{400, 1})},
			want: slots(30, 30, measured, 0, 0, gap),
		},
		"NaN does not hold": {
			data: memory{series(up, point{0, math.NaN()}, point{60, 1}, point{120, 1})},
			want: slots(0, 60, measured, 60, 60, measured),
		},
		"a raw ratio is integrated and called estimated": {
			data: memory{series(up, point{0, 0.5}, point{60, 0.75}, point{120, 1})}, raw: true,
			want: slots(30, 60, estimated, 45, 60, estimated),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := &Indicator{Form: Threshold, Op: slo.GreaterOrEqual, Limit: 1, Value: Expr{Terms: []Term{{Matchers: selector(t, "probe_success"), Sign: 1}}}}
			if tt.raw {
				in.Form = RawRatio
			}
			m, err := (&Source{Sampler: tt.data}).Measure(t.Context(), in, slo.Span{From: minute(0), To: minute(1)})
			require.NoError(t, err)
			require.Equal(t, tt.want, m.Streams[0].Slots)
		})
	}
}

func TestReachIsTheExtentOfAllSelectors(t *testing.T) {
	data := memory{series(requests, point{60, 1}, point{90, 1}), series(labels.FromStrings("__name__", "errors_total"), point{30, 1}, point{45, 1})}
	oldest, newest, err := (&Source{Sampler: data}).Reach(t.Context(), ratio(t, "errors_total", "requests_total"))
	require.NoError(t, err)
	require.Equal(t, day0.Add(30*time.Second), oldest)
	require.Equal(t, day0.Add(90*time.Second), newest)
}

package mixed

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// part is an indicator on one source.
type part struct {
	key, source string
	by          []string
}

func (p part) Key() slo.IndicatorKey { return slo.IndicatorKey(p.key) }
func (p part) SourceName() string    { return p.source }
func (p part) GroupBy() []string     { return p.by }
func (p part) Unit() slo.Unit        { return slo.Events }
func (p part) Queries() []slo.Query {
	return []slo.Query{{Role: "good", Text: p.key + " good"}, {Role: "total", Text: p.key + " all"}}
}

// source has the same slots for whatever it is asked.
type source struct {
	slots          []slo.Slot
	err            error
	reopen         slo.Minute
	oldest, newest time.Time
	pace           slo.Pace
}

func (s source) Measure(_ context.Context, _ slo.Indicator, span slo.Span) (slo.Measurement, error) {
	return slo.Measurement{
		Span: span, Reopen: min(span.From, s.reopen), Samples: 5, Warnings: []string{"same"},
		Streams: []slo.StreamSlots{{Group: "g", Slots: make([]slo.Slot, span.Len())}, {Slots: s.slots}},
	}, s.err
}

func (s source) Reach(context.Context, slo.Indicator) (oldest, newest time.Time, err error) {
	return s.oldest, s.newest, s.err
}
func (s source) Pace() slo.Pace { return s.pace }

func slot(n float64, state slo.SlotState) slo.Slot { return slo.Slot{Good: n, Total: n, State: state} }

func TestAMinuteIsMeasuredIfBothMeasuredIt(t *testing.T) {
	parts := []slo.Slot{slot(8, slo.Measured), slot(8, slo.Gap), slot(8, slo.Measured), slot(8, slo.Estimated), slot(12, slo.Measured), slot(0, slo.Measured)}
	all := []slo.Slot{slot(10, slo.Measured), slot(10, slo.Measured), slot(10, slo.Gap), slot(10, slo.Measured), slot(10, slo.Measured), slot(0, slo.Measured)}
	s := Source{Part: source{slots: parts, reopen: 3}, Total: source{slots: all, reopen: 90}}
	span := slo.Span{From: 100, To: 105}
	for name, c := range map[string]struct {
		bad  bool
		want []float64 // good
	}{"good and total": {false, []float64{8, 0, 0, 8, 12, 0}}, "bad and total": {true, []float64{2, 0, 0, 2, -2, 0}}} {
		t.Run(name, func(t *testing.T) {
			m, err := s.Measure(t.Context(), New(part{key: "a"}, part{key: "b"}, c.bad), span)
			require.NoError(t, err)
			require.Equal(t, span, m.Span)
			require.Equal(t, slo.Minute(3), m.Reopen)
			require.EqualValues(t, 10, m.Samples)
			require.Len(t, m.Streams, 1)
			states := []slo.SlotState{slo.Measured, slo.Gap, slo.Gap, slo.Estimated, slo.Estimated, slo.Measured}
			for k, got := range m.Streams[0].Slots {
				want := slo.Slot{Good: c.want[k], Total: all[k].Total, State: states[k]}
				if states[k] == slo.Gap {
					want = slo.Slot{}
				}
				require.Equal(t, want, got, "minute %d", k)
			}
			require.Equal(t, []string{"same", "1 minutes have more of a part than of the whole, because the sources embedded + embedded do not agree; they are estimated"}, m.Warnings)
		})
	}
}

// Clocks that are apart move events between minutes; the sum stays.
func TestNothingIsEvenedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "minutes")
		counts := rapid.SliceOfN(rapid.Float64Range(0, 100), n, n)
		p, a := counts.Draw(t, "part"), counts.Draw(t, "whole")
		parts, all := make([]slo.Slot, n), make([]slo.Slot, n)
		want := slo.Tally{}
		for k := range n {
			parts[k], all[k] = slot(p[k], slo.Measured), slot(a[k], slo.Measured)
			want.Good += p[k]
			want.Total += a[k]
		}
		m, err := Source{source{slots: parts}, source{slots: all}}.Measure(context.Background(), New(part{}, part{}, false), slo.Span{From: 1, To: slo.Minute(n)})
		require.NoError(t, err)
		got := slo.Tally{}
		for _, s := range m.Streams[0].Slots {
			got.Add(s)
		}
		require.InDelta(t, want.Good, got.Good, 1e-9)
		require.InDelta(t, want.Total, got.Total, 1e-9)
		require.Equal(t, n, got.Covered())
	})
}

func TestWhatOneSourceDoesNotAnswerIsNotMeasured(t *testing.T) {
	down := source{err: fault.Unavailablef("down")}
	for name, s := range map[string]Source{"the part": {down, source{}}, "the total": {source{oldest: time.Unix(1, 0)}, down}} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Measure(t.Context(), New(part{}, part{}, false), slo.Span{From: 1, To: 1})
			require.ErrorContains(t, err, "down")
			_, _, err = s.Reach(t.Context(), New(part{}, part{}, false))
			require.ErrorContains(t, err, "down")
		})
	}
	_, err := Source{}.Measure(t.Context(), part{}, slo.Span{})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	_, _, err = Source{}.Reach(t.Context(), part{})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestItReachesWhatBothReachAtThePaceOfTheSlower(t *testing.T) {
	at := func(n int64) time.Time { return time.Unix(n, 0) }
	for name, c := range map[string]struct {
		a, b           source
		oldest, newest time.Time
	}{
		"they overlap":      {source{oldest: at(1), newest: at(9)}, source{oldest: at(3), newest: at(12)}, at(3), at(9)},
		"one has nothing":   {source{}, source{oldest: at(3), newest: at(12)}, time.Time{}, time.Time{}},
		"other has nothing": {source{oldest: at(3), newest: at(12)}, source{}, time.Time{}, time.Time{}},
		"they do not meet":  {source{oldest: at(1), newest: at(2)}, source{oldest: at(3), newest: at(4)}, time.Time{}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			oldest, newest, err := Source{c.a, c.b}.Reach(t.Context(), New(part{}, part{}, false))
			require.NoError(t, err)
			require.Equal(t, c.oldest, oldest)
			require.Equal(t, c.newest, newest)
		})
	}
	s := Source{source{pace: slo.Pace{Delay: time.Minute}}, source{pace: slo.Pace{Delay: time.Second, Overlap: 7}}}
	require.Equal(t, slo.Pace{Delay: time.Minute, Overlap: 7}, s.Pace())
}

func TestAnIndicatorIsWhatBothPartsAre(t *testing.T) {
	a, b := part{key: "a", source: "logs"}, part{key: "b"}
	i := New(a, b, false)
	require.Equal(t, "logs + embedded", i.SourceName())
	require.Equal(t, []string{"logs", "embedded"}, Names(i.SourceName()))
	require.Equal(t, []string{"prod"}, Names("prod"))
	require.Equal(t, []slo.Query{{Role: "good", Text: "a good"}, {Role: "total", Text: "b all"}}, i.Queries())
	require.Equal(t, "bad", New(a, b, true).Queries()[0].Role)
	keys := map[slo.IndicatorKey]bool{}
	for _, i := range []*Indicator{i, New(b, a, false), New(a, b, true), New(part{key: "c"}, b, false)} {
		require.Len(t, string(i.Key()), keyLength)
		keys[i.Key()] = true
	}
	require.Len(t, keys, 4)
	require.Equal(t, slo.IndicatorKey("acd03f528c0e55b3b58e3f94"), i.Key(), "a key is for ever")
}

// builder notes what it is asked to build.
type builder struct {
	defs     *[]slo.Definition
	by       []string
	problems []slo.FieldProblem
}

func (b builder) Build(def slo.Definition) (slo.Indicator, []slo.FieldProblem) {
	*b.defs = append(*b.defs, def)
	return part{key: def.Good.SourceName, source: def.Good.SourceName, by: b.by}, b.problems
}

func TestADefinitionIsSplit(t *testing.T) {
	var defs []slo.Definition
	builders := map[string]slo.Builder{"A": builder{defs: &defs}, "B": builder{defs: &defs}}
	good := &slo.Metric{SourceName: "logs", Type: "A", Spec: map[string]any{"index": "x", "query": "q", "field": "took", "latency": "1s"}}
	total := &slo.Metric{SourceName: "prod", Type: "B", Spec: map[string]any{"query": "up"}}
	ind, problems := Build(slo.Definition{Name: "n", Counter: true, Good: good, Total: total}, builders)
	require.Empty(t, problems)
	require.Equal(t, "logs + prod", ind.SourceName())
	require.Equal(t, map[string]any{"index": "x", "query": "q"}, defs[0].Total.Spec, "its own source counts what it is divided from")
	require.Equal(t, "1s", good.Spec["latency"], "what was written stays")
	require.True(t, defs[0].Half && defs[1].Half)
	require.Same(t, total, defs[1].Good)
	require.Same(t, total, defs[1].Total)

	builders["A"] = builder{defs: &defs, problems: []slo.FieldProblem{
		{Path: []string{"ratioMetric", "good", "metricSource"}, Text: "wrong"}, {Path: []string{"ratioMetric", "total", "metricSource"}, Text: "wrong"},
	}}
	_, problems = Build(slo.Definition{Bad: good, Total: total}, builders)
	require.Equal(t, []slo.FieldProblem{{Path: []string{"ratioMetric", "bad", "metricSource"}, Text: "wrong"}}, problems, "it is told once, where it is written")
	builders["A"] = builder{defs: &defs, by: []string{"pod"}}
	_, problems = Build(slo.Definition{Good: good, Total: total}, builders)
	require.Len(t, problems, 1)
	require.Contains(t, problems[0].Text, "cannot be grouped")
}

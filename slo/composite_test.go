package slo_test

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/slotest"
)

// component makes an SLO on an indicator of its own as a part of a composite.
func component(name string, weight float64, delayed slo.WhenDelayed) slo.CompositeComponent {
	s := &slo.SLO{Name: name, Service: name, Objectives: []slo.Objective{{Name: "objective-1", Indicator: slotest.Indicator(name)}}}
	return slo.CompositeComponent{SLO: name, Weight: weight, WhenDelayed: delayed, Of: s, Part: &s.Objectives[0]}
}

// mixed makes an SLO of the components over so many minutes.
func mixed(t tester, window string, method slo.CompositeMethod, components ...slo.CompositeComponent) *slo.SLO {
	t.Helper()
	target, err := slo.ParseTarget("0.9")
	require.NoError(t, err)
	w, err := slo.ParseRolling(window)
	require.NoError(t, err)
	c := &slo.Composite{Method: method, Components: components}
	return &slo.SLO{Name: "whole", Window: w, Objectives: []slo.Objective{{Name: "objective-1", Target: target, Composite: c, Indicator: c.Indicator()}}}
}

// measured returns a meter that has the slots of each component from epoch on,
// settled to their ends.
func measured(slots map[string][]slo.Slot) *slotest.Meter {
	m := slotest.NewMeter()
	for name, s := range slots {
		key := slo.StreamKey{Indicator: slo.IndicatorKey(name)}
		m.Write(key, slo.MinuteOf(epoch)+1, s...)
		m.Settle(key.Indicator, slo.MinuteOf(epoch)+slo.Minute(len(s)))
	}
	return m
}

func TestAMinuteOfACompositeFollowsTheRules(t *testing.T) {
	t.Parallel()
	of := func(good, total float64) slo.Slot { return slo.Slot{Good: good, Total: total, State: slo.Measured} }
	gap := slo.Slot{}
	for name, tc := range map[string]struct {
		method     slo.CompositeMethod
		weights    [2]float64
		delayed    [2]slo.WhenDelayed
		a, b       slo.Slot
		sli        float64 // -1: no events, -2: a gap
		wantsGuess bool
	}{
		"the weighted mean":       {slo.Weighted, [2]float64{3, 1}, hold, of(100, 100), of(10, 20), 0.875, false},
		"the worst":               {slo.WorstOf, [2]float64{3, 1}, hold, of(100, 100), of(10, 20), 0.5, false},
		"what is missing adds up": {slo.Additive, [2]float64{1, 1}, hold, of(95, 100), of(19, 20), 0.9, false},
		"what is missing is multiplied by the weight":        {slo.Additive, [2]float64{2, 1}, hold, of(95, 100), of(20, 20), 0.9, false},
		"nothing is worse than nothing":                      {slo.Additive, [2]float64{1, 1}, hold, of(0, 100), of(0, 20), 0, false},
		"a quiet component takes no part":                    {slo.Weighted, [2]float64{3, 1}, hold, of(50, 100), of(0, 0), 0.5, false},
		"a quiet component is not the worst":                 {slo.WorstOf, [2]float64{3, 1}, hold, of(50, 100), of(0, 0), 0.5, false},
		"all are quiet":                                      {slo.Weighted, [2]float64{3, 1}, hold, of(0, 0), of(0, 0), -1, false},
		"a missing minute holds":                             {slo.Weighted, [2]float64{3, 1}, hold, of(100, 100), gap, -2, false},
		"a missing minute is ignored":                        {slo.Weighted, [2]float64{3, 1}, rules(slo.Hold, slo.Ignore), of(50, 100), gap, 0.5, false},
		"a missing minute counts as good":                    {slo.Weighted, [2]float64{3, 1}, rules(slo.Hold, slo.CountAsGood), of(50, 100), gap, 0.625, true},
		"a missing minute counts as bad":                     {slo.Weighted, [2]float64{3, 1}, rules(slo.Hold, slo.CountAsBad), of(50, 100), gap, 0.375, true},
		"a minute that counts as bad is the worst":           {slo.WorstOf, [2]float64{3, 1}, rules(slo.Hold, slo.CountAsBad), of(50, 100), gap, 0, true},
		"all are missing and ignored":                        {slo.Weighted, [2]float64{3, 1}, rules(slo.Ignore, slo.Ignore), gap, gap, -2, false},
		"an estimate makes an estimate":                      {slo.Weighted, [2]float64{1, 1}, hold, slo.Slot{Good: 1, Total: 1, State: slo.Estimated}, of(1, 1), 1, true},
		"one missing and ignored, the other without traffic": {slo.Weighted, [2]float64{1, 1}, rules(slo.Hold, slo.Ignore), of(0, 0), gap, -1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mixed(t, "1h", tc.method, component("a", tc.weights[0], tc.delayed[0]), component("b", tc.weights[1], tc.delayed[1]))
			// The first minute lets both components begin; the last is judged.
			m := measured(map[string][]slo.Slot{"a": {of(1, 1), tc.a}, "b": {of(1, 1), tc.b}})
			m.Settle("b", slo.MinuteOf(epoch)+2)
			now := epoch.Add(2*time.Minute + slo.DefaultMaxDelay + time.Second)
			e := slo.Evaluator{Meter: m, Now: func() time.Time { return now }}
			series, err := e.Series(t.Context(), s, &s.Objectives[0], slo.SeriesQuestion{
				Kind: slo.Volume, From: epoch.Add(time.Minute), To: epoch.Add(2 * time.Minute),
			})
			require.NoError(t, err)
			require.Len(t, series.Points, 1)
			p := series.Points[0]
			switch tc.sli {
			case -2:
				require.Nil(t, p.Values[0])
				require.Zero(t, p.Coverage)
			case -1:
				require.Zero(t, *p.Values[0]+*p.Values[1])
				require.Equal(t, 1.0, p.Coverage)
			default:
				require.InDelta(t, 60*tc.sli, *p.Values[0], 1e-12)
				require.InDelta(t, 60*(1-tc.sli), *p.Values[1], 1e-12)
			}
			require.Equal(t, tc.wantsGuess, p.Estimated)
		})
	}
}

// hold is the rule of components that say nothing.
var hold = rules(slo.Hold, slo.Hold)

func rules(a, b slo.WhenDelayed) [2]slo.WhenDelayed { return [2]slo.WhenDelayed{a, b} }

func TestALateComponentIsWaitedFor(t *testing.T) {
	t.Parallel()
	ok := slo.Slot{Good: 1, Total: 1, State: slo.Measured}
	long := make([]slo.Slot, 120)
	for i := range long {
		long[i] = ok
	}
	for name, tc := range map[string]struct {
		rule slo.WhenDelayed
		sli  float64
		to   time.Duration // where the figures end, after epoch
	}{
		"hold: the figures end where the late one ends":            {slo.Hold, 1, 90 * time.Minute},
		"count as bad: only what is later than the longest delay":  {slo.CountAsBad, (60*1 - 20*0.5) / 60, 110 * time.Minute},
		"count as good: only what is later than the longest delay": {slo.CountAsGood, 1, 110 * time.Minute},
		"ignore: the other decides":                                {slo.Ignore, 1, 110 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mixed(t, "1h", slo.Weighted, component("a", 1, slo.Hold), component("b", 1, tc.rule))
			e := slo.Evaluator{
				Meter: measured(map[string][]slo.Slot{"a": long, "b": long[:90]}),
				Now:   func() time.Time { return epoch.Add(2 * time.Hour) },
			}
			b, err := e.Budget(t.Context(), s, &s.Objectives[0], slo.Question{})
			require.NoError(t, err)
			require.Equal(t, epoch.Add(tc.to), b.AsOf)
			require.InDelta(t, tc.sli, *b.SLI, 1e-12)
			require.Equal(t, 1.0, b.Coverage)
		})
	}
}

func TestAComponentThatDidNotExistYet(t *testing.T) {
	t.Parallel()
	ok := slo.Slot{Good: 1, Total: 1, State: slo.Measured}
	a, b := make([]slo.Slot, 120), make([]slo.Slot, 120)
	for i := range a {
		a[i] = ok
		if i >= 90 {
			b[i] = ok
		}
	}
	for name, tc := range map[string]struct {
		rule     slo.WhenDelayed
		coverage float64
	}{
		"holds the composite back":   {slo.Hold, 0.5},
		"is not missed if ignored":   {slo.Ignore, 1},
		"is no bad minute before it": {slo.CountAsBad, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mixed(t, "1h", slo.Weighted, component("a", 1, slo.Hold), component("b", 1, tc.rule))
			e := slo.Evaluator{Meter: measured(map[string][]slo.Slot{"a": a, "b": b}), Now: func() time.Time { return epoch.Add(2 * time.Hour) }}
			got, err := e.Budget(t.Context(), s, &s.Objectives[0], slo.Question{})
			require.NoError(t, err)
			require.Equal(t, tc.coverage, got.Coverage)
			require.Equal(t, 1.0, *got.SLI)
		})
	}
}

// TestCompositesAgainstRationals recomputes composites, nested ones too, minute
// by minute in exact arithmetic.
func TestCompositesAgainstRationals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(60, 200).Draw(t, "minutes")
		slots := map[string][]slo.Slot{}
		for _, name := range []string{"a", "b", "c", "d"} {
			for range minutes {
				slots[name] = append(slots[name], drawSlot(t, 40))
			}
		}
		methods := []slo.CompositeMethod{slo.Weighted, slo.WorstOf, slo.Additive}
		rules := []slo.WhenDelayed{slo.Hold, slo.Ignore, slo.CountAsGood, slo.CountAsBad}
		draw := func(name string) slo.CompositeComponent {
			return component(name, float64(rapid.IntRange(1, 8).Draw(t, "weight"))/4, rapid.SampledFrom(rules).Draw(t, "rule"))
		}
		inner := mixed(t, "1h", rapid.SampledFrom(methods).Draw(t, "inner"), draw("a"), draw("b"))
		nested := slo.CompositeComponent{SLO: "whole", Weight: 1, WhenDelayed: rapid.SampledFrom(rules).Draw(t, "rule"), Of: inner, Part: &inner.Objectives[0]}
		s := mixed(t, "1h", rapid.SampledFrom(methods).Draw(t, "outer"), draw("c"), nested, draw("d"))

		now := epoch.Add(time.Duration(minutes)*time.Minute + time.Hour)
		e := slo.Evaluator{Meter: measured(slots), Now: func() time.Time { return now }}
		got, err := e.Budget(t.Context(), s, &s.Objectives[0], slo.Question{AsOf: epoch.Add(time.Duration(minutes) * time.Minute)})
		require.NoError(t, err)

		good, total, covered := new(big.Rat), new(big.Rat), 0
		all := naive{slots: slots}.mix(s.Objectives[0].Composite, minutes)
		for _, m := range all[minutes-60:] {
			if m.known {
				covered++
			}
			if m.sli != nil {
				good.Add(good, m.sli)
				total.Add(total, big.NewRat(1, 1))
			}
		}
		require.InDelta(t, float64(covered)/60, got.Coverage, 1e-12)
		if covered == 0 {
			require.Nil(t, got.Total)
			return
		}
		requireRat(t, good.Mul(good, big.NewRat(60, 1)), got.Good)
		requireRat(t, total.Mul(total, big.NewRat(60, 1)), got.Total)
	})
}

// naiveMinute is a minute of a composite: unknown, without events, or with an
// SLI.
type naiveMinute struct {
	known bool
	sli   *big.Rat
}

// naive computes composites as the rules are written.
type naive struct{ slots map[string][]slo.Slot }

// minutes returns the minutes of an objective.
func (n naive) minutes(o *slo.Objective, count int) []naiveMinute {
	if o.Composite != nil {
		return n.mix(o.Composite, count)
	}
	all := make([]naiveMinute, count)
	for i, s := range n.slots[string(o.Indicator.Key())] {
		all[i].known = s.State != slo.Gap
		if all[i].known && s.Total > 0 {
			all[i].sli = new(big.Rat).Quo(rat(s.Good), rat(s.Total))
		}
	}
	return all
}

// begin returns the first minute of an objective: of a composite, when the last
// of those began that it waits for, or the first if it waits for none; count if
// it never does.
func (n naive) begin(o *slo.Objective, count int) int {
	if o.Composite == nil {
		return min(count, slices.IndexFunc(append(n.minutes(o, count), naiveMinute{known: true}), func(m naiveMinute) bool { return m.known }))
	}
	first, last, held := count, 0, false
	for _, p := range o.Composite.Components {
		at := n.begin(p.Part, count)
		first = min(first, at)
		if p.WhenDelayed == slo.Hold {
			held, last = true, max(last, at)
		}
	}
	if held {
		return last
	}
	return first
}

func (n naive) mix(c *slo.Composite, count int) []naiveMinute {
	parts := make([][]naiveMinute, len(c.Components))
	begin := make([]int, len(c.Components))
	for i, p := range c.Components {
		parts[i], begin[i] = n.minutes(p.Part, count), n.begin(p.Part, count)
	}
	all := make([]naiveMinute, count)
	for minute := range all {
		var slis, weights []*big.Rat
		known, held := false, false
		for i, p := range c.Components {
			m := parts[i][minute]
			begun := minute >= begin[i]
			switch {
			case m.known:
				known = true
				if m.sli != nil {
					slis, weights = append(slis, m.sli), append(weights, rat(p.Weight))
				}
			case p.WhenDelayed == slo.Hold:
				held = true
			case begun && p.WhenDelayed == slo.CountAsGood:
				known, slis, weights = true, append(slis, big.NewRat(1, 1)), append(weights, rat(p.Weight))
			case begun && p.WhenDelayed == slo.CountAsBad:
				known, slis, weights = true, append(slis, new(big.Rat)), append(weights, rat(p.Weight))
			}
		}
		if known && !held {
			all[minute] = naiveMinute{known: true, sli: combine(c.Method, slis, weights)}
		}
	}
	return all
}

// combine returns the SLI of those that take part, nil if none does.
func combine(method slo.CompositeMethod, slis, weights []*big.Rat) *big.Rat {
	if len(slis) == 0 {
		return nil
	}
	one, worst := big.NewRat(1, 1), slis[0]
	sum, missing, all := new(big.Rat), new(big.Rat), new(big.Rat)
	for i, sli := range slis {
		if sli.Cmp(worst) < 0 {
			worst = sli
		}
		all.Add(all, weights[i])
		sum.Add(sum, new(big.Rat).Mul(sli, weights[i]))
		missing.Add(missing, new(big.Rat).Mul(new(big.Rat).Sub(one, sli), weights[i]))
	}
	switch {
	case method == slo.WorstOf:
		return worst
	case method == slo.Weighted:
		return sum.Quo(sum, all)
	case missing.Cmp(one) > 0:
		return new(big.Rat)
	default:
		return new(big.Rat).Sub(one, missing)
	}
}

func TestTheIndicatorOfACompositeIsWhatItIsMadeOf(t *testing.T) {
	t.Parallel()
	a, b := component("a", 1, slo.Hold), component("b", 2, slo.Ignore)
	key := func(method slo.CompositeMethod, c ...slo.CompositeComponent) slo.IndicatorKey {
		return (&slo.Composite{Method: method, Components: c}).Indicator().Key()
	}
	renamed := a
	renamed.SLO, renamed.Of = "z", &slo.SLO{Name: "z"}
	require.Equal(t, key(slo.Weighted, a, b), key(slo.Weighted, renamed, b), "a name is no part of it")
	heavier := a
	heavier.Weight = 3
	for name, other := range map[string]slo.IndicatorKey{
		"method": key(slo.WorstOf, a, b), "weight": key(slo.Weighted, heavier, b), "component": key(slo.Weighted, a, component("c", 2, slo.Ignore)),
	} {
		require.NotEqual(t, key(slo.Weighted, a, b), other, name)
	}
	s := mixed(t, "1h", slo.Weighted, a, b)
	inner := slo.CompositeComponent{SLO: "whole", Weight: 1, WhenDelayed: slo.Hold, Of: s, Part: &s.Objectives[0]}
	outer := mixed(t, "1h", slo.WorstOf, inner, a)
	var names []slo.IndicatorKey
	for _, ind := range slo.Indicators([]*slo.SLO{outer, s, a.Of}) {
		names = append(names, ind.Key())
	}
	require.Equal(t, []slo.IndicatorKey{"a", "b"}, names, "what sources measure, each once")
}

func TestACompositeIsExplained(t *testing.T) {
	t.Parallel()
	ok := slo.Slot{Good: 1, Total: 2, State: slo.Measured}
	s := mixed(t, "1h", slo.Weighted, component("a", 3, slo.Hold), component("b", 1, slo.Ignore))
	m := measured(map[string][]slo.Slot{"a": {ok, ok}, "b": {ok, ok}})
	m.Revise(slo.StreamKey{Indicator: "a"}, slo.Revision{At: epoch, Span: slo.SpanOf(epoch, epoch.Add(time.Minute)), Changed: 1})
	m.Revise(slo.StreamKey{Indicator: "b"}, slo.Revision{At: epoch.Add(time.Second), Span: slo.SpanOf(epoch, epoch.Add(time.Minute)), Changed: 2})
	e := slo.Evaluator{Meter: m, Now: func() time.Time { return epoch.Add(2 * time.Minute) }}
	x, err := e.Explain(t.Context(), s, &s.Objectives[0], slo.Question{})
	require.NoError(t, err)
	require.Equal(t, []slo.Query{
		{Role: "component", Text: "a · objective-1", Note: "weight 3, minutes without figures: HOLD"},
		{Role: "component", Text: "b · objective-1", Note: "weight 1, minutes without figures: IGNORE"},
	}, x.Queries)
	require.Len(t, x.Revisions, 2)
	require.Equal(t, 2, x.Revisions[0].Changed, "newest first")
	require.Equal(t, 2, x.Measured)
}

func BenchmarkStatusOfAComposite(b *testing.B) {
	slots := make([]slo.Slot, 90*slo.MinutesPerDay)
	for i := range slots {
		slots[i] = slo.Slot{Good: 99, Total: 100, State: slo.Measured}
	}
	s := mixed(b, "30d", slo.Weighted, component("a", 3, slo.Hold), component("b", 1, slo.Hold), component("c", 1, slo.Hold))
	e := slo.Evaluator{
		Meter: measured(map[string][]slo.Slot{"a": slots, "b": slots, "c": slots}),
		Now:   func() time.Time { return epoch.Add(90 * 24 * time.Hour) },
	}
	for b.Loop() {
		if _, _, err := e.Status(b.Context(), s, &s.Objectives[0], slo.Question{}); err != nil {
			b.Fatal(err)
		}
	}
}

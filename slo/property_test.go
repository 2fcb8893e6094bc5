package slo_test

import (
	"math"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/slotest"
)

// drawBench draws an objective over one to four hours with a full window of
// slots before it, most of them measured.
func drawBench(t *rapid.T) (*bench, []slo.Slot) {
	minutes := rapid.IntRange(60, 240).Draw(t, "minutes")
	w, err := slo.Rolling(time.Duration(minutes) * time.Minute)
	require.NoError(t, err)
	target, err := slo.ParseTarget(rapid.SampledFrom([]string{"0.5", "0.9", "0.99", "0.999", "0.123456789"}).Draw(t, "target"))
	require.NoError(t, err)
	b := &bench{meter: slotest.NewMeter(), slo: &slo.SLO{Name: "drawn", Window: w, Objectives: []slo.Objective{
		{Name: "objective-1", Target: target, Indicator: slotest.Indicator("requests")},
	}}}
	badness := rapid.IntRange(0, 100).Draw(t, "badness")
	slots := make([]slo.Slot, 2*minutes)
	for i := range slots {
		slots[i] = drawSlot(t, badness)
	}
	b.write(epoch, slots...)
	return b, slots
}

// drawSlot draws one slot: mostly measured, sometimes without events.
func drawSlot(t *rapid.T, badness int) slo.Slot {
	state := rapid.SampledFrom([]slo.SlotState{slo.Gap, slo.Estimated, slo.Measured, slo.Measured, slo.Measured, slo.Measured, slo.Measured, slo.Measured}).Draw(t, "state")
	if state == slo.Gap {
		return slo.Slot{}
	}
	total := rapid.IntRange(0, 1000).Draw(t, "total")
	bad := total * rapid.IntRange(0, badness).Draw(t, "bad") / 100
	return slo.Slot{Good: float64(total - bad), Total: float64(total), State: state}
}

// window returns the slots that the budget as of now counts.
func (b *bench) window(slots []slo.Slot) []slo.Slot {
	return slots[len(slots)-int(b.slo.Window.Duration()/time.Minute):]
}

// rat returns the rational that a float is.
func rat(f float64) *big.Rat { return new(big.Rat).SetFloat64(f) }

// requireRat holds a figure to a rational, to the last digits of a float.
func requireRat(t *rapid.T, want *big.Rat, got *float64) {
	t.Helper()
	require.NotNil(t, got)
	w, _ := want.Float64()
	require.LessOrEqual(t, math.Abs(w-*got), 1e-12*max(1, math.Abs(w)), "want %v, got %v", w, *got)
}

// TestBudgetAgainstRationals recomputes budgets in exact arithmetic.
func TestBudgetAgainstRationals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		got, err := b.evaluator().Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
		require.NoError(t, err)

		good, total, covered := new(big.Rat), new(big.Rat), 0
		for _, s := range b.window(slots) {
			if s.State != slo.Gap {
				good.Add(good, rat(s.Good))
				total.Add(total, rat(s.Total))
				covered++
			}
		}
		coverage := float64(covered) / float64(len(b.window(slots)))
		require.Equal(t, coverage, got.Coverage)
		if covered == 0 || total.Sign() == 0 {
			require.Nil(t, got.Remaining)
			return
		}
		target, _ := new(big.Rat).SetString(got.Target.String())
		allowed := new(big.Rat).Mul(new(big.Rat).Sub(big.NewRat(1, 1), target), total)
		spent := new(big.Rat).Sub(total, good)
		burn := new(big.Rat).Quo(spent, allowed)
		remaining := new(big.Rat).Sub(big.NewRat(1, 1), burn)
		requireRat(t, good, got.Good)
		requireRat(t, total, got.Total)
		requireRat(t, spent, got.Spent)
		requireRat(t, allowed, got.Allowed)
		requireRat(t, burn, got.BurnRate)
		requireRat(t, remaining, got.Remaining)
		requireRat(t, new(big.Rat).Quo(good, total), got.SLI)
		require.Equal(t, *got.Remaining, 1 - *got.Spent / *got.Allowed, "the identity of the design")

		switch r, _ := remaining.Float64(); {
		case coverage < slo.DefaultFloor:
			require.Equal(t, slo.NoData, got.State)
		case r < -1e-9:
			require.Equal(t, slo.Breached, got.State)
		case r > 1e-9 && r < 0.1-1e-9:
			require.Equal(t, slo.AtRisk, got.State)
		case r > 0.1+1e-9:
			require.Contains(t, []slo.State{slo.AtRisk, slo.Healthy}, got.State)
		}
	})
}

// TestBudgetsScaleSplitAndShift checks what must not matter, or must in one way.
func TestBudgetsScaleSplitAndShift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		ask := func(change func(int, slo.Slot) slo.Slot, start time.Time) slo.Budget {
			other := &bench{meter: slotest.NewMeter(), slo: b.slo}
			changed := make([]slo.Slot, len(slots))
			for i, s := range slots {
				changed[i] = change(i, s)
			}
			other.write(start, changed...)
			got, err := other.evaluator().Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
			require.NoError(t, err)
			return got
		}
		same := func(_ int, s slo.Slot) slo.Slot { return s }
		base := ask(same, epoch)
		if base.Remaining == nil {
			return
		}
		doubled := ask(func(_ int, s slo.Slot) slo.Slot { s.Good *= 2; s.Total *= 2; return s }, epoch)
		require.Equal(t, *base.Remaining, *doubled.Remaining, "twice the traffic")
		require.Equal(t, 2**base.Spent, *doubled.Spent)

		shifted := ask(same, epoch.Add(1000*time.Hour))
		require.Equal(t, *base.Remaining, *shifted.Remaining, "another day")

		part := func(keep float64) slo.Budget {
			return ask(func(_ int, s slo.Slot) slo.Slot {
				g := math.Floor(s.Good * keep)
				u := math.Floor((s.Total - s.Good) * keep)
				if keep == 0.25 { // the rest
					g, u = s.Good-math.Floor(s.Good*0.75), s.Total-s.Good-math.Floor((s.Total-s.Good)*0.75)
				}
				return slo.Slot{Good: g, Total: g + u, State: s.State}
			}, epoch)
		}
		most, rest := part(0.75), part(0.25)
		require.Equal(t, *base.Spent, *most.Spent+*rest.Spent, "two services are one")
		require.Equal(t, *base.Total, *most.Total+*rest.Total)

		better := ask(func(_ int, s slo.Slot) slo.Slot { s.Good += 7; s.Total += 7; return s }, epoch)
		require.GreaterOrEqual(t, *better.Remaining, *base.Remaining, "more good events never hurt")
	})
}

// TestSlicesAgainstAPlainCount judges slices one by one, by hand.
func TestSlicesAgainstAPlainCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		length := rapid.IntRange(1, 30).Draw(t, "slice")
		b.slo.Method = rapid.SampledFrom([]slo.Budgeting{slo.Timeslices, slo.RatioTimeslices}).Draw(t, "method")
		o := &b.slo.Objectives[0]
		o.SliceLength = time.Duration(length) * time.Minute
		var err error
		o.SliceTarget, err = slo.ParseSliceTarget("0.9")
		require.NoError(t, err)
		got, err := b.evaluator().Budget(t.Context(), b.slo, o, slo.Question{})
		require.NoError(t, err)

		first := int64(slo.MinuteOf(epoch)) + 1
		good, total, covered := 0.0, 0.0, 0
		fit := len(b.window(slots)) / length
		last := (first + int64(len(slots))) / int64(length)
		for k := last - int64(fit); k < last; k++ {
			var events slo.Tally
			for m := k * int64(length); m < (k+1)*int64(length); m++ {
				events.Add(slots[m-first])
			}
			covered += events.Covered()
			if float64(events.Covered()) < 0.9*float64(length) || events.Total == 0 {
				continue
			}
			total++
			switch sli := events.Good / events.Total; {
			case b.slo.Method == slo.RatioTimeslices:
				good += sli
			case sli >= 0.9:
				good++
			}
		}
		require.Equal(t, float64(covered)/float64(fit*length), got.Coverage)
		if covered > 0 {
			require.Equal(t, total, *got.Total)
			require.InDelta(t, good, *got.Good, 1e-9)
		}
	})
}

// TestForecastAgainstSimulation lets minutes pass, one by one. Windows below 96
// minutes are left behind by the minute, so that both agree.
func TestForecastAgainstSimulation(t *testing.T) {
	t.Parallel()
	forecasts := 0
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.IntRange(60, 95).Draw(t, "window")
		b := newBench(t, "90", "1h")
		var err error
		b.slo.Window, err = slo.Rolling(time.Duration(w) * time.Minute)
		require.NoError(t, err)
		slots := make([]slo.Slot, w)
		bad := []int{rapid.IntRange(0, 9).Draw(t, "first"), rapid.IntRange(0, 18).Draw(t, "then")}
		for i := range slots {
			n := bad[i*2/w] + rapid.IntRange(0, 2).Draw(t, "noise")
			slots[i] = slo.Slot{Total: 100, Good: float64(100 - n), State: slo.Measured}
		}
		b.write(epoch, slots...)
		got, err := b.evaluator().Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
		require.NoError(t, err)

		left := func(s slo.Slot) float64 { return 0.1*s.Total - (s.Total - s.Good) }
		now, slope := 0.0, 0.0
		for i, s := range slots {
			now += left(s)
			if i >= w-60 {
				slope += left(s) / 60
			}
		}
		want, tight := -1, now < 1e-6
		for x := 1; now > 0 && x <= w && want < 0; x++ {
			if now += slope - left(slots[x-1]); now <= 0 {
				want = x
			}
			tight = tight || math.Abs(now) < 1e-6
		}
		if tight { // a question of the last digit
			return
		}
		if want < 0 {
			require.Nil(t, got.ExhaustsAt)
			return
		}
		forecasts++
		require.NotNil(t, got.ExhaustsAt)
		require.Equal(t, b.now.Add(time.Duration(want)*time.Minute), *got.ExhaustsAt)
	})
	require.Positive(t, forecasts, "no drawn budget ended: the test tests nothing")
}

// Of a budget of 50 or 20, the second day takes 100 along, and the days after it
// give them back.
func TestABudgetThatWouldRecoverEndsAllTheSame(t *testing.T) {
	t.Parallel()
	type day struct{ bad, total float64 }
	for name, days := range map[string][]day{
		"what leaves was bad":   {{1, 10}, {0, 1000}, {300, 2000}, {1, 10}, {1, 10}, {0, 500}, {1, 10}, {1, 10}},
		"the recent past gains": {{40, 1000}, {0, 1000}, {1, 10}, {1, 10}, {1, 10}, {300, 1000}, {1, 10}, {40, 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "90", "8d")
			var slots []slo.Slot
			for _, d := range days {
				slots = append(slots, slices.Repeat([]slo.Slot{{Good: d.total - d.bad, Total: d.total, State: slo.Measured}}, slo.MinutesPerDay)...)
			}
			b.write(epoch, slots...)
			got, err := b.evaluator().Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
			require.NoError(t, err)
			require.NotNil(t, got.ExhaustsAt)
			require.WithinDuration(t, b.now.Add(36*time.Hour), *got.ExhaustsAt, time.Minute)
		})
	}
}

// TestForecastAgainstAWalkOverTheDays leaves windows of weeks and months behind
// stride by stride, none passed over.
func TestForecastAgainstAWalkOverTheDays(t *testing.T) {
	t.Parallel()
	outcomes := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SampledFrom([]int{7, 8, 15, 28, 45, 121}).Draw(t, "days")
		late := rapid.SampledFrom([]int{0, 1, 720, slo.MinutesPerDay - 1}).Draw(t, "minutes after midnight")
		b := newBench(t, "90", "1h")
		var err error
		b.slo.Window, err = slo.Rolling(time.Duration(days) * 24 * time.Hour)
		require.NoError(t, err)
		n := days * slo.MinutesPerDay
		slots := make([]slo.Slot, n+late)
		badness := []int{rapid.IntRange(0, 6).Draw(t, "first"), rapid.IntRange(0, 14).Draw(t, "then")}
		for d := 0; d <= days; d++ {
			total := rapid.SampledFrom([]int{0, 1, 100, 100, 5000}).Draw(t, "total")
			bad := total * min(100, badness[d*2/(days+1)]+rapid.SampledFrom([]int{0, 0, 0, 0, 2, 60}).Draw(t, "noise")) / 100
			for i := d * slo.MinutesPerDay; i < min((d+1)*slo.MinutesPerDay, len(slots)); i++ {
				slots[i] = slo.Slot{Total: float64(total), Good: float64(total - bad), State: slo.Measured}
			}
		}
		b.write(epoch, slots...)
		first := int(slo.MinuteOf(epoch)) + 1
		got, err := b.evaluator().Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
		require.NoError(t, err)

		left := func(slots []slo.Slot) float64 {
			sum := tallyOf(slots)
			return b.slo.Objectives[0].Target.Allowed(sum.Total) - (sum.Total - sum.Good)
		}
		window, recent := slots[late:], slots[len(slots)-max(n/30, 60):]
		now, slope, stride := left(window), left(recent)/float64(len(recent)), slo.MinutesPerDay*max(1, days/60)
		want, tight := math.Inf(1), math.Abs(now) < 1e-3
		if s := tallyOf(recent); now <= 0 || s.Total == s.Good {
			window = nil
		}
		for x := 0; x < len(window) && math.IsInf(want, 1); {
			end := min(x+stride-(first+late+x)%stride, n)
			next := now + float64(end-x)*slope - left(window[x:end])
			if tight = tight || math.Abs(next) < 1e-3; next <= 0 {
				want = float64(x) + float64(end-x)*now/(now-next)
			}
			now, x = next, end
		}
		if tight || math.Abs(want-math.Round(want)) < 1e-6 { // a question of the last digit
			return
		}
		outcomes[math.IsInf(want, 1)]++
		if math.IsInf(want, 1) {
			require.Nil(t, got.ExhaustsAt)
			return
		}
		require.NotNil(t, got.ExhaustsAt)
		require.Equal(t, b.now.Add(time.Duration(math.Ceil(want))*time.Minute), *got.ExhaustsAt)
	})
	require.Positive(t, outcomes[true], "no drawn budget lasts")
	require.Positive(t, outcomes[false], "no drawn budget ends")
}

// TestSeriesAgreeWithBudgets sums what is plotted.
func TestSeriesAgreeWithBudgets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		limit := rapid.IntRange(1, 400).Draw(t, "points")
		o := &b.slo.Objectives[0]
		ask := func(kind slo.SeriesKind) slo.Series {
			s, err := b.evaluator().Series(t.Context(), b.slo, o, slo.SeriesQuestion{Kind: kind, MaxPoints: limit})
			require.NoError(t, err)
			require.LessOrEqual(t, len(s.Points), limit)
			require.Equal(t, s.To, s.Points[len(s.Points)-1].At)
			at := s.From
			for _, p := range s.Points {
				require.True(t, p.At.After(at))
				require.LessOrEqual(t, p.At.Sub(at), s.Step)
				require.Len(t, p.Values, len(s.Columns))
				at = p.At
			}
			return s
		}
		budget, err := b.evaluator().Budget(t.Context(), b.slo, o, slo.Question{})
		require.NoError(t, err)

		down := ask(slo.BurnDown)
		last := down.Points[len(down.Points)-1]
		if last.Coverage > 0 && budget.Remaining != nil {
			require.InDelta(t, *budget.Remaining, *last.Values[0], 1e-9)
		}
		require.Zero(t, *last.Values[1])
		good, bad, covered := 0.0, 0.0, 0.0
		volume := ask(slo.Volume)
		at := volume.From
		for _, p := range volume.Points {
			covered += p.Coverage * p.At.Sub(at).Minutes()
			at = p.At
			require.Equal(t, p.Coverage == 0, p.Values[0] == nil, "a gap is not zero")
			if p.Values[0] != nil {
				good, bad = good+*p.Values[0], bad+*p.Values[1]
			}
		}
		sum := tallyOf(b.window(slots))
		require.Equal(t, sum.Good, good)
		require.Equal(t, sum.Total-sum.Good, bad)
		require.InDelta(t, float64(sum.Covered()), covered, 1e-6)
		for i, p := range ask(slo.SLISeries).Points {
			v := volume.Points[i].Values
			require.Equal(t, v[0] == nil || *v[0]+*v[1] == 0, p.Values[0] == nil)
		}
	})
}

// TestExplanationsAddUp compares an explanation with a walk over the slots.
func TestExplanationsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		x, err := b.evaluator().Explain(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
		require.NoError(t, err)
		window := b.window(slots)
		sum := tallyOf(window)
		require.Equal(t, []int{len(window), sum.Measured, sum.Estimated, len(window) - sum.Covered()},
			[]int{x.Minutes, x.Measured, x.Estimated, x.GapCount})

		var gaps []int
		run := 0
		for _, s := range append(slices.Clone(window), slo.Slot{State: slo.Measured}) {
			if s.State == slo.Gap {
				run++
			} else if run > 0 {
				gaps, run = append(gaps, run), 0
			}
		}
		slices.SortFunc(gaps, func(a, b int) int { return b - a })
		require.Len(t, x.Gaps, min(len(gaps), slo.MaxGaps))
		for i, gap := range x.Gaps {
			require.Equal(t, float64(gaps[i]), gap.To.Sub(gap.From).Minutes())
		}
		spent := 0.0
		for _, d := range x.WorstDays {
			spent += d.Spent
		}
		require.Equal(t, sum.Total-sum.Good, spent)
	})
}

// TestBurnRatesOfAnyWindow checks the scaling of the pairs: the factor always
// spends its fraction of the budget in the long window.
func TestBurnRatesOfAnyWindow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(60, 400*1440).Draw(t, "minutes")
		b := newBench(t, rapid.SampledFrom([]string{"50", "90", "99", "99.9", "99.999"}).Draw(t, "target"), "1h")
		var err error
		b.slo.Window, err = slo.Rolling(time.Duration(minutes) * time.Minute)
		require.NoError(t, err)
		b.now = epoch
		rates, err := b.evaluator().BurnRates(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
		require.NoError(t, err)
		for _, r := range rates {
			require.InEpsilon(t, r.BudgetFraction, r.Factor*r.LongWindow.Minutes()/float64(minutes), 1e-12)
			require.GreaterOrEqual(t, r.LongWindow, 5*time.Minute)
			require.GreaterOrEqual(t, r.ShortWindow, time.Minute)
			require.Less(t, r.ShortWindow, r.LongWindow)
			require.Zero(t, r.LongWindow%time.Minute+r.ShortWindow%time.Minute)
			require.GreaterOrEqual(t, r.Factor, 0.9)
			require.LessOrEqual(t, r.Factor, 1/b.slo.Objectives[0].Target.ErrorFraction())
		}
		if minutes >= 2*1440 && b.slo.Objectives[0].Target.ErrorFraction() < 0.05 {
			require.Len(t, rates, 4)
		}
	})
}

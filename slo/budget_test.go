package slo_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/slotest"
)

// epoch is when the figures of a test begin.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// bench is one objective with a meter to write its slots into.
type bench struct {
	meter *slotest.Meter
	slo   *slo.SLO
	now   time.Time
}

// tester is what a *testing.T and a *rapid.T have in common.
type tester interface {
	require.TestingT
	Helper()
}

func newBench(t tester, target, window string) *bench {
	t.Helper()
	parsed, err := slo.ParseTargetPercent(target)
	require.NoError(t, err)
	w, err := slo.ParseRolling(window)
	require.NoError(t, err)
	return &bench{
		meter: slotest.NewMeter(),
		slo: &slo.SLO{Name: "checkout", Window: w, Objectives: []slo.Objective{
			{Name: "objective-1", Target: parsed, Indicator: slotest.Indicator("requests")},
		}},
	}
}

func (b *bench) evaluator() slo.Evaluator {
	return slo.Evaluator{Meter: b.meter, Now: func() time.Time { return b.now }}
}

// write measures the minutes from start on and settles them.
func (b *bench) write(start time.Time, slots ...slo.Slot) {
	from := slo.MinuteOf(start) + 1
	b.meter.Write(b.key(""), from, slots...)
	last := from + slo.Minute(len(slots)) - 1
	if settled, ok := b.meter.Settled("requests"); !ok || last > settled {
		b.meter.Settle("requests", last)
	}
	b.now = last.End()
}

func (b *bench) key(g slo.Group) slo.StreamKey {
	return slo.StreamKey{Indicator: "requests", Group: g}
}

func (b *bench) budget(t testing.TB, q slo.Question) slo.Budget {
	t.Helper()
	got, err := b.evaluator().Budget(t.Context(), b.slo, &b.slo.Objectives[0], q)
	require.NoError(t, err)
	return got
}

// even returns n measured slots of the same figures.
func even(n int, good, total float64) []slo.Slot {
	slots := make([]slo.Slot, n)
	for i := range slots {
		slots[i] = slo.Slot{Good: good, Total: total, State: slo.Measured}
	}
	return slots
}

func TestBudgetOfAFullyMeasuredWindow(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99.9", "1h")
	b.write(epoch, even(59, 1000, 1000)...)
	b.write(epoch.Add(59*time.Minute), slo.Slot{Good: 970, Total: 1000, State: slo.Measured})

	got := b.budget(t, slo.Question{})
	require.Equal(t, epoch, got.From)
	require.Equal(t, epoch.Add(time.Hour), got.To)
	require.Equal(t, 30.0, *got.Spent)
	require.Equal(t, 60.0, *got.Allowed)
	require.Equal(t, 0.5, *got.Remaining)
	require.Equal(t, 0.5, *got.BurnRate)
	require.Equal(t, 1.0, got.Coverage)
	require.Empty(t, got.Warnings)
}

func TestBurnRatesOfThirtyDaysAreTheWorkbooks(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99.9", "30d")
	b.write(epoch, even(30*1440, 985, 1000)...)
	rates, err := b.evaluator().BurnRates(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
	require.NoError(t, err)
	both, sameRates, err := b.evaluator().Status(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
	require.NoError(t, err)
	require.Equal(t, rates, sameRates)
	require.Equal(t, b.budget(t, slo.Question{}), both)
	require.Len(t, rates, 4)
	for i, want := range []float64{14.4, 6, 3, 1} {
		require.Equal(t, want, rates[i].Factor)
		require.Equal(t, 15.0, *rates[i].Long)
		require.True(t, rates[i].Firing)
	}
}

// context returns a context for evaluations that take no time.
func (b *bench) context() context.Context { return context.Background() }

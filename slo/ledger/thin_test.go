package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// counted is an indicator of events.
type counted struct{}

func (counted) Key() slo.IndicatorKey { return ind }
func (counted) SourceName() string    { return "" }
func (counted) GroupBy() []string     { return nil }
func (counted) Unit() slo.Unit        { return slo.Events }
func (counted) Queries() []slo.Query  { return nil }

// A window that begins in the middle of a day of which only totals are kept
// says that a part of it is estimated, and its figures are those of an even day;
// one that begins with the day is as exact as ever.
func TestABudgetThatBeginsInACoarseDaySaysSo(t *testing.T) {
	l := open(t, ledger.NewMemory())
	const days = 4
	for d := range days {
		slots := make([]slo.Slot, slo.MinutesPerDay)
		for i := range slots {
			slots[i] = measured(10, 10)
		}
		slots[slo.MinutesPerDay-1] = measured(0, 10+14390) // half of the day's events in its last minute
		span := slo.Span{From: dayStart(d), To: dayStart(d+1) - 1}
		require.NoError(t, l.Write(t.Context(), ledger.Write{
			Indicator: ind, Reason: "live", Measurement: slo.Measurement{Span: span, Streams: []slo.StreamSlots{{Slots: slots}}},
		}))
	}
	_, err := l.Thin(t.Context(), day0.Day()+2)
	require.NoError(t, err)
	target, err := slo.ParseTarget("0.4")
	require.NoError(t, err)
	budget := func(window, end time.Duration) slo.Budget {
		w, err := slo.Rolling(window)
		require.NoError(t, err)
		s := &slo.SLO{Name: "s", Window: w, Objectives: []slo.Objective{{Name: "o", Target: target, Indicator: counted{}}}}
		e := slo.Evaluator{Meter: l, Now: func() time.Time { return now.AddDate(10, 0, 0) }}
		b, err := e.Budget(t.Context(), s, &s.Objectives[0], slo.Question{AsOf: dayStart(0).Start().Add(end)})
		require.NoError(t, err)
		return b
	}
	const day = 24 * time.Hour
	const events = 1439*10 + 14400 // of a day

	exact := budget(4*day, 4*day)
	require.Empty(t, exact.Warnings)
	require.Equal(t, 4.0*events, *exact.Total)

	half := budget(3*day+12*time.Hour, 4*day)
	require.Equal(t, []string{"720 of 5040 minutes are estimated"}, half.Warnings)
	require.Equal(t, 3.5*events, *half.Total)
	require.Equal(t, 1.0, half.Coverage)

	fine := budget(day+12*time.Hour, 4*day)
	require.Empty(t, fine.Warnings)
	require.Equal(t, float64(events+719*10+14400), *fine.Total, "the second half of a day has more than half of it")
}

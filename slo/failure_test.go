package slo_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

var errDisk = errors.New("disk on fire")

// failingMeter fails at the n-th call that can fail.
type failingMeter struct {
	slo.Meter
	calls, failAt int
}

func (m *failingMeter) fail() error {
	m.calls++
	if m.calls == m.failAt {
		return errDisk
	}
	return nil
}

func (m *failingMeter) Tally(ctx context.Context, key slo.StreamKey, span slo.Span) (slo.Tally, error) {
	if err := m.fail(); err != nil {
		return slo.Tally{}, err
	}
	return m.Meter.Tally(ctx, key, span)
}

func (m *failingMeter) Slots(ctx context.Context, key slo.StreamKey, span slo.Span) ([]slo.Slot, error) {
	if err := m.fail(); err != nil {
		return nil, err
	}
	return m.Meter.Slots(ctx, key, span)
}

func (m *failingMeter) Revisions(ctx context.Context, key slo.StreamKey, span slo.Span, limit int) ([]slo.Revision, error) {
	if err := m.fail(); err != nil {
		return nil, err
	}
	return m.Meter.Revisions(ctx, key, span, limit)
}

// TestEveryFailureOfTheMeterIsReported lets each call in turn fail: whatever is
// asked, the answer is the error and no figure made of what was read before.
func TestEveryFailureOfTheMeterIsReported(t *testing.T) {
	t.Parallel()
	b := newBench(t, "90", "2h")
	b.write(epoch, even(120, 98, 100)...)
	b.meter.Write(b.key("a"), slo.MinuteOf(epoch)+60, even(60, 98, 100)...)
	sliced := *b.slo
	sliced.Method = slo.RatioTimeslices
	sliced.Objectives = []slo.Objective{b.slo.Objectives[0]}
	sliced.Objectives[0].SliceLength = 5 * time.Minute

	asks := map[string]func(slo.Evaluator, *slo.SLO, slo.Question) error{
		"budget": func(e slo.Evaluator, s *slo.SLO, q slo.Question) error {
			_, err := e.Budget(t.Context(), s, &s.Objectives[0], q)
			return err
		},
		"burn rates": func(e slo.Evaluator, s *slo.SLO, q slo.Question) error {
			_, err := e.BurnRates(t.Context(), s, &s.Objectives[0], q)
			return err
		},
		"status": func(e slo.Evaluator, s *slo.SLO, q slo.Question) error {
			_, _, err := e.Status(t.Context(), s, &s.Objectives[0], q)
			return err
		},
		"series": func(e slo.Evaluator, s *slo.SLO, q slo.Question) error {
			_, err := e.Series(t.Context(), s, &s.Objectives[0], slo.SeriesQuestion{Question: q, Kind: slo.BurnDown})
			return err
		},
		"explain": func(e slo.Evaluator, s *slo.SLO, q slo.Question) error {
			_, err := e.Explain(t.Context(), s, &s.Objectives[0], q)
			return err
		},
		"groups": func(e slo.Evaluator, s *slo.SLO, q slo.Question) error {
			_, err := e.Groups(t.Context(), s, &s.Objectives[0], q)
			return err
		},
	}
	for name, ask := range asks {
		for _, s := range []*slo.SLO{b.slo, &sliced} {
			for _, g := range []slo.Group{"", "a"} {
				meter := &failingMeter{Meter: b.meter}
				e := b.evaluator()
				e.Meter = meter
				require.NoError(t, ask(e, s, slo.Question{Group: g}))
				calls := meter.calls
				require.Positive(t, calls)
				for n := 1; n <= calls; n++ {
					meter.calls, meter.failAt = 0, n
					require.ErrorIs(t, ask(e, s, slo.Question{Group: g}), errDisk, "%s of %s %q, call %d", name, s.Method, g, n)
				}
			}
		}
	}
}

func TestFiguresThatAreNotFiniteAreAbsent(t *testing.T) {
	t.Parallel()
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		b := newBench(t, "90", "1h")
		slots := even(60, 98, 100)
		slots[59].Good = bad
		b.write(epoch, slots...)
		got := b.budget(t, slo.Question{})
		require.Equal(t, slo.NoData, got.State)
		require.Nil(t, got.Good)
		require.Nil(t, got.Remaining)
		require.Contains(t, got.Warnings[0], "not a finite number")

		for _, kind := range []slo.SeriesKind{slo.SLISeries, slo.BurnRateSeries, slo.Volume, slo.BurnDown} {
			s, err := b.evaluator().Series(t.Context(), b.slo, &b.slo.Objectives[0], slo.SeriesQuestion{Kind: kind})
			require.NoError(t, err)
			require.Nil(t, s.Points[59].Values[0])
		}
		rates, err := b.evaluator().BurnRates(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
		require.NoError(t, err)
		require.Nil(t, rates[0].Long)
		require.False(t, rates[0].Firing)
	}
}

func TestQuestionsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		breaks func(*slo.SLO)
		want   string
	}{
		"no window":               {func(s *slo.SLO) { s.Window = slo.Window{} }, "no time window"},
		"no target":               {func(s *slo.SLO) { s.Objectives[0].Target = slo.Target{} }, "no target between 0 and 1"},
		"a slice of no length":    {func(s *slo.SLO) { s.Method = slo.RatioTimeslices }, "slice length 0s"},
		"a slice of half minutes": {func(s *slo.SLO) { s.Method = slo.RatioTimeslices; s.Objectives[0].SliceLength = 90 * time.Second }, "slice length 1m30s"},
		"a slice of a century":    {func(s *slo.SLO) { s.Method = slo.RatioTimeslices; s.Objectives[0].SliceLength = 876_000 * time.Hour }, "slice length"},
		"slices without a target": {func(s *slo.SLO) { s.Method = slo.Timeslices; s.Objectives[0].SliceLength = time.Minute }, "need a slice target"},
		"a target of one": {func(s *slo.SLO) {
			s.Objectives[0].Target, _ = slo.ParseSliceTarget("1")
		}, "no target between 0 and 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "90", "1h")
			tt.breaks(b.slo)
			_, err := b.evaluator().Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
			require.ErrorContains(t, err, tt.want)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			_, err = b.evaluator().Series(t.Context(), b.slo, &b.slo.Objectives[0], slo.SeriesQuestion{Kind: slo.Volume})
			require.ErrorContains(t, err, tt.want)
		})
	}
	b := newBench(t, "90", "1h")
	b.write(epoch, even(60, 1, 1)...)
	_, err := b.evaluator().Series(t.Context(), b.slo, &b.slo.Objectives[0],
		slo.SeriesQuestion{Kind: slo.Volume, From: epoch.AddDate(-20, 0, 0)})
	require.ErrorContains(t, err, "longer than 3660 days")
}

func TestManyGapsKeepTheLongest(t *testing.T) {
	t.Parallel()
	b := newBench(t, "90", "15d")
	slots := even(15*1440, 1, 1)
	for i := 0; i < len(slots); i += 3 {
		slots[i] = slo.Slot{}
	}
	slots[1], slots[10079] = slo.Slot{}, slo.Slot{} // two runs of two; the second crosses a week, where reading pauses
	b.write(epoch, slots...)
	x, err := b.evaluator().Explain(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
	require.NoError(t, err)
	require.Len(t, x.Gaps, slo.MaxGaps)
	require.Equal(t, 2*time.Minute, x.Gaps[0].To.Sub(x.Gaps[0].From))
	require.Equal(t, 2*time.Minute, x.Gaps[1].To.Sub(x.Gaps[1].From))
	require.True(t, x.Gaps[0].From.Before(x.Gaps[1].From))
	require.Equal(t, time.Minute, x.Gaps[2].To.Sub(x.Gaps[2].From))
	require.Equal(t, 15*1440/3+2, x.GapCount)
}

package collector

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// indicator is an indicator by key on one source.
type indicator string

func (i indicator) Key() slo.IndicatorKey { return slo.IndicatorKey(i) }
func (i indicator) SourceName() string    { return "" }
func (i indicator) GroupBy() []string     { return nil }
func (i indicator) Unit() slo.Unit        { return slo.Events }
func (i indicator) Queries() []slo.Query  { return nil }

// source has one event more in each minute than in the one before, from oldest
// on. Minutes of hidden arrive only when the source has been told so, as the
// increase of a series does that comes back after a pause.
type source struct {
	now    func() time.Time
	oldest slo.Minute
	hidden slo.Span
	shown  bool
	denies bool // it says that it has nothing
	never  bool // … and never had
	err    error

	mu    sync.Mutex
	spans []slo.Span
}

func (s *source) slot(m slo.Minute) slo.Slot {
	switch {
	case m < s.oldest || m.End().After(s.now()):
		return slo.Slot{}
	case s.hidden.Contains(m) && !s.shown:
		return slo.Slot{}
	default:
		return slo.Slot{Good: float64(m - s.oldest), Total: float64(m - s.oldest + 1), State: slo.Measured}
	}
}

func (s *source) Measure(_ context.Context, _ slo.Indicator, span slo.Span) (slo.Measurement, error) {
	s.mu.Lock()
	s.spans = append(s.spans, span)
	s.mu.Unlock()
	if s.err != nil {
		return slo.Measurement{}, s.err
	}
	m := slo.Measurement{Span: span, Reopen: span.From, Samples: int64(span.Len())}
	if s.shown && span.Contains(s.hidden.To+1) {
		m.Reopen = min(span.From, s.hidden.From)
	}
	slots := make([]slo.Slot, 0, span.Len())
	for at := span.From; at <= span.To; at++ {
		slot := s.slot(at)
		if s.denies {
			slot = slo.Slot{}
		}
		slots = append(slots, slot)
	}
	m.Streams = []slo.StreamSlots{{Slots: slots}}
	return m, nil
}

func (s *source) Reach(context.Context, slo.Indicator) (oldest, newest time.Time, err error) {
	if s.never {
		return time.Time{}, time.Time{}, s.err
	}
	return s.oldest.End(), s.now(), s.err
}

// bench is a collector over a memory ledger with a clock that the test moves.
type bench struct {
	clock  time.Time
	source *source
	store  *ledger.Memory
	ledger *ledger.Ledger
	c      *Collector
}

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func newBench(t require.TestingT, history time.Duration) *bench {
	b := &bench{clock: noon, store: ledger.NewMemory()}
	b.source = &source{now: func() time.Time { return b.clock }, oldest: slo.MinuteOf(noon.Add(-history))}
	b.restart(t)
	return b
}

// restart throws everything away but the store.
func (b *bench) restart(t require.TestingT) {
	l, err := ledger.Open(context.Background(), b.store, ledger.Options{Now: b.now})
	require.NoError(t, err)
	b.ledger = l
	b.c = New(Options{
		Registry: registryOf("i"), Ledger: l, Now: b.now, Logger: slog.New(slog.DiscardHandler), Delay: time.Second,
		Source: func(name string) slo.Source {
			if name != "" {
				return nil
			}
			return b.source
		},
	})
}

// registryOf has one objective, on an indicator.
func registryOf(ind indicator) *slo.Registry {
	registry := &slo.Registry{}
	registry.Replace([]*slo.SLO{{Name: "s", Objectives: []slo.Objective{{Indicator: ind}}}}, nil)
	return registry
}

func (b *bench) now() time.Time { return b.clock }

// equalsSource asserts that the ledger holds what the source has in a span.
func (b *bench) equalsSource(t require.TestingT, span slo.Span) {
	slots, err := b.ledger.Slots(context.Background(), slo.StreamKey{Indicator: "i"}, span)
	require.NoError(t, err)
	for k, got := range slots {
		m := span.From + slo.Minute(k)
		require.Equal(t, b.source.slot(m), got, "minute %s", m.Start())
	}
}

func TestFirstCycleReadsTheCurrentDay(t *testing.T) {
	b := newBench(t, 48*time.Hour)
	b.c.Cycle(t.Context())
	today := slo.Span{From: slo.MinuteOf(noon.Truncate(24*time.Hour)) + 1, To: slo.MinuteOf(noon) - 1}
	require.Equal(t, []slo.Span{today}, b.source.spans)
	b.equalsSource(t, today)
	settled, ok := b.ledger.Settled("i")
	require.True(t, ok)
	require.Equal(t, today.To, settled)
}

func TestHistoryIsReadNewestDayFirst(t *testing.T) {
	b := newBench(t, 100*time.Hour)
	require.False(t, b.c.Backfill(t.Context(), indicator("i")), "there is nothing to join history to yet")
	b.c.Cycle(t.Context())
	b.source.spans = nil
	for b.c.Backfill(t.Context(), indicator("i")) {
		p, ok := b.c.Progress("i")
		require.True(t, ok)
		require.Equal(t, 5, p.DaysTotal)
	}
	require.Len(t, b.source.spans, 4)
	for _, span := range b.source.spans {
		require.LessOrEqual(t, span.Len(), slo.MinutesPerDay)
	}
	p, _ := b.c.Progress("i")
	require.True(t, p.Done)
	require.Equal(t, 5, p.DaysDone)
	require.Equal(t, b.source.oldest.Start(), p.Oldest)
	b.equalsSource(t, slo.Span{From: b.source.oldest - 10, To: slo.MinuteOf(noon) - 1})
}

func TestAnIndicatorWithoutHistoryIsDoneAtOnce(t *testing.T) {
	b := newBench(t, time.Hour)
	b.c.Cycle(t.Context())
	require.True(t, b.c.Backfill(t.Context(), indicator("i")), "it notes that there is nothing to do")
	require.False(t, b.c.Backfill(t.Context(), indicator("i")))
	p, _ := b.c.Progress("i")
	require.True(t, p.Done)
}

func TestLateDataReopensTheMinutesThatTheyBelongTo(t *testing.T) {
	b := newBench(t, time.Hour)
	b.source.hidden = slo.Span{From: slo.MinuteOf(noon) + 10, To: slo.MinuteOf(noon) + 40}
	for range 60 {
		b.clock = b.clock.Add(time.Minute)
		b.source.shown = !b.clock.Before((b.source.hidden.To + 1).End())
		b.c.Cycle(t.Context())
	}
	b.equalsSource(t, slo.Span{From: slo.MinuteOf(noon), To: slo.MinuteOf(b.clock) - 1})
}

func TestAClockThatWasAheadDoesNotStopCollection(t *testing.T) {
	b := newBench(t, time.Hour)
	b.c.Cycle(t.Context())
	truth := b.clock
	b.source.now = func() time.Time { return truth }
	b.clock = truth.Add(24 * time.Hour)
	b.c.Cycle(t.Context())
	for range 5 {
		truth = truth.Add(time.Minute)
		b.clock = truth
		b.c.Cycle(t.Context())
	}
	settled, _ := b.ledger.Settled("i")
	require.Equal(t, slo.MinuteOf(truth)-1, settled)
	b.equalsSource(t, slo.Span{From: slo.MinuteOf(noon) - 30, To: settled})
}

func TestAnUnreachableSourceIsAState(t *testing.T) {
	b := newBench(t, time.Hour)
	b.c.Cycle(t.Context())
	before, _ := b.ledger.Settled("i")
	b.source.err = fault.Unavailablef("connection refused")
	b.clock = b.clock.Add(3 * time.Hour)
	b.c.Cycle(t.Context())
	after, _ := b.ledger.Settled("i")
	require.Equal(t, before, after, "nothing is settled that nobody answered")
	health := b.c.Health()
	require.Len(t, health, 1)
	require.Equal(t, "connection refused", health[0].Error)
	require.Equal(t, 1, health[0].Indicators)
	require.Equal(t, 1, health[0].Failing)
	problem, _ := b.c.Trouble("i")
	require.Equal(t, "connection refused", problem)

	b.source.err = nil
	b.c.Cycle(t.Context())
	b.equalsSource(t, slo.Span{From: slo.MinuteOf(noon) - 30, To: slo.MinuteOf(b.clock) - 1})
	require.Empty(t, b.c.Health()[0].Error)
}

func TestAMissingSourceNamesTheRemedy(t *testing.T) {
	b := newBench(t, time.Hour)
	b.c.o.Source = func(string) slo.Source { return nil }
	b.c.Cycle(t.Context())
	require.Contains(t, b.c.Health()[0].Error, `there is no data source ""`)
}

// Whatever happens to the collector, the ledger ends at what the source has.
func TestRestartsAndOutagesLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t, time.Duration(rapid.IntRange(0, 80).Draw(t, "hours of history"))*time.Hour)
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, fmt.Sprint("step ", i)) {
			case 0:
				b.restart(t)
			case 1:
				b.source.err = fault.Unavailablef("down")
			case 2:
				b.clock = b.clock.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "away")) * time.Minute)
			case 3:
				b.c.Backfill(context.Background(), indicator("i"))
			case 4:
				_, err := b.ledger.Seal(context.Background(), slo.MinuteOf(b.clock).Day())
				require.NoError(t, err)
			default:
				b.clock = b.clock.Add(time.Minute)
				b.c.Cycle(context.Background())
				b.source.err = nil
			}
		}
		b.source.err = nil
		b.c.Cycle(context.Background())
		for b.c.Backfill(context.Background(), indicator("i")) {
		}
		b.equalsSource(t, slo.Span{From: b.source.oldest - 100, To: slo.MinuteOf(b.clock.Add(-time.Second).Truncate(time.Minute))})
	})
}

func TestRunCollectsEveryMinuteAndOnChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, time.Hour)
		b.c.o.Now = time.Now
		b.source.now = time.Now
		b.source.oldest = slo.MinuteOf(time.Now()) - 30
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.c.Run(ctx) }()
		time.Sleep(10*time.Minute + 5*time.Second)
		synctest.Wait()
		settled, ok := b.ledger.Settled("i")
		require.True(t, ok)
		require.Equal(t, slo.MinuteOf(time.Now().Truncate(time.Minute)), settled)
		p, _ := b.c.Progress("i")
		require.True(t, p.Done)
		cancel()
		require.NoError(t, <-done)
	})
}

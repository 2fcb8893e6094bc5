package collector

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// lazy is a source with a pace of its own.
type lazy struct {
	*source
	pace slo.Pace
}

func (p lazy) Pace() slo.Pace { return p.pace }

// on is an indicator on a named source.
type on struct {
	indicator
	source string
}

func (o on) SourceName() string { return o.source }

// fleet is a collector over several sources.
func fleet(t *testing.T, now func() time.Time, sources map[string]slo.Source) (*Collector, *ledger.Ledger) {
	l, err := ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{Now: now})
	require.NoError(t, err)
	var objectives []slo.Objective
	for name := range sources {
		objectives = append(objectives, slo.Objective{Indicator: on{indicator(name), name}})
	}
	registry := &slo.Registry{}
	registry.Replace([]*slo.SLO{{Name: "s", Objectives: objectives}}, nil)
	return New(Options{
		Registry: registry, Ledger: l, Now: now, Logger: slog.New(slog.DiscardHandler),
		Source: func(name string) slo.Source { return sources[name] },
	}), l
}

func TestASlowSettlingSourceIsReadLaterAndFurtherBack(t *testing.T) {
	clock := noon.Add(30 * time.Second)
	now := func() time.Time { return clock }
	quick := &source{now: now, oldest: slo.MinuteOf(noon) - 30}
	slow := &source{now: now, oldest: slo.MinuteOf(noon) - 30}
	c, l := fleet(t, now, map[string]slo.Source{"quick": quick, "slow": lazy{slow, slo.Pace{Delay: 2 * time.Minute, Overlap: 10}}})
	c.Cycle(t.Context())
	quick.spans, slow.spans = nil, nil
	clock = clock.Add(time.Minute)
	c.Cycle(t.Context())

	last := slo.MinuteOf(noon) + 1 // the minute that ends at 12:01
	require.Equal(t, []slo.Span{{From: last - 2, To: last}}, quick.spans)
	require.Equal(t, []slo.Span{{From: last - 12, To: last - 2}}, slow.spans)
	settled, ok := l.Settled("slow")
	require.True(t, ok)
	require.Equal(t, noon.Add(-time.Minute), settled.End(), "what may still arrive is not settled")
}

func TestEachSourceIsAskedOnceAMinuteAtItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)))
		oldest := slo.MinuteOf(time.Now()) - 30
		var mu sync.Mutex
		asked := map[string][]time.Duration{}
		sources := map[string]slo.Source{}
		for name, delay := range map[string]time.Duration{"quick": 0, "slow": 95 * time.Second} {
			sources[name] = lazy{&source{now: time.Now, oldest: oldest}, slo.Pace{Delay: delay}}
		}
		c, _ := fleet(t, time.Now, sources)
		c.o.Around = func(ctx context.Context, name string, cycle func(context.Context)) {
			mu.Lock()
			asked[name] = append(asked[name], time.Since(time.Now().Truncate(time.Minute)))
			mu.Unlock()
			cycle(ctx)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.live(ctx) }()
		time.Sleep(5*time.Minute + 50*time.Second)
		synctest.Wait()
		cancel()
		require.NoError(t, <-done)
		require.Equal(t, []time.Duration{0, 10e9, 10e9, 10e9, 10e9, 10e9, 10e9}, asked["quick"])
		require.Equal(t, []time.Duration{0, 35e9, 35e9, 35e9, 35e9, 35e9, 35e9}, asked["slow"])
	})
}

func TestTheBarrierIsThatOfTheSource(t *testing.T) {
	now := func() time.Time { return noon }
	src := &source{now: now, oldest: slo.MinuteOf(noon) - 30}
	c, l := fleet(t, now, map[string]slo.Source{"": src, "other": src})
	c.o.Barrier = func(_ context.Context, source string) error {
		if source == "" {
			return fault.Unavailablef("the samples are not on disk")
		}
		return nil
	}
	c.Cycle(t.Context())
	_, ok := l.Settled("")
	require.False(t, ok, "samples that may be lost are not committed")
	_, ok = l.Settled("other")
	require.True(t, ok, "another server's samples do not wait for ours")
}

// A source that was down for three hours and comes back leaves a ledger that is
// the same as if it had never been away.
func TestAnOutageOfThreeHoursLeavesNoTrace(t *testing.T) {
	clock := noon
	now := func() time.Time { return clock }
	oldest := slo.MinuteOf(noon) - 2000
	for name, pace := range map[string]slo.Pace{"as the collector does it": {}, "settling late": {Delay: 90 * time.Second, Overlap: 8}} {
		t.Run(name, func(t *testing.T) {
			clock = noon
			broken := &source{now: now, oldest: oldest}
			sources := map[string]slo.Source{"steady": lazy{&source{now: now, oldest: oldest}, pace}, "broken": lazy{broken, pace}}
			c, l := fleet(t, now, sources)
			for minute := range 8 * 60 {
				broken.err = nil
				if minute >= 60 && minute < 240 {
					broken.err = fault.Unavailablef("connection refused")
				}
				clock = clock.Add(time.Minute)
				c.Cycle(t.Context())
				if minute == 200 {
					settled, _ := l.Settled("broken")
					require.Equal(t, noon.Add(time.Hour-c.pace("broken").Delay).Truncate(time.Minute), settled.End(), "nothing is settled while nobody answers")
				}
			}
			span := slo.Span{From: oldest, To: slo.MinuteOf(clock)}
			want, err := l.Tally(t.Context(), slo.StreamKey{Indicator: "steady"}, span)
			require.NoError(t, err)
			got, err := l.Tally(t.Context(), slo.StreamKey{Indicator: "broken"}, span)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Greater(t, got.Measured, 8*60, "and they are not alike because both are empty")
		})
	}
}

func TestAHistoryShorterThanTheWindowLowersCoverage(t *testing.T) {
	b := newBench(t, 5*24*time.Hour)
	b.c.Cycle(t.Context())
	for b.c.Backfill(t.Context(), indicator("i")) {
	}
	window := slo.SpanOf(noon.Add(-30*24*time.Hour), noon)
	tally, err := b.ledger.Tally(t.Context(), slo.StreamKey{Indicator: "i"}, window)
	require.NoError(t, err)
	require.InDelta(t, 5.0/30, tally.Coverage(), 2.0/(30*24*60), "two minutes at the ends")
}

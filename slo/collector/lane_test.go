package collector

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// placed is an indicator by key on a named source.
type placed struct {
	indicator
	source string
}

func (p placed) SourceName() string { return p.source }

// paced is a source that takes some time for each answer: by indicator, or
// until it is told to stop asking.
type paced struct {
	source
	takes func(slo.Indicator, slo.Span) time.Duration // negative: for ever

	mu          sync.Mutex
	busy, peak  int
	asked       map[slo.IndicatorKey]int
	reachWaited []time.Time
}

func (p *paced) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	p.mu.Lock()
	p.busy++
	p.peak = max(p.peak, p.busy)
	p.asked[ind.Key()]++
	p.mu.Unlock()
	defer func() { p.mu.Lock(); p.busy--; p.mu.Unlock() }()
	takes := p.takes(ind, span)
	if takes < 0 {
		<-ctx.Done()
		return slo.Measurement{}, ctx.Err()
	}
	select {
	case <-time.After(takes):
		return p.source.Measure(ctx, ind, span)
	case <-ctx.Done():
		return slo.Measurement{}, ctx.Err()
	}
}

func (p *paced) Reach(ctx context.Context, ind slo.Indicator) (oldest, newest time.Time, err error) {
	p.mu.Lock()
	p.reachWaited = append(p.reachWaited, time.Now())
	p.mu.Unlock()
	return p.source.Reach(ctx, ind)
}

func newPaced(takes func(slo.Indicator, slo.Span) time.Duration) *paced {
	return &paced{source: source{now: time.Now, oldest: slo.MinuteOf(time.Now()) - 60}, takes: takes, asked: map[slo.IndicatorKey]int{}}
}

func always(d time.Duration) func(slo.Indicator, slo.Span) time.Duration {
	return func(slo.Indicator, slo.Span) time.Duration { return d }
}

// newLanes returns a collector of n indicators on each source, on the clock of
// the bubble, and its ledger.
func newLanes(t *testing.T, n int, sources map[string]*paced) (*Collector, *ledger.Ledger) {
	l, err := ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{Now: time.Now})
	require.NoError(t, err)
	s := &slo.SLO{Name: "s"}
	for name := range sources {
		for i := range n {
			ind := placed{indicator(fmt.Sprintf("%s-%02d", name, i)), name}
			s.Objectives = append(s.Objectives, slo.Objective{Indicator: ind})
		}
	}
	registry := &slo.Registry{}
	registry.Replace([]*slo.SLO{s}, nil)
	return New(Options{
		Registry: registry, Ledger: l, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Delay: time.Second,
		Source: func(name string) slo.Source { return sources[name] },
	}), l
}

func TestAHangingSourceDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(90 * time.Second) // from the full minute on which bubbles begin
		hanging, fast := newPaced(always(-1)), newPaced(always(10*time.Millisecond))
		c, l := newLanes(t, 20, map[string]*paced{"hanging": hanging, "fast": fast})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		for range 10 {
			time.Sleep(time.Minute)
			synctest.Wait()
			for i := range 20 {
				settled, ok := l.Settled(slo.IndicatorKey(fmt.Sprintf("fast-%02d", i)))
				require.True(t, ok)
				require.Less(t, time.Since(settled.End()), 31*time.Second, "every minute is kept before the next one is half over")
			}
		}
		require.LessOrEqual(t, hanging.peak, 4+batch, "it is asked for no more than its share")
		var health Health
		for _, h := range c.Health() {
			if h.Source == "hanging" {
				health = h
			}
		}
		require.Equal(t, 4, health.Failing)
		require.Equal(t, 16, health.Waiting)
		require.Contains(t, health.Error, "did not answer within a cycle of 50s")
		cancel()
		require.NoError(t, <-done)
	})
}

func TestAHangingIndicatorDelaysNoOtherOfItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := newPaced(func(ind slo.Indicator, _ slo.Span) time.Duration {
			if ind.Key() == "a-00" {
				return -1
			}
			return time.Millisecond
		})
		c, l := newLanes(t, 20, map[string]*paced{"a": source})
		began := time.Now()
		go c.Cycle(t.Context())
		time.Sleep(commitEvery + 100*time.Millisecond)
		synctest.Wait()
		for i := 1; i < 20; i++ {
			_, ok := l.Settled(slo.IndicatorKey(fmt.Sprintf("a-%02d", i)))
			require.True(t, ok, "indicator %d", i)
		}
		time.Sleep(DefaultLimit)
		synctest.Wait()
		require.Less(t, time.Since(began), time.Minute)
	})
}

func TestIndicatorsOfASlowSourceTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := newPaced(always(20 * time.Second)) // two rounds of four a cycle, of fifty
		c, _ := newLanes(t, 50, map[string]*paced{"slow": source})
		before := map[slo.IndicatorKey]int{}
		for turn := 1; turn <= 14; turn++ {
			c.Cycle(t.Context())
			after := c.lane("slow").served
			require.Len(t, after, 50)
			latest, waiting := 0, 1<<30 // earlier turns of those served now, and of those not
			for key, at := range after {
				if at == turn {
					latest = max(latest, before[key])
				} else {
					waiting = min(waiting, at)
				}
			}
			require.LessOrEqual(t, latest, waiting, "nobody has a turn while somebody waits for longer")
			before = maps.Clone(after)
			time.Sleep(10 * time.Second)
		}
		for key, n := range source.asked {
			require.Positive(t, n, key)
		}
		require.Len(t, source.asked, 50)
		require.Equal(t, 4, source.peak)
	})
}

func TestABusySourceMeasuresWhatIsNewAsSoonAsItIsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(90 * time.Second) // half a minute to the next turn
		busy := newPaced(always(5 * time.Second))
		c, _ := newLanes(t, 1, map[string]*paced{"": busy})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		time.Sleep(time.Second) // the first cycle runs
		ind := placed{indicator("new"), ""}
		c.o.Registry.Replace(append(c.o.Registry.All(), &slo.SLO{Name: "n", Objectives: []slo.Objective{{Indicator: ind}}}), nil)
		asked := func() int {
			busy.mu.Lock()
			defer busy.mu.Unlock()
			return busy.asked[ind.Key()]
		}
		synctest.Wait()
		require.Zero(t, asked(), "one cycle at a time")
		time.Sleep(10 * time.Second)
		require.Positive(t, asked(), "without waiting for the next minute")
		cancel()
		require.NoError(t, <-done)
		require.False(t, c.lane("").live)
	})
}

func TestCancellingEndsACycleAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLanes(t, 20, map[string]*paced{"a": newPaced(always(-1)), "b": newPaced(always(time.Hour))})
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		time.AfterFunc(3*time.Second, cancel)
		c.Cycle(ctx)
		require.Equal(t, 3*time.Second, time.Since(began))
		_, ok := l.Settled("a-00")
		require.False(t, ok)
		require.Empty(t, c.Health(), "a cycle that was cut says nothing about its sources")
	})
}

func TestALongAbsenceIsMadeUpForInPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := newPaced(func(_ slo.Indicator, span slo.Span) time.Duration {
			return time.Duration(span.Len()) * 100 * time.Millisecond
		})
		time.Sleep(20 * time.Hour) // a first day of 1,200 minutes takes two minutes: more than a cycle
		c, l := newLanes(t, 1, map[string]*paced{"a": source})
		for range 6 {
			c.Cycle(t.Context())
			time.Sleep(10 * time.Second)
		}
		settled, ok := l.Settled("a-00")
		require.True(t, ok)
		require.Less(t, time.Since(settled.End()), 2*time.Minute)
	})
}

func TestHistoryWaitsWhileACycleAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := newPaced(always(time.Second))
		c, _ := newLanes(t, 20, map[string]*paced{"a": source})
		c.Cycle(t.Context())
		began := time.Now()
		go c.Cycle(t.Context()) // five seconds: twenty indicators, four at a time
		synctest.Wait()
		require.True(t, c.Backfill(t.Context(), placed{"a-00", "a"}))
		require.Equal(t, began.Add(5*time.Second), source.reachWaited[0])

		ctx, cancel := context.WithCancel(t.Context())
		go c.Cycle(t.Context())
		synctest.Wait()
		cancel()
		require.False(t, c.Backfill(ctx, placed{"a-01", "a"}), "it does not wait longer than it is wanted")
		time.Sleep(time.Minute)
	})
}

func TestOldMinutesAreLetGoAndTotalsStay(t *testing.T) {
	b := newBench(t, 10*24*time.Hour)
	b.c.Cycle(t.Context())
	for b.c.Backfill(t.Context(), indicator("i")) {
	}
	key := slo.StreamKey{Indicator: "i"}
	old := slo.Span{From: dayStart(slo.MinuteOf(noon)) - 5*slo.MinutesPerDay, To: dayStart(slo.MinuteOf(noon)) - 4*slo.MinutesPerDay - 1}
	before, err := b.ledger.Tally(t.Context(), key, old)
	require.NoError(t, err)
	half := slo.Span{From: old.From, To: old.From + 700}

	b.c.thin(t.Context())
	tally, err := b.ledger.Tally(t.Context(), key, half)
	require.NoError(t, err)
	require.Zero(t, tally.Estimated, "without a limit minutes are kept for ever")

	b.c.o.KeepMinutes = 3
	b.c.thin(t.Context())
	tally, err = b.ledger.Tally(t.Context(), key, half)
	require.NoError(t, err)
	require.Equal(t, half.Len(), tally.Estimated)
	after, err := b.ledger.Tally(t.Context(), key, old)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

package prometheus

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
)

// unfolding is a Sampler that knows what was scraped until now.
type unfolding struct {
	memory
	now func() time.Time
}

func (u unfolding) Select(ctx context.Context, m []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	return u.memory.Select(ctx, m, from, min(to, u.now().UnixMilli()), visit)
}

// A collector that is killed and restarted at random moments, over a fleet that
// restarts, churns and is not scraped at times, ends at the event log: short of
// what no sample tells of, and at exactly the slots of measuring afterwards.
func TestACollectorThatRestartsEndsAtTheEventLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		clock := day0.Add(-2 * time.Hour)
		now := func() time.Time { return clock }
		end := day0.Add(5 * time.Hour)
		store, in := ledger.NewMemory(), badOfTotal("pod")
		src := &Source{Sampler: unfolding{w.data, now}}
		var book *ledger.Ledger
		var c *collector.Collector
		start := func() {
			var err error
			book, err = ledger.Open(t.Context(), store, ledger.Options{Now: now})
			require.NoError(t, err)
			registry := &slo.Registry{}
			registry.Replace([]*slo.SLO{{Name: "s", Objectives: []slo.Objective{{Indicator: in}}}}, nil)
			c = collector.New(collector.Options{
				Registry: registry, Ledger: book, Now: now, Logger: slog.New(slog.DiscardHandler),
				Source: func(string) slo.Source { return src },
			})
		}
		start()
		for clock.Before(end) {
			step := time.Minute
			if rapid.IntRange(0, 9).Draw(t, "what") == 0 {
				step = time.Duration(rapid.IntRange(1, 5400).Draw(t, "seconds away")) * time.Second
				start()
			}
			clock = clock.Add(step)
			c.Cycle(t.Context())
			c.Backfill(t.Context(), in)
		}
		for c.Backfill(t.Context(), in) {
		}
		span := slo.Span{From: minute(-120), To: minute(290)}
		tally, err := book.Tally(t.Context(), slo.StreamKey{Indicator: in.Key()}, span)
		require.NoError(t, err)
		require.InDelta(t, w.told(), tally.Total, 1e-9*tally.Total)
		require.LessOrEqual(t, tally.Total, w.happened, "no event is invented")
		require.GreaterOrEqual(t, tally.Total, w.happened-w.unseen, "only unseen events are missing")

		after, err := (&Source{Sampler: w.data}).Measure(t.Context(), in, span)
		require.NoError(t, err)
		for _, s := range after.Streams {
			kept, err := book.Slots(t.Context(), slo.StreamKey{Indicator: in.Key(), Group: s.Group}, span)
			require.NoError(t, err)
			for i, want := range s.Slots {
				require.Equal(t, want, kept[i], "group %s, minute %s", s.Group, (span.From + slo.Minute(i)).Start())
			}
		}
	})
}

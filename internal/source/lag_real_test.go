package source

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// realLag moves the clock by ten seconds, of which the pace of each source is a
// multiple, and notes when each event that was in time is in a budget first. What
// the cycles themselves took comes on top.
func realLag(t *testing.T, node *ownNode) {
	start := time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC)
	w := newWorld(t, node, "lag", drawLog(3, start, time.Hour, 12*time.Minute, time.Second, 0))
	h := watch(t, w, w.prometheus.URL, node.URL.String())
	h.cycle(t)
	seen, took := map[string]map[slo.Minute]time.Time{}, time.Duration(0)
	for name := range h.slos {
		seen[name] = map[slo.Minute]time.Time{}
	}
	for w.clock.Before(start.Add(10 * time.Minute)) {
		w.to(t, w.clock.Add(10*time.Second))
		began := time.Now() //nolint:forbidigo // what a cycle takes
		h.cycle(t)
		took = max(took, time.Since(began)) //nolint:forbidigo // see above
		for name, minutes := range seen {
			b := h.budget(t, name, time.Hour, time.Time{}, "")
			for m := slo.MinuteOf(start) + 1; m.End().Compare(b.AsOf) <= 0; m++ {
				if minutes[m].IsZero() {
					minutes[m] = w.clock
				}
			}
		}
	}
	for name, limit := range map[string]time.Duration{metrics: 75 * time.Second, logs: 2 * time.Minute, both: 2 * time.Minute} {
		n, sum, most := 0, time.Duration(0), time.Duration(0)
		for _, e := range w.events {
			if first := seen[name][slo.MinuteOf(e.at)]; !first.IsZero() && e.arrived.Equal(e.at) {
				lag := first.Sub(e.at)
				n, sum, most = n+1, sum+lag, max(most, lag)
			}
		}
		require.Greater(t, n, 300)
		require.LessOrEqual(t, most, limit, name)
		t.Logf("%-14s from an event to the budgets with it: %.1f s on average, %.1f s at most (%d events)", name, (sum / time.Duration(n)).Seconds(), most.Seconds(), n)
	}
	t.Logf("on top of it, the slowest of the cycles, of all three objectives, took %s here", took.Round(time.Millisecond))
}

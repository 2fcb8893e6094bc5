package source

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/slo"
)

// outage is a world with two watchers: between one of them and the servers stand
// proxies.
type outage struct {
	*world
	near, far *watcher
	proxies   []*realtest.FaultProxy
	found     agreement
}

// realOutage has the servers out of reach of one watcher for three hours, and then
// down for three hours. The history of the log is shorter than the window.
func realOutage(t *testing.T, node *ownNode) {
	start := time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC)
	w := newWorld(t, node, "outage", drawLog(2, start, 3*24*time.Hour, 10*time.Hour, 5*time.Second, 0))
	o := &outage{world: w, near: watch(t, w, w.prometheus.URL, node.URL.String())}
	o.proxies = []*realtest.FaultProxy{realtest.NewFaultProxy(t, w.prometheus.URL), realtest.NewFaultProxy(t, node.URL.String())}
	o.far = watch(t, w, o.proxies[0].URL, o.proxies[1].URL)
	o.near.cycle(t)
	o.far.cycle(t)
	o.short(t)
	o.pass(t, time.Hour)
	o.outOfReach(t)
	o.pass(t, 30*time.Minute)
	o.down(t)
	o.pass(t, 30*time.Minute)
	settled := w.clock.Add(-12 * time.Minute)
	slots := o.same(t, settled)
	t.Logf("%d events; after both outages %d slots are those of the log and of a collector that was never cut off, and %d budgets agree, the farthest apart by %g", len(w.events), slots, o.found.budgets, o.found.apart)
}

// pass lets time pass, in steps of ten minutes, to full ones.
func (o *outage) pass(t *testing.T, d time.Duration) {
	for end := o.clock.Add(d); o.clock.Before(end); {
		o.to(t, o.clock.Truncate(10*time.Minute).Add(10*time.Minute))
		o.near.cycle(t)
		o.far.cycle(t)
	}
}

// short wants windows that are longer than the history to say so.
func (o *outage) short(t *testing.T) {
	const window = 30 * 24 * time.Hour
	firsts := map[string]slo.Minute{
		metrics: slo.MinuteOf(o.first), // at whose end every counter is 0
		logs:    slo.MinuteOf(o.events[0].at),
	}
	firsts[both] = max(firsts[metrics], firsts[logs])
	asOf := o.clock.Add(-12 * time.Minute)
	for name, first := range firsts {
		b := o.near.budget(t, name, window, asOf, "")
		want := float64(slo.SpanOf(first.Start(), asOf).Len()) / window.Minutes()
		require.InDelta(t, want, b.Coverage, 1e-12, name)
		require.Equal(t, slo.NoData, b.State, name)
		require.Contains(t, b.Warnings[1], "history begins at "+first.Start().Format(time.RFC3339)+": window longer than history", name)
		t.Logf("%-14s a window of 30 days over a history of three: coverage %.6f, %s, %q", name, b.Coverage, b.State, b.Warnings)
	}
	o.near.agree(t, &o.found, asOf, time.Hour, 2*24*time.Hour)
}

// outOfReach cuts one watcher off for three hours, in which it has no figures.
func (o *outage) outOfReach(t *testing.T) {
	refused := realtest.FaultNamed("refused")
	for _, p := range o.proxies {
		p.Set(t, refused)
	}
	last := slo.MinuteOf(o.clock) - 1
	for range 3 {
		o.to(t, o.clock.Add(time.Hour))
		o.near.cycle(t)
		o.far.cycle(t)
		o.missing(t, o.far, last)
		require.NotContains(t, []slo.State{slo.NoData, slo.Stale}, o.near.budget(t, metrics, time.Hour, time.Time{}, "").State)
	}
	for _, p := range o.proxies {
		p.Clear(t)
	}
	o.far.back(t)
	o.same(t, o.clock.Add(-12*time.Minute))
}

// down stops both servers for three hours. What delivers to them comes back with
// what it kept, which is not all there when the first cycles ask.
func (o *outage) down(t *testing.T) {
	last := slo.MinuteOf(o.clock) - 1
	o.prometheus.Stop(t)
	o.node.Stop(t)
	o.noProm, o.noNode = true, true
	for range 3 {
		o.to(t, o.clock.Add(time.Hour))
		o.near.cycle(t)
		o.missing(t, o.near, last)
	}
	o.prometheus.Start(t)
	o.node.start()
	o.noProm, o.noNode = false, false
	for kept := o.clock.Add(-2 * time.Hour); !kept.After(o.clock); kept = kept.Add(time.Hour) {
		o.scrape(t, kept)
		o.near.back(t)
		o.far.back(t)
	}
	o.to(t, o.clock)
	o.near.back(t)
	o.far.back(t)
}

// missing wants nothing in the ledger after the last minute that was read.
func (o *outage) missing(t *testing.T, h *watcher, last slo.Minute) {
	for name := range h.slos {
		for _, g := range groupsOf(name) {
			for _, s := range h.slots(t, name, g, slo.Span{From: last + 1, To: slo.MinuteOf(o.clock)}) {
				require.Equal(t, slo.Gap, s.State, "%s %q", name, g)
			}
			for _, window := range []time.Duration{time.Hour, 2 * 24 * time.Hour} {
				b := h.budget(t, name, window, time.Time{}, g)
				require.Equal(t, slo.Stale, b.State, "%s %q: %v", name, g, b.Warnings)
				require.Equal(t, last.End(), b.AsOf, "%s %q", name, g)
			}
		}
	}
}

// same compares all that both watchers know with what happened, which makes them
// equal to one another.
func (o *outage) same(t *testing.T, settled time.Time) (slots int) {
	for _, h := range []*watcher{o.near, o.far} {
		slots += h.exact(t, slo.SpanOf(o.start.Add(-24*time.Hour), settled))
		h.agree(t, &o.found, settled, time.Hour, 6*time.Hour, 3*24*time.Hour)
	}
	return slots
}

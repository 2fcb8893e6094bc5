package source

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/slo"
)

// One event log, as counters in a real Prometheus and as documents in a real
// Elasticsearch, through the program's HTTP client, collector and ledger.
func TestRealBothSourcesTellTheSameBudget(t *testing.T) {
	realtest.Require(t)
	node := &ownNode{realtest.NewElasticsearch(t, realtest.ElasticsearchOptions{}), t}
	t.Run("late documents, a broken mapping, rollovers and a restart", func(t *testing.T) { realTrouble(t, node) })
	t.Run("from an event to its budget", func(t *testing.T) { realLag(t, node) })
	t.Run("three hours without the servers", func(t *testing.T) { realOutage(t, node) })
}

// windows of the budgets that are compared.
var windows = []time.Duration{time.Hour, 6 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// troubled is a watcher in a world in which things go wrong, minute by minute.
type troubled struct {
	*watcher
	found  agreement
	before map[slo.StreamKey][]slo.Slot // when the logs could last be read
	until  time.Time                    // what they tell of
	frozen int                          // cycles without a figure
}

func realTrouble(t *testing.T, node *ownNode) {
	w := newWorld(t, node, "trouble", drawLog(1, time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC), 31*24*time.Hour, 4*time.Hour, 2500*time.Millisecond, 40*time.Minute))
	h := &troubled{watcher: watch(t, w, w.prometheus.URL, node.URL.String())}
	h.cycle(t)
	h.agree(t, &h.found, w.start.Add(-15*time.Minute), windows...)
	for minute := 2; w.clock.Before(w.end); minute += 2 {
		w.to(t, w.start.Add(time.Duration(minute)*time.Minute))
		h.happen(t, minute)
		h.cycle(t)
		h.look(t, minute)
	}
	settled := w.clock.Add(-12 * time.Minute)
	for asOf := w.start; !asOf.After(settled); asOf = asOf.Add(19 * time.Minute) {
		h.agree(t, &h.found, asOf, windows...)
	}
	slots := h.exact(t, slo.SpanOf(w.start, settled))
	t.Logf("%d events, %d of their documents up to 8 minutes late; %d budgets of %d windows agree with one another and the log, the farthest apart by %g; %d slots are equal; %d cycles without a figure in trouble",
		len(w.events), w.late(), h.found.budgets, len(windows), h.found.apart, slots, h.frozen)
	for _, name := range []string{metrics, logs, both} {
		b := h.budget(t, name, 30*24*time.Hour, settled, "")
		t.Logf("%-14s 30 days: good %g of %g, remaining %.12f, coverage %g, %s", name, *b.Good, *b.Total, *b.Remaining, b.Coverage, b.State)
	}
}

// happen makes trouble.
func (h *troubled) happen(t *testing.T, minute int) {
	w := h.world
	switch minute {
	case 40, 150:
		w.node.Must(t, http.MethodPost, "/"+w.alias+"/_rollover", nil)
	case 120:
		h.keep(t)
		w.node.Must(t, http.MethodPut, "/"+w.alias+"-broken", access("text"))
		w.node.Index(t, w.alias+"-broken", map[string]any{"@timestamp": w.clock.Add(-3 * time.Minute).UnixMilli(), "service": "cart", "code": "200"})
	case 136:
		w.node.Must(t, http.MethodDelete, "/"+w.alias+"-broken", nil)
	case 180:
		h.keep(t)
		w.node.Stop(t)
		w.noNode = true
	case 188:
		w.node.start()
		w.noNode = false
		w.ship(t)
		h.back(t)
	}
}

// look compares what can be compared after a cycle.
func (h *troubled) look(t *testing.T, minute int) {
	settled := h.world.clock.Add(-12 * time.Minute)
	switch {
	case minute >= 120 && minute < 136:
		h.nothingNew(t, minute-120, "and text in "+h.world.alias+"-broken")
	case minute >= 180 && minute < 188:
		h.nothingNew(t, minute-180, "connection refused")
	case minute == 56, minute == 118, minute == 138, minute == 190, minute == 200:
		h.agree(t, &h.found, settled, windows...)
	}
}

// keep remembers the slots from before the trouble.
func (h *troubled) keep(t *testing.T) {
	h.before = map[slo.StreamKey][]slo.Slot{}
	h.until = h.budget(t, logs, time.Hour, time.Time{}, "").AsOf
	for _, name := range []string{logs, both} {
		for _, g := range groupsOf(name) {
			h.before[h.key(name, g)] = h.slots(t, name, g, h.watched())
		}
	}
}

func (h *troubled) watched() slo.Span { return slo.SpanOf(h.world.start, h.world.end) }

// nothingNew wants no figure of what needs documents: the slots are what they
// were, budgets tell until when they are, and are stale when that is long ago;
// counters go on.
func (h *troubled) nothingNew(t *testing.T, since int, why string) {
	for _, name := range []string{logs, both} {
		problem, _ := h.collector.Trouble(h.key(name, "").Indicator)
		require.Contains(t, problem, why, name)
		for _, g := range groupsOf(name) {
			require.Equal(t, h.before[h.key(name, g)], h.slots(t, name, g, h.watched()), "%s %q", name, g)
			b := h.budget(t, name, time.Hour, time.Time{}, g)
			require.Equal(t, h.until, b.AsOf, "%s %q", name, g)
			if since >= 6 {
				require.Contains(t, []slo.State{slo.Stale, slo.NoData}, b.State, "%s %q", name, g)
			}
		}
	}
	problem, _ := h.collector.Trouble(h.key(metrics, "").Indicator)
	require.Empty(t, problem)
	h.frozen++
}

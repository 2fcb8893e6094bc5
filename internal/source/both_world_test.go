package source

import (
	"log/slog"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/elasticsearch"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/mixed"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// The same objective three times, and what it measures on.
const (
	metrics = "metrics"        // counters
	logs    = "logs"           // documents
	both    = "logs + metrics" // good documents of all that was counted
)

// ownNode is a node that several tests use, one after the other.
type ownNode struct {
	*realtest.Elasticsearch
	t *testing.T // the node ends with this one
}

// start starts the node after Stop.
func (n *ownNode) start() { n.Start(n.t) }

// world is where a log takes place: a Prometheus that scrapes it, a node that its
// documents arrive at, and the clock. What happens while a server is down is kept
// by those who deliver, and delivered later.
type world struct {
	*eventLog
	clock      time.Time
	prometheus *realtest.Prometheus
	node       *ownNode
	alias      string // that documents are written to

	scraper  *scraper
	scraped  time.Time
	arriving []happened // documents, by the time of their arrival
	noProm   bool       // Prometheus is down
	noNode   bool       // the node is down
}

func newWorld(t *testing.T, node *ownNode, alias string, l *eventLog) *world {
	w := &world{eventLog: l, clock: l.start, node: node, alias: alias, scraper: newScraper(l), scraped: l.start}
	w.prometheus = realtest.NewPrometheus(t, realtest.PrometheusOptions{Data: w.scraper.writeHistory(t, l), Flags: []string{realtest.RemoteWrite}})
	w.arriving = slices.SortedStableFunc(slices.Values(l.events), func(a, b happened) int { return a.arrived.Compare(b.arrived) })
	node.Must(t, http.MethodPut, "/_index_template/"+alias, map[string]any{"index_patterns": []string{alias + "-0*"}, "template": access("long")})
	node.Must(t, http.MethodPut, "/"+alias+"-000001", map[string]any{"aliases": map[string]any{alias: map[string]any{"is_write_index": true}}})
	w.ship(t)
	return w
}

// access is what an index of a log is made of, where code has a type.
func access(code string) map[string]any {
	return map[string]any{
		"settings": map[string]any{"number_of_replicas": 0},
		"mappings": map[string]any{"properties": map[string]any{"@timestamp": map[string]any{"type": "date"}, "service": map[string]any{"type": "keyword"}, "code": map[string]any{"type": code}}},
	}
}

// to moves the clock; what was scraped and what arrived meanwhile is there then.
func (w *world) to(t *testing.T, clock time.Time) {
	w.clock = clock
	if !w.noProm {
		w.scrape(t, clock)
	}
	if !w.noNode {
		w.ship(t)
	}
}

// scrape delivers the scrapes up to an instant, each in a request of its own.
func (w *world) scrape(t *testing.T, until time.Time) {
	const interval = 15 * time.Second
	for !w.scraped.Add(interval).After(until) {
		w.scraped = w.scraped.Add(interval)
		w.prometheus.Write(t, w.scraper.scrape(w.scraped)...)
	}
}

// ship delivers the documents that arrived by now.
func (w *world) ship(t *testing.T) {
	var batch []any
	for len(w.arriving) > 0 && !w.arriving[0].arrived.After(w.clock) {
		e := w.arriving[0]
		w.arriving = w.arriving[1:]
		batch = append(batch, map[string]any{"@timestamp": e.at.UnixMilli(), "service": e.service, "code": e.code})
	}
	for piece := range slices.Chunk(batch, 5000) {
		w.node.Index(t, w.alias, piece...)
	}
}

// watcher is a Hindcast without its server: sources as a configuration opens them,
// a collector and a ledger.
type watcher struct {
	world     *world
	book      *ledger.Ledger
	collector *collector.Collector
	slos      map[string]*slo.SLO
}

// watch points a watcher at servers, of which proxies may stand in front.
func watch(t *testing.T, w *world, prometheusURL, elasticsearchURL string) *watcher {
	now := func() time.Time { return w.clock }
	sources := NewRegistry(nil, Real{Now: now})
	t.Cleanup(func() { require.NoError(t, sources.Close()) })
	sources.Replace(Config, []Entry{
		{Definition: Definition{Name: metrics, Type: Prometheus, URL: prometheusURL}, Origin: Origin{Kind: Config}},
		{Definition: Definition{Name: logs, Type: Elasticsearch, URL: elasticsearchURL}, Origin: Origin{Kind: Config}},
	})
	h := &watcher{world: w, slos: map[string]*slo.SLO{}}
	var err error
	h.book, err = ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{Now: now})
	require.NoError(t, err)
	target, err := slo.ParseTarget("0.99")
	require.NoError(t, err)
	registry := &slo.Registry{}
	var all []*slo.SLO
	for _, ind := range indicators(t, w.alias) {
		s := &slo.SLO{Name: ind.SourceName(), Objectives: []slo.Objective{{Target: target, Indicator: ind}}}
		s.Window, err = slo.Rolling(30 * 24 * time.Hour)
		require.NoError(t, err)
		h.slos[s.Name] = s
		all = append(all, s)
	}
	registry.Replace(all, nil)
	h.collector = collector.New(collector.Options{
		Registry: registry, Ledger: h.book, Now: now, Logger: slog.New(slog.DiscardHandler), Limit: time.Minute, Source: sources.Source,
	})
	return h
}

// indicators are the objective's, on each source and on both.
func indicators(t *testing.T, alias string) []slo.Indicator {
	builders := map[string]slo.Builder{Prometheus: prometheus.Builder{}, Elasticsearch: elasticsearch.Builder{}}
	counted := func(query string) *slo.Metric {
		return &slo.Metric{SourceName: metrics, Type: Prometheus, Spec: map[string]any{"query": query}}
	}
	documents := func(more ...any) *slo.Metric {
		spec := map[string]any{"index": alias + "*"}
		for i := 0; i < len(more); i += 2 {
			spec[more[i].(string)] = more[i+1]
		}
		return &slo.Metric{SourceName: logs, Type: Elasticsearch, Spec: spec}
	}
	one, problems := builders[Prometheus].Build(slo.Definition{
		Counter: true, Good: counted(`sum by (service) (http_requests_total{code!~"5.."})`), Total: counted("sum by (service) (http_requests_total)"),
	})
	require.Empty(t, problems)
	two, problems := builders[Elasticsearch].Build(slo.Definition{
		Counter: true, Good: documents("query", "code:<500", "groupBy", []any{"service"}), Total: documents(),
	})
	require.Empty(t, problems)
	three, problems := mixed.Build(slo.Definition{Counter: true, Good: documents("query", "code:<500"), Total: counted("sum(http_requests_total)")}, builders)
	require.Empty(t, problems)
	return []slo.Indicator{one, two, three}
}

func (h *watcher) key(name string, g slo.Group) slo.StreamKey {
	return slo.StreamKey{Indicator: h.slos[name].Objectives[0].Indicator.Key(), Group: g}
}

// cycle collects once; what has a history is read to its beginning.
func (h *watcher) cycle(t *testing.T) {
	h.collector.Cycle(t.Context())
	for _, s := range h.slos {
		for h.collector.Backfill(t.Context(), s.Objectives[0].Indicator) {
		}
	}
}

// back collects until every source answers again: the client leaves a server alone
// that failed, for a quarter of a minute of its own clock.
func (h *watcher) back(t *testing.T) {
	t.Helper()
	var problems []string
	for range 20 {
		h.cycle(t)
		problems = nil
		for _, health := range h.collector.Health() {
			if health.Error != "" {
				problems = append(problems, health.Source+": "+health.Error)
			}
		}
		if len(problems) == 0 {
			return
		}
		time.Sleep(time.Second)
		h.world.clock = h.world.clock.Add(5 * time.Second) // what failed is not asked again in the same moment
	}
	require.Empty(t, problems, "longer than a server is left alone")
}

// groupsOf are those that an objective is measured for.
func groupsOf(name string) []slo.Group {
	if name == both {
		return []slo.Group{""}
	}
	return groups()
}

// budget is that of a rolling window; as of now if asOf is zero.
func (h *watcher) budget(t *testing.T, name string, window time.Duration, asOf time.Time, g slo.Group) slo.Budget {
	t.Helper()
	rolling, err := slo.Rolling(window)
	require.NoError(t, err)
	s := h.slos[name]
	e := slo.Evaluator{Meter: h.book, Now: func() time.Time { return h.world.clock }}
	b, err := e.Budget(t.Context(), s, &s.Objectives[0], slo.Question{Window: rolling, AsOf: asOf, Group: g})
	require.NoError(t, err)
	return b
}

// slots are those of the ledger.
func (h *watcher) slots(t *testing.T, name string, g slo.Group, span slo.Span) []slo.Slot {
	t.Helper()
	slots, err := h.book.Slots(t.Context(), h.key(name, g), span)
	require.NoError(t, err)
	return slots
}

// agreement is what comparisons found.
type agreement struct {
	budgets int
	apart   float64 // the largest difference of two figures
}

// agree compares the budgets of all windows as of an instant with one another and
// with what happened.
func (h *watcher) agree(t *testing.T, found *agreement, asOf time.Time, windows ...time.Duration) {
	t.Helper()
	for _, window := range windows {
		for _, g := range groups() {
			var good, total float64
			for _, s := range h.world.slots(g, slo.SpanOf(asOf.Add(-window), asOf)) {
				good, total = good+s.Good, total+s.Total
			}
			remaining := math.NaN()
			if total > 0 {
				remaining = 1 - (total-good)/(total*(1-0.99))
			}
			for name := range h.slos {
				if !slices.Contains(groupsOf(name), g) {
					continue
				}
				b := h.budget(t, name, window, asOf, g)
				require.NotNil(t, b.Good, "%s %q over %s as of %s is %s: %v", name, g, window, asOf, b.State, b.Warnings)
				figures := map[string][2]float64{"good": {good, *b.Good}, "total": {total, *b.Total}, "coverage": {1, b.Coverage}}
				if total > 0 {
					figures["remaining"] = [2]float64{remaining, *b.Remaining}
				}
				for what, f := range figures {
					require.InDelta(t, f[0], f[1], 1e-9, "%s of %s %q over %s as of %s", what, name, g, window, asOf)
					found.apart = max(found.apart, math.Abs(f[0]-f[1]))
				}
				found.budgets++
			}
		}
	}
}

// exact compares every slot of a span with what happened.
func (h *watcher) exact(t *testing.T, span slo.Span) (n int) {
	t.Helper()
	for name := range h.slos {
		for _, g := range groupsOf(name) {
			want := h.world.slots(g, span)
			for i, s := range h.slots(t, name, g, span) {
				require.Equal(t, want[i], s, "%s %q, the minute after %s", name, g, (span.From + slo.Minute(i)).Start())
				n++
			}
		}
	}
	return n
}

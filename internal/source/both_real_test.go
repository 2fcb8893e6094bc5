package source

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/elasticsearch"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// The log goes from ten to twelve; both sources are watched from half an hour
// before.
var (
	logStart = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	logEnd   = logStart.Add(2 * time.Hour)
)

// happened is an event of the log; as a document it arrives later.
type happened struct {
	at, arrived time.Time
	service     string
	code        int
}

// drawLog draws events; a twentieth of the documents is up to eight minutes late.
func drawLog(seed uint64) (log []happened) {
	rng := rand.New(rand.NewPCG(seed, 11))
	for s := rng.ExpFloat64(); s < logEnd.Sub(logStart).Seconds(); s += rng.ExpFloat64() / 2 {
		e := happened{at: logStart.Add(time.Duration(s*1000) * time.Millisecond), service: []string{"cart", "search"}[rng.IntN(2)], code: 200}
		if rng.Float64() < 0.03 {
			e.code = 503
		}
		if e.arrived = e.at; rng.Float64() < 0.05 {
			e.arrived = e.at.Add(time.Duration(rng.Float64() * float64(8*time.Minute)))
		}
		log = append(log, e)
	}
	return log
}

// asCounters writes the log as counters scraped every 15 seconds, as the files of
// a Prometheus.
func asCounters(t *testing.T, log []happened) (dir string) {
	dir = filepath.Join(t.TempDir(), "data")
	db, err := tsdb.Open(tsdb.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	type series struct {
		service string
		code    int
	}
	counts := map[series]float64{{"cart", 200}: 0, {"cart", 503}: 0, {"search", 200}: 0, {"search", 503}: 0}
	for at, rest := logStart.Add(-30*time.Minute), log; !at.After(logEnd.Add(time.Hour)); at = at.Add(15 * time.Second) {
		for len(rest) > 0 && !rest[0].at.After(at) {
			counts[series{rest[0].service, rest[0].code}]++
			rest = rest[1:]
		}
		for s, v := range counts {
			lset := labels.FromStrings("__name__", "http_requests_total", "service", s.service, "code", strconv.Itoa(s.code))
			require.NoError(t, db.Append(t.Context(), tsdb.Point{Labels: lset, T: at.UnixMilli(), V: v}))
		}
	}
	require.NoError(t, db.Close())
	return dir
}

// twin is one objective on both sources, and a collector with a ledger.
type twin struct {
	clock     time.Time
	book      *ledger.Ledger
	collector *collector.Collector
	slos      []*slo.SLO
}

// newTwin opens both sources as a configuration does.
func newTwin(t *testing.T, prometheusURL, elasticsearchURL string) *twin {
	w := &twin{clock: logStart.Add(-20 * time.Minute)}
	now := func() time.Time { return w.clock }
	opened := map[string]slo.Source{}
	for name, d := range map[string]Definition{
		"metrics": {Name: "metrics", Type: Prometheus, URL: prometheusURL},
		"logs":    {Name: "logs", Type: Elasticsearch, URL: elasticsearchURL},
	} {
		o, err := Real{Now: now}.Open(Entry{Definition: d, Origin: Origin{Kind: Config}})
		require.NoError(t, err)
		t.Cleanup(o.Close)
		opened[name] = o.Source
	}
	window, err := slo.Rolling(2 * time.Hour)
	require.NoError(t, err)
	target, err := slo.ParseTarget("0.99")
	require.NoError(t, err)
	metric := func(source string, spec map[string]any) *slo.Metric {
		return &slo.Metric{SourceName: source, Spec: spec}
	}
	for _, b := range []struct {
		slo.Builder
		good, total *slo.Metric
	}{
		{
			prometheus.Builder{},
			metric("metrics", map[string]any{"query": `sum by (service) (http_requests_total{code!~"5.."})`}),
			metric("metrics", map[string]any{"query": "sum by (service) (http_requests_total)"}),
		},
		{
			elasticsearch.Builder{},
			metric("logs", map[string]any{"index": "access*", "query": "code:<500", "groupBy": []any{"service"}}),
			metric("logs", map[string]any{"index": "access*"}),
		},
	} {
		ind, problems := b.Build(slo.Definition{Counter: true, Good: b.good, Total: b.total})
		require.Empty(t, problems)
		w.slos = append(w.slos, &slo.SLO{Name: ind.SourceName(), Window: window, Objectives: []slo.Objective{{Target: target, Indicator: ind}}})
	}
	w.book, err = ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{Now: now})
	require.NoError(t, err)
	registry := &slo.Registry{}
	registry.Replace(w.slos, nil)
	w.collector = collector.New(collector.Options{
		Registry: registry, Ledger: w.book, Now: now, Logger: slog.New(slog.DiscardHandler), Limit: time.Minute,
		Source: func(name string) slo.Source { return opened[name] },
	})
	return w
}

// budgets returns those of both sources, as of an instant.
func (w *twin) budgets(t *testing.T, asOf time.Time, g slo.Group) (metrics, logs slo.Budget) {
	e := slo.Evaluator{Meter: w.book, Now: func() time.Time { return w.clock }}
	var out []slo.Budget
	for _, s := range w.slos {
		b, err := e.Budget(t.Context(), s, &s.Objectives[0], slo.Question{AsOf: asOf, Group: g})
		require.NoError(t, err)
		out = append(out, b)
	}
	return out[0], out[1]
}

// access is what an index of the log is made of, where code has a type.
func access(code string) map[string]any {
	return map[string]any{
		"settings": map[string]any{"number_of_replicas": 0},
		"mappings": map[string]any{"properties": map[string]any{"@timestamp": map[string]any{"type": "date"}, "service": map[string]any{"type": "keyword"}, "code": map[string]any{"type": code}}},
	}
}

// One event log, as counters in a real Prometheus and as documents that arrive
// late in a real Elasticsearch, whose index rolls over, whose node restarts, and
// whose mapping is broken for a while: the same budgets, and the truth.
func TestRealBothSourcesTellTheSameBudget(t *testing.T) {
	realtest.Require(t)
	log := drawLog(1)
	p := realtest.NewPrometheus(t, realtest.PrometheusOptions{Data: asCounters(t, log)})
	node := realtest.NewElasticsearch(t, realtest.ElasticsearchOptions{})
	w := newTwin(t, p.URL, node.URL.String())
	node.Must(t, http.MethodPut, "/_index_template/access", map[string]any{"index_patterns": []string{"access-0*"}, "template": access("long")})
	node.Must(t, http.MethodPut, "/access-000001", map[string]any{"aliases": map[string]any{"access": map[string]any{"is_write_index": true}}})
	node.Index(t, "access", map[string]any{"@timestamp": logStart.Add(-30 * time.Minute).UnixMilli(), "service": "cart", "code": 200})

	documents := slices.SortedStableFunc(slices.Values(log), func(a, b happened) int { return a.arrived.Compare(b.arrived) })
	documents = append(documents, happened{at: logEnd.Add(time.Second), arrived: logEnd.Add(30 * time.Minute), service: "cart", code: 200})
	broken := 0
	for step := 0; w.clock.Before(logEnd.Add(35 * time.Minute)); step++ {
		w.clock = w.clock.Add(2 * time.Minute)
		n, _ := slices.BinarySearchFunc(documents, w.clock, func(e happened, t time.Time) int { return cmp.Or(e.arrived.Compare(t), -1) })
		var batch []any
		for _, e := range documents[:n] {
			batch = append(batch, map[string]any{"@timestamp": e.at.UnixMilli(), "service": e.service, "code": e.code})
		}
		documents = documents[n:]
		node.Index(t, "access", batch...)
		switch step {
		case 20, 50:
			node.Must(t, http.MethodPost, "/access/_rollover", nil)
		case 30:
			node.Must(t, http.MethodPut, "/access-broken", access("keyword"))
			node.Index(t, "access-broken", map[string]any{"@timestamp": w.clock.Add(-3 * time.Minute).UnixMilli(), "service": "cart", "code": 200})
		case 36:
			node.Must(t, http.MethodDelete, "/access-broken", nil)
		case 40:
			node.Stop(t)
			w.collector.Cycle(t.Context())
			node.Start(t)
		}
		w.collector.Cycle(t.Context())
		for _, h := range w.collector.Health() {
			if h.Source == "logs" && h.Failing > 0 && step >= 30 && step < 36 {
				require.Contains(t, h.Error, "index access-broken: Field [code] of type [keyword]")
				broken++
			}
		}
	}
	require.Equal(t, 6, broken, "a mapping conflict gives no figures")
	require.Empty(t, documents)
	for _, g := range []slo.Group{"", slo.GroupOf(map[string]string{"service": "cart"}), slo.GroupOf(map[string]string{"service": "search"})} {
		var good, total float64
		for _, e := range log {
			if g == "" || g == slo.GroupOf(map[string]string{"service": e.service}) {
				total++
				if e.code < 500 {
					good++
				}
			}
		}
		metrics, logs := w.budgets(t, logEnd, g)
		for name, b := range map[string]slo.Budget{"metrics": metrics, "logs": logs} {
			require.NotNil(t, b.Good, "%s %s is %s: %v", name, g, b.State, b.Warnings)
			require.InDelta(t, good, *b.Good, 1e-9, "%s %s", name, g)
			require.InDelta(t, total, *b.Total, 1e-9, "%s %s", name, g)
			require.InDelta(t, 1, b.Coverage, 0, "%s %s", name, g)
		}
		require.InDelta(t, *metrics.Remaining, *logs.Remaining, 1e-9)
		require.Equal(t, metrics.State, logs.State)
		t.Logf("group %q: %g of %g good; remaining %.9f from metrics, %.9f from logs", g, good, total, *metrics.Remaining, *logs.Remaining)
		for i, s := range w.slots(t, 0, g) {
			require.Equal(t, s, w.slots(t, 1, g)[i], "%s, minute %d", g, i)
		}
	}
}

// slots returns the slots of the log from one of the sources.
func (w *twin) slots(t *testing.T, which int, g slo.Group) []slo.Slot {
	key := slo.StreamKey{Indicator: w.slos[which].Objectives[0].Indicator.Key(), Group: g}
	slots, err := w.book.Slots(t.Context(), key, slo.SpanOf(logStart, logEnd))
	require.NoError(t, err)
	return slots
}

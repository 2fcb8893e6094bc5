package sources

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/slo"
)

const index = "requests"

// servers starts a Prometheus and an Elasticsearch that were told of a log.
func servers(t *testing.T, log []event) (prom, es string) {
	t.Helper()
	dir := t.TempDir()
	metrics := filepath.Join(dir, "metrics.om")
	require.NoError(t, os.WriteFile(metrics, []byte(openMetrics(log)), 0o600))
	realtest.Promtool(t, "tsdb", "create-blocks-from", "openmetrics", metrics, filepath.Join(dir, "data"))
	p := realtest.NewPrometheus(t, realtest.PrometheusOptions{Data: filepath.Join(dir, "data")})
	e := realtest.NewElasticsearch(t, realtest.ElasticsearchOptions{})
	e.Must(t, http.MethodPut, "/"+index, map[string]any{
		"settings": map[string]any{"number_of_replicas": 0, "number_of_shards": 2},
		"mappings": map[string]any{"properties": map[string]any{
			"@timestamp": map[string]any{"type": "date"}, "service": map[string]any{"type": "keyword"}, "status": map[string]any{"type": "integer"},
		}},
	})
	for piece := range slices.Chunk(documents(log), 5000) {
		e.Index(t, index, piece...)
	}
	return p.URL, e.URL.String()
}

// outcome is what a cell showed.
type outcome struct {
	applies  bool // the fault changed an answer
	lie      finding
	state    slo.State
	repaired finding
	cycles   int // after the server told the truth again, until the ledger did
	honest   finding
	took     time.Duration
}

// measure runs one cell: a source that was measured on for forty minutes, or that
// never was, lies for twenty, and tells the truth again.
func measure(t *testing.T, k kind, f realtest.Fault, want truth, known bool) (out outcome) {
	began := time.Now()
	s, p, ctx := newScene(t, k, want), realtest.NewFaultProxy(t, k.upstream), t.Context()
	timeout := patience
	if slices.Contains(hanging, f.Name) {
		timeout = impatience
	}
	s.use(lying, p.URL, timeout, nil)
	if known {
		s.at(40 * time.Minute)
		s.collector.Cycle(ctx)
		before := s.look(ctx, lying)
		require.Empty(t, before.problem)
		require.Empty(t, before.wrong)
	}
	p.Set(t, f, k.struck(known)...)
	if p.Address(f) != p.URL {
		s.use(lying, p.Address(f), timeout, p.Authority())
	}
	s.at(time.Hour)
	s.collector.Cycle(ctx)
	s.history(ctx)
	out.applies = p.Faulted() > 0 || p.Address(f) != p.URL || f.Name == "refused"
	out.lie, out.state, out.honest = s.look(ctx, lying), s.state(ctx, lying), s.look(ctx, honest)
	p.Clear(t)
	if p.Address(f) != p.URL || timeout == impatience {
		s.use(lying, p.URL, patience, nil)
	}
	for out.cycles = 1; out.cycles <= 2; out.cycles++ {
		s.at(time.Hour + time.Duration(out.cycles)*time.Minute)
		s.collector.Cycle(ctx)
		s.history(ctx)
		out.repaired = s.look(ctx, lying)
		if !strings.Contains(out.repaired.problem, "left alone") {
			break
		}
		time.Sleep(16 * time.Second) // what is a quarter of a minute in the life of a collector
	}
	out.took = time.Since(began)
	return out
}

// TestRealLyingSources runs every cell of the matrix.
func TestRealLyingSources(t *testing.T) {
	realtest.Require(t)
	log := newLog(1)
	want := tally(log)
	prom, es := servers(t, log)
	var mu sync.Mutex
	var cells sync.WaitGroup
	places := make(chan struct{}, 12)
	report := map[string]outcome{}
	for _, k := range kinds(prom, es) {
		for _, f := range realtest.FaultsOf(k.faults) {
			for _, known := range []bool{true, false} {
				cells.Go(func() {
					places <- struct{}{}
					defer func() { <-places }()
					title := k.name + "/" + f.Name
					if !known {
						title += "/first contact"
					}
					t.Run(title, func(t *testing.T) {
						out := measure(t, k, f, want, known)
						mu.Lock()
						defer mu.Unlock()
						report[title] = out
					})
				})
			}
		}
	}
	cells.Wait()
	for _, k := range kinds(prom, es) {
		for _, f := range realtest.FaultsOf(k.faults) {
			for _, suffix := range []string{"", "/first contact"} {
				title := k.name + "/" + f.Name + suffix
				out := report[title]
				t.Logf("%-50s applies=%v %s %s (%d cycles, %s, honest %s)\n   lie: %s\n   repaired: %s", title, out.applies, out.lie.verdict(), out.state, out.cycles, out.took.Round(time.Millisecond), out.honest.verdict(), out.lie, out.repaired)
			}
		}
	}
}

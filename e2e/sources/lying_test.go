package sources

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime/metrics"
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
	scraped := filepath.Join(dir, "metrics.om")
	require.NoError(t, os.WriteFile(scraped, []byte(openMetrics(log)), 0o600))
	realtest.Promtool(t, "tsdb", "create-blocks-from", "openmetrics", scraped, filepath.Join(dir, "data"))
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
func measure(t *testing.T, k kind, f realtest.Fault, log []event, known bool) (out outcome) {
	began := time.Now()
	s, p, ctx := newScene(t, k, log), realtest.NewFaultProxy(t, k.upstream), t.Context()
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
	out.honest.missing -= s.unread() * len(s.truth)
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

// check holds a cell against what is documented.
func check(t *testing.T, k kind, f realtest.Fault, out outcome) {
	t.Helper()
	r, want := rowOf(t, k.name, f.Name)
	require.Empty(t, out.lie.wrong, "a figure that is not true is told as measured")
	require.Empty(t, out.repaired.wrong)
	if want == unseen {
		require.False(t, out.applies, "it applies after all")
		want = right
	} else {
		require.True(t, out.applies, "the fault changed no answer")
	}
	require.Equal(t, want, out.lie.verdict(), "%s", out.lie)
	if want != right && want != shifted {
		require.True(t, r.said(out.lie), "nothing says %q: %s", r.says, out.lie)
	}
	if out.lie.today > 0 {
		require.Contains(t, []slo.State{slo.NoData, slo.Stale}, out.state)
	}
	require.Equal(t, right, out.honest.verdict(), "a source that tells the truth suffers: %s", out.honest)
	after := right
	if want == shifted || want == estimated {
		after = want // what is settled stays, and stays marked
	}
	require.Equal(t, after, out.repaired.verdict(), "after the truth: %s", out.repaired)
	require.Zero(t, out.repaired.missing)
	require.LessOrEqual(t, out.cycles, 2)
	require.Less(t, out.took, mostOfACell)
}

// mostOfACell is far from what a cell needs, and far from for ever.
const mostOfACell = 2 * time.Minute

// TestRealLyingSources runs every cell of the matrix.
func TestRealLyingSources(t *testing.T) {
	realtest.Require(t)
	log := newLog(1)
	prom, es := servers(t, log)
	heap := watchHeap(t)
	report := newReport()
	var cells sync.WaitGroup
	places := make(chan struct{}, 12)
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
						out := measure(t, k, f, log, known)
						report.add(k.name, f.Name, known, out)
						check(t, k, f, out)
					})
				})
			}
		}
	}
	cells.Wait()
	most := heap()
	t.Logf("\n%s\nmost memory in use: %d MiB, with bombs of a gigabyte", report, most>>20)
	require.Less(t, most, uint64(512<<20))
}

// watchHeap returns a function that ends watching and returns the most memory that
// was in use.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	done, result := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-done:
				result <- most
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(done); return <-result }
}

package server

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/hindcast/hindcast/internal/scenario"
)

// receiver is an OTLP/HTTP receiver that keeps the names of spans and of their
// parents.
type receiver struct {
	mu      sync.Mutex
	parents map[string]string // name of a span by the name of its parent, "" for a root
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var batch collect.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &batch) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	names := map[string]string{}
	for _, of := range batch.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, span := range scope.Spans {
				names[string(span.SpanId)] = span.Name
			}
		}
	}
	for _, of := range batch.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, span := range scope.Spans {
				if _, known := r.parents[span.Name]; !known || names[string(span.ParentSpanId)] != "" {
					r.parents[span.Name] = names[string(span.ParentSpanId)]
				}
			}
		}
	}
}

// traced runs a server with traces and an objective, lets it answer, and ends it.
func tracedRun(t *testing.T, endpoint string) {
	t.Helper()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
	require.True(t, tracesWanted())
	specs := t.TempDir()
	writeSpec(t, scenario.All()[0], specs)
	s := runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: t.TempDir(), Specs: specs, Traces: true,
		Now: time.Now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	require.Eventually(t, func() bool { return len(s.collector.Health()) == 1 }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, http.StatusOK, askGraphQL(t, s, `query Page {slos(first:1){nodes{name}}}`))
}

func TestTracesShowWhatWasDone(t *testing.T) {
	r := &receiver{parents: map[string]string{}}
	server := httptest.NewServer(r)
	defer server.Close()
	t.Run("run", func(t *testing.T) { tracedRun(t, server.URL) }) // its end sends what is left
	require.Equal(t, map[string]string{
		"HTTP graphql": "", "GraphQL query": "HTTP graphql",
		"collection cycle": "", "measure": "collection cycle", "ledger append": "collection cycle",
	}, r.parents)
}

func TestAReceiverOfTracesThatHangsHoldsNobodyUp(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	t.Run("run", func(t *testing.T) { tracedRun(t, server.URL) })
}

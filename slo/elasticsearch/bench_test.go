package elasticsearch

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/slo"
)

// BenchmarkRealMeasure asks a real node that holds a day of half a million
// documents of a hundred services.
func BenchmarkRealMeasure(b *testing.B) {
	node := realtest.NewElasticsearch(b, realtest.ElasticsearchOptions{})
	node.Must(b, http.MethodPut, "/day", mappingOf("long"))
	rng := rand.New(rand.NewPCG(1, 2))
	const documents, batch = 500_000, 10_000
	for range documents / batch {
		var lines []any
		for range batch {
			r := request{at: noon.Add(-time.Duration(rng.Int64N(int64(24 * time.Hour)))), status: 200 + rng.IntN(4)*100, service: strconv.Itoa(rng.IntN(100))}
			lines = append(lines, r.document())
		}
		node.Index(b, "day", lines...)
	}
	src := New(Options{URL: node.URL, Transport: &http.Transport{}, Now: func() time.Time { return noon.Add(time.Hour) }})
	day := slo.SpanOf(noon.Add(-24*time.Hour), noon)
	for name, tc := range map[string]struct {
		def  slo.Definition
		span slo.Span
	}{
		"a cycle":                 {ratioOf(metricOf("query", "status:<500"), metricOf()), slo.Span{From: day.To - 10, To: day.To}},
		"a cycle of 100 services": {below500, slo.Span{From: day.To - 10, To: day.To}},
		"a day":                   {ratioOf(metricOf("query", "status:<500"), metricOf()), day},
		"a day of 100 services":   {below500, day},
	} {
		b.Run(name, func(b *testing.B) {
			in := built(b, on("day", tc.def))
			for b.Loop() {
				m, err := src.Measure(b.Context(), in, tc.span)
				require.NoError(b, err)
				require.Positive(b, m.Samples)
			}
		})
	}
}

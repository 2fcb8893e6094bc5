//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

func TestRealPromtoolReadsTheEmbeddedAPI(t *testing.T) {
	p := start(t)
	now := time.Now()
	from, to := now.Add(-time.Hour).Format(time.RFC3339), now.Format(time.RFC3339)

	require.Contains(t, realtest.Promtool(t, "query", "instant", p.URL, "vector(1) + 1"), "=> 2 @")
	require.Contains(t, realtest.Promtool(t, "query", "labels", p.URL, "__name__"), "up")
	require.Contains(t, realtest.Promtool(t, "query", "series", "--match=up", "--start="+from, p.URL), `__name__="up"`)

	history := realtest.Promtool(t, "query", "range", "--start="+from, "--end="+to, "--step=60s", p.URL, "count(up)")
	require.Greater(t, strings.Count(history, "@["), 30, "the last hour has hardly any samples:\n%s", history)

	var buckets struct{ Data any }
	answer := realtest.Promtool(t, "query", "instant", "--format=json", p.URL, `count by (job) (up)`)
	require.NoError(t, json.Unmarshal([]byte(`{"Data":`+answer+`}`), &buckets), answer)
	require.NotEmpty(t, buckets.Data)
}

// The counters of TestRealEvalReadsBlocksThatPromtoolWrote: ten requests every
// thirty seconds, every third thirty seconds one of them bad, and a restart.
const (
	evalTicks   = 26*120 + 1 // the last one on a full minute, where windows end
	evalRestart = 2000
	evalWindow  = 24 * 120 // the ticks of the last day
)

func TestRealEvalReadsBlocksThatPromtoolWrote(t *testing.T) {
	dir := t.TempDir()
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	metrics := filepath.Join(dir, "metrics.om")
	require.NoError(t, os.WriteFile(metrics, []byte(openMetrics(start)), 0o600))
	realtest.Promtool(t, "tsdb", "create-blocks-from", "openmetrics", metrics, filepath.Join(dir, "tsdb"))
	spec := filepath.Join(dir, "slo.yaml")
	require.NoError(t, os.WriteFile(spec, []byte(evalSpec), 0o600))

	p := program{bin: os.Getenv("HINDCAST_BINARY")}
	at := start.Add((evalTicks - 1) * 30 * time.Second)
	out := p.run(t, "eval", "-f", spec, "--tsdb", filepath.Join(dir, "tsdb"), "--at", at.Format(time.RFC3339), "-o", "json")

	var rows []figures
	require.NoError(t, json.Unmarshal(out, &rows), "%s", out)
	require.Len(t, rows, 1)
	require.NotNil(t, rows[0].Total, "%s", out)
	require.InDelta(t, 10*evalWindow, *rows[0].Total, 1e-6, "%s", out)
	require.InDelta(t, 10*evalWindow-evalWindow/3, *rows[0].Good, 1e-6, "%s", out)
	require.InDelta(t, 1-float64(evalWindow/3)/(0.05*10*evalWindow), *rows[0].Remaining, 1e-9, "%s", out)
	require.InDelta(t, 1, rows[0].Coverage, 1e-9)
}

// openMetrics writes the two counters, a sample every thirty seconds.
func openMetrics(start time.Time) string {
	var requests, bad strings.Builder
	total, errors := 0, 0
	for tick := range evalTicks {
		if tick == evalRestart {
			total, errors = 0, 0
		}
		total += 10
		if tick%3 == 0 {
			errors++
		}
		at := start.Add(time.Duration(tick) * 30 * time.Second).Unix()
		fmt.Fprintf(&requests, "requests_total{job=\"shop\"} %d %d\n", total, at)
		fmt.Fprintf(&bad, "errors_total{job=\"shop\"} %d %d\n", errors, at)
	}
	return "# TYPE requests counter\n" + requests.String() + "# TYPE errors counter\n" + bad.String() + "# EOF\n"
}

const evalSpec = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: shop
spec:
  service: shop
  indicator:
    metadata:
      name: shop-good
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec: {query: 'errors_total{job="shop"}'}
        total:
          metricSource:
            type: Prometheus
            spec: {query: 'requests_total{job="shop"}'}
  timeWindow:
    - {duration: 1d, isRolling: true}
  budgetingMethod: Occurrences
  objectives:
    - {target: 0.95}
`

//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// followedSLOs is how many objectives there are while one of them is watched.
const followedSLOs = 1000

// followedSpec counts what the demo's checkout, or one of two others, answers.
// A matcher that lets everything through makes each an indicator of its own.
const followedSpec = `---
apiVersion: openslo/v1
kind: SLO
metadata: {name: fleet-%04[1]d, labels: {team: "team-%[2]d"}}
spec:
  service: fleet-%02[3]d
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  indicator:
    metadata: {name: fleet-%04[1]d}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'http_requests_total{job="%[4]s",code!~"5..",route!="none-%[1]d"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'http_requests_total{job="%[4]s",route!="none-%[1]d"}'}}}
  objectives: [{displayName: works, target: 0.99}]
`

// writeFleet writes the specifications of a thousand objectives, fifty a file.
func writeFleet(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	jobs := []string{"checkout", "auth", "search"}
	for first := 0; first < followedSLOs; first += 50 {
		var text strings.Builder
		for i := first; i < first+50; i++ {
			fmt.Fprintf(&text, followedSpec, i, i%7, i%50, jobs[i%len(jobs)])
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("fleet-%04d.yaml", first)), []byte(text.String()), 0o600))
	}
	return dir
}

// awaitFleet waits until the history of a list of objectives is read; the
// collector reads that of all of them day by day, at the same time.
func awaitFleet(t *testing.T, p *program) {
	t.Helper()
	began := time.Now()
	require.Eventually(t, func() bool {
		var page struct {
			Slos struct {
				Nodes []struct{ Backfill *struct{ Done bool } }
			}
		}
		p.query(t, `{ slos(first: 100) { nodes { backfill { done } } } }`, &page)
		for _, n := range page.Slos.Nodes {
			if n.Backfill == nil || !n.Backfill.Done {
				return false
			}
		}
		return len(page.Slos.Nodes) == 100
	}, 10*time.Minute, time.Second, "the history is read")
	t.Logf("history of %d objectives read after %.0f s", followedSLOs, time.Since(began).Seconds())
}

// TestThePageFollowsAChangeOfThePast changes what counts from outside and looks
// at pages that are open: a budget, its statement, an agreement, the list of
// agreements. It fails where one of them never shows what GraphQL tells, and
// says how long each took.
func TestThePageFollowsAChangeOfThePast(t *testing.T) {
	p := startWith(t, "--demo", "--specs", writeFleet(t))
	awaitFleet(t, p)
	checks := runScript(t, "follow.mjs", []string{"HINDCAST_URL=" + p.URL, "SLO=fleet-0300"}, func(command string) {
		t.Fatalf("follow.mjs wants %q, which nobody knows", command)
	})
	require.Greater(t, checks, 5, "the browser script ended early")
}

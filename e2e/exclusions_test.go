//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// alertingSpec watches the demo's own exporters by a policy.
const alertingSpec = `apiVersion: openslo/v1
kind: Service
metadata: {name: exports, displayName: Exports}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: exports-watched, displayName: "Exports, watched"}
spec:
  service: exports
  indicator:
    metadata: {name: exports-watched}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec: {query: 'export_jobs_total{job="batch-export",result="ok"}'}
        total:
          metricSource:
            type: Prometheus
            spec: {query: 'export_jobs_total{job="batch-export"}'}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Succeed, target: 0.98}]
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: slow-burn}
      spec:
        alertWhenBreaching: true
        alertWhenResolved: true
        conditions:
          - kind: AlertCondition
            metadata: {name: slow-burn}
            spec:
              severity: ticket
              condition: {kind: burnrate, op: gte, threshold: 3, lookbackWindow: 6h, alertAfter: 5m}
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata: {name: ops}
            spec: {target: ops}
`

// TestExclusions excludes time in the page, approves it as another person, and
// looks at what that changes: budgets, statements, alerts.
func TestExclusions(t *testing.T) {
	specs := t.TempDir()
	require.NoError(t, os.CopyFS(specs, os.DirFS("../internal/demo/specs")))
	require.NoError(t, os.WriteFile(filepath.Join(specs, "exports.yaml"), []byte(alertingSpec), 0o600))
	p := startWith(t, "--demo", "--specs", specs)
	awaitHistory(t, p)
	checks := runScript(t, "exclusions.mjs", []string{"HINDCAST_URL=" + p.URL, "SLO=export-jobs", "ALERTING=exports-watched"}, func(command string) {
		t.Fatalf("exclusions.mjs wants %q, which nobody knows", command)
	})
	require.Greater(t, checks, 20, "the browser script ended early")
}

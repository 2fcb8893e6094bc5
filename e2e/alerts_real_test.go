//go:build e2e

package e2e

import (
	"testing"

	"github.com/hindcast/hindcast/internal/realtest"
)

// The alerts that we ship, judged by Prometheus' own tool: they are rules, and
// each fires when it should and not before.
func TestRealPromtoolAcceptsTheAlerts(t *testing.T) {
	t.Log(realtest.Promtool(t, "check", "rules", "--lint-fatal", "../deploy/prometheus/hindcast-alerts.yaml"))
	t.Log(realtest.Promtool(t, "test", "rules", "../deploy/prometheus/hindcast-alerts.test.yaml"))
}

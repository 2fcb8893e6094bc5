package server

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
)

// TestRealAlertmanagerHearsOnceOfABurnAndOnceOfItsEnd has a server tell a real
// Alertmanager of an objective that burns, another one on the same data go on, and
// counts what the Alertmanager notifies its receiver of.
func TestRealAlertmanagerHearsOnceOfABurnAndOnceOfItsEnd(t *testing.T) {
	realtest.Require(t)
	data, specs := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(specs, "api.yaml"), []byte(manyDocument("api", 1, "99.5")+watched), 0o600))
	set, problems, _ := openslo.Read([]string{specs}, builders())
	require.Empty(t, problems)
	now := time.Now().UTC()
	bad := now.Add(-26 * time.Hour).Truncate(time.Hour)
	fillUntil(t, data, slo.Indicators(set.SLOs), now, bad)
	am, got := realtest.NewNotifyingAlertmanager(t, "slo")
	comes := func(statuses ...string) {
		t.Helper()
		require.Eventually(t, func() bool { return len(got.All()) >= len(statuses) }, time.Minute, 10*time.Millisecond, "%v", got.Statuses())
		time.Sleep(3 * time.Second) // several group intervals: time for one too many
		require.Equal(t, statuses, got.Statuses())
	}

	s, stop := alerting(t, data, specs, "alertmanager", am.URL, time.Now)
	comes("firing")
	require.Contains(t, s.alertsOf(t), `{"error":null,"state":"FIRING","target":"hook"}`)
	stop()
	s, _ = alerting(t, data, specs, "alertmanager", am.URL, time.Now)
	require.Eventually(t, func() bool {
		response, text := fetch(t, s, "/metrics", "")
		return response.StatusCode == http.StatusOK && strings.Contains(text, `hindcast_alert_notifications_total{outcome="taken",target="hook"} 1`)
	}, time.Minute, 50*time.Millisecond, "the restarted server tells of it again")
	comes("firing")
	s.excludeHour(t, bad)
	comes("firing", "resolved")
	require.Contains(t, s.alertsOf(t), `{"error":null,"state":"RESOLVED","target":"hook"}`)

	for _, n := range got.All() {
		require.Len(t, n.Alerts, 1)
		a := n.Alerts[0]
		require.Equal(t, map[string]string{
			"alertname": "HindcastBurn", "slo": "api", "objective": "objective-1", "service": "service-1", "severity": "page", "policy": "page", "team": "web",
		}, a.Labels, n.Status)
		require.Equal(t, "https://h.example.com/slos/api", a.GeneratorURL)
		require.Equal(t, "https://runbooks.example.com/api", a.Annotations["runbook_url"])
		require.Equal(t, "api spends its error budget too fast", a.Annotations["summary"])
		require.Regexp(t, `^burn rate at least 3 over 72h, with at least 20 events: burn rate [0-9.]+$`, a.Annotations["description"])
		require.Len(t, a.Annotations, 3)
	}
	require.Equal(t, got.All()[0].Alerts[0].StartsAt, got.All()[1].Alerts[0].StartsAt, "it is one alert")
}

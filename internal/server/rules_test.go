package server

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/slo/prometheus/rules"
)

// windowed returns the specification of S1 with another window.
func windowed(name, window string) string {
	text := strings.Replace(scenario.All()[0].Spec(), "name: scenario-1", "name: "+name, 1)
	return strings.Replace(text, "    - duration: 30d\n      isRolling: true\n", window, 1)
}

// everyWindow has an objective for each window that rules are written for.
func everyWindow() string {
	var all []string
	for _, d := range []string{"1h", "6h", "1d", "3d", "7d", "14d", "28d", "30d", "90d"} {
		all = append(all, windowed("rolling-"+d, fmt.Sprintf("    - duration: %s\n      isRolling: true\n", d)))
	}
	for name, d := range map[string]string{"month": "1M", "quarter": "1Q", "year": "1Y"} {
		all = append(all, windowed("calendar-"+name, fmt.Sprintf("    - duration: %s\n      isRolling: false\n      calendar:\n        startTime: 2026-01-01 00:00:00\n        timeZone: UTC\n", d)))
	}
	return strings.Join(all, "---\n")
}

const onDocuments = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: documents
spec:
  service: search
  indicator:
    metadata:
      name: documents
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource: {type: Elasticsearch, spec: {index: logs, query: "status:500"}}
        total:
          metricSource: {type: Elasticsearch, spec: {index: logs, query: "*"}}
  timeWindow:
    - duration: 30d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.99
`

// spec writes a specification file.
func spec(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spec.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestRulesOfACommandLine(t *testing.T) {
	good, documents, broken := spec(t, everyWindow()), spec(t, everyWindow()+"---\n"+onDocuments), spec(t, "kind: SLO\n")
	tests := map[string]struct {
		args     []string
		code     int
		out, err string
	}{
		"every window":                    {[]string{good}, ExitOK, "groups:", "12 objectives, 0 left out"},
		"calendar windows are told":       {[]string{good}, ExitOK, "# the window is a calendar quarter (UTC)", "spec.yaml:"},
		"an evaluation of one's own":      {[]string{good, "--group-interval", "15s", "--limit", "50"}, ExitOK, "interval: 15s\n  limit: 50", ""},
		"links":                           {[]string{good, "--url", "https://h.example.com"}, ExitOK, "dashboard_url: https://h.example.com/slos/rolling-1h", ""},
		"what Prometheus cannot evaluate": {[]string{documents}, ExitProblems, "groups:", `slo "documents", objective "objective-1": it is not measured on Prometheus alone`},
		"which one knows of":              {[]string{documents, "--skip-others"}, ExitOK, "groups:", "1 left out"},
		"nothing else":                    {[]string{spec(t, onDocuments), "--skip-others"}, ExitOK, "groups: []", "0 rules for 0 objectives, 1 left out"},
		"a broken file":                   {[]string{broken}, ExitProblems, "", "spec.yaml:1:1"},
		"no file":                         {[]string{}, ExitUsage, "", "expected"},
		"a file that is not there":        {[]string{"/nowhere.yaml"}, ExitProblems, "", "nowhere.yaml"},
		"an interval that is none":        {[]string{good, "--group-interval", "1"}, ExitUsage, "", "group-interval"},
		"an interval that is too long":    {[]string{good, "--group-interval", "10m"}, ExitUsage, "", "forgets what was recorded"},
		"a limit below zero":              {[]string{good, "--limit=-1"}, ExitUsage, "", "use 0 for no limit"},
		"an address that is none":         {[]string{good, "--url", "h.example.com"}, ExitUsage, "", "is no address"},
		"a place that cannot be written":  {[]string{good, "-o", "/nowhere/rules.yaml"}, ExitUnavailable, "", "write rules"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			code, out, err := command(t, append([]string{"rules"}, tt.args...)...)
			require.Equal(t, tt.code, code, err)
			require.Contains(t, out, tt.out)
			require.Contains(t, err, tt.err)
			if tt.code == ExitUsage || tt.out == "" {
				require.NotContains(t, out, "groups:")
			}
		})
	}
}

func TestRulesAreWrittenAsFiles(t *testing.T) {
	source, dir := spec(t, everyWindow()), t.TempDir()
	for _, to := range []string{dir, filepath.Join(dir, "new") + "/"} {
		code, out, err := command(t, "rules", source, "-o", to)
		require.Equal(t, ExitOK, code, err)
		require.Empty(t, out)
		files, globErr := filepath.Glob(filepath.Join(to, "*.rules.yaml"))
		require.NoError(t, globErr)
		require.Len(t, files, 12)
		all, globErr := filepath.Glob(filepath.Join(to, "*.tmp"))
		require.NoError(t, globErr)
		require.Empty(t, all)
	}
	one := filepath.Join(dir, "one.yaml")
	code, _, err := command(t, "rules", source, "-o", one)
	require.Equal(t, ExitOK, code, err)
	_, stdout, _ := command(t, "rules", source)
	text, readErr := os.ReadFile(one)
	require.NoError(t, readErr)
	require.Equal(t, stdout, string(text))
}

// TestRealPrometheusLoadsTheRulesOfEveryWindow has promtool check the rules of
// every window and of the demonstration, and a Prometheus evaluate them.
func TestRealPrometheusLoadsTheRulesOfEveryWindow(t *testing.T) {
	realtest.Require(t)
	code, text, problems := command(t, "rules", spec(t, everyWindow()), "../demo/specs", "--skip-others", "--url", "https://h.example.com")
	require.Equal(t, ExitOK, code, problems)
	path := filepath.Join(t.TempDir(), "hindcast.rules.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	require.Contains(t, realtest.Promtool(t, "check", "rules", "--lint=all", "--lint-fatal", path), "SUCCESS")

	prom := realtest.NewPrometheus(t, realtest.PrometheusOptions{
		Config: "rule_files: [hindcast.rules.yaml]\n", Files: map[string]string{"hindcast.rules.yaml": strings.ReplaceAll(strings.ReplaceAll(text, "interval: 1m", "interval: 1s"), "interval: 30s", "interval: 1s")},
	})
	var written rules.File
	require.NoError(t, yaml.Unmarshal([]byte(text), &written))
	api := promAPI(t, prom.URL)
	require.Eventually(t, func() bool {
		loaded, err := api.Rules(t.Context(), nil)
		require.NoError(t, err)
		require.Len(t, loaded.Groups, len(written.Groups))
		for i := range loaded.Groups {
			for _, r := range loaded.Groups[i].Rules {
				health := ""
				switch r := r.(type) {
				case v1.RecordingRule:
					health = string(r.Health) + r.LastError
				case v1.AlertingRule:
					health = string(r.Health) + r.LastError
				}
				if health == "unknown" {
					return false
				}
				require.Equal(t, "ok", health)
			}
		}
		return true
	}, time.Minute, 200*time.Millisecond)
}

func promAPI(t *testing.T, address string) v1.API {
	t.Helper()
	c, err := api.NewClient(api.Config{Address: address, RoundTripper: &http.Transport{DisableKeepAlives: true}})
	require.NoError(t, err)
	return v1.NewAPI(c)
}

package server

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
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

// TestRealAlertsFireInPrometheusAsInHindcast evaluates the rules of S1, the hour of
// 50 % errors at the daily peak, each minute in a real Prometheus, and compares
// when each pair begins and ends to fire with what the evaluator says as of the
// same minutes.
func TestRealAlertsFireInPrometheusAsInHindcast(t *testing.T) {
	realtest.Require(t)
	s1 := scenario.All()[0]
	data, source := filepath.Join(t.TempDir(), "data"), spec(t, s1.Spec())
	writeScenario(t, s1, data)
	path := filepath.Join(t.TempDir(), "s1.rules.yaml")
	code, _, problems := command(t, "rules", source, "-o", path)
	require.Equal(t, ExitOK, code, problems)

	outage := scenario.Start.Add(10*24*time.Hour + 14*time.Hour)
	from, to := outage.Add(-time.Hour), outage.Add(9*time.Hour)
	prom := realtest.NewPrometheus(t, realtest.PrometheusOptions{Data: data, Config: "global: {evaluation_interval: 1m}\n"})
	var file rules.File
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &file))
	// Ratios of long windows look at what the first pass recorded.
	record := func(ratios bool, from time.Time) { // one group of one file: at one phase of the minute, as in life
		var pass rules.Group
		for _, r := range file.Groups[0].Rules {
			if r.Record != "" && ratios == strings.HasPrefix(r.Record, "hindcast:error_ratio:") {
				pass.Rules = append(pass.Rules, r)
			}
		}
		require.NotEmpty(t, pass.Rules)
		pass.Name, pass.Interval = "pass", "1m"
		backfillRules(t, prom, path, rules.File{Groups: []rules.Group{pass}}, from, to)
	}
	record(false, outage.Add(-3*24*time.Hour-2*time.Hour))
	record(true, from)
	hindcast := burning(t, data, source, from, to)
	v, _, err := promAPI(t, prom.URL).Query(t.Context(), "timestamp(hindcast:error_ratio:rate1h)", from.Add(2*time.Minute))
	require.NoError(t, err)
	require.Len(t, v, 1)
	evaluated := time.UnixMilli(int64(1000 * v.(model.Vector)[0].Value)).UTC()
	pairs := 0
	for _, r := range file.Groups[0].Rules {
		if r.Alert == "" {
			continue
		}
		pairs++
		theirs := firing(t, prom.URL, r.Expr, evaluated, to)
		ours := hindcast[r.Labels["long"]]
		require.NotEmpty(t, ours, r.Labels["long"])
		require.Len(t, theirs, len(ours), "%s: %v, %v", r.Labels["long"], theirs, ours)
		for i := range ours {
			t.Logf("%s: edge %d after %s in Hindcast, after %s in Prometheus", r.Labels["long"], i, ours[i].Sub(outage), theirs[i].Sub(outage))
			require.LessOrEqual(t, math.Abs(float64(ours[i].Sub(theirs[i]))), float64(time.Minute), "%s: %v, %v", r.Labels["long"], theirs, ours)
		}
	}
	require.Equal(t, 4, pairs)
}

// backfillRules evaluates recording rules each minute of the past of a Prometheus.
func backfillRules(t *testing.T, prom *realtest.Prometheus, path string, file rules.File, from, to time.Time) {
	t.Helper()
	var text strings.Builder
	require.NoError(t, file.Write(&text, "one pass"))
	blocks := filepath.Join(t.TempDir(), "blocks")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	realtest.Promtool(t, "tsdb", "create-blocks-from", "rules", "--url", prom.URL, "--output-dir", blocks, "--eval-interval", "1m",
		"--start", strconv.FormatInt(from.Unix(), 10), "--end", strconv.FormatInt(to.Unix(), 10), path)
	prom.Stop(t)
	recorded, err := filepath.Glob(filepath.Join(blocks, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, recorded)
	for _, block := range recorded {
		require.NoError(t, os.Rename(block, filepath.Join(prom.Data, filepath.Base(block))))
	}
	prom.Start(t)
}

// firing asks a Prometheus when an expression begins and ends to hold.
func firing(t *testing.T, address, expr string, from, to time.Time) []time.Time {
	t.Helper()
	v, _, err := promAPI(t, address).QueryRange(t.Context(), expr, v1.Range{Start: from, End: to, Step: time.Minute})
	require.NoError(t, err)
	on := map[time.Time]bool{}
	for _, s := range v.(model.Matrix) {
		for _, p := range s.Values {
			on[p.Timestamp.Time().UTC()] = true
		}
	}
	return edges(from, to, func(at time.Time) bool { return on[at.UTC()] })
}

// edges lists the minutes at which something begins or ends.
func edges(from, to time.Time, on func(time.Time) bool) (all []time.Time) {
	was := false
	for at := from; !at.After(to); at = at.Add(time.Minute) {
		if on(at) != was {
			was = !was
			all = append(all, at)
		}
	}
	return all
}

// burning measures a specification into a ledger and returns, for each long window,
// when its pair begins and ends to fire.
func burning(t *testing.T, data, source string, from, to time.Time) map[string][]time.Time {
	t.Helper()
	db, err := tsdb.OpenReadOnly(data, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	set, problems, _ := openslo.Read([]string{source}, builders())
	require.Empty(t, problems)
	book, err := measureWindows(t.Context(), &prometheus.Source{Sampler: db}, set.SLOs, to, func(float64) {})
	require.NoError(t, err)
	e := slo.Evaluator{Meter: book, Now: func() time.Time { return to }}
	all := map[string][]time.Time{}
	for i, pair := range slo.WindowPairs(set.SLOs[0], &set.SLOs[0].Objectives[0]) {
		all[model.Duration(pair.LongWindow).String()] = edges(from, to, func(at time.Time) bool {
			rates, err := e.BurnRates(t.Context(), set.SLOs[0], &set.SLOs[0].Objectives[0], slo.Question{AsOf: at})
			require.NoError(t, err)
			return rates[i].Firing
		})
	}
	return all
}

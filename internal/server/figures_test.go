package server

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/figures"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/slo"
)

// remembering runs a server at the end of a construction until it has read all of
// its history.
func remembering(t *testing.T, c scenario.Scenario) *Server {
	t.Helper()
	specs, data := t.TempDir(), t.TempDir()
	writeSpec(t, c, specs)
	s := &Server{o: Options{Data: data}}
	writeScenario(t, c, s.tsdbDir())
	s = runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: data, Specs: specs, Now: func() time.Time { return scenario.End.Add(90 * time.Second) },
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	require.Eventually(t, func() bool {
		all := s.slos.All()
		if len(all) == 0 {
			return false
		}
		key := all[0].Objectives[0].Indicator.Key()
		p, known := s.collector.Progress(key)
		settled, ok := s.ledger.Settled(key)
		return known && p.Done && ok && !settled.End().Before(scenario.End.Add(-time.Minute))
	}, time.Minute, 20*time.Millisecond)
	return s
}

// ours asks the Prometheus API of a server.
func ours(t *testing.T, s *Server) v1.API {
	t.Helper()
	c, err := api.NewClient(api.Config{Address: "http://" + s.Address(), RoundTripper: &http.Transport{DisableKeepAlives: true}})
	require.NoError(t, err)
	return v1.NewAPI(c)
}

// TestSeriesAgreeWithTheBudgets compares the month of every construction, day by
// day, with the budgets of the evaluator.
func TestSeriesAgreeWithTheBudgets(t *testing.T) {
	for _, c := range scenario.All() {
		t.Run(c.Name, func(t *testing.T) {
			s := remembering(t, c)
			prom, objective := ours(t, s), s.slos.All()[0]
			end := scenario.End.Truncate(time.Minute)
			month := v1.Range{Start: end.Add(-29 * 24 * time.Hour), End: end, Step: 24 * time.Hour}
			for metric, read := range map[string]func(slo.Budget) *float64{
				"error_budget_remaining_ratio": func(b slo.Budget) *float64 { return b.Remaining },
				"good":                         func(b slo.Budget) *float64 { return b.Good },
				"total":                        func(b slo.Budget) *float64 { return b.Total },
			} {
				v, _, err := prom.QueryRange(t.Context(), "hindcast_slo_"+metric, month)
				require.NoError(t, err)
				require.Len(t, v, 1)
				points := v.(model.Matrix)[0].Values
				require.Len(t, points, 30)
				for _, p := range points {
					b, err := s.evaluator.Budget(t.Context(), objective, &objective.Objectives[0], slo.Question{AsOf: p.Timestamp.Time()})
					require.NoError(t, err)
					require.InDelta(t, *read(b), float64(p.Value), 0, "%s at %s", metric, p.Timestamp.Time())
				}
			}
			v, _, err := prom.Query(t.Context(), "hindcast_slo_error_budget_remaining_ratio", scenario.End.Add(time.Minute))
			require.NoError(t, err)
			require.InDelta(t, c.Remaining(), float64(v.(model.Vector)[0].Value), 1e-3, "the truth about the construction")
		})
	}
}

// TestTheExpositionKeepsTheConventions reads the figures as a scraper does.
func TestTheExpositionKeepsTheConventions(t *testing.T) {
	s := remembering(t, scenario.All()[0])
	_, text := fetch(t, s, "/metrics/slo", "")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	require.NoError(t, err)
	for _, p := range problems { // a sum over a window beside hindcast_slo_good, and minutes as the ledger counts them
		require.Contains(t, []string{"hindcast_slo_total", "hindcast_slo_excluded_minutes"}, p.Metric, p.Text)
	}
	require.Contains(t, text, "# TYPE hindcast_slo_error_budget_remaining_ratio gauge\n"+
		`hindcast_slo_error_budget_remaining_ratio{objective="objective-1",service="scenario",slo="scenario-1",window="30d"} `)
	require.Contains(t, text, `hindcast_slo_burning{`)
	_, own := fetch(t, s, "/metrics", "")
	require.NotContains(t, own, "hindcast_slo_")
}

// What the documentation names has to exist.
func TestTheDocumentationNamesSeriesThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, m := range (&figures.Figures{}).Metrics() {
		known[m.Name] = true
	}
	named := map[string]bool{}
	for _, page := range []string{"series.md", "rules.md", "decisions/0028-budgets-for-prometheus.md"} {
		text, err := os.ReadFile("../../docs/" + page)
		require.NoError(t, err)
		for _, name := range regexp.MustCompile(`hindcast_sl[oa]_[a-z_]+[a-z]`).FindAllString(string(text), -1) {
			require.True(t, known[name], "%s in %s", name, page)
			named[name] = true
		}
	}
	for name := range known {
		if name != "hindcast_slo_error_budget_spent" && !strings.HasPrefix(name, "hindcast_slo_burn_rate_") { // written as suffixes
			require.True(t, named[name], "%s is not documented", name)
		}
	}
}

// TestRealTheDocumentedAlertsAreRules has Prometheus' own tool read them.
func TestRealTheDocumentedAlertsAreRules(t *testing.T) {
	realtest.Require(t)
	text, err := os.ReadFile("../../docs/series.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```yaml\\n(groups:.*?)```").FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, 1)
	path := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(path, []byte(blocks[0][1]), 0o600))
	require.Contains(t, realtest.Promtool(t, "check", "rules", "--lint=all", "--lint-fatal", path), "3 rules found")
}

// TestRealPromtoolAsksForBudgets has Prometheus' own tool ask.
func TestRealPromtoolAsksForBudgets(t *testing.T) {
	realtest.Require(t)
	s := remembering(t, scenario.All()[0])
	at := scenario.End.Truncate(time.Minute)
	b, err := s.evaluator.Budget(t.Context(), s.slos.All()[0], &s.slos.All()[0].Objectives[0], slo.Question{AsOf: at})
	require.NoError(t, err)
	stamp := strconv.FormatInt(at.Unix(), 10)
	var vector model.Vector
	answer := realtest.Promtool(t, "query", "instant", "--time", stamp, "-o", "json", "http://"+s.Address(), `hindcast_slo_error_budget_remaining_ratio{slo="scenario-1"}`)
	require.NoError(t, json.Unmarshal([]byte(answer), &vector), answer)
	require.Len(t, vector, 1)
	require.InDelta(t, *b.Remaining, float64(vector[0].Value), 0)

	answer = realtest.Promtool(t, "query", "range", "--start", strconv.FormatInt(at.Add(-30*24*time.Hour).Unix(), 10), "--end", stamp, "--step", "1h", "-o", "json",
		"http://"+s.Address(), `hindcast_slo_burning{long="1h"}`)
	var matrix model.Matrix
	require.NoError(t, json.Unmarshal([]byte(answer), &matrix), answer)
	require.Len(t, matrix, 1)
	require.Len(t, matrix[0].Values, 721)
	firing := 0
	for _, p := range matrix[0].Values {
		firing += int(p.Value)
	}
	require.Equal(t, 1, firing, "on the full hour, the outage of an hour is seen to burn once")
	require.Contains(t, realtest.Promtool(t, "query", "series", "--match", `hindcast_slo_state`, "--start", stamp, "--end", stamp, "http://"+s.Address()), `state="BREACHED"`)
	require.Contains(t, realtest.Promtool(t, "query", "labels", "http://"+s.Address(), "slo"), "scenario-1")
}

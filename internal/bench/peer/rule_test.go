package peer

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

const thirtyDays = 30 * 24 * time.Hour

// objectives are one of each kind.
func objectives() map[string]Objective {
	return map[string]Objective{
		"one metric with a code": {
			Name: "shop", Service: "shop", Target: 0.999, Window: thirtyDays,
			Bad: Metric{"http_requests_total", []string{`code=~"5.."`}}, Total: Metric{"http_requests_total", nil},
		},
		"two metrics": {
			Name: "shop", Service: "shop", Target: 0.99, Window: thirtyDays,
			Bad: Metric{"errors_total", nil}, Total: Metric{"requests_total", nil},
		},
		"latency of a native histogram": {
			Name: "shop", Service: "shop", Target: 0.95, Window: thirtyDays,
			Total: Metric{"http_request_duration_seconds", nil}, Latency: 250 * time.Millisecond,
		},
		"gauge of a probe": {
			Name: "shop", Service: "shop", Target: 0.999, Window: thirtyDays, Total: Metric{"probe_success", nil}, Gauge: true,
		},
	}
}

// everybody is all groups of all tools for an objective.
func everybody(o Objective) [][]Group {
	return [][]Group{
		Sloth{Objective: o}.Groups(), Sloth{Objective: o, DisableOptimized: true}.Groups(),
		Pyrra{Objective: o}.Groups(), Pyrra{Objective: o, PerformanceOverAccuracy: true}.Groups(),
	}
}

func TestRulesAreExpressionsOfPrometheus(t *testing.T) {
	for name, o := range objectives() {
		t.Run(name, func(t *testing.T) {
			p := parser.NewParser(parser.Options{})
			for _, groups := range everybody(o) {
				for _, g := range groups {
					for _, r := range g.Rules {
						_, err := p.ParseExpr(r.Expr)
						require.NoError(t, err, r.Expr)
						require.True(t, (r.Record == "") != (r.Alert == ""), "a rule records or alerts: %+v", r)
					}
				}
			}
			for _, query := range []string{Sloth{Objective: o}.Budget(), Pyrra{Objective: o}.Budget()} {
				_, err := p.ParseExpr(query)
				require.NoError(t, err, query)
			}
		})
	}
}

// The texts of Pyrra's own slo/rules_test.go and slo/promql_test.go, with the
// matcher and the window of the objective here.
func TestPyrraWritesWhatItsOwnTestsExpect(t *testing.T) {
	for name, tc := range map[string]struct {
		objective   string
		performance bool
		want        []string // recorded name, expression
		budget      string
	}{
		"one metric, full": {"one metric with a code", false, []string{
			"http_requests:increase30d", `sum by (code) (increase(http_requests_total{service="shop"}[30d]))`,
		}, `((1 - 0.999) - (sum(http_requests:increase30d{code=~"5..",service="shop",slo="shop-accuracy"} or vector(0)) / sum(http_requests:increase30d{service="shop",slo="shop-accuracy"}))) / (1 - 0.999)`},
		"one metric, performance over accuracy": {"one metric with a code", true, []string{
			"http_requests:increase5m", `sum by (code) (increase(http_requests_total{service="shop"}[5m]))`,
			"http_requests:increase30d", `sum by (code) (sum_over_time(http_requests:increase5m{service="shop"}[30d:5m]))`,
		}, `((1 - 0.999) - (sum(http_requests:increase30d{code=~"5..",service="shop",slo="shop-performance"} or vector(0)) / sum(http_requests:increase30d{service="shop",slo="shop-performance"}))) / (1 - 0.999)`},
		"two metrics, full": {"two metrics", false, []string{
			"requests:increase30d", `sum(increase(requests_total{service="shop"}[30d]))`,
			"errors:increase30d", `sum(increase(errors_total{service="shop"}[30d]))`,
		}, `((1 - 0.99) - (sum(errors:increase30d{service="shop",slo="shop-accuracy"} or vector(0)) / sum(requests:increase30d{service="shop",slo="shop-accuracy"}))) / (1 - 0.99)`},
		"native latency has no other mode": {"latency of a native histogram", true, []string{
			"http_request_duration_seconds:increase30d", `histogram_count(sum(increase(http_request_duration_seconds{service="shop"}[30d])))`,
			"http_request_duration_seconds:increase30d", `histogram_fraction(0, 0.25, sum(increase(http_request_duration_seconds{service="shop"}[30d]))) * histogram_count(sum(increase(http_request_duration_seconds{service="shop"}[30d])))`,
		}, `((1 - 0.95) - (1 - sum(http_request_duration_seconds:increase30d{le="0.25",service="shop",slo="shop-performance"} or vector(0)) / sum(http_request_duration_seconds:increase30d{le="",service="shop",slo="shop-performance"}))) / (1 - 0.95)`},
		"gauge": {"gauge of a probe", false, []string{
			"probe_success:count30d", `sum by (service) (count_over_time(probe_success{service="shop"}[30d]))`,
			"probe_success:sum30d", `sum by (service) (sum_over_time(probe_success{service="shop"}[30d]))`,
		}, `((1 - 0.999) - ((sum(probe_success:count30d{service="shop",slo="shop-accuracy"}) - sum(probe_success:sum30d{service="shop",slo="shop-accuracy"})) / sum(probe_success:count30d{service="shop",slo="shop-accuracy"}))) / (1 - 0.999)`},
	} {
		t.Run(name, func(t *testing.T) {
			p := Pyrra{Objective: objectives()[tc.objective], PerformanceOverAccuracy: tc.performance}
			var got []string
			for _, r := range append(p.Short(), p.Long()...) {
				got = append(got, r.Record, r.Expr)
				require.Equal(t, p.slo(), r.Labels["slo"])
			}
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.budget, p.Budget())
		})
	}
}

// The text of Sloth's own examples/_gen/getting-started.yml, with the queries of
// the objective here.
func TestSlothWritesWhatItsExamplesShow(t *testing.T) {
	s := Sloth{Objective: objectives()["one metric with a code"]}
	groups := s.Groups()
	require.Equal(t, []string{"sloth-slo-sli-recordings-shop-default", "sloth-slo-meta-recordings-shop-default", "sloth-slo-alerts-shop-default"},
		[]string{groups[0].Name, groups[1].Name, groups[2].Name})
	require.Equal(t, "(sum(rate(http_requests_total{code=~\"5..\",service=\"shop\"}[5m])))\n/\n(sum(rate(http_requests_total{service=\"shop\"}[5m])))\n", groups[0].Rules[0].Expr)
	require.Equal(t, `sum_over_time(slo:sli_error:ratio_rate5m{sloth_id="shop-default", sloth_service="shop", sloth_slo="default"}[30d])
/ ignoring (sloth_window)
count_over_time(slo:sli_error:ratio_rate5m{sloth_id="shop-default", sloth_service="shop", sloth_slo="default"}[30d])
`, s.Period().Expr)
	s.DisableOptimized = true
	require.Equal(t, s.Ratio(thirtyDays), s.Period())
	var factors []string
	for _, r := range groups[2].Rules {
		factors = append(factors, r.Expr)
	}
	require.Contains(t, factors[0], "> (14.4 * ")
	require.Contains(t, factors[0], "> (6 * ")
	require.Contains(t, factors[1], "> (3 * ")
	require.Contains(t, factors[1], "> (1 * ")
}

// What each costs begins with how many rules it has: those of docs in both projects.
func TestNumberOfRules(t *testing.T) {
	count := func(groups []Group) (recorded, alerts int) {
		for _, g := range groups {
			alerts += len(g.Rules)
		}
		recorded = len(Record(groups))
		return recorded, alerts - recorded
	}
	for name, tc := range map[string]struct {
		groups           []Group
		recorded, alerts int
	}{
		"Sloth":                          {Sloth{Objective: objectives()["one metric with a code"]}.Groups(), 15, 2},
		"Pyrra, one metric":              {Pyrra{Objective: objectives()["one metric with a code"]}.Groups(), 8, 5},
		"Pyrra, two metrics":             {Pyrra{Objective: objectives()["two metrics"]}.Groups(), 9, 6},
		"Pyrra, one metric, performance": {Pyrra{Objective: objectives()["one metric with a code"], PerformanceOverAccuracy: true}.Groups(), 9, 5},
		"Sloth, gauge":                   {Sloth{Objective: objectives()["gauge of a probe"]}.Groups(), 15, 2},
		"Pyrra, gauge":                   {Pyrra{Objective: objectives()["gauge of a probe"]}.Groups(), 9, 5},
		"Pyrra, native latency":          {Pyrra{Objective: objectives()["latency of a native histogram"]}.Groups(), 9, 4},
	} {
		t.Run(name, func(t *testing.T) {
			recorded, alerts := count(tc.groups)
			require.Equal(t, tc.recorded, recorded)
			require.Equal(t, tc.alerts, alerts)
		})
	}
}

func TestIncreaseIntervalsAreThoseOfPyrra(t *testing.T) {
	for window, want := range map[time.Duration]time.Duration{
		24 * time.Hour: 30 * time.Second, 7 * 24 * time.Hour: time.Minute, 28 * 24 * time.Hour: 150 * time.Second,
		thirtyDays: 150 * time.Second, 48 * 24 * time.Hour: 210 * time.Second, 84 * 24 * time.Hour: 240 * time.Second,
	} {
		require.Equal(t, want, increaseInterval(window), "%s", window)
	}
}

func TestRealPromtoolAcceptsTheRuleFiles(t *testing.T) {
	realtest.Require(t)
	promtool := realtest.Program(t, "make tools builds it", os.Getenv("HINDCAST_PROMTOOL"))
	for name, o := range objectives() {
		for _, groups := range everybody(o) {
			path := filepath.Join(t.TempDir(), "rules.yml")
			require.NoError(t, os.WriteFile(path, []byte(YAML(groups)), 0o600))
			out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", path).CombinedOutput()
			require.NoError(t, err, "%s: %s", name, out)
		}
	}
}

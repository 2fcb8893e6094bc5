package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/prometheus"
	"github.com/hindcast/hindcast/slo/slotest"
)

func metric(query string) *slo.Metric {
	return &slo.Metric{Type: "Prometheus", Spec: map[string]any{"query": query}}
}

func indicator(t testing.TB, bad, total string) slo.Indicator {
	t.Helper()
	in, problems := prometheus.Builder{}.Build(slo.Definition{Counter: true, Bad: metric(bad), Total: metric(total)})
	require.Empty(t, problems)
	return in
}

// checkout is an objective of 99.9 %.
func checkout(t testing.TB, window slo.Window) *slo.SLO {
	t.Helper()
	target, err := slo.ParseTarget("0.999")
	require.NoError(t, err)
	return &slo.SLO{
		Name: "checkout", Service: "shop", Window: window, Origin: slo.Origin{File: "shop.yaml", Line: 7},
		Objectives: []slo.Objective{{Name: "objective-1", Target: target, Indicator: indicator(t, "errors_total", "requests_total")}},
	}
}

func rolling(t testing.TB, d time.Duration) slo.Window {
	t.Helper()
	w, err := slo.Rolling(d)
	require.NoError(t, err)
	return w
}

func calendar(t testing.TB, unit slo.CalendarUnit) slo.Window {
	t.Helper()
	w, err := slo.Calendar(1, unit, slo.DefaultAnchor(time.UTC))
	require.NoError(t, err)
	return w
}

// windows are those that peers have no rules for, or wrong ones, and all others.
func windows(t testing.TB) map[string]slo.Window {
	const day = 24 * time.Hour
	return map[string]slo.Window{
		"1h": rolling(t, time.Hour), "6h": rolling(t, 6*time.Hour), "1d": rolling(t, day), "3d": rolling(t, 3*day), "7d": rolling(t, 7*day), "14d": rolling(t, 14*day),
		"28d": rolling(t, 28*day), "30d": rolling(t, 30*day), "90d": rolling(t, 90*day), "1M": calendar(t, slo.Month), "1Q": calendar(t, slo.Quarter), "1y": calendar(t, slo.Year),
	}
}

// only returns the one group of an objective that is written without a word.
func only(t testing.TB, s *slo.SLO, o Options) Group {
	t.Helper()
	f, remarks := Of([]*slo.SLO{s}, o)
	for _, r := range remarks {
		require.False(t, r.LeftOut, r.Text)
	}
	require.Len(t, f.Groups, 1)
	return f.Groups[0]
}

func (g Group) alerts() (all []Rule) {
	for _, r := range g.Rules {
		if r.Alert != "" {
			all = append(all, r)
		}
	}
	return all
}

func TestEveryWindowHasRulesThatCanBeParsed(t *testing.T) {
	syntax := parser.NewParser(parser.Options{})
	for name, window := range windows(t) {
		t.Run(name, func(t *testing.T) {
			s := checkout(t, window)
			g := only(t, s, Options{})
			pairs := slo.WindowPairs(s, &s.Objectives[0])
			require.Len(t, g.alerts(), len(pairs))
			recorded := map[string]bool{}
			for _, r := range g.Rules {
				_, err := syntax.ParseExpr(r.Expr)
				require.NoError(t, err, r.Expr)
				require.NotContains(t, r.Expr, "[0s", r.Expr)
				if r.Record != "" {
					require.False(t, recorded[r.Record], "%s is recorded twice", r.Record)
					recorded[r.Record] = true
				}
			}
			for i, r := range g.alerts() {
				require.Equal(t, length(pairs[i].LongWindow), r.Labels["long"])
				require.Equal(t, length(pairs[i].ShortWindow), r.Labels["short"])
				require.True(t, recorded[ratioName+r.Labels["long"]] && recorded[ratioName+r.Labels["short"]])
				require.Equal(t, 2, strings.Count(r.Expr, fmt.Sprintf(">= (%s * 0.001)", number(pairs[i].Factor))), "%s", r.Expr)
			}
		})
	}
}

func TestCalendarWindowsAndSlicesAreSaidToBeApproximate(t *testing.T) {
	s := checkout(t, calendar(t, slo.Quarter))
	s.Method, s.Objectives[0].SliceLength = slo.Timeslices, 5*time.Minute
	s.Objectives[0].SliceTarget, _ = slo.ParseSliceTarget("0.95")
	f, remarks := Of([]*slo.SLO{s}, Options{})
	require.Len(t, f.Groups, 1)
	var texts []string
	for _, r := range remarks {
		require.Equal(t, "shop.yaml", r.File)
		require.Equal(t, 7, r.Line)
		texts = append(texts, r.Text)
	}
	require.Contains(t, texts[0], "usual length")
	require.Contains(t, texts[1], "not slices of a fixed grid")
	var text strings.Builder
	require.NoError(t, f.Write(&text, "head\nand more"))
	require.True(t, strings.HasPrefix(text.String(), "# head\n# and more\ngroups:\n# the window is"), text.String()[:80])
}

func TestWhatPrometheusCannotEvaluateIsLeftOutWithItsPlace(t *testing.T) {
	whole := checkout(t, rolling(t, time.Hour))
	other, composite, grouped := *whole, *whole, *whole
	other.Name, composite.Name, grouped.Name = "documents", "both", "grouped"
	other.Objectives = []slo.Objective{{Name: "objective-1", Target: whole.Objectives[0].Target, Indicator: slotest.Indicator("documents")}}
	composite.Objectives = slices.Clone(whole.Objectives)
	composite.Objectives[0].Composite = &slo.Composite{}
	grouped.Objectives = slices.Clone(whole.Objectives)
	grouped.Objectives[0].Indicator = indicator(t, "sum by (service) (errors_total)", "sum by (service) (requests_total)")
	f, remarks := Of([]*slo.SLO{whole, &other, &composite, &grouped}, Options{})
	require.Len(t, f.Groups, 1)
	var left []string
	for _, r := range remarks {
		if r.LeftOut {
			left = append(left, r.String())
		}
	}
	require.Len(t, left, 3)
	require.Contains(t, left[0], `shop.yaml:7:1: slo "both", objective "objective-1": a composite`)
	require.Contains(t, left[1], `not measured on Prometheus alone`)
	require.Contains(t, left[2], `grouped by service`)
}

func TestPoliciesTakeThePlaceOfTheWorkbook(t *testing.T) {
	s := checkout(t, rolling(t, 30*24*time.Hour))
	s.Annotations = map[string]string{"hindcast.dev/runbook": "https://runbooks.example.com/{{checkout}}"}
	s.Labels = map[string][]string{"tier": {"1", "2"}, "my.org/area": {"web"}, "severity": {"never"}}
	s.AlertPolicies = []slo.AlertPolicy{
		{
			Name: "fast", WhenBreaching: true, WhenNoData: true, WhenResolved: true, Labels: map[string][]string{"tier": {"x"}},
			Annotations: map[string]string{"priority": "P{{1}}", "hindcast.dev/short-window": "5m"},
			Condition: slo.AlertCondition{
				Severity: "critical", Op: slo.Greater, Threshold: 10, Lookback: 2 * time.Hour, Short: 10 * time.Minute, After: 3 * time.Minute, MinEvents: 20,
			},
			Targets: []slo.NotificationTarget{{Name: "t", Target: "oncall"}},
		},
		{Name: "silent", WhenResolved: true, Condition: slo.AlertCondition{Op: slo.Greater, Threshold: 1, Lookback: time.Hour}},
	}
	f, remarks := Of([]*slo.SLO{s}, Options{URL: "https://hindcast.example.com/", Team: func(string) string { return "trading" }})
	alerts := f.Groups[0].alerts()
	require.Len(t, alerts, 2)
	require.Equal(t, map[string]string{
		"slo": "checkout", "objective": "objective-1", "service": "shop", "team": "trading", "severity": "critical", "policy": "fast",
		"long": "2h", "short": "10m", "tier": "x", "my_org_area": "web",
	}, alerts[0].Labels)
	require.Equal(t, "3m", alerts[0].For)
	require.Contains(t, alerts[0].Expr, "> (10 * 0.001)")
	require.Regexp(t, `sum\(rate\(requests_total\[2h\]\)\) \* 7200(.|\s)*>=\s*20`, alerts[0].Expr)
	require.Equal(t, `https://runbooks.example.com/{{ "{{" }}checkout}}`, alerts[0].Annotations["runbook_url"])
	require.Equal(t, `P{{ "{{" }}1}}`, alerts[0].Annotations["priority"])
	require.NotContains(t, alerts[0].Annotations, "hindcast_dev_short_window")
	require.Equal(t, "https://hindcast.example.com/slos/checkout", alerts[0].Annotations["dashboard_url"])
	require.Equal(t, noDataAlert, alerts[1].Alert)
	require.True(t, strings.HasPrefix(alerts[1].Expr, "absent("), alerts[1].Expr)
	text := fmt.Sprint(remarks)
	require.Contains(t, text, `"silent" does not tell when its condition holds`)
	require.Contains(t, text, `"fast" tells oncall`)
}

func TestTheSameObjectivesGiveTheSameBytes(t *testing.T) {
	var all []*slo.SLO
	for name, window := range windows(t) { // in an order of its own each time
		s := checkout(t, window)
		s.Name = "checkout-" + strings.ToLower(name)
		if strings.HasPrefix(name, "1") {
			s.Name += "-c"
		}
		s.Labels = map[string][]string{"a": {"1"}, "b": {"2"}, "c": {"3"}}
		all = append(all, s)
	}
	written := func(slos []*slo.SLO) string {
		f, _ := Of(slos, Options{Limit: 10, Interval: 45 * time.Second})
		var text strings.Builder
		require.NoError(t, f.Write(&text, "head"))
		return text.String()
	}
	first := written(all)
	slices.Reverse(all)
	require.Equal(t, first, written(all))
	var back File
	require.NoError(t, yaml.Unmarshal([]byte(first), &back))
	f, _ := Of(all, Options{Limit: 10, Interval: 45 * time.Second})
	require.Len(t, back.Groups, len(f.Groups))
	for i := range back.Groups {
		require.Equal(t, f.Groups[i].Rules, back.Groups[i].Rules, "YAML keeps every character")
		require.Equal(t, 10, back.Groups[i].Limit)
		require.Equal(t, "45s", back.Groups[i].Interval)
	}
	require.Len(t, f.Split(), len(f.Groups))
}

// TestExpressionsOfGroupsSlicesAndEvents runs expressions on the engine of
// Prometheus.
func TestExpressionsOfGroupsSlicesAndEvents(t *testing.T) {
	sliced := checkout(t, rolling(t, 30*24*time.Hour))
	sliced.Method, sliced.Objectives[0].SliceLength = slo.Timeslices, 5*time.Minute
	sliced.Objectives[0].SliceTarget, _ = slo.ParseSliceTarget("0.95")
	grouped := checkout(t, rolling(t, 30*24*time.Hour))
	grouped.Objectives[0].Indicator = indicator(t, "sum by (job) (errors_total)", "sum by (job) (requests_total)")
	policy := checkout(t, rolling(t, 30*24*time.Hour))
	policy.AlertPolicies = []slo.AlertPolicy{{Name: "p", WhenBreaching: true, WhenResolved: true, Condition: slo.AlertCondition{Op: slo.GreaterOrEqual, Threshold: 1, Lookback: time.Hour, MinEvents: 100}}}
	tests := map[string]struct {
		slo        *slo.SLO
		rule       string
		load, want string
	}{
		"no traffic gives no ratio":       {policy, ratioName + "1h", "requests_total 5x120\nerrors_total 5x120", ""},
		"traffic without errors gives 0":  {policy, ratioName + "1h", "requests_total 0+30x120", "{} 0"},
		"groups and the whole":            {grouped, ratioName + "1h", "requests_total{job=\"a\"} 0+30x120\nrequests_total{job=\"b\"} 0+90x120\nerrors_total{job=\"a\"} 0+3x120", "{job=\"a\"} 0.1\n{job=\"b\"} 0\n{} 0.025"},
		"a slice below its target is bad": {sliced, sliceName, "requests_total 0+100x120\nerrors_total 0+6x120", "{} 1"},
		"a slice at its target is not":    {sliced, sliceName, "requests_total 0+100x120\nerrors_total 0+5x120", "{} 0"},
		"a slice without traffic is none": {sliced, sliceName, "requests_total 9x120", ""},
		"too few events fire nothing":     {policy, burnAlert, "requests_total 0+0.75x120\n" + recordedRatio("1h", "0.5x120"), ""},
		"enough events do":                {policy, burnAlert, "requests_total 0+0.9x120\n" + recordedRatio("1h", "0.5x120"), recordedRatio("1h", "0.5")},
		"and not below the threshold":     {policy, burnAlert, "requests_total 0+0.9x120\n" + recordedRatio("1h", "0.0009x120"), ""},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			g := only(t, tt.slo, Options{})
			i := ruleNamed(g, tt.rule)
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(g.Rules[i].Expr)
			require.NoError(t, err)
			script := "load 30s\n" + indented(tt.load) + "\neval instant at 1h " + expr.String() + "\n" + indented(tt.want)
			promqltest.RunTest(t, script, promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery))
		})
	}
}

// A long window is the sum of its newest hour and of what was recorded before, in
// the same unit.
func TestLongWindowsAreMadeOfWhatIsRecorded(t *testing.T) {
	counted := checkout(t, rolling(t, 30*24*time.Hour))
	gauge := checkout(t, rolling(t, 30*24*time.Hour))
	looked, problems := prometheus.Builder{}.Build(slo.Definition{Threshold: metric("queue"), Op: slo.Less, Value: 9})
	require.Empty(t, problems)
	gauge.Objectives[0].Indicator = looked
	series := func(name, values string) string {
		return name + `{slo="checkout",objective="objective-1",service="shop"} ` + values + "\n"
	}
	hours := "x" + strconv.Itoa(30*60)
	tests := map[string]struct {
		slo        *slo.SLO
		load, want string
	}{
		"events per second":       {counted, series(badName+"5m", "1"+hours) + series(badName+"1h", "1"+hours) + series(totalName+"5m", "10"+hours) + series(totalName+"1h", "10"+hours), "0.1"},
		"a bad newest hour":       {counted, series(badName+"5m", "0"+hours) + series(badName+"1h", "10"+hours) + series(totalName+"5m", "10"+hours) + series(totalName+"1h", "10"+hours), strconv.FormatFloat(1.0/24, 'g', -1, 64)},
		"looks at a gauge":        {gauge, series(badName+"5m", "5"+hours) + series(badName+"1h", "0"+hours) + series(totalName+"5m", "5"+hours) + series(totalName+"1h", "60"+hours), strconv.FormatFloat(23.0/24, 'g', -1, 64)},
		"nothing recorded before": {counted, series(badName+"1h", "1"+hours) + series(totalName+"1h", "4"+hours), "0.25"},
		"nothing in the hour":     {counted, series(badName+"5m", "1"+hours) + series(totalName+"5m", "4"+hours), "0.25"},
		"no traffic":              {counted, series(badName+"5m", "0"+hours) + series(badName+"1h", "0"+hours) + series(totalName+"5m", "0"+hours) + series(totalName+"1h", "0"+hours), ""},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			g := only(t, tt.slo, Options{})
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(g.Rules[ruleNamed(g, ratioName+"1d")].Expr)
			require.NoError(t, err)
			if tt.want != "" {
				tt.want = `{slo="checkout",objective="objective-1",service="shop"} ` + tt.want
			}
			script := "load 1m\n" + indented(strings.TrimSpace(tt.load)) + "\neval instant at 30h " + expr.String() + "\n" + indented(tt.want)
			promqltest.RunTest(t, script, promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery))
		})
	}
}

// ruleNamed returns the index of the first rule of that name.
func ruleNamed(g Group, name string) int {
	return slices.IndexFunc(g.Rules, func(r Rule) bool { return r.Record == name || r.Alert == name })
}

// recordedRatio is a series as the rules of the objective record it.
func recordedRatio(window, values string) string {
	return ratioName + window + `{slo="checkout",objective="objective-1",service="shop"} ` + values
}

func indented(lines string) string {
	if lines == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(lines, "\n", "\n  ") + "\n"
}

package peer

import (
	"fmt"
	"strings"
	"time"
)

// The windows of Sloth's alerts for a period of 30 days
// (internal/alert/windows/google-30d.yaml): share of the budget in percent,
// short and long window, quick and slow.
var slothAlerts = []struct {
	severity string
	pairs    [2]slothPair
}{
	{"page", [2]slothPair{{2, 5 * time.Minute, time.Hour}, {5, 30 * time.Minute, 6 * time.Hour}}},
	{"ticket", [2]slothPair{{10, 2 * time.Hour, 24 * time.Hour}, {10, 6 * time.Hour, 72 * time.Hour}}},
}

type slothPair struct {
	percent     float64
	short, long time.Duration
}

// slothWindows are the windows of the alerts in the order in which Sloth records
// them (pkg/common/model, TimeDurationWindows).
var slothWindows = []time.Duration{
	5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour, 72 * time.Hour,
}

// Sloth is what Sloth generates for an objective. It gives its groups no
// interval, so that they are evaluated at that of the server.
type Sloth struct {
	Objective
	// DisableOptimized makes the rule of the period one over raw series, where
	// it is by default a mean of what the rule of five minutes recorded.
	DisableOptimized bool
}

// mode is the Sloth name of the SLO: both modes record the same metrics.
func (s Sloth) mode() string {
	if s.DisableOptimized {
		return "raw"
	}
	return "default"
}

// labels are those that identify an SLO (pkg/common/conventions/slo.go).
func (s Sloth) labels() map[string]string {
	return map[string]string{
		"sloth_id": s.Name + "-" + s.mode(), "sloth_service": s.Name, "sloth_slo": s.mode(),
	}
}

func (s Sloth) filter() string {
	return fmt.Sprintf(`{sloth_id="%s-%s", sloth_service="%[1]s", sloth_slo="%[2]s"}`, s.Name, s.mode())
}

// Groups returns everything that Sloth generates.
func (s Sloth) Groups() []Group {
	id := s.Name + "-" + s.mode()
	g := Group{Name: "sloth-slo-sli-recordings-" + id}
	for _, w := range slothWindows {
		g.Rules = append(g.Rules, s.Ratio(w))
	}
	g.Rules = append(g.Rules, s.Period())
	return []Group{
		g,
		{Name: "sloth-slo-meta-recordings-" + id, Rules: s.Meta()},
		{Name: "sloth-slo-alerts-" + id, Rules: s.alerts()},
	}
}

// Ratio is the rule of one window: eventsSLIRecordGenerator in
// internal/plugin/slo/core/sli_rules_v1/plugin.go, with the queries that its
// users write (examples/getting-started.yml).
func (s Sloth) Ratio(w time.Duration) Rule {
	window := promDuration(w)
	expr := fmt.Sprintf("(%s)\n/\n(%s)\n", s.errorQuery(window), s.totalQuery(window))
	if s.Gauge {
		expr = s.rawQuery(window)
	}
	return Rule{Record: "slo:sli_error:ratio_rate" + window, Expr: expr, Labels: with(s.labels(), "sloth_window", window)}
}

// rawQuery is rawSLIRecordGenerator of the same file, with the query that users
// write for a gauge (examples/raw-home-wifi.yml).
func (s Sloth) rawQuery(window string) string {
	return fmt.Sprintf("(1 - (\n  sum(sum_over_time(%[1]s[%[2]s]))\n  /\n  sum(count_over_time(%[1]s[%[2]s]))\n)\n)", s.Selector(s.Total), window)
}

// errorQuery is what a user writes as error_query. Sloth has no query of its own
// for a native histogram: this is the one by which Prometheus' documentation
// tells the observations above a limit.
func (s Sloth) errorQuery(window string) string {
	if s.Latency > 0 {
		all := fmt.Sprintf("sum(rate(%s[%s]))", s.Selector(s.Total), window)
		return fmt.Sprintf("(1 - histogram_fraction(0, %s, %s)) * histogram_count(%s)", number(s.Latency.Seconds()), all, all)
	}
	return fmt.Sprintf("sum(rate(%s[%s]))", s.Selector(s.Bad), window)
}

func (s Sloth) totalQuery(window string) string {
	if s.Latency > 0 {
		return fmt.Sprintf("histogram_count(sum(rate(%s[%s])))", s.Selector(s.Total), window)
	}
	return fmt.Sprintf("sum(rate(%s[%s]))", s.Selector(s.Total), window)
}

// Period is the rule of the whole period: optimizedSLIRecordGenerator in
// internal/plugin/slo/core/sli_rules_v1/plugin.go, or, with disableOptimized,
// the same as for all other windows.
func (s Sloth) Period() Rule {
	if s.DisableOptimized {
		return s.Ratio(s.Window)
	}
	window := promDuration(s.Window)
	short := "slo:sli_error:ratio_rate" + promDuration(slothWindows[0]) + s.filter()
	return Rule{
		Record: "slo:sli_error:ratio_rate" + window,
		Expr: fmt.Sprintf("sum_over_time(%s[%s])\n/ ignoring (sloth_window)\ncount_over_time(%[1]s[%[2]s])\n",
			short, window),
		Labels: with(s.labels(), "sloth_window", window),
	}
}

// Meta are the seven rules of internal/plugin/slo/core/metadata_rules_v1/plugin.go.
func (s Sloth) Meta() []Rule {
	burn := func(w time.Duration) string {
		return fmt.Sprintf("slo:sli_error:ratio_rate%s%s\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio%[2]s\n",
			promDuration(w), s.filter())
	}
	rules := []Rule{
		{Record: "slo:objective:ratio", Expr: "vector(" + number(s.Target) + ")"},
		{Record: "slo:error_budget:ratio", Expr: "vector(1-" + number(s.Target) + ")"},
		{Record: "slo:time_period:days", Expr: "vector(" + number(s.Window.Hours()/24) + ")"},
		{Record: "slo:current_burn_rate:ratio", Expr: burn(slothWindows[0])},
		{Record: "slo:period_burn_rate:ratio", Expr: burn(s.Window)},
		{Record: slothRemaining, Expr: "1 - slo:period_burn_rate:ratio" + s.filter()},
		{Record: "sloth_slo_info", Expr: "vector(1)"},
	}
	for i := range rules {
		rules[i].Labels = s.labels()
	}
	return rules
}

const slothRemaining = "slo:period_error_budget_remaining:ratio"

// Budget is the query of the remaining budget, as Sloth's dashboards ask it.
func (s Sloth) Budget() string { return slothRemaining + s.filter() }

// alerts are mwmbAlertTpl of internal/plugin/slo/core/alert_rules_v1/plugin.go.
func (s Sloth) alerts() []Rule {
	var rules []Rule
	for _, a := range slothAlerts {
		var pairs []string
		for _, p := range a.pairs {
			factor := p.percent / 100 * s.Window.Hours() / p.long.Hours()
			above := func(w time.Duration) string {
				return fmt.Sprintf("max(slo:sli_error:ratio_rate%s%s > (%s * %s)) without (sloth_window)",
					promDuration(w), s.filter(), number(factor), number(1-s.Target))
			}
			pairs = append(pairs, fmt.Sprintf("(\n    %s\n    and\n    %s\n)\n", above(p.short), above(p.long)))
		}
		rules = append(rules, Rule{
			Alert: "SlothErrorBudgetBurn", Expr: strings.Join(pairs, "or\n"),
			Labels: map[string]string{"sloth_severity": a.severity}, Short: max(a.pairs[0].short, a.pairs[1].short),
		})
	}
	return rules
}

// with returns labels with one more.
func with(labels map[string]string, name, value string) map[string]string {
	labels[name] = value
	return labels
}

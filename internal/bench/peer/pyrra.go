package peer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pyrra is what Pyrra generates for an objective.
type Pyrra struct {
	Objective
	// PerformanceOverAccuracy makes the rules of the window sums over what a
	// rule of five minutes recorded, where they are by default increase() over
	// raw series.
	PerformanceOverAccuracy bool
}

// slo is the Pyrra name of the SLO: both modes record the same metrics.
func (p Pyrra) slo() string {
	if p.PerformanceOverAccuracy {
		return p.Name + "-performance"
	}
	return p.Name + "-accuracy"
}

// Groups returns everything that Pyrra generates: the increases of the window
// (SplitIncreaseRules and IncreaseRules in slo/rules.go, chosen as in
// filesystem.go and kubernetes/controllers/servicelevelobjective.go), burn rates
// and alerts.
func (p Pyrra) Groups() []Group {
	var groups []Group
	if short := p.Short(); len(short) > 0 {
		groups = append(groups, Group{Name: p.slo() + "-increase-short", Interval: 30 * time.Second, Rules: append(short, p.absent()...)})
	}
	long := Group{Name: p.slo() + "-increase", Interval: increaseInterval(p.Window), Rules: p.Long()}
	if len(groups) == 0 {
		long.Rules = append(long.Rules, p.absent()...)
	}
	return append(groups, long, Group{Name: p.slo(), Interval: 30 * time.Second, Rules: append(p.burnRates(), p.alerts()...)})
}

// increaseInterval is the function of this name in slo/rules.go.
func increaseInterval(window time.Duration) time.Duration {
	const day = 24 * time.Hour
	for i, limit := range []time.Duration{7, 14, 21, 28, 35, 42, 49} {
		if window < limit*day {
			return time.Duration(i+1) * 30 * time.Second
		}
	}
	return 240 * time.Second
}

// metrics are those that are recorded: total and errors, or one for both.
func (p Pyrra) metrics() []Metric {
	if p.Latency > 0 || p.Gauge || p.Bad.Name == p.Total.Name {
		return []Metric{p.Total}
	}
	return []Metric{p.Total, p.Bad}
}

// grouping is the by clause: the labels by which errors are told from total
// (groupingLabels in slo/promql.go).
func (p Pyrra) grouping() string {
	var names []string
	for _, m := range p.Bad.Matchers {
		name := m[:strings.IndexAny(m, "=!")]
		if !slices.ContainsFunc(p.Total.Matchers, func(t string) bool { return t[:strings.IndexAny(t, "=!")] == name }) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "sum"
	}
	slices.Sort(names)
	return "sum by (" + strings.Join(names, ", ") + ") "
}

func (p Pyrra) labels() map[string]string {
	return map[string]string{"slo": p.slo(), "service": p.Service}
}

// increaseName is the function of this name in slo/rules.go.
func increaseName(metric string, window time.Duration) string {
	for _, suffix := range []string{"_total", "_count", "_bucket"} {
		metric = strings.TrimSuffix(metric, suffix)
	}
	return metric + ":increase" + promDuration(window)
}

// Short are the rules of five minutes of performanceOverAccuracy
// (increaseRulesRatio in slo/rules.go). Native latencies have none: the mode
// changes nothing for them (increaseRuleLatencyNative). Those of gauges are not
// written here: nobody measures them.
func (p Pyrra) Short() []Rule {
	if !p.PerformanceOverAccuracy || p.Latency > 0 || p.Gauge {
		return nil
	}
	var rules []Rule
	for _, m := range p.metrics() {
		rules = append(rules, Rule{
			Record: increaseName(m.Name, 5*time.Minute),
			Expr:   fmt.Sprintf("%s(increase(%s[5m]))", p.grouping(), p.Selector(m)),
			Labels: p.labels(),
		})
	}
	return rules
}

// Long are the rules of the window (increaseRulesRatio, increaseRuleLatencyNative,
// increaseRuleBoolGauge in slo/rules.go).
func (p Pyrra) Long() []Rule {
	if p.Latency > 0 {
		return p.longNative()
	}
	if p.Gauge {
		return p.longGauge()
	}
	var rules []Rule
	for _, m := range p.metrics() {
		expr := fmt.Sprintf("%s(increase(%s[%s]))", p.grouping(), p.Selector(m), promDuration(p.Window))
		if p.PerformanceOverAccuracy {
			five := Metric{Name: increaseName(m.Name, 5*time.Minute), Matchers: m.Matchers}
			expr = fmt.Sprintf("%s(sum_over_time(%s[%s:5m]))", p.grouping(), p.Selector(five), promDuration(p.Window))
		}
		rules = append(rules, Rule{Record: increaseName(m.Name, p.Window), Expr: expr, Labels: p.labels()})
	}
	return rules
}

func (p Pyrra) longNative() []Rule {
	all := fmt.Sprintf("sum(increase(%s[%s]))", p.Selector(p.Total), promDuration(p.Window))
	limit := number(p.Latency.Seconds())
	record := increaseName(p.Total.Name, p.Window)
	return []Rule{
		{Record: record, Expr: "histogram_count(" + all + ")", Labels: p.labels()},
		{
			Record: record, Expr: fmt.Sprintf("histogram_fraction(0, %s, %s) * histogram_count(%s)", limit, all, all),
			Labels: with(p.labels(), "le", limit),
		},
	}
}

func (p Pyrra) longGauge() []Rule {
	var rules []Rule
	for _, f := range []string{"count", "sum"} {
		rules = append(rules, Rule{
			Record: p.Total.Name + ":" + f + promDuration(p.Window),
			Expr:   fmt.Sprintf("sum by (service) (%s_over_time(%s[%s]))", f, p.Selector(p.Total), promDuration(p.Window)),
			Labels: map[string]string{"slo": p.slo()}, // a label to group by is none of the rule
		})
	}
	return rules
}

// absent are the alerts about metrics that are gone; native latencies have none.
func (p Pyrra) absent() []Rule {
	if p.Latency > 0 {
		return nil
	}
	var rules []Rule
	for _, m := range p.metrics() {
		rules = append(rules, Rule{
			Alert: "SLOMetricAbsent", For: 2 * time.Minute,
			Expr: "absent(" + p.Selector(m) + ") == 1", Labels: with(p.labels(), "severity", "critical"),
		})
	}
	return rules
}

// Budget is QueryErrorBudget of slo/promql.go.
func (p Pyrra) Budget() string {
	slo := "slo=" + strconv.Quote(p.slo())
	recorded := func(m Metric, more ...string) string {
		return p.Selector(Metric{Name: increaseName(m.Name, p.Window), Matchers: m.Matchers}, append(more, slo)...)
	}
	t := number(p.Target)
	if p.Gauge {
		over := func(f string) string {
			return "sum(" + p.Selector(Metric{Name: p.Total.Name + ":" + f + promDuration(p.Window)}, slo) + ")"
		}
		return fmt.Sprintf("((1 - %s) - ((%s - %s) / %[2]s)) / (1 - %[1]s)", t, over("count"), over("sum"))
	}
	if p.Latency > 0 {
		return fmt.Sprintf("((1 - %s) - (1 - sum(%s or vector(0)) / sum(%s))) / (1 - %[1]s)",
			t, recorded(p.Total, "le="+strconv.Quote(number(p.Latency.Seconds()))), recorded(p.Total, `le=""`))
	}
	return fmt.Sprintf("((1 - %s) - (sum(%s or vector(0)) / sum(%s))) / (1 - %[1]s)", t, recorded(p.Bad), recorded(p.Total))
}

// pyrraWindows are Windows of slo/rules.go: factor, and the windows for 28 days.
var pyrraWindows = []struct {
	severity         string
	hold, long, tiny time.Duration
	factor           float64
}{
	{"critical", 2 * time.Minute, time.Hour, 5 * time.Minute, 14},
	{"critical", 15 * time.Minute, 6 * time.Hour, 30 * time.Minute, 7},
	{"warning", time.Hour, 24 * time.Hour, 2 * time.Hour, 2},
	{"warning", 3 * time.Hour, 96 * time.Hour, 6 * time.Hour, 1},
}

// scale fits a window for 28 days to the objective's.
func (p Pyrra) scale(d time.Duration) time.Duration {
	return time.Duration(float64(d) * p.Window.Hours() / (28 * 24)).Round(time.Minute)
}

func (p Pyrra) burnRateName(w time.Duration) string {
	name := strings.TrimSuffix(strings.TrimSuffix(p.Total.Name, "_total"), "_count")
	return name + ":burnrate" + promDuration(w)
}

// burnRates are the rules of Burnrates in slo/rules.go, each window once.
func (p Pyrra) burnRates() []Rule {
	windows := map[time.Duration]bool{}
	for _, w := range pyrraWindows {
		windows[p.scale(w.long)], windows[p.scale(w.tiny)] = true, true
	}
	var rules []Rule
	for _, w := range slices.Sorted(maps.Keys(windows)) {
		rules = append(rules, Rule{Record: p.burnRateName(w), Expr: p.burnRate(promDuration(w)), Labels: p.labels()})
	}
	return rules
}

// burnRate is Burnrate of slo/rules.go.
func (p Pyrra) burnRate(window string) string {
	total := p.Selector(p.Total)
	switch {
	case p.Latency > 0:
		return fmt.Sprintf("1 - histogram_fraction(0, %s, sum(rate(%s[%s])))", number(p.Latency.Seconds()), total, window)
	case p.Gauge:
		return fmt.Sprintf("(sum(count_over_time(%[1]s[%[2]s])) - sum(sum_over_time(%[1]s[%[2]s]))) / sum(count_over_time(%[1]s[%[2]s]))", total, window)
	default:
		return fmt.Sprintf("sum(rate(%s[%s])) / sum(rate(%s[%[2]s]))", p.Selector(p.Bad), window, total)
	}
}

// alerts are the four of Burnrates in slo/rules.go.
func (p Pyrra) alerts() []Rule {
	var rules []Rule
	for _, w := range pyrraWindows {
		above := func(d time.Duration) string {
			burn := Metric{Name: p.burnRateName(p.scale(d))}
			return fmt.Sprintf("%s > (%s * (1-%s))", p.Selector(burn, "slo="+strconv.Quote(p.slo())), number(w.factor), number(p.Target))
		}
		rules = append(rules, Rule{
			Alert: "ErrorBudgetBurn", For: p.scale(w.hold), Expr: above(w.tiny) + " and " + above(w.long),
			Labels: with(p.labels(), "severity", w.severity), Short: p.scale(w.tiny),
		})
	}
	return rules
}

package peer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Objective is what both are asked to keep: of the events that Total selects,
// at most a share of 1 − Target may be those that Bad selects.
type Objective struct {
	Name    string
	Service string // the value of the label service of all series
	Target  float64
	Window  time.Duration
	Bad     Metric
	Total   Metric
	// Latency, if it is not 0, makes bad events those observations of the native
	// histogram Total that are longer; Bad is empty then.
	Latency time.Duration
	// Gauge makes Total a gauge that is 1 while all is well and 0 while it is not;
	// bad events are its samples of 0, and Bad is empty then.
	Gauge bool
}

// Metric is a selector: a name, and matchers beside that of the service.
type Metric struct {
	Name     string
	Matchers []string // as PromQL writes them, `code=~"5.."`
}

// Selector returns m with the label service and with more matchers, in the order
// of their text, as both projects print them.
func (o Objective) Selector(m Metric, more ...string) string {
	all := append([]string{"service=" + strconv.Quote(o.Service)}, m.Matchers...)
	all = append(all, more...)
	slices.Sort(all)
	return m.Name + "{" + strings.Join(all, ",") + "}"
}

// Rule is one rule of a group: a recording rule, or an alert.
type Rule struct {
	Record string
	Alert  string
	For    time.Duration
	Expr   string
	Labels map[string]string
	// Short is the short window of an alert on burn rates, the longest if it has
	// several; it is not written.
	Short time.Duration
}

// Group is a group of rules that are evaluated together, one after the other.
type Group struct {
	Name     string
	Interval time.Duration // 0: the server's
	Rules    []Rule
}

// Record returns the recording rules of groups, without the alerts.
func Record(groups []Group) []Rule {
	var all []Rule
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Record != "" {
				all = append(all, r)
			}
		}
	}
	return all
}

// YAML returns groups as a rule file of Prometheus.
func YAML(groups []Group) string {
	var b strings.Builder
	b.WriteString("groups:\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "- name: %q\n", g.Name)
		if g.Interval > 0 {
			fmt.Fprintf(&b, "  interval: %s\n", promDuration(g.Interval))
		}
		b.WriteString("  rules:\n")
		for _, r := range g.Rules {
			r.write(&b)
		}
	}
	return b.String()
}

// write writes one rule as YAML.
func (r Rule) write(b *strings.Builder) {
	if r.Record != "" {
		fmt.Fprintf(b, "  - record: %q\n", r.Record)
	} else {
		fmt.Fprintf(b, "  - alert: %q\n", r.Alert)
	}
	fmt.Fprintf(b, "    expr: %q\n", r.Expr)
	if r.For > 0 {
		fmt.Fprintf(b, "    for: %s\n", promDuration(r.For))
	}
	if len(r.Labels) > 0 {
		b.WriteString("    labels:\n")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
		fmt.Fprintf(b, "      %q: %q\n", name, r.Labels[name])
	}
}

// promDuration writes a duration as Prometheus does: 30d, 2h, 5m.
func promDuration(d time.Duration) string { return model.Duration(d).String() }

// number writes a number as %g does, which both projects use.
func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

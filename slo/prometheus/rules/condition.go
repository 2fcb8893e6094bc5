package rules

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// condition is one alert: a comparison of burn rates.
type condition struct {
	alert       string
	policy      *slo.AlertPolicy // nil for the workbook's pairs
	severity    string
	op          slo.Op
	threshold   float64
	long, short time.Duration // short is 0 for long alone
	after       time.Duration
	events      float64
	fraction    float64 // of the budget that is spent when it fires, 0 if nobody says
}

// Names of alerts.
const (
	burnAlert   = "SLOErrorBudgetBurn"
	noDataAlert = "SLONoData"
)

// conditions lists what is alerted on: what the policies of the objective say, the
// workbook's pairs where it has none.
func (w *writer) conditions() {
	if len(w.slo.AlertPolicies) == 0 {
		for _, p := range slo.WindowPairs(w.slo, w.objective) {
			w.conds = append(w.conds, condition{
				alert: burnAlert, severity: p.Severity, op: slo.GreaterOrEqual, threshold: p.Factor,
				long: p.LongWindow, short: p.ShortWindow, fraction: p.BudgetFraction,
			})
		}
		return
	}
	for i := range w.slo.AlertPolicies {
		p := &w.slo.AlertPolicies[i]
		if !p.WhenBreaching {
			w.notef("alert policy %q does not tell when its condition holds: it has no rule for that", p.Name)
			continue
		}
		if !p.WhenResolved {
			w.notef("alert policy %q does not tell when it is over: rules cannot say so, set send_resolved: false in the receiver of Alertmanager", p.Name)
		}
		if len(p.Targets) > 0 {
			w.notef("alert policy %q tells %s: route the label policy to it in Alertmanager", p.Name, targets(p))
		}
		c := p.Condition
		w.conds = append(w.conds, condition{
			alert: burnAlert, policy: p, severity: c.Severity, op: c.Op, threshold: c.Threshold,
			long: c.Lookback, short: c.Short, after: c.After, events: c.MinEvents,
		})
	}
}

// targets names whom a policy tells.
func targets(p *slo.AlertPolicy) string {
	names := make([]string, len(p.Targets))
	for i, t := range p.Targets {
		names[i] = cmp.Or(t.Target, t.Name)
	}
	return strings.Join(names, ", ")
}

// labels returns the labels of the alert.
func (w *writer) labels(c condition) map[string]string {
	all := w.foreign(w.slo.Labels)
	if c.policy != nil {
		maps.Copy(all, w.foreign(c.policy.Labels))
		all["policy"] = c.policy.Name
	}
	if w.options.Team != nil {
		if team := w.options.Team(w.slo.Service); team != "" {
			all["team"] = team
		}
	}
	for name, value := range w.identity() {
		all[name] = escaped(value)
	}
	if c.severity != "" {
		all["severity"] = c.severity
	}
	if c.long > 0 {
		all["long"] = length(c.long)
	}
	if c.short > 0 {
		all["short"] = length(c.short)
	}
	return all
}

// foreign returns labels of a document as labels of Prometheus, which has one value
// for each and fewer characters in their names.
func (w *writer) foreign(from map[string][]string) map[string]string {
	all := map[string]string{}
	for name, values := range from {
		all[labelName(name)] = escaped(strings.Join(values, ","))
	}
	return all
}

// labelName replaces what a name of a label may not have.
func labelName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, name)
	if clean == "" || clean[0] >= '0' && clean[0] <= '9' || strings.HasPrefix(clean, "__") {
		clean = "x_" + clean
	}
	return clean
}

// escaped keeps a text of a document from being read as a template.
func escaped(text string) string {
	return strings.ReplaceAll(text, "{{", `{{ "{{" }}`)
}

// annotations returns the texts of the alert.
func (w *writer) annotations(c condition) map[string]string {
	all := map[string]string{"summary": w.about() + ": " + w.summary(c), "description": w.description(c)}
	if c.policy != nil {
		for name, text := range c.policy.Annotations {
			if clean := labelName(name); all[clean] == "" && !strings.HasPrefix(name, "hindcast.dev/") {
				all[clean] = escaped(text)
			}
		}
	}
	if runbook := w.slo.Annotations["hindcast.dev/runbook"]; runbook != "" {
		all["runbook_url"] = escaped(runbook)
	}
	if w.options.URL != "" {
		all["dashboard_url"] = strings.TrimRight(w.options.URL, "/") + "/slos/" + w.slo.Name
	}
	return all
}

// about names what the alert is about: the objective, and the group.
func (w *writer) about() string {
	var text strings.Builder
	text.WriteString(escaped(w.slo.Title()))
	if len(w.slo.Objectives) > 1 {
		text.WriteString(", " + escaped(w.objective.Name))
	}
	for _, name := range w.indicator.By {
		fmt.Fprintf(&text, "{{ with $labels.%s }}, %s {{ . }}{{ end }}", name, name)
	}
	return text.String()
}

// summary is one line.
func (w *writer) summary(c condition) string {
	text := fmt.Sprintf("{{ $value | humanizePercentage }} bad over %s", length(c.long))
	switch {
	case c.fraction > 0:
		return fmt.Sprintf("%s, %g %% of the error budget of %s are gone in that time", text, 100*c.fraction, w.slo.Window.Shorthand())
	default:
		return fmt.Sprintf("%s, %s %g times the budget's even burn", text, comparisonWords[c.op], c.threshold)
	}
}

var comparisonWords = map[slo.Op]string{slo.LessOrEqual: "at most", slo.Less: "below", slo.GreaterOrEqual: "at least", slo.Greater: "above"}

// description says what the alert means.
func (w *writer) description(c condition) string {
	text := fmt.Sprintf("The burn rate is %s %g over %s", comparisonWords[c.op], c.threshold, length(c.long))
	if c.short > 0 {
		text += " and over " + length(c.short)
	}
	text += fmt.Sprintf(". The target is %s %% over %s.", w.objective.Target.Percent(), escaped(w.slo.Window.Title()))
	if d := w.slo.Description; d != "" {
		text += " " + escaped(d)
	}
	if c.policy != nil && c.policy.Description != "" {
		text += " " + escaped(c.policy.Description)
	}
	return text
}

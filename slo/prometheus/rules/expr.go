package rules

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/slo"
)

// Names of what is recorded, without the window at the end. The level before the
// first colon is that of the rules, not that of any label.
const (
	badName   = "hindcast:bad_events:rate"
	totalName = "hindcast:events:rate"
	ratioName = "hindcast:error_ratio:rate"
	sliceName = "hindcast:slice_error:ratio"
)

// record writes the recording rules: the error ratio over every window.
func (w *writer) record() {
	if w.slo.Method != slo.Occurrences {
		w.recordSlices()
		return
	}
	if w.longest() > maxRaw {
		w.recordParts()
	}
	for _, window := range w.windows() {
		w.recording(ratioName+length(window), w.errorRatio(window))
	}
}

// errorRatio returns the part of the events of a window that is bad, from the raw
// series or from what was recorded.
func (w *writer) errorRatio(window time.Duration) parser.Expr {
	if window <= maxRaw {
		return w.whole(window, quotient)
	}
	return quotient(w.long(badName, window), w.long(totalName, window))
}

// quotient is absent without traffic, by which nothing can be divided.
func quotient(bad, total parser.Expr) parser.Expr {
	return binary(parser.DIV, bad, binary(parser.GTR, total, number(0)))
}

// whole makes an expression of the bad and all events of a window; for a grouped
// indicator, of those of each group and of those of the whole.
func (w *writer) whole(window time.Duration, of func(bad, total parser.Expr) parser.Expr) parser.Expr {
	all := *w.indicator
	all.By = nil
	whole := of(all.Windowed(window))
	if len(w.indicator.By) == 0 {
		return whole
	}
	return binary(parser.LOR, of(w.indicator.Windowed(window)), whole)
}

// recordSlices writes how bad the slice that ends now is, and its mean over every
// window: slices without traffic are not there and do not count.
func (w *writer) recordSlices() {
	ratio := w.whole(w.objective.SliceLength, quotient)
	if w.slo.Method == slo.Timeslices {
		worse := binary(parser.GTR, ratio, number(w.objective.SliceTarget.ErrorFraction()))
		worse.ReturnBool = true
		ratio = worse
	}
	w.recording(sliceName, ratio)
	for _, window := range w.windows() {
		w.recording(ratioName+length(window), overTime("avg_over_time", w.selector(sliceName), window))
	}
}

// recording adds a recording rule.
func (w *writer) recording(name string, expr parser.Expr) {
	w.group.Rules = append(w.group.Rules, Rule{Record: name, Expr: expr.Pretty(0), Labels: w.identity()})
}

// alert writes the alerting rules.
func (w *writer) alert() {
	for _, c := range w.conds {
		r := Rule{Alert: c.alert, Expr: w.holds(c).Pretty(0), Labels: w.labels(c), Annotations: w.annotations(c)}
		if c.after > 0 {
			r.For = length(c.after)
		}
		w.group.Rules = append(w.group.Rules, r)
	}
	for i := range w.slo.AlertPolicies {
		if p := &w.slo.AlertPolicies[i]; p.WhenNoData {
			w.alertNoData(p)
		}
	}
}

// holds is the condition of an alert; its value is the error ratio over the long
// window.
func (w *writer) holds(c condition) parser.Expr {
	expr := w.burns(c, c.long)
	if c.short > 0 {
		expr = binary(parser.LAND, expr, w.burns(c, c.short))
	}
	if c.events > 0 {
		expr = binary(parser.LAND, expr, binary(parser.GTE, w.events(c.long), number(c.events)))
	}
	return expr
}

// burns compares the error ratio over a window with the threshold.
func (w *writer) burns(c condition, window time.Duration) parser.Expr {
	limit := binary(parser.MUL, number(c.threshold), number(w.objective.Target.ErrorFraction()))
	return binary(comparisons[c.op], w.selector(ratioName+length(window)), limit)
}

var comparisons = map[slo.Op]parser.ItemType{slo.LessOrEqual: parser.LTE, slo.Less: parser.LSS, slo.GreaterOrEqual: parser.GTE, slo.Greater: parser.GTR}

// events returns how many events a window has, with the labels of what is recorded.
func (w *writer) events(window time.Duration) parser.Expr {
	each := 1.0
	if w.gauge() { // an event is a second, and it is looked at once a minute
		each = time.Minute.Seconds()
	}
	if window > maxRaw && w.slo.Method == slo.Occurrences {
		return binary(parser.MUL, w.long(totalName, window), number(each))
	}
	return w.relabelled(binary(parser.MUL, w.amount(w.whole(window, onlyTotal), window), number(each)))
}

// relabelled gives an expression the labels of what the rules record.
func (w *writer) relabelled(expr parser.Expr) parser.Expr {
	identity := w.identity()
	for _, name := range slices.Sorted(maps.Keys(identity)) {
		expr = &parser.Call{Func: parser.Functions["label_replace"], Args: parser.Expressions{
			operand(expr), quoted(name), quoted(identity[name]), quoted(""), quoted(""),
		}}
	}
	return expr
}

// alertNoData tells that nothing is measured, for a policy that wants to know.
func (w *writer) alertNoData(p *slo.AlertPolicy) {
	_, total := w.indicator.Windowed(max(baseStep, p.Condition.Short))
	c := condition{policy: p, severity: p.Condition.Severity}
	about := escaped(w.slo.Title())
	w.group.Rules = append(w.group.Rules, Rule{
		Alert: noDataAlert, For: length(max(baseStep, p.Condition.After)), Labels: w.labels(c),
		Expr: (&parser.Call{Func: parser.Functions["absent"], Args: parser.Expressions{total}}).Pretty(0),
		Annotations: map[string]string{
			"summary":     about + ": nothing is measured",
			"description": "No series that the indicator selects has had samples. Is what is measured still running, and is it scraped?",
		},
	})
}

// selector selects what the rules of this objective recorded.
func (w *writer) selector(name string) *parser.VectorSelector {
	matchers := []*labels.Matcher{
		labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, name),
		labels.MustNewMatcher(labels.MatchEqual, "objective", w.objective.Name),
		labels.MustNewMatcher(labels.MatchEqual, "slo", w.slo.Name),
	}
	return &parser.VectorSelector{Name: name, LabelMatchers: matchers}
}

func overTime(function string, s *parser.VectorSelector, window time.Duration) parser.Expr {
	return &parser.Call{Func: parser.Functions[function], Args: parser.Expressions{&parser.MatrixSelector{VectorSelector: s, Range: window}}}
}

func number(v float64) parser.Expr { return &parser.NumberLiteral{Val: v} }

func quoted(v string) parser.Expr { return &parser.StringLiteral{Val: v} }

// binary joins two expressions, with parentheses around those that have operators.
func binary(op parser.ItemType, lhs, rhs parser.Expr) *parser.BinaryExpr {
	matching := &parser.VectorMatching{Card: parser.CardOneToOne}
	if op.IsSetOperator() {
		matching.Card = parser.CardManyToMany
	}
	return &parser.BinaryExpr{Op: op, LHS: operand(lhs), RHS: operand(rhs), VectorMatching: matching}
}

// operand returns an expression as a part of another.
func operand(expr parser.Expr) parser.Expr {
	switch expr.(type) {
	case *parser.BinaryExpr, *parser.UnaryExpr:
		return &parser.ParenExpr{Expr: expr}
	default:
		return expr
	}
}

package prometheus

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// MaxTerms is the largest number of selectors that one query may add up: each of
// them may have to be fetched on its own.
const MaxTerms = 50

// reading says what the values of a query mean.
type reading uint8

const (
	counters reading = iota // selectors select counters
	rates                   // selectors select numbers of events per second
	gauges                  // selectors select values that are compared or integrated
)

// query is a query that was understood.
type query struct {
	Expr
	by []string // sorted
}

// syntax is PromQL as every supported server speaks it, without experiments.
var syntax = parser.NewParser(parser.Options{})

// parseQuery reads the query of an indicator. Of counters it takes apart
//
//	selector                       all events of all series that match
//	sum(q), sum by (l) (q)         the same, per label set
//	a + b, a - b, -a, (a)          sums and differences
//	rate(selector[r])              the selector; the range plays no part
//	increase(selector[r])          the same
//	a or vector(0)                 a: a series that is missing counts nothing anyway
//
// into selectors whose raw samples can be folded. Anything else is an expression
// that the server evaluates; its values are taken for events per second, so that
// its counters have to be inside rate(). A gauge is a selector, or an expression
// for the server. What makes no sense is refused with a remedy.
func parseQuery(text string, as reading) (query, []string) {
	if why := tooCostly(text); why != "" {
		return query{}, []string{why}
	}
	expr, err := syntax.ParseExpr(text)
	if err != nil && strings.Contains(text, "{{") {
		return query{}, []string{"templates such as {{.window}} are not filled in: write the query with a range such as [5m], which plays no part in counting"}
	}
	if err != nil {
		return query{}, syntaxErrors(err)
	}
	if problems := impossible(expr); len(problems) > 0 {
		return query{}, problems
	}
	if as == gauges {
		return readGauge(expr)
	}
	return readCounters(expr, as)
}

// syntaxErrors lists the errors of the parser with their positions in the query.
func syntaxErrors(err error) []string {
	all, ok := errors.AsType[parser.ParseErrors](err)
	if !ok {
		return []string{"not valid PromQL: " + err.Error()}
	}
	const most = 5
	var texts []string
	for _, e := range all[:min(len(all), most)] {
		line, column := position(e.Query, int(e.PositionRange.Start))
		text := fmt.Sprintf("not valid PromQL at %d:%d of the query: %v", line, column, e.Err)
		if strings.Contains(text, "unknown function") {
			text += "; functions of other dialects, such as MetricsQL, cannot be counted"
		}
		texts = append(texts, text)
	}
	return slices.Compact(texts)
}

// position returns line and column of an offset, from 1.
func position(text string, offset int) (line, column int) {
	before := text[:max(0, min(offset, len(text)))]
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndex(before, "\n")
}

// impossible lists what no kind of query may have.
func impossible(expr parser.Expr) []string {
	var problems []string
	selectors := 0
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			selectors++
			if n.Timestamp != nil || n.StartOrEnd != 0 {
				problems = append(problems, "@ fixes the time of "+selectorText(n.LabelMatchers)+": remove it, every minute is measured at its own time")
			}
			if !slices.ContainsFunc(n.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == labels.MetricName }) {
				problems = append(problems, n.String()+" names no metric")
			}
		case *parser.SubqueryExpr:
			if n.Timestamp != nil || n.StartOrEnd != 0 {
				problems = append(problems, "@ fixes the time of a subquery: remove it, every minute is measured at its own time")
			}
		}
		return nil
	})
	switch t := expr.Type(); {
	case t == parser.ValueTypeMatrix:
		problems = append(problems, "a range such as [5m] belongs inside rate(): write the selector without it")
	case selectors == 0:
		problems = append(problems, "the query selects no metric")
	}
	if c, ok := bare(expr).(*parser.BinaryExpr); ok && c.Op.IsComparisonOperator() && !c.ReturnBool {
		problems = append(problems, fmt.Sprintf("%s drops the samples for which it does not hold, which would look like missing data: write bool after it, or put the comparison into op and value of the objective of a thresholdMetric", c.Op))
	}
	return problems
}

// bare returns expr without the parentheses around it.
func bare(expr parser.Expr) parser.Expr {
	for {
		p, ok := expr.(*parser.ParenExpr)
		if !ok {
			return expr
		}
		expr = p.Expr
	}
}

// readGauge takes a plain selector as it is and anything else for the server.
func readGauge(expr parser.Expr) (query, []string) {
	expr = bare(expr)
	if s, ok := expr.(*parser.VectorSelector); ok && isPlain(s) {
		return query{Expr: Expr{Terms: []Term{{Matchers: canonicalMatchers(s.LabelMatchers), Sign: 1}}}}, nil
	}
	return query{Expr: Expr{Server: expr}, by: groupsOf(expr)}, nil
}

// readCounters takes a linear combination apart and leaves anything else to the
// server.
func readCounters(expr parser.Expr, as reading) (query, []string) {
	l := linear{as: as}
	by, ok := l.take(expr, 1)
	if ok && len(l.problems) == 0 {
		l.problems = append(l.problems, notCounters(l.terms)...)
	}
	if len(l.problems) > 0 {
		return query{}, l.problems
	}
	if ok {
		slices.SortStableFunc(l.terms, func(a, b Term) int {
			return cmp.Or(cmp.Compare(b.Sign, a.Sign), strings.Compare(canonicalSelector(a.Matchers), canonicalSelector(b.Matchers)))
		})
		return query{Expr: Expr{Terms: l.terms}, by: sortedSet(by)}, nil
	}
	if problems := notPerSecond(expr, as); len(problems) > 0 {
		return query{}, problems
	}
	return query{Expr: Expr{Server: bare(expr)}, by: groupsOf(expr)}, nil
}

// recorded matches names that recording rules give to rates.
var recorded = regexp.MustCompile(`:[a-z_]*(rate|increase)[0-9]*[a-z]*$`)

// notCounters refuses terms that cannot be counters, and combinations that only
// subtract.
func notCounters(terms []Term) []string {
	var problems []string
	if len(terms) > MaxTerms {
		problems = append(problems, fmt.Sprintf("the query adds up %d selectors, at most %d are read: use a pattern such as code=~\"4..|5..\"", len(terms), MaxTerms))
	}
	positive := false
	for _, t := range terms {
		positive = positive || t.Sign > 0
		if name := metricName(t.Matchers); recorded.MatchString(name) {
			problems = append(problems, name+" looks like a rate that a recording rule made, not like a counter: select the counter itself, or say counter: false")
		}
	}
	if !positive {
		problems = append(problems, "the query only subtracts: events cannot be negative")
	}
	return problems
}

// notPerSecond refuses expressions for the server whose values are not events
// per second.
func notPerSecond(expr parser.Expr, as reading) []string {
	var problems []string
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		switch n := node.(type) {
		case *parser.Call:
			if slices.Contains([]string{"increase", "delta", "idelta"}, n.Func.Name) {
				problems = append(problems, fmt.Sprintf("%s() inside a computed expression gives events per range: use rate(), a computed expression is read as events per second", n.Func.Name))
			}
		case *parser.VectorSelector:
			if as == counters && !ranged(path) {
				problems = append(problems, fmt.Sprintf("%s stands in a computed expression without rate(): such an expression is read as events per second, and this is a count since the start of a process", selectorText(n.LabelMatchers)))
			}
		}
		return nil
	})
	return slices.Compact(problems)
}

// ranged reports whether a node lies inside a range selector or a subquery.
func ranged(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		switch n.(type) {
		case *parser.MatrixSelector, *parser.SubqueryExpr:
			return true
		default:
			return false
		}
	})
}

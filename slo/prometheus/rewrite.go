package prometheus

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Rewriter turns the queries of other tools' specifications into those that a
// Builder reads, on the syntax tree. The zero value is ready for use. Its methods
// return problems that are fit for the author of the query.
type Rewriter struct{}

// template is the range that a query of Sloth leaves open.
var template = regexp.MustCompile(`\{\{-?\s*\.window\s*-?\}\}`)

// Fill puts a range such as 5m in place of every {{.window}}, and reports whether
// there was one.
func (Rewriter) Fill(query, window string) (filled string, templated bool) {
	return template.ReplaceAllLiteralString(query, window), template.MatchString(query)
}

// Events reads a query of events. What is made of counters alone comes back as
// sums of selectors, whose raw samples are counted; anything else that gives
// events per second comes back as it is, for the server to evaluate, and counted
// is false. Problems say why it is neither.
func (Rewriter) Events(query string) (text string, counted bool, problems []string) {
	q, problems := parseQuery(query, counters)
	if len(problems) > 0 {
		return "", false, problems
	}
	if q.Server != nil && !perSecond(q.Server) {
		return "", false, []string{fmt.Sprintf("%s gives no events per second: its counters have to be inside rate()", q.Server)}
	}
	return q.text(q.by), q.Server == nil, nil
}

// perSecond reports whether every selector of an expression is inside rate().
func perSecond(expr parser.Expr) bool {
	all := true
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		if _, is := node.(*parser.VectorSelector); is {
			all = all && slices.ContainsFunc(path, func(n parser.Node) bool {
				c, is := n.(*parser.Call)
				return is && (c.Func.Name == "rate" || c.Func.Name == "irate")
			})
		}
		return nil
	})
	return all
}

// Value reads a query of a number, such as a ratio.
func (Rewriter) Value(query string) (problems []string) {
	_, problems = parseQuery(query, gauges)
	return problems
}

// Quotient takes a/b or 1 - a/b apart; complement tells which. It returns false
// for anything else.
func (Rewriter) Quotient(query string) (a, b string, complement, ok bool) {
	if tooCostly(query) != "" {
		return "", "", false, false
	}
	expr, err := syntax.ParseExpr(query)
	if err != nil {
		return "", "", false, false
	}
	expr = bare(expr)
	if sub, is := expr.(*parser.BinaryExpr); is && sub.Op == parser.SUB {
		one, is := bare(sub.LHS).(*parser.NumberLiteral)
		if !is || one.Val != 1 {
			return "", "", false, false
		}
		complement, expr = true, bare(sub.RHS)
	}
	div, is := expr.(*parser.BinaryExpr)
	if !is || div.Op != parser.DIV || !isDefault(div.VectorMatching) {
		return "", "", false, false
	}
	return div.LHS.String(), div.RHS.String(), complement, true
}

// Grouped reads a plain selector and returns it aggregated by labels: op is sum
// or avg. Without labels it is the selector itself.
func (Rewriter) Grouped(query, op string, by []string) (text string, problems []string) {
	s, problems := plainSelector(query)
	if len(problems) > 0 {
		return "", problems
	}
	return grouped(s, op, by), nil
}

// grouped returns the text of a selector, aggregated.
func grouped(s *parser.VectorSelector, op string, by []string) string {
	if len(by) == 0 {
		return s.String()
	}
	item := parser.SUM
	if op == "avg" {
		item = parser.AVG
	}
	e := &parser.AggregateExpr{Op: parser.ItemType(item), Expr: s, Grouping: slices.Sorted(slices.Values(by))}
	return e.String()
}

// Latency reads the bucket and the count of a classic histogram. Where both
// select the same series and the metric is in seconds, latency is the duration
// at which the histogram is divided, and both texts name the histogram: such an
// indicator reads native histograms of the name too. Otherwise latency is "".
func (Rewriter) Latency(success, total string, by []string) (good, all, latency string, problems []string) {
	some, problems := plainSelector(success)
	every, more := plainSelector(total)
	if problems = append(problems, more...); len(problems) > 0 {
		return "", "", "", problems
	}
	le := slices.IndexFunc(some.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == labels.BucketLabel })
	if le < 0 {
		return "", "", "", []string{fmt.Sprintf("%s has no le: the bucket of the fast observations is needed, as in le=\"0.1\"", some)}
	}
	bound, err := strconv.ParseFloat(some.LabelMatchers[le].Value, 64)
	if err != nil || some.LabelMatchers[le].Type != labels.MatchEqual {
		return "", "", "", []string{fmt.Sprintf("le%s%q is not one bound of a bucket, such as le=\"0.1\"", some.LabelMatchers[le].Type, some.LabelMatchers[le].Value)}
	}
	base, ok := sameHistogram(some, every, le)
	limit := time.Duration(math.Round(bound * float64(time.Second)))
	if !ok || limit <= 0 || limit.Seconds() != bound {
		return grouped(some, "sum", by), grouped(every, "sum", by), "", nil
	}
	text := grouped(base, "sum", by)
	return text, text, limit.String(), nil
}

// sameHistogram returns the selector of the histogram in seconds that some and
// every are the bucket and the count of, and whether they are.
func sameHistogram(some, every *parser.VectorSelector, le int) (*parser.VectorSelector, bool) {
	name := metricName(every.LabelMatchers)
	base, isCount := strings.CutSuffix(name, "_count")
	if !isCount || !strings.HasSuffix(base, "_seconds") || metricName(some.LabelMatchers) != base+"_bucket" {
		return nil, false
	}
	rest := slices.Delete(slices.Clone(some.LabelMatchers), le, le+1)
	one, other := canonicalMatchers(renamed(rest, base)), canonicalMatchers(renamed(every.LabelMatchers, base))
	if canonicalSelector(one) != canonicalSelector(other) {
		return nil, false
	}
	return selectorNode(one), true
}

// plainSelector reads a query that is one selector and nothing else.
func plainSelector(query string) (*parser.VectorSelector, []string) {
	if why := tooCostly(query); why != "" {
		return nil, []string{why}
	}
	expr, err := syntax.ParseExpr(query)
	if err != nil {
		return nil, syntaxErrors(err)
	}
	if problems := impossible(expr); len(problems) > 0 {
		return nil, problems
	}
	s, ok := bare(expr).(*parser.VectorSelector)
	if !ok || !isPlain(s) {
		return nil, []string{fmt.Sprintf("%s is not a plain selector of a metric, such as http_requests_total{code=~\"5..\"}", expr)}
	}
	return s, nil
}

package prometheus

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// linear takes an expression apart into terms.
type linear struct {
	as       reading
	terms    []Term
	problems []string
}

// take adds sign · expr to the terms and returns the labels that expr is grouped
// by: nil if it is not summed at all, empty if it is summed to one number; ok is
// false if expr is not linear.
func (l *linear) take(expr parser.Expr, sign float64) (by []string, ok bool) {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return l.take(e.Expr, sign)
	case *parser.UnaryExpr:
		if e.Op == parser.SUB {
			sign = -sign
		}
		return l.take(e.Expr, sign)
	case *parser.VectorSelector:
		return nil, l.as == counters && l.add(e, sign)
	case *parser.Call:
		return nil, l.call(e, sign)
	case *parser.AggregateExpr:
		return l.sum(e, sign)
	case *parser.BinaryExpr:
		return l.binary(e, sign)
	default:
		return nil, false
	}
}

// add adds a selector; one that looks at another time cannot be folded.
func (l *linear) add(s *parser.VectorSelector, sign float64) bool {
	if !isPlain(s) {
		return false
	}
	l.terms = append(l.terms, Term{Matchers: canonicalMatchers(s.LabelMatchers), Sign: sign})
	return true
}

// isPlain reports whether s selects what is there at the time of evaluation.
func isPlain(s *parser.VectorSelector) bool {
	return s.OriginalOffset == 0 && s.OriginalOffsetExpr == nil && s.Timestamp == nil && s.StartOrEnd == 0 && !s.Anchored && !s.Smoothed
}

// call unwraps rate and increase: the fold counts the events itself.
func (l *linear) call(c *parser.Call, sign float64) bool {
	if c.Func.Name != "rate" && c.Func.Name != "increase" || len(c.Args) != 1 {
		return false
	}
	m, ok := bare(c.Args[0]).(*parser.MatrixSelector)
	if !ok {
		return false
	}
	s, ok := m.VectorSelector.(*parser.VectorSelector)
	return ok && l.add(s, sign)
}

// sum takes sums apart. An inner grouping is lost in an outer one, which may not
// ask for labels that the inner one dropped.
func (l *linear) sum(a *parser.AggregateExpr, sign float64) ([]string, bool) {
	if a.Op != parser.SUM || a.Without {
		return nil, false
	}
	inner, ok := l.take(a.Expr, sign)
	if !ok {
		return nil, false
	}
	outer := append([]string{}, sortedSet(a.Grouping)...)
	for _, name := range outer {
		if inner != nil && !slices.Contains(inner, name) {
			l.problems = append(l.problems, fmt.Sprintf("sum by (%s) finds no label %s: the sum inside it dropped that label", name, name))
		}
		if name == labels.MetricName || name == labels.BucketLabel {
			l.problems = append(l.problems, fmt.Sprintf("events cannot be grouped by %s", name))
		}
	}
	return outer, true
}

// binary takes a + b, a - b and "a or vector(0)" apart.
func (l *linear) binary(b *parser.BinaryExpr, sign float64) ([]string, bool) {
	if b.Op == parser.LOR && isZeroVector(b.RHS) {
		return l.take(b.LHS, sign)
	}
	if b.Op != parser.ADD && b.Op != parser.SUB || !isDefault(b.VectorMatching) {
		return nil, false
	}
	left, ok := l.take(b.LHS, sign)
	if !ok {
		return nil, false
	}
	if b.Op == parser.SUB {
		sign = -sign
	}
	right, ok := l.take(b.RHS, sign)
	if ok && !slices.Equal(left, right) {
		l.problems = append(l.problems, fmt.Sprintf("the left side of %s is %s and the right side is %s: both need the same sum by (…)", b.Op, grouping(left), grouping(right)))
	}
	if left == nil {
		left = right
	}
	return left, ok
}

// isZeroVector reports whether expr is vector(0).
func isZeroVector(expr parser.Expr) bool {
	c, ok := bare(expr).(*parser.Call)
	if !ok || c.Func.Name != "vector" || len(c.Args) != 1 {
		return false
	}
	n, ok := bare(c.Args[0]).(*parser.NumberLiteral)
	return ok && n.Val == 0
}

// isDefault reports whether an operator matches its sides without modifiers.
func isDefault(m *parser.VectorMatching) bool {
	return m != nil && m.Card == parser.CardOneToOne && !m.On && len(m.MatchingLabels) == 0 && len(m.Include) == 0 &&
		m.FillValues.LHS == nil && m.FillValues.RHS == nil
}

// groupsOf returns the labels that an expression for the server is grouped by,
// as far as that can be told: those of its aggregation, which functions of
// vectors and arithmetic keep.
func groupsOf(expr parser.Expr) []string {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return groupsOf(e.Expr)
	case *parser.UnaryExpr:
		return groupsOf(e.Expr)
	case *parser.AggregateExpr:
		if !e.Without {
			return sortedSet(e.Grouping)
		}
	case *parser.BinaryExpr:
		left, right := groupsOf(e.LHS), groupsOf(e.RHS)
		if e.RHS.Type() == parser.ValueTypeScalar || slices.Equal(left, right) || e.Op == parser.LOR && isZeroVector(e.RHS) {
			return left
		}
		if e.LHS.Type() == parser.ValueTypeScalar {
			return right
		}
	case *parser.Call:
		for _, arg := range e.Args {
			if arg.Type() == parser.ValueTypeVector {
				return groupsOf(arg)
			}
		}
	}
	return nil
}

// sortedSet returns names sorted, each once, nil if there are none.
func sortedSet(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// canonicalMatchers returns matchers in one order, each once, the name first.
func canonicalMatchers(matchers []*labels.Matcher) []*labels.Matcher {
	out := slices.Clone(matchers)
	slices.SortFunc(out, compareMatchers)
	return slices.CompactFunc(out, func(a, b *labels.Matcher) bool { return compareMatchers(a, b) == 0 })
}

func compareMatchers(a, b *labels.Matcher) int {
	if (a.Name == labels.MetricName) != (b.Name == labels.MetricName) {
		if a.Name == labels.MetricName {
			return -1
		}
		return 1
	}
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	if a.Type != b.Type {
		return int(a.Type) - int(b.Type)
	}
	return strings.Compare(a.Value, b.Value)
}

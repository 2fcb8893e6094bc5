package prometheus

import (
	"math"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Windowed returns the bad and all events within a window that ends at the instant
// of evaluation as PromQL that any server understands, for rules that a Prometheus
// evaluates by itself. Both are in the same unit, per second for counters, so that
// their ratio is the part that is bad.
//
// Every counter is made a rate before anything is added up, so that a restart is
// not taken for negative events. Bad or good events that were never counted are 0
// while there is traffic, since clients create a series with its first event; where
// no event is counted, total is absent, and so is the ratio. Both are grouped as the
// indicator is.
//
// It comes near to what Measure counts, and is not the same: rate() extrapolates,
// and does not see the first event of a new series.
func (in *Indicator) Windowed(window time.Duration) (bad, total parser.Expr) {
	switch in.Form {
	case Latency:
		return in.latencyWindowed(window)
	case Threshold, RawRatio:
		return in.gaugeWindowed(window)
	}
	total = in.Total.windowed(window, in.By)
	if !in.Bad.IsZero() {
		return orNone(in.Bad.windowed(window, in.By), total), total
	}
	return joined(parser.SUB, total, orNone(in.Good.windowed(window, in.By), total)), total
}

// latencyWindowed reads classic histograms and native ones, whichever there are. A
// histogram without the bucket of the latency is absent, not bad.
func (in *Indicator) latencyWindowed(window time.Duration) (bad, total parser.Expr) {
	var count, bucket, native Expr
	for _, t := range in.Total.Terms {
		base := classicBase(t.Matchers)
		count.Terms = append(count.Terms, Term{renamed(t.Matchers, base+"_count"), t.Sign})
		bucket.Terms = append(bucket.Terms, Term{append(renamed(t.Matchers, base+"_bucket"), boundary(in.Latency)), t.Sign})
		native.Terms = append(native.Terms, Term{renamed(t.Matchers, base), t.Sign})
	}
	histogram := native.windowed(window, in.By)
	all := call("histogram_count", histogram)
	share := call("histogram_fraction", number(math.Inf(-1)), number(in.Latency), histogram)
	total = joined(parser.LOR, count.windowed(window, in.By), all)
	good := joined(parser.LOR, bucket.windowed(window, in.By), joined(parser.MUL, share, all))
	return joined(parser.SUB, total, good), total
}

// gaugeWindowed looks at a gauge once a minute; each series counts by itself. What
// is no number, or no ratio, is not counted.
func (in *Indicator) gaugeWindowed(window time.Duration) (bad, total parser.Expr) {
	value := in.Value.Server
	if value == nil {
		value = selectorNode(in.Value.Terms[0].Matchers)
	}
	worse := value
	if in.Form == Threshold {
		worse = joined(parser.SUB, number(1), in.comparison(operand(value)))
	} else {
		value = joined(parser.LTE, joined(parser.GTE, value, number(0)), number(1))
		worse = value
		if !in.Failure {
			worse = joined(parser.SUB, number(1), value)
		}
	}
	return sumOf(call("sum_over_time", minutes(worse, window)), in.By), sumOf(call("count_over_time", minutes(value, window)), in.By)
}

// termLabel tells the selectors of a sum apart while they are put together.
const termLabel = "hindcast_term"

// windowed returns the rates of an expression, added up. A sum of several
// selectors is that of those that have series: + would have none as soon as one is
// missing.
func (e Expr) windowed(window time.Duration, by []string) parser.Expr {
	if e.Server != nil {
		return sumOf(call("avg_over_time", minutes(e.Server, window)), by)
	}
	var all parser.Expr
	for i, t := range e.Terms {
		term := sumOf(ratesOf(t.Matchers, window), by)
		if len(e.Terms) == 1 && t.Sign > 0 {
			return term
		}
		if t.Sign < 0 {
			term = &parser.UnaryExpr{Op: parser.SUB, Expr: term}
		}
		term = call("label_replace", term, quoted(termLabel), quoted(strconv.Itoa(i)), quoted(""), quoted(""))
		if all == nil {
			all = term
			continue
		}
		all = joined(parser.LOR, all, term)
	}
	return sumOf(all, by)
}

// orNone returns part, or 0 for each label set of total that part lacks.
func orNone(part, total parser.Expr) parser.Expr {
	return joined(parser.LOR, part, joined(parser.MUL, total, number(0)))
}

func ratesOf(matchers []*labels.Matcher, window time.Duration) parser.Expr {
	return call("rate", &parser.MatrixSelector{VectorSelector: selectorNode(canonicalMatchers(matchers)), Range: window})
}

// minutes looks at an expression once a minute.
func minutes(expr parser.Expr, window time.Duration) parser.Expr {
	return &parser.SubqueryExpr{Expr: operand(expr), Range: window, Step: time.Minute}
}

func sumOf(expr parser.Expr, by []string) parser.Expr {
	return &parser.AggregateExpr{Op: parser.SUM, Expr: expr, Grouping: by}
}

func quoted(v string) parser.Expr { return &parser.StringLiteral{Val: v} }

// joined joins two expressions, with parentheses around those that have operators.
func joined(op parser.ItemType, lhs, rhs parser.Expr) parser.Expr {
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

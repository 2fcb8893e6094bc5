package prometheus

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/slo"
)

// Notes of Queries, in which a sceptic finds out what happens to the answer.
const (
	noteFolded = "counted from raw samples: the increases of every series, minute by minute; sum(increase(…)) of it comes near"
	noteServer = "evaluated by the server once a minute, taken for events per second: an estimate"
	noteGauge  = "raw samples, each taken to hold until the next one"
	noteValue  = "evaluated by the server once a minute, taken to hold for that minute: an estimate"
)

// Queries lists what is asked of the source, in PromQL that can be repeated.
func (in *Indicator) Queries() []slo.Query {
	queries := in.queries()
	for i := range queries {
		if in.Tenant != "" {
			queries[i].Note += "; of tenant " + in.Tenant
		}
	}
	return queries
}

func (in *Indicator) queries() []slo.Query {
	switch in.Form {
	case Latency:
		return in.latencyQueries()
	case Threshold:
		note := fmt.Sprintf("good while the value is %s %g", in.Op, in.Limit)
		return []slo.Query{{Role: "threshold", Text: in.Value.gaugeText(), Note: note + "; " + in.Value.note(noteGauge, noteValue)}}
	case RawRatio:
		note := "the good fraction"
		if in.Failure {
			note = "the bad fraction"
		}
		return []slo.Query{{Role: "raw", Text: in.Value.gaugeText(), Note: note + "; " + in.Value.note(noteGauge, noteValue)}}
	}
	var queries []slo.Query
	for _, q := range []struct {
		role string
		expr Expr
	}{{"good", in.Good}, {"bad", in.Bad}, {"total", in.Total}} {
		if !q.expr.IsZero() {
			queries = append(queries, slo.Query{Role: q.role, Text: q.expr.text(in.By), Note: q.expr.note(noteFolded, noteServer)})
		}
	}
	return queries
}

// latencyQueries lists the classic series; the native histogram has the base
// name, which the notes say.
func (in *Indicator) latencyQueries() []slo.Query {
	var good, total Expr
	for _, t := range in.Total.Terms {
		base := metricName(t.Matchers)
		le := append(renamed(t.Matchers, base+"_bucket"), boundary(in.Latency))
		good.Terms = append(good.Terms, Term{Matchers: canonicalMatchers(le), Sign: t.Sign})
		total.Terms = append(total.Terms, Term{Matchers: canonicalMatchers(renamed(t.Matchers, base+"_count")), Sign: t.Sign})
	}
	limit := time.Duration(in.Latency * float64(time.Second)).Round(time.Microsecond)
	histogram := "; or, of a native histogram " + in.Total.text(in.By)
	return []slo.Query{
		{Role: "good", Text: good.text(in.By), Note: noteFolded + histogram + ", the observations up to " + limit.String()},
		{Role: "total", Text: total.text(in.By), Note: noteFolded + histogram + ", all observations"},
	}
}

// note chooses between the note for samples and that for the server.
func (e Expr) note(samples, server string) string {
	if e.Server != nil {
		return server
	}
	return samples
}

// gaugeText returns a gauge's selector as it is, an expression as it is.
func (e Expr) gaugeText() string {
	if e.Server == nil && len(e.Terms) == 1 {
		return selectorText(e.Terms[0].Matchers)
	}
	return e.text(nil)
}

// text returns the expression in PromQL: the sums of its selectors, grouped.
func (e Expr) text(by []string) string {
	if e.Server != nil {
		return e.Server.String()
	}
	var out parser.Expr
	for _, t := range e.Terms {
		var term parser.Expr = &parser.AggregateExpr{Op: parser.SUM, Expr: selectorNode(t.Matchers), Grouping: by}
		switch {
		case out == nil && t.Sign < 0:
			out = &parser.UnaryExpr{Op: parser.SUB, Expr: term}
		case out == nil:
			out = term
		case t.Sign < 0:
			out = &parser.BinaryExpr{Op: parser.SUB, LHS: out, RHS: term, VectorMatching: &parser.VectorMatching{}}
		default:
			out = &parser.BinaryExpr{Op: parser.ADD, LHS: out, RHS: term, VectorMatching: &parser.VectorMatching{}}
		}
	}
	if out == nil {
		return ""
	}
	return out.String()
}

// selectorNode returns the syntax node of matchers. A name that PromQL cannot write
// before the braces is left inside them.
func selectorNode(matchers []*labels.Matcher) *parser.VectorSelector {
	s := &parser.VectorSelector{LabelMatchers: matchers}
	if name := metricName(matchers); model.LegacyValidation.IsValidMetricName(name) {
		s.Name = name
	}
	return s
}

// selectorText returns matchers in PromQL.
func selectorText(matchers []*labels.Matcher) string { return selectorNode(matchers).String() }

package prometheus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
)

// OnIncomplete says what becomes of a measurement for which the server said that
// its answer may not be all there is.
type OnIncomplete uint8

// The policies for incomplete answers.
const (
	// Gap refuses the measurement: its minutes stay gaps, and are asked for
	// again.
	Gap OnIncomplete = iota
	// Estimate takes what there is, marks every minute of it estimated and
	// shows the server's warning.
	Estimate
)

// tooWide says that a fetch of a plan has to be left to the server.
type tooWide struct {
	fetch int
	limit string
}

// Error implements error.
func (e *tooWide) Error() string { return e.limit }

// judge turns what a Sampler says about an answer into what it means for the
// measurement; fetch is the one of the plan that was read, or -1.
func (s *Source) judge(f *fold, fetch int, err error) error {
	if wide, is := errors.AsType[*sample.TooWide](err); is && fetch >= 0 {
		return &tooWide{fetch: fetch, limit: wide.Limit}
	}
	partial, is := errors.AsType[*sample.Incomplete](err)
	switch {
	case !is:
		return err
	case s.OnIncomplete == Estimate:
		f.incomplete = true
		f.notes.once(fmt.Sprintf("the minutes are estimated: %s", partial))
		return nil
	default:
		return fault.Unavailablef("%w: nothing is measured until it is; on_incomplete: estimate takes what there is", partial)
	}
}

// selectFetch reads the samples of one fetch of the plan.
func (s *Source) selectFetch(ctx context.Context, f *fold, p plan, fetch int, from, to int64, visit func(sample.Series) error) error {
	return s.judge(f, fetch, s.Sampler.Select(ctx, p.fetches[fetch].matchers, from, to, visit))
}

// narrowed measures by a plan, and again with more left to the server as long as
// fetches turn out too wide: what was folded of such a one is worthless.
func narrowed(p plan, measure func(plan) (slo.Measurement, error)) (slo.Measurement, error) {
	for {
		m, err := measure(p)
		wide, is := errors.AsType[*tooWide](err)
		if !is {
			return m, err
		}
		p = p.leave(wide.fetch, wide.limit)
	}
}

// leave moves a fetch to those that the server evaluates.
func (p plan) leave(fetch int, limit string) plan {
	left := p.fetches[fetch]
	left.limit = limit
	return plan{
		fetches: slices.Delete(slices.Clone(p.fetches), fetch, fetch+1),
		left:    append(slices.Clone(p.left), left),
	}
}

// wideRange is the range of rate() where the server counts: what a series did
// not show twice in five minutes is not seen, as in Prometheus' own lookback, and
// scrape intervals up to two minutes have two samples in it for sure.
const wideRange = 5 * time.Minute

// addLeft books what the server evaluates instead of samples that are too many to
// be fetched: events per second by rate(), and for gauges how many series there
// are and how good they are together, once a minute. All of it is estimated:
//
//   - an increase is spread over the five minutes after it, so that a minute is
//     wrong by what changes within five minutes, while long sums are not;
//   - rate() extrapolates by up to half a scrape interval at each end, which
//     evens out over many minutes;
//   - what the first sample of a new series holds is lost, and up to five minutes
//     of an increase across a pause: totals are too small with pods that come and
//     go, by a few scrape intervals' worth per pod;
//   - a pause is not bridged.
func (s *Source) addLeft(ctx context.Context, f *fold, p plan) error {
	for _, fe := range p.left {
		f.notes.once(fmt.Sprintf("%s selects %s: it is evaluated by the server once a minute and is an estimate", selectorText(fe.matchers), strings.TrimPrefix(fe.limit, "the server says: ")))
		for _, t := range f.in.wideTerms(fe) {
			results, err := s.Sampler.Eval(ctx, t.expr, f.end(f.out), f.to(), slotMilli)
			if err = s.judge(f, -1, err); err != nil {
				return err
			}
			for _, r := range results {
				f.addLeftResult(t, r)
			}
		}
	}
	return nil
}

// wideTerm is what the server evaluates instead of a use of a fetch.
type wideTerm struct {
	role   role // part or whole
	native bool // of a native histogram
	sign   float64
	expr   parser.Expr
}

// addLeftResult books one series of an evaluation: values per second.
func (f *fold) addLeftResult(t wideTerm, r sample.Result) {
	f.samples += int64(len(r.T))
	streams := f.streams
	if t.native {
		streams = f.native
	}
	for _, g := range f.groups(r.Labels) {
		to := f.stream(streams, g)
		sink := to.sink(t.role, t.sign)
		for k, at := range r.T {
			i := f.index(at)
			if i < 0 || i >= f.n || math.IsNaN(r.V[k]) {
				continue
			}
			sink.values[i] += sink.sign * r.V[k] * slotMilli / 1000
			sink.marks[i] |= split
			if t.role == whole {
				sink.marks[i] |= present
			}
		}
	}
}

// wideTerms returns the expressions for a fetch.
func (in *Indicator) wideTerms(fe fetch) []wideTerm {
	var terms []wideTerm
	for _, u := range fe.uses {
		sel := selectorNode(u.matchers)
		switch {
		case in.Form == Threshold:
			terms = append(terms,
				wideTerm{role: whole, sign: 1, expr: in.over(parser.COUNT, sel)},
				wideTerm{role: part, sign: 1, expr: in.over(parser.SUM, in.comparison(sel))})
		case in.Form == RawRatio:
			numbers := binary(parser.EQLC, sel, selectorNode(u.matchers)) // NaN equals nothing
			good := numbers
			if in.Failure {
				good = binary(parser.SUB, number(1), &parser.ParenExpr{Expr: numbers})
			}
			terms = append(terms,
				wideTerm{role: whole, sign: 1, expr: in.over(parser.COUNT, numbers)},
				wideTerm{role: part, sign: 1, expr: in.over(parser.SUM, good)})
		case u.role == native:
			rates := in.over(parser.SUM, rate(sel))
			count := call("histogram_count", rates)
			fraction := call("histogram_fraction", number(math.Inf(-1)), number(in.Latency), rates)
			terms = append(terms,
				wideTerm{role: whole, native: true, sign: u.sign, expr: count},
				wideTerm{role: part, native: true, sign: u.sign, expr: binary(parser.MUL, fraction, count)})
		default:
			terms = append(terms, wideTerm{role: u.role, sign: u.sign, expr: in.over(parser.SUM, rate(sel))})
		}
	}
	return terms
}

// over aggregates expr by the indicator's groups.
func (in *Indicator) over(op parser.ItemType, expr parser.Expr) parser.Expr {
	return &parser.AggregateExpr{Op: op, Expr: expr, Grouping: in.By}
}

// comparison is 1 where a gauge's value is good, else 0.
func (in *Indicator) comparison(sel parser.Expr) parser.Expr {
	op := map[slo.Op]parser.ItemType{
		slo.Less: parser.LSS, slo.LessOrEqual: parser.LTE, slo.Greater: parser.GTR, slo.GreaterOrEqual: parser.GTE,
	}[in.Op]
	return &parser.BinaryExpr{Op: op, LHS: sel, RHS: number(in.Limit), ReturnBool: true}
}

func binary(op parser.ItemType, l, r parser.Expr) parser.Expr {
	b := &parser.BinaryExpr{Op: op, LHS: l, RHS: r}
	if _, scalar := l.(*parser.NumberLiteral); !scalar {
		b.VectorMatching = &parser.VectorMatching{Card: parser.CardOneToOne}
	}
	return b
}

func number(v float64) parser.Expr { return &parser.NumberLiteral{Val: v} }

func call(name string, args ...parser.Expr) parser.Expr {
	return &parser.Call{Func: parser.Functions[name], Args: args}
}

func rate(sel *parser.VectorSelector) parser.Expr {
	return call("rate", &parser.MatrixSelector{VectorSelector: sel, Range: wideRange})
}

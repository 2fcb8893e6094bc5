package prometheus

import (
	"context"
	"fmt"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// addServerSide evaluates the expressions that cannot be folded once per slot on
// the server, at the slot's end, and books them as estimated: events per second
// for a counting indicator, the gauge's value for the others, each taken to hold
// for the whole minute. A minute without a value stays a gap.
func (s *Source) addServerSide(ctx context.Context, f *fold) error {
	exprs := []struct {
		role role
		expr parser.Expr
	}{{whole, f.in.Total.Server}, {part, f.in.Good.Server}, {part, f.in.Bad.Server}, {whole, f.in.Value.Server}}
	for _, e := range exprs {
		if e.expr == nil {
			continue
		}
		f.notes.once(fmt.Sprintf("%s is evaluated by the server once a minute and is an estimate", e.expr))
		results, err := s.Sampler.Eval(ctx, e.expr, f.end(f.out), f.to(), slotMilli)
		if err = s.judge(f, -1, err); err != nil {
			return err
		}
		for _, r := range results {
			f.addResult(e.role, r)
		}
	}
	return nil
}

// addResult books one series of an evaluation.
func (f *fold) addResult(role role, r sample.Result) {
	f.samples += int64(len(r.T))
	for _, g := range f.groups(r.Labels) {
		s := f.stream(f.streams, g)
		for k, t := range r.T {
			if i := f.index(t); i >= 0 && i < f.n {
				f.bookValue(s, role, i, r.V[k])
			}
		}
	}
}

// bookValue books the value that an expression had in slot i.
func (f *fold) bookValue(s *stream, role role, i int, v float64) {
	const seconds = slotMilli / 1000
	if f.in.Form == Threshold || f.in.Form == RawRatio {
		if worth := f.in.worth(v); worth == worth {
			s.whole[i] += seconds
			s.part[i] += seconds * worth
			s.marks[i] |= present | split
		}
		return
	}
	if !(v >= 0) {
		f.notes.odd(v)
		return
	}
	if role == whole {
		s.whole[i] += v * seconds
		s.marks[i] |= present
	} else {
		s.part[i] += v * seconds
	}
	s.marks[i] |= split
}

// serverSelectors lists the selectors inside an expression.
func serverSelectors(expr parser.Expr) [][]*labels.Matcher {
	return parser.ExtractSelectors(expr)
}

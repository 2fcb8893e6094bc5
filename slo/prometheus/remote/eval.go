package remote

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// maxPoints is how many points per series Prometheus answers at once.
const maxPoints = 11_000

// Eval evaluates expr at from, from+step, … ≤ to; see sample.Sampler. What the
// engine of the server remarks on the expression ("PromQL warning", "PromQL
// info") changes nothing about the completeness of the answer and is left out.
func (s *Sampler) Eval(ctx context.Context, expr parser.Expr, from, to, step int64) ([]sample.Result, error) {
	if step < 0 || from > to && step > 0 {
		return nil, fault.Invalidf("evaluate %s: interval %d to %d by %d ms is not one", expr, from, to, step)
	}
	text, err := exprText(expr)
	if err != nil {
		return nil, err
	}
	c := &collect{o: s.o, byLabels: map[uint64]int{}}
	if step == 0 {
		c.from, c.to = from, from
		err = s.evalPiece(ctx, "query", url.Values{"query": {text}, "time": {seconds(from)}}, c)
		return c.done(err)
	}
	for at := from; at <= to && err == nil; at += maxPoints * step {
		c.from, c.to = at, min(to, at+(maxPoints-1)*step)
		err = s.evalPiece(ctx, "query_range", url.Values{
			"query": {text}, "start": {seconds(c.from)}, "end": {seconds(c.to)}, "step": {fmt.Sprintf("%d.%03d", step/1000, step%1000)},
		}, c)
	}
	return c.done(err)
}

// evalPiece asks for values and adds them to those before.
func (s *Sampler) evalPiece(ctx context.Context, path string, form url.Values, c *collect) error {
	clear(c.seen())
	a, _, err := s.query(ctx, path, form, c)
	if much, is := errors.AsType[*tooMuchAtOnce](err); is {
		return fault.Invalidf("source %s: evaluate %s: %w: choose a narrower selector, or aggregate", s.o.Name, oneLine(form.Get("query")), much)
	}
	if errors.Is(err, errBytes) {
		return fault.Invalidf("source %s: evaluate %s: an answer of more than %s: choose a narrower selector, or aggregate", s.o.Name, oneLine(form.Get("query")), mebibytes(s.o.MaxBytes))
	}
	if wide, is := errors.AsType[*sample.TooWide](err); is {
		return fault.Invalidf("source %s: evaluate %s: %s: aggregate", s.o.Name, oneLine(form.Get("query")), wide.Limit)
	}
	if err != nil {
		return s.failed(err)
	}
	if a.result != "matrix" && a.result != "vector" && a.result != "scalar" {
		return fault.Invalidf("the query is of type %s: it has to be a number or a vector", oneLine(a.result))
	}
	for _, w := range a.warnings {
		if !strings.HasPrefix(w, "PromQL warning") && !strings.HasPrefix(w, "PromQL info") {
			c.warnings = append(c.warnings, w)
		}
	}
	return nil
}

// collect gathers the series of evaluations, piece by piece.
type collect struct {
	o        Options
	from, to int64
	results  []sample.Result
	byLabels map[uint64]int // index of results
	now      map[int]struct{}
	current  int
	points   int
	warnings []string
}

func (c *collect) done(err error) ([]sample.Result, error) {
	if err != nil {
		return nil, err
	}
	rs := make([]sample.Result, 0, len(c.results))
	for _, r := range c.results {
		if len(r.T) > 0 { // those of histograms alone have nothing
			rs = append(rs, r)
		}
	}
	if len(c.warnings) > 0 {
		return rs, &sample.Incomplete{Warnings: c.warnings}
	}
	return rs, nil
}

// seen holds the series of the piece that is being read.
func (c *collect) seen() map[int]struct{} {
	if c.now == nil {
		c.now = map[int]struct{}{}
	}
	return c.now
}

func (c *collect) series(lset labels.Labels) error {
	i, known := c.byLabels[lset.Hash()]
	if !known {
		i = len(c.results)
		if i == c.o.MaxSeries {
			return tooManySeries(c.o.MaxSeries)
		}
		c.byLabels[lset.Hash()] = i
		c.results = append(c.results, sample.Result{Labels: lset})
	}
	if _, twice := c.now[i]; twice {
		return fmt.Errorf("the answer has the series %s twice", oneLine(lset.String()))
	}
	c.now[i], c.current = struct{}{}, i
	return nil
}

func (c *collect) float(t int64, v float64) error {
	r := &c.results[c.current]
	if n := len(r.T); t < c.from || t > c.to || n > 0 && t <= r.T[n-1] {
		return fmt.Errorf("the answer has a value at %s, which was not asked for or comes out of order", clock(t))
	}
	if c.points++; c.points > maxValues {
		return fault.Invalidf("source %s: the answer has more than %s values: aggregate, or choose a longer step", c.o.Name, grouped(maxValues))
	}
	r.T, r.V = append(r.T, t), append(r.V, v)
	return nil
}

// maxValues is how many values of an evaluation are held.
const maxValues = 5_000_000

func (c *collect) histogram(int64, *histogram.FloatHistogram) error { return nil }

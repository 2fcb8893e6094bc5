package server

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// Run computes budgets once: it reads the specifications, measures their
// windows on the sources into a ledger in memory, and evaluates that, as the
// server would.
func (c *evalCommand) Run(ctx context.Context, s Streams) error {
	set, err := readSpecs(c.Files, s)
	if err != nil {
		return err
	}
	src, closeAll, err := c.open()
	if err != nil {
		return err
	}
	defer closeAll()
	at, err := evalTime(ctx, src, set.SLOs, c.At, c.live())
	if err != nil {
		return err
	}
	bar := newBar(s.Err)
	book, err := measureWindows(ctx, src, set.SLOs, at, func(done float64) { bar.set("measure", done) })
	if err != nil {
		return err
	}
	exclusions := &slo.Exclusions{}
	exclusions.Replace(set.Exclusions)
	rows, err := evaluate(ctx, slo.Evaluator{Meter: book, Now: func() time.Time { return at }, Exclusions: exclusions}, set.SLOs, at)
	if err != nil {
		return err
	}
	return writeRows(s.Out, rows, c.Output)
}

// evalTime returns the instant to evaluate at: the one asked for, else the end of
// the last minute that has settled. Samples on disk end with their newest; live
// servers go on, and tell of the newest sample only a bound.
func evalTime(ctx context.Context, src byKind, slos []*slo.SLO, at time.Time, live bool) (time.Time, error) {
	if !at.IsZero() {
		return at, nil
	}
	closed := time.Now().Add(-src.delay()).Truncate(time.Minute)
	for _, ind := range slo.Indicators(slos) {
		_, newest, err := src.Reach(ctx, ind)
		if err != nil {
			return at, err
		}
		if newest.After(closed) || live && !newest.IsZero() {
			newest = closed
		}
		if newest.After(at) {
			at = newest
		}
	}
	if at.IsZero() {
		return at, fault.NotFoundf("the source has nothing that any of the objectives selects; check the queries, or give --at")
	}
	return at, nil
}

// measureWindows measures every indicator over the windows that its objectives
// need to be judged at an instant, into a ledger in memory.
func measureWindows(ctx context.Context, src slo.Source, slos []*slo.SLO, at time.Time, progress func(done float64)) (*ledger.Ledger, error) {
	book, err := ledger.Open(ctx, ledger.NewMemory(), ledger.Options{Now: func() time.Time { return at }})
	if err != nil {
		return nil, err
	}
	spans := spansNeeded(slos, at)
	var total, done atomic.Int64
	for _, span := range spans {
		total.Add(int64(span.Len()))
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for _, ind := range slo.Indicators(slos) {
		for _, day := range pieces(spans[ind.Key()]) {
			g.Go(func() error {
				m, err := src.Measure(ctx, ind, day)
				if err != nil {
					return err
				}
				progress(float64(done.Add(int64(day.Len()))) / float64(total.Load()))
				cursor := ledger.Cursor{Indicator: ind.Key(), Settled: slo.MinuteOf(at), Done: true}
				return book.Write(ctx, ledger.Write{Indicator: ind.Key(), Measurement: m, Reason: "eval", Cursor: &cursor})
			})
		}
	}
	return book, g.Wait()
}

// spansNeeded returns for each indicator the minutes that its objectives look
// at: their windows, and before the start of a calendar window the long burn
// rates, of which the longest takes a tenth of the window.
func spansNeeded(slos []*slo.SLO, at time.Time) map[slo.IndicatorKey]slo.Span {
	spans := map[slo.IndicatorKey]slo.Span{}
	for _, s := range slos {
		need := s.Window.Span(at)
		if !s.Window.IsRolling() {
			from, to := s.Window.Period(at)
			need.From = min(need.From, slo.MinuteOf(at.Add(-to.Sub(from)/10)))
		}
		for i := range s.Objectives {
			need.From -= slo.Minute(s.Objectives[i].SliceLength / time.Minute) // the first slice may begin before the window
			for _, o := range s.Objectives[i].Measured() {
				key, span := o.Indicator.Key(), need
				if had, ok := spans[key]; ok {
					span.From = min(span.From, had.From)
				}
				spans[key] = span
			}
		}
	}
	return spans
}

// shortest is the shortest piece that is measured by itself: as long as a pause
// can be for its increase to be carried over, so that no piece lies in a pause.
const shortest = slo.Minute(prometheus.DefaultCarry / time.Minute)

// pieces cuts a span at the ends of UTC days, without leaving short rests.
func pieces(span slo.Span) []slo.Span {
	var all []slo.Span
	for from := span.From; from <= span.To; {
		to := slo.Minute((from+shortest).Day()+1)*slo.MinutesPerDay - 1
		if span.To-to < shortest {
			to = span.To
		}
		all = append(all, slo.Span{From: from, To: to})
		from = to + 1
	}
	return all
}

// evaluate returns the rows of all objectives and of their groups.
func evaluate(ctx context.Context, e slo.Evaluator, slos []*slo.SLO, at time.Time) ([]row, error) {
	var rows []row
	for _, s := range slos {
		for i := range s.Objectives {
			o := &s.Objectives[i]
			b, err := e.Budget(ctx, s, o, slo.Question{AsOf: at})
			if err != nil {
				return nil, err
			}
			rows = append(rows, rowOf(s, o, "", b))
			if len(o.Indicator.GroupBy()) == 0 {
				continue
			}
			groups, err := e.Groups(ctx, s, o, slo.Question{AsOf: at})
			if err != nil {
				return nil, err
			}
			for _, g := range groups {
				rows = append(rows, rowOf(s, o, g.Group, g.Budget))
			}
		}
	}
	return rows, nil
}

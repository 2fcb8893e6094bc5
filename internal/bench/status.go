package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// status is what the ledger stage measured.
type status struct {
	Ready         cost   // from the closed database to the first figure
	First, Steady cost   // of the full status of all objectives, nothing read yet and again
	Sum           cost   // of the sums of the budgets alone
	RSS           int64  // peak of the process
	Figures       []pair // of the first objectives, for comparison
}

// pair is a budget's sums.
type pair struct{ Good, Total float64 }

// rounds is how many minutes a steady status is measured over; the figure is the
// mean. In an hour, the edges of windows move to another hour of their day once.
const rounds = 60

// ledgerStatus opens the ledger and evaluates all objectives: budget over the
// window and four burn pairs each.
func ledgerStatus(ctx context.Context, o options) (r status, err error) {
	all, err := objectives(o.SLOs, o.Window)
	if err != nil {
		return r, err
	}
	var s *store.Store
	var l *ledger.Ledger
	now := noon
	r.Ready, err = measure(func() error {
		if s, err = store.Open(ctx, store.Options{Dir: o.ledgerDir()}); err != nil {
			return err
		}
		l, err = ledger.Open(ctx, s, ledger.Options{Now: func() time.Time { return now }})
		return err
	})
	if s != nil {
		defer func() { err = errors.Join(err, s.Close()) }()
	}
	if err != nil {
		return r, err
	}
	e := slo.Evaluator{Meter: l, Now: func() time.Time { return now }}
	evaluate := func() error { return statusOf(ctx, e, all, &r.Figures) }
	if r.First, err = measure(evaluate); err != nil {
		return r, err
	}
	r.Steady, err = mean(&now, evaluate)
	if err != nil {
		return r, err
	}
	now = noon // the same minutes again
	if r.Sum, err = mean(&now, func() error { return sumsOf(ctx, l, all, now) }); err != nil {
		return r, err
	}
	r.RSS, err = peakRSS()
	return r, err
}

// mean measures f as of so many minutes, each a minute before the last, so that
// the edges of the windows move as they do each minute.
func mean(now *time.Time, f func() error) (cost, error) {
	all, err := measure(func() error {
		for range rounds {
			*now = now.Add(-time.Minute)
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
	return cost{all.Wall / rounds, all.CPU / rounds}, err
}

// sumsOf sums the windows of all objectives and nothing else.
func sumsOf(ctx context.Context, m slo.Meter, all []*slo.SLO, now time.Time) error {
	for _, s := range all {
		sum, err := m.Tally(ctx, slo.StreamKey{Indicator: s.Objectives[0].Indicator.Key()}, s.Window.Span(now))
		if err != nil {
			return err
		}
		if sum.Covered() == 0 {
			return fmt.Errorf("%s has no minute in its window: the data of the stage is not what it should be", s.Name)
		}
	}
	return nil
}

// statusOf evaluates all objectives and keeps the first sums that it sees.
func statusOf(ctx context.Context, e slo.Evaluator, all []*slo.SLO, figures *[]pair) error {
	keep := *figures == nil
	for _, s := range all {
		o := &s.Objectives[0]
		b, rates, err := e.Status(ctx, s, o, slo.Question{})
		if err != nil {
			return err
		}
		if b.Remaining == nil || len(rates) != 4 {
			return fmt.Errorf("%s has the state %s and %d burn pairs: the data of the stage is not what it should be", s.Name, b.State, len(rates))
		}
		if keep && len(*figures) < maxFigures {
			*figures = append(*figures, pair{*b.Good, *b.Total})
		}
	}
	return nil
}

// maxFigures is how many figures a stage hands back.
const maxFigures = 100

package main

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/slo"
)

const (
	// foreseen is how far ahead a forecast must tell that a budget will be spent:
	// the day that somebody needs to do something about it.
	foreseen = 24 * time.Hour
	// looks is how often somebody looks at the forecast.
	looks = 10 * time.Minute
)

// warning is a time in which the forecast said, each time somebody looked, that
// the budget would be spent within a day.
type warning struct {
	from, to time.Time
	true     bool // the budget was spent at its end
}

// forecasts are what was foreseen of an objective of the demonstration over the
// window that it has there.
type forecasts struct {
	slo      *slo.SLO
	warnings []warning
	// spent are the times at which the budget, which was there at the look before,
	// was no longer.
	spent []spending
	open  bool // the newest warning lasts
	left  bool // there was some budget left at the last look
}

// spending is a time at which a budget was spent.
type spending struct {
	at    time.Time
	ahead time.Duration // for how long it had been foreseen; 0: not at all
}

// foresee looks at the forecasts.
func (l *live) foresee(ctx context.Context, t time.Time) error {
	if t.UnixMilli()%looks.Milliseconds() != 0 {
		return nil
	}
	for _, f := range l.forecasts {
		b, err := l.evaluator.Budget(ctx, f.slo, &f.slo.Objectives[0], slo.Question{})
		if err != nil {
			return err
		}
		f.look(t, b)
	}
	return nil
}

// look notes what a budget says at t. A budget without figures says nothing: a
// warning lasts, and so does what was left.
func (f *forecasts) look(t time.Time, b slo.Budget) {
	if b.Remaining == nil || b.State == slo.NoData || b.State == slo.Stale {
		return
	}
	spent := *b.Remaining <= 0
	warns := b.ExhaustsAt != nil && b.ExhaustsAt.Sub(t) <= foreseen
	switch {
	case spent && f.left:
		f.exhaust(t)
	case warns && !f.open && !spent:
		f.warnings, f.open = append(f.warnings, warning{from: t}), true
	case !warns && f.open:
		f.warnings[len(f.warnings)-1].to, f.open = t, false
	}
	f.left = !spent
}

// exhaust notes that the budget is spent.
func (f *forecasts) exhaust(t time.Time) {
	s := spending{at: t}
	if f.open {
		w := &f.warnings[len(f.warnings)-1]
		s.ahead = t.Sub(w.from)
		w.to, w.true, f.open = t, true, false
	}
	f.spent = append(f.spent, s)
}

// idle is how many warnings ended without the budget being spent. One that lasts
// to the end of what is looked at is not known yet.
func (f *forecasts) idle() int {
	n := 0
	for _, w := range f.warnings {
		if !w.to.IsZero() && !w.true {
			n++
		}
	}
	return n
}

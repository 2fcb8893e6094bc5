package slo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// SLA returns the figures of an agreement in a period. Each stream is asked as the
// SLO that measures it, with the agreement's window, target and terms: an SLA and
// an SLO over the same stream with the same target, window and terms agree to the
// bit. find returns the SLO of a name, nil if there is none.
//
//	WORST  the budget of the stream with the lowest SLI
//	TOTAL  good = Σ good, total = Σ total; coverage is that of the least covered
//
// Special cases:
//   - a stream without figures, for low coverage or because its SLO does not exist
//     any more, makes the whole NO_DATA: what is not known may be the worst;
//   - then nobody can tell which band applies, and no credit is given;
//   - a stream without traffic has no SLI: under WORST the others decide, to a
//     TOTAL it adds nothing;
//   - a period that goes on is asked as of now; one of which nothing is settled
//     yet, and one that begins later, is NO_DATA.
func (e Evaluator) SLA(ctx context.Context, a *SLA, p Period, find func(slo string) *SLO) (SLAFigures, error) {
	f := SLAFigures{SLA: a, Period: p.Name, From: p.From, To: p.To, Settled: e.SettledSLA(a, p, find)}
	for _, promise := range a.Streams {
		stream, err := e.stream(ctx, a, p, promise, find)
		if err != nil {
			return f, err
		}
		f.Streams = append(f.Streams, stream)
	}
	if f.Budget = worst(f.Streams); a.Combination == Total {
		f.Budget = total(a.Target, f.Streams)
	}
	if f.Budget.State != NoData {
		f.Credit = creditFor(a.Credits, f.Budget)
	}
	return f, nil
}

// Warnings says in words what a reader of the figures must not overlook.
func (f SLAFigures) Warnings() []string {
	if f.Budget.State == NoData && len(f.SLA.Credits) > 0 {
		return append(slices.Clone(f.Budget.Warnings), "whether a credit is due cannot be told: too little was measured")
	}
	return f.Budget.Warnings
}

// SettledSLA reports whether nothing of a period is still to come: it is over, the
// time of late data has passed, and every source was asked about all of it.
func (e Evaluator) SettledSLA(a *SLA, p Period, find func(slo string) *SLO) bool {
	if e.Now().Before(p.To.Add(LateDelay)) {
		return false
	}
	for _, promise := range a.Streams {
		_, o := promise.Of(find)
		if o == nil {
			return false
		}
		if last, known := e.Settled(o); !known || last < MinuteOf(p.To) {
			return false
		}
	}
	return true
}

// Settled returns the last minute that the sources of an objective were asked
// about; see Meter.
func (e Evaluator) Settled(o *Objective) (last Minute, ok bool) {
	return e.meterOf(o, Terms{}).Settled(o.Indicator.Key())
}

// Extent returns the first and the last minute that were ever measured for an
// objective; see Meter.
func (e Evaluator) Extent(o *Objective) (span Span, ok bool) {
	return e.meterOf(o, Terms{}).Extent(StreamKey{Indicator: o.Indicator.Key()})
}

// stream returns the figures of one stream.
func (e Evaluator) stream(ctx context.Context, a *SLA, p Period, promise Promise, find func(string) *SLO) (f StreamFigures, err error) {
	f.Promise = promise
	s, o := promise.Of(find)
	if o == nil {
		f.Budget = Budget{From: p.From, To: p.To, Target: a.Target, State: NoData, Warnings: []string{"there is no objective " + promise.Title() + " any more"}}
		return f, nil
	}
	mine, held := a.as(s, o)
	if f.Budget, err = e.Budget(ctx, mine, held, Question{AsOf: e.asOf(p), Terms: a.counting()}); err != nil {
		return f, err
	}
	if !p.Contains(f.Budget.To) {
		f.Budget = Budget{From: p.From, To: p.To, Target: a.Target, State: NoData, Warnings: []string{"nothing of the period is settled yet"}}
		return f, nil
	}
	if e.Exclusions != nil {
		f.Exclusions = e.Exclusions.Occurrences(mine, SpanOf(f.Budget.From, f.Budget.To), a.counting())
	}
	return f, nil
}

// asOf returns the instant to ask about a period at, zero for now.
func (e Evaluator) asOf(p Period) time.Time {
	if p.To.After(e.Now()) {
		return time.Time{}
	}
	return p.To
}

// worst returns the budget that decides: one that cannot be told, then the lowest
// SLI, then any; the first of equals. Where there are several streams its warnings
// say whose they are.
func worst(streams []StreamFigures) Budget {
	decides := slices.MinFunc(streams, func(a, b StreamFigures) int {
		return cmp.Or(cmp.Compare(verdictRank(a.Budget), verdictRank(b.Budget)), compareSLI(a.Budget, b.Budget))
	})
	b := decides.Budget
	b.Warnings = warningsOf(streams)
	return b
}

func verdictRank(b Budget) int {
	switch b.State {
	case NoData:
		return 0
	case Stale:
		return 1
	default:
		return 2
	}
}

func compareSLI(a, b Budget) int {
	switch {
	case a.SLI == nil && b.SLI == nil:
		return 0
	case a.SLI == nil:
		return 1
	case b.SLI == nil:
		return -1
	default:
		return cmp.Compare(*a.SLI, *b.SLI)
	}
}

func warningsOf(streams []StreamFigures) (all []string) {
	for _, s := range streams {
		for _, w := range s.Budget.Warnings {
			if len(streams) > 1 {
				w = fmt.Sprintf("%s: %s", s.Promise.Title(), w)
			}
			all = append(all, w)
		}
	}
	return all
}

// total returns the budget of all streams added.
func total(target Target, streams []StreamFigures) Budget {
	if len(streams) == 1 {
		return streams[0].Budget
	}
	sum := worst(streams) // for what is not added: the window, the instant, the state
	sum.Good, sum.Total, sum.SLI, sum.Allowed, sum.Spent, sum.Remaining, sum.BurnRate, sum.ExhaustsAt = nil, nil, nil, nil, nil, nil, nil, nil
	sum.Excluded = Excluded{}
	var all Tally
	for _, s := range streams {
		sum.Coverage = min(sum.Coverage, s.Budget.Coverage)
		sum.Excluded.add(s.Budget.Excluded)
		if s.Budget.Good != nil {
			all = all.Plus(Tally{Good: *s.Budget.Good, Total: *s.Budget.Total, Measured: 1})
		}
	}
	fill(&sum, target, all)
	if sum.State == NoData || sum.State == Stale {
		return sum
	}
	switch {
	case sum.Remaining == nil:
		sum.State = NoTraffic
	case *sum.Remaining < 0:
		sum.State = Breached
	case *sum.Remaining < AtRiskBelow || slices.ContainsFunc(streams, func(s StreamFigures) bool { return s.Budget.State == AtRisk || s.Budget.State == Breached }):
		sum.State = AtRisk
	default:
		sum.State = Healthy
	}
	return sum
}

// add adds what was excluded from another stream.
func (x *Excluded) add(o Excluded) {
	x.Minutes += o.Minutes
	if o.Good == nil {
		return
	}
	good, all := *o.Good, *o.Total
	if x.Good != nil {
		good, all = good+*x.Good, all+*x.Total
	}
	x.Good, x.Total = &good, &all
}

// DayFigures are those of one civil day of a period, in the zone of the window.
type DayFigures struct {
	From, To    time.Time
	Good, Total *float64 // nil where nothing was measured
	Coverage    float64
}

// Days returns what each civil day of a period contributed to a stream, by the
// same rules. There is none for an objective that does not exist.
func (e Evaluator) Days(ctx context.Context, a *SLA, p Period, promise Promise, find func(slo string) *SLO) ([]DayFigures, error) {
	s, o := promise.Of(find)
	if o == nil {
		return nil, nil
	}
	mine, held := a.as(s, o)
	days, err := Calendar(1, Day, a.Window.anchor)
	if err != nil {
		return nil, err
	}
	var all []DayFigures
	for from, to := days.Period(p.From.Add(1)); !from.After(p.To) && !to.After(p.To); from, to = days.Period(to.Add(1)) {
		in, err := e.inquire(mine, held, Question{Window: days, AsOf: to, Terms: a.counting()})
		if err != nil {
			return nil, err
		}
		sum, err := in.sum(ctx, in.span)
		if err != nil {
			return nil, err
		}
		d := DayFigures{From: from, To: to, Coverage: sum.Coverage()}
		if sum.Covered() > 0 && finite(sum) {
			d.Good, d.Total = &sum.Good, &sum.Total
		}
		all = append(all, d)
	}
	return all, nil
}

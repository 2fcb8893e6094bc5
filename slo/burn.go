package slo

import (
	"context"
	"math"
	"slices"
	"time"
)

// The severities of burn rates.
const (
	Page   = "page"   // somebody has to act now
	Ticket = "ticket" // somebody has to act in days
)

// workbook holds the window pairs of the SRE Workbook, table 5-8, for a window
// of 30 days: 14.4, 6, 3 and 1 times the even burn.
var workbook = []struct {
	severity    string
	long, short time.Duration
	percent     int // of the budget, spent in the long window when the pair fires
}{
	{Page, time.Hour, 5 * time.Minute, 2},
	{Page, 6 * time.Hour, 30 * time.Minute, 5},
	{Ticket, 24 * time.Hour, 2 * time.Hour, 10},
	{Ticket, 72 * time.Hour, 6 * time.Hour, 10},
}

// workbookWindow is the window that the workbook's pairs are made for.
const workbookWindow = 30 * day

// minFactor is the least factor that a pair may have. A pair below the even burn
// would fire while less is spent than allowed; a tenth below it is let pass for
// calendar windows, of which February is the shortest against its usual length.
const minFactor = 0.9

// Shortest windows of a pair, in minutes. One slot is the least that can be
// measured; a long window of fewer than five would be decided by one or two.
const (
	minShort = 1
	minLong  = 5
)

// BurnRates returns the workbook's window pairs as of q.AsOf, scaled to the
// window. A burn rate is spent / allowed over its own window: 1 spends exactly
// the budget if it lasts.
//
//	long, short = the workbook's · window / 30 d    in whole minutes
//	factor      = budget fraction · window / long
//
// The lengths are scaled by the length of a rolling window, and by the usual
// length of a calendar window (a month is 30 days), so that they stay the same
// from month to month; the factor always takes the true length of the window and
// the true length of the long window, so that it spends exactly its fraction. A
// pair fires when both rates reach the factor.
//
// Special cases:
//   - the workbook's own window of 30 days: factors 14.4, 6, 3 and 1 exactly;
//   - short windows: long is never below 5 minutes and short never below 1; for
//     slices both are whole slices;
//   - a pair whose factor would be below 0.9 is left out: it would fire while
//     less is spent than allowed (only windows of hours have such pairs);
//   - a pair whose factor is above 1 / (1 − target), the burn rate of a total
//     failure, is left out: it could never fire;
//   - of two pairs for the same people whose windows are as short as they can be,
//     and so the same, the one with the higher factor is left out: it never fires
//     alone (windows of less than 10 hours);
//   - no measured minute or no traffic in a window: its rate is absent;
//   - coverage of either window below the floor: the pair does not fire, whatever
//     its rates are.
func (e Evaluator) BurnRates(ctx context.Context, s *SLO, o *Objective, q Question) ([]BurnRate, error) {
	in, err := e.inquire(s, o, q)
	if err != nil {
		return nil, err
	}
	return in.burnRates(ctx)
}

// burnRates measures the pairs of the inquiry.
func (in inquiry) burnRates(ctx context.Context) ([]BurnRate, error) {
	rates := in.pairs()
	for i := range rates {
		if err := in.measure(ctx, &rates[i]); err != nil {
			return nil, err
		}
	}
	return rates, nil
}

// WindowPairs returns the pairs of an objective without rates: those that
// BurnRates measures, a calendar period being taken for as long as it usually is.
// Whoever writes rules for somebody else to evaluate cannot know which one it is.
func WindowPairs(s *SLO, o *Objective) []BurnRate {
	in := inquiry{window: s.Window, objective: o, account: account{slice: 1}}
	if s.Method != Occurrences {
		in.slice = max(1, int(o.SliceLength/time.Minute))
	}
	return in.pairsIn(int(s.Window.usual() / time.Minute))
}

// pairs scales the workbook's pairs to the window of the inquiry.
func (in inquiry) pairs() []BurnRate { return in.pairsIn(in.period()) }

// pairsIn does so where a period of the window has that many minutes.
func (in inquiry) pairsIn(period int) []BurnRate {
	var rates []BurnRate
	for _, p := range workbook {
		long := in.scaled(p.long, minLong)
		factor := float64(p.percent*period) / float64(100*long)
		if factor < minFactor || factor > 1/in.objective.Target.ErrorFraction() {
			continue
		}
		pair := BurnRate{
			Severity:       p.severity,
			LongWindow:     time.Duration(long) * time.Minute,
			ShortWindow:    time.Duration(in.scaled(p.short, minShort)) * time.Minute,
			Factor:         factor,
			BudgetFraction: float64(p.percent) / 100,
		}
		if i := slices.IndexFunc(rates, pair.alike); i < 0 {
			rates = append(rates, pair)
		} else if factor < rates[i].Factor {
			rates[i] = pair
		}
	}
	return rates
}

// alike reports whether two pairs look at the same windows for the same people.
func (r BurnRate) alike(o BurnRate) bool {
	return r.Severity == o.Severity && r.LongWindow == o.LongWindow && r.ShortWindow == o.ShortWindow
}

// scaled returns a window of the workbook in proportion to the inquiry's, in
// minutes: whole slices, and at least least.
func (in inquiry) scaled(d time.Duration, least int) int {
	minutes := int(math.Round(d.Minutes() * float64(in.window.usual()) / float64(workbookWindow)))
	return in.back(in.span.To, max(least, minutes)).Len()
}

// measure fills in the rates of one pair.
func (in inquiry) measure(ctx context.Context, r *BurnRate) error {
	long, err := in.sum(ctx, in.back(in.span.To, int(r.LongWindow/time.Minute)))
	if err != nil {
		return err
	}
	short, err := in.sum(ctx, in.back(in.span.To, int(r.ShortWindow/time.Minute)))
	if err != nil {
		return err
	}
	r.Long, r.Short = in.burn(long), in.burn(short)
	r.LongCoverage, r.ShortCoverage = long.Coverage(), short.Coverage()
	r.Firing = r.Long != nil && r.Short != nil && *r.Long >= r.Factor && *r.Short >= r.Factor &&
		r.LongCoverage >= in.floor && r.ShortCoverage >= in.floor
	return nil
}

// burn returns the burn rate of a sum, nil if nothing was measured or happened.
func (in inquiry) burn(sum Tally) *float64 {
	if sum.Covered() == 0 || sum.Total <= 0 || !finite(sum) {
		return nil
	}
	burn := (sum.Total - sum.Good) / in.objective.Target.Allowed(sum.Total)
	return &burn
}

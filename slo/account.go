package slo

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// account counts what a budget is made of: events, or slices of time. Its
// tallies hold good and total in that currency, and their coverage in minutes,
// whatever the currency.
type account struct {
	meter       Meter
	key         StreamKey
	method      Budgeting
	slice       int // minutes of a slice, 1 for occurrences
	sliceTarget Target
	floor       float64
}

// newAccount returns the account of one objective of s for one group.
func newAccount(m Meter, s *SLO, o *Objective, g Group, floor float64) (account, error) {
	a := account{
		meter: birthMeter{m}, key: StreamKey{Indicator: o.Indicator.Key(), Group: g},
		method: s.Method, slice: 1, sliceTarget: o.SliceTarget, floor: floor,
	}
	if s.Method == Occurrences {
		return a, nil
	}
	switch {
	case o.SliceLength < time.Minute || o.SliceLength%time.Minute != 0 || o.SliceLength > MaxWindow:
		return a, fault.Invalidf("objective %q: slice length %s is not a whole number of minutes", o.Name, o.SliceLength)
	case s.Method == Timeslices && o.SliceTarget.IsZero():
		return a, fault.Invalidf("objective %q: timeslices need a slice target", o.Name)
	}
	a.slice = int(o.SliceLength / time.Minute)
	return a, nil
}

// unit names what is counted, in the plural.
func (a account) unit(o *Objective) string {
	if a.method != Occurrences {
		return "slices"
	}
	return o.Indicator.Unit().String()
}

// snapDown returns the end of the last whole slice up to m: m itself for
// occurrences.
func (a account) snapDown(m Minute) Minute {
	return Minute(floorDiv(int64(m)+1, int64(a.slice))*int64(a.slice)) - 1
}

// window returns the slots that w counts up to the slot to. Slices are cut at
// multiples of their length since 1970 UTC and belong whole to the window in
// which they end; a slice that has not ended is not judged yet. A rolling
// window holds as many whole slices as fit into it, but one at least.
func (a account) window(w Window, to Minute) Span {
	to = a.snapDown(to)
	span := w.Span(to.End())
	if w.IsRolling() {
		n := max(1, span.Len()/a.slice) * a.slice
		return Span{From: to - Minute(n) + 1, To: to}
	}
	span.From = a.snapDown(span.From-1) + 1
	return span
}

// back returns the last minutes up to and including the slot to, in whole
// slices, rounded up.
func (a account) back(to Minute, minutes int) Span {
	n := (minutes + a.slice - 1) / a.slice * a.slice
	return Span{From: to - Minute(n) + 1, To: to}
}

// sum counts span, which begins and ends with a slice.
func (a account) sum(ctx context.Context, span Span) (Tally, error) {
	if a.method == Occurrences {
		return a.meter.Tally(ctx, a.key, span)
	}
	var sum Tally
	err := a.each(ctx, span, a.slice, func(_ Span, events Tally) {
		sum = sum.Plus(a.judge(events))
	})
	return sum, err
}

// judge turns the events of one slice into the currency of the account.
//
// Special cases:
//   - a slice with gaps is judged on its measured minutes if they are at least
//     the coverage floor of it; otherwise it is not counted, neither good nor bad;
//   - a slice without events is not counted either: nothing was promised about
//     a time in which nobody asked, and calling it good would let a night
//     outage hide in a quiet night;
//   - good events in excess of the total make the SLI of a ratio slice more than
//     1: kept, not clamped, so that the budget shows the contradiction.
func (a account) judge(slice Tally) Tally {
	sum := slice
	sum.Good, sum.Total = 0, 0
	if slice.Covered() == 0 || slice.Coverage() < a.floor || slice.Total <= 0 {
		return sum
	}
	sum.Total = 1
	switch {
	case a.method == RatioTimeslices:
		sum.Good = slice.Good / slice.Total
	case a.sliceTarget.Reached(slice.Good, slice.Total):
		sum.Good = 1
	}
	return sum
}

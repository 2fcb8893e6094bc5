package slo

import (
	"context"
	"math"
	"time"
)

// The recent past whose burn a forecast continues: a thirtieth of the window,
// but an hour at least. A day of a month evens out the hours; less than an hour
// is noise on most services.
const (
	lookbackShare = 30
	minLookback   = 60 // minutes
)

// forecast returns when the budget will be spent if the recent past goes on, in
// whole minutes, rounded up.
//
// Let b and v be the bad and all events per measured minute of the recent past.
// x minutes after the end of the window,
//
//	left(x) = allowed − spent + x · ((1 − t) · v − b) − returned(x)
//
// where returned(x) is (1 − t) · total − bad of the minutes that a rolling
// window will have left behind by then: known, because they are measured. It is
// 0 for a calendar window. Minutes to come that are excluded spend nothing and
// allow nothing. The forecast is the first x with left(x) = 0; inside
// a day that leaves a rolling window (a 48th of a window shorter than a week)
// left is taken as a straight line.
//
// Special cases: nil
//   - if nothing is spent in the recent past, or nothing happened in it;
//   - if the recent past is measured below the coverage floor;
//   - if the budget is spent already;
//   - if left stays above 0 to the end of the calendar period, or for the length
//     of a rolling window, after which it would hold nothing but the recent burn;
//   - if the state is NO_DATA, STALE or NO_TRAFFIC.
func (in inquiry) forecast(ctx context.Context, sum Tally) (*time.Time, error) {
	left := in.left(sum)
	recent, err := in.sum(ctx, in.back(in.span.To, max(in.period()/lookbackShare, minLookback)))
	if err != nil || recent.Coverage() < in.floor || recent.Total <= recent.Good || !finite(recent) || left <= 0 {
		return nil, err
	}
	slope := in.left(recent) / float64(recent.Covered())
	if !in.window.IsRolling() {
		if slope >= 0 {
			return nil, nil
		}
		_, end := in.window.Period(in.span.End())
		return in.after(in.elapsed(-left/slope, SpanOf(in.span.End(), end)), end), nil
	}
	x, err := in.exhausted(ctx, left, slope)
	return in.after(x, in.span.End().Add(in.window.rolling)), err
}

// left returns how much of the budget of a sum is not spent, in its currency.
func (in inquiry) left(sum Tally) float64 {
	return in.objective.Target.Allowed(sum.Total) - (sum.Total - sum.Good)
}

// exhausted returns the minutes until nothing is left of a rolling window.
func (in inquiry) exhausted(ctx context.Context, left, slope float64) (float64, error) {
	if in.method == Occurrences && in.stride()%MinutesPerDay == 0 {
		return in.leap(ctx, left, slope)
	}
	passed, found := 0.0, math.Inf(1)
	err := in.count(ctx, in.span, in.stride(), func(piece Span, leaving Tally) {
		minutes := float64(piece.Len())
		next := left + in.coming(piece)*slope - in.left(leaving)
		if next <= 0 && math.IsInf(found, 1) {
			found = passed + minutes*left/(left-next)
		}
		left, passed = next, passed+minutes
	})
	return found, err
}

// leap does the same where the sum of many days costs what that of one does, in
// about as many sums for a year as for a month. A leap over several strides
// counts if left cannot reach 0 in any of them: what leaves the window takes at
// most (1 − t) · total along, as long as no more is good than there is.
func (in inquiry) leap(ctx context.Context, left, slope float64) (float64, error) {
	stride := in.stride()
	passed, strides := 0.0, 1
	for from := in.span.From; from <= in.span.To; {
		piece := Span{From: from, To: min(cutAfter(from, stride)+Minute((strides-1)*stride), in.span.To)}
		leaving, err := in.sum(ctx, piece)
		if err != nil {
			return 0, err
		}
		minutes, coming := float64(piece.Len()), in.coming(piece)
		next := left + coming*slope - in.left(leaving)
		lowest := left + min(0, coming*slope) - in.objective.Target.Allowed(leaving.Total)
		switch {
		case strides > 1 && min(lowest, next) <= 0:
			strides /= 2
			continue
		case next <= 0:
			return passed + minutes*left/(left-next), nil
		}
		left, passed, from = next, passed+minutes, piece.To+1
		strides *= 2
	}
	return math.Inf(1), nil
}

// coming returns how many minutes count of those that enter a rolling window
// while the minutes of piece leave it.
func (in inquiry) coming(piece Span) float64 {
	length := Minute(in.span.Len())
	return float64(in.counted(Span{From: piece.From + length, To: piece.To + length}))
}

// elapsed returns how many minutes of span pass until so many of them counted.
func (in inquiry) elapsed(counted float64, span Span) float64 {
	passed := 0.0
	for piece, excluded := range masked(span, in.mask(span)) {
		n := float64(piece.Len())
		if !excluded && counted <= n {
			return passed + counted
		}
		if passed += n; !excluded {
			counted -= n
		}
	}
	return passed + counted
}

// stride returns the length of the pieces in which a rolling window is left
// behind, in minutes: whole slices.
func (in inquiry) stride() int {
	step := max(1, in.span.Len()/48)
	if in.span.Len() >= 7*MinutesPerDay {
		step = MinutesPerDay * max(1, in.span.Len()/MinutesPerDay/60)
	}
	return (step + in.slice - 1) / in.slice * in.slice
}

// after returns the instant so many minutes after the window's end, nil if that
// is beyond limit.
func (in inquiry) after(minutes float64, limit time.Time) *time.Time {
	room := limit.Sub(in.span.End()).Minutes()
	if !(math.Ceil(minutes) <= room) { // NaN is beyond, too
		return nil
	}
	at := in.span.End().Add(time.Duration(math.Ceil(minutes)) * time.Minute)
	return &at
}

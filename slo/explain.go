package slo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Explain returns what stands behind the budget that q asks for: the arithmetic
// with its figures, the queries, how many minutes were measured, estimated and
// missed, the longest gaps, what was rewritten and which days spent most.
//
// Special cases:
//   - a slice belongs to the UTC day in which it ends;
//   - days that spent nothing are not listed; Share is absent without a budget;
//   - what is excluded is neither measured nor a gap; a warning names it;
//   - GapCount is the number of minutes without figures, Gaps their runs; of
//     equally long gaps the older comes first.
func (e Evaluator) Explain(ctx context.Context, s *SLO, o *Objective, q Question) (Explanation, error) {
	in, err := e.inquire(s, o, q)
	if err != nil {
		return Explanation{}, err
	}
	x, err := in.explain(ctx)
	if err != nil {
		return Explanation{}, fmt.Errorf("explain %s of %s: %w", in.window, s.Name, err)
	}
	if x.At = q.AsOf; in.live {
		x.At = in.now
	}
	return x, nil
}

// explain answers the inquiry.
func (in inquiry) explain(ctx context.Context) (Explanation, error) {
	sum, err := in.sum(ctx, in.span)
	if err != nil {
		return Explanation{}, err
	}
	b := in.figures(sum)
	x := Explanation{
		From: b.From, To: b.To, Formula: in.formula(b),
		Queries: in.objective.Indicator.Queries(), Source: in.objective.Indicator.SourceName(),
		Minutes: sum.Slots, Measured: sum.Measured, Estimated: sum.Estimated, GapCount: sum.Slots - sum.Covered(),
		Warnings: append(in.warnings(sum), in.omissions(sum)...),
	}
	if extent, ok := in.meter.Extent(in.key); ok {
		first, last := extent.Start(), extent.End()
		x.FirstMeasured, x.LastMeasured = &first, &last
	}
	if in.hasSlots {
		settled := in.settled.End()
		x.Settled = &settled
	}
	if x.Gaps, err = in.gaps(ctx); err != nil {
		return x, err
	}
	if x.WorstDays, err = in.worstDays(ctx, b.Allowed); err != nil {
		return x, err
	}
	x.Revisions, err = in.meter.Revisions(ctx, in.key, in.span, MaxRevisions)
	return x, err
}

// gaps returns the longest runs of minutes without figures.
func (in inquiry) gaps(ctx context.Context) ([]Interval, error) {
	var gaps []Span
	err := in.each(ctx, in.span, 1, func(minute Span, sum Tally) {
		switch n := len(gaps); {
		case sum.Covered() > 0 || sum.Excluded > 0:
		case n > 0 && gaps[n-1].To == minute.From-1:
			gaps[n-1].To = minute.To
		default:
			gaps = append(shortlist(gaps), minute)
		}
	})
	slices.SortFunc(gaps, longestFirst)
	gaps = gaps[:min(len(gaps), MaxGaps)]
	out := make([]Interval, len(gaps))
	for i, gap := range gaps {
		out[i] = Interval{From: gap.Start(), To: gap.End()}
	}
	return out, err
}

// shortlist drops gaps that cannot be among the longest, so that a window of
// years full of holes needs no more memory than one of a day.
func shortlist(gaps []Span) []Span {
	if len(gaps) < 20*MaxGaps {
		return gaps
	}
	slices.SortFunc(gaps, longestFirst)
	return gaps[:MaxGaps]
}

func longestFirst(a, b Span) int {
	return cmp.Or(b.Len()-a.Len(), cmp.Compare(a.From, b.From))
}

// worstDays returns the days that spent most.
func (in inquiry) worstDays(ctx context.Context, allowed *float64) ([]DaySpend, error) {
	step := MinutesPerDay
	if in.method != Occurrences {
		step = in.slice
	}
	sums := make(map[int]Tally)
	err := in.count(ctx, in.span, step, func(piece Span, sum Tally) {
		sums[piece.To.Day()] = sums[piece.To.Day()].Plus(sum)
	})
	days := make([]DaySpend, 0, len(sums))
	for number, sum := range sums {
		if spent := sum.Total - sum.Good; spent > 0 {
			days = append(days, daySpend(number, sum, allowed))
		}
	}
	slices.SortFunc(days, func(a, b DaySpend) int {
		return cmp.Or(cmp.Compare(b.Spent, a.Spent), strings.Compare(a.Day, b.Day))
	})
	return days[:min(len(days), MaxWorstDays)], err
}

// daySpend returns what one UTC day took from a budget.
func daySpend(number int, sum Tally, allowed *float64) DaySpend {
	d := DaySpend{
		Day:  time.Unix(int64(number)*86_400, 0).UTC().Format(time.DateOnly),
		Good: sum.Good, Total: sum.Total, Spent: sum.Total - sum.Good,
	}
	if allowed != nil && *allowed > 0 {
		share := d.Spent / *allowed
		d.Share = &share
	}
	return d
}

// formula returns the arithmetic of a budget with its figures.
func (in inquiry) formula(b Budget) string {
	unit := in.unit(in.objective)
	if b.Good == nil {
		return "no minute of the window has figures: nothing can be computed"
	}
	if b.Allowed == nil {
		return "total = 0 " + unit + ": nothing happened, so there is no SLI and no budget"
	}
	t := b.Target
	return fmt.Sprintf("allowed = (1 − %s) · total = %s · %s = %s %s; spent = total − good = %s − %s = %s%s; remaining = 1 − spent / allowed = 1 − %s / %s = %s",
		t, t.complement(), rounded(*b.Total), rounded(*b.Allowed), unit,
		rounded(*b.Total), rounded(*b.Good), rounded(*b.Spent), in.judging(),
		rounded(*b.Spent), rounded(*b.Allowed), rounded(*b.Remaining))
}

// judging says what a slice is to the formula, "" where events are counted.
func (in inquiry) judging() string {
	switch in.method {
	case Timeslices:
		return fmt.Sprintf(" (total: slices of %d min with events; good: those whose SLI is at least %s)", in.slice, in.sliceTarget)
	case RatioTimeslices:
		return fmt.Sprintf(" (total: slices of %d min with events; good: the sum of their SLIs)", in.slice)
	default:
		return ""
	}
}

// rounded returns f to six decimals, without trailing zeros.
func rounded(f float64) string {
	text := strconv.FormatFloat(f, 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

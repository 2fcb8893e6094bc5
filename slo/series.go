package slo

import (
	"context"
	"fmt"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Limits of a series: as many points as a wide screen has pixels to draw, and
// never more than a browser redraws without a pause.
const (
	DefaultPoints = 300
	MaxPoints     = 2000
)

// roundSteps are the steps that a reader can count in, in minutes.
var roundSteps = []int{
	1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720,
	1 * MinutesPerDay, 2 * MinutesPerDay, 5 * MinutesPerDay, 7 * MinutesPerDay,
	14 * MinutesPerDay, 28 * MinutesPerDay, 91 * MinutesPerDay, 364 * MinutesPerDay,
}

// seriesColumns names the values of the points of each kind.
var seriesColumns = map[SeriesKind][]string{
	BurnDown:       {"remaining", "ideal"},
	SLISeries:      {"sli", "target"},
	BurnRateSeries: {"burnRate"},
	Volume:         {"good", "bad"},
}

// Series returns the points that q asks for. Points lie at multiples of the step
// since 1970 UTC, so that they do not wander from one minute to the next; the
// first and the last may stand for less than a step. The step is the smallest
// round one, in whole slices, with at most q.MaxPoints points.
//
//	BURN_DOWN  remaining(x) = 1 − spent(From, x] / allowed(From, To]
//	           ideal(x)     = 1 − (x − From) / (To − From)
//	SLI        sli          = good / total of the step, and the target
//	BURN_RATE  burnRate     = spent / allowed of the step
//	VOLUME     good, bad    = events of the step, whatever the budget counts
//
// A burn-down spends one budget, that of (From, To], and ends at the remaining
// budget of that window. It never rises but where good exceeds total, and it
// needs no history before From, for rolling windows as for calendar windows; see
// docs/decisions/0009-one-budget-burns-down.md. The ideal line spends the same
// budget evenly over the same time.
//
// Special cases:
//   - a step without a measured minute: values are absent (target and ideal are
//     not: they are not measured), and a burn-down goes on after it from where
//     it was;
//   - a step without events: SLI and burn rate are absent, volume is 0;
//   - no events in (From, To]: remaining is absent throughout;
//   - To without AsOf is the AsOf; To after the newest settled minute of now ends
//     there; From and To inside a minute mean the end of that minute;
//   - slices: From and To are moved back to the ends of slices.
func (e Evaluator) Series(ctx context.Context, s *SLO, o *Objective, q SeriesQuestion) (Series, error) {
	columns, ok := seriesColumns[q.Kind]
	if !ok {
		return Series{}, fault.Invalidf("series kind %q is not BURN_DOWN, SLI, BURN_RATE or VOLUME", q.Kind)
	}
	if q.AsOf.IsZero() {
		q.AsOf = q.To
	}
	in, err := e.inquire(s, o, q.Question)
	if err != nil {
		return Series{}, err
	}
	if in.span, err = in.stretch(q); err != nil {
		return Series{}, err
	}
	step, err := in.step(q.MaxPoints)
	if err != nil {
		return Series{}, err
	}
	series := Series{
		Kind: q.Kind, From: in.span.Start(), To: in.span.End(),
		Step: time.Duration(step) * time.Minute, Columns: columns,
	}
	if series.Points, err = in.points(ctx, q.Kind, step); err != nil {
		return Series{}, fmt.Errorf("series %s of %s: %w", q.Kind, s.Name, err)
	}
	return series, nil
}

// stretch returns the slots of a series: the window's, or from q.From on, or up
// to q.To.
func (in inquiry) stretch(q SeriesQuestion) (Span, error) {
	span := in.span
	if !q.To.IsZero() {
		span.To = in.snapDown(min(MinuteOf(q.To), max(in.newest(), in.to)))
	}
	if !q.From.IsZero() {
		span.From = in.snapDown(MinuteOf(q.From)) + 1
	}
	switch {
	case span.Len() == 0:
		return span, fault.Invalidf("series from %s to %s is empty",
			span.Start().Format(time.RFC3339), span.End().Format(time.RFC3339))
	case span.Len() > int(MaxWindow/time.Minute):
		return span, fault.Invalidf("series from %s to %s is longer than %d days",
			span.Start().Format(time.RFC3339), span.End().Format(time.RFC3339), int(MaxWindow/day))
	}
	return span, nil
}

// step returns the smallest round step, in minutes, that cuts the span into at
// most limit pieces; beyond the round ones, the whole span.
func (in inquiry) step(limit int) (int, error) {
	switch {
	case limit < 0:
		return 0, fault.Invalidf("at most %d points: a series needs a positive number of them", limit)
	case limit == 0:
		limit = DefaultPoints
	}
	limit = min(limit, MaxPoints)
	for _, step := range roundSteps {
		step = (step + in.slice - 1) / in.slice * in.slice
		if pieceCount(in.span, step) <= limit {
			return step, nil
		}
	}
	step := in.slice
	for pieceCount(in.span, step) > limit {
		step *= 2
	}
	return step, nil
}

// pieceCount returns how many pieces the multiples of step cut span into.
func pieceCount(span Span, step int) int {
	return int(floorDiv(int64(span.To), int64(step))-floorDiv(int64(span.From), int64(step))) + 1
}

// points measures the points of a series.
func (in inquiry) points(ctx context.Context, kind SeriesKind, step int) ([]Point, error) {
	visit := in.count
	if kind == Volume {
		visit = in.each
	}
	var at []Span
	var sums []Tally
	err := visit(ctx, in.span, step, func(piece Span, sum Tally) {
		at, sums = append(at, piece), append(sums, sum)
	})
	if err != nil {
		return nil, err
	}
	values := in.plot(kind, sums)
	points := make([]Point, len(sums))
	for i, sum := range sums {
		points[i] = Point{
			At: at[i].End(), Values: values(at[i], sum),
			Coverage: sum.Coverage(), Estimated: sum.Estimated > 0,
		}
	}
	return points, nil
}

// plot returns how the values of one point after the other follow from the sums.
func (in inquiry) plot(kind SeriesKind, sums []Tally) func(Span, Tally) []*float64 {
	target := in.objective.Target.Float()
	switch kind {
	case BurnDown:
		return in.burnDown(sums)
	case SLISeries:
		return func(_ Span, sum Tally) []*float64 { return []*float64{sli(sum), &target} }
	case BurnRateSeries:
		return func(_ Span, sum Tally) []*float64 { return []*float64{in.burn(sum)} }
	default:
		return func(_ Span, sum Tally) []*float64 { return volume(sum) }
	}
}

// burnDown returns the values of a burn-down of the budget of all sums.
func (in inquiry) burnDown(sums []Tally) func(Span, Tally) []*float64 {
	var all Tally
	for _, sum := range sums {
		all = all.Plus(sum)
	}
	allowed := in.objective.Target.Allowed(all.Total)
	spent := 0.0
	return func(piece Span, sum Tally) []*float64 {
		passed := float64(piece.To-in.span.From+1) / float64(in.span.Len())
		ideal := 1 - passed
		spent += sum.Total - sum.Good
		if sum.Covered() == 0 || all.Total <= 0 || !finite(all) {
			return []*float64{nil, &ideal}
		}
		remaining := 1 - spent/allowed
		return []*float64{&remaining, &ideal}
	}
}

// sli returns good / total, nil if nothing was measured or happened.
func sli(sum Tally) *float64 {
	if sum.Covered() == 0 || sum.Total <= 0 || !finite(sum) {
		return nil
	}
	ratio := sum.Good / sum.Total
	return &ratio
}

// volume returns good and bad events, nil if nothing was measured.
func volume(sum Tally) []*float64 {
	if sum.Covered() == 0 || !finite(sum) {
		return []*float64{nil, nil}
	}
	bad := sum.Total - sum.Good
	return []*float64{&sum.Good, &bad}
}

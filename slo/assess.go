package slo

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"
)

// AtRiskBelow is the remaining share of a budget below which it is AT_RISK even
// if nothing burns: a tenth is what the workbook's slow pairs spend before they
// fire.
const AtRiskBelow = 0.1

// Budget returns the error budget that q asks for.
//
//	allowed   = (1 − target) · total        in events, seconds or slices
//	spent     = total − good
//	remaining = 1 − spent / allowed         a fraction, signed, never clamped
//	burnRate  = spent / allowed             1 spends exactly the budget
//	coverage  = minutes with figures / minutes of the window
//
// Minutes that are excluded are not part of the window: they are in none of
// these sums.
//
// Special cases:
//   - every minute of the window excluded: every figure is absent, the state is
//     NO_DATA, and a warning says why;
//   - no measured minute: every figure is absent, the state is NO_DATA;
//   - coverage below the floor: the figures of the measured minutes, the state
//     NO_DATA and a warning that they are partial;
//   - a window that begins before the history: the minutes before are gaps, and
//     a warning names where the history begins;
//   - as of now and nothing settled for longer than the patience, or nothing
//     measured for longer than the silence: STALE;
//   - total = 0: good, total and spent are 0, SLI, allowed, remaining and burn
//     rate are absent, the state is NO_TRAFFIC;
//   - good > total: spent is negative and remaining above 1, with a warning;
//   - figures that are not finite: absent, NO_DATA, with a warning;
//   - estimated minutes count in full, and a warning tells their number;
//   - timeslices and ratio-timeslices: total is the number of slices that were
//     judged, good the number of good ones or the sum of their SLIs; no slice
//     judged is NO_TRAFFIC;
//   - a group that appeared within the window: the minutes before its first are
//     covered, without events, as far as the whole was measured.
//
// Source: Google SRE Workbook, chapter 5; design.md §3.
func (e Evaluator) Budget(ctx context.Context, s *SLO, o *Objective, q Question) (Budget, error) {
	in, err := e.inquire(s, o, q)
	if err != nil {
		return Budget{}, err
	}
	return in.budget(ctx)
}

// budget answers the inquiry.
func (in inquiry) budget(ctx context.Context) (Budget, error) {
	sum, err := in.sum(ctx, in.span)
	if err != nil {
		return Budget{}, fmt.Errorf("count %s of %s: %w", in.window, in.slo.Name, err)
	}
	b := in.figures(sum)
	b.Warnings = in.warnings(sum)
	if sum.Excluded > 0 {
		if b.Excluded, err = in.excluded(ctx); err != nil {
			return Budget{}, fmt.Errorf("count what is excluded from %s of %s: %w", in.window, in.slo.Name, err)
		}
	}
	if b.State = in.verdict(sum, b); b.State != "" {
		return b, nil
	}
	if b.State, err = in.health(ctx, b); err != nil {
		return Budget{}, err
	}
	b.ExhaustsAt, err = in.forecast(ctx, sum)
	return b, err
}

// figures does the arithmetic of a budget.
func (in inquiry) figures(sum Tally) Budget {
	b := Budget{
		From: in.span.Start(), To: in.span.End(), Target: in.objective.Target,
		Coverage: sum.Coverage(), AsOf: in.asOf(),
	}
	fill(&b, in.objective.Target, sum)
	return b
}

// fill sets the figures that follow from a sum.
func fill(b *Budget, target Target, sum Tally) {
	if sum.Covered() == 0 || !finite(sum) {
		return
	}
	spent := sum.Total - sum.Good
	b.Good, b.Total, b.Spent = &sum.Good, &sum.Total, &spent
	if sum.Total <= 0 {
		return
	}
	sli, allowed := sum.Good/sum.Total, target.Allowed(sum.Total)
	burn := spent / allowed
	remaining := 1 - burn
	b.SLI, b.Allowed, b.BurnRate, b.Remaining = &sli, &allowed, &burn, &remaining
}

// finite reports whether the sums are numbers to reckon with.
func finite(sum Tally) bool {
	return !math.IsNaN(sum.Good-sum.Good) && !math.IsNaN(sum.Total-sum.Total)
}

// asOf returns the end of the newest slot that the figures include: the end of
// the window, or of what was settled of it; zero if nothing ever was.
func (in inquiry) asOf() time.Time {
	newest, ok := in.settled, in.hasSlots
	if !ok {
		extent, measured := in.meter.Extent(in.key)
		newest, ok = extent.To, measured
	}
	if !ok {
		return time.Time{}
	}
	return min(newest, in.span.To).End()
}

// verdict returns the state if it follows from the measurement alone, "" if the
// budget itself decides.
func (in inquiry) verdict(sum Tally, b Budget) State {
	switch {
	case b.Good == nil || sum.Coverage() < in.floor:
		return NoData
	case in.stale() != "":
		return Stale
	case b.Remaining == nil:
		return NoTraffic
	default:
		return ""
	}
}

// health returns the state of a budget that is well measured.
func (in inquiry) health(ctx context.Context, b Budget) (State, error) {
	if *b.Remaining < 0 {
		return Breached, nil
	}
	if *b.Remaining < AtRiskBelow {
		return AtRisk, nil
	}
	rates := in.rates
	if rates == nil {
		var err error
		if rates, err = in.burnRates(ctx); err != nil {
			return "", err
		}
	}
	for _, r := range rates {
		if r.Firing {
			return AtRisk, nil
		}
	}
	return Healthy, nil
}

// warnings says in words what a reader of the figures must not overlook.
func (in inquiry) warnings(sum Tally) []string {
	var w []string
	switch {
	case sum.Slots == 0:
		w = append(w, "every minute of the window is excluded")
	case sum.Coverage() < in.floor:
		w = append(w, fmt.Sprintf("partial: %d of %d minutes are measured (%s %%), below the floor of %s %%",
			sum.Covered(), sum.Slots, percent(sum.Coverage()), percent(in.floor)))
	}
	if extent, ok := in.meter.Extent(in.key); ok && extent.From > in.span.From && in.key.Group == "" {
		w = append(w, fmt.Sprintf("history begins at %s: window longer than history", extent.From.Start().Format(time.RFC3339)))
	}
	if sum.Estimated > 0 {
		w = append(w, fmt.Sprintf("%d of %d minutes are estimated", sum.Estimated, sum.Slots))
	}
	if why := in.stale(); why != "" {
		w = append(w, why)
	}
	switch {
	case !finite(sum):
		w = append(w, "a measured figure is not a finite number: nothing can be counted")
	case sum.Good > sum.Total:
		w = append(w, fmt.Sprintf("more good than total %s were measured (%s of %s): spent is negative",
			in.unit(in.objective), rounded(sum.Good), rounded(sum.Total)))
	}
	return w
}

// percent returns a fraction in percent, to two decimals and never rounded up.
func percent(f float64) string {
	return strconv.FormatFloat(math.Floor(f*10_000)/100, 'f', -1, 64)
}

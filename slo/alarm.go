package slo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Verdict is what a condition says of one minute.
type Verdict uint8

// The verdicts.
const (
	Unknown  Verdict = iota // too little was measured to tell
	HoldsNot                // the condition does not hold
	Holds                   // the condition holds
	Idle                    // the long window holds, and nothing happened in the short one
)

// Judgement is a condition as of the end of one minute.
type Judgement struct {
	Minute  Minute
	Verdict Verdict
	// Long and Short are the burn rates; nil where nothing was measured or
	// happened, and Short where the condition has one window only.
	Long, Short *float64
	Reason      string // for people
}

// AlarmPhase is how far an alarm got.
type AlarmPhase uint8

// The phases, in their order.
const (
	Inactive AlarmPhase = iota // the condition does not hold
	Pending                    // it holds, but not long enough yet
	Firing
)

// Alarm is where a policy stands for one objective. The zero Alarm is inactive.
type Alarm struct {
	Phase  AlarmPhase
	Since  Minute // the first minute of the phase
	Frozen bool   // the last minute could not be judged
}

// Step returns the alarm after one more minute. A minute that cannot be judged
// freezes it: it neither fires nor ends, and what is pending waits as much
// longer. So does an idle one, without freezing it: that nothing happened is no
// sign of an end, nor of a beginning. What happens rarely would ring at each
// event otherwise. An idle alarm ends with its long window at the latest.
//
//	Inactive → Pending   the condition holds
//	Pending  → Firing    it held for After minutes; at once if After is 0
//	any      → Inactive  the condition does not hold
func (a Alarm) Step(c AlertCondition, j Judgement) Alarm {
	next := a
	next.Frozen = j.Verdict == Unknown
	waits := j.Verdict == Unknown || j.Verdict == Idle
	switch {
	case waits && a.Phase == Pending:
		next.Since++
	case waits:
	case j.Verdict == HoldsNot && a.Phase != Inactive:
		next.Phase, next.Since = Inactive, j.Minute
	case j.Verdict == Holds:
		if a.Phase == Inactive {
			next.Phase, next.Since = Pending, j.Minute
		}
		if next.Phase == Pending && j.Minute-next.Since >= Minute(c.After/time.Minute) {
			next.Phase, next.Since = Firing, j.Minute
		}
	}
	return next
}

// Judge returns what a condition says as of q.AsOf. Its windows are lengths of
// time, whole slices of them; excluded minutes in them do not count.
//
//	burn rate = spent / allowed of the window
//	holds     = burn(Lookback) op Threshold, and burn(Short) too if there is one
//
// Special cases:
//   - coverage of a window below the floor, or stale data: unknown;
//   - every minute of a window excluded, no traffic in Lookback, or fewer than
//     MinEvents events in it: it does not hold;
//   - no traffic in Short while burn(Lookback) holds: idle.
func (e Evaluator) Judge(ctx context.Context, s *SLO, o *Objective, c AlertCondition, q Question) (Judgement, error) {
	in, err := e.inquire(s, o, q)
	if err != nil {
		return Judgement{}, err
	}
	if why := in.stale(); why != "" {
		return Judgement{Minute: in.to, Reason: why}, nil
	}
	var w windows
	if w.long, w.events, err = in.lookBack(ctx, c.Lookback); err != nil {
		return Judgement{}, err
	}
	if c.Short > 0 {
		if w.short, _, err = in.lookBack(ctx, c.Short); err != nil {
			return Judgement{}, err
		}
	}
	j := in.verdictOn(c, in.to, w)
	if j.Reason == "" {
		j.Reason = j.rates()
	}
	return j, nil
}

// windows are the sums behind one judgement.
type windows struct {
	long, short Tally
	events      float64 // in the long one, whatever is counted
}

// lookBack sums the last d before the instant of the inquiry.
func (in inquiry) lookBack(ctx context.Context, d time.Duration) (sum Tally, events float64, err error) {
	span := in.back(in.snapDown(in.to), int(d/time.Minute))
	if sum, err = in.sum(ctx, span); err != nil || in.method == Occurrences {
		return sum, sum.Total, err
	}
	raw, err := in.meter.Tally(ctx, in.key, span)
	return sum, raw.Total, err
}

// verdictOn judges a condition by its sums. It gives no reason where rates were
// compared: a replay does so for each minute of a month, and needs no words.
func (in inquiry) verdictOn(c AlertCondition, at Minute, w windows) Judgement {
	j := Judgement{Minute: at, Long: in.burn(w.long)}
	if c.Short > 0 {
		j.Short = in.burn(w.short)
	}
	switch {
	case w.long.Slots == 0 || c.Short > 0 && w.short.Slots == 0:
		j.Verdict, j.Reason = HoldsNot, "every minute of a window is excluded"
	case w.long.Coverage() < in.floor:
		j.Reason = fmt.Sprintf("%s %% of the long window are measured, below the floor of %s %%", percent(w.long.Coverage()), percent(in.floor))
	case c.Short > 0 && w.short.Coverage() < in.floor:
		j.Reason = fmt.Sprintf("%s %% of the short window are measured, below the floor of %s %%", percent(w.short.Coverage()), percent(in.floor))
	case j.Long == nil:
		j.Verdict, j.Reason = HoldsNot, "nothing happened in the long window"
	case w.events < c.MinEvents:
		j.Verdict, j.Reason = HoldsNot, fmt.Sprintf("%s events are fewer than the %s that are needed", rounded(w.events), rounded(c.MinEvents))
	case !c.Op.Holds(*j.Long, c.Threshold):
		j.Verdict = HoldsNot
	case c.Short == 0 || j.Short != nil && c.Op.Holds(*j.Short, c.Threshold):
		j.Verdict = Holds
	case j.Short == nil:
		j.Verdict, j.Reason = Idle, fmt.Sprintf("burn rate %s, and nothing happened in the short window", rounded(*j.Long))
	default:
		j.Verdict = HoldsNot
	}
	return j
}

// rates writes the burn rates that were compared.
func (j Judgement) rates() string {
	text := "burn rate " + rounded(*j.Long)
	if j.Short != nil {
		text += " and " + rounded(*j.Short)
	}
	return text
}

// Replay is when a policy would have fired, as the figures are now.
type Replay struct {
	Policy        AlertPolicy
	From, To      time.Time
	Firings       []FiringTime
	FrozenMinutes int
}

// FiringTime is one time that an alarm fired.
type FiringTime struct {
	From     time.Time
	To       time.Time // zero while it lasts
	PeakBurn float64   // of the long window
	Spent    float64   // while it fired, in the budget's currency
}

// Replay returns when a policy would have fired in (from, to]. Each minute is
// judged as Judge does, as of its end, and the alarm is stepped as the live one
// is; it begins inactive, After before from: what fired before, and is idle or
// frozen there, is not seen to go on. A policy without WhenBreaching never
// fires here: that nobody could tell is counted as FrozenMinutes, and not replayed.
//
// The sums slide over the minutes: a month costs what reading its slots does.
// Sums of whole events are exact; others may differ in the last digits from
// those of Judge.
func (e Evaluator) Replay(ctx context.Context, s *SLO, o *Objective, p AlertPolicy, from, to time.Time) (Replay, error) {
	in, err := e.inquire(s, o, Question{AsOf: to})
	if err != nil {
		return Replay{}, err
	}
	r := Replay{Policy: p, From: from, To: in.to.End()}
	span := Span{From: MinuteOf(from) + 1, To: in.to}
	if span.Len() == 0 || span.Len() > int(MaxWindow/time.Minute) {
		return r, fault.Invalidf("from %s to %s is no time of at most %d days", from.Format(time.RFC3339), r.To.Format(time.RFC3339), int(MaxWindow/day))
	}
	slide, err := in.slide(ctx, span, p.Condition)
	if err != nil {
		return r, fmt.Errorf("replay %s of %s: %w", p.Name, s.Name, err)
	}
	r.run(in, slide, span)
	return r, nil
}

// run steps the alarm through span.
func (r *Replay) run(in inquiry, s sliding, span Span) {
	var a Alarm
	warm := Minute(r.Policy.Condition.After / time.Minute)
	for m := span.From - warm; m <= span.To; m++ {
		j := in.verdictOn(r.Policy.Condition, m, s.at(m))
		if j.Verdict == Holds && !r.Policy.WhenBreaching {
			j.Verdict = HoldsNot
		}
		was := a
		a = a.Step(r.Policy.Condition, j)
		if m < span.From {
			continue
		}
		if a.Frozen {
			r.FrozenMinutes++
		}
		began := a.Phase == Firing && (was.Phase != Firing || len(r.Firings) == 0)
		if began {
			r.Firings = append(r.Firings, FiringTime{From: m.End()})
		}
		n := len(r.Firings)
		if was.Phase == Firing && a.Phase != Firing && n > 0 {
			r.Firings[n-1].To = m.End()
		}
		if a.Phase == Firing {
			f := &r.Firings[n-1]
			f.Spent += s.spent(m)
			if j.Long != nil {
				f.PeakBurn = max(f.PeakBurn, *j.Long)
			}
		}
	}
}

// sliding holds running sums over slices, so that any window of them is a
// difference.
type sliding struct {
	account
	condition AlertCondition
	first     Minute  // of sums[0]
	sums      []Tally // sums[i] of the first i slices
	events    []float64
}

// slide reads what the windows of all minutes of span need.
func (in inquiry) slide(ctx context.Context, span Span, c AlertCondition) (sliding, error) {
	s := sliding{account: in.account, condition: c, sums: []Tally{{}}, events: []float64{0}}
	longest := max(c.Lookback, c.Short)
	s.meter = in.meter
	s.first = in.back(in.snapDown(span.From-Minute(c.After/time.Minute)), int(longest/time.Minute)).From
	all := Span{From: s.first, To: in.snapDown(span.To)}
	n := all.Len()/in.slice + 1
	s.sums, s.events = slices.Grow(s.sums, n), slices.Grow(s.events, n)
	err := in.each(ctx, all, in.slice, func(_ Span, events Tally) {
		counted := events
		if in.method != Occurrences {
			counted = in.judge(events)
		}
		s.sums = append(s.sums, s.sums[len(s.sums)-1].Plus(counted))
		s.events = append(s.events, s.events[len(s.events)-1]+events.Total)
	})
	return s, err
}

// at returns the windows as of the end of a minute.
func (s sliding) at(m Minute) (w windows) {
	end := s.snapDown(m)
	w.long = s.between(s.back(end, int(s.condition.Lookback/time.Minute)))
	if s.condition.Short > 0 {
		w.short = s.between(s.back(end, int(s.condition.Short/time.Minute)))
	}
	i, j := s.bounds(s.back(end, int(s.condition.Lookback/time.Minute)))
	w.events = s.events[j] - s.events[i]
	return w
}

// bounds returns the running sums before and after a span of whole slices.
func (s sliding) bounds(span Span) (before, after int) {
	return int(span.From-s.first) / s.slice, int(span.To-s.first+1) / s.slice
}

// between returns the sum of a span of whole slices.
func (s sliding) between(span Span) Tally {
	i, j := s.bounds(span)
	a, b := s.sums[i], s.sums[j]
	return Tally{
		Good: b.Good - a.Good, Total: b.Total - a.Total, Measured: b.Measured - a.Measured, Estimated: b.Estimated - a.Estimated,
		Slots: b.Slots - a.Slots, Excluded: b.Excluded - a.Excluded,
	}
}

// spent returns what was spent in the slice that ends with a minute, 0 where
// none does.
func (s sliding) spent(m Minute) float64 {
	if s.snapDown(m) != m {
		return 0
	}
	sum := s.between(s.back(m, s.slice))
	return sum.Total - sum.Good
}

// WorkbookPolicies returns the workbook's pairs, scaled to the window of s, as
// policies: what an objective without policies of its own would be told by. They
// have no targets.
func (e Evaluator) WorkbookPolicies(s *SLO, o *Objective) ([]AlertPolicy, error) {
	in, err := e.inquire(s, o, Question{})
	if err != nil {
		return nil, err
	}
	var all []AlertPolicy
	for _, p := range in.pairs() {
		all = append(all, AlertPolicy{
			Name: fmt.Sprintf("workbook-%s-%s", p.Severity, shorthandOf(p.LongWindow)), WhenBreaching: true, WhenResolved: true,
			Condition: AlertCondition{Severity: p.Severity, Op: GreaterOrEqual, Threshold: p.Factor, Lookback: p.LongWindow, Short: p.ShortWindow},
		})
	}
	return all, nil
}

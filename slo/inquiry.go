package slo

import (
	"cmp"
	"fmt"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// inquiry is a Question made definite: which slots, counted how, as of when.
type inquiry struct {
	account
	slo       *SLO
	objective *Objective
	window    Window
	span      Span // the slots that the window counts
	to        Minute
	now       time.Time
	live      bool // asked as of now, so that age matters
	settled   Minute
	hasSlots  bool // settled is known
	patience  time.Duration
	silence   time.Duration
	rates     []BurnRate // the pairs, if they were measured already
	raw       Meter      // what was measured, excluded or not
}

// inquire makes q definite.
//
// Special cases of the instant:
//   - no AsOf, or one in the future: the last settled minute, but none that the
//     clock has not finished; before anything is settled, the clock's last
//     finished minute;
//   - an AsOf inside a minute: the end of that minute;
//   - an AsOf in the past but later than what is settled: as asked; the minutes
//     that nobody measured yet are gaps.
func (e Evaluator) inquire(s *SLO, o *Objective, q Question) (inquiry, error) {
	e = e.steady()
	in := inquiry{
		slo: s, objective: o, window: q.Window, now: e.Now(),
		patience: cmp.Or(e.Patience, DefaultPatience), silence: cmp.Or(e.Silence, DefaultSilence),
	}
	if in.window.IsZero() {
		in.window = s.Window
	}
	if in.window.IsZero() {
		return in, fault.Invalidf("slo %q has no time window", s.Name)
	}
	if o.Target.ErrorFraction() <= 0 || o.Target.IsZero() {
		return in, fault.Invalidf("objective %q has no target between 0 and 1", o.Name)
	}
	var err error
	meter := e.meterOf(o, q.Terms)
	if in.account, err = newAccount(meter, s, o, q.Group, cmp.Or(e.Floor, DefaultFloor)); err != nil {
		return in, err
	}
	in.raw = in.meter
	if e.Exclusions != nil && !q.Terms.Ignore {
		in.meter = maskMeter{in.raw, e.Exclusions, s, q.Terms}
	}
	in.settled, in.hasSlots = meter.Settled(o.Indicator.Key())
	in.live = q.AsOf.IsZero() || q.AsOf.After(in.now)
	if in.to = MinuteOf(q.AsOf); in.live {
		in.to = in.newest()
	}
	in.span = in.account.window(in.window, in.to)
	return in, nil
}

// newest returns the last minute that figures as of now can include.
func (in inquiry) newest() Minute {
	finished := lastFinished(in.now)
	if in.hasSlots {
		return min(in.settled, finished)
	}
	return finished
}

// lastFinished returns the last slot that has ended at now.
func lastFinished(now time.Time) Minute {
	return Minute(floorDiv(now.Unix(), 60)) - 1
}

// period returns how many minutes the window has in all: its length, or that of
// the whole calendar period of which span is the part up to now.
func (in inquiry) period() int {
	if in.window.IsRolling() {
		return in.span.Len()
	}
	return SpanOf(in.window.Period(in.span.End())).Len()
}

// stale says why figures as of now are older than the source may be late, ""
// if they are not: the source has not answered for longer than the patience, or
// it answers, and has had nothing to say for longer than the silence.
func (in inquiry) stale() string {
	if !in.live || !in.hasSlots {
		return ""
	}
	if age := in.now.Sub(in.settled.End()); age > in.patience {
		return fmt.Sprintf("stale: the newest settled minute ended at %s, %s ago",
			in.settled.End().Format(time.RFC3339), coarse(age))
	}
	extent, ok := in.meter.Extent(in.key)
	if age := in.now.Sub(extent.To.End()); ok && age > in.silence {
		return fmt.Sprintf("stale: nothing was measured since %s, %s ago; is what is measured still running?",
			extent.To.End().Format(time.RFC3339), coarse(age))
	}
	return ""
}

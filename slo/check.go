package slo

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"github.com/hindcast/hindcast/internal/fault"
)

// Check refuses an exclusion that cannot be meant, with the field that is to
// blame. It looks at what is excluded, not at who says so.
func (x Exclusion) Check() error {
	switch {
	case x.Scope.Check() != nil:
		return fault.At("scope", x.Scope.Check())
	case CheckInstant(x.Start) != nil:
		return fault.At("start", CheckInstant(x.Start))
	case x.Length < time.Minute:
		return fault.At("length", fault.Invalidf("length %s is shorter than a minute, the finest that is counted", x.Length))
	case x.Length > MaxWindow:
		return fault.At("length", fault.Invalidf("length %s is longer than %d days", x.Length, int(MaxWindow/day)))
	}
	if x.Recurrence.endless() {
		return fault.At("rrule", fault.Invalidf("rule %.60q may recur several times a day for ever: give it a COUNT or an UNTIL", x.Recurrence.Rule))
	}
	return fault.At("exceptDates", x.checkExcept())
}

// endless reports whether a rule would sooner or later have more occurrences than
// anybody looks at. The text is enough: working them out may take long.
func (r Recurrence) endless() bool {
	return r.often() && !strings.Contains(r.Rule, "COUNT=") && !strings.Contains(r.Rule, "UNTIL=")
}

// often reports whether a rule may recur several times a day.
func (r Recurrence) often() bool {
	return strings.Contains(r.Rule, "FREQ=HOURLY") || strings.Contains(r.Rule, "BYHOUR=")
}

// CheckReach refuses what CheckTimes refuses for recurring too often, by the
// numbers in the rule alone: a file may have hundreds of exclusions, and working
// out the times of one takes up to 150 ms. The bound is
//
//	days until UNTIL, at most ten years × hours of a day × weekdays / 7
//
// Days that other parts leave out, such as BYMONTHDAY, are taken to recur: a COUNT
// says it exactly.
func (x Exclusion) CheckReach() error {
	if !x.Recurrence.often() {
		return nil // ten years have less days than anybody looks at
	}
	o, err := rrule.StrToROptionInLocation(x.Recurrence.Rule, cmp.Or(x.Recurrence.Zone, time.UTC))
	if err != nil || o.Count > 0 { // has been parsed; no COUNT is larger than the bound
		return nil
	}
	last := x.Start.Add(time.Duration(recurrenceReach) * time.Minute)
	if !o.Until.IsZero() && o.Until.Before(last) {
		last = o.Until
	}
	hours := 24 / float64(max(1, o.Interval))
	if o.Freq != rrule.HOURLY || len(o.Byhour) > 0 {
		hours = float64(max(1, len(o.Byhour)))
	}
	times := last.Sub(x.Start).Hours() / 24 * hours
	if n := len(o.Byweekday); n > 0 {
		times *= float64(n) / 7
	}
	if times > maxOccurrences {
		return fault.At("rrule", fault.Invalidf("rule %.60q may recur about %.0f times, of which only %d would count: give it a COUNT or an earlier UNTIL", x.Recurrence.Rule, times, maxOccurrences))
	}
	return nil
}

// checkExcept refuses exceptions that are the start of no occurrence: who
// mistypes one leaves nothing out.
func (x Exclusion) checkExcept() error {
	if len(x.Recurrence.Except) == 0 {
		return nil
	}
	all := x
	all.Recurrence.Except = nil
	last := slices.MaxFunc(x.Recurrence.Except, time.Time.Compare)
	if last.Sub(x.Start) > MaxWindow { // a rule that never comes true is looked at day by day
		return fault.Invalidf("%s is more than %d days after the start", last.Format(time.RFC3339), int(MaxWindow/day))
	}
	spans, _ := all.Times(SpanOf(last, last.Add(x.Length)).To)
	for _, at := range x.Recurrence.Except {
		span := SpanOf(at, at.Add(x.Length))
		if _, ok := slices.BinarySearchFunc(spans, span, func(a, b Span) int { return cmp.Compare(a.From, b.From) }); !ok {
			return fault.Invalidf("no occurrence begins at %s", at.Format(time.RFC3339))
		}
	}
	return nil
}

// CheckInstant refuses instants outside of the years 1970 to 9999.
func CheckInstant(t time.Time) error {
	if t.Year() < 1970 || t.Year() > 9999 {
		return fault.Invalidf("%s is not in the years 1970 to 9999", t.Format(time.RFC3339))
	}
	return nil
}

// CheckLink refuses addresses that a page must not link to: anything but http
// and https, and passwords, which others would read.
func CheckLink(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "":
		return fault.Invalidf("this is not a whole address: write it with http or https in front")
	case u.Scheme != "http" && u.Scheme != "https":
		return fault.Invalidf("an address with %.20q in front is not of the web: write http or https", u.Scheme)
	case u.Host == "":
		return fault.Invalidf("the address names no host: write it behind the scheme")
	case u.User != nil:
		return fault.Invalidf("the address on %.100q has a user or a password in it, which everybody could read: leave it out", u.Host)
	}
	return nil
}

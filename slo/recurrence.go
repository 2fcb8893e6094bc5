package slo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"github.com/hindcast/hindcast/internal/fault"
)

// Recurrence repeats an exclusion by a rule of RFC 5545 in a time zone, so that
// "every Sunday at two" stays at two when the clocks change. The first occurrence
// is that of the exclusion, whether or not the rule would have it.
//
// Special cases, as RFC 5545, 3.3.5 has them:
//   - a start that a change of the clocks leaves out is reckoned by the offset
//     before the change: half past two is half past three that night;
//   - a start that comes twice is the first of the two.
type Recurrence struct {
	Rule   string // e.g. "FREQ=WEEKLY;BYDAY=SU"; "" for once
	Zone   *time.Location
	Except []time.Time // starts of occurrences that do not take place
}

// IsZero reports whether nothing recurs.
func (r Recurrence) IsZero() bool { return r.Rule == "" }

// Bounds of rules, which keep what is computed for one small.
const (
	maxRule        = 500
	maxOccurrences = 10_000 // of one recurrence, from its start on
)

// ParseRecurrence reads a rule, with or without the RRULE: in front, and the IANA
// name of a time zone, "" for UTC. Rules that recur more often than hourly are
// refused, and those with a DTSTART, which an exclusion has itself.
func ParseRecurrence(rule, zone string) (Recurrence, error) {
	rule = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(rule)), "RRULE:")
	if rule == "" {
		return Recurrence{}, nil
	}
	if len(rule) > maxRule || strings.ContainsAny(rule, "\n\r") || strings.Contains(rule, "DTSTART") {
		return Recurrence{}, fault.Invalidf("rule %.60q is not one line of RFC 5545 such as FREQ=WEEKLY;BYDAY=SU", rule)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return Recurrence{}, fault.Invalidf("time zone %.80q is not an IANA name such as Europe/Berlin", zone)
	}
	o, err := rrule.StrToROptionInLocation(rule, loc)
	if err != nil {
		return Recurrence{}, fault.Invalidf("rule %.60q: %w; write one such as FREQ=WEEKLY;BYDAY=SU", rule, err)
	}
	if err := checkRule(rule, o); err != nil {
		return Recurrence{}, err
	}
	return Recurrence{Rule: rule, Zone: loc}, nil
}

// checkRule refuses what is dear to compute or means nothing.
func checkRule(rule string, o *rrule.ROption) error {
	switch {
	case o.Freq > rrule.HOURLY || len(o.Byminute) > 1 || len(o.Bysecond) > 0 || len(o.Byhour) > 24:
		return fault.Invalidf("rule %.60q recurs more often than hourly: write HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY, without BYSECOND and with one BYMINUTE at most", rule)
	case o.Freq == rrule.HOURLY && len(o.Bysetpos) > 0:
		return fault.Invalidf("rule %.60q: BYSETPOS chooses among the times of a day or more, not of an hour: remove it, or write FREQ=DAILY", rule)
	case o.Freq == rrule.HOURLY && o.Interval > 1 && len(o.Byhour) > 0: // the library looks for ever for an hour that no step meets
		return fault.Invalidf("rule %.60q: every %d hours may never meet BYHOUR: write FREQ=DAILY with the hours", rule, o.Interval)
	case o.Count < 0 || o.Interval < 0 || strings.Contains(rule, "INTERVAL=0") || strings.Contains(rule, "COUNT=0"):
		return fault.Invalidf("rule %.60q: INTERVAL and COUNT are at least 1", rule)
	case o.Interval > 1000 || o.Count > maxOccurrences:
		return fault.Invalidf("rule %.60q: INTERVAL is at most 1000 and COUNT at most %d", rule, maxOccurrences)
	}
	if err := checkOrdinals(rule, o); err != nil {
		return err
	}
	o.Dtstart = time.Unix(0, 0).UTC()
	if _, err := rrule.NewRRule(*o); err != nil {
		return fault.Invalidf("rule %.60q: %w", rule, err)
	}
	return nil
}

// checkOrdinals refuses an 8th Tuesday of a month, and days that lie beyond the
// year of their Easter: the library reads beyond its tables for one, and panics.
func checkOrdinals(rule string, o *rrule.ROption) error {
	most, of := 5, "month"
	if o.Freq == rrule.YEARLY && len(o.Bymonth) == 0 {
		most, of = 53, "year"
	}
	for _, day := range o.Byweekday {
		if day.N() > most || day.N() < -most {
			return fault.Invalidf("rule %.60q: BYDAY=%s: no day of the week comes %d times in a %s", rule, day, max(day.N(), -day.N()), of)
		}
	}
	const easter = 80 // days from the first of January to the earliest
	for _, days := range o.Byeaster {
		if days > easter || days < -easter {
			return fault.Invalidf("rule %.60q: BYEASTER=%d is more than %d days from Easter", rule, days, easter)
		}
	}
	return nil
}

// starts lists the starts from first on, up to the end of last; whole is false
// if there are more than maxOccurrences.
//
// The rule is expanded on the clock on the wall, as if it were UTC's: the library
// takes for a time that is left out what time.Date makes of it, which is an hour
// later in Berlin, an hour earlier in New York.
func (r Recurrence) starts(first time.Time, last time.Time) (all []time.Time, whole bool) {
	all = []time.Time{first}
	if r.IsZero() {
		return all, true
	}
	o, err := rrule.StrToROptionInLocation(r.Rule, r.Zone)
	if err != nil { // it was parsed
		return all, true
	}
	if !o.Until.IsZero() && o.Until.Before(last) {
		last = o.Until
	}
	o.Dtstart = wallClock(first, r.Zone)
	o.Until = wallClock(last, r.Zone).Add(clockChange) // the library would look for a day that never comes to the year 9999
	rule, err := rrule.NewRRule(*o)
	if err != nil || !last.After(first) {
		return r.without(all), true
	}
	next := rule.Iterator()
	for wall, ok := next(); ok; wall, ok = next() {
		at := instant(wall, r.Zone)
		switch {
		case at.After(last) || !at.After(all[len(all)-1]): // an hour that comes twice a year is one
		case len(all) == maxOccurrences:
			return r.without(all), false
		default:
			all = append(all, at)
		}
	}
	return r.without(all), true
}

// clockChange is more than any change of the clocks.
const clockChange = 3 * time.Hour

// wallClock returns what the clock on the wall shows in zone, as a time in UTC.
func wallClock(at time.Time, zone *time.Location) time.Time {
	_, offset := at.In(zone).Zone()
	return at.Add(time.Duration(offset) * time.Second).UTC()
}

// instant returns when the clock on the wall in zone shows wall.
func instant(wall time.Time, zone *time.Location) time.Time {
	with := func(days int) time.Time { // by the offset of a day before or after, whatever the zone
		_, offset := wall.AddDate(0, 0, days).In(zone).Zone()
		return wall.Add(-time.Duration(offset) * time.Second)
	}
	before, after := with(-1), with(1)
	if !wallClock(before, zone).Equal(wall) && wallClock(after, zone).Equal(wall) {
		return after
	}
	return before
}

// goesOn reports whether the rule wants something after the first occurrence and
// does not end before an instant.
func (r Recurrence) goesOn(after time.Time) bool {
	if r.IsZero() {
		return false
	}
	o, err := rrule.StrToROptionInLocation(r.Rule, r.Zone)
	return err == nil && o.Count != 1 && (o.Until.IsZero() || o.Until.After(after))
}

// without takes out what does not take place.
func (r Recurrence) without(starts []time.Time) []time.Time {
	if len(r.Except) == 0 {
		return starts
	}
	return slices.DeleteFunc(starts, func(at time.Time) bool {
		return slices.ContainsFunc(r.Except, at.Equal)
	})
}

// Text returns the rule, of what begins at start first, in words where it is a
// common one, and as it is written otherwise: "every week on Sunday at 02:00,
// Europe/Berlin".
func (r Recurrence) Text(start time.Time) string {
	o, err := rrule.StrToROptionInLocation(r.Rule, r.Zone)
	if r.IsZero() || err != nil {
		return ""
	}
	if len(o.Bysetpos)+len(o.Bymonth)+len(o.Byyearday)+len(o.Byweekno)+len(o.Byhour)+len(o.Byminute)+len(o.Byeaster) > 0 {
		return r.Rule + ", " + r.Zone.String()
	}
	text := "every " + period(o)
	if days := dayNames(o.Byweekday); days != "" {
		text += " on " + days
	}
	if len(o.Bymonthday) > 0 {
		text += " on day " + numbers(o.Bymonthday)
	}
	if o.Freq != rrule.HOURLY {
		text += start.In(r.Zone).Format(" at 15:04")
	}
	switch {
	case o.Count > 0:
		text += fmt.Sprintf(", %d times", o.Count)
	case !o.Until.IsZero():
		text += ", until " + o.Until.In(r.Zone).Format(time.DateOnly)
	}
	return text + ", " + r.Zone.String()
}

// period returns "week" or "2 weeks".
func period(o *rrule.ROption) string {
	unit := map[rrule.Frequency]string{rrule.YEARLY: "year", rrule.MONTHLY: "month", rrule.WEEKLY: "week", rrule.DAILY: "day", rrule.HOURLY: "hour"}[o.Freq]
	if o.Interval > 1 {
		return fmt.Sprintf("%d %ss", o.Interval, unit)
	}
	return unit
}

var (
	weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	ordinals = map[int]string{1: "first ", 2: "second ", 3: "third ", 4: "fourth ", 5: "fifth ", -1: "last ", -2: "last but one "}
)

// dayNames returns "Monday and the last Friday".
func dayNames(days []rrule.Weekday) string {
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = weekdays[d.Day()]
		if n := d.N(); n != 0 {
			names[i] = "the " + ordinals[n] + names[i]
		}
	}
	return conjoin(names)
}

func numbers(all []int) string {
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = strconv.Itoa(n)
		if n == -1 {
			texts[i] = "the last"
		}
	}
	return conjoin(texts)
}

// conjoin joins words as a sentence does.
func conjoin(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

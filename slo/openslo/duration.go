package openslo

import (
	"regexp"
	"strconv"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// shorthand is a duration as OpenSLO writes it: a count and one unit.
type shorthand struct {
	count int
	unit  byte // one of mhdwMQY
}

var shorthandForm = regexp.MustCompile(`^[0-9]{1,6}[mhdwMQY]$`)

// parseShorthand reads a duration of at least one unit.
func parseShorthand(s string) (shorthand, error) {
	if !shorthandForm.MatchString(s) {
		return shorthand{}, fault.Invalidf("%s is not a duration such as 28d: a whole number and one of m (minutes), h, d, w, M (months), Q (quarters), Y", quote(s))
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n == 0 {
		return shorthand{}, fault.Invalidf("duration %s is not above 0", quote(s))
	}
	return shorthand{count: n, unit: s[len(s)-1]}, nil
}

func checkShorthand(s string) error {
	_, err := parseShorthand(s)
	return err
}

// units are the lengths of the units in a rolling window. OpenSLO leaves the
// length of rolling months open; its SDK takes 30, 90 and 365 days.
var units = map[byte]time.Duration{
	'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
	'M': 30 * 24 * time.Hour, 'Q': 90 * 24 * time.Hour, 'Y': 365 * 24 * time.Hour,
}

// calendarUnits are the units in which calendars can be counted.
var calendarUnits = map[byte]slo.CalendarUnit{
	'd': slo.Day, 'w': slo.Week, 'M': slo.Month, 'Q': slo.Quarter, 'Y': slo.Year,
}

// maxWindow keeps durations far from overflow and below what any source keeps.
const maxWindow = 20 * 365 * 24 * time.Hour

// length returns the duration with the units of fixed length.
func (s shorthand) length() (time.Duration, error) {
	if s.count > int(maxWindow/units[s.unit]) {
		return 0, fault.Invalidf("duration %d%c is longer than 20 years", s.count, s.unit)
	}
	return time.Duration(s.count) * units[s.unit], nil
}

var bareMinutes = regexp.MustCompile(`^[0-9]{1,6}$`)

// parseSlice reads the length of a time slice: a shorthand, or minutes without
// a unit.
func parseSlice(s string) (time.Duration, error) {
	if bareMinutes.MatchString(s) {
		s += "m"
	}
	d, err := parseShorthand(s)
	if err != nil {
		return 0, err
	}
	if calendarUnits[d.unit] >= slo.Month {
		return 0, fault.Invalidf("timeSliceWindow %s has no fixed length: use m, h, d or w", quote(s))
	}
	return d.length()
}

func checkSlice(s string) error {
	_, err := parseSlice(s)
	return err
}

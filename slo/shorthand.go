package slo

import (
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// shorthandUnits are the units of OpenSLO's duration shorthand
// ("[0-9]+[mhdwMQY]"). A month, a quarter and a year have no length; where one
// is needed, in a rolling window, they are 30, 90 and 365 days, as the reference
// implementation of OpenSLO reads them. Calendar windows never use a length.
var shorthandUnits = map[byte]struct {
	length   time.Duration
	calendar CalendarUnit // 0 for units that are not civil time
}{
	'm': {time.Minute, 0},
	'h': {time.Hour, 0},
	'd': {day, Day},
	'w': {7 * day, Week},
	'M': {30 * day, Month},
	'Q': {90 * day, Quarter},
	'Y': {365 * day, Year},
}

// maxCount bounds the number of a shorthand before it is multiplied.
const maxCount = 10_000_000

// ParseLength reads OpenSLO's duration shorthand as a length of time: "5m",
// "28d", "4w". M, Q and Y are 30, 90 and 365 days. It is fault.Invalid for
// anything else, for zero, and for more than MaxWindow.
func ParseLength(text string) (time.Duration, error) {
	n, unit, err := splitShorthand(text)
	if err != nil {
		return 0, err
	}
	length := shorthandUnits[unit].length
	if n > int(MaxWindow/length) {
		return 0, fault.Invalidf("duration %q is longer than %d days", text, int(MaxWindow/day))
	}
	return time.Duration(n) * length, nil
}

// ParseRolling reads a rolling window from duration shorthand, e.g. "30d".
func ParseRolling(text string) (Window, error) {
	d, err := ParseLength(text)
	if err != nil {
		return Window{}, err
	}
	return Rolling(d)
}

// ParseCalendar reads a calendar window from duration shorthand, e.g. "1M", with
// a boundary at anchor in the anchor's zone. DefaultAnchor serves where nobody
// names one.
func ParseCalendar(text string, anchor time.Time) (Window, error) {
	n, unit, err := splitShorthand(text)
	if err != nil {
		return Window{}, err
	}
	u := shorthandUnits[unit].calendar
	if u == 0 {
		return Window{}, fault.Invalidf("calendar window %q: only d, w, M, Q and Y follow a calendar; make the window rolling", text)
	}
	return Calendar(n, u, anchor)
}

// splitShorthand returns the number and the unit of a shorthand.
func splitShorthand(text string) (n int, unit byte, err error) {
	if text == "" {
		return 0, 0, fault.Invalidf("duration is empty: write it like 30d")
	}
	digits, unit := text[:len(text)-1], text[len(text)-1]
	if _, ok := shorthandUnits[unit]; !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, 0, fault.Invalidf("duration %q is not a number with one of the units m h d w M Q Y, such as 30d", text)
	}
	n, err = strconv.Atoi(digits)
	switch {
	case err != nil || n > maxCount:
		return 0, 0, fault.Invalidf("duration %q is too long", text)
	case n == 0:
		return 0, 0, fault.Invalidf("duration %q is zero", text)
	}
	return n, unit, nil
}

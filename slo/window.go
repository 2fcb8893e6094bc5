package slo

import (
	"fmt"
	"strconv"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Window is the time over which a budget is counted: rolling (the last so
// long) or calendar (from one boundary of a calendar to the next). The zero
// Window is not valid; make one with Rolling or Calendar.
//
// Either kind is open on the left and closed on the right, as slots are: an
// instant exactly on a boundary belongs to the window that ends there.
type Window struct {
	rolling time.Duration

	count  int
	unit   CalendarUnit
	anchor time.Time // a boundary, in the zone that the calendar is kept in
	civil  time.Time // what clocks show at the anchor, in UTC
}

// CalendarUnit is a unit of civil time. None of them has a fixed length.
type CalendarUnit uint8

// The units of calendar windows.
const (
	Day CalendarUnit = iota + 1
	Week
	Month
	Quarter
	Year
)

// calendarUnits says how each unit is written and how long it usually is. The
// usual length scales burn-rate windows and bounds counts; no boundary is ever
// computed from it.
var calendarUnits = map[CalendarUnit]struct {
	name  string
	short string
	usual time.Duration
}{
	Day:     {"day", "d", day},
	Week:    {"week", "w", 7 * day},
	Month:   {"month", "M", 30 * day},
	Quarter: {"quarter", "Q", 90 * day},
	Year:    {"year", "Y", 365 * day},
}

const day = 24 * time.Hour

// String returns the unit in the singular, lower case.
func (u CalendarUnit) String() string { return calendarUnits[u].name }

// MinRolling is the shortest rolling window: shorter ones would be alerts.
const MinRolling = time.Hour

// MaxWindow is the longest window of either kind. Ten years are more than any
// agreement runs, and bound what one question can make a server read.
const MaxWindow = 3660 * day

// Rolling returns the window of the last d. It is fault.Invalid unless d is a
// whole number of minutes from MinRolling to MaxWindow.
func Rolling(d time.Duration) (Window, error) {
	switch {
	case d < MinRolling:
		return Window{}, fault.Invalidf("rolling window of %s is shorter than %s: alert on a burn rate instead", d, "1h")
	case d > MaxWindow:
		return Window{}, fault.Invalidf("rolling window of %s is longer than %d days", d, int(MaxWindow/day))
	case d%time.Minute != 0:
		return Window{}, fault.Invalidf("rolling window of %s is not a whole number of minutes", d)
	}
	return Window{rolling: d}, nil
}

// Calendar returns the window from one boundary of a calendar to the next. The
// boundaries are the anchor and every count units before and after it, in the
// anchor's zone. It is fault.Invalid if count is not positive, the unit is not
// a calendar unit, the window is longer than MaxWindow, or the anchor lies
// outside the years 1970 to 9999.
func Calendar(count int, unit CalendarUnit, anchor time.Time) (Window, error) {
	u, ok := calendarUnits[unit]
	switch {
	case !ok:
		return Window{}, fault.Invalidf("calendar window: unit %d is not day, week, month, quarter or year", unit)
	case count < 1:
		return Window{}, fault.Invalidf("calendar window of %d %ss is empty", count, u.name)
	case count > int(MaxWindow/u.usual):
		return Window{}, fault.Invalidf("calendar window of %d %ss is longer than %d days", count, u.name, int(MaxWindow/day))
	case anchor.Year() < 1970 || anchor.Year() > 9999:
		return Window{}, fault.Invalidf("calendar window: start %s is not in the years 1970 to 9999", anchor.Format(time.RFC3339))
	}
	return Window{count: count, unit: unit, anchor: anchor.Round(0), civil: showing(anchor, anchor.Location())}, nil
}

// DefaultAnchor returns a boundary of every calendar in loc for those who name
// a unit and no start: Monday, 1 January 2024, 00:00 begins a day, an ISO week,
// a month, a quarter and a year.
func DefaultAnchor(loc *time.Location) time.Time {
	return time.Date(2024, time.January, 1, 0, 0, 0, 0, loc)
}

// IsZero reports whether w is the zero Window, which stands for "not given".
func (w Window) IsZero() bool { return w.rolling == 0 && w.count == 0 }

// IsRolling reports whether w is the last so long, not a calendar's.
func (w Window) IsRolling() bool { return w.rolling > 0 }

// Duration returns the length of a rolling window, 0 for a calendar window:
// those have no length but the one of each Period.
func (w Window) Duration() time.Duration { return w.rolling }

// Zone returns the zone that a calendar window is kept in, nil for a rolling one.
func (w Window) Zone() *time.Location {
	if w.count == 0 {
		return nil
	}
	return w.anchor.Location()
}

// Equal reports whether both windows have the same boundaries and zone.
func (w Window) Equal(o Window) bool {
	return w.rolling == o.rolling && w.count == o.count && w.unit == o.unit &&
		w.anchor.Equal(o.anchor) && zoneName(w) == zoneName(o)
}

func zoneName(w Window) string {
	if z := w.Zone(); z != nil {
		return z.String()
	}
	return ""
}

// String returns the window as Title does.
func (w Window) String() string { return w.Title() }

// Title returns the window in words: "rolling 30 days", "calendar month
// (Europe/Berlin)", "calendar 2 weeks (UTC)"; "no window" for the zero Window.
func (w Window) Title() string {
	switch {
	case w.IsRolling():
		n, unit := largestUnit(w.rolling)
		return "rolling " + plural(n, map[string]string{"d": "day", "h": "hour", "m": "minute"}[unit])
	case w.count == 1:
		return "calendar " + w.unit.String() + " (" + zoneName(w) + ")"
	case w.count > 1:
		return "calendar " + plural(w.count, w.unit.String()) + " (" + zoneName(w) + ")"
	default:
		return "no window"
	}
}

// Shorthand returns the window's length as OpenSLO writes durations: "30d",
// "12h", "1M"; "" for the zero Window. Rolling weeks are written as days.
func (w Window) Shorthand() string {
	switch {
	case w.IsRolling():
		n, unit := largestUnit(w.rolling)
		return strconv.Itoa(n) + unit
	case w.count > 0:
		return strconv.Itoa(w.count) + calendarUnits[w.unit].short
	default:
		return ""
	}
}

// usual returns the length of a rolling window and the usual length of a
// calendar window, a month being 30 days.
func (w Window) usual() time.Duration {
	if w.IsRolling() {
		return w.rolling
	}
	return time.Duration(w.count) * calendarUnits[w.unit].usual
}

// largestUnit splits whole minutes into a count of the largest of days, hours
// and minutes that divides them.
func largestUnit(d time.Duration) (n int, unit string) {
	switch {
	case d%day == 0:
		return int(d / day), "d"
	case d%time.Hour == 0:
		return int(d / time.Hour), "h"
	default:
		return int(d / time.Minute), "m"
	}
}

// coarse writes a length in its two largest units, as the page does: "3 d 8 h",
// "12 min". From ten on one unit is enough.
func coarse(d time.Duration) string {
	units := []struct {
		length time.Duration
		name   string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	for i, u := range units {
		n := d / u.length
		if n == 0 {
			continue
		}
		text := fmt.Sprintf("%d %s", n, u.name)
		if i+1 < len(units) && n < 10 {
			if rest := d % u.length / units[i+1].length; rest > 0 {
				text += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return text
	}
	return "0 s"
}

// plural returns "1 day", "2 days".
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

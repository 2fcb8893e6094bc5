package openslo

import (
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// checkStartTime accepts "2026-01-31 00:00:00".
func checkStartTime(s string) error {
	if _, err := time.Parse(time.DateTime, s); err != nil {
		return fault.Invalidf("startTime %s is not a date and time such as 2026-01-01 00:00:00", quote(s))
	}
	return nil
}

// checkTimeZone accepts names of the IANA time zone database.
func checkTimeZone(s string) error {
	_, err := zone(s)
	return err
}

func zone(s string) (*time.Location, error) {
	loc, err := time.LoadLocation(s)
	if err != nil || s == "" || s == "Local" {
		return nil, fault.Invalidf("timeZone %s is not a name of the IANA time zone database such as Europe/Vienna or UTC", quote(s))
	}
	return loc, nil
}

// windowFits checks what a timeWindow means as a whole.
func windowFits(c *checker, v value) {
	rolling, calendar := v.get("isRolling").yes(), v.get("calendar")
	switch kind := v.get("isRolling"); {
	case !kind.absent() && !c.clean(kind): // has been noted
	case rolling && !calendar.absent():
		c.at(calendar, "calendar and isRolling: true exclude each other: remove one")
	case !rolling && calendar.absent():
		c.at(v, "calendar is missing: a window that is not rolling needs startTime and timeZone; or set isRolling: true")
	case c.clean(v.get("duration")) && (rolling || c.clean(calendar)):
		if _, err := windowOf(v); err != nil {
			c.at(v.get("duration"), "%v", err)
		}
	}
}

// windowOf returns the window that a checked timeWindow describes.
func windowOf(v value) (slo.Window, error) {
	d, err := parseShorthand(v.get("duration").text())
	if err != nil {
		return slo.Window{}, err
	}
	if v.get("isRolling").yes() {
		length, err := d.length()
		if err != nil {
			return slo.Window{}, err
		}
		return slo.Rolling(length)
	}
	unit, ok := calendarUnits[d.unit]
	if !ok {
		return slo.Window{}, fault.Invalidf("a calendar window is counted in d, w, M (months), Q or Y, not in %c", d.unit)
	}
	if _, err := d.length(); err != nil {
		return slo.Window{}, err
	}
	loc, err := zone(v.path("calendar", "timeZone").text())
	if err != nil {
		return slo.Window{}, err
	}
	start, err := time.ParseInLocation(time.DateTime, v.path("calendar", "startTime").text(), loc)
	if err != nil {
		return slo.Window{}, err
	}
	return slo.Calendar(d.count, unit, start)
}

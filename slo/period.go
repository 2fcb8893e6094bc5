package slo

import (
	"fmt"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Period is one period (From, To] of a calendar window, with the name by which
// people speak of it.
type Period struct {
	Name     string
	From, To time.Time
}

// Contains reports whether at belongs to the period.
func (p Period) Contains(at time.Time) bool { return p.From.Before(at) && !at.After(p.To) }

// PeriodAt returns the period that at belongs to. Its name is, in the zone of the
// window,
//
//	2026        a calendar year
//	2026-Q4     a calendar quarter
//	2026-10     a calendar month
//	2026-W48    an ISO week
//	2026-11-25  a day, and any other period by the day on which it begins: two
//	            weeks, a month from the 15th on, a fiscal year from April on
//
// It is the zero Period for a rolling window, which has none.
func (w Window) PeriodAt(at time.Time) Period {
	if w.count == 0 {
		return Period{}
	}
	from, to := w.Period(at)
	return Period{Name: w.periodName(showing(from, w.Zone())), From: from, To: to}
}

// PeriodBefore returns the period that ends where p begins.
func (w Window) PeriodBefore(p Period) Period { return w.PeriodAt(p.From) }

// PeriodNamed returns the period of that name; it is fault.Invalid if the window
// has none.
func (w Window) PeriodNamed(name string) (Period, error) {
	if w.count == 0 {
		return Period{}, fault.Invalidf("%s has no periods: only calendar windows do", w.Title())
	}
	wrong := fault.Invalidf("period %.40q is none of %s: write it like %s", name, w.Title(), w.PeriodAt(w.anchor.Add(time.Minute)).Name)
	first, ok := w.periodDay(name)
	if !ok || first.Year() < 1970 || first.Year() > 9999 {
		return Period{}, wrong
	}
	// The end of its first day lies in a period whenever on that day it begins: a
	// period has a day at least, and an instant on a boundary belongs before it.
	p := w.PeriodAt(firstShowing(first.AddDate(0, 0, 1), w.Zone()))
	if p.Name != name {
		return Period{}, wrong
	}
	return p, nil
}

// Natural reports whether the window's periods are those of everybody's calendar:
// one unit long, and beginning where the unit does.
func (w Window) Natural() bool {
	midnight := w.civil.Equal(w.civil.Truncate(day))
	if !midnight || w.count != 1 {
		return false
	}
	_, month, dayOfMonth := w.civil.Date()
	switch w.unit {
	case Day:
		return true
	case Week:
		return w.civil.Weekday() == time.Monday
	case Month:
		return dayOfMonth == 1
	case Quarter:
		return dayOfMonth == 1 && (month-1)%3 == 0
	default:
		return dayOfMonth == 1 && month == time.January
	}
}

// periodName names the period that begins when clocks show civil.
func (w Window) periodName(civil time.Time) string {
	unit := w.unit
	if !w.Natural() {
		unit = Day
	}
	switch unit {
	case Week:
		year, week := civil.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	case Month:
		return civil.Format("2006-01")
	case Quarter:
		return fmt.Sprintf("%s-Q%d", civil.Format("2006"), (civil.Month()+2)/3)
	case Year:
		return civil.Format("2006")
	default:
		return civil.Format(time.DateOnly)
	}
}

// periodDay returns the civil day on which the period of that name begins.
func (w Window) periodDay(name string) (first time.Time, ok bool) {
	unit := w.unit
	if !w.Natural() {
		unit = Day
	}
	var year, n int
	var err error
	switch unit {
	case Week:
		if _, err = fmt.Sscanf(name, "%4d-W%2d", &year, &n); err == nil {
			fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC) // is in week 1 of ISO 8601
			first = fourth.AddDate(0, 0, 7*(n-1)-(int(fourth.Weekday())+6)%7)
		}
	case Month:
		first, err = time.Parse("2006-01", name)
	case Quarter:
		if _, err = fmt.Sscanf(name, "%4d-Q%1d", &year, &n); err == nil {
			first = time.Date(year, time.Month(3*n-2), 1, 0, 0, 0, 0, time.UTC)
		}
	case Year:
		first, err = time.Parse("2006", name)
	default:
		first, err = time.Parse(time.DateOnly, name)
	}
	return first, err == nil
}

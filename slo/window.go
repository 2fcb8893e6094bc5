package slo

import "time"

// Window is the time over which a budget is counted: rolling (the last so
// long) or calendar (from one boundary of a calendar to the next). The zero
// Window is not valid; make one with Rolling or Calendar.
type Window struct {
	rolling time.Duration

	count  int
	unit   CalendarUnit
	anchor time.Time // a boundary, in the zone that the calendar is kept in
}

// CalendarUnit is a unit of civil time; none but Hour and Minute has a fixed length.
type CalendarUnit uint8

// The units of calendar windows.
const (
	Day CalendarUnit = iota + 1
	Week
	Month
	Quarter
	Year
)

// MinRolling is the shortest rolling window: shorter ones would be alerts.
const MinRolling = time.Hour

package slo

import "time"

// Period returns the window (from, to] that at belongs to. For a rolling window
// it ends at at; for a calendar window it is the whole of it, so to may lie
// after at.
//
// Special cases of calendar windows:
//   - an instant exactly on a boundary belongs to the window that ends there;
//   - a boundary on a day that its month does not have is the month's last day:
//     one month from 31 January is 28 or 29 February, two are 31 March;
//   - a boundary that the zone's clocks skip is the first instant after the gap;
//   - a boundary that the clocks show twice is the first of the two;
//   - a day that a zone left out altogether (Apia, 30 December 2011) is no
//     window: its two boundaries are one instant;
//   - days have 23 to 25 hours and months 28 to 31 days, as it happens; no
//     duration is ever divided or multiplied to find a boundary.
func (w Window) Period(at time.Time) (from, to time.Time) {
	if w.count == 0 {
		return at.Add(-w.rolling), at
	}
	k := w.guess(at)
	from, to = w.boundary(k), w.boundary(k+1)
	for !from.Before(at) {
		k--
		from, to = w.boundary(k), from
	}
	for to.Before(at) {
		k++
		from, to = to, w.boundary(k+1)
	}
	return from, to
}

// Span returns the slots of the window up to at: the window's last so many
// minutes, or what has passed of the calendar window that owns the slot of at.
// It is never empty.
func (w Window) Span(at time.Time) Span {
	to := MinuteOf(at)
	if w.count == 0 {
		return Span{From: to - Minute(w.rolling/time.Minute) + 1, To: to}
	}
	from, _ := w.Period(at)
	if MinuteOf(from) >= to { // a boundary inside this very minute: its slot is the older window's
		from, _ = w.Period(from)
	}
	return Span{From: MinuteOf(from) + 1, To: to}
}

// guess returns the number of a boundary near at, by civil arithmetic; it is
// off by one at most.
func (w Window) guess(at time.Time) int {
	at = showing(at, w.anchor.Location())
	if months := w.months(); months > 0 {
		y, m, _ := at.Date()
		n := (y-w.civil.Year())*12 + int(m) - int(w.civil.Month())
		return int(floorDiv(int64(n), int64(months)))
	}
	days := floorDiv(at.Unix(), 86_400) - floorDiv(w.civil.Unix(), 86_400)
	return int(floorDiv(days, int64(w.days())))
}

// boundary returns the k-th boundary, the anchor being number 0. It never
// decreases in k.
func (w Window) boundary(k int) time.Time {
	clock := w.civil
	if months := w.months(); months > 0 {
		y, m, d := clock.Date()
		first := time.Date(y, m+time.Month(k*months), 1, 0, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		clock = first.AddDate(0, 0, min(d, last)-1).Add(clock.Sub(clock.Truncate(day)))
	} else {
		clock = clock.AddDate(0, 0, k*w.days())
	}
	return firstShowing(clock, w.anchor.Location())
}

// months returns the length in months, 0 for windows of days and weeks.
func (w Window) months() int {
	switch w.unit {
	case Month:
		return w.count
	case Quarter:
		return 3 * w.count
	case Year:
		return 12 * w.count
	default:
		return 0
	}
}

// days returns the length of a window of days or weeks in civil days.
func (w Window) days() int {
	if w.unit == Week {
		return 7 * w.count
	}
	return w.count
}

// showing returns what clocks in loc show at t, as if they showed UTC.
func showing(t time.Time, loc *time.Location) time.Time {
	return t.UTC().Add(offsetAt(t, loc))
}

// maxOffset is beyond every offset from UTC that a zone ever had.
const maxOffset = 26 * time.Hour

// firstShowing returns the first instant at which clocks in loc show the civil
// time clock (given in UTC) or later. time.Date promises nothing where clocks
// skip or repeat the time; this does, and it never decreases in clock.
//
// It asks for offsets alone: Time.ZoneBounds of Go 1.26 returns bounds that do
// not contain the instant on the last day of leap years.
func firstShowing(clock time.Time, loc *time.Location) time.Time {
	since := clock.Add(-maxOffset)
	for {
		offset := offsetAt(since, loc)
		shows := clock.Add(-offset)
		if shows.Before(since) {
			return since.In(loc) // skipped: the clocks jumped beyond it here
		}
		if offsetAt(shows, loc) == offset {
			return shows.In(loc)
		}
		since = changeBetween(since, shows, loc)
	}
}

// offsetAt returns how far clocks in loc are ahead of UTC at t.
func offsetAt(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

// changeBetween returns the instant at which the offset of a changes, given that
// b has another.
func changeBetween(a, b time.Time, loc *time.Location) time.Time {
	offset := offsetAt(a, loc)
	same, other := a.Unix(), b.Unix()
	for other-same > 1 {
		middle := same + (other-same)/2
		if offsetAt(time.Unix(middle, 0), loc) == offset {
			same = middle
		} else {
			other = middle
		}
	}
	return time.Unix(other, 0)
}

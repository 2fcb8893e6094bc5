package slo

import "time"

// Minute numbers the slots of the ledger: minute m covers the half-open UTC
// interval (m·60 s, (m+1)·60 s] since 1970. It is open on the left and closed
// on the right, as PromQL ranges are, so that a sample taken on the full minute
// belongs to the minute that it concludes.
type Minute int64

// MinutesPerDay is the number of slots of one UTC day.
const MinutesPerDay = 1440

// MinuteOf returns the slot that contains t, to the nanosecond.
func MinuteOf(t time.Time) Minute {
	if t.Nanosecond() > 0 {
		return Minute(floorDiv(t.Unix(), 60))
	}
	return Minute(floorDiv(t.Unix()-1, 60))
}

// MinuteOfMilli returns the slot that contains the instant ms, in milliseconds
// since 1970.
func MinuteOfMilli(ms int64) Minute { return Minute(floorDiv(ms-1, 60_000)) }

// Start returns the instant at which the slot begins; it is not part of it.
func (m Minute) Start() time.Time { return time.Unix(int64(m)*60, 0).UTC() }

// End returns the last instant of the slot.
func (m Minute) End() time.Time { return (m + 1).Start() }

// Day returns the number of the UTC day, since 1970, that the slot lies in.
func (m Minute) Day() int { return int(floorDiv(int64(m), MinutesPerDay)) }

// floorDiv divides rounding towards minus infinity, so that slots before 1970
// have the same width as all others.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// SlotState says how the figures of a slot came about.
type SlotState uint8

// The states of a slot. The zero value is Gap: what nobody measured is absent.
const (
	Gap       SlotState = iota // nobody measured this minute; Good and Total mean nothing
	Measured                   // samples of this minute determine the figures
	Estimated                  // reconstructed across a gap, or by a server-side approximation
	Omitted                    // left out by an exclusion; exists when read only, never in a ledger
)

// Slot is what one stream measured in one UTC minute. Good and Total are event
// counts, or good and measured seconds for probe-like indicators.
type Slot struct {
	Good, Total float64
	State       SlotState
}

// Span is a run of consecutive slots, first and last included. It is the grid
// form of the time interval (From.Start(), To.End()].
type Span struct{ From, To Minute }

// SpanOf returns the slots that cover the interval (from, to]. An instant
// inside a minute is rounded up to the end of that minute, at both ends, so that
// adjacent intervals share no slot and leave none out. See
// docs/decisions/0008-slots-are-left-open-minutes.md.
func SpanOf(from, to time.Time) Span {
	return Span{From: MinuteOf(from) + 1, To: MinuteOf(to)}
}

// Len returns the number of slots, 0 if To lies before From.
func (s Span) Len() int { return max(0, int(s.To-s.From)+1) }

// Start returns the excluded left end of the interval that the span covers.
func (s Span) Start() time.Time { return s.From.Start() }

// End returns the included right end of the interval that the span covers.
func (s Span) End() time.Time { return s.To.End() }

// Contains reports whether m is one of the span's slots.
func (s Span) Contains(m Minute) bool { return s.From <= m && m <= s.To }

// Intersect returns the slots that both spans have.
func (s Span) Intersect(o Span) Span {
	return Span{From: max(s.From, o.From), To: min(s.To, o.To)}
}

// Tally is the sum over the slots of a span that are neither gaps nor excluded.
//
//	Measured + Estimated + gaps = Slots
//	Slots + Excluded = minutes of the span
//
// Bad events are Total − Good. A Tally of no measured slot has Good = Total = 0
// and means "unknown", not "none": ask Covered before reading the sums.
type Tally struct {
	Good, Total         float64
	Measured, Estimated int
	Slots               int // that count
	Excluded            int // that do not
}

// Minutes returns how many minutes the span has.
func (t Tally) Minutes() int { return t.Slots + t.Excluded }

// Covered returns how many slots of the span carry figures.
func (t Tally) Covered() int { return t.Measured + t.Estimated }

// Coverage returns Covered / Slots, 0 for an empty span.
func (t Tally) Coverage() float64 {
	if t.Slots == 0 {
		return 0
	}
	return float64(t.Covered()) / float64(t.Slots)
}

// Plus returns the tally of two disjoint spans together.
func (t Tally) Plus(o Tally) Tally {
	return Tally{
		Good: t.Good + o.Good, Total: t.Total + o.Total,
		Measured: t.Measured + o.Measured, Estimated: t.Estimated + o.Estimated,
		Slots: t.Slots + o.Slots, Excluded: t.Excluded + o.Excluded,
	}
}

// Add counts one slot.
func (t *Tally) Add(s Slot) {
	if s.State == Omitted {
		t.Excluded++
		return
	}
	t.Slots++
	switch s.State {
	case Gap:
		return
	case Measured:
		t.Measured++
	case Estimated:
		t.Estimated++
	}
	t.Good += s.Good
	t.Total += s.Total
}

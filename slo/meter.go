package slo

import (
	"context"
	"time"
)

// Meter answers what streams measured. The ledger implements it.
type Meter interface {
	// Tally sums the slots of span without visiting each of them. A stream
	// that does not exist has an empty tally of span.Len() gaps.
	Tally(ctx context.Context, key StreamKey, span Span) (Tally, error)
	// Slots returns every slot of span in order; gaps are zero Slots.
	Slots(ctx context.Context, key StreamKey, span Span) ([]Slot, error)
	// Extent returns the first and the last minute that were ever measured for
	// the stream; ok is false if there is none.
	Extent(key StreamKey) (span Span, ok bool)
	// Settled returns the last minute that the collector has asked the source
	// about for this indicator, whether or not there was data; ok is false
	// before the first answer. Behind it, a gap is a fact and not a delay.
	Settled(ind IndicatorKey) (last Minute, ok bool)
	// Groups lists the groups of an indicator that were ever measured, sorted.
	Groups(ind IndicatorKey) []Group
	// Revisions lists the rewrites of slots of span, newest first, at most limit.
	Revisions(ctx context.Context, key StreamKey, span Span, limit int) ([]Revision, error)
}

// Revision records that slots that carried figures were written again with
// others: late samples, a series that came back, a repaired source.
type Revision struct {
	At         time.Time // when it was written
	Span       Span      // the slots that changed lie in here
	Changed    int       // how many slots changed
	GoodDelta  float64   // sum of the changes of good
	TotalDelta float64   // sum of the changes of total
	Reason     string    // "live", "late", "backfill", …
}

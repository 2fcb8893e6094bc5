package slo

import "context"

// birthMeter is a Meter that knows why a group has no slots before its first
// one: it did not exist. Where the whole was measured then, the group had
// nothing to measure, which is coverage without events; where the whole was
// not, nobody knows. A group that went away leaves gaps all the same, because
// it cannot be told from one that is down.
type birthMeter struct{ Meter }

// Tally sums the slots of span; minutes before a group's first are covered as
// far as the whole is.
func (m birthMeter) Tally(ctx context.Context, key StreamKey, span Span) (Tally, error) {
	before, after := m.split(key, span)
	if before.Len() == 0 {
		return m.Meter.Tally(ctx, key, span)
	}
	whole, err := m.Meter.Tally(ctx, StreamKey{Indicator: key.Indicator}, before)
	whole.Good, whole.Total = 0, 0
	if err != nil || after.Len() == 0 {
		return whole, err
	}
	sum, err := m.Meter.Tally(ctx, key, after)
	return whole.Plus(sum), err
}

// Slots returns the slots of span; those before a group's first have the state
// of the whole's and no events.
func (m birthMeter) Slots(ctx context.Context, key StreamKey, span Span) ([]Slot, error) {
	before, after := m.split(key, span)
	if before.Len() == 0 {
		return m.Meter.Slots(ctx, key, span)
	}
	slots, err := m.Meter.Slots(ctx, StreamKey{Indicator: key.Indicator}, before)
	if err != nil || after.Len() == 0 {
		return bare(slots), err
	}
	rest, err := m.Meter.Slots(ctx, key, after)
	return append(bare(slots), rest...), err
}

// split cuts span before the first measured minute of a group. The whole, and a
// group never measured, are not cut.
func (m birthMeter) split(key StreamKey, span Span) (before, after Span) {
	extent, ok := m.Extent(key)
	if key.Group == "" || !ok || extent.From <= span.From {
		return Span{From: span.From, To: span.From - 1}, span
	}
	cut := min(extent.From, span.To+1)
	return Span{From: span.From, To: cut - 1}, Span{From: cut, To: span.To}
}

// bare returns slots of the same states without events.
func bare(slots []Slot) []Slot {
	out := make([]Slot, len(slots))
	for i, s := range slots {
		out[i].State = s.State
	}
	return out
}

package slotest

import (
	"context"
	"maps"
	"slices"

	"github.com/hindcast/hindcast/slo"
)

// Meter is a slo.Meter over slots that a test wrote: dense, in memory, and
// summed by visiting every slot, so that it is slow and obviously right. It is
// not safe for concurrent writes.
type Meter struct {
	streams   map[slo.StreamKey]*stream
	settled   map[slo.IndicatorKey]slo.Minute
	revisions map[slo.StreamKey][]slo.Revision
}

var _ slo.Meter = (*Meter)(nil)

// stream is a run of slots from its first minute on.
type stream struct {
	from  slo.Minute
	slots []slo.Slot
}

// NewMeter returns a meter that measured nothing.
func NewMeter() *Meter {
	return &Meter{
		streams:   make(map[slo.StreamKey]*stream),
		settled:   make(map[slo.IndicatorKey]slo.Minute),
		revisions: make(map[slo.StreamKey][]slo.Revision),
	}
}

// Write sets the slots from the minute from on; what was there is replaced.
func (m *Meter) Write(key slo.StreamKey, from slo.Minute, slots ...slo.Slot) {
	s := m.streams[key]
	if s == nil {
		s = &stream{from: from}
		m.streams[key] = s
	}
	if from < s.from {
		s.slots = append(make([]slo.Slot, s.from-from), s.slots...)
		s.from = from
	}
	if missing := int(from-s.from) + len(slots) - len(s.slots); missing > 0 {
		s.slots = append(s.slots, make([]slo.Slot, missing)...)
	}
	copy(s.slots[from-s.from:], slots)
}

// Settle says that the source was asked about ind up to last.
func (m *Meter) Settle(ind slo.IndicatorKey, last slo.Minute) { m.settled[ind] = last }

// Revise records a revision; the newest is to be recorded last.
func (m *Meter) Revise(key slo.StreamKey, r slo.Revision) {
	m.revisions[key] = append(m.revisions[key], r)
}

// at returns one slot, a gap where there is none.
func (m *Meter) at(key slo.StreamKey, minute slo.Minute) slo.Slot {
	s := m.streams[key]
	if s == nil || minute < s.from || minute >= s.from+slo.Minute(len(s.slots)) {
		return slo.Slot{}
	}
	return s.slots[minute-s.from]
}

// Tally sums the slots of span, one by one.
func (m *Meter) Tally(ctx context.Context, key slo.StreamKey, span slo.Span) (slo.Tally, error) {
	var sum slo.Tally
	for minute := span.From; minute <= span.To; minute++ {
		sum.Add(m.at(key, minute))
	}
	return sum, ctx.Err()
}

// Slots returns a copy of the slots of span.
func (m *Meter) Slots(ctx context.Context, key slo.StreamKey, span slo.Span) ([]slo.Slot, error) {
	out := make([]slo.Slot, span.Len())
	for i := range out {
		out[i] = m.at(key, span.From+slo.Minute(i))
	}
	return out, ctx.Err()
}

// Extent returns the first and the last slot that is not a gap.
func (m *Meter) Extent(key slo.StreamKey) (slo.Span, bool) {
	s := m.streams[key]
	if s == nil {
		return slo.Span{}, false
	}
	known := func(slot slo.Slot) bool { return slot.State != slo.Gap }
	first := slices.IndexFunc(s.slots, known)
	if first < 0 {
		return slo.Span{}, false
	}
	last := len(s.slots) - 1
	for !known(s.slots[last]) {
		last--
	}
	return slo.Span{From: s.from + slo.Minute(first), To: s.from + slo.Minute(last)}, true
}

// Settled returns what Settle was told.
func (m *Meter) Settled(ind slo.IndicatorKey) (slo.Minute, bool) {
	last, ok := m.settled[ind]
	return last, ok
}

// Groups lists the groups written, sorted, without the whole.
func (m *Meter) Groups(ind slo.IndicatorKey) []slo.Group {
	var groups []slo.Group
	for key := range maps.Keys(m.streams) {
		if key.Indicator == ind && key.Group != "" {
			groups = append(groups, key.Group)
		}
	}
	slices.Sort(groups)
	return groups
}

// Revisions returns the revisions that touch span, newest first.
func (m *Meter) Revisions(ctx context.Context, key slo.StreamKey, span slo.Span, limit int) ([]slo.Revision, error) {
	var out []slo.Revision
	for _, r := range slices.Backward(m.revisions[key]) {
		if r.Span.Intersect(span).Len() > 0 && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, ctx.Err()
}

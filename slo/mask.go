package slo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// maskMeter is a Meter of what counts: slots that are excluded are neither
// figures nor gaps.
type maskMeter struct {
	Meter
	excluder Excluder
	slo      *SLO
	terms    Terms
}

// mask returns the excluded runs of span.
func (m maskMeter) mask(span Span) []Span { return m.excluder.Mask(m.slo, span, m.terms) }

// Tally sums the slots of span that are not excluded, and counts the others.
func (m maskMeter) Tally(ctx context.Context, key StreamKey, span Span) (Tally, error) {
	mask := m.mask(span)
	if len(mask) == 0 {
		return m.Meter.Tally(ctx, key, span)
	}
	var sum Tally
	for piece, excluded := range masked(span, mask) {
		if excluded {
			sum.Excluded += piece.Len()
			continue
		}
		counted, err := m.Meter.Tally(ctx, key, piece)
		if err != nil {
			return Tally{}, err
		}
		sum = sum.Plus(counted)
	}
	return sum, nil
}

// Slots returns the slots of span; those that are excluded say so and nothing
// else.
func (m maskMeter) Slots(ctx context.Context, key StreamKey, span Span) ([]Slot, error) {
	slots, err := m.Meter.Slots(ctx, key, span)
	mask := m.mask(span)
	if err != nil || len(mask) == 0 {
		return slots, err
	}
	slots = slices.Clone(slots)
	for _, x := range mask {
		for minute := x.From; minute <= x.To; minute++ {
			slots[minute-span.From] = Slot{State: Omitted}
		}
	}
	return slots, nil
}

// masked yields the pieces of span, in order, and whether each is excluded; mask
// is sorted, disjoint and inside of span.
func masked(span Span, mask []Span) func(yield func(piece Span, excluded bool) bool) {
	return func(yield func(Span, bool) bool) {
		from := span.From
		for _, x := range mask {
			if x.From > from && !yield(Span{From: from, To: x.From - 1}, false) {
				return
			}
			if !yield(x, true) {
				return
			}
			from = x.To + 1
		}
		if from <= span.To {
			yield(Span{From: from, To: span.To}, false)
		}
	}
}

// excluded returns what the exclusions left out of the window.
func (in inquiry) excluded(ctx context.Context) (Excluded, error) {
	var sum Tally
	for _, x := range in.mask(in.span) {
		events, err := in.raw.Tally(ctx, in.key, x)
		if err != nil {
			return Excluded{}, err
		}
		sum = sum.Plus(events)
	}
	out := Excluded{Minutes: sum.Slots}
	if sum.Covered() > 0 && finite(sum) {
		out.Good, out.Total = &sum.Good, &sum.Total
	}
	return out, nil
}

// mask returns the excluded runs of span, also of the future.
func (in inquiry) mask(span Span) []Span {
	if m, ok := in.meter.(maskMeter); ok {
		return m.mask(span)
	}
	return nil
}

// maxOmissions is how many exclusions a sentence names.
const maxOmissions = 5

// omissions says in words what excluded minutes of the window.
func (in inquiry) omissions(sum Tally) []string {
	m, ok := in.meter.(maskMeter)
	if !ok || sum.Excluded == 0 {
		return nil
	}
	var names []string
	for _, o := range m.excluder.Occurrences(m.slo, in.span, m.terms) {
		if name := cmp.Or(o.Exclusion.Title, o.Exclusion.Name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if n := len(names) - maxOmissions; n > 0 {
		names = append(names[:maxOmissions], fmt.Sprintf("%d more", n))
	}
	return []string{fmt.Sprintf("%d of %d minutes are excluded: %s", sum.Excluded, sum.Slots+sum.Excluded, strings.Join(names, ", "))}
}

// counted returns how many minutes of span are not excluded.
func (in inquiry) counted(span Span) int {
	n := span.Len()
	for _, x := range in.mask(span) {
		n -= x.Len()
	}
	return n
}

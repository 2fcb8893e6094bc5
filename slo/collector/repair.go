package collector

import (
	"context"
	"fmt"
	"slices"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// reasonRepair is what revisions of a repair say.
const reasonRepair = "repair"

// Repair measures what damage took from a ledger again.
type Repair struct {
	Ledger *ledger.Ledger
	// Indicators are those that are known; streams of others cannot be measured.
	Indicators []slo.Indicator
	Source     func(name string) slo.Source
	Progress   func(done float64)
}

// Outcome is what became of one problem.
type Outcome struct {
	Problem ledger.Problem
	// Mended is how many slots carry figures again.
	Mended int
	// Lost says what stays a gap and why, "" if nothing does.
	Lost string
}

// Run measures the slots that each problem names and keeps them by the same way
// as all others. A slot that carries a figure never becomes a gap, because a
// source may have forgotten what the ledger kept. Rows that cannot be read are
// deleted if all that they can have written was measured again; damage that was
// not mended stays as evidence.
func (r *Repair) Run(ctx context.Context, problems []ledger.Problem) ([]Outcome, error) {
	outcomes := make([]Outcome, len(problems))
	kept := map[int64]bool{} // rows that stay
	for i, p := range problems {
		outcomes[i].Problem = p
		if err := r.mend(ctx, &outcomes[i]); err != nil {
			return nil, err
		}
		if p.Row != 0 {
			kept[p.Row] = kept[p.Row] || outcomes[i].Lost != ""
		}
		r.Progress(float64(i+1) / float64(len(problems)))
	}
	var rows []int64
	for row, stays := range kept {
		if !stays {
			rows = append(rows, row)
		}
	}
	return outcomes, r.Ledger.Discard(ctx, rows)
}

// mend measures what one problem took.
func (r *Repair) mend(ctx context.Context, o *Outcome) error {
	p := o.Problem
	if p.Span == (slo.Span{}) {
		o.Lost = "it names no slots"
		return nil
	}
	found := false
	for _, ind := range r.Indicators {
		if p.Stream.Indicator != "" && p.Stream.Indicator != ind.Key() {
			continue
		}
		cursor, ok := r.Ledger.Cursor(ind.Key())
		if !ok {
			continue
		}
		found = true
		span := p.Span.Intersect(slo.Span{From: cursor.Backfilled, To: cursor.Settled})
		if err := r.measure(ctx, o, ind, span); err != nil {
			return err
		}
	}
	if !found {
		o.Lost = "no specification defines the indicator any more"
	} else if o.Mended == 0 && o.Lost == "" && p.Row == 0 {
		o.Lost = "the source has nothing of it"
	}
	return nil
}

// measure measures a span of an indicator as far as the source reaches, a day at
// a time.
func (r *Repair) measure(ctx context.Context, o *Outcome, ind slo.Indicator, span slo.Span) error {
	src := r.Source(ind.SourceName())
	if src == nil {
		o.Lost = fmt.Sprintf("the source %q cannot be read here", ind.SourceName())
		return nil
	}
	oldest, _, err := src.Reach(ctx, ind)
	if err != nil {
		return err
	}
	if oldest.IsZero() {
		o.Lost = "the source has no samples of it"
		return nil
	}
	if first := slo.MinuteOf(oldest); span.From < first && span.Len() > 0 {
		o.Lost = fmt.Sprintf("the source remembers nothing before %s", first.Start().UTC().Format("2006-01-02 15:04"))
		span.From = first
	}
	for from := span.From; from <= span.To; {
		day := slo.Span{From: from, To: min(span.To, dayStart(from)+slo.MinutesPerDay-1)}
		if err := r.write(ctx, o, src, ind, day); err != nil {
			return err
		}
		from = day.To + 1
	}
	return nil
}

// write measures a span and writes the streams that the problem names.
func (r *Repair) write(ctx context.Context, o *Outcome, src slo.Source, ind slo.Indicator, span slo.Span) error {
	m, err := src.Measure(ctx, ind, span)
	if err != nil {
		return err
	}
	groups := append([]slo.Group{""}, r.Ledger.Groups(ind.Key())...)
	for _, s := range m.Streams {
		if !slices.Contains(groups, s.Group) {
			groups = append(groups, s.Group)
		}
	}
	measured := m.Streams
	m.Streams = nil
	for _, g := range groups {
		held, err := r.Ledger.Slots(ctx, slo.StreamKey{Indicator: ind.Key(), Group: g}, span)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(measured, func(s slo.StreamSlots) bool { return s.Group == g })
		if at >= 0 && (o.Problem.Stream.Indicator == "" || o.Problem.Stream.Group == g) {
			o.Mended += fill(held, measured[at].Slots)
		}
		m.Streams = append(m.Streams, slo.StreamSlots{Group: g, Slots: held})
	}
	return r.Ledger.Write(ctx, ledger.Write{Indicator: ind.Key(), Measurement: m, Reason: reasonRepair})
}

// fill replaces slots by those that were measured, and returns how many carry
// a figure that did not.
func fill(held, measured []slo.Slot) (n int) {
	for i, s := range measured {
		if s.State == slo.Gap {
			continue
		}
		if held[i].State == slo.Gap {
			n++
		}
		held[i] = s
	}
	return n
}

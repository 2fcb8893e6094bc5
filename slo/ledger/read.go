package ledger

import (
	"context"
	"errors"
	"slices"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// MaxSlots is the longest span that Slots answers, about ten years: a reader
// that wants more asks in pieces.
const MaxSlots = 10 * 366 * slo.MinutesPerDay

// MaxRevisions is how many revisions one question lists at most.
const MaxRevisions = 1000

// Tally implements slo.Meter. It reads at most two sealed days whatever the
// length of the span, and none from disk that was read lately. Errors are the
// store's, and fault.Invalid for a span that runs backwards by more than one
// slot is none: it is empty.
func (l *Ledger) Tally(ctx context.Context, key slo.StreamKey, span slo.Span) (slo.Tally, error) {
	var r slo.Tally
	err := l.read(ctx, key, func(s *stream, v *view) {
		r = s.tally(span, v).tally(span.Len())
	})
	if err != nil {
		return slo.Tally{}, err
	}
	r.Slots = span.Len()
	return r, nil
}

// tally sums the slots of span.
func (s *stream) tally(span slo.Span, v *view) sums {
	if span.Len() == 0 {
		return sums{}
	}
	a, b := span.From.Day(), span.To.Day()
	from, to := minuteOfDay(span.From), minuteOfDay(span.To)
	if a == b {
		return s.part(a, from, to, v)
	}
	left, right := s.part(a, from, slo.MinutesPerDay-1, v), s.part(b, 0, to, v)
	return left.plus(s.days.sum(a+1, b-1)).plus(right)
}

// part sums minutes from to to of one day, by its totals if these are all.
func (s *stream) part(n, from, to int, v *view) sums {
	if from == 0 && to == slo.MinutesPerDay-1 {
		return s.days.leaves.at(n).sums()
	}
	return v.sum(s, n, from, to)
}

// Slots implements slo.Meter. The span may have at most MaxSlots slots
// (fault.Invalid); other errors are the store's.
func (l *Ledger) Slots(ctx context.Context, key slo.StreamKey, span slo.Span) ([]slo.Slot, error) {
	if span.Len() > MaxSlots {
		return nil, fault.Invalidf("%d slots were asked for at once; ask for at most %d", span.Len(), MaxSlots)
	}
	slots := make([]slo.Slot, span.Len())
	err := l.read(ctx, key, func(s *stream, v *view) {
		clear(slots)
		held := slo.Span{From: minuteAt(s.days.leaves.first, 0), To: minuteAt(s.days.leaves.last()+1, 0) - 1}
		part := span.Intersect(held)
		for m := part.From; m <= part.To; {
			d := m.Day()
			end := min(part.To, minuteAt(d+1, 0)-1)
			v.day(s, d).appendTo(slots[m-span.From:m-span.From], minuteOfDay(m), minuteOfDay(end))
			m = end + 1
		}
	})
	if err != nil {
		return nil, err
	}
	return slots, nil
}

// view is what one reading sees: open days as they are in memory, sealed days
// from the caches or loaded for this reading.
type view struct {
	l      *Ledger
	loaded map[chunkRef]*day
	missed []missedPart
}

// held returns an open day, or which sealed day it is; neither is there if the
// day holds nothing.
func (s *stream) held(n int) (open *day, ref chunkRef, sealed bool) {
	if d, ok := s.open[n]; ok {
		return d, chunkRef{}, false
	}
	chunk := s.days.leaves.at(n).chunk
	return nil, chunkRef{s.ID, n, chunk}, chunk > 0
}

// day returns a day of s; nil, noted as missed, if it must be loaded first.
func (v *view) day(s *stream, n int) *day {
	open, ref, sealed := s.held(n)
	if !sealed {
		return open
	}
	if d, ok := v.loaded[ref]; ok {
		return d
	}
	if d, ok := v.l.whole.get(ref); ok {
		return d
	}
	v.missed = append(v.missed, fullDay(ref))
	return nil
}

// sum returns the sums of minutes a to b of a day; none, noted as missed, if
// they must be loaded first.
func (v *view) sum(s *stream, n, a, b int) sums {
	open, ref, sealed := s.held(n)
	if !sealed {
		return open.sum(a, b)
	}
	if d, ok := v.loaded[ref]; ok {
		return d.sum(a, b)
	}
	if e, ok := v.l.edges.get(ref); ok {
		if r, ok := e.sum(a, b); ok {
			return r
		}
	}
	v.missed = append(v.missed, missedPart{chunkRef: ref, a: a, b: b})
	return sums{}
}

// read calls look, which must only read memory, until nothing was missed. What
// was missed is loaded between the calls, without a lock; the last call thus
// sees one state of the ledger whole. Streams that do not exist are not looked
// at.
func (l *Ledger) read(ctx context.Context, key slo.StreamKey, look func(*stream, *view)) error {
	v := &view{l: l}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.mu.RLock()
		if s := l.streams[key]; s != nil {
			look(s, v)
		}
		l.mu.RUnlock()
		if len(v.missed) == 0 {
			return nil
		}
		for _, ref := range v.missed {
			if err := v.load(ctx, ref); err != nil {
				return err
			}
		}
		v.missed = v.missed[:0]
	}
}

// load reads a sealed day for this view and the next ones. A damaged chunk is
// reported, and counts as a gap from then on.
func (v *view) load(ctx context.Context, m missedPart) (err error) {
	var d *day
	if m.slots {
		d, err = v.l.wholeDay(ctx, m.chunkRef)
	} else if d, err = v.l.chunk(ctx, m.chunkRef); d != nil {
		before, _ := v.l.edges.get(m.chunkRef)
		v.l.edges.add(m.chunkRef, newEdge(d, before, m.a, m.b))
	}
	if errors.Is(err, errNewer) {
		return v.l.overtaken(ctx, m.chunkRef)
	}
	if err != nil || d == nil {
		return err
	}
	if v.loaded == nil {
		v.loaded = map[chunkRef]*day{}
	}
	v.loaded[m.chunkRef] = d
	return nil
}

// wholeDay returns a sealed day as chunk does, and keeps it.
func (l *Ledger) wholeDay(ctx context.Context, ref chunkRef) (*day, error) {
	d, err := l.chunk(ctx, ref)
	if d != nil {
		l.whole.add(ref, d)
	}
	return d, err
}

// overtaken brings memory up to date after the store turned out to be further
// than memory. If memory still does not know why, the store contradicts itself.
func (l *Ledger) overtaken(ctx context.Context, ref chunkRef) error {
	if err := l.CatchUp(ctx); err != nil {
		return err
	}
	if l.coarseDay(ref) == nil {
		l.damaged(ref, errNewer)
	}
	return nil
}

// chunk returns a sealed day, from the cache or the store; nil if it is
// damaged, which is then reported, or if it is not that version any more.
// errNewer says that the store has a later version than memory.
func (l *Ledger) chunk(ctx context.Context, ref chunkRef) (*day, error) {
	if d, ok := l.whole.get(ref); ok {
		return d, nil
	}
	if d := l.coarseDay(ref); d != nil {
		return d, nil
	}
	d, damage, err := l.fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	l.mu.RLock()
	held := l.byID[ref.stream].days.leaves.at(ref.day)
	_, open := l.byID[ref.stream].open[ref.day]
	coarse := l.coarse(l.byID[ref.stream], ref.day)
	l.mu.RUnlock()
	if held.chunk != ref.through {
		return nil, nil // sealed again, or found damaged, meanwhile
	}
	if coarse {
		return held.spread(), nil // thinned meanwhile
	}
	if damage == nil && !open {
		damage = d.contradicts(held)
	}
	if damage != nil {
		l.damaged(ref, damage)
		return nil, nil
	}
	return d, nil
}

// coarseDay returns a day of which only the totals are kept, nil if it is another.
func (l *Ledger) coarseDay(ref chunkRef) *day {
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := l.byID[ref.stream]
	if held := s.days.leaves.at(ref.day); held.chunk == ref.through && l.coarse(s, ref.day) {
		return held.spread()
	}
	return nil
}

// errNewer says that a chunk was replaced by a later one, or that its minutes
// were let go.
var errNewer = errors.New("the store has a later form of the day")

// thinnedMeanwhile returns errNewer if another ledger let the minutes of a day go
// that this one still believes to be kept.
func (l *Ledger) thinnedMeanwhile(ctx context.Context, ref chunkRef) error {
	before, err := l.store.Thinned(ctx)
	if err != nil {
		return err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if ref.day < before && ref.day >= l.thinned {
		return errNewer
	}
	return nil
}

// fetch reads a sealed day from the store. Damage is what is wrong with the
// chunk; err is the store's, or errNewer.
func (l *Ledger) fetch(ctx context.Context, ref chunkRef) (d *day, damage, err error) {
	payload, through, err := l.store.ChunkPayload(ctx, ref.stream, ref.day)
	if err != nil {
		if fault.KindOf(err) != fault.NotFound || ctx.Err() != nil {
			return nil, nil, err
		}
		return nil, err, l.thinnedMeanwhile(ctx, ref)
	}
	if through > ref.through {
		return nil, nil, errNewer
	}
	d, damage = decodeChunk(ref.stream, ref.day, ref.through, payload)
	return d, damage, nil
}

// contradicts reports whether the slots of a sealed day are not those of its
// totals.
func (d *day) contradicts(totals leaf) error {
	if found := d.leaf(); !found.same(totals) {
		return errors.New("the slots do not add up to the day's totals")
	}
	return nil
}

// same reports whether two leaves have the same figures.
func (l leaf) same(o leaf) bool {
	l.chunk = o.chunk
	return l == o
}

// damaged makes a day whose chunk cannot be read a gap.
func (l *Ledger) damaged(ref chunkRef, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.moves.Add(1)
	s := l.byID[ref.stream]
	held := s.days.leaves.at(ref.day)
	if held.chunk != ref.through {
		return
	}
	held.chunk = unreadable
	if _, open := s.open[ref.day]; !open {
		held = leaf{chunk: unreadable}
	}
	s.days.set(ref.day, held)
	l.report(Problem{
		Stream: s.Key, Span: daySpan(ref.day),
		Text: "the sealed chunk of the day cannot be read: " + err.Error(),
	})
}

// Extent implements slo.Meter: the first and the last slot that carry figures.
func (l *Ledger) Extent(key slo.StreamKey) (slo.Span, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := l.streams[key]
	if s == nil {
		return slo.Span{}, false
	}
	return s.days.extent()
}

// Settled implements slo.Meter.
func (l *Ledger) Settled(ind slo.IndicatorKey) (slo.Minute, bool) {
	c, ok := l.Cursor(ind)
	return c.Settled, ok && c.Settled != 0
}

// Groups implements slo.Meter; the whole is not a group of itself.
func (l *Ledger) Groups(ind slo.IndicatorKey) []slo.Group {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var groups []slo.Group
	for _, s := range l.groups[ind] {
		if s.Key.Group != "" {
			groups = append(groups, s.Key.Group)
		}
	}
	return groups
}

// Revisions implements slo.Meter; it lists at most MaxRevisions.
func (l *Ledger) Revisions(ctx context.Context, key slo.StreamKey, span slo.Span, limit int) ([]slo.Revision, error) {
	l.mu.RLock()
	s := l.streams[key]
	l.mu.RUnlock()
	if s == nil || limit <= 0 || span.Len() == 0 {
		return nil, nil
	}
	found, err := l.store.Revisions(ctx, s.ID, span, min(limit, MaxRevisions))
	return slices.Clip(found), err
}

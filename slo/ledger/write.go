package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Write is one answer of a source to be kept.
type Write struct {
	Indicator   slo.IndicatorKey
	Measurement slo.Measurement
	Reason      string  // why it is written, for revisions: "live", "late", "backfill", …
	Cursor      *Cursor // moved in the same transaction; nil: stays
}

// joinGap is how many unchanged slots between changed ones are written again
// rather than begin a section of their own, which costs about 6 bytes.
const joinGap = 12

// Write keeps one answer; see WriteMany.
func (l *Ledger) Write(ctx context.Context, w Write) error {
	return l.WriteMany(ctx, []Write{w})
}

// WriteMany replaces all slots in the span of each measurement, in the order
// given, all or nothing in one commit: live, late and backfilled slots alike.
//
// Streams of the indicator that exist and are not in the measurement get gaps.
// Slots that are as they were held are not written again; slots that carried
// figures and change leave one revision per stream and write. A stream comes to
// be with its first slot that is not a gap. Slots of days that were thinned are
// passed over. When WriteMany returns nil, all of
// it survives; when it returns an error nothing changed in memory, and the next
// write first looks whether the store kept it nevertheless. Errors are
// fault.Invalid for measurements that cannot be (a wrong number of slots, a
// group twice, figures that are not finite, years before 1960 or after 2200)
// and otherwise the store's.
func (l *Ledger) WriteMany(ctx context.Context, ws []Write) error {
	for i := range ws {
		if err := check(ws[i]); err != nil {
			return err
		}
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.settle(ctx); err != nil {
		return err
	}
	t := newTransaction(l)
	for i := range ws {
		if err := t.write(ctx, ws[i]); err != nil {
			return fmt.Errorf("write %s of indicator %s: %w", ws[i].Reason, ws[i].Indicator, err)
		}
	}
	return t.commit(ctx)
}

// check refuses what must not get into the ledger.
func check(w Write) error {
	span := w.Measurement.Span
	if w.Indicator == "" {
		return fault.Invalidf("a measurement without an indicator cannot be kept")
	}
	if w.Cursor != nil && w.Cursor.Indicator != "" && w.Cursor.Indicator != w.Indicator {
		return fault.Invalidf("a cursor of indicator %q was written with slots of %q", w.Cursor.Indicator, w.Indicator)
	}
	if span.Len() > 0 && (span.From.Day() < firstDay || span.To.Day() > lastDay) {
		return fault.Invalidf("slots from %s to %s are out of the years 1960 to 2200", span.Start(), span.End())
	}
	if span.Len() > maxRowSlots {
		return fault.Invalidf("%d slots were written at once; write at most %d", span.Len(), maxRowSlots)
	}
	seen := make(map[slo.Group]bool, len(w.Measurement.Streams))
	for _, s := range w.Measurement.Streams {
		if len(s.Slots) != span.Len() || seen[s.Group] {
			return fault.Invalidf("group %q of indicator %q has %d slots for %d minutes, or comes twice", s.Group, w.Indicator, len(s.Slots), span.Len())
		}
		seen[s.Group] = true
		if err := checkSlots(s.Slots); err != nil {
			return fault.Invalidf("group %q of indicator %q: %w", s.Group, w.Indicator, err)
		}
	}
	return nil
}

func checkSlots(slots []slo.Slot) error {
	for i, s := range slots {
		if s.State > slo.Estimated {
			return fmt.Errorf("slot %d has the unknown state %d", i, s.State)
		}
	}
	return checkFigures(slots)
}

// transaction is a write in the making; memory is as it was until commit.
type transaction struct {
	l          *Ledger
	added      map[slo.StreamKey]*stream
	groups     map[slo.IndicatorKey][]*stream // added, as they came
	cursors    map[slo.IndicatorKey]int       // where each is in commits
	drafts     map[chunkKey]*staged
	sections   []section
	commits    Commit
	changed    map[slo.IndicatorKey]struct{}
	lastStream int64
	at         time.Time
}

// staged is a day of a stream that a transaction writes to.
type staged struct {
	base  *day
	draft draft
	dirty bool
}

func newTransaction(l *Ledger) *transaction {
	return &transaction{
		l: l, added: map[slo.StreamKey]*stream{}, groups: map[slo.IndicatorKey][]*stream{},
		cursors: map[slo.IndicatorKey]int{}, drafts: map[chunkKey]*staged{},
		changed: map[slo.IndicatorKey]struct{}{}, lastStream: l.lastStream,
		at: l.now().UTC().Truncate(time.Microsecond), // what every store can keep
	}
}

// write stages one measurement.
func (t *transaction) write(ctx context.Context, w Write) error {
	given := make(map[slo.Group]bool, len(w.Measurement.Streams))
	for _, m := range w.Measurement.Streams {
		given[m.Group] = true
		s := t.stream(slo.StreamKey{Indicator: w.Indicator, Group: m.Group}, m.Slots)
		if s == nil {
			continue
		}
		if err := t.slots(ctx, s, w, m.Slots); err != nil {
			return err
		}
	}
	var gaps []slo.Slot
	for _, s := range t.existing(w.Indicator) {
		if given[s.Key.Group] {
			continue
		}
		if gaps == nil {
			gaps = make([]slo.Slot, w.Measurement.Span.Len())
		}
		if err := t.slots(ctx, s, w, gaps); err != nil {
			return err
		}
	}
	t.cursor(w)
	return nil
}

// stream returns the stream of that key; it makes a new one if there is
// something to keep, and returns nil if there is not.
func (t *transaction) stream(key slo.StreamKey, slots []slo.Slot) *stream {
	t.l.mu.RLock()
	s := t.l.streams[key]
	t.l.mu.RUnlock()
	if s == nil {
		s = t.added[key]
	}
	if s != nil || !slices.ContainsFunc(slots, func(s slo.Slot) bool { return s.State != slo.Gap }) {
		return s
	}
	t.lastStream++
	s = &stream{Stream: Stream{ID: t.lastStream, Key: key}}
	t.added[key] = s
	t.groups[key.Indicator] = append(t.groups[key.Indicator], s)
	t.commits.Streams = append(t.commits.Streams, s.Stream)
	return s
}

// existing lists the streams of an indicator, those of this transaction too.
func (t *transaction) existing(ind slo.IndicatorKey) []*stream {
	t.l.mu.RLock()
	of := slices.Clone(t.l.groups[ind])
	t.l.mu.RUnlock()
	return append(of, t.groups[ind]...)
}

// cursor stages the cursor in place of an earlier one of the indicator.
func (t *transaction) cursor(w Write) {
	if w.Cursor == nil {
		return
	}
	c := *w.Cursor
	c.Indicator = w.Indicator
	if i, ok := t.cursors[c.Indicator]; ok {
		t.commits.Cursors[i] = c
		return
	}
	t.cursors[c.Indicator] = len(t.commits.Cursors)
	t.commits.Cursors = append(t.commits.Cursors, c)
}

// moved leaves only the cursors that move.
func (t *transaction) moved() {
	t.commits.Cursors = slices.DeleteFunc(t.commits.Cursors, func(c Cursor) bool {
		held, ok := t.l.Cursor(c.Indicator)
		return ok && held == c
	})
	for _, c := range t.commits.Cursors {
		t.changed[c.Indicator] = struct{}{}
	}
}

// slots stages the slots of one stream: those that differ from what is held, in
// as few sections as is cheap, and the revision that they leave.
func (t *transaction) slots(ctx context.Context, s *stream, w Write, slots []slo.Slot) error {
	span := w.Measurement.Span
	rev := revision{reason: w.Reason}
	first, last := -1, -1 // the section in the making
	for a := span.From; a <= span.To; {
		n := a.Day()
		if t.l.coarse(s, n) && s.days.leaves.at(n).covered() {
			a = daySpan(n).To + 1 // what is kept of it cannot be changed in part
			continue
		}
		st, err := t.stage(ctx, s, n)
		if err != nil {
			return err
		}
		for end := min(span.To, daySpan(n).To); a <= end; a++ {
			i := int(a - span.From)
			held, slot := st.draft.slot(minuteOfDay(a), st.base), clean(slots[i])
			if held == slot {
				continue
			}
			st.draft.set(minuteOfDay(a), slot)
			st.dirty = true
			rev.note(a, held, slot)
			if first >= 0 && i-last > joinGap {
				t.section(s, span.From, slots, first, last)
				first = -1
			}
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first >= 0 {
		t.section(s, span.From, slots, first, last)
		t.changed[s.Key.Indicator] = struct{}{}
	}
	if rev.Changed > 0 {
		t.commits.Revisions = append(t.commits.Revisions, rev.of(s.ID, t.at))
	}
	return nil
}

// clean returns the one form of a slot that means the same: a gap has no
// figures, and zero has no sign.
func clean(s slo.Slot) slo.Slot {
	if s.State == slo.Gap {
		return slo.Slot{}
	}
	s.Good, s.Total = s.Good+0, s.Total+0 // −0 + 0 = 0
	return s
}

// section stages a run of slots for the journal.
func (t *transaction) section(s *stream, from slo.Minute, slots []slo.Slot, first, last int) {
	run := make([]slo.Slot, 0, last-first+1)
	for _, slot := range slots[first : last+1] {
		run = append(run, clean(slot))
	}
	t.sections = append(t.sections, section{stream: s.ID, from: from + slo.Minute(first), slots: run})
}

// stage returns the staged form of a day.
func (t *transaction) stage(ctx context.Context, s *stream, n int) (*staged, error) {
	key := chunkKey{s.ID, n}
	if st := t.drafts[key]; st != nil {
		return st, nil
	}
	base, err := t.l.base(ctx, s, n)
	if err != nil {
		return nil, err
	}
	st := &staged{base: base}
	t.drafts[key] = st
	return st, nil
}

// revision collects what a write changes of one stream.
type revision struct {
	slo.Revision
	good, total accumulator
	reason      string
}

// note counts one changed slot if it carried figures.
func (r *revision) note(m slo.Minute, held, slot slo.Slot) {
	if held.State == slo.Gap {
		return
	}
	if r.Changed == 0 {
		r.Span.From = m
	}
	r.Span.To = m
	r.Changed++
	r.good.add(slot.Good)
	r.good.add(-held.Good)
	r.total.add(slot.Total)
	r.total.add(-held.Total)
}

func (r *revision) of(stream int64, at time.Time) StreamRevision {
	r.At, r.Reason = at, r.reason
	r.GoodDelta, r.TotalDelta = r.good.value(), r.total.value()
	return StreamRevision{Stream: stream, Revision: r.Revision}
}

// commit makes the transaction last and then visible.
func (t *transaction) commit(ctx context.Context) error {
	t.rows()
	t.moved()
	t.commits.Epoch = t.l.epoch
	c := t.commits
	if len(c.Rows) == 0 && len(c.Cursors) == 0 {
		return nil
	}
	finished := make(map[chunkKey]*day, len(t.drafts))
	for key, st := range t.drafts {
		if st.dirty {
			finished[key] = st.draft.finish(st.base)
		}
	}
	if err := t.l.store.Append(ctx, c); err != nil {
		t.l.doubt = true
		return unavailable("keep slots", err)
	}
	t.apply(finished)
	t.l.notify.send(t.changed)
	return nil
}

// apply makes the transaction visible.
func (t *transaction) apply(finished map[chunkKey]*day) {
	l := t.l
	l.mu.Lock()
	defer l.mu.Unlock()
	l.moves.Add(1)
	for _, s := range t.commits.Streams {
		l.addStream(newStream(s))
	}
	for key, d := range finished {
		l.byID[key.stream].setOpen(key.day, d)
	}
	for _, c := range t.commits.Cursors {
		l.cursors[c.Indicator] = c
	}
	for _, sec := range t.sections {
		l.behind += len(sec.slots)
	}
	for _, r := range t.commits.Rows {
		l.journal = append(l.journal, journalRow{id: r.ID, lastDay: r.Span.To.Day()})
		l.lastRow = r.ID
	}
	l.version++
}

// rows encodes the staged sections, cut into rows that a reader can take.
func (t *transaction) rows() {
	id := t.l.lastRow
	for rest := t.sections; len(rest) > 0; {
		var row []section
		row, rest = cut(rest, maxRowSlots)
		span := row[0].span()
		for _, s := range row {
			span = slo.Span{From: min(span.From, s.span().From), To: max(span.To, s.span().To)}
		}
		id++
		t.commits.Rows = append(t.commits.Rows, Row{ID: id, At: t.at, Span: span, Payload: encodeRow(id, span, row)})
	}
}

// cut splits sections after at most limit slots, within one if need be.
func cut(sections []section, limit int) (head, rest []section) {
	for i, s := range sections {
		if len(s.slots) <= limit {
			limit -= len(s.slots)
			continue
		}
		head = slices.Clone(sections[:i])
		rest = slices.Clone(sections[i:])
		if limit > 0 {
			head = append(head, section{s.stream, s.from, s.slots[:limit]})
			rest[0] = section{s.stream, s.from + slo.Minute(limit), s.slots[limit:]}
		}
		return head, rest
	}
	return sections, nil
}

// unavailable gives an error of the store that has no kind the kind that a
// caller can act on: nothing was kept, try later.
func unavailable(doing string, err error) error {
	if fault.KindOf(err) == fault.Internal {
		return fault.Unavailablef("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

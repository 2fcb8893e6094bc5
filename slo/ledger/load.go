package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hindcast/hindcast/slo"
)

// Slots outside of these years are a mistake, and would cost memory for every
// day between them and the others.
const (
	firstDay = -366 * 10 // 1960
	lastDay  = 366 * 230 // 2200
	maxID    = 1 << 62   // leaves room to count on
)

// loader puts together what a store holds, or what changed in it, beside the
// memory that readers see. Its user holds writing.
type loader struct {
	l        *Ledger
	streams  map[int64]*stream // new ones, which nobody else sees yet
	cursors  []Cursor
	sealed   map[chunkKey]leaf // chunks of streams that are seen already
	drafts   map[*stream]map[int]*draft
	finished map[*stream]map[int]*day // what the drafts become
	journal  []journalRow
	problems []Problem
	changed  map[slo.IndicatorKey]struct{}
	lastRow  int64
	orphan   int64 // the highest number of a stream that has days and does not exist
	thinned  int   // as the store has it, or a little older
	read     int   // slots and totals
}

func newLoader(l *Ledger) *loader {
	return &loader{
		l: l, streams: map[int64]*stream{}, sealed: map[chunkKey]leaf{},
		drafts: map[*stream]map[int]*draft{}, finished: map[*stream]map[int]*day{},
		changed: map[slo.IndicatorKey]struct{}{}, lastRow: l.lastRow,
	}
}

// CatchUp makes memory what the store holds after others wrote to it. Readers see
// all of a write or nothing, as on the ledger that wrote it; watchers are told.
// It costs one look at the store if nothing changed. Errors are the store's, and
// leave memory as it was.
func (l *Ledger) CatchUp(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.catchUp(ctx)
}

// Lead makes memory what the store holds, and further writes go by the epoch of a
// lease. It is called after the lease was taken, when nobody else can write any
// more, and before anything is written.
func (l *Ledger) Lead(ctx context.Context, epoch int64) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.epoch = epoch
	return l.catchUp(ctx)
}

// catchUpTries is how often catchUp begins anew when chunks are replaced while it
// reads. Days are sealed minutes apart.
const catchUpTries = 5

// catchUp is CatchUp for a caller that holds writing.
func (l *Ledger) catchUp(ctx context.Context) error {
	err := errNewer
	for i := 0; i < catchUpTries && errors.Is(err, errNewer); i++ {
		err = l.load(ctx)
	}
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	return nil
}

// load takes in what changed in the store.
func (l *Ledger) load(ctx context.Context) error {
	ld := newLoader(l)
	var err error
	if ld.thinned, err = l.store.Thinned(ctx); err != nil {
		return err
	}
	version, err := l.store.Changes(ctx, Position{Version: l.version, Stream: l.lastStream, Row: l.lastRow}, Visitor{
		Stream: ld.stream, Cursor: ld.cursor, Totals: ld.totals, Row: ld.row,
	})
	if err != nil || version == l.version {
		return err
	}
	if err := ld.finish(ctx); err != nil {
		return err
	}
	ld.apply(version)
	l.notify.send(ld.changed)
	return nil
}

func (ld *loader) stream(s Stream) error {
	if s.ID <= 0 || s.ID > maxID || ld.find(s.ID) != nil || ld.l.streams[s.Key] != nil {
		return fmt.Errorf("stream %d (indicator %q, group %q) is listed twice or has no valid number", s.ID, s.Key.Indicator, s.Key.Group)
	}
	ld.streams[s.ID] = newStream(s)
	ld.changed[s.Key.Indicator] = struct{}{}
	return nil
}

// find returns a stream, nil if there is none of that number.
func (ld *loader) find(id int64) *stream {
	if s := ld.streams[id]; s != nil {
		return s
	}
	return ld.l.byID[id]
}

func (ld *loader) cursor(c Cursor) error {
	if held, ok := ld.l.cursors[c.Indicator]; !ok || held != c {
		ld.cursors = append(ld.cursors, c)
		ld.changed[c.Indicator] = struct{}{}
	}
	return nil
}

// totals takes the sums of a sealed day in, if they are sound.
func (ld *loader) totals(t Totals) error {
	ld.read++
	if t.Through > 0 && t.Through < maxID {
		ld.lastRow = max(ld.lastRow, t.Through)
	}
	s := ld.find(t.Stream)
	if s == nil || t.Day < firstDay || t.Day > lastDay {
		if t.Stream < maxID { // or a new stream would inherit them
			ld.orphan = max(ld.orphan, t.Stream)
		}
		ld.report(Problem{Text: fmt.Sprintf("a chunk of stream %d and day %d belongs to nothing", t.Stream, t.Day)})
		return nil
	}
	if t.Checksum != t.sum() {
		ld.seal(s, t.Day, leaf{chunk: unreadable})
		ld.report(Problem{Stream: s.Key, Span: daySpan(t.Day), Text: "the totals of the sealed day cannot be read: " + errSum.Error()})
		return nil
	}
	ld.seal(s, t.Day, leaf{
		good: t.Good, total: t.Total, chunk: t.Through,
		measured: uint16(t.Measured), estimated: uint16(t.Estimated), first: uint16(t.First), last: uint16(t.Last),
	})
	return nil
}

// seal notes a sealed day: at once where nobody sees the stream yet.
func (ld *loader) seal(s *stream, n int, to leaf) {
	if ld.streams[s.ID] != nil {
		s.days.set(n, to)
		return
	}
	held := ld.leaf(s, n)
	if held.chunk == to.chunk {
		return // read before
	}
	ld.sealed[chunkKey{s.ID, n}] = to
	if !held.same(to) { // rows came and went unseen
		ld.changed[s.Key.Indicator] = struct{}{}
	}
}

// leaf returns the totals of a day as they will be before rows are replayed.
func (ld *loader) leaf(s *stream, n int) leaf {
	if to, ok := ld.sealed[chunkKey{s.ID, n}]; ok {
		return to
	}
	ld.l.mu.RLock() // against readers that find damage
	defer ld.l.mu.RUnlock()
	return s.days.leaves.at(n)
}

func (ld *loader) report(p Problem) { ld.problems = append(ld.problems, p) }

// row replays one journal row.
func (ld *loader) row(r Row) error {
	ld.lastRow = max(ld.lastRow, r.ID)
	sections, err := decodeRow(r)
	ld.journal = append(ld.journal, journalRow{id: r.ID, lastDay: r.Span.To.Day(), damaged: err != nil})
	if err != nil && sections == nil {
		return ld.lostRow(r, err)
	}
	for _, sec := range sections {
		ld.read += len(sec.slots)
		s := ld.find(sec.stream)
		if s == nil || sec.from.Day() < firstDay || sec.span().To.Day() > lastDay {
			ld.report(Problem{Span: sec.span(), Text: fmt.Sprintf("journal row %d speaks of stream %d, which does not exist", r.ID, sec.stream)})
			continue
		}
		if err != nil {
			ld.report(Problem{Stream: s.Key, Span: sec.span(), Text: fmt.Sprintf("journal row %d cannot be read: %v", r.ID, err)})
		}
		ld.replay(s, r.ID, sec)
	}
	return nil
}

// lostRow makes gaps of all slots that a row may have spoken of: whatever they
// held before may have been replaced by it.
func (ld *loader) lostRow(r Row, err error) error {
	ld.report(Problem{Span: r.Span, Text: fmt.Sprintf("journal row %d cannot be read: %v", r.ID, err)})
	a, b := max(r.Span.From, minuteAt(firstDay, 0)), min(r.Span.To, minuteAt(lastDay, 0))
	for _, streams := range []map[int64]*stream{ld.l.byID, ld.streams} {
		for _, s := range streams {
			ld.loseSpan(s, r.ID, slo.Span{From: a, To: b})
		}
	}
	return nil
}

// loseSpan makes gaps of a stream's slots in a span.
func (ld *loader) loseSpan(s *stream, row int64, span slo.Span) {
	for n := span.From.Day(); n <= span.To.Day(); n++ {
		if ld.leaf(s, n) == (leaf{}) && ld.drafts[s][n] == nil {
			continue // holds nothing that could be wrong
		}
		part := span.Intersect(daySpan(n))
		ld.replay(s, row, section{stream: s.ID, from: part.From, slots: make([]slo.Slot, part.Len())})
	}
}

// replay writes a section into the drafts of those days whose chunks do not
// contain the row.
func (ld *loader) replay(s *stream, row int64, sec section) {
	ld.changed[s.Key.Indicator] = struct{}{}
	span := sec.span()
	for n := span.From.Day(); n <= span.To.Day(); n++ {
		if row <= ld.leaf(s, n).chunk {
			continue
		}
		d := ld.draft(s, n)
		part := span.Intersect(daySpan(n))
		for m := part.From; m <= part.To; m++ {
			d.set(minuteOfDay(m), sec.slots[m-span.From])
		}
	}
}

func (ld *loader) draft(s *stream, n int) *draft {
	days := ld.drafts[s]
	if days == nil {
		days = map[int]*draft{}
		ld.drafts[s] = days
	}
	if days[n] == nil {
		days[n] = &draft{}
	}
	return days[n]
}

// finish lays the drafts over the days as they are held or sealed.
func (ld *loader) finish(ctx context.Context) error {
	for s, days := range ld.drafts {
		ld.finished[s] = make(map[int]*day, len(days))
		for n, d := range days {
			base, err := ld.base(ctx, s, n)
			if err != nil {
				return err
			}
			ld.finished[s][n] = d.finish(base)
		}
	}
	return nil
}

// base returns a day as it will be before rows are replayed.
func (ld *loader) base(ctx context.Context, s *stream, n int) (*day, error) {
	to := ld.leaf(s, n)
	if _, replaced := ld.sealed[chunkKey{s.ID, n}]; !replaced && ld.streams[s.ID] == nil {
		return ld.l.base(ctx, s, n)
	}
	if to.chunk <= 0 {
		return nil, nil
	}
	if n < ld.thinned {
		return to.spread(), nil
	}
	d, damage, err := ld.l.fetch(ctx, chunkRef{s.ID, n, to.chunk})
	if err != nil {
		return nil, err
	}
	if damage == nil {
		damage = d.contradicts(to)
	}
	if damage == nil {
		return d, nil
	}
	ld.report(Problem{Stream: s.Key, Span: daySpan(n), Text: "the sealed chunk of the day cannot be read: " + damage.Error()})
	if ld.streams[s.ID] != nil {
		s.days.set(n, leaf{chunk: unreadable})
	} else {
		ld.sealed[chunkKey{s.ID, n}] = leaf{chunk: unreadable}
	}
	return nil, nil
}

// apply makes what was loaded visible: chunks first, for rows lie over them.
func (ld *loader) apply(version int64) {
	l := ld.l
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range ld.streams {
		l.addStream(s)
	}
	for key, to := range ld.sealed {
		s := l.byID[key.stream]
		delete(s.open, key.day)
		s.days.set(key.day, to)
	}
	for s, days := range ld.finished {
		for n, d := range days {
			s.setOpen(n, d)
		}
	}
	for _, c := range ld.cursors {
		l.cursors[c.Indicator] = c
	}
	for _, p := range ld.problems {
		l.report(p)
	}
	l.journal = append(l.journal, ld.journal...)
	if len(ld.sealed) > 0 {
		l.forgetRows()
	}
	if ld.thinned > l.thinned {
		l.thinned = ld.thinned
		l.edges.purge()
		l.whole.purge()
	}
	l.lastStream = max(l.lastStream, ld.orphan)
	l.lastRow, l.version = ld.lastRow, version
	l.behind += ld.read
	l.moves.Add(1)
}

// forgetRows drops the rows that another ledger's Seal deleted: those of whose
// days none is open any more. The caller holds mu.
func (l *Ledger) forgetRows() {
	open := lastDay + 1
	for _, s := range l.byID {
		for n := range s.open {
			open = min(open, n)
		}
	}
	l.journal = slices.DeleteFunc(l.journal, func(r journalRow) bool { return r.lastDay < open && !r.damaged })
}

// base returns a day as it is held: open, sealed, or nil where there is none.
// The caller holds writing.
func (l *Ledger) base(ctx context.Context, s *stream, n int) (*day, error) {
	l.mu.RLock()
	d, open := s.open[n]
	chunk := s.days.leaves.at(n).chunk
	l.mu.RUnlock()
	if open || chunk <= 0 {
		return d, nil
	}
	return l.wholeDay(ctx, chunkRef{s.ID, n, chunk})
}

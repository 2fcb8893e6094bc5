package ledger

import (
	"context"
	"fmt"

	"github.com/hindcast/hindcast/slo"
)

// Slots outside of these years are a mistake, and would cost memory for every
// day between them and the others.
const (
	firstDay = -366 * 10 // 1960
	lastDay  = 366 * 230 // 2200
	maxID    = 1 << 62   // leaves room to count on
)

// loader puts together what the store holds.
type loader struct {
	l      *Ledger
	drafts map[*stream]map[int]*draft
	lost   []section // slots that a damaged row spoke of; no slots: every stream
}

// load reads the store into an empty ledger that nobody else knows.
func (l *Ledger) load(ctx context.Context) error {
	if err := l.loadThinned(ctx); err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	ld := &loader{l: l, drafts: map[*stream]map[int]*draft{}}
	err := l.store.LoadLedger(ctx, Visitor{
		Stream: ld.stream,
		Cursor: func(c Cursor) error { l.cursors[c.Indicator] = c; return nil },
		Totals: ld.totals,
		Row:    ld.row,
	})
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	return ld.finish(ctx)
}

func (ld *loader) stream(s Stream) error {
	if s.ID <= 0 || s.ID > maxID || ld.l.byID[s.ID] != nil || ld.l.streams[s.Key] != nil {
		return fmt.Errorf("stream %d (indicator %q, group %q) is listed twice or has no valid number", s.ID, s.Key.Indicator, s.Key.Group)
	}
	ld.l.addStream(s)
	return nil
}

// totals takes the sums of a sealed day in, if they are sound.
func (ld *loader) totals(t Totals) error {
	l := ld.l
	if t.Through > 0 && t.Through < maxID {
		l.lastRow = max(l.lastRow, t.Through)
	}
	s := l.byID[t.Stream]
	if s == nil || t.Day < firstDay || t.Day > lastDay {
		l.report(Problem{Text: fmt.Sprintf("a chunk of stream %d and day %d belongs to nothing", t.Stream, t.Day)})
		return nil
	}
	if t.Checksum != t.sum() {
		s.days.set(t.Day, leaf{chunk: unreadable})
		l.report(Problem{Stream: s.Key, Span: daySpan(t.Day), Text: "the totals of the sealed day cannot be read: " + errSum.Error()})
		return nil
	}
	s.days.set(t.Day, leaf{
		good: t.Good, total: t.Total, chunk: t.Through,
		measured: uint16(t.Measured), estimated: uint16(t.Estimated), first: uint16(t.First), last: uint16(t.Last),
	})
	return nil
}

// row replays one journal row.
func (ld *loader) row(r Row) error {
	l := ld.l
	l.lastRow = max(l.lastRow, r.ID)
	sections, err := decodeRow(r)
	l.journal = append(l.journal, journalRow{id: r.ID, lastDay: r.Span.To.Day(), damaged: err != nil})
	if err != nil && sections == nil {
		return ld.lostRow(r, err)
	}
	for _, sec := range sections {
		s := l.byID[sec.stream]
		if s == nil || sec.from.Day() < firstDay || sec.span().To.Day() > lastDay {
			l.report(Problem{Span: sec.span(), Text: fmt.Sprintf("journal row %d speaks of stream %d, which does not exist", r.ID, sec.stream)})
			continue
		}
		if err != nil {
			l.report(Problem{Stream: s.Key, Span: sec.span(), Text: fmt.Sprintf("journal row %d cannot be read: %v", r.ID, err)})
		}
		ld.replay(s, r.ID, sec)
	}
	return nil
}

// lostRow makes gaps of all slots that a row may have spoken of: whatever they
// held before may have been replaced by it.
func (ld *loader) lostRow(r Row, err error) error {
	ld.l.report(Problem{Span: r.Span, Text: fmt.Sprintf("journal row %d cannot be read: %v", r.ID, err)})
	a, b := max(r.Span.From, minuteAt(firstDay, 0)), min(r.Span.To, minuteAt(lastDay, 0))
	for _, s := range ld.l.byID {
		for day := a.Day(); day <= b.Day(); day++ {
			if s.days.leaves.at(day) == (leaf{}) && ld.drafts[s][day] == nil {
				continue // holds nothing that could be wrong
			}
			part := slo.Span{From: a, To: b}.Intersect(daySpan(day))
			ld.replay(s, r.ID, section{stream: s.ID, from: part.From, slots: make([]slo.Slot, part.Len())})
		}
	}
	return nil
}

// replay writes a section into the drafts of those days whose chunks do not
// contain the row.
func (ld *loader) replay(s *stream, row int64, sec section) {
	days := ld.drafts[s]
	if days == nil {
		days = map[int]*draft{}
		ld.drafts[s] = days
	}
	for i, slot := range sec.slots {
		m := sec.from + slo.Minute(i)
		n := m.Day()
		if row <= s.days.leaves.at(n).chunk {
			continue
		}
		if days[n] == nil {
			days[n] = &draft{}
		}
		days[n].set(minuteOfDay(m), slot)
	}
}

// finish lays the drafts over the sealed days.
func (ld *loader) finish(ctx context.Context) error {
	for s, days := range ld.drafts {
		for n, d := range days {
			base, err := ld.l.base(ctx, s, n)
			if err != nil {
				return fmt.Errorf("read the ledger: %w", err)
			}
			s.setOpen(n, d.finish(base))
		}
	}
	return nil
}

// base returns a day as it is held: open, sealed, or nil where there is none.
// The caller holds writing, or is alone.
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

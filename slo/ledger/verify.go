package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Verify reads everything that a store holds, chunk payloads included, and lists
// what is damaged or contradicts itself, in the order of streams and days. A sound
// store has no problems. The error is the store's; damage is none.
//
// It looks whether every chunk and every row can be decoded; the slots of each
// chunk add up to the totals of its day, and the totals in memory to those of the
// days; no journal row is missing that no chunk contains; streams, days, totals,
// rows and cursors fit each other. progress receives how far it got, 0 to 1.
func Verify(ctx context.Context, s Store, progress func(done float64)) ([]Problem, error) {
	v := &verifier{streams: map[int64]Stream{}, cursors: map[slo.IndicatorKey]Cursor{}, newest: map[slo.IndicatorKey]slo.Minute{}}
	_, err := s.Changes(ctx, Position{}, Visitor{Stream: v.stream, Cursor: v.cursor, Totals: v.total, Row: v.row})
	if err != nil {
		return nil, err
	}
	if v.thinned, err = s.Thinned(ctx); err != nil {
		return nil, err
	}
	v.missing()
	for i, t := range v.totals {
		if err := v.chunk(ctx, s, t); err != nil {
			return nil, err
		}
		progress(float64(i+1) / float64(len(v.totals)+1))
	}
	v.settled()
	if err := v.sums(ctx, s); err != nil {
		return nil, err
	}
	progress(1)
	slices.SortStableFunc(v.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Stream.Indicator, b.Stream.Indicator), cmp.Compare(a.Stream.Group, b.Stream.Group), cmp.Compare(a.Span.From, b.Span.From))
	})
	return v.problems, nil
}

// verifier puts together what a store holds.
type verifier struct {
	streams  map[int64]Stream
	cursors  map[slo.IndicatorKey]Cursor
	totals   []Totals // sound ones
	rows     []int64
	held     slo.Span // of everything
	through  int64    // the last row that any chunk contains
	newest   map[slo.IndicatorKey]slo.Minute
	problems []Problem
	thinned  int // the day before which minutes are not kept
}

func (v *verifier) report(p Problem, format string, args ...any) {
	p.Text = fmt.Sprintf(format, args...)
	v.problems = append(v.problems, p)
}

func (v *verifier) stream(s Stream) error {
	if s.ID <= 0 || s.ID > maxID || s.Key.Indicator == "" {
		v.report(Problem{Stream: s.Key}, "stream %d has no valid number or no indicator", s.ID)
	}
	v.streams[s.ID] = s
	return nil
}

func (v *verifier) cursor(c Cursor) error {
	v.cursors[c.Indicator] = c
	p := Problem{Stream: slo.StreamKey{Indicator: c.Indicator}}
	switch {
	case c.Settled < minuteAt(firstDay, 0) || c.Settled.Day() > lastDay || c.Backfilled.Day() > lastDay:
		v.report(p, "the cursor stands at the years %d and %d", c.Settled.Start().Year(), c.Backfilled.Start().Year())
	case c.Samples < 0 || c.BusySeconds < 0 || math.IsNaN(c.BusySeconds):
		v.report(p, "the cursor counts %d samples in %g seconds", c.Samples, c.BusySeconds)
	case c.Settled < c.Backfilled-1:
		v.report(p, "the cursor says that history is complete from %s to %s, before it begins", at(c.Backfilled), at(c.Settled))
	}
	return nil
}

func at(m slo.Minute) string { return m.Start().UTC().Format(time.RFC3339) }

// note widens what is held by a span.
func (v *verifier) note(s Stream, span slo.Span) {
	if v.held.Len() == 0 || v.held == (slo.Span{}) {
		v.held = span
	}
	v.held = slo.Span{From: min(v.held.From, span.From), To: max(v.held.To, span.To)}
	if last, ok := v.newest[s.Key.Indicator]; !ok || span.To > last {
		v.newest[s.Key.Indicator] = span.To
	}
}

func (v *verifier) total(t Totals) error {
	s, known := v.streams[t.Stream]
	p := Problem{Stream: s.Key, Span: daySpan(t.Day)}
	switch {
	case !known || t.Day < firstDay || t.Day > lastDay:
		v.report(Problem{}, "a chunk of stream %d and day %d belongs to nothing", t.Stream, t.Day)
	case t.Checksum != t.sum():
		v.report(p, "the totals of the sealed day cannot be read: %v", errSum)
	case t.Through <= 0 || t.Through > maxID:
		v.report(p, "the sealed day goes up to journal row %d, which cannot be", t.Through)
	default:
		v.through = max(v.through, t.Through)
		v.totals = append(v.totals, t)
		if t.Measured+t.Estimated > 0 {
			v.note(s, slo.Span{From: minuteAt(t.Day, t.First), To: minuteAt(t.Day, t.Last)})
		}
	}
	return nil
}

func (v *verifier) row(r Row) error {
	v.rows = append(v.rows, r.ID)
	sections, err := decodeRow(r)
	if err != nil && sections == nil {
		v.report(Problem{Span: r.Span, Row: r.ID}, "journal row %d cannot be read: %v", r.ID, err)
		return nil
	}
	lost := map[int64]slo.Span{}
	for _, sec := range sections {
		s, known := v.streams[sec.stream]
		if !known {
			v.report(Problem{Span: sec.span()}, "journal row %d speaks of stream %d, which does not exist", r.ID, sec.stream)
			continue
		}
		if i := slices.IndexFunc(sec.slots, func(s slo.Slot) bool { return s.State != slo.Gap }); i >= 0 {
			last := len(sec.slots) - 1
			for sec.slots[last].State == slo.Gap {
				last--
			}
			v.note(s, slo.Span{From: sec.from + slo.Minute(i), To: sec.from + slo.Minute(last)})
		}
		if span, ok := lost[sec.stream]; ok {
			lost[sec.stream] = slo.Span{From: min(span.From, sec.from), To: max(span.To, sec.span().To)}
		} else {
			lost[sec.stream] = sec.span()
		}
	}
	if err != nil {
		for _, id := range sortedKeys(lost) {
			v.report(Problem{Stream: v.streams[id].Key, Span: lost[id], Row: r.ID}, "journal row %d cannot be read: %v", r.ID, err)
		}
	}
	return nil
}

// missing reports rows that are gone although no chunk contains them: rows are
// numbered without gaps, and deleted only once chunks contain them.
func (v *verifier) missing() {
	next := v.through + 1
	for _, id := range v.rows {
		for ; next < id; next++ {
			v.report(Problem{Span: v.held, Row: next}, "journal row %d is missing and no sealed day contains it; what it wrote is not known", next)
		}
		next = max(next, id+1)
	}
}

// chunk reads the slots of a sealed day.
func (v *verifier) chunk(ctx context.Context, s Store, t Totals) error {
	payload, _, err := s.ChunkPayload(ctx, t.Stream, t.Day)
	if t.Day < v.thinned && fault.KindOf(err) == fault.NotFound {
		return nil // let go; what is still there is looked at
	}
	if err != nil && (fault.KindOf(err) != fault.NotFound || ctx.Err() != nil) {
		return err
	}
	if err == nil {
		var d *day
		if d, err = decodeChunk(t.Stream, t.Day, t.Through, payload); err == nil {
			held := leaf{good: t.Good, total: t.Total, measured: uint16(t.Measured), estimated: uint16(t.Estimated), first: uint16(t.First), last: uint16(t.Last)}
			if !d.leaf().same(held) {
				err = errors.New("the slots do not add up to the day's totals")
			}
		}
	}
	if err != nil {
		v.report(Problem{Stream: v.streams[t.Stream].Key, Span: daySpan(t.Day)}, "the sealed chunk of the day cannot be read: %v", err)
	}
	return nil
}

// settled compares what is held with what the cursors say: they are written
// together.
func (v *verifier) settled() {
	for _, ind := range sortedKeys(v.newest) {
		c, ok := v.cursors[ind]
		p := Problem{Stream: slo.StreamKey{Indicator: ind}}
		switch {
		case !ok:
			v.report(p, "the indicator has slots and no cursor; `hindcast serve` measures its history again")
		case v.newest[ind] > c.Settled:
			v.report(p, "slots up to %s are held and the cursor stands at %s", at(v.newest[ind]), at(c.Settled))
		}
	}
}

// sums compares the sums that a ledger answers with, which are of blocks of days
// in memory, with the sums of its days one by one.
func (v *verifier) sums(ctx context.Context, s Store) error {
	if v.held == (slo.Span{}) {
		return nil
	}
	l, err := Open(ctx, s, Options{Now: func() time.Time { return time.Time{} }, Fresh: true})
	if err != nil {
		return err
	}
	for _, id := range sortedKeys(v.streams) {
		key := v.streams[id].Key
		span, ok := l.Extent(key)
		if !ok {
			continue
		}
		span = slo.Span{From: daySpan(span.From.Day()).From, To: daySpan(span.To.Day()).To}
		all, err := l.Tally(ctx, key, span)
		if err != nil {
			return err
		}
		var good, total accumulator
		covered := 0
		for d := span.From.Day(); d <= span.To.Day(); d++ {
			t, err := l.Tally(ctx, key, daySpan(d))
			if err != nil {
				return err
			}
			good.add(t.Good)
			total.add(t.Total)
			covered += t.Measured + t.Estimated
		}
		if covered != all.Measured+all.Estimated || !near(good.value(), all.Good) || !near(total.value(), all.Total) {
			v.report(Problem{Stream: key, Span: span}, "the days sum up to %g of %g in %d slots and the ledger answers %g of %g in %d",
				good.value(), total.value(), covered, all.Good, all.Total, all.Measured+all.Estimated)
		}
	}
	return nil
}

// near allows for what the package comment says of sums.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(math.Abs(a), math.Abs(b)) }

// Discard deletes journal rows that cannot be read, once what they wrote was
// measured again: it seals all open days, so that no older row speaks any more,
// and slots that were not written again stay gaps.
func (l *Ledger) Discard(ctx context.Context, rows []int64) error {
	if _, err := l.Seal(ctx, lastDay+1); err != nil {
		return err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.store.Seal(ctx, l.epoch, nil, rows); err != nil {
		l.doubt = true
		return unavailable("delete damaged rows", err)
	}
	l.applySeal(nil, slices.Sorted(slices.Values(rows)))
	return nil
}

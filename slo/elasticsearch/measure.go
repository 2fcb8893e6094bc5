package elasticsearch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// measuring is one Measure: the span's slots in the making. The slots of a group
// are those of its minutes with documents; cut fills in the others.
type measuring struct {
	in      *Indicator
	span    slo.Span
	whole   []slo.Slot
	groups  map[slo.Group]map[slo.Minute]slo.Slot
	dropped bool       // there were more groups than MaxGroups
	silent  slo.Minute // the first minute after the last document, if silence
	silence bool
}

// Measure implements slo.Source. Minutes that have not settled are gaps.
func (s *Source) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	in, err := of(ind)
	if err != nil {
		return slo.Measurement{}, err
	}
	m := &measuring{in: in, span: span, whole: make([]slo.Slot, span.Len()), groups: map[slo.Group]map[slo.Minute]slo.Slot{}}
	settled := slo.MinuteOf(s.o.Now().Add(-s.o.Delay).Truncate(time.Minute))
	read := slo.Span{From: span.From, To: min(span.To, settled)}
	for from := read.From; from <= read.To; from += in.length() {
		if err := s.piece(ctx, m, slo.Span{From: from, To: min(read.To, from+in.length()-1)}, pageSize); err != nil {
			return slo.Measurement{}, s.explained(ctx, in, err)
		}
	}
	if read.Len() > 0 {
		if err := s.judgeEmpty(ctx, m, read); err != nil {
			return slo.Measurement{}, s.explained(ctx, in, err)
		}
		if err := s.recallGroups(ctx, m, read); err != nil {
			return slo.Measurement{}, s.explained(ctx, in, err)
		}
	}
	return m.measurement(s.reopen(m, read)), nil
}

// length is how many minutes are asked for at once. For each page of groups the
// cluster reads all documents of the piece: in pieces of an hour, in which 166
// groups fit a page, a day is read about once and not once for each page.
func (in *Indicator) length() slo.Minute {
	if len(in.By) > 0 {
		return 60
	}
	return slo.MinutesPerDay
}

// smallestPiece is how far pieces shrink for a cluster that is set to few
// buckets.
const smallestPiece = 10

// piece measures a part of the span in one request, for groups in one point in
// time. A cluster that is set to fewer buckets gets smaller questions.
func (s *Source) piece(ctx context.Context, m *measuring, span slo.Span, page int) error {
	ask := s.whole
	if len(m.in.By) > 0 {
		ask = s.grouped
	}
	err := ask(ctx, m, span, page)
	if !isTooMany(err) || span.Len() <= smallestPiece {
		return err
	}
	page = smaller(page)
	middle := span.From + slo.Minute(span.Len()/2)
	if err := s.piece(ctx, m, slo.Span{From: span.From, To: middle - 1}, page); err != nil {
		return err
	}
	return s.piece(ctx, m, slo.Span{From: middle, To: span.To}, page)
}

// isTooMany reports that the cluster refused to make so many buckets.
func isTooMany(err error) bool {
	r, ok := isRefusal(err)
	return ok && r.is("too_many_buckets_exception")
}

// smaller returns the size of pages to try next: 10,000, 1250, 156, 19, 10.
func smaller(page int) int { return max(smallestPiece, page/8) }

// whole measures an indicator that is not grouped.
func (s *Source) whole(ctx context.Context, m *measuring, span slo.Span, _ int) error {
	a, err := s.search(ctx, m.in, m.in.request(span))
	if err != nil {
		return err
	}
	return m.keep(a, span)
}

// keep takes over the slots of the whole.
func (m *measuring) keep(a *answer, span slo.Span) error {
	slots, err := a.slots(m.in, span)
	copy(m.whole[span.From-m.span.From:], slots)
	return err
}

// judgeEmpty tells minutes without traffic from those that nobody observed.
//
//	before the first document of the index    a gap
//	after its last document, until now        a gap with emptyMinute: auto
//	otherwise                                 zero traffic, or a gap with emptyMinute: gap
//
// The documents of the index count here whatever the query is: they show that
// documents were arriving.
func (s *Source) judgeEmpty(ctx context.Context, m *measuring, read slo.Span) error {
	slots := m.whole[:read.Len()]
	empty := func(x slo.Slot) bool { return x.Total == 0 }
	if m.in.Empty == Never {
		gap(slots, empty)
		return nil
	}
	first := slices.IndexFunc(slots, func(x slo.Slot) bool { return x.Total > 0 })
	if first < 0 {
		first = len(slots)
	}
	if first > 0 {
		oldest, ok, err := s.edge(ctx, m.in, edge(m.in.Time, "asc", before(m.in.Time, firstMilli(read.From+slo.Minute(first)))))
		if err != nil {
			return err
		}
		n := first
		if ok {
			n = min(first, max(0, int(slo.MinuteOfMilli(oldest)-read.From)))
		}
		gap(slots[:n], empty)
	}
	if m.in.Empty == Zero {
		return nil
	}
	return s.judgeTail(ctx, m, read, slots)
}

// judgeTail finds the minutes after the last document. Dates to come, of
// machines whose clock is ahead, show nothing.
func (s *Source) judgeTail(ctx context.Context, m *measuring, read slo.Span, slots []slo.Slot) error {
	tail := len(slots)
	for tail > 0 && slots[tail-1].Total == 0 {
		tail--
	}
	if tail == len(slots) {
		return nil
	}
	from := read.From + slo.Minute(tail)
	newest, ok, err := s.edge(ctx, m.in, edge(m.in.Time, "desc", object{"range": object{m.in.Time: object{"gte": firstMilli(from), "lt": s.o.Now().UnixMilli() + 1, "format": "epoch_millis"}}}))
	if err != nil {
		return err
	}
	if ok {
		from = slo.MinuteOfMilli(newest) + 1
	}
	if from <= read.To {
		m.silent, m.silence = from, true
		gap(slots[from-read.From:], func(slo.Slot) bool { return true })
	}
	return nil
}

// before is the filter of documents before an instant.
func before(field string, milli int64) object {
	return object{"range": object{field: object{"lt": milli, "format": "epoch_millis"}}}
}

// gap makes gaps of the slots that match.
func gap(slots []slo.Slot, match func(slo.Slot) bool) {
	for i := range slots {
		if match(slots[i]) {
			slots[i] = slo.Slot{}
		}
	}
}

// reopen remembers where silence began and returns the first minute that has to
// be measured again when it ended: what a shipper kept meanwhile has arrived
// with its own dates, and so has what was late already when it stopped.
func (s *Source) reopen(m *measuring, read slo.Span) slo.Minute {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := m.in.key
	since, was := s.paused[key]
	switch {
	case m.silence && (!was || m.silent < since):
		s.paused[key] = m.silent
	case m.silence || !was || read.Len() == 0:
	case read.Contains(since):
		delete(s.paused, key)
	case since < read.From:
		s.paused[key] = max(since, slo.MinuteOf(s.o.Now().Add(-s.o.Lookback)))
		return min(s.paused[key]-s.o.Overlap, m.span.From)
	}
	return m.span.From
}

// measurement puts the slots together. A group that is known has no events in a
// minute that was measured and in which it was not seen.
func (m *measuring) measurement(reopen slo.Minute) slo.Measurement {
	out := slo.Measurement{Span: m.span, Reopen: reopen, Streams: []slo.StreamSlots{{Slots: m.whole}}}
	for _, g := range slices.Sorted(maps.Keys(m.groups)) {
		slots := make([]slo.Slot, len(m.whole))
		for i, x := range m.whole {
			slots[i].State = x.State
			if seen, ok := m.groups[g][m.span.From+slo.Minute(i)]; ok && x.State != slo.Gap {
				slots[i] = seen
			}
		}
		out.Streams = append(out.Streams, slo.StreamSlots{Group: g, Slots: slots})
	}
	for _, x := range m.whole {
		out.Samples += int64(x.Total)
	}
	if m.silence {
		out.Warnings = append(out.Warnings, fmt.Sprintf("no document of %s is later than %s: the minutes since are missing and not at rest; if the index may be silent, write emptyMinute: zero", m.in.Index, m.silent.Start().Format("2006-01-02 15:04")))
	}
	if m.dropped {
		out.Warnings = append(out.Warnings, fmt.Sprintf("groups beyond the first %d count in the whole only", MaxGroups))
	}
	return out
}

package prometheus

import "github.com/prometheus/prometheus/model/histogram"

// birth is the first sample that was found of a series, or the first after a
// pause longer than the carry limit. Whether its value counts is decided when
// all series have been read.
type birth struct {
	c *counter
	t int64
	v float64
	h *histogram.FloatHistogram
}

// worth returns what the first sample holds if it counts from zero.
func (f *fold) worth(b birth) gain {
	if b.h == nil {
		return even(b.v)
	}
	return f.gainedHistogram(nil, b.h)
}

// watch knows when the source was seen to work: in which slots any series of
// the indicator had samples, and how large increases were there.
type watch struct {
	first, last []int64 // of the samples in each slot, 0 if there are none
	largest     []float64
	past        int64 // the newest sample found before the slots, 0 if none
}

func newWatch(n int) watch {
	return watch{first: make([]int64, n), last: make([]int64, n), largest: make([]float64, n)}
}

// see notes samples from first to last in slot i, with the increase of one
// series there.
func (w *watch) see(i int, first, last int64, gain float64) {
	if w.first[i] == 0 || first < w.first[i] {
		w.first[i] = first
	}
	w.last[i] = max(w.last[i], last)
	w.gain(i, gain)
}

// gain notes the increase of one series that ends in slot i.
func (w *watch) gain(i int, gain float64) {
	if i >= 0 && i < len(w.largest) {
		w.largest[i] = max(w.largest[i], gain)
	}
}

// before returns the newest sample before t, which lies in slot i, to the
// precision of slots: an instant of the same slot if there was one earlier in
// it; 0 if nothing is known.
func (w *watch) before(t int64, i int) int64 {
	if i < len(w.first) && w.first[i] != 0 && w.first[i] < t {
		return w.first[i]
	}
	for k := min(i, len(w.last)) - 1; k >= 0; k-- {
		if w.last[k] != 0 {
			return w.last[k]
		}
	}
	return w.past
}

// Plausibility of a first sample. A counter that a relabelling or a newly
// discovered old process makes appear may stand at millions, and counting those
// would spend a budget with events of last year. A new counter of a living
// process stands at what a few scrape intervals bring: so the bound, for each
// minute since the source was seen to work at least five minutes ago, is a
// hundred times the largest increase of any series of this indicator in the
// minutes before, and never below a thousand events, which no budget of a
// service with running counters of that kind would notice. The five minutes are
// there because after a pause series come back one after the other.
const (
	plausibleFactor = 100
	plausibleFloor  = 1000
)

// plausible reports whether a first value v at t, in slot i, can be an increase
// from zero.
func (f *fold) plausible(v float64, t int64, i int) bool {
	var largest float64
	for k := max(0, i-settle); k <= i && k < f.n; k++ {
		largest = max(largest, f.watch.largest[k])
	}
	minutes := settle
	if seen := f.watch.settled(i); seen != 0 && t-seen <= f.carry {
		minutes = i - f.index(seen)
	}
	return v <= max(plausibleFloor, plausibleFactor*largest)*float64(minutes)
}

// settled returns the newest sample that is at least five slots older than slot
// i, 0 if none is known.
func (w *watch) settled(i int) int64 {
	for k := min(i-settle, len(w.last)-1); k >= 0; k-- {
		if w.last[k] != 0 {
			return w.last[k]
		}
	}
	return w.past
}

// past is what a look further back found out about one series.
type past struct {
	t int64
	v float64
	h *histogram.FloatHistogram
}

// settleBirths decides what the first samples mean, once everything that can be
// known about earlier samples is known. First come the series that turn out to
// be old: their increases help to judge the others.
func (f *fold) settleBirths(known map[uint64]past) {
	var fresh []birth
	for _, b := range f.births {
		p, ok := known[b.c.id]
		if !ok || b.t-p.t > f.carry || p.t >= b.t {
			fresh = append(fresh, b)
			continue
		}
		g := f.gained(p.v, p.h, b.v, b.h)
		f.spread(b.c.sinks, p.t, b.t, g)
		f.watch.gain(f.index(b.t), g[whole])
	}
	for _, b := range fresh {
		f.settleFresh(b)
	}
	f.births = nil
}

// settleFresh counts the first sample of a new series as FirstSample says. With
// Auto it counts from zero where the source was seen to work before, without
// the series, not longer ago than the carry limit: then its events happened
// since. They are booked in the minute of the sample, which is called estimated
// where the source was not seen in the minute before.
func (f *fold) settleFresh(b birth) {
	i := f.index(b.t)
	inSpan := i >= f.out && i < f.n
	g := f.worth(b)
	v := g[whole]
	switch f.in.First {
	case Ignore:
		f.notes.ignored(inSpan, v)
		return
	case Zero:
		f.bookAt(b.c.sinks, i, g, false)
		f.notes.counted(inSpan, v)
		return
	}
	seen := f.watch.before(b.t, i)
	switch {
	case seen == 0 || b.t-seen > f.carry:
		f.notes.unseen(inSpan, v)
	case !f.plausible(v, b.t, i):
		f.notes.implausible(inSpan, v)
	default:
		f.bookAt(b.c.sinks, i, g, f.index(seen) < i-1)
		f.notes.counted(inSpan, v)
	}
}

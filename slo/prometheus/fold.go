package prometheus

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/slo"
)

const (
	slotMilli = 60_000
	// settle is how many slots before the returned span are folded as fully as
	// the span itself, because the plausibility of a first sample is judged by
	// the increases of the five minutes before it.
	settle = 5
)

// fold gathers what raw samples say about one indicator. Slots are indexed from
// the first one read, which lies nearLookback before the first one returned.
type fold struct {
	in    *Indicator
	carry int64
	base  slo.Minute // slot of index 0
	out   int        // index of the first slot returned
	n     int        // number of slots

	streams map[slo.Group]*stream // float series
	native  map[slo.Group]*stream // native histograms
	watch   watch
	open    map[uint64]*counter // series that may come back after the span
	births  []birth
	reopen  int // index of the first slot that a returning series changes
	notes   notes
	samples int64

	incomplete bool // the server said that there may be more
}

func newFold(in *Indicator, span slo.Span, carry int64) *fold {
	lookback := int(nearLookback.Milliseconds() / slotMilli)
	n := span.Len() + lookback
	return &fold{
		in: in, carry: carry, base: span.From - slo.Minute(lookback), out: lookback, n: n,
		streams: map[slo.Group]*stream{}, native: map[slo.Group]*stream{},
		watch: newWatch(n), open: map[uint64]*counter{}, reopen: lookback,
	}
}

// from is the instant after which samples are read; to is the last one.
func (f *fold) from() int64 { return int64(f.base) * slotMilli }
func (f *fold) to() int64   { return f.from() + int64(f.n)*slotMilli }

// index returns the slot that t, in milliseconds, lies in: (0, n] minutes after
// from are 0 … n−1; earlier instants are negative.
func (f *fold) index(t int64) int { return int(slo.MinuteOfMilli(t) - f.base) }

// end returns the last instant of slot i.
func (f *fold) end(i int) int64 { return f.from() + int64(i+1)*slotMilli }

// mark says what is known about a slot of a stream.
type mark uint8

const (
	present mark = 1 << iota // a sample of the total was taken in this minute
	bridged                  // a series was there before and after, but not in this minute
	split                    // part of an increase that was spread by time
)

// stream is one stream under construction. part counts good or bad events, as
// the indicator does.
type stream struct {
	part, whole []float64
	marks       []mark
}

// stream returns the stream of a group in one of the maps, made if needed.
func (f *fold) stream(in map[slo.Group]*stream, g slo.Group) *stream {
	s := in[g]
	if s == nil {
		s = &stream{part: make([]float64, f.n), whole: make([]float64, f.n), marks: make([]mark, f.n)}
		in[g] = s
	}
	return s
}

// sink is an accumulator that a series adds to. Samples of a series that adds
// to the whole mean that the total was measured.
type sink struct {
	role   role
	values []float64
	sign   float64
	marks  []mark
}

// gain is what a series gained between two samples, by the role that it plays:
// a float counter gains the same for all, a histogram gains observations below
// the latency for the part and all observations for the whole.
type gain [2]float64

func even(d float64) gain { return gain{d, d} }

func (g gain) plus(o gain) gain { return gain{g[part] + o[part], g[whole] + o[whole]} }

// counter folds the samples of one cumulative series: floats, or native
// histograms.
type counter struct {
	f     *fold
	id    uint64
	sinks []sink

	has     bool
	t       int64                     // the last sample
	v       float64                   // its value, if it is a float
	h       *histogram.FloatHistogram // its value, if it is a histogram
	i       int                       // the slot under construction
	slotEnd int64                     // its last instant
	sum     gain                      // increase found in it so far
	began   int64                     // its first sample
	zigzag  zigzag
}

// counterFor returns the folder of a series that adds to the given uses, as a
// float series or as a native histogram.
func (f *fold) counterFor(lset labels.Labels, uses []use, histograms bool) *counter {
	c := &counter{f: f, id: lset.Hash(), i: -1}
	for _, g := range f.groups(lset) {
		for _, u := range uses {
			switch {
			case histograms && u.role == native:
				s := f.stream(f.native, g)
				c.sinks = append(c.sinks, s.sink(part, u.sign), s.sink(whole, u.sign))
			case !histograms && u.role != native:
				c.sinks = append(c.sinks, f.stream(f.streams, g).sink(u.role, u.sign))
			}
		}
	}
	return c
}

// sink returns the stream's accumulator for a role.
func (s *stream) sink(r role, sign float64) sink {
	if r == whole {
		return sink{role: r, values: s.whole, sign: sign, marks: s.marks}
	}
	return sink{role: r, values: s.part, sign: sign, marks: s.marks}
}

// fold adds a run of float samples. Staleness markers are passed over: what
// follows tells whether the series ended. Other values that no counter can have
// are passed over and noted.
func (c *counter) fold(ts []int64, vs []float64) {
	var sum float64
	for k, t := range ts {
		v := vs[k]
		if !(v >= 0 && v <= math.MaxFloat64) {
			c.f.notes.odd(v)
			continue
		}
		if v < c.v || c.zigzag.mixed || len(c.zigzag.held) > 0 {
			c.sum, sum = c.sum.plus(even(sum)), 0
			c.offer(t, v)
			continue
		}
		if t <= c.slotEnd {
			sum += v - c.v
			c.t, c.v = t, v
			continue
		}
		c.sum, sum = c.sum.plus(even(sum)), 0
		c.next(t, v, nil)
	}
	c.sum = c.sum.plus(even(sum))
}

// increase returns what a counter gained from value a to value b; a smaller
// value means that it began again from 0.
func increase(a, b float64) float64 {
	if b < a {
		return b
	}
	return b - a
}

// next takes the first sample of another slot.
func (c *counter) next(t int64, v float64, h *histogram.FloatHistogram) {
	c.flush()
	i := c.f.index(t)
	var first gain
	switch {
	case !c.has || t-c.t > c.f.carry:
		c.f.births = append(c.f.births, birth{c: c, t: t, v: v, h: h})
	case i <= c.i+1:
		first = c.f.gained(c.v, c.h, v, h)
	default:
		g := c.f.gained(c.v, c.h, v, h)
		c.f.spread(c.sinks, c.t, t, g)
		c.f.watch.gain(i, g[whole])
	}
	c.has, c.t, c.v, c.h = true, t, v, h
	c.i, c.slotEnd, c.sum, c.began = i, c.f.end(i), first, t
}

// gained returns what a series gained between two of its values.
func (f *fold) gained(v0 float64, h0 *histogram.FloatHistogram, v float64, h *histogram.FloatHistogram) gain {
	if h == nil {
		return even(increase(v0, v))
	}
	return f.gainedHistogram(h0, h)
}

// flush books the slot under construction.
func (c *counter) flush() {
	if c.i < 0 || !c.has {
		return
	}
	for _, s := range c.sinks {
		s.values[c.i] += s.sign * c.sum[s.role]
		if s.role == whole {
			s.marks[c.i] |= present
		}
	}
	c.f.watch.see(c.i, c.began, c.t, c.sum[whole])
	c.sum = gain{}
}

// close ends the series as far as it was read. One that was not seen in the
// last slot may come back later, and its increase would lie in the span.
func (c *counter) close() {
	c.settleFalls()
	c.flush()
	if c.has && c.i < c.f.n-1 {
		c.f.open[c.id] = c
	}
	c.i = -1
}

// spread books what a series gained between two samples that do not lie in
// neighbouring slots: evenly in time over the slots after the first sample, in
// whole events where the gain is whole, so that the parts add up to it exactly.
func (f *fold) spread(sinks []sink, t0, t1 int64, g gain) {
	a, b := f.index(t0), f.index(t1)
	if b <= a+1 {
		f.bookAt(sinks, b, g, false)
		return
	}
	if f.out <= b && b < f.n {
		f.reopen = min(f.reopen, a+1)
	}
	for _, s := range sinks {
		f.spreadInto(s, f.end(a), t1, g[s.role])
	}
}

// spreadInto books delta in the slots of the interval (start, end], which is
// longer than a slot and starts where one ends.
func (f *fold) spreadInto(s sink, start, end int64, delta float64) {
	first, last := f.index(start)+1, f.index(end)
	before := portion(delta, f.end(max(first, 0)-1)-start, end-start)
	for i := max(first, 0); i <= min(last, f.n-1); i++ {
		upTo := portion(delta, min(f.end(i), end)-start, end-start)
		s.book(i, upTo-before, delta != 0)
		if i < last && s.role == whole {
			s.marks[i] |= bridged
		}
		before = upTo
	}
}

// portion returns delta · num/den, rounded down to whole events where delta is
// whole.
func portion(delta float64, num, den int64) float64 {
	if num >= den {
		return delta
	}
	p := delta * float64(num) / float64(den)
	if delta == math.Trunc(delta) {
		return math.Floor(p)
	}
	return p
}

// bookAt adds a gain to one slot, if that is one of those read.
func (f *fold) bookAt(sinks []sink, i int, g gain, divided bool) {
	if i < 0 || i >= f.n {
		return
	}
	for _, s := range sinks {
		s.book(i, g[s.role], divided)
	}
}

// book adds to slot i; divided says that delta was split between slots by a rule
// and not by samples.
func (s sink) book(i int, delta float64, divided bool) {
	s.values[i] += s.sign * delta
	if divided && delta != 0 {
		s.marks[i] |= split
	}
}

// groups returns the groups that a series belongs to: the whole, and its own
// where the indicator is grouped.
func (f *fold) groups(lset labels.Labels) []slo.Group {
	if len(f.in.By) == 0 {
		return []slo.Group{""}
	}
	set := make(map[string]string, len(f.in.By))
	for _, name := range f.in.By {
		set[name] = lset.Get(name)
	}
	g := slo.GroupOf(set)
	if _, known := f.streams[g]; !known && len(f.streams) > MaxGroups {
		f.notes.groups++
		return []slo.Group{""}
	}
	return []slo.Group{"", g}
}

// MaxGroups is the most groups of one indicator that are kept apart. Beyond it
// a series still counts in the whole. OpenObserve stops at 500, Elastic warns
// at 1,000; a stream costs about 24 kB of memory per open day.
const MaxGroups = 1000

package demo

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
)

// metric is one member of a metric family of one process: what a scrape sees,
// and the same as samples of the history.
type metric interface {
	// collect sends what a scrape sees now; nothing if it does not exist yet.
	collect(ch chan<- prometheus.Metric)
	// write appends the present values to the history.
	write(s *scribe) error
	// series lists the series that write ever wrote.
	series() []*series
}

var (
	_ metric = (*value)(nil)
	_ metric = (*classic)(nil)
	_ metric = (*native)(nil)
)

// pair is one label.
type pair struct{ name, value string }

// series is one series of the history.
type series struct {
	lset       labels.Labels
	ref        int // of the HistoryWriter, once known
	known      bool
	histograms bool
}

// seriesOf returns the series of a metric behind a target.
func seriesOf(name string, target, own []pair, more ...pair) series {
	b := labels.NewScratchBuilder(len(target) + len(own) + len(more) + 1)
	b.Add(labels.MetricName, name)
	for _, list := range [][]pair{target, own, more} {
		for _, p := range list {
			b.Add(p.name, p.value)
		}
	}
	b.Sort()
	return series{lset: b.Labels()}
}

// description names a metric family and the labels of one member.
type description struct {
	name, help string
	own        []pair
}

// desc returns the description as client_golang wants it, and the label values.
func (d *description) desc() (*prometheus.Desc, []string) {
	names, values := make([]string, len(d.own)), make([]string, len(d.own))
	for i, p := range d.own {
		names[i], values[i] = p.name, p.value
	}
	return prometheus.NewDesc(d.name, d.help, names, nil), values
}

// value is a counter or a gauge.
type value struct {
	description
	kind   prometheus.ValueType
	v      float64
	exists bool
	s      [1]*series
}

// newValue returns a counter or gauge at 0.
func newValue(kind prometheus.ValueType, d description, target []pair) *value {
	s := seriesOf(d.name, target, d.own)
	return &value{description: d, kind: kind, exists: true, s: [1]*series{&s}}
}

func (v *value) collect(ch chan<- prometheus.Metric) {
	if !v.exists {
		return
	}
	desc, values := v.desc()
	ch <- prometheus.MustNewConstMetric(desc, v.kind, v.v, values...)
}

func (v *value) write(s *scribe) error {
	if !v.exists {
		return nil
	}
	return s.float(v.s[0], v.v)
}

func (v *value) series() []*series {
	if !v.exists {
		return nil
	}
	return v.s[:]
}

// add counts n events; a counter that does not exist appears with the first.
func (v *value) add(n uint64) {
	if n > 0 {
		v.exists = true
		v.v += float64(n)
	}
}

// timed holds the observations of a histogram, by cells of a latency.
type timed struct {
	cells []uint64
	sum   float64
}

// classic is a histogram with fixed buckets.
type classic struct {
	description
	timed  // one cell more than bounds
	bounds []float64
	all    []*series // buckets with +Inf, sum, count
}

func newClassic(d description, bounds []float64, target []pair) *classic {
	c := &classic{description: d, bounds: bounds, timed: timed{cells: make([]uint64, len(bounds)+1)}}
	for _, b := range slices.Concat(bounds, []float64{math.Inf(1)}) {
		s := seriesOf(d.name+"_bucket", target, d.own, pair{labels.BucketLabel, spell(b)})
		c.all = append(c.all, &s)
	}
	sum, count := seriesOf(d.name+"_sum", target, d.own), seriesOf(d.name+"_count", target, d.own)
	c.all = append(c.all, &sum, &count)
	return c
}

// spell writes a bound as Prometheus 3 keeps it: whole numbers with ".0".
func spell(bound float64) string {
	if math.IsInf(bound, 1) {
		return "+Inf"
	}
	if bound == math.Trunc(bound) {
		return strconv.FormatFloat(bound, 'f', 1, 64)
	}
	return strconv.FormatFloat(bound, 'g', -1, 64)
}

func (c *classic) collect(ch chan<- prometheus.Metric) {
	desc, values := c.desc()
	buckets := make(map[float64]uint64, len(c.bounds))
	var n uint64
	for i, b := range c.bounds {
		n += c.cells[i]
		buckets[b] = n
	}
	n += c.cells[len(c.bounds)]
	ch <- prometheus.MustNewConstHistogram(desc, n, c.sum, buckets, values...)
}

func (c *classic) write(s *scribe) error {
	var n uint64
	for i, cell := range c.cells {
		n += cell
		if err := s.float(c.all[i], float64(n)); err != nil {
			return err
		}
	}
	if err := s.float(c.all[len(c.cells)], c.sum); err != nil {
		return err
	}
	return s.float(c.all[len(c.cells)+1], float64(n))
}

func (c *classic) series() []*series { return c.all }

// native is a native histogram of nativeSchema.
type native struct {
	description
	timed // nativeCells
	born  time.Time
	s     [1]*series
}

func newNative(d description, target []pair, born time.Time) *native {
	s := seriesOf(d.name, target, d.own)
	s.histograms = true
	return &native{description: d, timed: timed{cells: make([]uint64, nativeCells)}, born: born, s: [1]*series{&s}}
}

func (n *native) collect(ch chan<- prometheus.Metric) {
	desc, values := n.desc()
	buckets := make(map[int]int64, nativeCells)
	var count uint64
	for i, c := range n.cells {
		if c > 0 {
			buckets[nativeLowest+i] = int64(c)
			count += c
		}
	}
	ch <- prometheus.MustNewConstNativeHistogram(desc, count, n.sum, buckets, nil, 0, nativeSchema,
		prometheus.DefNativeHistogramZeroThreshold, n.born, values...)
}

func (n *native) write(s *scribe) error {
	h := &histogram.Histogram{
		Schema: nativeSchema, ZeroThreshold: prometheus.DefNativeHistogramZeroThreshold, Sum: n.sum,
		PositiveSpans:   []histogram.Span{{Offset: nativeLowest, Length: nativeCells}},
		PositiveBuckets: make([]int64, nativeCells),
	}
	var before int64
	for i, c := range n.cells {
		h.PositiveBuckets[i] = int64(c) - before
		before = int64(c)
		h.Count += c
	}
	return s.histogram(n.s[0], h)
}

func (n *native) series() []*series { return n.s[:] }

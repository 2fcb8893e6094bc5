package demo

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
)

// start is a Wednesday afternoon: the incidents of the script fall on days of
// all kinds.
var start = time.Date(2026, 3, 18, 15, 20, 10, 0, time.UTC)

// newFleet returns a recorded fleet whose clock stands at start.
func newFleet(t testing.TB, seed uint64) *Fleet {
	t.Helper()
	f, err := New(Options{Seed: seed, Now: func() time.Time { return start }, Record: true})
	require.NoError(t, err)
	return f
}

func TestFleetNeedsAClock(t *testing.T) {
	_, err := New(Options{})
	require.ErrorContains(t, err, "no clock")
}

// counted is a HistoryWriter that folds counters as a collector would: it sums
// the increases of each series, takes a smaller value for a reset, and counts
// the first value of a series that appears while others were already there.
type counted struct {
	series  []*folded
	refs    map[string]int
	samples int64
	first   int64 // time of the first sample of all
	last    int64
}

type folded struct {
	lset     labels.Labels
	value    float64 // of the last sample
	counts   []int64 // cells of the last histogram
	increase float64
	cells    []float64 // increase of each native cell
	resets   int
	ends     int // staleness markers
	samples  int
	zeros    int // samples of 0
	lastAt   int64
	realAt   int64      // last sample that is no staleness marker
	pauses   [][2]int64 // begin and length, in seconds, of pauses between those
}

func (c *counted) Series(lset labels.Labels) int {
	if c.refs == nil {
		c.refs = map[string]int{}
	}
	key := lset.String()
	ref, ok := c.refs[key]
	if !ok {
		ref = len(c.series)
		c.refs[key] = ref
		c.series = append(c.series, &folded{lset: lset, value: -1})
	}
	return ref
}

// at checks that samples come in order and returns the series.
func (c *counted) at(ref int, t int64) (*folded, error) {
	if t < c.last {
		return nil, errors.New("a sample lies before the one before it")
	}
	c.last = t
	if c.samples++; c.first == 0 {
		c.first = t
	}
	s := c.series[ref]
	if s.lastAt == t {
		return nil, errors.New("two samples of " + s.lset.String() + " at the same time")
	}
	s.lastAt = t
	s.samples++
	return s, nil
}

func (c *counted) Append(ref int, t int64, v float64) error {
	s, err := c.at(ref, t)
	switch {
	case err != nil:
		return err
	case math.Float64bits(v) == math.Float64bits(staleNaN):
		s.ends++
		return nil
	case s.value < 0 && t == c.first: // nobody saw what came before
	case s.value < 0:
		s.increase += v
	case v < s.value:
		s.resets++
		s.increase += v
	default:
		s.increase += v - s.value
	}
	if pause := (t - s.realAt) / 1000; s.realAt > 0 && pause > minute {
		s.pauses = append(s.pauses, [2]int64{s.realAt / 1000, pause})
	}
	if v == 0 {
		s.zeros++
	}
	s.value, s.realAt = v, t
	return nil
}

func (c *counted) AppendHistogram(ref int, t int64, h *histogram.Histogram) error {
	s, err := c.at(ref, t)
	if err != nil {
		return err
	}
	if math.Float64bits(h.Sum) == math.Float64bits(staleNaN) {
		s.ends++
		return nil
	}
	if err := h.Validate(); err != nil {
		return err
	}
	s.foldHistogram(h, t == c.first)
	return nil
}

func (s *folded) foldHistogram(h *histogram.Histogram, unseen bool) {
	counts := make([]int64, len(h.PositiveBuckets))
	var n int64
	reset := false
	for i, d := range h.PositiveBuckets {
		n += d
		counts[i] = n
		reset = reset || s.counts != nil && n < s.counts[i]
	}
	if reset {
		s.resets++
	}
	if s.cells == nil {
		s.cells = make([]float64, len(counts))
	}
	for i, n := range counts {
		switch {
		case unseen:
		case reset || s.counts == nil:
			s.cells[i] += float64(n)
		default:
			s.cells[i] += float64(n - s.counts[i])
		}
	}
	s.counts, s.value = counts, float64(h.Count)
}

// increase sums the increases of the series that match all pairs.
func (c *counted) increase(pairs ...string) float64 {
	var sum float64
	for _, s := range c.matching(pairs...) {
		sum += s.increase
	}
	return sum
}

// matching returns the series that have all the labels.
func (c *counted) matching(pairs ...string) []*folded {
	var out []*folded
next:
	for _, s := range c.series {
		for i := 0; i < len(pairs); i += 2 {
			if s.lset.Get(pairs[i]) != pairs[i+1] {
				continue next
			}
		}
		out = append(out, s)
	}
	return out
}

package demo

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
)

// HistoryWriter takes the samples of the fleet's past. They arrive in order of
// time over all series, so that a writer may close a block whenever a sample
// belongs to the next. It is used from one goroutine. Times are milliseconds
// since 1970.
type HistoryWriter interface {
	// Series returns a reference for labels, the same one for the same labels.
	Series(lset labels.Labels) int
	// Append adds a sample to a series.
	Append(series int, t int64, v float64) error
	// AppendHistogram adds a native histogram, which the writer may keep.
	AppendHistogram(series int, t int64, h *histogram.Histogram) error
}

// staleNaN is the value by which Prometheus marks the end of a series.
var staleNaN = math.Float64frombits(0x7ff0000000000002)

// scribe writes what one scrape of one target would have stored.
type scribe struct {
	w  HistoryWriter
	ms int64
}

func (s *scribe) float(to *series, v float64) error {
	return s.w.Append(s.ref(to), s.ms, v)
}

func (s *scribe) histogram(to *series, h *histogram.Histogram) error {
	return s.w.AppendHistogram(s.ref(to), s.ms, h)
}

func (s *scribe) ref(of *series) int {
	if !of.known {
		of.ref, of.known = s.w.Series(of.lset), true
	}
	return of.ref
}

// end marks the end of a series.
func (s *scribe) end(of *series) error {
	if of.histograms {
		return s.histogram(of, &histogram.Histogram{Sum: staleNaN})
	}
	return s.float(of, staleNaN)
}

// scrape writes what a scrape of the instance stores: up, every series, and
// marks where series ended since the scrape before.
func (s *scribe) scrape(in *instance) error {
	if in.reach != reachable {
		return s.miss(in)
	}
	if err := s.float(&in.up, 1); err != nil {
		return err
	}
	for _, m := range in.metrics {
		if err := m.write(s); err != nil {
			return err
		}
	}
	in.seen = true
	return s.bury(in)
}

// miss writes what a failed scrape stores: up, and the end of what was there.
func (s *scribe) miss(in *instance) error {
	if err := s.float(&in.up, 0); err != nil {
		return err
	}
	if in.seen {
		for _, m := range in.metrics {
			in.retired = append(in.retired, m.series()...)
		}
	}
	in.seen = false
	for _, old := range in.retired {
		if err := s.end(old); err != nil {
			return err
		}
	}
	in.retired = nil
	return nil
}

// bury marks the end of series that the process before the present one had and
// that this one does not have.
func (s *scribe) bury(in *instance) error {
	if len(in.retired) == 0 {
		return nil
	}
	alive := map[uint64]bool{}
	for _, m := range in.metrics {
		for _, present := range m.series() {
			alive[present.lset.Hash()] = true
		}
	}
	for _, old := range in.retired {
		if alive[old.lset.Hash()] {
			continue
		}
		if err := s.end(old); err != nil {
			return err
		}
	}
	in.retired = nil
	return nil
}

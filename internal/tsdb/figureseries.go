package tsdb

import (
	"context"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"
)

// millis is an instant in milliseconds since 1970.
type millis = int64

// instantsOf returns at how many full minutes a selector can be asked for a
// value, 1 at least.
func instantsOf(h *storage.SelectHints, lookback int64) int {
	if h == nil || h.Func == "series" { // which wants no values
		return 1
	}
	length := h.End - h.Start
	minutes := length/slotMillis + 1
	if everyMinute(h) {
		return int(max(1, minutes))
	}
	if h.Step <= 0 {
		return 1
	}
	return int(max(1, min((length-lookback)/h.Step+2, minutes)))
}

// everyMinute reports whether a selector needs a sample on each full minute: one
// with a range, and one inside timestamp(), which the engine evaluates in a way of
// its own.
func everyMinute(h *storage.SelectHints) bool { return h.Range > 0 || h.Func == "timestamp" }

// figureSet is a selection of figures.
type figureSet struct {
	ctx      context.Context // of the query, which outlives no answer
	figures  []Figure
	at       int // of the one after the current
	hints    *storage.SelectHints
	lookback int64
	warnings annotations.Annotations
}

// Next implements storage.SeriesSet.
func (s *figureSet) Next() bool {
	if s.at == len(s.figures) {
		return false
	}
	s.at++
	return true
}

// At implements storage.SeriesSet.
func (s *figureSet) At() storage.Series { return figureSeries{s, s.figures[s.at-1]} }

// Err implements storage.SeriesSet.
func (s *figureSet) Err() error { return nil }

// Warnings implements storage.SeriesSet.
func (s *figureSet) Warnings() annotations.Annotations { return s.warnings }

// figureSeries is one figure as a series of one selector.
type figureSeries struct {
	set    *figureSet
	figure Figure
}

// Labels implements storage.Series.
func (s figureSeries) Labels() labels.Labels { return s.figure.Labels() }

// Iterator implements storage.Series.
func (s figureSeries) Iterator(chunkenc.Iterator) chunkenc.Iterator {
	samples := figureSamples{ctx: s.set.ctx, figure: s.figure}
	h := s.set.hints
	if h == nil {
		return &figureMinutes{figureSamples: samples, last: math.MinInt64}
	}
	if everyMinute(h) {
		return &figureMinutes{figureSamples: samples, next: ceilMinute(h.Start), last: h.End}
	}
	return &figureInstants{figureSamples: samples, lookback: s.set.lookback, first: h.Start + s.set.lookback - 1, step: h.Step, last: h.End}
}

// figureSamples is the current sample of an iterator. A figure that is absent is a
// staleness marker, so that PromQL does not go on with an older one.
type figureSamples struct {
	ctx    context.Context
	figure Figure
	t      int64
	v      float64
	err    error
}

// compute moves to the full minute t.
func (s *figureSamples) compute(t int64) chunkenc.ValueType {
	v, ok, err := s.figure.At(s.ctx, t)
	if err != nil {
		s.err = err
		return chunkenc.ValNone
	}
	if !ok {
		v = math.Float64frombits(value.StaleNaN)
	}
	s.t, s.v = t, v
	return chunkenc.ValFloat
}

// At implements chunkenc.Iterator.
func (s *figureSamples) At() (int64, float64) { return s.t, s.v }

// AtT implements chunkenc.Iterator.
func (s *figureSamples) AtT() int64 { return s.t }

// AtST implements chunkenc.Iterator.
func (s *figureSamples) AtST() int64 { return 0 }

// AtHistogram implements chunkenc.Iterator; figures are none.
func (s *figureSamples) AtHistogram(*histogram.Histogram) (int64, *histogram.Histogram) {
	return s.t, nil
}

// AtFloatHistogram implements chunkenc.Iterator; figures are none.
func (s *figureSamples) AtFloatHistogram(*histogram.FloatHistogram) (int64, *histogram.FloatHistogram) {
	return s.t, nil
}

// Err implements chunkenc.Iterator.
func (s *figureSamples) Err() error { return s.err }

// figureMinutes has a sample on each full minute.
type figureMinutes struct {
	figureSamples
	next, last int64
}

// Next implements chunkenc.Iterator.
func (m *figureMinutes) Next() chunkenc.ValueType {
	if m.next > m.last || m.err != nil {
		return chunkenc.ValNone
	}
	m.next += slotMillis
	return m.compute(m.next - slotMillis)
}

// Seek implements chunkenc.Iterator.
func (m *figureMinutes) Seek(t millis) chunkenc.ValueType {
	if m.t >= t && m.t != 0 {
		return chunkenc.ValFloat
	}
	m.next = max(m.next, ceilMinute(t))
	return m.Next()
}

// figureInstants has a sample for each instant at which PromQL evaluates a
// selector without a range: that of the full minute before or at it. The engine
// asks for samples from lookback before an instant on and takes the newest up to
// it; computing all of those would cost five times as much. So Seek goes to the
// instant itself, and Next to the one after it. Where the first one lies, only
// Seek tells: subqueries are evaluated at multiples of their step.
type figureInstants struct {
	figureSamples
	lookback    int64
	first, step int64
	last        int64
	instant     int64
	begun       bool // by Seek
}

// Next implements chunkenc.Iterator. The first call says no more than that there
// are samples.
func (i *figureInstants) Next() chunkenc.ValueType {
	switch {
	case i.err != nil:
		return chunkenc.ValNone
	case !i.begun && i.instant == 0:
		i.instant = i.first
		i.t, i.v = floorMinute(i.first), math.Float64frombits(value.StaleNaN)
		return chunkenc.ValFloat
	case i.step <= 0:
		return chunkenc.ValNone
	}
	return i.to(i.instant + i.step)
}

// Seek implements chunkenc.Iterator; see figureInstants.
func (i *figureInstants) Seek(t millis) chunkenc.ValueType {
	if i.begun && t+i.lookback <= i.instant {
		return chunkenc.ValFloat
	}
	i.begun = true
	return i.to(t + i.lookback)
}

// to moves to an instant.
func (i *figureInstants) to(instant int64) chunkenc.ValueType {
	if instant > i.last || i.err != nil {
		return chunkenc.ValNone
	}
	i.instant = instant
	return i.compute(floorMinute(instant))
}

func floorMinute(ms int64) int64 { return ms - modMinute(ms) }

func ceilMinute(ms int64) int64 { return floorMinute(ms + slotMillis - 1) }

// modMinute returns the milliseconds after the last full minute, before 1970 too.
func modMinute(ms int64) int64 { return (ms%slotMillis + slotMillis) % slotMillis }

package remote

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/hindcast/hindcast/internal/tsdb/chunk"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// histogramBatch is how many histograms go into one batch: they are big, and the
// cost of a call does not matter beside that of decoding one.
const histogramBatch = 128

// maxMerged is the most samples of chunks that overlap one another, which have
// to be decoded together.
const maxMerged = 1 << 20

// series hands out the samples of one series in (from, to] from its chunks. It is
// reused from series to series, and with it everything that decoding needs.
type series struct {
	labels   labels.Labels
	from, to int64
	pieces   func() (piece, bool)
	err      error

	group   []piece // chunks that are open: one, or several that overlap
	spare   [][]byte
	ahead   piece // read, and not yet in a group
	isAhead bool

	open   bool
	isXOR  bool
	xor    chunk.XOR
	it     chunkenc.Iterator
	merged []point
	isMany bool

	last    int64 // time of the newest sample handed out
	started bool
}

var _ sample.Series = (*series)(nil)

// point is a sample of overlapping chunks.
type point struct {
	t int64
	v float64
	h *histogram.FloatHistogram
}

func newSeries(from, to int64) *series { return &series{from: from, to: to} }

// reset turns to another series.
func (s *series) reset(lset labels.Labels, pieces func() (piece, bool)) {
	s.labels, s.pieces, s.err = lset, pieces, nil
	s.open, s.isAhead, s.started = false, false, false
}

// Labels returns the label set.
func (s *series) Labels() labels.Labels { return s.labels }

// Err returns what ended the series early.
func (s *series) Err() error { return s.err }

// Next fills b with the next samples.
func (s *series) Next(b *sample.Batch) bool {
	b.Reset()
	held := b.H[:cap(b.H)]
	for s.err == nil && len(b.V) < sample.BatchSize && len(b.H) < histogramBatch {
		if !s.open && !s.openGroup() {
			break
		}
		before := b.Len()
		var more bool
		switch {
		case s.isMany:
			more = s.fillMerged(b)
		case s.isXOR:
			more = s.fillXOR(b)
		default:
			more = s.fillOther(b, held)
		}
		s.check(b, before)
		if more && b.Len() > 0 {
			break // the batch is full, or what comes next is of the other kind
		}
		s.open = more
	}
	return s.err == nil && b.Len() > 0
}

// check makes sure that time goes on: a fold of samples in disorder would take
// each step back for a reset.
func (s *series) check(b *sample.Batch, before int) {
	for _, t := range b.T[before:] {
		if s.started && t <= s.last {
			s.err = s.broken(fmt.Errorf("a sample of %d ms comes after one of %d ms", t, s.last))
			return
		}
		s.last, s.started = t, true
	}
}

func (s *series) broken(err error) error {
	return fmt.Errorf("samples of %s: %w", oneLine(s.labels.String()), err)
}

// take returns the next chunk, with data of its own.
func (s *series) take() (piece, bool) {
	if s.isAhead {
		s.isAhead = false
		return s.ahead, true
	}
	for {
		p, ok := s.pieces()
		if !ok {
			return piece{}, false
		}
		if p.max <= s.from || p.min > s.to {
			continue
		}
		var data []byte
		if n := len(s.spare); n > 0 {
			data, s.spare = s.spare[n-1], s.spare[:n-1]
		}
		p.data = append(data[:0], p.data...)
		return p, true
	}
}

// openGroup turns to the next chunk, and to all that overlap it and one another.
func (s *series) openGroup() bool {
	for _, p := range s.group {
		s.spare = append(s.spare, p.data)
	}
	s.group = s.group[:0]
	first, ok := s.take()
	if !ok {
		return false
	}
	s.group = append(s.group, first)
	upTo, samples := first.max, first.samples()
	for {
		p, ok := s.take()
		if !ok {
			break
		}
		if p.min > upTo {
			s.ahead, s.isAhead = p, true
			break
		}
		s.group = append(s.group, p)
		upTo = max(upTo, p.max)
		if samples += p.samples(); samples > maxMerged {
			s.err = s.broken(fmt.Errorf("more than %d samples in chunks that overlap", maxMerged))
			return false
		}
	}
	s.open, s.isMany = true, len(s.group) > 1
	if s.isMany {
		s.err = s.merge()
	} else {
		s.err = s.openPiece(first)
	}
	return s.err == nil
}

func (s *series) openPiece(p piece) error {
	s.isXOR = p.encoding == chunkenc.EncXOR
	if s.isXOR {
		return s.wrap(s.xor.Reset(p.data))
	}
	if p.encoding == chunkenc.EncNone || p.encoding == 0 {
		return s.broken(fmt.Errorf("a chunk is of encoding %d, which is none", p.encoding))
	}
	c, err := chunkenc.FromData(p.encoding, p.data)
	if err != nil {
		return s.broken(err)
	}
	s.it = c.Iterator(s.it)
	return nil
}

func (s *series) wrap(err error) error {
	if err == nil {
		return nil
	}
	return s.broken(err)
}

// fillXOR appends floats; more is true if the chunk may have more.
func (s *series) fillXOR(b *sample.Batch) (more bool) {
	if len(b.H) > 0 {
		return true
	}
	start := len(b.T)
	room := sample.BatchSize - start
	b.T = slices.Grow(b.T, room)[:sample.BatchSize]
	b.V = slices.Grow(b.V, room)[:sample.BatchSize]
	n, err := s.xor.Next(b.T[start:], b.V[start:])
	if err != nil {
		s.err, n = s.broken(err), 0
	}
	b.T, b.V = b.T[:start+n], b.V[:start+n]
	s.trim(b, start)
	return n == room
}

// trim drops floats from start on that lie outside of the interval.
func (s *series) trim(b *sample.Batch, start int) {
	added := b.T[start:]
	if n := len(added); n == 0 || added[0] > s.from && added[n-1] <= s.to {
		return
	}
	first := sort.Search(len(added), func(i int) bool { return added[i] > s.from })
	end := first + sort.Search(len(added)-first, func(i int) bool { return added[first+i] > s.to })
	n := copy(added, added[first:end])
	copy(b.V[start:], b.V[start+first:start+end])
	b.T, b.V = b.T[:start+n], b.V[:start+n]
}

// fillOther appends samples of a chunk that is read one by one. The histograms
// that the batch held before are written over.
func (s *series) fillOther(b *sample.Batch, held []*histogram.FloatHistogram) (more bool) {
	for len(b.V) < sample.BatchSize && len(b.H) < histogramBatch {
		var into *histogram.FloatHistogram
		if len(b.H) < len(held) {
			into = held[len(b.H)]
		}
		p, ok, err := step(s.it, into)
		if err != nil {
			s.err = s.broken(err)
			return false
		}
		if !ok {
			return false
		}
		if p.t <= s.from || p.t > s.to {
			continue
		}
		s.put(b, p)
	}
	return true
}

// step reads one sample. A chunk that lies makes the decoder of histograms read
// beyond its end.
func step(it chunkenc.Iterator, into *histogram.FloatHistogram) (p point, ok bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a chunk is damaged: %v", r)
		}
	}()
	switch it.Next() {
	case chunkenc.ValFloat:
		p.t, p.v = it.At()
	case chunkenc.ValHistogram, chunkenc.ValFloatHistogram:
		if into == nil {
			into = new(histogram.FloatHistogram)
		}
		p.t, p.h = it.AtFloatHistogram(into)
	default:
		return point{}, false, it.Err()
	}
	return p, true, nil
}

// put appends one sample. The first histogram that is handed out may be the first
// one that the server kept of a chunk, and later ones of overlapping chunks follow
// others than those that their chunk knew: what those say about a reset is not
// believed, and found out by comparing.
func (s *series) put(b *sample.Batch, p point) {
	b.T = append(b.T, p.t)
	if p.h == nil {
		b.V = append(b.V, p.v)
		return
	}
	if (!s.started && len(b.H) == 0 || s.isMany) && p.h.CounterResetHint != histogram.GaugeType {
		p.h.CounterResetHint = histogram.UnknownCounterReset
	}
	b.H = append(b.H, p.h)
}

// merge decodes the chunks of the group and puts their samples in order. Of two
// with the same time the one of the earlier chunk stays.
func (s *series) merge() error {
	s.merged = s.merged[:0]
	for _, p := range s.group {
		if err := s.openPiece(p); err != nil {
			return err
		}
		if !s.isXOR {
			if err := s.mergeOther(); err != nil {
				return err
			}
			continue
		}
		var ts [256]int64
		var vs [256]float64
		for n := len(ts); n == len(ts); {
			var err error
			if n, err = s.xor.Next(ts[:], vs[:]); err != nil {
				return s.broken(err)
			}
			for i := range n {
				s.merged = append(s.merged, point{t: ts[i], v: vs[i]})
			}
		}
	}
	slices.SortStableFunc(s.merged, func(a, b point) int { return cmp.Compare(a.t, b.t) })
	s.merged = slices.CompactFunc(s.merged, func(a, b point) bool { return a.t == b.t })
	s.merged = slices.DeleteFunc(s.merged, func(p point) bool { return p.t <= s.from || p.t > s.to })
	return nil
}

func (s *series) mergeOther() error {
	for {
		p, ok, err := step(s.it, nil)
		if err != nil {
			return s.broken(err)
		}
		if !ok {
			return nil
		}
		s.merged = append(s.merged, p)
	}
}

// fillMerged appends samples of a merged group up to a change of their kind.
func (s *series) fillMerged(b *sample.Batch) (more bool) {
	for len(s.merged) > 0 {
		p := s.merged[0]
		if p.h == nil && len(b.H) > 0 || p.h != nil && len(b.V) > 0 ||
			len(b.V) == sample.BatchSize || len(b.H) == histogramBatch {
			return true
		}
		s.put(b, p)
		s.merged = s.merged[1:]
	}
	return false
}

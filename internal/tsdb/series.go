package tsdb

import (
	"fmt"
	"slices"
	"sort"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/hindcast/hindcast/internal/tsdb/chunk"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// histogramBatch is how many histograms go into one batch: they are big, and the
// cost of a call does not matter beside that of decoding one.
const histogramBatch = 128

// series hands out the samples of one stored series in (from, to]. It is reused
// from series to series, and with it everything that decoding needs.
type series struct {
	labels   labels.Labels
	from, to int64
	chunks   chunks.Iterator
	err      error

	open    bool // a chunk is being read
	inside  bool // the chunk lies in the range as a whole
	isXOR   bool
	isHist  bool
	xor     chunk.XOR
	it      chunkenc.Iterator
	pending chunkenc.ValueType // a sample that it stands on, not yet handed out
}

var _ sample.Series = (*series)(nil)

// reset turns s to another series.
func (s *series) reset(lset labels.Labels, it chunks.Iterator) {
	s.labels, s.chunks, s.err = lset, it, nil
	s.open, s.pending = false, chunkenc.ValNone
}

// Labels returns the label set.
func (s *series) Labels() labels.Labels { return s.labels }

// Err returns what ended the series early.
func (s *series) Err() error { return s.err }

// Next fills b with the next samples.
func (s *series) Next(b *sample.Batch) bool {
	b.Reset()
	for s.err == nil {
		if !s.open && !s.openChunk() {
			break
		}
		if s.isHist {
			if len(b.V) > 0 {
				break // a batch holds floats or histograms
			}
			s.histograms(b)
			if len(b.T) > 0 {
				break
			}
			continue
		}
		s.floats(b)
		if len(b.T) >= sample.BatchSize {
			break
		}
	}
	return s.err == nil && len(b.T) > 0
}

// openChunk turns to the next chunk that reaches into the range.
func (s *series) openChunk() bool {
	for s.chunks.Next() {
		meta := s.chunks.At()
		if meta.MaxTime <= s.from || meta.MinTime > s.to {
			continue
		}
		s.inside = meta.MinTime > s.from && meta.MaxTime <= s.to
		if err := s.openData(meta); err != nil {
			s.err = s.broken(err)
			return false
		}
		return true
	}
	if err := s.chunks.Err(); err != nil {
		s.err = s.broken(err)
	}
	return false
}

// openData prepares decoding. It goes by the bytes of the chunk and not by its
// iterator: chunks of the head come wrapped, and their iterators lock.
func (s *series) openData(meta chunks.Meta) error {
	s.open, s.pending = true, chunkenc.ValNone
	encoding := meta.Chunk.Encoding()
	s.isXOR = encoding == chunkenc.EncXOR
	s.isHist = encoding != chunkenc.EncXOR && encoding != chunkenc.EncXOR2
	if s.isXOR {
		return s.xor.Reset(meta.Chunk.Bytes())
	}
	plain, err := chunkenc.FromData(encoding, meta.Chunk.Bytes())
	if err != nil {
		return err
	}
	s.it = plain.Iterator(s.it)
	return nil
}

func (s *series) broken(err error) error {
	return fmt.Errorf("samples of %s: %w", s.labels, err)
}

// floats appends the floats of the open chunk to b, as many as there is room.
func (s *series) floats(b *sample.Batch) {
	start := len(b.T)
	room := sample.BatchSize - start
	b.T = slices.Grow(b.T, room)[:sample.BatchSize]
	b.V = slices.Grow(b.V, room)[:sample.BatchSize]
	n, err := s.decode(b.T[start:], b.V[start:])
	if err != nil {
		s.err = s.broken(err)
		n = 0
	}
	if n < room {
		s.open = false
	}
	b.T, b.V = b.T[:start+n], b.V[:start+n]
	if !s.inside {
		s.trim(b, start)
	}
}

func (s *series) decode(ts []int64, vs []float64) (int, error) {
	if s.isXOR {
		return s.xor.Next(ts, vs)
	}
	n := 0
	for n < len(ts) && s.it.Next() != chunkenc.ValNone {
		ts[n], vs[n] = s.it.At()
		n++
	}
	return n, s.it.Err()
}

// trim drops samples from start on that lie outside of the range.
func (s *series) trim(b *sample.Batch, start int) {
	added := b.T[start:]
	first := sort.Search(len(added), func(i int) bool { return added[i] > s.from })
	end := sort.Search(len(added), func(i int) bool { return added[i] > s.to })
	n := copy(added, added[first:end])
	copy(b.V[start:], b.V[start+first:start+end])
	b.T, b.V = b.T[:start+n], b.V[:start+n]
}

// histograms fills b with histograms of the open chunk. The histograms that b
// held before are written over.
func (s *series) histograms(b *sample.Batch) {
	held := b.H[:cap(b.H)]
	for len(b.T) < histogramBatch {
		if s.it.Next() == chunkenc.ValNone {
			if err := s.it.Err(); err != nil {
				s.err = s.broken(err)
			}
			s.open = false
			return
		}
		t := s.it.AtT()
		if t <= s.from || t > s.to {
			continue
		}
		var into *histogram.FloatHistogram
		if len(b.H) < len(held) {
			into = held[len(b.H)]
		}
		if into == nil {
			into = new(histogram.FloatHistogram)
		}
		_, h := s.it.AtFloatHistogram(into)
		b.T, b.H = append(b.T, t), append(b.H, h)
	}
}

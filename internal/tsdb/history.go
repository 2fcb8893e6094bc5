package tsdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/fileutil"

	"github.com/hindcast/hindcast/internal/fault"
)

// chunkSamples is how many samples go into one chunk, as in Prometheus: longer
// chunks are smaller, but a query of one minute decodes one from its beginning.
const chunkSamples = 120

// History writes samples of the past into a data directory that is not open and
// holds none yet: what a demonstration shows at its first start, and what tests
// measure. It encodes chunks and writes blocks by itself, about ten times as fast
// as appending to a store, which writes every sample to its log first.
//
// Samples come in any order of series, but block by block: once a sample of a
// later block was given, the earlier ones are finished. Nothing is seen in the
// directory before Close; a History that was not closed leaves folders that the
// next Open removes. It is not safe for concurrent use.
type History struct {
	dir      string
	span     int64 // length of a block in ms
	progress func(HistoryProgress)
	series   []*historySeries
	byLabels map[uint64][]Ref
	block    int64 // number of the block being filled
	filling  bool
	done     HistoryProgress
	written  []string // finished blocks under their temporary names
}

// HistoryOptions are the choices of NewHistory; zero values are sensible.
type HistoryOptions struct {
	// BlockRange is the length of a block, by default the length at which Open
	// stops merging blocks. All samples of one block are held in memory, at 2
	// to 4 bytes each.
	BlockRange time.Duration
	// Progress is called after each block.
	Progress func(HistoryProgress)
}

// HistoryProgress says how much has been written.
type HistoryProgress struct {
	Until   time.Time // the newest sample written
	Samples uint64
	Blocks  int
	Bytes   int64 // on disk
}

// Ref names a series of a History.
type Ref int

// historySeries is one series of the block being filled.
type historySeries struct {
	labels  labels.Labels
	last    int64
	some    bool
	open    chunkenc.Chunk
	app     chunkenc.Appender
	chunks  []chunks.Meta // the last one is open
	samples uint64
	hists   uint64
}

// NewHistory begins to write into dir, which is created if it does not exist.
func NewHistory(dir string, o HistoryOptions) (*History, error) {
	if o.BlockRange < 0 {
		return nil, fault.Invalidf("block range %s is negative", o.BlockRange)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fault.Invalidf("data directory: %w", err)
	}
	if empty, err := Empty(dir); err != nil {
		return nil, err
	} else if !empty {
		return nil, fault.Conflictf("data directory %s holds samples already: history is written into an empty one only", dir)
	}
	return &History{
		dir:      dir,
		span:     or(o.BlockRange, maxBlock).Milliseconds(),
		progress: o.Progress,
		byLabels: make(map[uint64][]Ref),
	}, nil
}

// Empty reports whether dir holds no samples; a directory that does not exist
// holds none.
func Empty(dir string) (bool, error) {
	if !exists(dir) {
		return true, nil
	}
	names, err := blockNames(dir)
	if err != nil || len(names) > 0 {
		return false, err
	}
	segments, err := filepath.Glob(filepath.Join(dir, "wal", "[0-9]*"))
	if err != nil {
		return false, err
	}
	for _, s := range segments {
		if info, err := os.Stat(s); err != nil || info.Size() > 0 {
			return false, err
		}
	}
	return true, nil
}

// Series returns the reference of a series, the same one for the same labels.
func (h *History) Series(lset labels.Labels) Ref {
	hash := lset.Hash()
	for _, ref := range h.byLabels[hash] {
		if labels.Equal(h.series[ref].labels, lset) {
			return ref
		}
	}
	ref := Ref(len(h.series))
	h.series = append(h.series, &historySeries{labels: lset})
	h.byLabels[hash] = append(h.byLabels[hash], ref)
	return ref
}

// Append adds a float sample at t, in milliseconds since 1970.
func (h *History) Append(ref Ref, t int64, v float64) error {
	s, err := h.turn(ref, t)
	if err != nil {
		return err
	}
	if s.open == nil || s.open.Encoding() != chunkenc.EncXOR || s.open.NumSamples() >= chunkSamples {
		if err := s.cut(chunkenc.EncXOR, t); err != nil {
			return err
		}
	}
	s.app.Append(0, t, v)
	s.took(t)
	return nil
}

// AppendHistogram adds a native histogram at t, in milliseconds since 1970.
func (h *History) AppendHistogram(ref Ref, t int64, sample *histogram.Histogram) error {
	s, err := h.turn(ref, t)
	if err != nil {
		return err
	}
	if err := sample.Validate(); err != nil {
		return fault.Invalidf("history: histogram of %s at %d: %w", s.labels, t, err)
	}
	before := s.app
	if s.open == nil || s.open.Encoding() != chunkenc.EncHistogram || s.open.NumSamples() >= chunkSamples {
		if err := s.cut(chunkenc.EncHistogram, t); err != nil {
			return err
		}
	} else {
		before = nil // it is for telling resets between chunks
	}
	fresh, recoded, app, err := s.app.AppendHistogram(before, 0, t, sample, false)
	if err != nil {
		return fault.Invalidf("history: histogram of %s at %d: %w", s.labels, t, err)
	}
	s.app = app
	s.replace(fresh, recoded, t)
	s.hists++
	s.took(t)
	return nil
}

// turn finds the series and turns to the block of t.
func (h *History) turn(ref Ref, t int64) (*historySeries, error) {
	if ref < 0 || int(ref) >= len(h.series) {
		return nil, fault.Invalidf("history: there is no series %d", ref)
	}
	s := h.series[ref]
	if s.some && t <= s.last {
		return nil, fault.Invalidf("history: sample of %s at %d is not behind the one at %d", s.labels, t, s.last)
	}
	block := floorDiv(t, h.span)
	switch {
	case !h.filling:
		h.block, h.filling = block, true
	case block < h.block:
		return nil, fault.Invalidf("history: sample of %s at %d belongs to a block that is finished", s.labels, t)
	case block > h.block:
		if err := h.flush(); err != nil {
			return nil, err
		}
		h.block, h.filling = block, true
	}
	return s, nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// cut begins a new chunk at t.
func (s *historySeries) cut(e chunkenc.Encoding, t int64) (err error) {
	if s.open, err = chunkenc.NewEmptyChunk(e); err != nil {
		return err
	}
	if s.app, err = s.open.Appender(); err != nil {
		return err
	}
	s.chunks = append(s.chunks, chunks.Meta{MinTime: t, MaxTime: t, Chunk: s.open})
	return nil
}

// replace takes the chunk that a histogram made necessary, if it did: the open
// one written anew, with more buckets, or one that follows it.
func (s *historySeries) replace(fresh chunkenc.Chunk, recoded bool, t int64) {
	if fresh == nil {
		return
	}
	s.open = fresh
	if recoded {
		s.chunks[len(s.chunks)-1].Chunk = fresh
		return
	}
	s.chunks = append(s.chunks, chunks.Meta{MinTime: t, MaxTime: t, Chunk: fresh})
}

func (s *historySeries) took(t int64) {
	s.last, s.some = t, true
	s.chunks[len(s.chunks)-1].MaxTime = t
	s.samples++
}

// flush writes the block that was filled under its temporary name.
func (h *History) flush() error {
	h.filling = false
	block, err := writeBlock(context.Background(), h.dir, h.series)
	if err != nil {
		return fmt.Errorf("write history into %s: %w", h.dir, err)
	}
	for _, s := range h.series {
		s.open, s.app, s.chunks, s.samples, s.hists = nil, nil, nil, 0, 0
	}
	if block.samples == 0 {
		return nil
	}
	h.written = append(h.written, block.path)
	h.done.Until = time.UnixMilli(block.newest).UTC()
	h.done.Samples += block.samples
	h.done.Bytes += block.bytes
	h.done.Blocks++
	if h.progress != nil {
		h.progress(h.done)
	}
	return nil
}

// Close writes what is left and puts all blocks in place. What was written is
// lost if it returns an error.
func (h *History) Close() (HistoryProgress, error) {
	if h.filling {
		if err := h.flush(); err != nil {
			return h.done, errors.Join(err, h.Abort())
		}
	}
	for _, path := range h.written {
		if err := fileutil.Replace(path, path[:len(path)-len(blockTmpSuffix)]); err != nil {
			return h.done, errors.Join(fmt.Errorf("put a block of history in place: %w", err), h.Abort())
		}
	}
	h.written = nil
	return h.done, nil
}

// Abort removes what was written and is not in place yet.
func (h *History) Abort() error {
	var errs []error
	for _, path := range h.written {
		errs = append(errs, os.RemoveAll(path))
	}
	h.written = nil
	return errors.Join(errs...)
}

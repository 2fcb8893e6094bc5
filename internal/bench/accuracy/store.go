package main

import (
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/tsdb"
)

// blockRange is how much history is in one block, and in memory while it is
// written.
const blockRange = 72 * time.Hour

// write writes the samples of many streams, each in the order of its instants,
// as blocks into the data directory of a server that is not running.
func write(dir string, streams ...iter.Seq[sample]) (uint64, error) {
	fresh, err := os.MkdirTemp(dir, "history-")
	if err != nil {
		return 0, err
	}
	h, err := tsdb.NewHistory(fresh, tsdb.HistoryOptions{BlockRange: blockRange})
	if err != nil {
		return 0, err
	}
	if err := merge(streams, func(s sample) error { return appendTo(h, s) }); err != nil {
		return 0, err
	}
	done, err := h.Close()
	if err != nil {
		return 0, err
	}
	return done.Samples, moveBlocks(fresh, dir)
}

// appendTo adds one sample to a history.
func appendTo(h *tsdb.History, s sample) error {
	if s.series.ref == 0 {
		s.series.ref = int(h.Series(labels.FromStrings(s.series.pairs...))) + 1
	}
	ref := tsdb.Ref(s.series.ref - 1)
	if s.h != nil {
		return h.AppendHistogram(ref, s.ms, s.h)
	}
	return h.Append(ref, s.ms, s.v)
}

// merge visits the samples of all streams block by block.
func merge(streams []iter.Seq[sample], visit func(sample) error) error {
	type head struct {
		next func() (sample, bool)
		s    sample
		ok   bool
	}
	var heads []*head
	for _, stream := range streams {
		next, stop := iter.Pull(stream)
		defer stop()
		s, ok := next()
		heads = append(heads, &head{next, s, ok})
	}
	for {
		block, more := int64(0), false
		for _, h := range heads {
			if b := h.s.ms / blockRange.Milliseconds(); h.ok && (!more || b < block) {
				block, more = b, true
			}
		}
		if !more {
			return nil
		}
		for _, h := range heads {
			for h.ok && h.s.ms/blockRange.Milliseconds() == block {
				if err := visit(h.s); err != nil {
					return err
				}
				h.s, h.ok = h.next()
			}
		}
	}
}

// moveBlocks moves finished blocks into a data directory.
func moveBlocks(from, to string) error {
	blocks, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, b := range blocks {
		if err := os.Rename(filepath.Join(from, b.Name()), filepath.Join(to, b.Name())); err != nil {
			return err
		}
	}
	return os.RemoveAll(from)
}

package tsdb

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	promtsdb "github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
	"github.com/prometheus/prometheus/tsdb/tombstones"
)

// blockTmpSuffix marks blocks that are not finished; Prometheus removes folders
// with such names when it opens a store.
const blockTmpSuffix = ".tmp-for-creation"

// writtenBlock describes a block that was written.
type writtenBlock struct {
	path    string
	newest  int64
	samples uint64
	bytes   int64
}

// writeBlock writes what series hold into a new block below dir, under its
// temporary name. The format is docs/format of Prometheus' tsdb: chunk files, an
// index, and meta.json.
func writeBlock(ctx context.Context, dir string, series []*historySeries) (_ writtenBlock, err error) {
	filled := slices.DeleteFunc(slices.Clone(series), func(s *historySeries) bool { return s.samples == 0 })
	if len(filled) == 0 {
		return writtenBlock{}, nil
	}
	slices.SortFunc(filled, func(a, b *historySeries) int { return labels.Compare(a.labels, b.labels) })
	meta := blockMeta(filled)
	path := filepath.Join(dir, meta.ULID.String()+blockTmpSuffix)
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}()
	if err := os.Mkdir(path, 0o750); err != nil {
		return writtenBlock{}, err
	}
	if err := writeChunks(filepath.Join(path, "chunks"), filled); err != nil {
		return writtenBlock{}, err
	}
	if err := writeIndex(ctx, filepath.Join(path, "index"), filled); err != nil {
		return writtenBlock{}, err
	}
	if _, err := tombstones.WriteFile(slog.New(slog.DiscardHandler), path, tombstones.NewMemTombstones()); err != nil {
		return writtenBlock{}, err
	}
	if err := writeMeta(filepath.Join(path, "meta.json"), meta); err != nil {
		return writtenBlock{}, err
	}
	size, err := treeSize(path)
	return writtenBlock{path: path, newest: meta.MaxTime - 1, samples: meta.Stats.NumSamples, bytes: size}, err
}

// blockMeta sums up series, of which there is at least one.
func blockMeta(series []*historySeries) promtsdb.BlockMeta {
	meta := promtsdb.BlockMeta{MinTime: math.MaxInt64, MaxTime: math.MinInt64, Version: 1}
	for _, s := range series {
		meta.MinTime = min(meta.MinTime, s.chunks[0].MinTime)
		meta.MaxTime = max(meta.MaxTime, s.last+1) // blocks are open on the right
		meta.Stats.NumSamples += s.samples
		meta.Stats.NumHistogramSamples += s.hists
		meta.Stats.NumChunks += uint64(len(s.chunks))
		meta.Stats.NumSeries++
	}
	meta.Stats.NumFloatSamples = meta.Stats.NumSamples - meta.Stats.NumHistogramSamples
	// The time in the name only orders names; that of the samples will do.
	meta.ULID = ulid.MustNew(min(uint64(max(0, meta.MaxTime)), ulid.MaxTime()), rand.Reader)
	meta.Compaction.Level = 1
	meta.Compaction.Sources = []ulid.ULID{meta.ULID}
	return meta
}

// writeChunks writes the chunks of all series and notes where each one lies.
func writeChunks(dir string, series []*historySeries) (err error) {
	w, err := chunks.NewWriter(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	for _, s := range series {
		if err := w.WriteChunks(s.chunks...); err != nil {
			return fmt.Errorf("chunks of %s: %w", s.labels, err)
		}
	}
	return nil
}

func writeIndex(ctx context.Context, path string, series []*historySeries) (err error) {
	w, err := index.NewWriter(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	for _, symbol := range symbols(series) {
		if err := w.AddSymbol(symbol); err != nil {
			return err
		}
	}
	for i, s := range series {
		if err := w.AddSeries(storage.SeriesRef(i), s.labels, s.chunks...); err != nil {
			return fmt.Errorf("index of %s: %w", s.labels, err)
		}
	}
	return nil
}

// symbols lists the names and values of all labels, each once, sorted.
func symbols(series []*historySeries) []string {
	set := make(map[string]struct{})
	for _, s := range series {
		s.labels.Range(func(l labels.Label) {
			set[l.Name], set[l.Value] = struct{}{}, struct{}{}
		})
	}
	return slices.SortedFunc(maps.Keys(set), cmp.Compare[string])
}

func writeMeta(path string, meta promtsdb.BlockMeta) (err error) {
	text, err := json.MarshalIndent(meta, "", "\t")
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

func treeSize(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

package tsdb

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// Select calls visit once for each series that matches, with its samples in
// (from, to]; see sample.Sampler. Series without a sample in the interval may be
// visited. The Series is reused for the next one.
func (db *DB) Select(ctx context.Context, matchers []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	if from >= to {
		return nil
	}
	ctx, leave, err := db.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	s := &series{from: from, to: to}
	return db.chunks(ctx, matchers, from+1, to, func(c storage.ChunkSeries, it chunks.Iterator) (chunks.Iterator, error) {
		it = c.Iterator(it)
		s.reset(c.Labels(), it)
		err := visit(s)
		if s.err != nil { // what visit makes of it matters less
			return nil, db.readFault(ctx, s.err)
		}
		return it, err
	})
}

// chunks calls each for every series that has a chunk which overlaps [from, to],
// both included. The iterator is passed from one series to the next for reuse.
func (db *DB) chunks(
	ctx context.Context, matchers []*labels.Matcher, from, to int64,
	each func(storage.ChunkSeries, chunks.Iterator) (chunks.Iterator, error),
) (err error) {
	if len(matchers) == 0 {
		return fault.Invalidf("a selector without matchers would select everything")
	}
	querier, err := db.tsdb.ChunkQuerier(from, to)
	if err != nil {
		return db.readFault(ctx, err)
	}
	defer func() { err = errors.Join(err, querier.Close()) }()
	// Trimming would encode chunks anew that reach over an end of the interval.
	hints := &storage.SelectHints{Start: from, End: to, DisableTrimming: true}
	set := querier.Select(ctx, false, hints, matchers...)
	var it chunks.Iterator
	for set.Next() {
		if err := errors.Join(ctx.Err(), db.gate.ctx.Err()); err != nil {
			return err
		}
		if it, err = each(set.At(), it); err != nil {
			return err
		}
	}
	return db.readFault(ctx, set.Err())
}

// Bounds returns the times of the oldest and of the newest sample of the series
// that match; see sample.Sampler. It looks at the index of the oldest and of the
// newest blocks that have such series and decodes no samples.
func (db *DB) Bounds(ctx context.Context, matchers []*labels.Matcher) (oldest, newest int64, ok bool, err error) {
	ctx, leave, err := db.enter(ctx)
	if err != nil {
		return 0, 0, false, err
	}
	defer leave()
	pieces := db.pieces()
	oldest, newest = math.MaxInt64, math.MinInt64
	for _, p := range pieces {
		if p.from > oldest {
			break
		}
		if err := db.widen(ctx, matchers, p, &oldest, nil); err != nil {
			return 0, 0, false, err
		}
	}
	if oldest == math.MaxInt64 {
		return 0, 0, false, nil
	}
	for _, p := range slices.Backward(pieces) {
		if p.to < newest {
			continue
		}
		if err := db.widen(ctx, matchers, p, nil, &newest); err != nil {
			return 0, 0, false, err
		}
	}
	return oldest, max(oldest, newest), true, nil
}

// widen lowers oldest and raises newest to the samples of p; either may be nil.
func (db *DB) widen(ctx context.Context, matchers []*labels.Matcher, p piece, oldest, newest *int64) error {
	return db.chunks(ctx, matchers, p.from, p.to, func(c storage.ChunkSeries, it chunks.Iterator) (chunks.Iterator, error) {
		it = c.Iterator(it)
		for it.Next() {
			meta := it.At()
			if oldest != nil {
				*oldest = min(*oldest, meta.MinTime)
				break // chunks come in order of time
			}
			*newest = max(*newest, meta.MaxTime)
		}
		return it, db.readFault(ctx, it.Err())
	})
}

// piece is an interval of time, both ends included, that is stored together.
type piece struct{ from, to int64 }

// pieces lists the blocks and the head by the time at which they begin.
func (db *DB) pieces() []piece {
	var pieces []piece
	for _, meta := range db.tsdb.BlockMetas() {
		pieces = append(pieces, piece{meta.MinTime, meta.MaxTime - 1})
	}
	head := db.tsdb.Head()
	if head.NumSeries() > 0 {
		pieces = append(pieces,
			piece{head.MinTime(), head.MaxTime()},
			piece{head.MinOOOTime(), head.MaxOOOTime()})
	}
	return sortPieces(pieces)
}

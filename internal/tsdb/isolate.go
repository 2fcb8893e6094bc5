package tsdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	promtsdb "github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
)

// damagedMark is the name of a file in a block that was found damaged while the
// store was open. The block cannot be moved under its readers; the next Open
// moves it.
const damagedMark = "hindcast-damaged"

// isolation is the set of blocks that were found damaged while the store was
// open. They are left out of all questions and of compaction.
type isolation struct {
	mu     sync.RWMutex
	blocks map[ulid.ULID]Damage
	// sound holds blocks that were verified. An error does not make them be
	// read again: what is in its text may come from whoever wrote the query.
	sound map[ulid.ULID]struct{}
}

func (i *isolation) has(id ulid.ULID) bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	_, found := i.blocks[id]
	return found
}

// add notes the damage and reports whether it was news.
func (i *isolation) add(id ulid.ULID, d Damage) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if _, found := i.blocks[id]; found {
		return false
	}
	if i.blocks == nil {
		i.blocks = make(map[ulid.ULID]Damage)
	}
	i.blocks[id] = d
	return true
}

// vouch notes that a block is sound.
func (i *isolation) vouch(id ulid.ULID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.sound == nil {
		i.sound = make(map[ulid.ULID]struct{})
	}
	i.sound[id] = struct{}{}
}

func (i *isolation) isSound(id ulid.ULID) bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	_, found := i.sound[id]
	return found
}

func (i *isolation) list() []Damage {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return slices.SortedFunc(maps.Values(i.blocks), func(a, b Damage) int { return cmp.Compare(a.Path, b.Path) })
}

// into makes a store leave out the blocks of the set.
func (i *isolation) into(t *promtsdb.Options) {
	t.BlockQuerierFunc = func(b promtsdb.BlockReader, from, to int64) (storage.Querier, error) {
		if i.has(b.Meta().ULID) {
			return storage.NoopQuerier(), nil
		}
		return promtsdb.NewBlockQuerier(b, from, to)
	}
	t.BlockChunkQuerierFunc = func(b promtsdb.BlockReader, from, to int64) (storage.ChunkQuerier, error) {
		if i.has(b.Meta().ULID) {
			return storage.NoopChunkedQuerier(), nil
		}
		return promtsdb.NewBlockChunkQuerier(b, from, to)
	}
	t.BlockCompactionExcludeFunc = func(m *promtsdb.BlockMeta) bool { return i.has(m.ULID) }
}

// Verify reads every series and every chunk of all blocks and checks their sums;
// blocks that fail are left out from then on. It returns the damage that is
// known afterwards. It costs one read of the disk.
func (db *DB) Verify(ctx context.Context) ([]Damage, error) {
	ctx, leave, err := db.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if _, err := db.verify(ctx, func(ulid.ULID) bool { return true }); err != nil {
		return nil, err
	}
	return db.Damage(), nil
}

// verify checks the blocks of which suspect is true and which are not left out
// yet, and returns how many it left out.
func (db *DB) verify(ctx context.Context, suspect func(ulid.ULID) bool) (isolated int, err error) {
	for _, block := range db.tsdb.Blocks() {
		id := block.Meta().ULID
		if db.isolation.has(id) || !suspect(id) {
			continue
		}
		err := verifyBlock(ctx, block)
		switch {
		case ctx.Err() != nil:
			return isolated, ctx.Err()
		case errors.Is(err, promtsdb.ErrClosing): // compacted away
		case err == nil:
			db.isolation.vouch(id)
		case db.isolation.add(id, Damage{Path: filepath.Join(db.Dir(), id.String()), Err: err}):
			isolated++
			db.opts.Logger.ErrorContext(ctx, "a damaged block is left out", "block", id.String(), "err", err)
			db.mark(block.Dir(), err)
		}
	}
	return isolated, nil
}

// mark leaves a note for the next Open, unless the block belongs to others.
func (db *DB) mark(block string, damage error) {
	if db.ReadOnly() {
		return
	}
	if err := os.WriteFile(filepath.Join(block, damagedMark), []byte(damage.Error()+"\n"), 0o600); err != nil {
		db.opts.Logger.Error("a damaged block cannot be marked; it will be found again after a restart", "block", block, "err", err)
	}
}

// verifyBlock reads all series of a block and their chunks.
func verifyBlock(ctx context.Context, block *promtsdb.Block) (err error) {
	ir, err := block.Index()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ir.Close()) }()
	cr, err := block.Chunks()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cr.Close()) }()
	name, value := index.AllPostingsKey()
	postings, err := ir.Postings(ctx, name, value)
	if err != nil {
		return err
	}
	var builder labels.ScratchBuilder
	var metas []chunks.Meta
	for postings.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := ir.Series(postings.At(), &builder, &metas); err != nil {
			return fmt.Errorf("series %d: %w", postings.At(), err)
		}
		for _, meta := range metas {
			if _, _, err := cr.ChunkOrIterable(meta); err != nil {
				return fmt.Errorf("chunk %d of %s: %w", meta.Ref, builder.Labels(), err)
			}
		}
	}
	return postings.Err()
}

// readFault says what a reader can do about an error of the TSDB. Where blocks
// turn out to be damaged, they are left out, and asking again will do.
func (db *DB) readFault(ctx context.Context, err error) error {
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, promtsdb.ErrClosing), errors.Is(err, promtsdb.ErrClosed), errors.Is(err, promtsdb.ErrNotReady):
		return unavailable("the metrics store is busy: ask again", err)
	}
	suspect := func(id ulid.ULID) bool { return !db.isolation.isSound(id) }
	if isolated, verifyErr := db.verify(ctx, suspect); verifyErr == nil && isolated > 0 {
		return unavailable("a block of the metrics store is damaged and left out from now on: ask again", err)
	}
	return unavailable("the metrics store cannot be read", err)
}

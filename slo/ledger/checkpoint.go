package ledger

import (
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Checkpointer is how a Store keeps what a ledger had in memory at one version,
// so that the next one to open need not put it together from all rows. It is
// redundant: without it, or with one that cannot be read, a start only takes
// longer. An older one is as right as a newer one and further behind, because
// Changes since its version lead to the same state.
type Checkpointer interface {
	// LoadCheckpoint returns the parts that were saved last, nil if none were.
	LoadCheckpoint(ctx context.Context) (parts [][]byte, err error)
	// SaveCheckpoint replaces all parts in one transaction. The version of the
	// store stays: nothing is known afterwards that was not before.
	SaveCheckpoint(ctx context.Context, parts [][]byte) error
}

// checkpointAfter is how many slots and sealed days a ledger may have to read at
// start before a checkpoint is worth its while: half a second's work.
const checkpointAfter = 1 << 20

// Checkpoint keeps what is in memory for the next start, if that start would
// otherwise have more to read than this costs, and reports whether it did. Those
// who write wait while memory is copied (some 0.3 s for 10,000 streams), readers
// do not. Memory that holds damage is not kept: each start finds it anew.
func (l *Ledger) Checkpoint(ctx context.Context) (saved bool, err error) {
	parts, behind, err := l.takeCheckpoint(ctx)
	if err != nil || parts == nil {
		return false, err
	}
	if err := l.store.SaveCheckpoint(ctx, parts); err != nil {
		return false, unavailable("keep a checkpoint", err)
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	l.behind -= behind
	return true, nil
}

// takeCheckpoint copies memory, if that is worth its while, and returns how much
// a start need not read any more.
func (l *Ledger) takeCheckpoint(ctx context.Context) (parts [][]byte, behind int, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.settle(ctx); err != nil {
		return nil, 0, err
	}
	streams := l.sortedStreams()
	if l.behind < l.worthwhile(streams) {
		return nil, 0, nil
	}
	parts = l.encodeCheckpoint(streams)
	if len(l.Problems()) > 0 { // also those that readers found meanwhile
		return nil, 0, nil
	}
	return parts, l.behind, nil
}

// worthwhile is how far behind a checkpoint may be: a start then reads at most
// about as much as the checkpoint itself has.
func (l *Ledger) worthwhile(streams []*stream) int {
	if l.after > 0 {
		return l.after
	}
	days := 0
	for _, s := range streams {
		days += len(s.days.leaves.vals)
	}
	return max(checkpointAfter, days)
}

// sortedStreams lists the streams by number. The caller holds writing.
func (l *Ledger) sortedStreams() []*stream {
	streams := make([]*stream, 0, len(l.byID))
	for _, id := range sortedKeys(l.byID) {
		streams = append(streams, l.byID[id])
	}
	return streams
}

// encodeCheckpoint returns the head and the streams. The caller holds writing.
func (l *Ledger) encodeCheckpoint(streams []*stream) [][]byte {
	blocks := slices.Collect(slices.Chunk(streams, checkpointStreams))
	parts := make([][]byte, 1+len(blocks))
	parts[0] = l.encodeHead(len(parts))
	_ = each(len(blocks), func(i int) error { // encoding has no errors
		parts[i+1] = l.encodeStreams(i+1, blocks[i])
		return nil
	})
	return parts
}

// each calls f for 0 to n−1 on all processors, and returns one of its errors.
func each(n int, f func(i int) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error { return f(i) })
	}
	return g.Wait()
}

// restore makes memory what a checkpoint holds. One that is damaged, or of a
// form that this version does not know, is passed over: everything it holds can
// be read from the rows. Nobody else knows the ledger yet.
func (l *Ledger) restore(ctx context.Context) error {
	parts, err := l.store.LoadCheckpoint(ctx)
	if err != nil || len(parts) == 0 {
		return err
	}
	if err := l.decodeCheckpoint(parts); err != nil {
		l.state = newState()
		l.log.WarnContext(ctx, "the ledger's checkpoint cannot be used, all rows are read instead", "err", err)
	}
	return nil
}

// decodeCheckpoint reads what encodeCheckpoint wrote.
func (l *Ledger) decodeCheckpoint(parts [][]byte) error {
	head, err := decodeHead(parts[0], len(parts))
	if err != nil {
		return err
	}
	blocks := make([][]*stream, len(parts)-1)
	err = each(len(blocks), func(i int) (err error) {
		blocks[i], err = decodeStreams(parts[i+1], i+1, head.version)
		return err
	})
	if err != nil {
		return err
	}
	return l.adopt(head, blocks)
}

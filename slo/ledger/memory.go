package ledger

import (
	"context"
	"slices"
	"sync"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Memory is a Store without a disk, for one-shot evaluations and tests. Several
// ledgers, one after the other, may open the same Memory.
type Memory struct {
	mu        sync.RWMutex
	streams   []Stream
	cursors   map[slo.IndicatorKey]Cursor
	rows      map[int64]Row
	chunks    map[chunkKey]Chunk
	revisions map[int64][]slo.Revision // by stream, oldest first
	pruned    map[int64]int            // revisions that went with their minutes
	thinned   int                      // 0: never
}

type chunkKey struct {
	stream int64
	day    int
}

func (k chunkKey) compare(o chunkKey) int {
	if k.stream != o.stream {
		return int(max(-1, min(1, k.stream-o.stream)))
	}
	return k.day - o.day
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		cursors:   map[slo.IndicatorKey]Cursor{},
		rows:      map[int64]Row{},
		chunks:    map[chunkKey]Chunk{},
		revisions: map[int64][]slo.Revision{},
		pruned:    map[int64]int{},
	}
}

// LoadLedger implements Store.
func (m *Memory) LoadLedger(ctx context.Context, v Visitor) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, s := range m.streams {
		if err := v.Stream(s); err != nil {
			return err
		}
	}
	for _, k := range sortedKeys(m.cursors) {
		if err := v.Cursor(m.cursors[k]); err != nil {
			return err
		}
	}
	keys := make([]chunkKey, 0, len(m.chunks))
	for k := range m.chunks {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, chunkKey.compare)
	for _, k := range keys {
		if err := v.Totals(m.chunks[k].Totals); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(m.rows) {
		r := m.rows[id]
		r.Payload = slices.Clone(r.Payload)
		if err := v.Row(r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Append implements Store.
func (m *Memory) Append(ctx context.Context, c Commit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(c); err != nil {
		return err
	}
	m.streams = append(m.streams, c.Streams...)
	slices.SortFunc(m.streams, func(a, b Stream) int { return chunkKey{a.ID, 0}.compare(chunkKey{b.ID, 0}) })
	for _, r := range c.Rows {
		r.Payload = slices.Clone(r.Payload)
		m.rows[r.ID] = r
	}
	for _, r := range c.Revisions {
		m.revisions[r.Stream] = append(m.revisions[r.Stream], r.Revision)
	}
	for _, cur := range c.Cursors {
		m.cursors[cur.Indicator] = cur
	}
	return nil
}

// check refuses what SQL's constraints would refuse.
func (m *Memory) check(c Commit) error {
	for _, s := range c.Streams {
		if slices.ContainsFunc(m.streams, func(o Stream) bool { return o.ID == s.ID || o.Key == s.Key }) {
			return fault.Conflictf("stream %d of indicator %q is there already", s.ID, s.Key.Indicator)
		}
	}
	if len(c.Revisions) > 0 && len(c.Rows) == 0 {
		return fault.Invalidf("revisions cannot be written without the journal row that makes them")
	}
	for _, r := range c.Rows {
		if _, ok := m.rows[r.ID]; ok {
			return fault.Conflictf("journal row %d is there already", r.ID)
		}
	}
	return nil
}

// Seal implements Store.
func (m *Memory) Seal(ctx context.Context, chunks []Chunk, redundant []int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range chunks {
		c.Payload = slices.Clone(c.Payload)
		m.chunks[chunkKey{c.Stream, c.Day}] = c
	}
	for _, id := range redundant {
		delete(m.rows, id)
	}
	return nil
}

// ChunkPayload implements Store.
func (m *Memory) ChunkPayload(ctx context.Context, stream int64, day int) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c, ok := m.chunks[chunkKey{stream, day}]
	if !ok || c.Payload == nil {
		return nil, fault.NotFoundf("stream %d has no chunk of day %d", stream, day)
	}
	return slices.Clone(c.Payload), ctx.Err()
}

// Revisions implements Store.
func (m *Memory) Revisions(ctx context.Context, stream int64, span slo.Span, limit int) ([]slo.Revision, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []slo.Revision
	for _, r := range slices.Backward(m.revisions[stream]) {
		if len(found) >= limit {
			break
		}
		if r.Span.Intersect(span).Len() > 0 {
			found = append(found, r)
		}
	}
	return found, ctx.Err()
}

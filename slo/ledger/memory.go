package ledger

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Memory is a Store without a disk, for one-shot evaluations and tests. Several
// ledgers may open the same Memory, one of which writes at a time.
type Memory struct {
	// Now is the clock that leases run by; nil stands still, and no lease lapses.
	Now func() time.Time

	mu        sync.RWMutex
	streams   []Stream
	cursors   map[slo.IndicatorKey]Cursor
	rows      map[int64]Row
	chunks    map[chunkKey]Chunk
	revisions map[int64][]slo.Revision // by stream, oldest first
	pruned    map[int64]int            // revisions that went with their minutes
	thinned   int                      // 0: never
	lease     Lease
	expires   time.Time
	version   int64
	parts     [][]byte // of the checkpoint
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
		version:   1,
	}
}

// Changes implements Store.
func (m *Memory) Changes(ctx context.Context, since Position, v Visitor) (int64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if since.Version == m.version {
		return m.version, ctx.Err()
	}
	for _, s := range m.streams {
		if s.ID <= since.Stream {
			continue
		}
		if err := v.Stream(s); err != nil {
			return 0, err
		}
	}
	for _, k := range sortedKeys(m.cursors) {
		if err := v.Cursor(m.cursors[k]); err != nil {
			return 0, err
		}
	}
	if err := m.chunksAndRows(since, v); err != nil {
		return 0, err
	}
	return m.version, ctx.Err()
}

func (m *Memory) chunksAndRows(since Position, v Visitor) error {
	var keys []chunkKey
	for k, c := range m.chunks {
		if c.Through >= since.Row {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, chunkKey.compare)
	for _, k := range keys {
		if err := v.Totals(m.chunks[k].Totals); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(m.rows) {
		if id <= since.Row {
			continue
		}
		r := m.rows[id]
		r.Payload = slices.Clone(r.Payload)
		if err := v.Row(r); err != nil {
			return err
		}
	}
	return nil
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
	m.version++
	return nil
}

// check refuses what SQL's constraints would refuse.
func (m *Memory) check(c Commit) error {
	if c.Epoch != m.lease.Epoch {
		return OverError(c.Epoch)
	}
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
func (m *Memory) Seal(ctx context.Context, epoch int64, chunks []Chunk, redundant []int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if epoch != m.lease.Epoch {
		return OverError(epoch)
	}
	for _, c := range chunks {
		c.Payload = slices.Clone(c.Payload)
		m.chunks[chunkKey{c.Stream, c.Day}] = c
	}
	for _, id := range redundant {
		delete(m.rows, id)
	}
	m.version++
	return nil
}

// ChunkPayload implements Store.
func (m *Memory) ChunkPayload(ctx context.Context, stream int64, day int) ([]byte, int64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c, ok := m.chunks[chunkKey{stream, day}]
	if !ok || c.Payload == nil {
		return nil, 0, fault.NotFoundf("stream %d has no chunk of day %d", stream, day)
	}
	return slices.Clone(c.Payload), c.Through, ctx.Err()
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

// LoadCheckpoint implements Checkpointer.
func (m *Memory) LoadCheckpoint(ctx context.Context) ([][]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return cloneAll(m.parts), ctx.Err()
}

// SaveCheckpoint implements Checkpointer.
func (m *Memory) SaveCheckpoint(ctx context.Context, parts [][]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parts = cloneAll(parts)
	return nil
}

func cloneAll(parts [][]byte) (all [][]byte) {
	for _, p := range parts {
		all = append(all, slices.Clone(p))
	}
	return all
}

// AcquireLease takes the lease; see Lease.
func (m *Memory) AcquireLease(ctx context.Context, holder string, ttl time.Duration) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if m.lease.Holder != holder {
		if m.lease.Holder != "" && m.expires.After(now) {
			held := m.lease
			held.Left = m.expires.Sub(now)
			return held, nil
		}
		m.lease = Lease{Holder: holder, Epoch: m.lease.Epoch + 1}
	}
	m.expires = now.Add(ttl)
	m.lease.Left = ttl
	return m.lease, nil
}

// ReleaseLease gives the lease back if holder has it.
func (m *Memory) ReleaseLease(_ context.Context, holder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lease.Holder == holder {
		m.lease.Holder = ""
	}
	return nil
}

func (m *Memory) now() time.Time {
	if m.Now == nil {
		return time.Time{}
	}
	return m.Now()
}

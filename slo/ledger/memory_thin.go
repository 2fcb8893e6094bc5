package ledger

import (
	"cmp"
	"context"
	"slices"

	"github.com/hindcast/hindcast/slo"
)

var _ Thinner = (*Memory)(nil)

// Thinned implements Thinner.
func (m *Memory) Thinned(ctx context.Context) (int, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return cmp.Or(m.thinned, NeverThinned), ctx.Err()
}

// Thin implements Thinner.
func (m *Memory) Thin(ctx context.Context, epoch int64, before, limit int) (n int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if epoch != m.lease.Epoch {
		return 0, OverError(epoch)
	}
	m.version++
	m.thinned = max(cmp.Or(m.thinned, NeverThinned), before)
	for key, c := range m.chunks {
		if n < limit && key.day < before && c.Payload != nil {
			c.Payload = nil
			m.chunks[key] = c
			n++
		}
	}
	if n > 0 || limit <= 0 {
		return n, nil
	}
	for stream := range m.revisions {
		m.revisions[stream] = slices.DeleteFunc(m.revisions[stream], func(r slo.Revision) bool {
			gone := n < limit && r.Span.To.Day() < before
			if gone {
				n++
				m.pruned[stream]++
			}
			return gone
		})
	}
	return n, nil
}

// PrunedRevisions implements Thinner.
func (m *Memory) PrunedRevisions(ctx context.Context, stream int64) (int, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.pruned[stream], ctx.Err()
}

// Shrink implements Thinner: Go's memory needs no help.
func (m *Memory) Shrink(context.Context) (bool, error) { return false, nil }

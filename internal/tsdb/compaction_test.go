package tsdb

import (
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

func TestHistoryIsNotCompactedAgain(t *testing.T) {
	dir := t.TempDir()
	writeCounters(t, dir, 1, 20*24*12, 300*second, HistoryOptions{})
	before, err := blockNames(dir)
	require.NoError(t, err)
	require.Greater(t, len(before), 2)
	db := openTest(t, dir)
	require.NoError(t, db.tsdb.Compact(t.Context()))
	after, err := blockNames(dir)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// TestReadersSeeEverySampleOnceWhileBlocksAreCut reads while another goroutine
// writes twelve hours, which become blocks under the readers.
func TestReadersSeeEverySampleOnceWhileBlocksAreCut(t *testing.T) {
	db := openTest(t, t.TempDir())
	const step, total = 30 * second, 12 * 120
	var writer sync.WaitGroup
	var written sync.Map // instants whose commit has returned
	writer.Go(func() {
		for i := range int64(total) {
			p := Point{Labels: name("x"), T: base + i*step, V: float64(i)}
			if err := db.Append(t.Context(), p); err != nil {
				t.Errorf("append %d: %v", i, err)
				return
			}
			written.Store("last", i)
			if i%240 == 239 {
				if err := db.tsdb.Compact(t.Context()); err != nil {
					t.Errorf("compact at %d: %v", i, err)
				}
			}
		}
	})
	var b sample.Batch
	for last := int64(-1); last < total-1 && !t.Failed(); {
		if v, ok := written.Load("last"); ok {
			last = v.(int64)
		}
		next := int64(0)
		err := db.Select(t.Context(), match(t, `x`), 0, math.MaxInt64, func(s sample.Series) error {
			for s.Next(&b) {
				for i, at := range b.T {
					if at != base+next*step || b.V[i] != float64(next) {
						t.Errorf("sample %d is %g at %d", next, b.V[i], at)
					}
					next++
				}
			}
			return s.Err()
		})
		require.NoError(t, err)
		require.Greater(t, next, last, "what was committed before is there")
	}
	writer.Wait()
	require.NotEmpty(t, db.tsdb.BlockMetas(), "blocks were cut")
}

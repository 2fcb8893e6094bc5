package tsdb

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStats(t *testing.T) {
	dir := t.TempDir()
	writeCounters(t, dir, 3, 2*24*60, 60*second, HistoryOptions{BlockRange: 24 * time.Hour})
	db, err := Open(Options{Dir: dir})
	require.NoError(t, err)
	end := base + 2*day
	require.NoError(t, db.Append(t.Context(), Point{Labels: name("y"), T: end, V: 1}))
	s := db.Stats()
	require.Equal(t, uint64(1), s.Series)
	require.Equal(t, 2, s.Blocks)
	require.Positive(t, s.Bytes)
	require.Equal(t, time.UnixMilli(base).UTC(), s.Oldest)
	require.Equal(t, time.UnixMilli(end).UTC(), s.Newest)
	require.NoError(t, db.Close())
	require.Zero(t, db.Stats())

	empty := openTest(t, t.TempDir())
	require.True(t, empty.Stats().Oldest.IsZero())
}

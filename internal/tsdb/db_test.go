package tsdb

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

func TestOpenRefusesWrongOptions(t *testing.T) {
	tests := map[string]struct {
		o    Options
		text string
	}{
		"no directory":         {Options{}, "no data directory"},
		"a retention too low":  {Options{Dir: "x", RetentionTime: time.Hour}, "retention time 1h0m0s"},
		"a negative size":      {Options{Dir: "x", RetentionSize: -1}, "retention size -1"},
		"a negative window":    {Options{Dir: "x", OutOfOrderWindow: -1}, "out-of-order"},
		"a negative limit":     {Options{Dir: "x", MaxSamples: -1}, "negative"},
		"a path through files": {Options{Dir: "/dev/null/x"}, "/dev/null"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			_, err := Open(tt.o)
			require.ErrorContains(t, err, tt.text)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
		})
	}
}

func TestOpenRefusesADirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	openTest(t, dir)
	_, err := Open(Options{Dir: dir})
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, dir)
}

func TestSamplesSurviveClosing(t *testing.T) {
	dir := t.TempDir()
	registry := prometheus.NewRegistry()
	var want map[string]stored
	for range 3 {
		db, err := Open(Options{Dir: dir, Registerer: registry})
		require.NoError(t, err, "metrics of a closed store are gone")
		if want == nil {
			require.NoError(t, db.Append(t.Context(), points(name("x"), 500)...))
			want = read(t, db, `x`, 0, math.MaxInt64)
		}
		require.Equal(t, want, read(t, db, `x`, 0, math.MaxInt64))
		families, err := registry.Gather()
		require.NoError(t, err)
		require.NotEmpty(t, families)
		require.NoError(t, db.Close())
		require.NoError(t, db.Close(), "closing twice is nothing")
	}
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Empty(t, families)
}

func TestClosedStoreRefuses(t *testing.T) {
	db, err := Open(Options{Dir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	refused := func(err error) { require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err) }
	refused(db.Append(t.Context(), Point{Labels: name("x"), T: base}))
	refused(db.Select(t.Context(), match(t, `x`), 0, 1, func(sample.Series) error { return nil }))
	_, err = db.Eval(t.Context(), expression(t, `x`), 0, 0, 0)
	refused(err)
	_, _, _, err = db.Bounds(t.Context(), match(t, `x`))
	refused(err)
}

func TestCloseCancelsAndAwaitsReaders(t *testing.T) {
	db, err := Open(Options{Dir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, db.Append(t.Context(), append(points(name("x", "i", "1"), 10), points(name("x", "i", "2"), 10)...)...))
	inside, left := make(chan struct{}), make(chan error, 1)
	go func() {
		first := true
		left <- db.Select(t.Context(), match(t, `x`), 0, math.MaxInt64, func(s sample.Series) error {
			if first {
				close(inside)
				<-db.gate.ctx.Done() // until Close has begun
			}
			first = false
			var b sample.Batch
			for s.Next(&b) {
			}
			return s.Err()
		})
	}()
	<-inside
	require.NoError(t, db.Close())
	require.Equal(t, fault.Unavailable, fault.KindOf(<-left))
}

func TestDamagedBlocksAreMovedAside(t *testing.T) {
	damages := map[string]func(t *testing.T, block string){
		"an index that is cut off":     func(t *testing.T, b string) { require.NoError(t, os.Truncate(filepath.Join(b, "index"), 20)) },
		"an index that is not one":     func(t *testing.T, b string) { overwrite(t, filepath.Join(b, "index")) },
		"a chunk file that is not one": func(t *testing.T, b string) { overwrite(t, filepath.Join(b, "chunks", "000001")) },
		"a missing meta.json":          func(t *testing.T, b string) { require.NoError(t, os.Remove(filepath.Join(b, "meta.json"))) },
		"a meta.json that is not JSON": func(t *testing.T, b string) { overwrite(t, filepath.Join(b, "meta.json")) },
		"tombstones that are not some": func(t *testing.T, b string) { overwrite(t, filepath.Join(b, "tombstones")) },
		"a folder with nothing in it": func(t *testing.T, b string) {
			require.NoError(t, os.RemoveAll(b))
			require.NoError(t, os.Mkdir(b, 0o750))
		},
		"chunks that are gone as whole": func(t *testing.T, b string) { require.NoError(t, os.RemoveAll(filepath.Join(b, "chunks"))) },
	}
	for title, damage := range damages {
		t.Run(title, func(t *testing.T) {
			dir := t.TempDir()
			writeCounters(t, dir, 1, 3*24*60, 60*second, HistoryOptions{BlockRange: 24 * time.Hour})
			names, err := blockNames(dir)
			require.NoError(t, err)
			block := filepath.Join(dir, names[1])
			damage(t, block)

			db, err := Open(Options{Dir: dir})
			require.NoError(t, err)
			require.Len(t, read(t, db, `x`, 0, math.MaxInt64)[name("x", "code", "500", "instance", "0").String()].T, 2*24*60)
			require.Len(t, db.Damage(), 1)
			require.Equal(t, block, db.Damage()[0].Path)
			require.False(t, db.Damage()[0].Mended)
			require.DirExists(t, block+corruptSuffix)
			require.Contains(t, db.Damage()[0].String(), "restore it from a backup")
			require.NoError(t, db.Close())

			again := openTest(t, dir)
			require.Len(t, again.Damage(), 1, "damage is reported as long as the block lies there")
			require.Contains(t, again.Damage()[0].String(), names[1]+corruptSuffix)
		})
	}
}

func overwrite(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte("this is not what was here before"), 0o600))
}

// tear damages a log segment in the middle of its records.
func tear(t *testing.T, segment string) {
	t.Helper()
	text, err := os.ReadFile(segment)
	require.NoError(t, err)
	used := len(bytes.TrimRight(text, "\x00"))
	for i := range 64 {
		text[used/2+i] ^= 0xff
	}
	require.NoError(t, os.WriteFile(segment, text, 0o600))
}

func TestATornLogOfWhichNothingIsNotedIsCutAndReported(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(Options{Dir: dir})
	require.NoError(t, err)
	for _, p := range points(name("x"), 500) {
		require.NoError(t, db.Append(t.Context(), p))
	}
	require.NoError(t, db.Close())
	require.NoError(t, os.Remove(filepath.Join(dir, forcedFile)))
	tear(t, filepath.Join(dir, "wal", "00000000"))

	again := openTest(t, dir)
	require.Len(t, again.Damage(), 1)
	require.Contains(t, again.Damage()[0].String(), "torn")
	require.True(t, again.Damage()[0].Mended)
	got := read(t, again, `x`, 0, math.MaxInt64)[`{__name__="x"}`]
	require.NotEmpty(t, got.T)
	require.Less(t, len(got.T), 500)
}

func TestRetentionDropsOldBlocks(t *testing.T) {
	tests := map[string]Options{
		"by time": {RetentionTime: 48 * time.Hour},
		"by size": {RetentionSize: 40_000},
	}
	for title, o := range tests {
		t.Run(title, func(t *testing.T) {
			o.Dir = t.TempDir()
			writeCounters(t, o.Dir, 2, 5*24*60, 60*second, HistoryOptions{BlockRange: 24 * time.Hour})
			db, err := Open(o)
			require.NoError(t, err)
			defer func() { require.NoError(t, db.Close()) }()
			oldest, newest, ok, err := db.Bounds(t.Context(), match(t, `x`))
			require.NoError(t, err)
			require.True(t, ok)
			require.Greater(t, oldest, base)
			require.Equal(t, base+(5*24*60-1)*60*second, newest)
		})
	}
}

package tsdb

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// snapshotTree notes what lies below dir: names, sizes, times and links.
func snapshotTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	tree := make(map[string]string)
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		tree[path] = info.Mode().String() + " " + strconv.FormatInt(info.Size(), 10) + " " + info.ModTime().String()
		return nil
	}))
	return tree
}

// foreign builds a data directory with three blocks, a log and out-of-order
// samples.
func foreign(t *testing.T) (dir string, db *DB) {
	t.Helper()
	dir = t.TempDir()
	writeCounters(t, dir, 3, 3000, 30*second, HistoryOptions{BlockRange: 8 * time.Hour})
	db, err := Open(Options{Dir: dir, OutOfOrderWindow: 6 * time.Hour})
	require.NoError(t, err)
	lset := name("x", "code", "500", "instance", "0")
	end := base + 2999*30*second
	for i := range int64(300) {
		require.NoError(t, db.Append(t.Context(), Point{Labels: lset, T: end + (i+1)*30*second, V: float64(i)}))
	}
	require.NoError(t, db.Append(t.Context(), Point{Labels: lset, T: end - 1, V: 99}))
	return dir, db
}

func TestOpenReadOnlyReadsWhatIsThere(t *testing.T) {
	dir, owner := foreign(t)
	want := read(t, owner, `x`, math.MinInt64, math.MaxInt64)
	require.Len(t, want[name("x", "code", "500", "instance", "0").String()].T, 3301)

	check := func(t *testing.T) {
		before := snapshotTree(t, dir)
		db, err := OpenReadOnly(dir, testLogger(t))
		require.NoError(t, err)
		require.Equal(t, dir, db.Dir())
		require.True(t, db.ReadOnly())
		require.Equal(t, want, read(t, db, `x`, math.MinInt64, math.MaxInt64))
		require.Equal(t, fault.Forbidden, fault.KindOf(db.Append(t.Context(), Point{Labels: name("x"), T: base, V: 1})))
		require.DirExists(t, db.shadow)
		require.NoError(t, db.Close())
		require.NoDirExists(t, db.shadow)
		require.Equal(t, before, snapshotTree(t, dir), "the directory was written to")
	}
	t.Run("while its owner runs", check)
	require.NoError(t, owner.Close())
	t.Run("when its owner is gone", check)
}

func TestOpenReadOnlyServesQuestionsWithinQuestions(t *testing.T) {
	dir := t.TempDir()
	writeCounters(t, dir, 3, 100, second, HistoryOptions{})
	db, err := OpenReadOnly(dir, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	visits := 0
	err = db.Select(t.Context(), match(t, `x`), 0, math.MaxInt64, func(sample.Series) error {
		_, _, ok, err := db.Bounds(t.Context(), match(t, `x`))
		require.True(t, ok)
		visits++
		return err
	})
	require.NoError(t, err)
	require.Equal(t, 3, visits)
}

func TestOpenReadOnlyWithoutLog(t *testing.T) {
	dir := t.TempDir()
	writeCounters(t, dir, 1, 100, second, HistoryOptions{})
	require.NoDirExists(t, filepath.Join(dir, "wal"))
	db, err := OpenReadOnly(dir, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.Len(t, read(t, db, `x`, 0, math.MaxInt64), 1)
	rs, err := db.Eval(t.Context(), expression(t, `count_over_time(x[1h])`), base+2*hour, 0, 0)
	require.NoError(t, err)
	require.Empty(t, rs, "the range ends behind the last block")
	require.NoDirExists(t, filepath.Join(dir, "wal"))
}

func TestOpenReadOnlyCutsATornLogInItsShadowOnly(t *testing.T) {
	dir, owner := foreign(t)
	require.NoError(t, owner.Close())
	tear(t, filepath.Join(dir, "wal", "00000000"))
	before := snapshotTree(t, dir)

	db, err := OpenReadOnly(dir, nil)
	require.NoError(t, err)
	got := read(t, db, `x{instance="0"}`, math.MinInt64, math.MaxInt64)[name("x", "code", "500", "instance", "0").String()]
	require.GreaterOrEqual(t, len(got.T), 3000)
	require.Less(t, len(got.T), 3301)
	require.NotEmpty(t, db.Damage())
	require.ErrorContains(t, db.Damage()[0].Err, "torn")
	require.NoError(t, db.Close())
	require.Equal(t, before, snapshotTree(t, dir))
}

func TestOpenReadOnlyLeavesDamagedBlocksOut(t *testing.T) {
	dir := t.TempDir()
	writeCounters(t, dir, 1, 3*24*60, 60*second, HistoryOptions{BlockRange: 24 * time.Hour})
	names, err := blockNames(dir)
	require.NoError(t, err)
	require.Len(t, names, 3)
	require.NoError(t, os.WriteFile(filepath.Join(dir, names[1], "index"), []byte("nonsense"), 0o600))
	before := snapshotTree(t, dir)

	db, err := OpenReadOnly(dir, nil)
	require.NoError(t, err)
	require.Len(t, db.Damage(), 1)
	require.Contains(t, db.Damage()[0].String(), names[1])
	require.Contains(t, db.Damage()[0].String(), "left out")
	got := read(t, db, `x`, 0, math.MaxInt64)
	require.Len(t, got[name("x", "code", "500", "instance", "0").String()].T, 2*24*60)
	require.NoError(t, db.Close())
	require.Equal(t, before, snapshotTree(t, dir))
}

func TestOpenReadOnlyExplainsWhatIsNotATSDB(t *testing.T) {
	dir := t.TempDir()
	writeCounters(t, filepath.Join(dir, "prometheus", "data"), 1, 10, second, HistoryOptions{})
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	tests := map[string]struct {
		dir  string
		kind fault.Kind
		text string
	}{
		"a folder that does not exist":   {filepath.Join(dir, "missing"), fault.NotFound, "missing"},
		"a file":                         {file, fault.Invalid, "not a directory"},
		"a folder without blocks":        {dir, fault.Invalid, "--storage.tsdb.path"},
		"the folder above the right one": {filepath.Join(dir, "prometheus"), fault.Invalid, filepath.Join("prometheus", "data") + " is"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			_, err := OpenReadOnly(tt.dir, nil)
			require.ErrorContains(t, err, tt.text)
			require.Equal(t, tt.kind, fault.KindOf(err))
		})
	}
}

package tsdb

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/tsdb/wlog"
	"github.com/stretchr/testify/require"
)

// newestSegment returns the last segment of the log that holds anything, and what
// it holds without the zeros at its end.
func newestSegment(t *testing.T, dir string) (path string, text []byte) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(dir, "wal", "0*"))
	require.NoError(t, err)
	for _, s := range segments {
		end, whole, err := walkSegment(s)
		require.NoError(t, err)
		require.True(t, whole)
		if end > 0 {
			all, err := os.ReadFile(s)
			require.NoError(t, err)
			path, text = s, all[:end]
		}
	}
	require.NotEmpty(t, path)
	return path, text
}

// cutPower returns a copy of a store's directory as it is at this moment.
func cutPower(t *testing.T, db *DB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "after")
	require.NoError(t, os.CopyFS(dir, os.DirFS(db.Dir())))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "lock")))
	return dir
}

// halfNoted returns the directory of a store that lost power when part of its
// samples were noted to be on disk and part were not.
func halfNoted(t *testing.T) string {
	t.Helper()
	db, _ := openDisk(t, Options{})
	fill(t, db, base, 6)
	require.NoError(t, db.Sync(t.Context()))
	require.NoError(t, db.durable.logs.note())
	fill(t, db, base+hour, 6)
	require.NoError(t, db.Sync(t.Context())) // and no note yet
	return cutPower(t, db)
}

func TestALogDamagedBeforeTheNoteIsALossAndOneBehindItIsNot(t *testing.T) {
	tests := map[string]struct {
		spoil func(t *testing.T, dir string, noted logPlace)
		lost  bool
	}{
		"a byte flipped before the note": {func(t *testing.T, dir string, noted logPlace) {
			rewrite(t, segmentAt(dir, noted), func(text []byte) []byte { text[noted.Offset-1] ^= 1; return text })
		}, true},
		"the length of a part before the note": {func(t *testing.T, dir string, _ logPlace) {
			rewrite(t, segmentAt(dir, logPlace{}), func(text []byte) []byte { text[1] ^= 0x40; return text })
		}, true},
		"the end cut off before the note": {func(t *testing.T, dir string, noted logPlace) {
			rewrite(t, segmentAt(dir, noted), func(text []byte) []byte { return text[:noted.Offset-1] })
		}, true},
		"512 bytes of zeros before the note": {func(t *testing.T, dir string, noted logPlace) {
			rewrite(t, segmentAt(dir, noted), func(text []byte) []byte { clear(text[noted.Offset-512 : noted.Offset]); return text })
		}, true},
		"zeros to the end from a whole record on": {func(t *testing.T, dir string, _ logPlace) {
			rewrite(t, segmentAt(dir, logPlace{}), func(text []byte) []byte {
				size, _ := wholePart(text)
				clear(text[size:])
				return text
			})
		}, true},
		"a missing last segment": {func(t *testing.T, dir string, noted logPlace) {
			require.NoError(t, os.Remove(segmentAt(dir, noted)))
			for n := noted.Segment + 1; exists(segmentAt(dir, logPlace{Segment: n})); n++ {
				require.NoError(t, os.Remove(segmentAt(dir, logPlace{Segment: n})))
			}
		}, true},
		"a byte flipped behind the note": {func(t *testing.T, dir string, _ logPlace) {
			path, used := newestSegment(t, dir)
			rewrite(t, path, func(text []byte) []byte { text[len(used)-1] ^= 1; return text })
		}, false},
		"the end cut off behind the note": {func(t *testing.T, dir string, _ logPlace) {
			path, used := newestSegment(t, dir)
			rewrite(t, path, func([]byte) []byte { return used[:len(used)-20] })
		}, false},
		"512 bytes of zeros at the end": {func(t *testing.T, dir string, _ logPlace) {
			path, used := newestSegment(t, dir)
			rewrite(t, path, func(text []byte) []byte { clear(text[len(used)-512:]); return text })
		}, false},
	}
	for title, c := range tests {
		t.Run(title, func(t *testing.T) {
			dir := halfNoted(t)
			noted := forcedPlace(dir, "wal")
			require.NotNil(t, noted)
			require.Greater(t, noted.Offset, int64(512))
			c.spoil(t, dir, *noted)

			found, err := Inspect(t.Context(), dir)
			require.NoError(t, err)
			if c.lost {
				require.Len(t, found.Damage, 1)
				require.ErrorContains(t, found.Damage[0].Err, "acknowledged samples are lost")
			}
			again := openTest(t, dir)
			require.Len(t, again.Damage(), 1)
			require.Equal(t, !c.lost, again.Damage()[0].Mended)
			if c.lost {
				require.ErrorContains(t, again.Damage()[0].Err, "acknowledged samples are lost")
			} else {
				require.ErrorContains(t, again.Damage()[0].Err, "cannot be told")
				require.Len(t, read(t, again, `x`, 0, base+59*60*second), 1000, "what was noted is there")
			}
		})
	}
}

func segmentAt(dir string, p logPlace) string {
	return filepath.Join(dir, "wal", filepath.Base(wlog.SegmentName(dir, p.Segment)))
}

func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, change(text), 0o600))
}

func TestALossIsReportedUntilWhatIsLeftOfTheLogIsDeleted(t *testing.T) {
	dir := halfNoted(t)
	first := segmentAt(dir, logPlace{})
	tear(t, first)
	damaged, err := os.ReadFile(first)
	require.NoError(t, err)

	moved := filepath.Join(dir, "wal-00000000.corrupt")
	for range 3 { // starts
		db, err := Open(Options{Dir: dir, Logger: testLogger(t)})
		require.NoError(t, err)
		require.Len(t, db.Damage(), 1)
		require.Equal(t, moved, db.Damage()[0].MovedTo)
		require.Contains(t, db.Damage()[0].String(), "acknowledged samples are lost")
		require.False(t, db.Damage()[0].Mended)
		require.NoError(t, db.Append(t.Context(), Point{Labels: name("y"), T: base + 2*hour}))
		require.NoError(t, db.Sync(t.Context()))
		require.NoError(t, db.Close())
	}
	kept, err := os.ReadFile(filepath.Join(moved, filepath.Base(first)))
	require.NoError(t, err)
	require.Equal(t, damaged, kept, "the damaged segment is kept as it was")
	found, err := Inspect(t.Context(), dir)
	require.NoError(t, err)
	require.Len(t, found.Damage, 1)

	require.NoError(t, os.RemoveAll(moved))
	require.Empty(t, openTest(t, dir).Damage())
}

func TestTheNoteIsWrittenSoonAndNeverClaimsMoreThanWasForced(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		w := newWALSync(d.force, filepath.Join(dir, "wal"))
		w.notePath = filepath.Join(dir, forcedFile)
		source, _ := openDisk(t, Options{})
		fill(t, source, base, 1)
		require.NoError(t, source.Close())
		require.NoError(t, os.CopyFS(dir, os.DirFS(source.Dir())))
		require.NoError(t, os.Remove(w.notePath))
		require.NoError(t, w.sync(t.Context()))
		require.Nil(t, forcedPlace(dir, "wal"), "an acknowledgement waits for no note")
		before := d.count()

		path, used := newestSegment(t, dir)
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		require.NoError(t, err)
		_, err = file.Write(used) // written and not forced
		require.NoError(t, err)
		require.NoError(t, file.Close())
		time.Sleep(noteEvery)
		synctest.Wait()
		noted := forcedPlace(dir, "wal")
		require.NotNil(t, noted)
		require.LessOrEqual(t, noted.Offset, int64(len(used)))
		require.Equal(t, filepath.Base(path), filepath.Base(segmentAt(dir, *noted)))
		require.Equal(t, 2, d.count()-before, "the note and its folder")
		time.Sleep(10 * noteEvery)
		require.Equal(t, 2, d.count()-before, "nothing new, no new note")
		require.NoError(t, w.close())
		require.Equal(t, path, segmentAt(dir, *forcedPlace(dir, "wal")))
	})
}

func TestANoteThatCannotBeForcedEndsAllAcknowledgements(t *testing.T) {
	db, d := openDisk(t, Options{})
	fill(t, db, base, 1)
	require.NoError(t, db.Sync(t.Context()))
	d.mu.Lock()
	d.fail = os.ErrDeadlineExceeded
	d.mu.Unlock()
	require.Error(t, db.durable.logs.note())
	requireReadOnly(t, db, "i/o timeout")
}

func TestNoPlaceIsNotedWhereNothingIsForced(t *testing.T) {
	dir := halfNoted(t)
	db, err := Open(Options{Dir: dir, Durability: DurabilityProcess})
	require.NoError(t, err)
	require.Empty(t, db.Damage())
	require.NoFileExists(t, filepath.Join(dir, forcedFile))
	require.NoError(t, db.Close())
	require.Nil(t, forcedPlace(dir, "wal"))
}

func TestATruncatedLogIsNoLoss(t *testing.T) {
	db, _ := openDisk(t, Options{})
	fill(t, db, base, 6*60)
	require.NoError(t, db.Sync(t.Context()))
	require.NoError(t, db.durable.logs.note())
	require.NoError(t, db.tsdb.Compact(t.Context()))
	require.Empty(t, openTest(t, cutPower(t, db)).Damage())
}

package tsdb

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// copyStill writes a Still into a new directory.
func copyStill(t *testing.T, s *Still) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range s.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		text, err := io.ReadAll(f.Open())
		require.NoError(t, err)
		require.Len(t, text, int(f.Size))
		require.NoError(t, os.WriteFile(path, text, 0o600))
	}
	return dir
}

func TestAStillIsWhatTheDirectoryHeld(t *testing.T) {
	dir, owner := foreign(t)
	defer func() { require.NoError(t, owner.Close()) }()
	want := read(t, owner, `x`, 0, math.MaxInt64)
	tree := snapshotTree(t, dir)
	s, err := OpenStill(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.Equal(t, tree, snapshotTree(t, dir), "nothing was written")
	require.Less(t, s.Size(), int64(8<<20), "the open chunks' file is not taken at its 128 MiB")

	// The owner goes on: it appends, and drops everything that was finished.
	lset := name("x", "code", "500", "instance", "0")
	require.NoError(t, owner.Append(t.Context(), Point{Labels: lset, T: base + 9000*30*second, V: 1}))
	names, err := blockNames(dir)
	require.NoError(t, err)
	for _, n := range names {
		require.NoError(t, os.RemoveAll(filepath.Join(dir, n)))
	}

	copied := copyStill(t, s)
	found, err := Inspect(t.Context(), copied)
	require.NoError(t, err)
	require.Equal(t, Inspection{Blocks: len(names)}, found)
	again := openTest(t, copied)
	require.Empty(t, again.Damage())
	require.Equal(t, want, read(t, again, `x`, 0, math.MaxInt64))
}

func TestAStillOfNothingIsEmpty(t *testing.T) {
	s, err := OpenStill(filepath.Join(t.TempDir(), "missing"))
	require.NoError(t, err)
	require.Empty(t, s.Files)
	require.NoError(t, s.Close())
	found, err := Inspect(t.Context(), filepath.Join(t.TempDir(), "missing"))
	require.NoError(t, err)
	require.Equal(t, Inspection{}, found)
}

func TestInspectFindsEachKindOfDamage(t *testing.T) {
	segment := func(dir string) string { return filepath.Join(dir, "wal", "00000000") }
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		text   string // of the damage, "" for none
		torn   bool
	}{
		"none": {func(*testing.T, string) {}, "", false},
		"a chunk": {func(t *testing.T, dir string) {
			names, err := blockNames(dir)
			require.NoError(t, err)
			tear(t, filepath.Join(dir, names[0], "chunks", "000001"))
		}, "checksum", false},
		"an index": {func(t *testing.T, dir string) {
			names, err := blockNames(dir)
			require.NoError(t, err)
			overwrite(t, filepath.Join(dir, names[0], "index"))
		}, "left out", false},
		"a block that was moved aside": {func(t *testing.T, dir string) {
			names, err := blockNames(dir)
			require.NoError(t, err)
			require.NoError(t, os.Rename(filepath.Join(dir, names[0]), filepath.Join(dir, names[0]+corruptSuffix)))
		}, "moved aside", false},
		"the middle of the log": {func(t *testing.T, dir string) { tear(t, segment(dir)) }, "acknowledged samples are lost", false},
		"the middle of a log of which nothing is noted": {func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, forcedFile)))
			tear(t, segment(dir))
		}, "cannot be read", false},
		"the end of the log is cut off": {func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, forcedFile))) // which a clean end had written
			info, err := os.Stat(segment(dir))
			require.NoError(t, err)
			text, err := os.ReadFile(segment(dir))
			require.NoError(t, err)
			for len(text) > 0 && text[len(text)-1] == 0 {
				text = text[:len(text)-1]
			}
			require.LessOrEqual(t, int64(len(text)), info.Size())
			require.NoError(t, os.Truncate(segment(dir), int64(len(text)-5)))
		}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			dir, owner := foreign(t)
			require.NoError(t, owner.Close())
			c.damage(t, dir)
			tree := snapshotTree(t, dir)
			found, err := Inspect(t.Context(), dir)
			require.NoError(t, err)
			require.Equal(t, tree, snapshotTree(t, dir), "nothing was written")
			require.Equal(t, c.torn, found.TornLog != "", found.TornLog)
			if c.text == "" {
				require.Empty(t, found.Damage)
				return
			}
			require.Len(t, found.Damage, 1)
			require.Contains(t, found.Damage[0].String(), c.text)
		})
	}
}

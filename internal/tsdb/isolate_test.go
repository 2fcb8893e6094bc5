package tsdb

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// rotten writes three blocks of a day and damages a chunk of the second one,
// which opening does not notice. It returns the damaged block.
func rotten(t *testing.T) (dir, block string) {
	t.Helper()
	dir = t.TempDir()
	writeCounters(t, dir, 1, 3*24*60, 60*second, HistoryOptions{BlockRange: 24 * time.Hour})
	names, err := blockNames(dir)
	require.NoError(t, err)
	block = filepath.Join(dir, names[1])
	file := filepath.Join(block, "chunks", "000001")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	text[len(text)/2] ^= 0xff
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return dir, block
}

func readAll(ctx context.Context, t *testing.T, db *DB) (samples int, err error) {
	var b sample.Batch
	err = db.Select(ctx, match(t, `x`), 0, math.MaxInt64, func(s sample.Series) error {
		for s.Next(&b) {
			samples += b.Len()
		}
		return s.Err()
	})
	return samples, err
}

func TestBlocksFoundDamagedAreLeftOutAndMovedAsideLater(t *testing.T) {
	ways := map[string]func(t *testing.T, db *DB){
		"by reading samples": func(t *testing.T, db *DB) {
			_, err := readAll(t.Context(), t, db)
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			require.ErrorContains(t, err, "checksum")
			require.ErrorContains(t, err, "ask again")
		},
		"by a reader that ignores errors": func(t *testing.T, db *DB) {
			err := db.Select(t.Context(), match(t, `x`), 0, math.MaxInt64, func(s sample.Series) error {
				var b sample.Batch
				for s.Next(&b) {
				}
				return nil
			})
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
		},
		"by a query": func(t *testing.T, db *DB) {
			_, err := db.Eval(t.Context(), expression(t, `count_over_time(x[3d])`), base+3*day, 0, 0)
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
		},
		"by a query of the API": func(t *testing.T, db *DB) {
			server := httptest.NewServer(db.Handler())
			defer server.Close()
			form := url.Values{"query": {`count_over_time(x[3d])`}, "time": {strconv.FormatInt((base+3*day)/second, 10)}}
			status, _, _ := ask(t, server, http.MethodPost, "/api/v1/query", form)
			require.Equal(t, http.StatusInternalServerError, status)
			status, _, _ = ask(t, server, http.MethodPost, "/api/v1/query", form)
			require.Equal(t, http.StatusOK, status)
		},
		"by verifying": func(t *testing.T, db *DB) {
			damage, err := db.Verify(t.Context())
			require.NoError(t, err)
			require.Len(t, damage, 1)
		},
	}
	for title, find := range ways {
		t.Run(title, func(t *testing.T) {
			dir, block := rotten(t)
			db, err := Open(Options{Dir: dir})
			require.NoError(t, err)
			require.Empty(t, db.Damage())
			find(t, db)
			require.Len(t, db.Damage(), 1)
			require.Equal(t, block, db.Damage()[0].Path)
			n, err := readAll(t.Context(), t, db)
			require.NoError(t, err)
			require.Equal(t, 2*24*60, n)
			require.NoError(t, db.Close())

			again := openTest(t, dir)
			require.Len(t, again.Damage(), 1)
			require.Equal(t, block+corruptSuffix, again.Damage()[0].MovedTo)
			require.DirExists(t, block+corruptSuffix)
		})
	}
}

func TestBlocksOfOthersAreNotMarked(t *testing.T) {
	dir, block := rotten(t)
	before := snapshotTree(t, dir)
	db, err := OpenReadOnly(dir, nil)
	require.NoError(t, err)
	damage, err := db.Verify(t.Context())
	require.NoError(t, err)
	require.Len(t, damage, 1)
	require.Equal(t, block, damage[0].Path)
	require.NoError(t, db.Close())
	require.Equal(t, before, snapshotTree(t, dir))
}

func TestVerifyFindsNothingInSoundStores(t *testing.T) {
	dir := t.TempDir()
	writeCounters(t, dir, 3, 1000, second, HistoryOptions{})
	db := openTest(t, dir)
	damage, err := db.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, damage)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = db.Verify(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, db.Damage(), "a check that was broken off proves nothing")
}

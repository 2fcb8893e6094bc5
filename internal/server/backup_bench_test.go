package server

import (
	"bytes"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/backup"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
)

// writeCounters writes 100 counters, scraped every 15 seconds for 30 days.
func writeCounters(b *testing.B, dir string) {
	b.Helper()
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	require.NoError(b, err)
	random := rand.New(rand.NewPCG(1, 2))
	refs, values := make([]tsdb.Ref, 100), make([]float64, 100)
	for i := range refs {
		refs[i] = h.Series(labels.FromStrings("__name__", "requests_total", "instance", strconv.Itoa(i)))
	}
	end := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for at := end - 30*24*3600*1000; at < end; at += 15_000 {
		for i, ref := range refs {
			values[i] += float64(random.IntN(2000))
			require.NoError(b, h.Append(ref, at, values[i]))
		}
	}
	_, err = h.Close()
	require.NoError(b, err)
}

// BenchmarkBackup measures archiving and restoring of 30 days of
// samples; the bytes are those before compression.
func BenchmarkBackup(b *testing.B) {
	data := b.TempDir()
	writeCounters(b, filepath.Join(data, tsdbFolder))
	db, err := store.Open(b.Context(), store.Options{Dir: data})
	require.NoError(b, err)
	require.NoError(b, db.Close())
	silent := func(string, float64) {}
	var whole bytes.Buffer
	m, err := archive(b.Context(), &whole, store.Options{Dir: data}, false, time.Now(), silent)
	require.NoError(b, err)
	_, size := m.Totals()
	b.Run("archive", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			_, err := archive(b.Context(), io.Discard, store.Options{Dir: data}, false, time.Now(), silent)
			require.NoError(b, err)
		}
	})
	b.Run("restore", func(b *testing.B) {
		b.SetBytes(size)
		n := 0
		for b.Loop() {
			r, err := backup.NewReader(bytes.NewReader(whole.Bytes()))
			require.NoError(b, err)
			n++
			require.NoError(b, unpack(b.Context(), r, store.Options{Dir: filepath.Join(data, "restored", strconv.Itoa(n))}, func() {}))
			r.Close()
		}
	})
}

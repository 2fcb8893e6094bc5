package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// noise fills a day so that its chunk is large.
func noise(day int) slo.Measurement {
	span := slo.Span{From: slo.Minute(day * slo.MinutesPerDay), To: slo.Minute((day+1)*slo.MinutesPerDay) - 1}
	slots := make([]slo.Slot, slo.MinutesPerDay)
	for i := range slots {
		total := float64((i*i*7919+day*104729)%1_000_003) / 7
		slots[i] = slo.Slot{Good: total * 0.99, Total: total, State: slo.Measured}
	}
	return slo.Measurement{Span: span, Streams: []slo.StreamSlots{{Slots: slots}}}
}

// The file gives back what was let go while a writer goes on, and every total is
// what it was.
func TestTheFileShrinksWhileWritersGoOn(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	l, err := ledger.Open(t.Context(), s, ledger.Options{Now: time.Now})
	require.NoError(t, err)
	const days = 600
	for day := range days {
		require.NoError(t, l.Write(t.Context(), ledger.Write{Indicator: "a", Reason: "backfill", Measurement: noise(20_000 + day)}))
		if day%50 == 49 {
			_, err = l.Seal(t.Context(), 20_000+day+1)
			require.NoError(t, err)
		}
	}
	key := slo.StreamKey{Indicator: "a"}
	all := slo.Span{From: 20_000 * slo.MinutesPerDay, To: (20_000+days)*slo.MinutesPerDay - 1}
	before, err := l.Tally(t.Context(), key, all)
	require.NoError(t, err)
	size := fileSize(t, s, dir)

	done := make(chan error, 1)
	writing, stop := context.WithCancel(t.Context())
	written := 0
	go func() {
		for m := slo.Minute((20_000 + days) * slo.MinutesPerDay); writing.Err() == nil; m++ {
			err := l.Write(context.Background(), ledger.Write{Indicator: "b", Reason: "live", Measurement: slo.Measurement{
				Span: slo.Span{From: m, To: m}, Streams: []slo.StreamSlots{{Slots: []slo.Slot{{Good: 1, Total: 1, State: slo.Measured}}}},
			}})
			if err != nil {
				done <- err
				return
			}
			written++
		}
		done <- nil
	}()
	n, err := l.Thin(t.Context(), 20_000+days-10)
	require.NoError(t, err)
	require.Equal(t, days-10, n)
	stop()
	require.NoError(t, <-done)
	require.Positive(t, written, "a writer got its turn")

	after, err := l.Tally(t.Context(), key, all)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Less(t, fileSize(t, s, dir), size/4)
	l, err = ledger.Open(t.Context(), s, ledger.Options{Now: time.Now})
	require.NoError(t, err)
	after, err = l.Tally(t.Context(), key, all)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.NoError(t, s.Close())
}

// One step of giving space back is bounded, so that a commit never waits for
// more than that.
func TestAStepOfShrinkingIsBounded(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	big := ledger.Row{ID: 1, Payload: make([]byte, 20<<20)}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Rows: []ledger.Row{big}}))
	require.NoError(t, s.Seal(t.Context(), 0, nil, []int64{1}))
	steps := 0
	for more := true; more; steps++ {
		before := fileSize(t, s, dir)
		more, err = s.Shrink(t.Context())
		require.NoError(t, err)
		// 256 pages, and the one or two that say where those belong.
		require.LessOrEqual(t, before-fileSize(t, s, dir), int64(258*4096))
	}
	require.GreaterOrEqual(t, steps, 20)
	require.Less(t, fileSize(t, s, dir), int64(1<<20))
	require.NoError(t, s.Close())
}

// fileSize returns the size of the database, the log written into it first.
func fileSize(t *testing.T, s *store.Store, dir string) int64 {
	t.Helper()
	require.NoError(t, s.Checkpoint(t.Context()))
	info, err := os.Stat(filepath.Join(dir, store.FileName))
	require.NoError(t, err)
	return info.Size()
}

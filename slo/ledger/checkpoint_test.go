package ledger_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// read counts what a start takes from a store.
type read struct {
	ledger.Store
	streams, totals, rows int
}

func (s *read) Changes(ctx context.Context, since ledger.Position, v ledger.Visitor) (int64, error) {
	return s.Store.Changes(ctx, since, ledger.Visitor{
		Stream: func(r ledger.Stream) error { s.streams++; return v.Stream(r) },
		Cursor: v.Cursor,
		Totals: func(t ledger.Totals) error { s.totals++; return v.Totals(t) },
		Row:    func(r ledger.Row) error { s.rows++; return v.Row(r) },
	})
}

// keeping opens a ledger that keeps a checkpoint whenever it is asked.
func keeping(t *testing.T, s ledger.Store, fresh bool) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), s, ledger.Options{Now: func() time.Time { return time.Unix(0, 0) }, CheckpointAfter: 1, Fresh: fresh})
	require.NoError(t, err)
	return l
}

func keep(t *testing.T, l *ledger.Ledger, want bool) {
	t.Helper()
	saved, err := l.Checkpoint(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, saved)
}

// asFresh holds a ledger to one that read every row of the same store.
func asFresh(t *testing.T, l *ledger.Ledger, s ledger.Store) {
	t.Helper()
	fresh := keeping(t, s, true)
	for _, i := range []slo.IndicatorKey{ind, other} {
		require.Equal(t, covered(t, fresh, i), covered(t, l, i))
		want, wantOK := fresh.Cursor(i)
		got, ok := l.Cursor(i)
		require.Equal(t, wantOK, ok)
		require.Equal(t, want, got)
	}
	require.Equal(t, fresh.Stats(), l.Stats())
}

func TestAStartReadsTheCheckpointAndWhatCameSince(t *testing.T) {
	m := damagedLedger(t) // two streams of three days, two of them sealed, and two rows
	l := keeping(t, m, false)
	w := run(dayStart(2)+2, measured(2, 2))
	w.Cursor = &ledger.Cursor{Settled: dayStart(2) + 2, Backfilled: dayStart(0), Samples: 7, BusySeconds: 0.5, Done: true}
	require.NoError(t, l.Write(t.Context(), w))
	keep(t, l, true)

	s := &read{Store: m}
	asFresh(t, keeping(t, s, false), m)
	require.Zero(t, s.streams+s.totals+s.rows, "nothing changed since: nothing is read")

	require.NoError(t, l.Write(t.Context(), run(dayStart(2)+1, measured(3, 3))))
	s = &read{Store: m}
	asFresh(t, keeping(t, s, false), m)
	require.Equal(t, 1, s.rows)
	require.Zero(t, s.streams)

	seal(t, l, 2)
	s = &read{Store: m}
	reopened := keeping(t, s, false)
	asFresh(t, reopened, m)
	require.Equal(t, 2, s.totals, "the day that was sealed since, of both streams")
	require.NoError(t, reopened.Write(t.Context(), run(dayStart(1), measured(5, 5))), "and it goes on from there")
	asFresh(t, reopened, m)
}

func TestACheckpointIsKeptWhenItSavesMoreThanItCosts(t *testing.T) {
	m := damagedLedger(t)
	keep(t, open(t, m), false)
	l := keeping(t, m, false)
	keep(t, l, true)
	keep(t, l, false)
	require.NoError(t, l.Write(t.Context(), run(dayStart(2), measured(9, 9))))
	keep(t, l, true)
}

func TestMemoryThatHoldsDamageIsNotKept(t *testing.T) {
	m := damagedLedger(t)
	l := keeping(t, &bent{Store: m, totals: func(t *ledger.Totals) { t.Good++ }}, false)
	require.NotEmpty(t, l.Problems())
	keep(t, l, false)
	parts, err := m.LoadCheckpoint(t.Context())
	require.NoError(t, err)
	require.Empty(t, parts)
}

func TestADamagedCheckpointCostsTimeOnly(t *testing.T) {
	m := damagedLedger(t)
	keep(t, keeping(t, m, false), true)
	good, err := m.LoadCheckpoint(t.Context())
	require.NoError(t, err)
	require.Len(t, good, 2)
	for p := range good {
		for i := range good[p] {
			bad := slices.Clone(good)
			bad[p] = slices.Clone(good[p])
			bad[p][i] ^= 0x10
			require.NoError(t, m.SaveCheckpoint(t.Context(), bad))
			s := &read{Store: m}
			asFresh(t, keeping(t, s, false), m)
			require.Equal(t, 2, s.rows, "byte %d of part %d: all rows are read", i, p)
		}
	}
	for name, bad := range map[string][][]byte{
		"a part is missing":            good[:1],
		"the head is missing":          good[1:],
		"a part comes twice":           {good[0], good[1], good[1]},
		"the parts are in wrong order": {good[1], good[0]},
		"a part is empty":              {good[0], {}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, m.SaveCheckpoint(t.Context(), bad))
			asFresh(t, keeping(t, m, false), m)
		})
	}
}

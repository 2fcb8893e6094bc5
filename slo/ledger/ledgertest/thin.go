package ledgertest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// Thin writes at random over stores that newStore makes empty, lets go of the
// minutes of old days, and holds what readers are told afterwards to what was
// there before.
func Thin(t *testing.T, newStore func(t *testing.T) ledger.Store) {
	for name, integers := range map[string]bool{"whole numbers": true, "any numbers": false} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { thin(rt, newStore(t), integers) })
		})
	}
}

func thin(t *rapid.T, store ledger.Store, integers bool) {
	ctx := context.Background()
	m, l := newModel(), openRapid(t, store)
	for range rapid.IntRange(1, 6).Draw(t, "writes") {
		writeBoth(t, m, l, drawWrite(t, integers))
	}
	compare(t, m, l) // some days are in the caches
	before := rapid.IntRange(world.From.Day()-1, world.To.Day()+3).Draw(t, "before")
	n, err := l.Thin(ctx, before)
	require.NoError(t, err)
	for range 2 {
		compareThinned(t, m, l, before, integers)
		again, err := l.Thin(ctx, rapid.IntRange(before-3, before).Draw(t, "again"))
		require.NoError(t, err)
		require.Zero(t, again, "what was thinned is not thinned again")
		_, err = l.Checkpoint(ctx)
		require.NoError(t, err)
		l = openRapid(t, store)
	}
	if n == 0 {
		return
	}
	late := drawWrite(t, integers)
	late.Cursor = nil
	require.NoError(t, l.Write(ctx, late))
	m.writeThinned(late, before)
	l = openRapid(t, store)
	_, err = l.Thin(ctx, before) // seals what is new, and thins it
	require.NoError(t, err)
	compareThinned(t, m, l, before, integers)
}

// writeThinned writes what is not of a day whose minutes are gone.
func (m *model) writeThinned(w ledger.Write, before int) {
	was := m.clone()
	m.write(w)
	span := w.Measurement.Span
	for k, slots := range m.slots {
		for day := span.From.Day(); day <= min(span.To.Day(), before-1); day++ {
			whole := slo.Span{From: slo.Minute(day * slo.MinutesPerDay), To: slo.Minute((day+1)*slo.MinutesPerDay) - 1}
			held, sum := was.read(k, whole)
			for i := 0; sum.Covered() > 0 && i < len(held); i++ {
				slots[whole.From+slo.Minute(i)] = held[i]
			}
		}
	}
}

// streams lists the streams in order: draws must not depend on that of a map.
func (m *model) streams() []slo.StreamKey {
	return slices.SortedFunc(maps.Keys(m.slots), func(a, b slo.StreamKey) int {
		return cmp.Or(cmp.Compare(a.Indicator, b.Indicator), cmp.Compare(a.Group, b.Group))
	})
}

// compareThinned holds a ledger to the model: days as a whole and the days that
// were not thinned exactly, parts of the others as estimates that add up.
func compareThinned(t *rapid.T, m *model, l *ledger.Ledger, before int, integers bool) {
	ctx := context.Background()
	require.Empty(t, l.Problems(), "what was let go is no damage")
	for _, k := range m.streams() {
		for range 3 {
			day := rapid.IntRange(world.From.Day()-1, world.To.Day()+3).Draw(t, "day")
			whole := slo.Span{From: slo.Minute(day * slo.MinutesPerDay), To: slo.Minute((day+1)*slo.MinutesPerDay) - 1}
			want, wantTally := m.read(k, whole)
			got, err := l.Tally(ctx, k, whole)
			require.NoError(t, err)
			requireTally(t, wantTally, got)
			slots, err := l.Slots(ctx, k, whole)
			require.NoError(t, err)
			if day >= before {
				requireSlots(t, want, slots)
				continue
			}
			requireEstimate(t, wantTally, slots, integers)
			cut := slo.Minute(rapid.IntRange(1, slo.MinutesPerDay-1).Draw(t, "cut"))
			left, err := l.Tally(ctx, k, slo.Span{From: whole.From, To: whole.From + cut - 1})
			require.NoError(t, err)
			right, err := l.Tally(ctx, k, slo.Span{From: whole.From + cut, To: whole.To})
			require.NoError(t, err)
			both := left.Plus(right)
			require.Equal(t, wantTally.Covered(), both.Covered())
			require.Zero(t, both.Measured, "a part of a coarse day is an estimate")
			requireClose(t, wantTally.Total, both.Total)
		}
		wantExtent, wantOK := m.extent(k)
		extent, ok := l.Extent(k)
		require.Equal(t, wantOK, ok)
		require.Equal(t, wantExtent, extent)
	}
}

// requireEstimate wants slots that add up to the day's totals and are possible.
func requireEstimate(t *rapid.T, want slo.Tally, slots []slo.Slot, integers bool) {
	var sum slo.Tally
	for i, s := range slots {
		sum.Add(s)
		if s.State == slo.Gap {
			require.Equal(t, slo.Slot{}, s)
			continue
		}
		require.Equal(t, slo.Estimated, s.State)
		if integers {
			require.True(t, 0 <= s.Good && s.Good <= s.Total && s.Total == float64(int(s.Total)), "slot %d: %v", i, s)
		}
	}
	require.Equal(t, want.Covered(), sum.Covered())
	if integers {
		require.Equal(t, want.Good, sum.Good)
		require.Equal(t, want.Total, sum.Total)
		return
	}
	requireClose(t, want.Total, sum.Total)
}

// PrunedRevisions wants the revisions of minutes that are let go counted.
func PrunedRevisions(t *testing.T, newStore func(t *testing.T) ledger.Store) {
	store := newStore(t)
	l, err := ledger.Open(t.Context(), store, ledger.Options{Now: at.UTC})
	require.NoError(t, err)
	key := slo.StreamKey{Indicator: "a"}
	for day := range 3 {
		for good := range 3 { // two rewrites a day
			span := slo.Span{From: day0 + slo.Minute(day*slo.MinutesPerDay), To: day0 + slo.Minute(day*slo.MinutesPerDay)}
			require.NoError(t, l.Write(t.Context(), ledger.Write{Indicator: "a", Reason: "late", Measurement: slo.Measurement{
				Span: span, Streams: []slo.StreamSlots{{Slots: []slo.Slot{{Good: float64(good), Total: 9, State: slo.Measured}}}},
			}}))
		}
	}
	require.Equal(t, 6, revised(t, l, key))
	n, err := l.Thin(t.Context(), day0.Day()+2)
	require.NoError(t, err)
	require.Equal(t, 2+4, n, "two chunks and four revisions")
	require.Equal(t, 2, revised(t, l, key))
	pruned, err := l.PrunedRevisions(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, 4, pruned)
}

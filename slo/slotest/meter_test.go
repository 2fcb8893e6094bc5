package slotest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/slotest"
)

func TestMeterAnswersLikeALedger(t *testing.T) {
	t.Parallel()
	m := slotest.NewMeter()
	key := slo.StreamKey{Indicator: "i"}
	slot := func(total float64) slo.Slot { return slo.Slot{Good: 1, Total: total, State: slo.Measured} }

	_, ok := m.Extent(key)
	require.False(t, ok)
	sum, err := m.Tally(t.Context(), key, slo.Span{From: 5, To: 7})
	require.NoError(t, err)
	require.Equal(t, slo.Tally{Slots: 3}, sum, "a stream that does not exist is all gaps")

	m.Write(key, 10, slo.Slot{}, slot(2), slo.Slot{})
	m.Write(key, 5, slot(3))
	m.Write(key, 12, slo.Slot{})
	extent, ok := m.Extent(key)
	require.True(t, ok)
	require.Equal(t, slo.Span{From: 5, To: 11}, extent, "gaps at the ends are not measured")
	slots, err := m.Slots(t.Context(), key, slo.Span{From: 4, To: 13})
	require.NoError(t, err)
	want := make([]slo.Slot, 10)
	want[1], want[7] = slot(3), slot(2)
	require.Empty(t, cmp.Diff(want, slots))
	sum, err = m.Tally(t.Context(), key, slo.Span{From: 4, To: 13})
	require.NoError(t, err)
	require.Equal(t, slo.Tally{Good: 2, Total: 5, Measured: 2, Slots: 10}, sum)
	sum, err = m.Tally(t.Context(), key, slo.Span{From: 4, To: 3})
	require.NoError(t, err)
	require.Zero(t, sum)

	gaps := slo.StreamKey{Indicator: "i", Group: "g"}
	m.Write(gaps, 1, slo.Slot{}, slo.Slot{})
	_, ok = m.Extent(gaps)
	require.False(t, ok)
	m.Write(slo.StreamKey{Indicator: "i", Group: "a"}, 1, slot(1))
	m.Write(slo.StreamKey{Indicator: "other", Group: "z"}, 1, slot(1))
	require.Equal(t, []slo.Group{"a", "g"}, m.Groups("i"))

	_, ok = m.Settled("i")
	require.False(t, ok)
	m.Settle("i", 12)
	last, ok := m.Settled("i")
	require.True(t, ok)
	require.Equal(t, slo.Minute(12), last)

	for _, reason := range []string{"first", "second", "third"} {
		m.Revise(key, slo.Revision{Span: slo.Span{From: 5, To: 6}, Reason: reason})
	}
	revisions, err := m.Revisions(t.Context(), key, slo.Span{From: 6, To: 9}, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"third", "second"}, []string{revisions[0].Reason, revisions[1].Reason})
	revisions, err = m.Revisions(t.Context(), key, slo.Span{From: 7, To: 9}, 2)
	require.NoError(t, err)
	require.Empty(t, revisions)
}

func TestIndicatorIsItsKey(t *testing.T) {
	t.Parallel()
	i := slotest.Indicator("x")
	require.Equal(t, slo.IndicatorKey("x"), i.Key())
	require.Equal(t, "script", i.SourceName())
	require.Empty(t, i.GroupBy())
	require.Equal(t, slo.Events, i.Unit())
	require.Equal(t, "x", i.Queries()[0].Text)
}

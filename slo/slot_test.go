package slo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

func TestMinuteOf(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		millis int64
		want   slo.Minute
	}{
		"the full minute belongs to the minute it concludes": {60_000, 0},
		"just after it the next begins":                      {60_001, 1},
		"1970 itself concludes the minute before":            {0, -1},
		"before 1970 minutes are as wide":                    {-60_000, -2},
		"before 1970, inside a minute":                       {-59_999, -1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, slo.MinuteOfMilli(tt.millis))
			require.Equal(t, tt.want, slo.MinuteOf(time.UnixMilli(tt.millis)))
		})
	}
}

func TestDayOfAMinute(t *testing.T) {
	t.Parallel()
	require.Equal(t, 0, slo.Minute(0).Day())
	require.Equal(t, 0, slo.Minute(1439).Day())
	require.Equal(t, 1, slo.Minute(1440).Day())
	require.Equal(t, -1, slo.Minute(-1).Day())
}

func TestSpansOfAdjacentIntervalsShareNoSlotAndLeaveNoneOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Custom(func(t *rapid.T) time.Time {
			return time.UnixMilli(rapid.Int64Range(-1e9, 1e13).Draw(t, "ms"))
		})
		a := at.Draw(t, "a")
		b := a.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "b")))
		c := b.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "c")))
		left, right, all := slo.SpanOf(a, b), slo.SpanOf(b, c), slo.SpanOf(a, c)
		require.Equal(t, all.Len(), left.Len()+right.Len())
		require.Equal(t, left.To+1, right.From)
		require.Zero(t, left.Intersect(right).Len())
		m := slo.MinuteOf(b)
		require.False(t, m.Start().Equal(b), "the left end is not part of a slot")
		require.False(t, b.After(m.End()))
		require.True(t, b.After(m.Start()))
	})
}

func TestSpan(t *testing.T) {
	t.Parallel()
	s := slo.Span{From: 10, To: 12}
	require.Equal(t, 3, s.Len())
	require.True(t, s.Contains(10))
	require.True(t, s.Contains(12))
	require.False(t, s.Contains(13))
	require.Equal(t, time.Unix(600, 0).UTC(), s.Start())
	require.Equal(t, time.Unix(780, 0).UTC(), s.End())
	require.Zero(t, slo.Span{From: 10, To: 9}.Len())
	require.Zero(t, slo.Span{From: 10, To: 2}.Len())
	require.Zero(t, slo.Tally{}.Coverage(), "nothing is not covered")
}

// slotGen draws slots of every state; figures of gaps are noise that must not count.
var slotGen = rapid.Custom(func(t *rapid.T) slo.Slot {
	total := rapid.IntRange(0, 1000).Draw(t, "total")
	return slo.Slot{
		Good:  float64(rapid.IntRange(0, total).Draw(t, "good")),
		Total: float64(total),
		State: slo.SlotState(rapid.IntRange(0, 2).Draw(t, "state")),
	}
})

func TestTalliesAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.SliceOf(slotGen).Draw(t, "slots")
		cut := rapid.IntRange(0, len(slots)).Draw(t, "cut")
		all, left, right := tallyOf(slots), tallyOf(slots[:cut]), tallyOf(slots[cut:])
		require.Equal(t, all, left.Plus(right))
		require.Equal(t, all, right.Plus(left))
		require.Equal(t, len(slots), all.Slots)
		gaps := 0
		for _, s := range slots {
			if s.State == slo.Gap {
				gaps++
			}
		}
		require.Equal(t, all.Slots, all.Covered()+gaps)
	})
}

func tallyOf(slots []slo.Slot) slo.Tally {
	var sum slo.Tally
	for _, s := range slots {
		sum.Add(s)
	}
	return sum
}

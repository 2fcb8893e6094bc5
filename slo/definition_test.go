package slo_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

func TestComparisonsHold(t *testing.T) {
	t.Parallel()
	tests := map[slo.Op][3]bool{ // below, at, above the limit
		slo.LessOrEqual:    {true, true, false},
		slo.Less:           {true, false, false},
		slo.GreaterOrEqual: {false, true, true},
		slo.Greater:        {false, false, true},
		slo.Op("eq"):       {false, false, false},
	}
	for op, want := range tests {
		require.Equal(t, want, [3]bool{op.Holds(1, 2), op.Holds(2, 2), op.Holds(3, 2)}, op)
		require.False(t, op.Holds(math.NaN(), 2), "NaN never holds")
		require.False(t, op.Holds(2, math.NaN()), "nor against NaN")
	}
}

func TestGroupsAreCanonical(t *testing.T) {
	t.Parallel()
	require.Empty(t, slo.GroupOf(nil))
	require.Empty(t, slo.GroupOf(map[string]string{}))
	require.Nil(t, slo.Group("").Labels())
	require.Equal(t, slo.Group(`{"a":"1","b":"2"}`), slo.GroupOf(map[string]string{"b": "2", "a": "1"}))
	require.NotEmpty(t, slo.Group("not JSON").Labels(), "what cannot be read is shown")
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.MapOfN(rapid.StringMatching(`[a-z]{1,5}`), rapid.StringMatching(`\PC*`), 1, 4).Draw(t, "labels")
		require.Equal(t, labels, slo.GroupOf(labels).Labels())
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "checkout", slo.SLO{Name: "checkout"}.Title())
	require.Equal(t, "Checkout works", slo.SLO{Name: "checkout", DisplayName: "Checkout works"}.Title())
	require.Equal(t, "Occurrences", slo.Occurrences.String())
	require.Equal(t, "Timeslices", slo.Timeslices.String())
	require.Equal(t, "RatioTimeslices", slo.RatioTimeslices.String())
	require.Equal(t, "events", slo.Events.String())
	require.Equal(t, "seconds", slo.Seconds.String())
	require.Equal(t, "quarter", slo.Quarter.String())
}

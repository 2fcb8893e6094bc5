package ledger_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

func TestSmallDaysKeepTheirDigitsAfterLargeOnes(t *testing.T) {
	store := ledger.NewMemory()
	l := open(t, store)
	for d := range 40 {
		v := 1e18
		if d >= 20 {
			v = 1e-9
		}
		slots := slices.Repeat([]slo.Slot{measured(v/2, v)}, slo.MinutesPerDay)
		require.NoError(t, l.Write(t.Context(), run(day0+slo.Minute(d)*slo.MinutesPerDay, slots...)))
	}
	small := slo.Span{From: day0 + 20*slo.MinutesPerDay, To: day0 + 40*slo.MinutesPerDay - 1}
	for _, chunks := range []int{40, 0} { // open, then sealed
		got := tallyOf(t, l, whole, small)
		require.InEpsilon(t, 20*slo.MinutesPerDay*1e-9, got.Total, 1e-12)
		require.InEpsilon(t, 10*slo.MinutesPerDay*1e-9, got.Good, 1e-12)
		seal(t, l, chunks)
	}
}

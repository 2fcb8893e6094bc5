package scenario

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The figures of the reference construction; a generator that drifts from them
// compares nothing.
func TestTruthsAreThoseOfTheReference(t *testing.T) {
	want := map[string][3]float64{ // bad, total, remaining in percent
		"S1": {180_000, 130_895_970, -37.51},
		"S2": {1_800, 130_895_970, 98.62},
		"S3": {304, 25_920_000, -17.28},
		"S4": {36_000, 25_919_700, -38.89},
		"S5": {146, 14_463, 49.53},
	}
	for _, s := range All() {
		t.Run(s.Name, func(t *testing.T) {
			w := want[s.Name]
			require.Equal(t, w[0], s.TruthBad)
			require.Equal(t, w[1], s.TruthTotal)
			require.InDelta(t, w[2], 100*s.Remaining(), 0.005)
		})
	}
}

func TestSamplesEndAtTheTruth(t *testing.T) {
	for _, s := range All() {
		if s.Name == "S3" {
			continue // its truth counts the first samples too; see below
		}
		t.Run(s.Name, func(t *testing.T) {
			first, last := map[string]float64{}, map[string]float64{}
			s.Generate(func(series []string, _ int64, v float64) {
				if _, ok := first[series[1]]; !ok {
					first[series[1]] = v
				}
				last[series[1]] = v
			})
			require.Equal(t, s.TruthBad, last["errors_total"]-first["errors_total"])
			require.Equal(t, s.TruthTotal, last["requests_total"]-first["requests_total"])
		})
	}
}

func TestChurnHasTheSeriesOfTheReference(t *testing.T) {
	values := map[string]float64{}
	All()[2].Generate(func(series []string, _ int64, v float64) {
		if series[1] == "errors_total" {
			values[series[3]] = v
		}
	})
	single := 0
	for _, v := range values {
		if v == 1 {
			single++
		}
	}
	require.Len(t, values, 199)
	require.Equal(t, 124, single)
}

package prometheus

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// taken is a counter, sampled every 15 seconds from ten minutes before day0 on.
func taken(values func(i int) float64) memory {
	s := series(requests)
	for i := range 80 {
		s.t, s.v = append(s.t, at(float64(i*15-600))), append(s.v, values(i))
	}
	return memory{s}
}

// Two servers that scrape the same process have nearly the same history, or one
// that began at another time; one address that leads to both in turn shows both.
func TestTwoHistoriesInOneCounterAreTakenApart(t *testing.T) {
	tests := map[string]struct {
		values func(i int) float64
		total  float64 // of five minutes
		state  slo.SlotState
		warns  bool
	}{
		"the other server saw the process later":                                 {func(i int) float64 { return []float64{1000, 400}[i%2] + float64(10*i) }, 200, slo.Estimated, true},
		"the other server saw nothing more":                                      {func(i int) float64 { return []float64{1000 + float64(10*i), 1}[i%2] }, 200, slo.Estimated, true},
		"the lower history comes first":                                          {func(i int) float64 { return []float64{1, 1000 + float64(10*i)}[i%2] }, 200, slo.Estimated, true},
		"now the one and now the other answers":                                  {func(i int) float64 { return []float64{1000, 1000, 400, 1000, 400, 400, 400}[i%7] + float64(10*i) }, 200, slo.Estimated, true},
		"a process that restarts now and then":                                   {func(i int) float64 { return float64(10 * (i%7 + 1)) }, 200, slo.Measured, false},
		"one that restarts at every third scrape, and counts the same each time": {func(i int) float64 { return float64(10 * (i%3 + 1)) }, 200, slo.Measured, false},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			m, err := (&Source{Sampler: taken(tt.values)}).Measure(t.Context(), badOfTotal(), slo.Span{From: minute(0), To: minute(4)})
			require.NoError(t, err)
			got := sum(m, "")
			require.InDelta(t, tt.total, got.Total, 10)
			for _, slot := range m.Streams[0].Slots {
				require.Equal(t, tt.state, slot.State)
			}
			if tt.warns {
				require.Contains(t, m.Warnings[len(m.Warnings)-1], "as if two servers")
			} else {
				require.Empty(t, m.Warnings)
			}
		})
	}
}

package main

import (
	"errors"
	"iter"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/bench/peer"
	"github.com/hindcast/hindcast/slo"
)

// budget is a budget with a remaining share.
func budget(remaining float64) slo.Budget {
	return slo.Budget{Remaining: &remaining, Coverage: 1, State: slo.Healthy}
}

// goldenTable is a table of a row that is right and one that cannot be.
func goldenTable() *table {
	reached := row{Name: "A", What: "quiet", Target: "0.99"}
	lost := row{Name: "B", What: "a pod that dies", Target: "0.9"}
	return &table{
		at: time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC), took: 61 * time.Second, version: "v0.315.0", samples: 1_250_000,
		lines: []line{
			{row: reached, truth: figures{Total: 1000, Bad: 5}, budget: budget(0.5005), peers: []float64{math.NaN(), 0.5, 0.499999, 0.6, 0.4}},
			{row: lost, truth: figures{Total: 100, Bad: 5, UnseenTotal: 2, UnseenBad: 2}, budget: budget(1 - 3/9.8), peers: []float64{1, 1, 1, 1, 1}},
		},
	}
}

func TestTable(t *testing.T) {
	golden, err := os.ReadFile("testdata/table.md")
	require.NoError(t, err)
	require.Equal(t, string(golden), goldenTable().String())
}

func TestAFigureThatIsMissingIsNoSuccess(t *testing.T) {
	l := line{row: row{Target: "0.99"}, truth: figures{Total: 1000, Bad: 5}}
	require.True(t, math.IsInf(l.off(l.hindcast()), 1))
	tab := table{lines: []line{{row: l.row, truth: l.truth, peers: make([]float64, 5)}}}
	require.Contains(t, tab.String(), "Hindcast within 0.1 points of the truth: 0 of 1 rows.")
}

func TestSpecificationsOfAllRowsAreValid(t *testing.T) {
	rows, err := chosen("")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, r := range rows {
		objective, err := read(r, t.TempDir())
		require.NoError(t, err, r.Name)
		require.Equal(t, r.Target, objective.Objectives[0].Target.String())
		from, to := objective.Window.Period(r.To.Add(-time.Minute))
		if r.Zone != "" {
			require.Equal(t, []time.Time{r.From, r.To}, []time.Time{from.UTC(), to.UTC()}, "the simulated time is the month")
		}
		names[r.Name] = true
	}
	require.Len(t, names, len(rows), "no two rows have the same name")
	_, err = chosen("S1,nonsense")
	require.ErrorContains(t, err, `no row "nonsense"`)
}

// What a ruler records of a series that comes and goes, evaluated at 0, 30, … 240 s.
func TestSamplesOfARule(t *testing.T) {
	at := func(sec int64) time.Time { return time.Unix(sec, 0) }
	stale := -1.0
	for name, tc := range map[string]struct {
		values []int64
		pause  [2]time.Time
		want   [][2]float64 // second, value
	}{
		"a series that goes on":  {values: []int64{180, 210, 240}, want: [][2]float64{{180, 180}, {210, 210}, {240, 240}}},
		"one that ends is ended": {values: []int64{150, 180}, want: [][2]float64{{150, 150}, {180, 180}, {210, stale}}},
		"and may begin again":    {values: []int64{0, 90, 120, 150, 180, 210, 240}, want: [][2]float64{{0, 0}, {30, stale}, {90, 90}, {120, 120}, {150, 150}, {180, 180}, {210, 210}, {240, 240}}},
		"a ruler that is down writes nothing, markers neither": {
			values: []int64{0, 30, 60, 90, 120, 150, 180, 210, 240}, pause: [2]time.Time{at(30), at(180)},
			want: [][2]float64{{0, 0}, {30, 30}, {210, 210}, {240, 240}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := evaluation{rule: peer.Rule{Record: "x"}, from: at(0), to: at(240), every: 30 * time.Second, pause: tc.pause}
			var pairs []model.SamplePair
			for _, sec := range tc.values {
				pairs = append(pairs, model.SamplePair{Timestamp: model.TimeFromUnix(sec), Value: model.SampleValue(sec)})
			}
			var got [][2]float64
			for _, s := range e.samples(&series{}, pairs) {
				v := s.v
				if value.IsStaleNaN(v) {
					v = stale
				}
				got = append(got, [2]float64{float64(s.ms / 1000), v})
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestMergeGoesBlockByBlock(t *testing.T) {
	block := blockRange.Milliseconds()
	stream := func(at ...int64) iter.Seq[sample] {
		var all []sample
		for _, ms := range at {
			all = append(all, sample{ms: ms})
		}
		return slices.Values(all)
	}
	var got []int64
	err := merge([]iter.Seq[sample]{stream(1, 2, block), stream(), stream(3, 3*block), stream(block+1, 2*block)}, func(s sample) error {
		got = append(got, s.ms)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2, 3, block, block + 1, 2 * block, 3 * block}, got)
	full := errors.New("disk full")
	require.ErrorIs(t, merge([]iter.Seq[sample]{stream(1, 2)}, func(sample) error { return full }), full)
}

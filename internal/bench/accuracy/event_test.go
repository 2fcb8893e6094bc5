package main

import (
	"math"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"
)

// What the descriptions of the variants come to by hand. The background of
// errors is one per pod every so many seconds, outside of outages; at the edges
// of each outage and of the month it is rounded, for each pod by one at most.
func TestTruthsByHand(t *testing.T) {
	const month = 30 * 86400.0
	for name, tc := range map[string]struct {
		total, bad           float64
		pods, every          float64 // of the background
		outages, outageTotal float64 // how many, and their seconds
	}{
		"V1": {total: 20 * 10 * month, bad: 20 * 3600, pods: 20, every: 500, outages: 4, outageTotal: 3600},
		"V2": {total: 3 * 10 * month, bad: 3 * 20 * 10},
		"V4": {total: 4*10*month + 36*40*8, bad: 36 * 40 * 8, pods: 4, every: 400},
		"V5": {total: 5 * 20 * month, bad: 450 * 5 * 8, pods: 5, every: 250, outages: 1, outageTotal: 450},
		"V6": {total: 5 * 20 * month, bad: 540 * 5 * 10, pods: 5, every: 250, outages: 1, outageTotal: 540},
		"V8": {total: 10*10*month + 30*120*(7200-45)*2, bad: 30 * 120 * 20, pods: 10, every: 250},
		"V9": {total: 4 * 25 * month, bad: 24 * 45 * 4 * 25, pods: 4, every: 100, outages: 24, outageTotal: 24 * 45},
		"V11": {
			total: 2 * 3600 * (2*(743-31*12) + 40*31*12), bad: 2 * 2 * 3600 * 20,
			pods: 2, every: 100, outages: 2, outageTotal: 7200,
		},
		"V12": {total: 5 * 20 * month, bad: 360 * 5 * 12, pods: 5, every: 250, outages: 1, outageTotal: 360},
		"V13": {total: 5 * 20 * month, bad: 540 * 5 * 10, pods: 5, every: 250, outages: 1, outageTotal: 540},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := find(t, name).truth()
			require.Equal(t, tc.total, f.Total, "requests")
			if tc.pods == 0 {
				require.Equal(t, tc.bad, f.Bad, "errors")
				return
			}
			length := find(t, name).To.Sub(find(t, name).From).Seconds()
			background := tc.pods * (length - tc.outageTotal) / tc.every
			require.InDelta(t, tc.bad+background, f.Bad, tc.pods*(tc.outages+1), "errors")
		})
	}
}

func find(t *testing.T, name string) row {
	t.Helper()
	rows, err := chosen(name)
	require.NoError(t, err)
	return rows[0]
}

// perfect looks at a pod every second, from its first to its last, and so sees
// every event: its differences are another way to the truth, over counters
// instead of events.
func perfect(l *eventLog) (total, bad float64) {
	l.interval, l.down = func(int64) int64 { return 1 }, nil
	type state struct{ total, bad float64 }
	last := make([]state, len(l.pods))
	l.run(observer{gone: func(int64, int) {}, scrape: func(sec int64, i int, t, b float64) {
		if sec > 0 {
			total, bad = total+t-last[i].total, bad+b-last[i].bad
		}
		last[i] = state{t, b}
	}})
	return total, bad
}

func TestTruthIsWhatAPerfectObserverSees(t *testing.T) {
	for name, log := range map[string]func() *eventLog{
		"rollouts": rollouts, "crash loop": crashLoop, "slow peak": slowPeak, "sparse": sparse,
		"reset in gap": func() *eventLog { return resetInGap(10) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			total, bad := log().truth()
			seenTotal, seenBad := perfect(log())
			require.Equal(t, total, seenTotal)
			require.Equal(t, bad, seenBad)
			require.Positive(t, bad)
		})
	}
}

// Who adds up the differences of all samples, first values and resets included,
// comes to the truth but for what the log says no sample tells of, and for the
// events before the window that its first scrapes show.
func TestSamplesTellAllButTheUnseen(t *testing.T) {
	for _, name := range []string{"V2", "V4", "V6", "V7", "V10", "V13"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := find(t, name)
			f := r.truth()
			total, bad := fold(r)
			const edges = 2 * 30.0 / month // a scrape interval at each end
			require.InDelta(t, f.Total-f.UnseenTotal, total, 1+f.Total*edges)
			require.InDelta(t, f.Bad-f.UnseenBad, bad, 1+f.Bad*edges)
		})
	}
}

// fold adds up the differences of a row's samples within its window.
func fold(r row) (total, bad float64) {
	last := map[*series][2]float64{}
	for s := range r.samples {
		if value.IsStaleNaN(s.v) || s.h != nil && value.IsStaleNaN(s.h.Sum) {
			continue
		}
		v, before := counted(s), last[s.series]
		last[s.series] = v
		if v[0]+v[1] < before[0]+before[1] {
			before = [2]float64{}
		}
		if s.ms > r.From.UnixMilli() {
			total, bad = total+v[0]-before[0], bad+v[1]-before[1]
		}
	}
	return total, bad
}

// counted is what a sample says of total and bad events.
func counted(s sample) [2]float64 {
	switch {
	case s.h != nil:
		first := float64(s.h.PositiveBuckets[0])
		fast := first + first + float64(s.h.PositiveBuckets[1]) // buckets are differences
		return [2]float64{float64(s.h.Count), float64(s.h.Count) - fast}
	case slices.Contains(s.series.pairs, "500"):
		return [2]float64{s.v, s.v}
	case slices.Contains(s.series.pairs, "errors_total"):
		return [2]float64{0, s.v}
	default:
		return [2]float64{s.v, 0}
	}
}

func TestRemainingBudget(t *testing.T) {
	require.InDelta(t, 0.5, remaining(0.99, 1000, 5), 1e-12)
	require.InDelta(t, -1, remaining(0.99, 1000, 20), 1e-12, "signed, not clamped")
	require.True(t, math.IsNaN(remaining(0.99, 0, 0)), "no traffic, no budget")
}

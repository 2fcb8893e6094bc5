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
		"V2": {total: 3 * 10 * month, bad: 3 * 20 * 10},
		"V4": {total: 4*10*month + 36*40*8, bad: 36 * 40 * 8, pods: 4, every: 400},
		"V6": {total: 5 * 20 * month, bad: 540 * 5 * 10, pods: 5, every: 250, outages: 1, outageTotal: 540},
		"V9": {total: 4 * 25 * month, bad: 24 * 45 * 4 * 25, pods: 4, every: 100, outages: 24, outageTotal: 24 * 45},
		"V11": {
			total: 2 * 3600 * (2*(743-31*12) + 40*31*12), bad: 2 * 2 * 3600 * 20,
			pods: 2, every: 100, outages: 2, outageTotal: 7200,
		},
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

// excerpt is the part of a variant in which most happens: two days, from noon of
// the first.
func excerpt(v variant, from int64) *eventLog {
	l := v.log()
	l.start, l.end = from*day+day/2, (from+2)*day+day/2
	l.begin = l.start - hour
	return l
}

// excerpts are the variants with the first of their two days.
var excerpts = map[string]int64{"V1": 11, "V2": 19, "V3": 3, "V4": 14, "V5": 17, "V6": 24, "V7": 1, "V8": 3, "V9": 19, "V10": 8, "V11": 27, "V12": 19, "V13": 9}

// perfect looks at a pod every second, from its first to its last, and so sees
// every event: its differences are another way to the truth, over counters
// instead of events.
func perfect(l *eventLog) (total, bad float64) {
	l.interval, l.down = func(int64) int64 { return 1 }, nil
	type state struct{ total, bad float64 }
	last := make([]state, len(l.pods))
	l.run(observer{gone: func(int64, int) {}, scrape: func(sec int64, i int, t, b float64) {
		if sec > l.start {
			total, bad = total+t-last[i].total, bad+b-last[i].bad
		}
		last[i] = state{t, b}
	}})
	return total, bad
}

// A perfect observer sees the truth; and who adds up the differences of all
// samples, first values and resets included, comes to it but for what the log
// says no sample tells of, and for a scrape interval at each end of the window.
func TestTruthIsWhatAPerfectObserverSeesAndSamplesTell(t *testing.T) {
	for _, v := range allVariants() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			l := excerpt(v, excerpts[v.name])
			total, bad := l.truth()
			require.Positive(t, total)
			seenTotal, seenBad := perfect(excerpt(v, excerpts[v.name]))
			require.Equal(t, total, seenTotal)
			require.Equal(t, bad, seenBad)
			hiddenTotal, hiddenBad := l.run(observer{func(int64, int, float64, float64) {}, func(int64, int) {}})
			toldTotal, toldBad := fold(v, l)
			const edges = 2 * 60.0 / (2 * day)
			require.InDelta(t, total-hiddenTotal, toldTotal, 2+total*edges)
			require.InDelta(t, bad-hiddenBad, toldBad, 2+bad*edges)
		})
	}
}

// fold adds up the differences of the samples within the window of a log.
func fold(v variant, l *eventLog) (total, bad float64) {
	last := map[*series][2]float64{}
	for s := range v.expose.samples("x", start, l) {
		if value.IsStaleNaN(s.v) || s.h != nil && value.IsStaleNaN(s.h.Sum) {
			continue
		}
		v, before := counted(s), last[s.series]
		last[s.series] = v
		if v[0]+v[1] < before[0]+before[1] {
			before = [2]float64{}
		}
		if s.ms > start.UnixMilli()+l.start*1000 {
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

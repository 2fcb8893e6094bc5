package main

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// TestADay lives through the last day of the demonstration, in which a release
// goes wrong, with everybody.
func TestADay(t *testing.T) {
	o := options{at: time.Date(2026, 3, 18, 15, 20, 0, 0, time.UTC), days: 1}
	p, err := newPast(t.Context(), t.TempDir(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.db.Close()) })
	tab, err := measure(t.Context(), p, func(string) {})
	require.NoError(t, err)
	noticed := 0
	for _, l := range tab.lines {
		for _, times := range l.meant() {
			for i, all := range l.alarms {
				if times[0].title != "bad canary" {
					continue
				}
				a, ok := first(all, times[0], page)
				require.True(t, ok, "%s does not notice %s", tools[i], times[0].title)
				require.True(t, a.from.Before(times[0].to), "%s notices it when it is over", tools[i])
				noticed++
			}
		}
	}
	require.Equal(t, len(tools), noticed)
	require.Contains(t, tab.String(), "| recommendations-served | 99.5 | bad canary |")
}

func TestNobodyKnowsWhatComesLater(t *testing.T) {
	at := time.Date(2026, 3, 18, 15, 20, 0, 0, time.UTC)
	p, err := newPast(t.Context(), t.TempDir(), options{at: at, days: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.db.Close()) })
	k := known{p.db, &clock{}}
	k.clock.set(at.Add(-time.Hour))
	now := k.clock.now().UnixMilli()
	up := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, "http_requests_total")}
	seen := 0
	require.NoError(t, k.Select(t.Context(), up, at.Add(-2*time.Hour).UnixMilli(), at.UnixMilli(), func(s sample.Series) error {
		var b sample.Batch
		for s.Next(&b) {
			for _, ms := range b.T {
				require.LessOrEqual(t, ms, now)
				seen++
			}
		}
		return s.Err()
	}))
	require.NotZero(t, seen)
	require.NoError(t, k.Select(t.Context(), up, now, at.UnixMilli(), func(sample.Series) error { return io.ErrUnexpectedEOF }))
	_, newest, ok, err := k.Bounds(t.Context(), up)
	require.NoError(t, err)
	require.True(t, ok)
	require.LessOrEqual(t, newest, now)
	expr, err := newRuler(p).parser.ParseExpr("sum(http_requests_total)")
	require.NoError(t, err)
	results, err := k.Eval(t.Context(), expr, at.Add(-2*time.Hour).UnixMilli(), at.UnixMilli(), time.Minute.Milliseconds())
	require.NoError(t, err)
	require.Len(t, results, 1)
	require.Equal(t, now, results[0].T[len(results[0].T)-1])
}

func TestTheObjectivesOfThePeersAreThoseOfTheDemonstration(t *testing.T) {
	all, err := documents(t.TempDir())
	require.NoError(t, err)
	p := past{slos: all}
	for _, w := range watches() {
		s, err := p.slo(w.slo)
		require.NoError(t, err)
		require.Equal(t, s.Service, w.objective.Service)
	}
	_, err = p.slo("none")
	require.ErrorContains(t, err, `"none"`)
}

func TestDaysHaveBounds(t *testing.T) {
	for _, days := range []int{-1, 0, 36} {
		require.ErrorContains(t, run(t.Context(), io.Discard, io.Discard, options{days: days}), fmt.Sprintf("-days is %d", days))
	}
}

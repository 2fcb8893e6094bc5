package main

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// TestADay looks at the last day of the demonstration, in which a release goes
// wrong.
func TestADay(t *testing.T) {
	o := options{at: time.Date(2026, 3, 18, 15, 20, 0, 0, time.UTC), days: 1}
	p, err := newPast(t.Context(), t.TempDir(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.db.Close()) })
	t.Run("everybody notices the release while it lasts", func(t *testing.T) { everybodyNotices(t, p) })
	t.Run("nobody knows what comes later", func(t *testing.T) { nobodyKnows(t, p) })
}

func everybodyNotices(t *testing.T, p *past) {
	i := slices.IndexFunc(watches(), func(w watch) bool { return w.slo == "recommendations-served" })
	tab, err := measure(t.Context(), p, watches()[i:i+1], func(string) {})
	require.NoError(t, err)
	canary := tab.lines[0].meant()[0][0]
	for i, all := range tab.lines[0].alarms {
		a, ok := first(all, canary, page)
		require.True(t, ok, "%s does not notice %s", tools[i], canary.title)
		require.True(t, a.from.Before(canary.to), "%s notices it when it is over", tools[i])
	}
	require.Contains(t, tab.String(), "| recommendations-served | 99.5 | bad canary |")
}

func nobodyKnows(t *testing.T, p *past) {
	k := known{p.db, &clock{}}
	k.clock.set(p.to.Add(-time.Hour))
	now := k.clock.now().UnixMilli()
	requests := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, "http_requests_total")}
	seen := 0
	require.NoError(t, k.Select(t.Context(), requests, p.to.Add(-2*time.Hour).UnixMilli(), p.to.UnixMilli(), func(s sample.Series) error {
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
	require.NoError(t, k.Select(t.Context(), requests, now, p.to.UnixMilli(), func(sample.Series) error { return io.ErrUnexpectedEOF }))
	_, newest, ok, err := k.Bounds(t.Context(), requests)
	require.NoError(t, err)
	require.True(t, ok)
	require.LessOrEqual(t, newest, now)
	expr, err := newRuler(p).parser.ParseExpr("sum(http_requests_total)")
	require.NoError(t, err)
	results, err := k.Eval(t.Context(), expr, p.to.Add(-2*time.Hour).UnixMilli(), p.to.UnixMilli(), time.Minute.Milliseconds())
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

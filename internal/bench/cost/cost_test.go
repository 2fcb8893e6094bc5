package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

var origin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestCountersOnlyGrow(t *testing.T) {
	f := fleet{n: 50, origin: origin}
	for i := range f.n {
		var good, bad float64
		for sec := range 5000 {
			g, b := f.value(i, origin.Add(time.Duration(sec)*time.Second))
			require.GreaterOrEqual(t, g, good)
			require.GreaterOrEqual(t, b, bad)
			good, bad = g, b
		}
		require.Positive(t, good)
	}
}

func TestAScrapeShowsEveryServiceAndTheEvents(t *testing.T) {
	f := &fleet{n: 3, origin: time.Now().Add(-time.Hour)}
	scrape := func() string {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		return w.Body.String()
	}
	require.Equal(t, 6, strings.Count(scrape(), "\nhttp_requests_total{"))
	require.NotContains(t, scrape(), `{code="500",service="service-0"} 1e+06`)
	f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/bump", nil))
	require.Contains(t, scrape(), `{code="500",service="service-0"} 1e+06`)
}

// The history is what would have been scraped, and what the rules would have
// recorded of it.
func TestHistoryIsOneWithLife(t *testing.T) {
	f := &fleet{n: 2, origin: origin.AddDate(0, 0, -1), address: "127.0.0.1:1"}
	dir := t.TempDir()
	n, err := f.fill(dir, 1, origin)
	require.NoError(t, err)
	require.Equal(t, uint64(2*5*2880), n)
	db, err := tsdb.OpenReadOnly(dir, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	last := origin.Add(-step)
	got := map[string]float64{}
	all := []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+")}
	require.NoError(t, db.Select(t.Context(), all, last.UnixMilli()-1, last.UnixMilli(), func(s sample.Series) error {
		var b sample.Batch
		for s.Next(&b) {
			got[s.Labels().Get("__name__")+s.Labels().Get("service")+s.Labels().Get("sloth_service")+s.Labels().Get("code")] = b.V[len(b.V)-1]
		}
		return s.Err()
	}))
	good, bad := f.value(1, last)
	before, badBefore := f.value(1, last.Add(-5*time.Minute))
	require.Equal(t, good, got["http_requests_totalservice-1200"])
	require.Equal(t, bad, got["http_requests_totalservice-1500"])
	require.Equal(t, good-before, got["http_requests:increase5mservice-1200"])
	require.Equal(t, (bad-badBefore)/(good+bad-before-badBefore), got["slo:sli_error:ratio_rate5mservice-1"])
}

func TestSpecificationsAreOfAllServices(t *testing.T) {
	all, err := objectives(options{slos: 12, dir: t.TempDir()})
	require.NoError(t, err)
	require.Len(t, all, 12)
	require.Equal(t, "service-0", all[0].Name)
	names := map[string]bool{}
	for _, s := range all {
		names[s.Name] = true
	}
	require.Len(t, names, 12)
}

func TestLags(t *testing.T) {
	for name, tc := range map[string]struct {
		delay time.Duration // from an event to the budget
		over  time.Duration
		want  []time.Duration
	}{
		"events follow one another, and none that would end too late": {delay: 40 * time.Second, over: 2 * time.Minute, want: []time.Duration{40 * time.Second, 40 * time.Second}},
		"one is seen even if that takes longer":                       {delay: 3 * time.Minute, over: time.Minute, want: []time.Duration{3 * time.Minute}},
		"one that is not seen counts as late":                         {delay: time.Hour, over: time.Minute, want: []time.Duration{6*time.Minute + 250*time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, shown, budget := time.Now(), time.Now(), 1.0
				bump := func(context.Context) error { shown = time.Now().Add(tc.delay); return nil }
				ask := func(context.Context) (float64, error) {
					if !shown.Equal(began) && !time.Now().Before(shown) {
						budget, shown = budget-1, began
					}
					return budget, nil
				}
				got, err := lags(t.Context(), tc.over, bump, ask)
				require.NoError(t, err)
				require.Equal(t, tc.want, got)
				require.GreaterOrEqual(t, time.Since(began), tc.over, "what is measured lasts as long as asked")
			})
		})
	}
	away := errors.New("server is away")
	_, err := lags(t.Context(), time.Minute, nil, func(context.Context) (float64, error) { return 0, away })
	require.ErrorIs(t, err, away)
}

func TestTable(t *testing.T) {
	b := bench{
		o: options{slos: 1000, days: 30, over: 5 * time.Minute, warmUp: warmUp}, began: time.Now(), samples: 1_500_000,
		idle: usage{Over: time.Minute, Server: time.Second},
		usages: []usage{
			{Way: "Hindcast", Over: 5 * time.Minute, Server: 6 * time.Second, Program: 10 * time.Second, Backfill: 90 * time.Second, First: time.Minute, Lags: []time.Duration{50 * time.Second, 60 * time.Second}},
			{Way: "Sloth", Over: 5 * time.Minute, Server: 105 * time.Second, Series: 15_000, Missed: 3, Lags: []time.Duration{70 * time.Second}},
		},
	}
	var w strings.Builder
	require.NoError(t, b.print(&w))
	golden, err := os.ReadFile("testdata/table.txt")
	require.NoError(t, err)
	lines := strings.Split(w.String(), "\n")
	require.Equal(t, string(golden), strings.Join(lines[5:len(lines)-2], "\n")+"\n", "but for the date and the time")
	b.usages[0].Lags[1] = 80 * time.Second
	w.Reset()
	require.NoError(t, b.print(&w))
	require.Contains(t, w.String(), "MISSED   every event in Hindcast's budget within 1m15s")
}

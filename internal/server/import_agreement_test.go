package server

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb"
)

// traffic is a generated fleet: what its counters and gauges said at every scrape,
// and the log of what happened in the window.
type traffic struct {
	rng    *rand.Rand
	values map[string]float64       // of counters, by the text of their labels
	native map[string]map[int]int64 // counts of the buckets of native histograms, likewise
	labels map[string]labels.Labels
	log    map[string]float64 // events of the window, by what they are and by "handler/what"
	live   bool               // the window has begun
}

const (
	trafficHours = 6
	scrapeEvery  = 30 * time.Second
)

var trafficEnd = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newTraffic(seed uint64) *traffic {
	return &traffic{
		rng: rand.New(rand.NewPCG(seed, 1)), values: map[string]float64{}, native: map[string]map[int]int64{},
		labels: map[string]labels.Labels{}, log: map[string]float64{},
	}
}

// nativeSchema divides each power of two into eight buckets, so that half a second
// is a bound.
const nativeSchema = 3

// observe adds an observation to a native histogram.
func (f *traffic) observe(seconds float64, name string, pairs ...string) {
	l := labels.FromStrings(append(pairs, "__name__", name)...)
	f.labels[l.String()] = l
	if f.native[l.String()] == nil {
		f.native[l.String()] = map[int]int64{}
	}
	f.native[l.String()][int(math.Ceil(math.Log2(seconds)*(1<<nativeSchema)))]++
}

// histogramOf is what a native histogram says at a scrape.
func histogramOf(buckets map[int]int64) *histogram.Histogram {
	h := &histogram.Histogram{Schema: nativeSchema}
	last, before := 0, int64(0)
	for i, index := range slices.Sorted(maps.Keys(buckets)) {
		offset := index - last - 1
		if i == 0 {
			offset = index
		}
		h.PositiveSpans = append(h.PositiveSpans, histogram.Span{Offset: int32(offset), Length: 1})
		h.PositiveBuckets = append(h.PositiveBuckets, buckets[index]-before)
		h.Count += uint64(buckets[index])
		last, before = index, buckets[index]
	}
	return h
}

// count adds one to a counter.
func (f *traffic) count(name string, pairs ...string) {
	l := labels.FromStrings(append(pairs, "__name__", name)...)
	f.labels[l.String()] = l
	f.values[l.String()]++
}

// happen lets a request happen, in the counters and in the log.
func (f *traffic) happen(pod, handler string) {
	code := []string{"200", "200", "200", "404", "429", "503"}[f.rng.IntN(6)]
	seconds := f.rng.ExpFloat64() * 0.2
	f.count("http_requests_total", "pod", pod, "handler", handler, "code", code)
	f.count("http_seconds_count", "pod", pod, "handler", handler)
	for _, le := range []float64{0.05, 0.4, 1} {
		if seconds <= le {
			f.count("http_seconds_bucket", "pod", pod, "handler", handler, "le", strconv.FormatFloat(le, 'f', -1, 64))
		}
	}
	f.count("http_seconds_bucket", "pod", pod, "handler", handler, "le", "+Inf")
	f.observe(seconds, "rpc_seconds", "pod", pod, "handler", handler)
	if !f.live {
		return
	}
	for _, where := range []string{"", handler + "/"} {
		f.log[where+"all"]++
		if code >= "500" || code == "429" {
			f.log[where+"failed"]++
		}
		if seconds <= 0.4 {
			f.log[where+"fast"]++
		}
		if seconds <= 0.5 {
			f.log[where+"half"]++
		}
	}
}

// write generates an hour before the window, and the window, into a TSDB. A pod
// restarts right after a scrape in the middle of it, so that nothing happens
// unseen.
func (f *traffic) write(t *testing.T, dir string) {
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	require.NoError(t, err)
	refs := make(map[string]tsdb.Ref)
	store := func(l labels.Labels, at time.Time, v float64) {
		key := l.String()
		if _, ok := refs[key]; !ok {
			refs[key] = h.Series(l)
		}
		require.NoError(t, h.Append(refs[key], at.UnixMilli(), v))
	}
	from := trafficEnd.Add(-trafficHours * time.Hour)
	up := 1.0
	for at := from.Add(-time.Hour); !at.After(trafficEnd); at = at.Add(scrapeEvery) {
		if f.live = at.After(from); f.live {
			f.log["seconds"] += scrapeEvery.Seconds()
			f.log["up"] += up * scrapeEvery.Seconds()
		}
		if at.Equal(from.Add(3 * time.Hour)) {
			f.restart("pod-1")
		}
		for range 20 {
			f.happen(fmt.Sprintf("pod-%d", f.rng.IntN(2)), []string{"/cart", "/pay"}[f.rng.IntN(2)])
		}
		for key, v := range f.values {
			store(f.labels[key], at, v)
		}
		for key, buckets := range f.native {
			require.NoError(t, h.AppendHistogram(h.Series(f.labels[key]), at.UnixMilli(), histogramOf(buckets)))
		}
		up = float64(min(1, f.rng.IntN(10)))
		store(labels.FromStrings("__name__", "probe_success", "target", "shop"), at, up)
		if f.live {
			f.log["samples"]++
			f.log["up samples"] += up
		}
		if f.live && at.Equal(at.Truncate(time.Minute)) {
			f.log["minutes"]++
			f.log["minutes up"] += up
		}
	}
	_, err = h.Close()
	require.NoError(t, err)
}

// restart sets the counters of a pod to zero.
func (f *traffic) restart(pod string) {
	for key, l := range f.labels {
		if l.Get("pod") == pod {
			delete(f.native, key)
			if _, is := f.values[key]; is {
				f.values[key] = 0
			}
		}
	}
}

const slothFleet = `version: prometheus/v1
service: shop
slos:
  - {name: availability, objective: 99, sli: {events: {error_query: 'sum(rate(http_requests_total{code=~"(5..|429)"}[{{.window}}]))', total_query: 'sum(rate(http_requests_total[{{.window}}]))'}}}
  - {name: latency, objective: 99, sli: {events: {error_query: 'sum(rate(http_seconds_count[{{.window}}])) - sum(rate(http_seconds_bucket{le="0.4"}[{{.window}}]))', total_query: 'sum(rate(http_seconds_count[{{.window}}])) or vector(0)'}}}
  - {name: grouped, objective: 99, sli: {events: {error_query: 'sum by (handler) (increase(http_requests_total{code=~"(5..|429)"}[{{.window}}]))', total_query: 'sum by (handler) (increase(http_requests_total[{{.window}}]))'}}}
  - {name: raw, objective: 99, sli: {raw: {error_ratio_query: 'sum(rate(http_requests_total{code=~"(5..|429)"}[{{.window}}])) / sum(rate(http_requests_total[{{.window}}]))'}}}
  - {name: raw-good, objective: 99, sli: {raw: {error_ratio_query: '1 - (sum(rate(http_seconds_bucket{le="0.4"}[{{.window}}])) / sum(rate(http_seconds_count[{{.window}}])))'}}}
  - {name: estimated, objective: 99, sli: {raw: {error_ratio_query: '1 - (sum(sum_over_time(probe_success[{{.window}}])) / sum(count_over_time(probe_success[{{.window}}])))'}}}
  - {name: halves, objective: 99, sli: {events: {error_query: 'sum(rate(http_requests_total{code="503"}[{{.window}}])) + sum(rate(http_requests_total{code="429"}[{{.window}}])) or vector(0)', total_query: 'sum(rate(http_requests_total[{{.window}}]))'}}}
  - {name: doubled, objective: 99, sli: {events: {error_query: 'sum(rate(http_requests_total{code=~"(5..|429)"}[{{.window}}])) * 2', total_query: 'sum(rate(http_requests_total[{{.window}}])) * 2'}}}
  - {name: wifi, objective: 99, sli: {events: {error_query: 'sum_over_time((count(probe_success < 0.5))[{{.window}}:]) OR on() vector(0)', total_query: 'sum_over_time((count(probe_success))[{{.window}}:])'}}}
---
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: kube}
spec:
  service: kube
  slos:
    - {name: availability, objective: 99, sli: {events: {errorQuery: 'sum(rate(http_requests_total{code=~"(5..|429)"}[{{.window}}]))', totalQuery: 'sum(rate(http_requests_total[{{.window}}]))'}}}
    - {name: raw, objective: 99, sli: {raw: {errorRatioQuery: 'sum(rate(http_requests_total{code=~"(5..|429)"}[{{.window}}])) / sum(rate(http_requests_total[{{.window}}]))'}}}
`

const pyrraFleet = `apiVersion: v1
kind: List
items:
  - &slo
    apiVersion: pyrra.dev/v1alpha1
    kind: ServiceLevelObjective
    metadata: {name: errors}
    spec: &spec
      target: "99"
      window: 6h
      indicator: {ratio: {errors: {metric: 'http_requests_total{code=~"5..|429"}'}, total: {metric: http_requests_total}, grouping: [handler]}}
  - <<: *slo
    metadata: {name: errors-of-all}
    spec:
      <<: *spec
      indicator: {ratio: {errors: {metric: 'http_requests_total{code=~"5..|429"}'}, total: {metric: http_requests_total}}}
  - <<: *slo
    metadata: {name: latency}
    spec:
      <<: *spec
      indicator: {latency: {success: {metric: 'http_seconds_bucket{le="0.4"}'}, total: {metric: http_seconds_count}}}
  - <<: *slo
    metadata: {name: latency-by-handler}
    spec:
      <<: *spec
      indicator: {latency: {success: {metric: 'http_seconds_bucket{le="0.4"}'}, total: {metric: http_seconds_count}, grouping: [handler]}}
  - <<: *slo
    metadata: {name: latency-of-some}
    spec:
      <<: *spec
      indicator: {latency: {success: {metric: 'http_seconds_bucket{le="0.4",handler="/cart"}'}, total: {metric: http_seconds_count}}}
  - <<: *slo
    metadata: {name: native-name-of-classic}
    spec:
      <<: *spec
      indicator: {latencyNative: {latency: 400ms, total: {metric: http_seconds}, grouping: [handler]}}
  - <<: *slo
    metadata: {name: native}
    spec:
      <<: *spec
      indicator: {latencyNative: {latency: 500ms, total: {metric: rpc_seconds}}}
  - <<: *slo
    metadata: {name: native-by-handler}
    spec:
      <<: *spec
      indicator: {latencyNative: {latency: 500ms, total: {metric: rpc_seconds}, grouping: [handler]}}
  - <<: *slo
    metadata: {name: probe}
    spec:
      <<: *spec
      indicator: {bool_gauge: {metric: probe_success}}
  - <<: *slo
    metadata: {name: grouped-probe}
    spec:
      <<: *spec
      indicator: {bool_gauge: {metric: probe_success, grouping: [target]}}
`

// agreed says what the log holds of an imported indicator, and how near the
// budget has to come.
type agreed struct {
	good, bad string // one of them, an entry of the log
	total     string
	groups    int
	near      float64 // of the SLI; 0: good and total are the log's, to the event
}

// smoothed bounds what a window of 5 minutes, evaluated each minute, can be off in
// a window of some hours: the samples of the last four minutes count for 1/5 to 4/5
// and those of the four minutes before the window for the rest, two minutes in all.
const smoothed = 2.0 / (60 * trafficHours)

var agreements = map[string]agreed{
	"shop-availability": {bad: "failed", total: "all"},
	"shop-latency":      {good: "fast", total: "all"},
	"shop-grouped":      {bad: "failed", total: "all", groups: 2},
	"shop-halves":       {bad: "failed", total: "all"},
	"shop-raw":          {bad: "failed", total: "all"},
	"shop-raw-good":     {good: "fast", total: "all"},
	"shop-estimated":    {good: "up samples", total: "samples", near: smoothed},
	"shop-wifi":         {good: "minutes up", total: "minutes", near: smoothed},
	// rate() of 5 minutes sees nine of the ten intervals between scrapes.
	"shop-doubled":           {bad: "failed", total: "all", near: 2 * smoothed},
	"kube-availability":      {bad: "failed", total: "all"},
	"kube-raw":               {bad: "failed", total: "all"},
	"errors":                 {bad: "failed", total: "all", groups: 2},
	"errors-of-all":          {bad: "failed", total: "all"},
	"latency":                {good: "fast", total: "all"},
	"latency-by-handler":     {good: "fast", total: "all", groups: 2},
	"latency-of-some":        {good: "/cart/fast", total: "all"},
	"native-name-of-classic": {good: "fast", total: "all", groups: 2},
	"native":                 {good: "half", total: "all"},
	"native-by-handler":      {good: "half", total: "all", groups: 2},
	"probe":                  {good: "up", total: "seconds"},
	// One sample of each minute is looked at, the same that the log has.
	"grouped-probe": {good: "minutes up", total: "minutes", groups: 1, near: 1e-9},
}

// Every shape of indicator that Sloth and Pyrra publish is counted, after its
// import, as it happened: to the event where it is made of counters, histograms or
// a gauge; near where only a server can evaluate it. Plugins of Sloth are refused,
// see testdata/import/sloth-errors.yaml of package openslo.
func TestImportedObjectivesAgreeWithTheLogOfEvents(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			f := newTraffic(seed)
			dir := t.TempDir()
			data, specs := filepath.Join(dir, "tsdb"), filepath.Join(dir, "specs")
			f.write(t, data)
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "in"), 0o750))
			specFile(t, dir, "in/sloth.yaml", slothFleet)
			specFile(t, dir, "in/pyrra.yaml", pyrraFleet)
			code, _, text := command(t, "convert", "--window", fmt.Sprintf("%dh", trafficHours), "-o", specs, filepath.Join(dir, "in"))
			require.Zero(t, code, text)
			code, out, text := command(t, "eval", "-f", specs, "--tsdb", data, "--at", trafficEnd.Format(time.RFC3339), "-o", "json")
			require.Zero(t, code, text)
			f.agree(t, rowsOf(t, out))
		})
	}
}

// agree compares rows with the log.
func (f *traffic) agree(t *testing.T, rows []row) {
	groups := make(map[string]int)
	for _, r := range rows {
		want, known := agreements[r.Name]
		require.True(t, known, r.Name)
		at := func(entry string) float64 {
			if handler := r.Group["handler"]; handler != "" {
				entry = handler + "/" + entry
			}
			v, logged := f.log[entry]
			require.True(t, logged, "%s: %s", r.Name, entry)
			return v
		}
		if len(r.Group) > 0 {
			groups[r.Name]++
		} else if want.groups > 0 {
			continue // all groups together
		}
		all := at(want.total)
		good := all
		if want.good != "" {
			good = at(want.good)
		} else {
			good -= at(want.bad)
		}
		require.NotNil(t, r.SLI, "%s %v", r.Name, r.Group)
		t.Logf("%-22s %-20v good %6.0f of %6.0f, imported %8.1f of %8.1f, off by %.5f, at most %.5f",
			r.Name, r.Group, good, all, *r.Good, *r.Total, math.Abs(*r.SLI-good/all), want.near)
		if want.near > 0 {
			require.InDelta(t, good/all, *r.SLI, want.near, "%s %v", r.Name, r.Group)
			continue
		}
		require.Equal(t, all, *r.Total, "%s %v", r.Name, r.Group)
		require.Equal(t, good, *r.Good, "%s %v", r.Name, r.Group)
	}
	for name, want := range agreements {
		require.Equal(t, want.groups, groups[name], name)
		require.True(t, slices.ContainsFunc(rows, func(r row) bool { return r.Name == name }), name)
	}
}

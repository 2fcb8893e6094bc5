package server

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb"
)

// traffic is a generated fleet: what its counters and gauges said at every scrape,
// and the log of what happened in the window.
type traffic struct {
	rng    *rand.Rand
	values map[string]float64 // of counters, by the text of their labels
	labels map[string]labels.Labels
	log    map[string]float64 // events of the window, by what they are and by "handler/what"
	live   bool               // the window has begun
}

const (
	trafficHours = 6
	scrapeEvery  = 30 * time.Second
)

var trafficEnd = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

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
		up = float64(min(1, f.rng.IntN(10)))
		store(labels.FromStrings("__name__", "probe_success", "target", "shop"), at, up)
	}
	_, err = h.Close()
	require.NoError(t, err)
}

// restart sets the counters of a pod to zero.
func (f *traffic) restart(pod string) {
	for key, l := range f.labels {
		if l.Get("pod") == pod {
			f.values[key] = 0
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
---
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: kube}
spec:
  service: kube
  slos:
    - {name: availability, objective: 99, sli: {events: {errorQuery: 'sum(rate(http_requests_total{code=~"(5..|429)"}[{{.window}}]))', totalQuery: 'sum(rate(http_requests_total[{{.window}}]))'}}}
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
    metadata: {name: latency}
    spec:
      <<: *spec
      indicator: {latency: {success: {metric: 'http_seconds_bucket{le="0.4"}'}, total: {metric: http_seconds_count}}}
  - <<: *slo
    metadata: {name: native}
    spec:
      <<: *spec
      indicator: {latencyNative: {latency: 400ms, total: {metric: http_seconds}, grouping: [handler]}}
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

// What Sloth and Pyrra describe is counted, after its import, as it happened:
// exactly where it is a ratio of counters, or a gauge; near where only a server
// can evaluate it, which smooths over 5 minutes of the 6 hours.
func TestImportedObjectivesAgreeWithTheLogOfEvents(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			f := &traffic{rng: rand.New(rand.NewPCG(seed, 1)), values: map[string]float64{}, labels: map[string]labels.Labels{}, log: map[string]float64{}}
			dir := t.TempDir()
			data, specs := filepath.Join(dir, "tsdb"), filepath.Join(dir, "specs")
			f.write(t, data)
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "in"), 0o750))
			specFile(t, dir, "in/sloth.yaml", slothFleet)
			specFile(t, dir, "in/pyrra.yaml", pyrraFleet)
			code, _, text := command(t, "convert", "--window", "6h", "-o", specs, filepath.Join(dir, "in"))
			require.Zero(t, code, text)
			code, out, text := command(t, "eval", "-f", specs, "--tsdb", data, "--at", trafficEnd.Format(time.RFC3339), "-o", "json")
			require.Zero(t, code, text)
			f.agree(t, rowsOf(t, out))
		})
	}
}

// agree compares rows with the log.
func (f *traffic) agree(t *testing.T, rows []row) {
	good := map[string]string{
		"shop-latency": "fast", "shop-raw-good": "fast", "latency": "fast", "native": "fast", "probe": "up", "grouped-probe": "up", "shop-estimated": "up",
	}
	counted, groups := 0, 0
	for _, r := range rows {
		where := ""
		if handler := r.Group["handler"]; handler != "" {
			where = handler + "/"
			groups++
		}
		wantGood, wantAll := f.log[where+"all"]-f.log[where+"failed"], f.log[where+"all"]
		if what := good[r.Name]; what != "" {
			wantGood = f.log[where+what]
		}
		if good[r.Name] == "up" {
			wantAll = f.log["seconds"]
		}
		require.NotNil(t, r.Total, "%s %v", r.Name, r.Group)
		if r.Name == "shop-estimated" || r.Name == "grouped-probe" {
			require.InDelta(t, wantGood/wantAll, *r.SLI, 0.02, r.Name)
			continue
		}
		require.Equal(t, wantAll, *r.Total, "%s %v", r.Name, r.Group)
		require.Equal(t, wantGood, *r.Good, "%s %v", r.Name, r.Group)
		counted++
	}
	require.Equal(t, 6, groups, "two handlers of each that is grouped")
	require.Equal(t, 6+4+6, counted)
}

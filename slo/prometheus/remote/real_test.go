package remote_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/prometheus"
	"github.com/hindcast/hindcast/slo/prometheus/remote"
)

// base is a full day.
const base = int64(1_767_225_600_000) // 2026-01-01T00:00:00Z

const (
	second = int64(1000)
	hour   = 3600 * second
	day    = 24 * hour
)

// startPrometheus starts a Prometheus on a data directory and returns its URL.
func startPrometheus(t testing.TB, data, config string) string {
	t.Helper()
	return realtest.NewPrometheus(t, realtest.PrometheusOptions{
		Data: data, Config: config, Flags: []string{"--query.max-samples=200000000"},
	}).URL
}

// sampler reads a server through the client of the program.
func sampler(t testing.TB, address string, o remote.Options) *remote.Sampler {
	t.Helper()
	o.Now = time.Now //nolint:forbidigo // the real server has the real clock
	client, err := outbound.New(outbound.Options{
		Name: "real", URL: address, Now: o.Now,
		Policy: outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return remote.New(client.URL(), client, o)
}

// writeFleet writes three days of counters with resets, pauses and staleness
// markers, and of native histograms.
func writeFleet(t testing.TB, dir string) (end int64) {
	t.Helper()
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{BlockRange: 6 * time.Hour})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	end = base + 3*day
	values, silent := make([]float64, 12), make([]int64, 12)
	hist := histogram.Histogram{
		Schema: 2, ZeroThreshold: 2.938735877055719e-39,
		PositiveSpans: []histogram.Span{{Offset: -8, Length: 4}, {Offset: 2, Length: 3}}, PositiveBuckets: make([]int64, 7),
	}
	for at := base + second; at < end; at += 15 * second {
		for i := range values {
			ref := h.Series(labels.FromStrings("__name__", "x", "code", []string{"200", "404", "500"}[i%3], "pod", strconv.Itoa(i)))
			if at < silent[i] {
				continue
			}
			values[i] += float64(rng.IntN(20))
			switch rng.IntN(2000) {
			case 0:
				values[i] = 1
			case 1:
				silent[i] = at + rng.Int64N(2*hour)
				require.NoError(t, h.Append(ref, at+int64(i), math.Float64frombits(0x7ff0000000000002)))
				continue
			}
			require.NoError(t, h.Append(ref, at+int64(i), values[i]))
		}
		hist.Count, hist.Sum = 0, hist.Sum+1
		hist.PositiveBuckets[0]++ // of deltas: one more in every bucket
		if rng.IntN(1000) == 0 {
			hist.PositiveBuckets[0] = 1
		}
		hist.Count = uint64(7 * hist.PositiveBuckets[0])
		require.NoError(t, h.AppendHistogram(h.Series(labels.FromStrings("__name__", "h")), at, hist.Copy()))
	}
	_, err = h.Close()
	require.NoError(t, err)
	return end
}

// series is what was read of one series.
type series struct {
	T []int64
	V []uint64
	H []string
}

func readAll(t testing.TB, s sample.Sampler, selector string, from, to int64, markers bool) map[string]series {
	t.Helper()
	all := map[string]series{}
	var b sample.Batch
	require.NoError(t, s.Select(t.Context(), matchers(t, selector), from, to, func(s sample.Series) error {
		var got series
		for s.Next(&b) {
			for i, v := range b.V {
				if bits := math.Float64bits(v); markers || bits != 0x7ff0000000000002 {
					got.T, got.V = append(got.T, b.T[i]), append(got.V, bits)
				}
			}
			for i, h := range b.H {
				got.T, got.H = append(got.T, b.T[i]), append(got.H, h.String())
			}
		}
		if len(got.T) > 0 {
			all[s.Labels().String()] = got
		}
		return s.Err()
	}))
	return all
}

func matchers(t testing.TB, selector string) []*labels.Matcher {
	t.Helper()
	m, err := parser.NewParser(parser.Options{}).ParseMetricSelector(selector)
	require.NoError(t, err)
	return m
}

// indicator builds a ratio of code 500 over all.
func indicator(t testing.TB, bad, total string) slo.Indicator {
	t.Helper()
	metric := func(query string) *slo.Metric {
		return &slo.Metric{Type: "Prometheus", Spec: map[string]any{"query": query}}
	}
	ind, problems := prometheus.Builder{}.Build(slo.Definition{Counter: true, Bad: metric(bad), Total: metric(total)})
	require.Empty(t, problems)
	return ind
}

func TestRealPrometheusIsReadExactly(t *testing.T) {
	realtest.Require(t)
	dir := t.TempDir()
	end := writeFleet(t, dir)
	u := startPrometheus(t, dir, "")
	db, err := tsdb.OpenReadOnly(dir, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	read, ranges := sampler(t, u, remote.Options{}), sampler(t, u, remote.Options{RangeVectors: true})

	for _, selector := range []string{`x`, `x{code="500"}`, `h`, `{__name__=~"x|h"}`, `nothing`} {
		for _, span := range [][2]int64{{base, end}, {base + 7*hour + 1, base + 7*hour + 900*second}, {base + day, base + day + 6*hour}, {end, end + day}} {
			want := readAll(t, db, selector, span[0], span[1], true)
			require.Equal(t, want, readAll(t, read, selector, span[0], span[1], true), "%s by remote read", selector)
			want = readAll(t, db, selector, span[0], span[1], false)
			require.Equal(t, want, readAll(t, ranges, selector, span[0], span[1], true), "%s by range vectors", selector)
		}
	}
	ind := indicator(t, `sum by (pod) (x{code="500"})`, `sum by (pod) (x)`)
	span := slo.Span{From: slo.MinuteOfMilli(base) + 700, To: slo.MinuteOfMilli(base) + 3*1440}
	want, err := (&prometheus.Source{Sampler: db}).Measure(t.Context(), ind, span)
	require.NoError(t, err)
	for title, s := range map[string]sample.Sampler{"remote read": read, "range vectors": ranges} {
		got, err := (&prometheus.Source{Sampler: s}).Measure(t.Context(), ind, span)
		require.NoError(t, err)
		got.Samples = want.Samples // staleness markers count too
		require.Empty(t, cmp.Diff(want, got), title)
	}
	oldest, newest, ok, err := db.Bounds(t.Context(), matchers(t, "x"))
	require.NoError(t, err)
	low, high, found, err := read.Bounds(t.Context(), matchers(t, "x"))
	require.NoError(t, err)
	require.True(t, ok && found)
	require.Less(t, low, oldest)
	require.GreaterOrEqual(t, high, newest)
	require.Less(t, oldest-low, day)
}

func TestRealPrometheusIsRecognised(t *testing.T) {
	realtest.Require(t)
	p, err := (&prometheus.Source{Sampler: sampler(t, startPrometheus(t, t.TempDir(), ""), remote.Options{})}).Probe(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Prometheus", p.Product)
	require.Equal(t, tsdb.PrometheusVersion, p.Version)
	require.Len(t, p.Abilities, 2)
	for _, a := range p.Abilities {
		require.True(t, a.Have, a.Name)
	}
	require.Empty(t, p.Warnings)
	require.Zero(t, p.Skew)
}

// What is still in memory there is trimmed by the server chunk by chunk; range
// vectors go another way through it.
func TestRealPrometheusIsReadWhileItScrapes(t *testing.T) {
	realtest.Require(t)
	u := startPrometheus(t, t.TempDir(), `
global: {scrape_interval: 100ms, scrape_timeout: 100ms, external_labels: {cluster: a}}
scrape_configs: [{job_name: self, static_configs: [{targets: [$ADDRESS]}]}]`)
	read, ranges := sampler(t, u, remote.Options{}), sampler(t, u, remote.Options{RangeVectors: true})
	const selector = `prometheus_http_requests_total`
	var got map[string]series
	began := time.Now().UnixMilli() //nolint:forbidigo // the real server has the real clock
	require.Eventually(t, func() bool {
		now := time.Now().UnixMilli() - 1000 //nolint:forbidigo // the real server has the real clock
		got = readAll(t, ranges, selector, began, now, true)
		for _, s := range got {
			return len(s.T) > 150 // more than a chunk
		}
		return false
	}, time.Minute, time.Second)
	for key, want := range got {
		to := want.T[len(want.T)-1]
		for _, from := range []int64{began, want.T[10], want.T[100] - 1} {
			a := readAll(t, read, selector, from, to, false) // a scrape that came late left a marker, which range vectors do not show
			b := readAll(t, ranges, selector, from, to, true)
			require.Len(t, a, len(b))
			withLabel := strings.Replace(key, ", code=", `, cluster="a", code=`, 1) // by remote read alone
			require.Equal(t, b[key], a[withLabel])
		}
	}
}

func TestRealPrometheusThatIsAskedForTooMuch(t *testing.T) {
	realtest.Require(t)
	dir := t.TempDir()
	writeFleet(t, dir)
	u := startPrometheus(t, dir, "")
	exactly, wide := sampler(t, u, remote.Options{}), sampler(t, u, remote.Options{MaxSeries: 5})
	ind := indicator(t, `x{code="500"}`, `x`)
	span := slo.Span{From: slo.MinuteOfMilli(base) + 60, To: slo.MinuteOfMilli(base) + 1440}
	total := func(s sample.Sampler) (slo.Tally, []string) {
		m, err := (&prometheus.Source{Sampler: s}).Measure(t.Context(), ind, span)
		require.NoError(t, err)
		var sum slo.Tally
		for _, slot := range m.Streams[0].Slots {
			sum.Add(slot)
		}
		return sum, m.Warnings
	}
	want, _ := total(exactly)
	got, warnings := total(wide)
	require.Equal(t, span.Len(), got.Estimated)
	require.InEpsilon(t, want.Total, got.Total, 0.02)
	require.Contains(t, warnings[len(warnings)-1], "more than 5 series")
}

// BenchmarkRealBackfill measures the history of one objective over 1,000 series
// and 30 days on a real Prometheus, as the collector does, beside one raw increase
// by the server. Run it with -benchtime 1x; HINDCAST_BENCH_DIR keeps the data.
func BenchmarkRealBackfill(b *testing.B) {
	realtest.Require(b)
	const days, step, n = 30, 30 * second, 1000
	dir := os.Getenv("HINDCAST_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	if empty, err := tsdb.Empty(dir); err != nil {
		b.Fatal(err)
	} else if empty {
		writeCounters(b, dir, n, days, step)
	}
	u := startPrometheus(b, dir, "")
	end := base + days*day
	ind := indicator(b, `x{code="500"}`, `x`)
	last := slo.MinuteOfMilli(end)
	wide, err := parser.NewParser(parser.Options{}).ParseExpr(`sum by (code) (increase(x[30d]))`)
	require.NoError(b, err)
	var increases, newest, all, ratios []float64
	for b.Loop() {
		s := sampler(b, u, remote.Options{})
		began := time.Now() //nolint:forbidigo // a benchmark
		_, err := s.Eval(b.Context(), wide, end, 0, 0)
		require.NoError(b, err)
		increase := time.Since(began) //nolint:forbidigo // a benchmark
		first, whole, sum := measureDays(b, &prometheus.Source{Sampler: s}, ind, last, days)
		require.Equal(b, days*1440, sum.Slots)
		require.InEpsilon(b, 45.0*n*(days*float64(day/step)-1), sum.Total, 1e-9, "45 events a sample")
		increases, newest = append(increases, increase.Seconds()), append(newest, first.Seconds())
		all, ratios = append(all, whole.Seconds()), append(ratios, whole.Seconds()/increase.Seconds())
	}
	for unit, values := range map[string][]float64{"increase-s": increases, "newest-day-s": newest, "all-days-s": all, "ratio": ratios} {
		slices.Sort(values)
		b.ReportMetric(values[len(values)/2], unit) // the median: others use the machine, too
	}
}

// measureDays measures days as the collector does, two at a time, newest first, and
// returns when the newest was there, and all.
func measureDays(b *testing.B, src *prometheus.Source, ind slo.Indicator, last slo.Minute, days int) (newest, all time.Duration, sum slo.Tally) {
	b.Helper()
	began := time.Now() //nolint:forbidigo // a benchmark
	g := errgroup.Group{}
	g.SetLimit(2)
	tallies := make([]slo.Tally, days)
	for d := range days {
		g.Go(func() error {
			span := slo.Span{From: last - slo.Minute(d+1)*1440 + 1, To: last - slo.Minute(d)*1440}
			m, err := src.Measure(b.Context(), ind, span)
			if err != nil {
				return err
			}
			for _, slot := range m.Streams[0].Slots {
				tallies[d].Add(slot)
			}
			if d == 0 {
				newest = time.Since(began) //nolint:forbidigo // a benchmark
			}
			return nil
		})
	}
	require.NoError(b, g.Wait())
	all = time.Since(began) //nolint:forbidigo // a benchmark
	for _, t := range tallies {
		sum = sum.Plus(t)
	}
	return newest, all, sum
}

// writeCounters writes series that gain 45 events with every sample.
func writeCounters(b *testing.B, dir string, n, days int, step int64) {
	b.Helper()
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{BlockRange: 24 * time.Hour})
	require.NoError(b, err)
	for d := range days {
		for i := range n {
			code := "200"
			if i%10 == 0 {
				code = "500"
			}
			ref := h.Series(labels.FromStrings("__name__", "x", "code", code, "pod", fmt.Sprintf("pod-%04d", i)))
			for at := int64(d) * day; at < int64(d+1)*day; at += step {
				k := at / step
				// Scrapes are some milliseconds apart from the full interval.
				require.NoError(b, h.Append(ref, base+at+int64(i%17)+1, float64(45*k)))
			}
		}
	}
	_, err = h.Close()
	require.NoError(b, err)
}

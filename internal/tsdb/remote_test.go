package tsdb

import (
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	promremote "github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/prometheus"
	"github.com/hindcast/hindcast/slo/prometheus/remote"
)

// serveAll serves a store as Prometheus does: the API of this package, and
// Prometheus' own handler of remote read with frames of a size.
func serveAll(t testing.TB, db *DB, frame int) *url.URL {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", db.Handler())
	mux.Handle(apiPrefix+"/read", promremote.NewReadHandler(testLogger(t), nil, db.tsdb,
		func() promconfig.Config { return promconfig.Config{} }, 0, 10, frame))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	return base
}

// samplers are the ways to the samples of one store.
func samplers(t testing.TB, db *DB, frame int, now func() time.Time) map[string]sample.Sampler {
	t.Helper()
	base := serveAll(t, db, frame)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return map[string]sample.Sampler{
		"the store itself": db,
		"remote read":      remote.New(base, transport, remote.Options{Now: now}),
		"range vectors":    remote.New(base, transport, remote.Options{Now: now, RangeVectors: true}),
	}
}

// fleet is what a few series had until end.
type fleet struct {
	points []Point
	end    int64
}

// anyFleet draws series as services write them: counters with resets, ends, pauses
// and staleness markers, gauges with odd values, native histograms.
func anyFleet(t *rapid.T) fleet {
	var points []Point
	n := rapid.IntRange(1, 6).Draw(t, "series")
	hours := rapid.IntRange(1, 5).Draw(t, "hours")
	end := base + int64(hours)*hour
	// rapid's own draws would be too many for a sample each.
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	type run struct {
		lset labels.Labels
		next int64
		v    float64
		n    int64
	}
	step := rapid.SampledFrom([]int64{5, 15, 30, 60}).Draw(t, "interval") * second
	runs := make([]run, n)
	for i := range runs {
		code := []string{"200", "404", "500"}[i%3]
		runs[i].lset = name("x", "code", code, "pod", string(rune('a'+i)))
		runs[i].next = base + rapid.Int64Range(1, 2*hour).Draw(t, "birth")
		runs[i].n = rapid.Int64Range(0, 50).Draw(t, "observations")
	}
	for at := base; at < end; at += step {
		for i := range runs {
			r := &runs[i]
			if r.next > at {
				continue
			}
			p := Point{Labels: r.lset, T: at + int64(i)*7}
			switch rng.IntN(200) {
			case 0:
				r.v = float64(rng.IntN(5))
			case 1:
				r.next = at + rng.Int64N(3*hour)
				p.V = math.Float64frombits(value.StaleNaN)
				points = append(points, p)
				continue
			default:
				r.v += float64(rng.IntN(30))
			}
			p.V = r.v
			points = append(points, p)
			if i < 2 {
				r.n++
				h := tsdbutil.GenerateTestHistogram(r.n)
				points = append(points, Point{Labels: name("h", "pod", string(rune('a'+i))), T: p.T, Histogram: h})
			}
		}
	}
	return fleet{points, end}
}

// storeOf opens a store with points.
func storeOf(t testing.TB, points []Point) *DB {
	t.Helper()
	db, err := Open(Options{Dir: t.TempDir(), Logger: testLogger(t), OutOfOrderWindow: 24 * time.Hour})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for len(points) > 0 {
		n := min(500, len(points))
		require.NoError(t, db.Append(t.Context(), points[:n]...))
		points = points[n:]
	}
	return db
}

// fleets calls test for a few drawn fleets. A store with its API takes too long to
// build for a hundred of them.
func fleets(t *testing.T, test func(t *testing.T, r *rand.Rand, db *DB, end int64)) {
	drawn := rapid.Custom(anyFleet)
	for seed := range 8 {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			f := drawn.Example(seed)
			test(t, rand.New(rand.NewPCG(uint64(seed), 7)), storeOf(t, f.points), f.end)
		})
	}
}

// Every way hands out the same samples, bit by bit, except that range vectors have
// no staleness markers.
func TestRemoteSamplersHandOutTheSamplesOfTheStore(t *testing.T) {
	fleets(t, func(t *testing.T, r *rand.Rand, db *DB, end int64) {
		for i, selector := range []string{`x`, `x{code="500"}`, `x{code=~"4..|5..",pod!="c"}`, `{__name__=~"x|h"}`, `h`, `nothing`} {
			ways := samplers(t, db, []int{1, 300, 1 << 20}[i%3], func() time.Time { return time.UnixMilli(end) })
			from := base + r.Int64N(end-base)
			to := from + 1 + r.Int64N(9*hour)
			want := hintless(read(t, db, selector, from, to))
			require.Equal(t, want, hintless(read(t, ways["remote read"], selector, from, to)), "%s by remote read", selector)
			require.Equal(t, withoutMarkers(want), hintless(read(t, ways["range vectors"], selector, from, to)), "%s by range vectors", selector)
		}
	})
}

// hintless drops what chunks say about resets, which is about the chunk.
func hintless(all map[string]stored) map[string]stored {
	for _, s := range all {
		for _, h := range s.H {
			h.CounterResetHint = histogram.UnknownCounterReset
		}
	}
	return all
}

// withoutMarkers is what PromQL makes of samples.
func withoutMarkers(all map[string]stored) map[string]stored {
	out := map[string]stored{}
	for key, s := range all {
		kept := stored{H: s.H}
		for i, t := range s.T {
			switch {
			case s.H != nil:
				kept.T = append(kept.T, t)
			case s.V[i] != value.StaleNaN:
				kept.T, kept.V = append(kept.T, t), append(kept.V, s.V[i])
			}
		}
		if len(kept.T) > 0 {
			out[key] = kept
		}
	}
	return out
}

// indicators of the fleet, of every form.
func indicators(t testing.TB) map[string]slo.Indicator {
	t.Helper()
	metric := func(query string) *slo.Metric {
		return &slo.Metric{Type: "Prometheus", Spec: map[string]any{"query": query}}
	}
	slow := metric(`h`)
	slow.Spec["latency"] = "1s"
	all := map[string]slo.Indicator{}
	for title, def := range map[string]slo.Definition{
		"a ratio":          {Counter: true, Bad: metric(`x{code="500"}`), Total: metric(`x`)},
		"a grouped ratio":  {Counter: true, Bad: metric(`sum by (pod) (x{code=~"4..|5.."})`), Total: metric(`sum by (pod) (x)`)},
		"a latency":        {Counter: true, Good: slow, Total: metric(`h`)},
		"a threshold":      {Threshold: metric(`x`), Op: slo.Less, Value: 700},
		"a server's value": {Counter: true, Bad: metric(`sum(rate(x{code="500"}[5m])) * 2`), Total: metric(`x`)},
	} {
		ind, problems := prometheus.Builder{}.Build(def)
		require.Empty(t, problems, title)
		all[title] = ind
	}
	return all
}

// A source measures the same slots over every way to the samples. Without
// staleness markers a gauge holds its value through a pause of up to five minutes;
// nothing else depends on them.
func TestSourcesMeasureTheSameOverEveryWay(t *testing.T) {
	inds := indicators(t)
	fleets(t, func(t *testing.T, r *rand.Rand, db *DB, end int64) {
		ways := samplers(t, db, []int{1, 1 << 20}[r.IntN(2)], func() time.Time { return time.UnixMilli(end) })
		for title, ind := range inds {
			from := slo.MinuteOfMilli(base) + slo.Minute(r.IntN(200))
			span := slo.Span{From: from, To: from + slo.Minute(r.IntN(200))}
			want, err := (&prometheus.Source{Sampler: db}).Measure(t.Context(), ind, span)
			require.NoError(t, err)
			for way, s := range ways {
				if title == "a threshold" && way == "range vectors" {
					continue
				}
				got, err := (&prometheus.Source{Sampler: s}).Measure(t.Context(), ind, span)
				require.NoError(t, err, "%s by %s", title, way)
				got.Samples = want.Samples // depends on how many come at a time
				require.Empty(t, cmp.Diff(want, got, exact(ind)), "%s by %s", title, way)
			}
		}
	})
}

// exact compares events bit by bit, and seconds, whose sums depend on the order of
// the series in the last bit, nearly so.
func exact(ind slo.Indicator) cmp.Option {
	if ind.Unit() == slo.Events {
		return cmp.Options{}
	}
	return cmpopts.EquateApprox(1e-12, 0)
}

func TestRemoteBoundsEncloseTheSamples(t *testing.T) {
	fleets(t, func(t *testing.T, r *rand.Rand, db *DB, end int64) {
		at := time.UnixMilli(end + r.Int64N(90*24*hour))
		s := samplers(t, db, 1<<20, func() time.Time { return at })["remote read"]
		for _, selector := range []string{`x`, `x{code="500"}`, `nothing`} {
			oldest, newest, ok, err := db.Bounds(t.Context(), match(t, selector))
			require.NoError(t, err)
			low, high, found, err := s.Bounds(t.Context(), match(t, selector))
			require.NoError(t, err)
			require.Equal(t, ok, found, selector)
			if ok {
				require.Less(t, low, oldest, "nothing is left out at the old end")
				require.GreaterOrEqual(t, high, newest, "nothing is left out at the new end")
				require.Less(t, oldest-low, 5*hour)
				require.Less(t, high-newest, 5*hour)
			}
		}
	})
}

func TestRemoteEvalAnswersAsTheStore(t *testing.T) {
	f := rapid.Custom(anyFleet).Example(3)
	db, end := storeOf(t, f.points), f.end
	for _, text := range []string{`sum by (code) (rate(x[5m]))`, `x > 10`, `42`, `count(h)`, `h`, `nothing`, `x{pod="a\\\"}b"} or vector(1)`} {
		for _, step := range []int64{0, second, 60 * second} {
			want, err := db.Eval(t.Context(), expression(t, text), base, end, step)
			require.NoError(t, err)
			for way, s := range samplers(t, db, 1<<20, func() time.Time { return time.UnixMilli(end) }) {
				got, err := s.Eval(t.Context(), expression(t, text), base, end, step)
				require.NoError(t, err, "%s by %s", text, way)
				require.ElementsMatch(t, want, got, "%s by %s in steps of %d", text, way, step)
			}
		}
	}
}

package tsdb

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// waves are figures that rise, fall and are absent at times.
type waves struct {
	n     int // series
	fail  error
	begun int // queries that named one
	asked int // values that were computed
}

// waveName is the metric of waves.
const waveName = "hindcast_wave"

func (w *waves) Metrics() []Metric {
	return []Metric{{Name: waveName, Help: "A wave.", Unit: "ratio"}, {Name: "hindcast_flat", Help: "Nothing."}}
}

func (w *waves) Begin() FigureQuery { w.begun++; return w }

func (w *waves) Select(_ context.Context, most int, matchers ...*labels.Matcher) ([]Figure, error) {
	var found []Figure
next:
	for i := range w.n {
		ls := name(waveName, "slo", "s"+strconv.Itoa(i))
		for _, m := range matchers {
			if !m.Matches(ls.Get(m.Name)) {
				continue next
			}
		}
		if found = append(found, wave{w, ls, i}); len(found) > most {
			break
		}
	}
	return found, nil
}

type wave struct {
	all    *waves
	labels labels.Labels
	i      int
}

func (w wave) Labels() labels.Labels { return w.labels }

func (w wave) At(_ context.Context, ms int64) (float64, bool, error) {
	w.all.asked++
	v, ok := waveAt(w.i, ms)
	return v, ok, w.all.fail
}

// waveAt is the value of a wave at a full minute: absent for seven minutes of
// every forty, and outside of five hours.
func waveAt(i int, ms int64) (float64, bool) {
	if ms%slotMillis != 0 {
		panic("not a full minute")
	}
	m := (ms - base) / slotMillis
	if m < 0 || m > 300 || (m+int64(i))%40 < 7 {
		return 0, false
	}
	return float64((m*m+int64(i)*13)%101) - 30, true
}

// serveWaves serves three waves, and the same as stored series of another name,
// with the staleness markers that a scrape would have left.
func serveWaves(t testing.TB, w *waves) *httptest.Server {
	t.Helper()
	db, err := Open(Options{Dir: t.TempDir(), Logger: testLogger(t)})
	require.NoError(t, err)
	for m := range int64(302) {
		at := base + m*slotMillis
		all := []Point{{Labels: name("other", "slo", "s0"), T: at, V: 7}}
		for i := range w.n {
			v, ok := waveAt(i, at)
			if !ok {
				v = math.Float64frombits(value.StaleNaN)
			}
			all = append(all, Point{Labels: name("stored_wave", "slo", "s"+strconv.Itoa(i)), T: at, V: v})
		}
		require.NoError(t, db.Append(t.Context(), all...))
	}
	db.SetFigures(w)
	server := httptest.NewServer(db.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, db.Close())
	})
	return server
}

func client(t testing.TB, server *httptest.Server) v1.API {
	t.Helper()
	c, err := api.NewClient(api.Config{Address: server.URL, Client: server.Client()})
	require.NoError(t, err)
	return v1.NewAPI(c)
}

// shapes are expressions over a series X, with durations D and R.
var shapes = []string{
	`X`, `X offset D`, `-X > 0`, `sum(X)`, `max by (slo) (X)`, `timestamp(X)`, `timestamp(X offset D)`, `absent(X{slo="s1"})`, `count(X or vector(1))`,
	`X / on (slo) X offset D`, `X @ 1767230000`, `X @ start()`, `X @ end() offset D`, `sum(X{slo=~"s[01]"})`, `topk(1, X)`,
	`avg_over_time(X[R])`, `count_over_time(X[R] offset D)`, `delta(X[R])`, `rate(X[R])`, `increase(X[R])`, `changes(X[R])`, `last_over_time(X[R])`, `present_over_time(X[R])`,
	`absent_over_time(X{slo="s2"}[R])`, `quantile_over_time(0.3, X[R])`, `deriv(X[R])`, `resets(X[R] @ end())`,
	`max_over_time(X[R:D])`, `count_over_time(X[R:])`, `sum_over_time(sum(X)[R:D])`, `avg_over_time((X offset D)[R:1m] offset D)`, `count_over_time(timestamp(X)[R:7s])`,
	`max_over_time(rate(X[5m])[R:D])`, `max_over_time(max_over_time(X[R:1m])[20m:D] @ end())`,
}

// TestFiguresAreWhatStoredSeriesWouldBe evaluates random expressions over the
// computed and over the stored series: the engine must not see a difference.
func TestFiguresAreWhatStoredSeriesWouldBe(t *testing.T) {
	server := serveWaves(t, &waves{n: 3})
	prom := client(t, server)
	durations := []string{"1m", "5m", "61s", "90s", "17m", "1h", "30s", "1h7m3s"}
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SampledFrom(shapes).Draw(t, "shape")
		shape = strings.ReplaceAll(shape, "D", rapid.SampledFrom(durations).Draw(t, "D"))
		shape = strings.ReplaceAll(shape, "R]", rapid.SampledFrom(durations).Draw(t, "R")+"]")
		shape = strings.ReplaceAll(shape, "R:", rapid.SampledFrom(durations).Draw(t, "R")+":")
		at := time.UnixMilli(base + rapid.Int64Range(0, 320).Draw(t, "minute")*slotMillis + rapid.SampledFrom([]int64{0, 0, 1, 15_000, 59_999}).Draw(t, "ms"))
		steps := rapid.IntRange(0, 40).Draw(t, "steps")
		step := time.Duration(rapid.SampledFrom([]int{1000, 15_000, 60_000, 90_000, 300_000, 301_000, 1_800_000}).Draw(t, "step")) * time.Millisecond
		lookback := rapid.SampledFrom([]string{"", "1m", "90s", "15m"}).Draw(t, "lookback")
		ask := func(metric string) string {
			var v model.Value
			var err error
			query := strings.ReplaceAll(shape, "X", metric)
			opts := []v1.Option{}
			if lookback != "" {
				d, err := time.ParseDuration(lookback)
				require.NoError(t, err)
				opts = append(opts, v1.WithLookbackDelta(d))
			}
			if steps == 0 {
				v, _, err = prom.Query(t.Context(), query, at, opts...)
			} else {
				v, _, err = prom.QueryRange(t.Context(), query, v1.Range{Start: at, End: at.Add(time.Duration(steps) * step), Step: step}, opts...)
			}
			require.NoError(t, err, query)
			if v, is := v.(model.Vector); is { // which is in no order
				slices.SortFunc(v, func(a, b *model.Sample) int { return strings.Compare(a.Metric.String(), b.Metric.String()) })
			}
			return strings.ReplaceAll(v.String(), metric, "X")
		}
		require.Equal(t, ask("stored_wave"), ask(waveName), shape)
	})
}

func TestFiguresAreComputedOncePerInstant(t *testing.T) {
	tests := map[string]struct {
		query string
		steps int
		step  time.Duration
		most  int
	}{
		"an instant":                      {`hindcast_wave`, 0, 0, 1},
		"a range":                         {`hindcast_wave`, 100, time.Hour, 101},
		"a range of short steps":          {`hindcast_wave`, 239, 15 * time.Second, 242},
		"minutes of a range selector":     {`avg_over_time(hindcast_wave[1h])`, 0, 0, 61},
		"a subquery":                      {`avg_over_time(hindcast_wave[1h:10m])`, 0, 0, 8},
		"the time of a sample":            {`timestamp(hindcast_wave)`, 0, 0, 6},
		"another name costs nothing":      {`other`, 0, 0, 0},
		"another name in a pattern":       {`{__name__=~"other|stored_.*"}`, 0, 0, 0},
		"labels that no figure satisfies": {`{slo="s9",__name__!=""}`, 0, 0, 0},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			w := &waves{n: 1}
			prom, at := client(t, serveWaves(t, w)), time.UnixMilli(base+hour)
			var err error
			if tt.steps == 0 {
				_, _, err = prom.Query(t.Context(), tt.query, at)
			} else {
				_, _, err = prom.QueryRange(t.Context(), tt.query, v1.Range{Start: at, End: at.Add(time.Duration(tt.steps) * tt.step), Step: tt.step})
			}
			require.NoError(t, err)
			require.LessOrEqual(t, w.asked, tt.most)
			if tt.most > 0 {
				require.Positive(t, w.asked)
			}
		})
	}
}

func TestAQueryThatNamesNoFigureAsksForNone(t *testing.T) {
	w := &waves{n: 1}
	prom := client(t, serveWaves(t, w))
	_, _, err := prom.Query(t.Context(), `sum(other) + rate(stored_wave[5m])`, time.UnixMilli(base+hour))
	require.NoError(t, err)
	_, _, err = prom.Series(t.Context(), []string{`other`, `{__name__=~"stored.*"}`}, time.UnixMilli(base), time.UnixMilli(base+hour))
	require.NoError(t, err)
	require.Zero(t, w.begun)
}

func TestFiguresAreListed(t *testing.T) {
	prom := client(t, serveWaves(t, &waves{n: 3}))
	from, to := time.UnixMilli(base), time.UnixMilli(base+hour)
	series, _, err := prom.Series(t.Context(), []string{`{slo="s0"}`}, from, to)
	require.NoError(t, err)
	require.Len(t, series, 3, "both waves and the other")
	series, _, err = prom.Series(t.Context(), []string{waveName}, from, to)
	require.NoError(t, err)
	require.Len(t, series, 3)
	names, _, err := prom.LabelValues(t.Context(), "__name__", nil, from, to)
	require.NoError(t, err)
	require.Equal(t, model.LabelValues{waveName, "other", "stored_wave"}, names)
	values, _, err := prom.LabelValues(t.Context(), "slo", []string{waveName}, from, to)
	require.NoError(t, err)
	require.Equal(t, model.LabelValues{"s0", "s1", "s2"}, values)
	labelNames, _, err := prom.LabelNames(t.Context(), []string{waveName}, from, to)
	require.NoError(t, err)
	require.Equal(t, model.LabelNames{"__name__", "slo"}, labelNames)
	metadata, err := prom.Metadata(t.Context(), "", "")
	require.NoError(t, err)
	require.Equal(t, v1.Metadata{Type: v1.MetricTypeGauge, Help: "A wave.", Unit: "ratio"}, metadata[waveName][0])
	metadata, err = prom.Metadata(t.Context(), "hindcast_flat", "")
	require.NoError(t, err)
	require.Len(t, metadata, 1)
}

func TestStoredSeriesNamedLikeFiguresAreNotShown(t *testing.T) {
	db, err := Open(Options{Dir: t.TempDir(), Logger: testLogger(t)})
	require.NoError(t, err)
	for _, metric := range []string{waveName, "hindcast_flat"} {
		require.NoError(t, db.Append(t.Context(), Point{Labels: name(metric, "slo", "s0"), T: base + hour, V: 777}, Point{Labels: name(metric, "slo", "mine"), T: base + hour, V: 777}))
	}
	db.SetFigures(&waves{n: 1})
	server := httptest.NewServer(db.Handler())
	defer server.Close()
	defer func() { require.NoError(t, db.Close()) }()
	prom, at := client(t, server), time.UnixMilli(base+hour)

	v, warnings, err := prom.Query(t.Context(), waveName, at)
	require.NoError(t, err)
	require.Len(t, v, 1)
	require.NotEqual(t, model.SampleValue(777), v.(model.Vector)[0].Value)
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0], "store them under another name")

	v, _, err = prom.Query(t.Context(), `{slo=~"s0|mine"}`, at)
	require.NoError(t, err)
	require.Len(t, v, 1)
	v, warnings, err = prom.Query(t.Context(), `hindcast_flat`, at)
	require.NoError(t, err)
	require.Empty(t, v)
	require.NotEmpty(t, warnings)
	v, warnings, err = prom.Query(t.Context(), waveName+`{slo="s0",a=""}`, at.Add(24*time.Hour))
	require.NoError(t, err)
	require.Empty(t, v)
	require.Empty(t, warnings, "nothing is stored then")
}

func TestTooManyFiguresAreRefusedBeforeOneIsComputed(t *testing.T) {
	w := &waves{n: 2000}
	w.n = 3
	server := serveWaves(t, w)
	w.n = 2000
	form := func(query, step string) url.Values {
		return url.Values{"query": {query}, "start": {strconv.FormatInt(base/second, 10)}, "end": {strconv.FormatInt((base+20*hour)/second, 10)}, "step": {step}}
	}
	for title, f := range map[string]url.Values{
		"many series at many instants": form(waveName, "60"),
		"a long range selector":        form(`sum(avg_over_time(hindcast_wave[1d]))`, "3600"),
		"a fine subquery":              form(`sum(avg_over_time(hindcast_wave[1d:1m]))`, "36000"),
	} {
		t.Run(title, func(t *testing.T) {
			status, kind, text := ask(t, server, http.MethodPost, "/api/v1/query_range", f)
			require.Equal(t, http.StatusUnprocessableEntity, status, text)
			require.Equal(t, "execution", kind)
			require.Contains(t, text, "name an slo, a service or an objective")
			require.Zero(t, w.asked)
		})
	}
	status, _, text := ask(t, server, http.MethodPost, "/api/v1/query_range", form(`hindcast_wave{slo="s1"}`, "60"))
	require.Equal(t, http.StatusOK, status, text)
}

func TestAFigureThatFailsFailsTheQuery(t *testing.T) {
	w := &waves{n: 1}
	server := serveWaves(t, w)
	w.fail = errors.New("the ledger cannot be read")
	for _, query := range []string{waveName, `avg_over_time(hindcast_wave[5m])`, `max_over_time(hindcast_wave[5m:1m])`, `timestamp(hindcast_wave)`} {
		for _, path := range []string{"/api/v1/query", "/api/v1/query_range"} {
			status, _, text := ask(t, server, http.MethodPost, path, url.Values{
				"query": {query}, "time": {strconv.FormatInt(base/second+3607, 10)},
				"start": {strconv.FormatInt(base/second+3600, 10)}, "end": {strconv.FormatInt(base/second+3660, 10)}, "step": {"7"},
			})
			require.Equal(t, http.StatusUnprocessableEntity, status, query)
			require.Contains(t, text, "cannot be read")
		}
	}
}

package remote

import (
	"compress/gzip"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// matrix is an answer of series.
func matrix(series ...string) string {
	return `{"status":"success","data":{"resultType":"matrix","result":[` + strings.Join(series, ",") + `]}}`
}

func TestAnswersInJSON(t *testing.T) {
	tests := map[string]struct {
		body string
		want map[string]stored
		text string // of the error, "" if there is none
	}{
		"values of every kind": {
			matrix(`{"metric":{"__name__":"x"},"values":[[1767225600,"7"],[1767225600.001,"NaN"],[1767225600.123,"+Inf"],[1767225601,"-Inf"],[1767225602.5e0,"1e3"]]}`),
			map[string]stored{`{__name__="x"}`: bits(at{base + 1, math.NaN()}, at{base + 123, math.Inf(1)}, at{base + 1000, math.Inf(-1)}, at{base + 2500, 1000})},
			"",
		},
		"members in another order, and unknown ones": {
			`{"data":{"stats":{"a":[1,{}]},"result":[{"metric":{"__name__":"x"},"x":1,"values":[[1767225601,"1"]]}],"resultType":"matrix"},"infos":["PromQL info: hm"],"status":"success"}`,
			map[string]stored{`{__name__="x"}`: bits(at{base + 1000, 1})},
			"",
		},
		"no series":                           {matrix(), map[string]stored{}, ""},
		"null instead of a list":              {`{"status":"success","data":{"resultType":"matrix","result":null}}`, nil, ""},
		"a series twice":                      {matrix(`{"metric":{"__name__":"x"}}`, `{"metric":{"__name__":"x"}}`), nil, "twice"},
		"a series that was not asked for":     {matrix(`{"metric":{"__name__":"y"}}`), nil, "does not select"},
		"samples before labels":               {matrix(`{"values":[],"metric":{"__name__":"x"}}`), nil, "before the labels"},
		"times that go back":                  {matrix(`{"metric":{"__name__":"x"},"values":[[1767225602,"1"],[1767225601,"2"]]}`), nil, "not in order"},
		"a time twice":                        {matrix(`{"metric":{"__name__":"x"},"values":[[1767225602,"1"],[1767225602,"2"]]}`), nil, "not in order"},
		"a time before what was asked for":    {matrix(`{"metric":{"__name__":"x"},"values":[[1767225599.999,"1"]]}`), nil, "outside of what was asked for"},
		"a time after what was asked for":     {matrix(`{"metric":{"__name__":"x"},"values":[[1767225609.001,"1"]]}`), nil, "outside of what was asked for"},
		"a time that is no number":            {matrix(`{"metric":{"__name__":"x"},"values":[["1767225602","1"]]}`), nil, "not JSON of Prometheus' API"},
		"a time beyond all times":             {matrix(`{"metric":{"__name__":"x"},"values":[[1e300,"1"]]}`), nil, "since 1970"},
		"a value that is no number":           {matrix(`{"metric":{"__name__":"x"},"values":[[1767225602,"many"]]}`), nil, `"many"`},
		"a value that is no string":           {matrix(`{"metric":{"__name__":"x"},"values":[[1767225602,1]]}`), nil, "not JSON of Prometheus' API"},
		"a sample of three":                   {matrix(`{"metric":{"__name__":"x"},"values":[[1767225602,"1",2]]}`), nil, "more than a time and a value"},
		"a sample of one":                     {matrix(`{"metric":{"__name__":"x"},"values":[[1767225602]]}`), nil, "without a value"},
		"a vector instead of a matrix":        {`{"status":"success","data":{"resultType":"vector","result":[]}}`, nil, `"vector"`},
		"brackets without end":                {strings.Repeat("[", 200_000), nil, "not JSON"},
		"brackets in what is skipped":         {`{"x":` + strings.Repeat("[", 200_000), nil, "test"},
		"a histogram of custom buckets":       {matrix(`{"metric":{"__name__":"x"},"histograms":[[1767225602,{"count":"3","sum":"1","buckets":[[0,"0.1","0.25","3"]]}]]}`), nil, "by remote read only"},
		"a histogram whose buckets are mixed": {matrix(`{"metric":{"__name__":"x"},"histograms":[[1767225602,{"count":"3","sum":"1","buckets":[[0,"2","4","3"],[0,"1","2","3"]]}]]}`), nil, "not in order"},
		"a histogram of less than nothing":    {matrix(`{"metric":{"__name__":"x"},"histograms":[[1767225602,{"count":"3","sum":"1","buckets":[[0,"2","4","-3"]]}]]}`), nil, "is none"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			got, err := readAll(t, newSampler(t, answers(tt.body), Options{}), "x", base, base+9000)
			if tt.text != "" {
				require.ErrorContains(t, err, tt.text)
				require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, len(tt.want), len(got))
			for key, want := range tt.want {
				require.Equal(t, want, got[key])
			}
		})
	}
}

func TestWarningsMakeAnswersIncomplete(t *testing.T) {
	body := `{"status":"success","warnings":["store-2: connection refused"],"infos":["PromQL info: x"],"data":{"resultType":"matrix","result":[{"metric":{"__name__":"x"},"values":[[1767225601,"1"]]}]}}`
	s := newSampler(t, answers(body), Options{})
	got, err := readAll(t, s, "x", base, base+9000)
	partial, is := errors.AsType[*sample.Incomplete](err)
	require.True(t, is, "%v", err)
	require.Equal(t, []string{"store-2: connection refused"}, partial.Warnings)
	require.Len(t, got, 1, "what there is was visited")

	rs, err := s.Eval(t.Context(), expression(t, "x"), base, base+9000, 1000)
	_, is = errors.AsType[*sample.Incomplete](err)
	require.True(t, is, "%v", err)
	require.Len(t, rs, 1)

	remark := strings.Replace(body, "store-2: connection refused", "PromQL warning: metric might not be a counter", 1)
	_, err = newSampler(t, answers(remark), Options{}).Eval(t.Context(), expression(t, "x"), base, base+9000, 1000)
	require.NoError(t, err, "a remark of the engine is none about completeness")
}

// smallServer answers range vectors up to a length, and otherwise says what
// Prometheus says.
func smallServer(t *testing.T, longest int64, asked *[]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/query" {
			http.NotFound(w, r)
			return
		}
		text := r.FormValue("query")
		*asked = append(*asked, text)
		end := r.FormValue("time")
		if d := expression(t, text).(*parser.MatrixSelector).Range.Milliseconds(); d > longest {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`)
			return
		}
		answers(matrix(`{"metric":{"__name__":"x"},"values":[[`+end+`,"1"]]}`))(w, r)
	})
}

func TestRangesAreCutToWhatTheServerTakes(t *testing.T) {
	var asked []string
	got, err := readAll(t, newSampler(t, smallServer(t, 1800_000, &asked), Options{}), "x", base, base+3*3600_000+1)
	require.NoError(t, err)
	require.Equal(t, "x[2h]", asked[0])
	require.Equal(t, "x[30m]", asked[1])
	ts := got[`{__name__="x"}`].T
	require.Len(t, ts, 7)
	require.Equal(t, base+1800_000, ts[0])
	require.Equal(t, base+3*3600_000+1, ts[6], "the last millisecond is a piece of its own")

	_, err = readAll(t, newSampler(t, smallServer(t, 60_000, &asked), Options{}), "x", base, base+3*3600_000)
	wide, is := errors.AsType[*sample.TooWide](err)
	require.True(t, is, "%v", err)
	require.Contains(t, wide.Limit, "too many samples")
}

func TestGzipBombsAreCut(t *testing.T) {
	s := newSampler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/read" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `{"x":"`)
		for range 1000 {
			if _, err := io.WriteString(z, strings.Repeat("a", 1<<16)); err != nil {
				return
			}
		}
	}), Options{MaxBytes: 1 << 20})
	_, err := readAll(t, s, "x", base, base+9000)
	_, wide := errors.AsType[*sample.TooWide](err)
	require.True(t, wide, "%v", err)
}

// exponential draws a native histogram as they come: spans with gaps, a zero
// bucket, negative observations.
func exponential() *rapid.Generator[*histogram.FloatHistogram] {
	return rapid.Custom(func(t *rapid.T) *histogram.FloatHistogram {
		h := &histogram.FloatHistogram{
			Schema: rapid.Int32Range(-2, 8).Draw(t, "schema"), ZeroThreshold: defaultZero,
			ZeroCount: float64(rapid.IntRange(0, 3).Draw(t, "zeros")), Sum: 1,
		}
		side := func(name string) (spans []histogram.Span, counts []float64) {
			index := rapid.Int32Range(-20, 20).Draw(t, name)
			for range rapid.IntRange(0, 20).Draw(t, name+" buckets") {
				n := float64(rapid.IntRange(1, 9).Draw(t, name+" count"))
				spans, counts = add(spans, counts, index, n)
				index += rapid.Int32Range(1, 3).Draw(t, name+" gap")
				h.Count += n
			}
			return spans, counts
		}
		h.PositiveSpans, h.PositiveBuckets = side("positive")
		h.NegativeSpans, h.NegativeBuckets = side("negative")
		h.Count += h.ZeroCount
		return h
	})
}

// written is what the HTTP API makes of a histogram.
func written(h *histogram.FloatHistogram) (j histogramJSON) {
	j.count, j.sum = h.Count, h.Sum
	for it := h.AllBucketIterator(); it.Next(); {
		if b := it.At(); b.Count != 0 {
			j.buckets = append(j.buckets, bucketJSON{b.Lower, b.Upper, b.Count})
		}
	}
	return j
}

func TestHistogramsAreRebuiltFromTheirBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := exponential().Draw(t, "histogram")
		got, err := written(h).rebuild()
		require.NoError(t, err)
		require.Equal(t, written(h), written(got), "the buckets, to the last bit of their bounds")
		if len(h.PositiveBuckets)+len(h.NegativeBuckets) > 0 {
			require.True(t, h.Equals(got), "%s instead of %s", got, h)
		}
		more := h.Copy()
		more.Count, more.ZeroCount = more.Count+1, more.ZeroCount+1
		later, err := written(more).rebuild()
		require.NoError(t, err)
		require.False(t, later.DetectReset(got), "an observation more is no reset")
	})
}

// FuzzAnswer reads anything: an error or samples in order, and no panic.
func FuzzAnswer(f *testing.F) {
	f.Add(matrix(`{"metric":{"__name__":"x"},"values":[[1767225601,"1"],[1767225602,"2"]]}`))
	f.Add(matrix(`{"metric":{"__name__":"x"},"histograms":[[1767225602,{"count":"3","sum":"1","buckets":[[3,"-0.001","0.001","1"],[0,"1","2","3"]]}]]}`))
	f.Add(`{"status":"success","data":{"resultType":"scalar","result":[1767225600,"1"]},"warnings":["w"]}`)
	f.Add(`{"status":"error"`)
	f.Fuzz(func(t *testing.T, body string) {
		o := Options{MaxHeld: 1 << 20, MaxSeries: 100, MaxSamples: 10_000, Now: noon}.withDefaults(&url.URL{})
		k := &keeper{h: newHeld(o), from: base, to: base + 9000, seen: map[uint64]struct{}{}}
		_, err := readAnswer(strings.NewReader(body), k)
		if err != nil || k.end() != nil {
			return
		}
		var b sample.Batch
		_ = k.h.visit(t.Context(), nil, base, base+9000, func(s sample.Series) error {
			last := base
			for s.Next(&b) {
				for _, at := range b.T {
					require.Greater(t, at, last)
					last = at
				}
			}
			return s.Err()
		})
	})
}

// A server that cuts a chunk keeps what its head says about a reset, which may be
// about a sample that is not in it any more.
func TestTheFirstHistogramSaysNothingAboutResets(t *testing.T) {
	var w histogramWriter
	h := exponential().Example(4)
	h.CounterResetHint = histogram.CounterReset
	for i := range int64(3) {
		_, err := w.append(base+1000*(i+1), h.Copy())
		require.NoError(t, err)
		h.CounterResetHint = histogram.UnknownCounterReset
	}
	held := newHeld(Options{MaxHeld: 1 << 20})
	require.NoError(t, held.keep(held.series(labels.FromStrings("a", "b")), w.piece()))
	var hints []histogram.CounterResetHint
	require.NoError(t, held.visit(t.Context(), nil, base, base+9000, func(s sample.Series) error {
		var b sample.Batch
		for s.Next(&b) {
			for _, h := range b.H {
				hints = append(hints, h.CounterResetHint)
			}
		}
		return s.Err()
	}))
	require.Equal(t, []histogram.CounterResetHint{histogram.UnknownCounterReset, histogram.NotCounterReset, histogram.NotCounterReset}, hints)
}

package tsdb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gogo/protobuf/proto"
	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const (
	typeV1 = "application/x-protobuf"
	typeV2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
)

// openWrites opens a store whose clock stands at base, and its receiver.
func openWrites(t testing.TB, o Options) (*DB, *disk, http.Handler) {
	t.Helper()
	d := &disk{}
	o.Dir, o.Logger, o.force = t.TempDir(), testLogger(t), d.force
	o.Now = func() time.Time { return time.UnixMilli(base) }
	db, err := Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, d, db.WriteHandler()
}

// post sends a body as it is.
func post(h http.Handler, kind, encoding string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/write", bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Content-Encoding", encoding)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// send sends points in one of the versions, one series each.
func send(t require.TestingT, h http.Handler, kind string, points ...Point) *httptest.ResponseRecorder {
	return sendRaw(t, h, kind, points, labels.EmptyLabels())
}

func sendRaw(t require.TestingT, h http.Handler, kind string, points []Point, trace labels.Labels) *httptest.ResponseRecorder {
	var message proto.Message = requestV1(points, trace)
	if kind == typeV2 {
		message = requestV2(points, trace)
	}
	body, err := proto.Marshal(message)
	require.NoError(t, err)
	return post(h, kind, "snappy", snappy.Encode(nil, body))
}

func requestV1(points []Point, trace labels.Labels) *prompb.WriteRequest {
	r := &prompb.WriteRequest{}
	for _, p := range points {
		ts := prompb.TimeSeries{Labels: prompb.FromLabels(p.Labels, nil)}
		switch {
		case p.Histogram != nil:
			ts.Histograms = []prompb.Histogram{prompb.FromIntHistogram(p.T, p.Histogram)}
		case p.FloatHistogram != nil:
			ts.Histograms = []prompb.Histogram{prompb.FromFloatHistogram(p.T, p.FloatHistogram)}
		default:
			ts.Samples = []prompb.Sample{{Timestamp: p.T, Value: p.V}}
		}
		if !trace.IsEmpty() {
			ts.Exemplars = []prompb.Exemplar{{Labels: prompb.FromLabels(trace, nil), Value: 1.5, Timestamp: p.T}}
		}
		r.Timeseries = append(r.Timeseries, ts)
	}
	return r
}

func requestV2(points []Point, trace labels.Labels) *writev2.Request {
	symbols := writev2.NewSymbolTable()
	r := &writev2.Request{}
	for _, p := range points {
		ts := writev2.TimeSeries{LabelsRefs: symbols.SymbolizeLabels(p.Labels, nil)}
		switch {
		case p.Histogram != nil:
			ts.Histograms = []writev2.Histogram{writev2.FromIntHistogram(0, p.T, p.Histogram)}
		case p.FloatHistogram != nil:
			ts.Histograms = []writev2.Histogram{writev2.FromFloatHistogram(0, p.T, p.FloatHistogram)}
		default:
			ts.Samples = []writev2.Sample{{Timestamp: p.T, Value: p.V}}
		}
		if !trace.IsEmpty() {
			ts.Exemplars = []writev2.Exemplar{{LabelsRefs: symbols.SymbolizeLabels(trace, nil), Value: 1.5, Timestamp: p.T}}
		}
		r.Timeseries = append(r.Timeseries, ts)
	}
	r.Symbols = symbols.Symbols()
	return r
}

func TestWritesReadBackEqual(t *testing.T) {
	for _, kind := range []string{typeV1, typeV2} {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				// A directory for each check is dear; a series name for each is not.
				db, err := Open(Options{Dir: tempDir(rt), Now: func() time.Time { return time.UnixMilli(base) }})
				require.NoError(rt, err)
				defer func() { require.NoError(rt, db.Close()) }()
				want := map[string]stored{}
				at := base - hour
				for range rapid.IntRange(1, 5).Draw(rt, "requests") {
					at += rapid.Int64Range(1, 60*second).Draw(rt, "step")
					var batch []Point
					for i := range rapid.IntRange(1, 8).Draw(rt, "series") {
						p := drawPoint(rt, i, at)
						keep(want, p)
						batch = append(batch, p)
					}
					w := send(rt, db.WriteHandler(), kind, batch...)
					require.Equal(rt, http.StatusNoContent, w.Code, w.Body.String())
				}
				got := read(t, db, `{__name__=~".+"}`, 0, math.MaxInt64)
				for _, s := range got {
					for _, h := range s.H { // the store finds out itself where a histogram was reset
						h.CounterResetHint = histogram.UnknownCounterReset
					}
				}
				require.Equal(rt, want, got)
			})
		})
	}
}

func tempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "hindcast-write-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// drawPoint draws the point of a series, whose number says of which kind it is.
func drawPoint(t *rapid.T, i int, at int64) Point {
	p := Point{Labels: name("x", "i", strconv.Itoa(i), "ü", "\"\n"), T: at}
	n := rapid.Int64Range(0, 40).Draw(t, "n")
	switch i % 3 {
	case 1:
		p.Histogram = tsdbutil.GenerateTestHistogram(n)
	case 2:
		p.FloatHistogram = tsdbutil.GenerateTestFloatHistogram(n)
	default:
		p.V = rapid.OneOf(rapid.Float64(), rapid.Just(math.Float64frombits(value.StaleNaN)), rapid.Just(math.Inf(1))).Draw(t, "v")
		if p.V == 0 {
			p.V = 0 // -0 is left out of the message by whoever encodes it
		}
	}
	return p
}

// keep adds a point to what is expected to be read.
func keep(want map[string]stored, p Point) {
	s := want[p.Labels.String()]
	s.T = append(s.T, p.T)
	switch {
	case p.Histogram != nil:
		s.H = append(s.H, p.Histogram.ToFloat(nil))
	case p.FloatHistogram != nil:
		s.H = append(s.H, p.FloatHistogram)
	default:
		s.V = append(s.V, math.Float64bits(p.V))
	}
	want[p.Labels.String()] = s
}

func TestWrittenExemplarsAreServed(t *testing.T) {
	for _, kind := range []string{typeV1, typeV2} {
		db, _, h := openWrites(t, Options{})
		w := sendRaw(t, h, kind, []Point{{Labels: name("x"), T: base, V: 2}}, labels.FromStrings("trace_id", "abc"))
		require.Equal(t, http.StatusNoContent, w.Code, w.Body.String())
		answer := httptest.NewRecorder()
		query := fmt.Sprintf("/api/v1/query_exemplars?query=x&start=%d&end=%d", base/second-1, base/second+1)
		db.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, query, nil))
		require.JSONEq(t, fmt.Sprintf(`{"status":"success","data":[{"seriesLabels":{"__name__":"x"},
			"exemplars":[{"labels":{"trace_id":"abc"},"value":"1.5","timestamp":%d}]}]}`, base/second), answer.Body.String())
	}
}

func TestAnAcknowledgedWriteIsOnDisk(t *testing.T) {
	for _, kind := range []string{typeV1, typeV2} {
		db, d, h := openWrites(t, Options{})
		require.Equal(t, http.StatusNoContent, send(t, h, kind, Point{Labels: name("x"), T: base}).Code)
		require.Equal(t, 1, d.requireForced(t, db.Dir()+"/wal"))

		d.fail = os.ErrDeadlineExceeded
		w := send(t, h, kind, Point{Labels: name("x"), T: base + 1})
		require.Equal(t, http.StatusInternalServerError, w.Code, w.Body.String())
		w = send(t, h, kind, Point{Labels: name("x"), T: base + 2})
		require.Equal(t, http.StatusServiceUnavailable, w.Code, w.Body.String())
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		d.fail = nil
	}
}

func TestAFullDiskAsksSendersToRetry(t *testing.T) {
	var free uint64
	_, _, h := openWrites(t, Options{free: func(string) (uint64, error) { return free, nil }})
	w := send(t, h, typeV1, Point{Labels: name("x"), T: base})
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "0 MiB left")
	free = 1 << 40
	require.Equal(t, http.StatusNoContent, send(t, h, typeV1, Point{Labels: name("x"), T: base}).Code)
}

func TestSamplesThatCannotBeStoredAreRefusedAlone(t *testing.T) {
	x := name("x")
	bad := tsdbutil.GenerateTestHistogram(1)
	bad.Count = 7
	tests := map[string]struct {
		window time.Duration
		sample Point // x has a sample of 5 at base
		says   string
		reason string
	}{
		"older than the newest of its series": {sample: Point{Labels: x, T: base - second}, says: "out of order", reason: "out_of_order"},
		"another value at the same time":      {sample: Point{Labels: x, T: base, V: 6}, says: "duplicate sample", reason: "duplicate"},
		"hours behind the store":              {sample: Point{Labels: name("y"), T: base - 3*hour}, says: "out of bounds", reason: "too_old"},
		"beyond the out-of-order window":      {window: 2 * time.Hour, sample: Point{Labels: x, T: base - 3*hour}, says: "too old", reason: "too_old"},
		"beyond the retention":                {window: 200 * 24 * time.Hour, sample: Point{Labels: x, T: base - 96*day}, says: "too old", reason: "too_old"},
		"a histogram that does not add up":    {sample: Point{Labels: name("h"), T: base, Histogram: bad}, says: "h", reason: "invalid"},
	}
	for title, tt := range tests {
		for _, kind := range []string{typeV1, typeV2} {
			t.Run(title+" in "+kind, func(t *testing.T) {
				db, _, h := openWrites(t, Options{OutOfOrderWindow: tt.window})
				require.Equal(t, http.StatusNoContent, send(t, h, kind, Point{Labels: x, T: base, V: 5}).Code)
				w := send(t, h, kind, tt.sample, Point{Labels: name("good"), T: base, V: 1})
				require.Equal(t, http.StatusBadRequest, w.Code, w.Body.String())
				require.Contains(t, w.Body.String(), "1 samples cannot be stored, all others are")
				require.Contains(t, w.Body.String(), tt.says)
				if kind == typeV2 {
					require.Equal(t, "1", w.Header().Get(headerSamples))
				}
				got := read(t, db, `{__name__=~"x|good"}`, 0, math.MaxInt64)
				require.Equal(t, []int64{base}, got[x.String()].T)
				require.Equal(t, []int64{base}, got[name("good").String()].T)
				require.InDelta(t, 1, testutil.ToFloat64(db.writes.(*writeHandler).refused.WithLabelValues(tt.reason)), 0)
			})
		}
	}
}

// The head compares a sample with what is committed, so that it would drop these
// without a word.
func TestSamplesOutOfOrderWithinARequestAreTold(t *testing.T) {
	for _, kind := range []string{typeV1, typeV2} {
		db, _, h := openWrites(t, Options{})
		w := send(t, h, kind, Point{Labels: name("x"), T: base}, Point{Labels: name("x"), T: base - second}, Point{Labels: name("x"), T: base, V: 3})
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), "2 samples cannot be stored")
		require.Len(t, read(t, db, `x`, 0, math.MaxInt64)[name("x").String()].T, 1)
		// And those that are as they were may be sent any number of times.
		require.Equal(t, http.StatusNoContent, send(t, h, kind, Point{Labels: name("x"), T: base}).Code)
	}
}

func TestTheOutOfOrderWindowTakesSamplesInAnyOrder(t *testing.T) {
	for _, kind := range []string{typeV1, typeV2} {
		db, d, h := openWrites(t, Options{OutOfOrderWindow: time.Hour})
		for _, ago := range []int64{0, 30, 10, 50, 20} {
			w := send(t, h, kind, Point{Labels: name("x"), T: base - ago*60*second, V: float64(ago)})
			require.Equal(t, http.StatusNoContent, w.Code, w.Body.String())
		}
		require.Len(t, read(t, db, `x`, 0, math.MaxInt64)[name("x").String()].T, 5)
		d.requireForced(t, db.Dir()+"/wbl")
		oldest, ok := db.Late()
		require.True(t, ok)
		require.Equal(t, base-50*60*second, oldest.UnixMilli())
	}
}

func TestMalformedRequestsAreRefusedAsAWhole(t *testing.T) {
	good := Point{Labels: name("good"), T: base}
	long := strings.Repeat("v", maxWriteValue+1)
	tests := map[string]struct {
		point Point
		says  string
	}{
		"no metric name":       {Point{Labels: labels.FromStrings("a", "b"), T: base}, "no metric name"},
		"an empty metric name": {Point{Labels: labels.New(labels.Label{Name: "__name__"}), T: base}, "empty metric name"},
		"a label twice":        {Point{Labels: labels.New(labels.Label{Name: "__name__", Value: "x"}, labels.Label{Name: "a", Value: "1"}, labels.Label{Name: "a", Value: "2"}), T: base}, `label "a" twice`},
		"a label without name": {Point{Labels: labels.New(labels.Label{Name: "", Value: "1"}, labels.Label{Name: "__name__", Value: "x"}), T: base}, "without a name"},
		"no UTF-8":             {Point{Labels: name("x", "a", "\xff"), T: base}, "not UTF-8"},
		"a long value":         {Point{Labels: name("x", "a", long), T: base}, "has 4097 bytes"},
		"the far future":       {Point{Labels: name("x"), T: base + 11*60*second}, "ahead of the clock"},
		"a future histogram":   {Point{Labels: name("x"), T: base + 11*60*second, Histogram: tsdbutil.GenerateTestHistogram(1)}, "ahead of the clock"},
	}
	for title, tt := range tests {
		for _, kind := range []string{typeV1, typeV2} {
			t.Run(title+" in "+kind, func(t *testing.T) {
				db, _, h := openWrites(t, Options{})
				w := send(t, h, kind, good, tt.point)
				require.Equal(t, http.StatusBadRequest, w.Code, w.Body.String())
				require.Contains(t, w.Body.String(), tt.says)
				require.Empty(t, read(t, db, `good`, 0, math.MaxInt64))
			})
		}
	}
}

func TestWritesOfTheWrongKindAreRefused(t *testing.T) {
	_, _, h := openWrites(t, Options{})
	empty := snappy.Encode(nil, nil)
	tests := map[string]struct {
		kind, encoding string
		body           []byte
		code           int
	}{
		"JSON":                     {"application/json", "snappy", empty, http.StatusUnsupportedMediaType},
		"an unknown message":       {"application/x-protobuf;proto=a.b", "snappy", empty, http.StatusUnsupportedMediaType},
		"gzip":                     {typeV1, "gzip", empty, http.StatusUnsupportedMediaType},
		"not compressed":           {typeV1, "snappy", []byte("\xff\xff\xff\xff\xff\xff"), http.StatusBadRequest},
		"too long":                 {typeV1, "snappy", make([]byte, maxWriteBody+1), http.StatusRequestEntityTooLarge},
		"too long when unpacked":   {typeV1, "snappy", snappy.Encode(nil, make([]byte, maxWriteDecoded+1)), http.StatusRequestEntityTooLarge},
		"announced to be 4 GiB":    {typeV1, "snappy", []byte("\xff\xff\xff\xff\x0f\x00\x00"), http.StatusRequestEntityTooLarge},
		"no message":               {typeV2, "snappy", snappy.Encode(nil, []byte("hello")), http.StatusBadRequest},
		"nothing, which is little": {typeV2, "snappy", empty, http.StatusNoContent},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			w := post(h, tt.kind, tt.encoding, tt.body)
			require.Equal(t, tt.code, w.Code, w.Body.String())
		})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/write", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
}

func TestTooManyWritesAreAskedToComeBack(t *testing.T) {
	registry := prometheus.NewRegistry()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // who is gone waits no longer
	db, _, h := openWrites(t, Options{Registerer: registry})
	for range maxWrites {
		_, err := db.writes.(*writeHandler).places.Insert(t.Context(), "")
		require.NoError(t, err)
	}
	r := httptest.NewRequest(http.MethodPost, "/api/v1/write", io.LimitReader(nil, 0)).WithContext(ctx)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader("# HELP hindcast_tsdb_read_only 1 while the metrics store refuses samples, because a write failed or the disk is full.\n# TYPE hindcast_tsdb_read_only gauge\nhindcast_tsdb_read_only 0\n"), "hindcast_tsdb_read_only"))
}

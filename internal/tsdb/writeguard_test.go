package tsdb

import (
	"bytes"
	"math"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gogo/protobuf/proto"
	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
)

// nested wraps a message in field n.
func nested(n protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, n, protowire.BytesType), message)
}

// full repeats a unit until a request is nearly as long as is accepted.
func full(before, unit []byte) []byte {
	return append(before, bytes.Repeat(unit, (maxWriteDecoded-len(before))/len(unit))...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// hostileWrites are bodies before compression, by version and name.
func hostileWrites() map[string]map[string][]byte {
	label := join(nested(1, []byte("__name__")), nested(2, []byte("x")))
	series := func(rest ...[]byte) []byte { return nested(1, join(nested(1, label), join(rest...))) }
	empty := bytes.Repeat([]byte{0}, 4000)
	symbols := join(nested(4, nil), nested(4, metric), nested(4, []byte("x")))
	refs := func(n int) []byte { return nested(1, bytes.Repeat([]byte{1, 2}, n)) }
	sample := nested(2, nil)
	long := strings.Repeat("s", maxWriteValue)
	return map[string]map[string][]byte{
		typeV1: {
			"empty series":             full(nil, nested(1, nil)),
			"series of a name":         full(nil, series()),
			"series of empty samples":  full(nil, series(bytes.Repeat(nested(2, nil), 1000))),
			"one series of samples":    nested(1, full(nested(1, label), nested(2, nil))[:maxWriteDecoded-100]),
			"empty labels":             nested(1, full(nil, nested(1, nil))[:maxWriteDecoded-100]),
			"empty exemplars":          full(nil, series(bytes.Repeat(nested(3, nil), 1000))),
			"exemplars of many labels": full(nil, series(nested(3, bytes.Repeat(nested(1, label), 200)))),
			"empty histograms":         full(nil, series(bytes.Repeat(nested(4, nil), 1000))),
			"a histogram of deltas":    full(nil, series(nested(4, nested(12, empty)))),
			"a histogram of spans":     full(nil, series(nested(4, bytes.Repeat(nested(11, nil), 2000)))),
			"unpacked deltas":          full(nil, series(nested(4, bytes.Repeat([]byte{12 << 3, 0}, 2000)))),
			"metadata":                 full(nil, nested(3, nil)),
			"unknown fields":           full(nil, []byte{15 << 3, 1}),
			"groups":                   full(nil, []byte{1<<3 | 3}),
			"long varints":             full(nil, []byte{15 << 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),
			"zeros":                    make([]byte, maxWriteDecoded),
			"late samples of one name": lateV1(maxWriteSamples),
			"as many series as may be": manySeries(maxWriteSeries),
		},
		typeV2: {
			"empty symbols":            full(nil, nested(4, nil)),
			"empty series":             full(symbols, nested(5, nil)),
			"series of a name":         full(symbols, nested(5, join(refs(1), sample))),
			"references":               full(symbols, nested(5, join(refs(1000), sample))),
			"one label many times":     full(symbols, nested(5, join(refs(maxWriteLabels), sample))),
			"unpacked references":      full(symbols, nested(5, bytes.Repeat([]byte{1 << 3, 1}, 1000))),
			"a long symbol many times": full(join(symbols, nested(4, []byte(long))), nested(5, join(nested(1, []byte{1, 3}), sample))),
			"exemplars of one symbol":  full(join(symbols, nested(4, []byte(long))), nested(5, join(refs(1), sample, bytes.Repeat(nested(4, nested(1, bytes.Repeat([]byte{3, 3}, 60))), 20)))),
			"empty histograms":         full(symbols, nested(5, join(refs(1), bytes.Repeat(nested(3, nil), 1000)))),
			"metadata":                 full(symbols, nested(5, join(refs(1), sample, bytes.Repeat(nested(5, nil), 1000)))),
			"late samples":             lateV2(maxWriteSamples),
			"spans beyond the buckets": wideSpans(),
		},
	}
}

// lateV1 is a well-formed request whose samples all come too late.
func lateV1(n int) []byte {
	r := prompb.WriteRequest{Timeseries: make([]prompb.TimeSeries, 1)}
	r.Timeseries[0].Labels = prompb.FromLabels(name("late", "a", strings.Repeat("a", maxWriteValue)), nil)
	for i := range n {
		r.Timeseries[0].Samples = append(r.Timeseries[0].Samples, prompb.Sample{Timestamp: base - int64(i) - 10, Value: float64(i)})
	}
	return marshal(&r)
}

func lateV2(n int) []byte {
	symbols := writev2.NewSymbolTable()
	ts := writev2.TimeSeries{LabelsRefs: symbols.SymbolizeLabels(name("late", "a", strings.Repeat("a", maxWriteValue)), nil)}
	for i := range n {
		ts.Samples = append(ts.Samples, writev2.Sample{Timestamp: base - int64(i) - 10, Value: float64(i)})
	}
	return marshal(&writev2.Request{Symbols: symbols.Symbols(), Timeseries: []writev2.TimeSeries{ts}})
}

func manySeries(n int) []byte {
	points := make([]Point, n)
	for i := range points {
		points[i] = Point{Labels: name("x", "i", strconv.Itoa(i)), T: base}
	}
	return marshal(requestV1(points, labels.EmptyLabels()))
}

func wideSpans() []byte {
	symbols := writev2.NewSymbolTable()
	ts := writev2.TimeSeries{LabelsRefs: symbols.SymbolizeLabels(name("wide"), nil)}
	for i := range 100 {
		ts.Histograms = append(ts.Histograms, writev2.Histogram{
			Timestamp: base + int64(i), Schema: 40, PositiveSpans: []writev2.BucketSpan{{Length: math.MaxUint32}}, PositiveDeltas: []int64{1},
		})
	}
	return marshal(&writev2.Request{Symbols: symbols.Symbols(), Timeseries: []writev2.TimeSeries{ts}})
}

func marshal(m proto.Message) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestHostileWritesAreCheap(t *testing.T) {
	_, _, h := openWrites(t, Options{})
	require.Equal(t, http.StatusNoContent, send(t, h, typeV1, Point{Labels: name("late", "a", strings.Repeat("a", maxWriteValue)), T: base}).Code)
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for kind, bodies := range hostileWrites() {
		for title, body := range bodies {
			t.Run(title+" in "+kind, func(t *testing.T) {
				packed := snappy.Encode(nil, body)
				runtime.GC()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := cpuTime()
				w := post(h, kind, "snappy", packed)
				cost := cpuTime() - began
				runtime.ReadMemStats(&after)
				mib := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
				t.Logf("%d bytes: %d, %s, %.1f MiB: %.100s", len(packed), w.Code, cost.Round(time.Millisecond), mib, w.Body)
				require.LessOrEqual(t, mib, 64.0)
				if !raceEnabled {
					require.LessOrEqual(t, cost, 250*time.Millisecond)
				}
				require.Less(t, w.Body.Len(), 64<<10)
			})
		}
	}
}

// What the guard lets through, Prometheus' handler understands: nothing that it
// would refuse after unmarshalling, and no surprise.
func FuzzWriteGuard(f *testing.F) {
	p := []Point{{Labels: name("x", "a", "b"), T: base, V: 1}}
	f.Add(false, marshal(requestV1(p, labels.FromStrings("trace_id", "a"))))
	f.Add(true, marshal(requestV2(p, labels.FromStrings("trace_id", "a"))))
	for kind, bodies := range hostileWrites() {
		for _, body := range bodies {
			f.Add(kind == typeV2, body[:min(len(body), 300)])
		}
	}
	db, _, h := openWrites(f, Options{OutOfOrderWindow: time.Hour})
	f.Fuzz(func(t *testing.T, v2 bool, body []byte) {
		s := &writeScan{latest: base + maxAhead.Milliseconds()}
		scan, kind := s.scanV1, typeV1
		if v2 {
			scan, kind = s.scanV2, typeV2
		}
		err := scan(body)
		require.LessOrEqual(t, s.weight, maxWriteWeight+len(body)*10)
		w := post(h, kind, "snappy", snappy.Encode(nil, body))
		if err != nil {
			require.Equal(t, http.StatusBadRequest, w.Code)
		}
		require.NotEqual(t, http.StatusInternalServerError, w.Code, w.Body.String())
		require.NoError(t, db.Trouble())
	})
}

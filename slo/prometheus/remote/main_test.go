package remote

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// base is a full day.
const base = int64(1_767_225_600_000) // 2026-01-01T00:00:00Z

// noon is when tests take place.
func noon() time.Time { return time.UnixMilli(base + 12*3600_000) }

// newSampler returns a Sampler of what a handler serves below /api/v1.
func newSampler(t testing.TB, h http.Handler, o Options) *Sampler {
	t.Helper()
	server := httptest.NewServer(h)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
	})
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	if o.Now == nil {
		o.Now = noon
	}
	if o.Name == "" {
		o.Name = "test"
	}
	return New(u, transport, o)
}

func match(t testing.TB, selector string) []*labels.Matcher {
	t.Helper()
	m, err := syntax.ParseMetricSelector(selector)
	require.NoError(t, err)
	return m
}

func expression(t testing.TB, text string) parser.Expr {
	t.Helper()
	expr, err := syntax.ParseExpr(text)
	require.NoError(t, err)
	return expr
}

// stored is what was read of one series, values as bits.
type stored struct {
	T []int64
	V []uint64
}

// readAll reads floats into memory.
func readAll(t testing.TB, s sample.Sampler, selector string, from, to int64) (map[string]stored, error) {
	t.Helper()
	all := map[string]stored{}
	var b sample.Batch
	err := s.Select(t.Context(), match(t, selector), from, to, func(s sample.Series) error {
		var got stored
		for s.Next(&b) {
			got.T = append(got.T, b.T...)
			for _, v := range b.V {
				got.V = append(got.V, math.Float64bits(v))
			}
		}
		all[s.Labels().String()] = got
		return s.Err()
	})
	return all, err
}

// at is a sample of a test.
type at struct {
	t int64
	v float64
}

func bits(ps ...at) (s stored) {
	for _, p := range ps {
		s.T, s.V = append(s.T, p.t), append(s.V, math.Float64bits(p.v))
	}
	return s
}

// xorPiece returns a chunk of samples.
func xorPiece(t require.TestingT, ps ...at) piece {
	c := chunkenc.NewXORChunk()
	app, err := c.Appender()
	require.NoError(t, err)
	for _, p := range ps {
		app.Append(0, p.t, p.v)
	}
	return piece{min: ps[0].t, max: ps[len(ps)-1].t, encoding: chunkenc.EncXOR, data: c.Bytes()}
}

// message returns a ChunkedReadResponse of one series.
func message(pieces []piece, pairs ...string) []byte {
	var series []byte
	for i := 0; i < len(pairs); i += 2 {
		label := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), pairs[i])
		label = protowire.AppendString(protowire.AppendTag(label, 2, protowire.BytesType), pairs[i+1])
		series = protowire.AppendBytes(protowire.AppendTag(series, 1, protowire.BytesType), label)
	}
	for _, p := range pieces {
		c := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(p.min))
		c = protowire.AppendVarint(protowire.AppendTag(c, 2, protowire.VarintType), uint64(p.max))
		c = protowire.AppendVarint(protowire.AppendTag(c, 3, protowire.VarintType), uint64(p.encoding))
		c = protowire.AppendBytes(protowire.AppendTag(c, 4, protowire.BytesType), p.data)
		series = protowire.AppendBytes(protowire.AppendTag(series, 2, protowire.BytesType), c)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), series)
}

// frame wraps a message.
func frame(message []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(len(message)))
	out = binary.BigEndian.AppendUint32(out, crc32.Checksum(message, castagnoli))
	return append(out, message...)
}

// streams answers remote read with bytes, and nothing else.
func streams(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path != "/api/v1/read" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse")
		_, _ = w.Write(body)
	}
}

// answers answers instant and range queries with JSON, and has no remote read.
func answers(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/api/v1/read" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

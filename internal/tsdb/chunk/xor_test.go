package chunk

import (
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type point struct {
	t int64
	v float64
}

func encode(t require.TestingT, ps []point) *chunkenc.XORChunk {
	c := chunkenc.NewXORChunk()
	app, err := c.Appender()
	require.NoError(t, err)
	for _, p := range ps {
		app.Append(0, p.t, p.v)
	}
	return c
}

// decodeAll reads a chunk in pieces of size, values as bits.
func decodeAll(chunk []byte, size int) (ts []int64, vs []uint64, err error) {
	var d XOR
	if err := d.Reset(chunk); err != nil {
		return nil, nil, err
	}
	t, v := make([]int64, size), make([]float64, size)
	for {
		n, err := d.Next(t, v)
		if err != nil {
			return nil, nil, err
		}
		ts = append(ts, t[:n]...)
		for _, x := range v[:n] {
			vs = append(vs, math.Float64bits(x))
		}
		if n < size {
			return ts, vs, nil
		}
	}
}

// reference reads a chunk with Prometheus' own iterator.
func reference(c chunkenc.Chunk) (ts []int64, vs []uint64, err error) {
	it := c.Iterator(nil)
	for it.Next() != chunkenc.ValNone {
		t, v := it.At()
		ts, vs = append(ts, t), append(vs, math.Float64bits(v))
	}
	return ts, vs, it.Err()
}

// anyPoints draws series as they are found (regular scrapes, counters, resets)
// and as they are not (any time, any bits).
func anyPoints() *rapid.Generator[[]point] {
	return rapid.Custom(func(t *rapid.T) []point {
		step := rapid.SampledFrom([]int64{1, 1000, 15_000, 60_000, 1 << 40}).Draw(t, "step")
		jitter := rapid.SampledFrom([]int64{0, 3, 1 << 13, 1 << 16, 1 << 19, 1 << 45}).Draw(t, "jitter")
		at := rapid.Int64Range(-1<<50, 1<<50).Draw(t, "start")
		v := 0.0
		ps := make([]point, rapid.IntRange(0, 400).Draw(t, "n"))
		for i := range ps {
			at += step
			if jitter > 0 {
				at += rapid.Int64Range(0, jitter).Draw(t, "jitter")
			}
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0:
				v = math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
			case 1:
				v = math.Float64frombits(value.StaleNaN)
			case 2, 3:
			default:
				v += float64(rapid.IntRange(0, 100_000).Draw(t, "increase"))
			}
			ps[i] = point{at, v}
		}
		return ps
	})
}

func TestXORDecoderReadsWhatPrometheusReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := encode(t, anyPoints().Draw(t, "points"))
		ts, vs, err := decodeAll(c.Bytes(), rapid.IntRange(1, 500).Draw(t, "piece"))
		require.NoError(t, err)
		wantT, wantV, err := reference(c)
		require.NoError(t, err)
		require.Equal(t, wantT, ts)
		require.Equal(t, wantV, vs)
	})
}

func TestXORDecoderReadsEveryWidthOfDelta(t *testing.T) {
	var ps []point
	at, delta := int64(0), int64(1)
	for _, change := range []int64{
		0, 1, -1, 1<<13 - 1, 1 << 13, -(1<<13 - 1), -(1 << 13), 1<<16 - 1, 1 << 16, -(1<<16 - 1), -(1 << 16),
		1<<19 - 1, 1 << 19, -(1<<19 - 1), -(1 << 19), 1 << 40, -(1 << 40), 0,
	} {
		delta += change
		at += delta
		ps = append(ps, point{at, float64(at)})
	}
	c := encode(t, ps)
	ts, vs, err := decodeAll(c.Bytes(), 100)
	require.NoError(t, err)
	require.Len(t, ts, len(ps))
	for i, p := range ps {
		require.Equal(t, p.t, ts[i])
		require.Equal(t, math.Float64bits(p.v), vs[i])
	}
}

func TestXORDecoderRefusesTornChunks(t *testing.T) {
	var ps []point
	for i := range 100 {
		ps = append(ps, point{int64(i * 15_000), float64(i * i)})
	}
	whole := encode(t, ps).Bytes()
	for size := range len(whole) {
		_, _, err := decodeAll(whole[:size], 64)
		require.ErrorIs(t, err, ErrTorn, "%d of %d bytes", size, len(whole))
	}
}

func FuzzXORDecoder(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 3, 1, 2, 3})
	f.Add(encode(f, []point{{1, 1}, {2, 2}, {4, 2}, {9, math.Inf(1)}}).Bytes())
	f.Add([]byte("\xff\xff\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, chunk []byte) {
		ts, vs, err := decodeAll(chunk, 97)
		if err != nil || len(chunk) < 2 {
			return
		}
		c := chunkenc.NewXORChunk()
		c.Reset(chunk)
		wantT, wantV, err := reference(c)
		if err != nil {
			return
		}
		require.Equal(t, wantT, ts)
		require.Equal(t, wantV, vs)
	})
}

func BenchmarkXORDecoder(b *testing.B) {
	ps := make([]point, 120)
	for i := range ps {
		ps[i] = point{1_767_225_600_000 + int64(i)*30_000, float64(i * (900 + i%7))}
	}
	c := encode(b, ps)
	ts, vs := make([]int64, 1024), make([]float64, 1024)
	b.Run("ours", func(b *testing.B) {
		var d XOR
		for b.Loop() {
			_ = d.Reset(c.Bytes())
			_, _ = d.Next(ts, vs)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/120, "ns/sample")
	})
	b.Run("prometheus", func(b *testing.B) {
		var it chunkenc.Iterator
		for b.Loop() {
			it = c.Iterator(it)
			for i := 0; it.Next() != chunkenc.ValNone; i++ {
				ts[i], vs[i] = it.At()
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/120, "ns/sample")
	})
}

package tsdb

import (
	"log/slog"
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// base is a full day, so that blocks begin where tests expect them.
const base = int64(1_767_225_600_000) // 2026-01-01T00:00:00Z

const (
	second = int64(1000)
	hour   = 3600 * second
	day    = 24 * hour
)

func testLogger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func openTest(t testing.TB, dir string) *DB {
	t.Helper()
	db, err := Open(Options{Dir: dir, Logger: testLogger(t)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func name(metric string, pairs ...string) labels.Labels {
	return labels.FromStrings(append([]string{labels.MetricName, metric}, pairs...)...)
}

func match(t testing.TB, selector string) []*labels.Matcher {
	t.Helper()
	ms, err := parser.NewParser(parser.Options{}).ParseMetricSelector(selector)
	require.NoError(t, err)
	return ms
}

func expression(t testing.TB, text string) parser.Expr {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	require.NoError(t, err)
	return expr
}

// stored is what a test reads of one series: values as bits, because staleness
// markers are not equal to themselves.
type stored struct {
	T []int64
	V []uint64
	H []*histogram.FloatHistogram
}

// read selects everything into memory, and fails on a series visited twice and
// on batches that break their promises.
func read(t testing.TB, db sample.Sampler, selector string, from, to int64) map[string]stored {
	t.Helper()
	all := make(map[string]stored)
	var b sample.Batch
	err := db.Select(t.Context(), match(t, selector), from, to, func(s sample.Series) error {
		key := s.Labels().String()
		require.NotContains(t, all, key)
		var got stored
		for s.Next(&b) {
			require.NotZero(t, b.Len())
			require.LessOrEqual(t, b.Len(), sample.BatchSize)
			require.True(t, len(b.V) == b.Len() && len(b.H) == 0 || len(b.H) == b.Len() && len(b.V) == 0)
			got.T = append(got.T, b.T...)
			for _, v := range b.V {
				got.V = append(got.V, math.Float64bits(v))
			}
			for _, h := range b.H {
				got.H = append(got.H, h.Copy())
			}
		}
		require.NoError(t, s.Err())
		if len(got.T) > 0 {
			all[key] = got
		}
		return nil
	})
	require.NoError(t, err)
	return all
}

func floats(bits []uint64) []float64 {
	vs := make([]float64, len(bits))
	for i, b := range bits {
		vs[i] = math.Float64frombits(b)
	}
	return vs
}

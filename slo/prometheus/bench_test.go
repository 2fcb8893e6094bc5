package prometheus

import (
	"context"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
)

// The benchmark's store: one metric of a thousand series over thirty days at
// thirty seconds, every tenth series an error code.
const (
	benchSeries = 1000
	benchDays   = 30
	benchStep   = 30_000
)

var benchEnd = time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)

func benchStore(b *testing.B) *tsdb.DB {
	dir := b.TempDir()
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	require.NoError(b, err)
	refs, rates := make([]tsdb.Ref, benchSeries), make([]float64, benchSeries)
	values := make([]float64, benchSeries)
	for i := range refs {
		code := "200"
		if i%10 == 0 {
			code = "500"
		}
		refs[i] = h.Series(labels.FromStrings("__name__", "http_requests_total", "code", code, "pod", strconv.Itoa(i)))
		rates[i] = float64(i%17 + 1)
	}
	for t := benchEnd.AddDate(0, 0, -benchDays).UnixMilli(); t <= benchEnd.UnixMilli(); t += benchStep {
		for i, ref := range refs {
			values[i] += rates[i] + float64((t/benchStep+int64(i))%5)
			require.NoError(b, h.Append(ref, t, values[i]))
		}
	}
	_, err = h.Close()
	require.NoError(b, err)
	db, err := tsdb.Open(tsdb.Options{Dir: dir, RetentionTime: 10000 * 24 * time.Hour})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	return db
}

// cost runs f and returns the wall and CPU time that it took.
func cost(f func()) (wall, cpu time.Duration) {
	runtime.GC()
	var a, z syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &a)
	began := time.Now()
	f()
	wall = time.Since(began)
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &z)
	cpu = time.Duration(z.Utime.Nano() + z.Stime.Nano() - a.Utime.Nano() - a.Stime.Nano())
	return wall, cpu
}

// BenchmarkBackfillBesideIncrease measures thirty days of one SLO over a thousand
// series, day by day on two goroutines as the collector does, beside one
// sum(increase(x[30d])) by the embedded engine on the same store.
func BenchmarkBackfillBesideIncrease(b *testing.B) {
	db := benchStore(b)
	in := ratio(b, `http_requests_total{code="500"}`, "http_requests_total")
	src := &Source{Sampler: db}
	last := slo.MinuteOf(benchEnd)
	day := func(d int) slo.Span {
		return slo.Span{From: last - slo.Minute((d+1)*slo.MinutesPerDay) + 1, To: last - slo.Minute(d*slo.MinutesPerDay)}
	}
	for b.Loop() {
		var total float64
		first, _ := cost(func() {
			m, err := src.Measure(b.Context(), in, day(0))
			require.NoError(b, err)
			total = sum(m, "").Total
		})
		wall, cpu := cost(func() { total += benchMeasure(b, src, in, day) })
		expr, err := parser.NewParser(parser.Options{}).ParseExpr("sum(increase(http_requests_total[30d]))")
		require.NoError(b, err)
		var increase float64
		promWall, promCPU := cost(func() {
			r, err := db.Eval(context.Background(), expr, benchEnd.UnixMilli(), benchEnd.UnixMilli(), 0)
			require.NoError(b, err)
			increase = r[0].V[0]
		})
		require.InEpsilon(b, increase, total, 0.001, "both count the same events, but for the extrapolation")
		b.ReportMetric(first.Seconds(), "s-first-day")
		b.ReportMetric(wall.Seconds(), "s-fold-wall")
		b.ReportMetric(cpu.Seconds(), "s-fold-cpu")
		b.ReportMetric(promWall.Seconds(), "s-increase-wall")
		b.ReportMetric(promCPU.Seconds(), "s-increase-cpu")
		b.ReportMetric(wall.Seconds()/promWall.Seconds(), "wall-ratio")
		b.ReportMetric(cpu.Seconds()/promCPU.Seconds(), "cpu-ratio")
	}
}

// benchMeasure measures all days but the newest.
func benchMeasure(b *testing.B, src *Source, in *Indicator, day func(int) slo.Span) float64 {
	totals := make([]float64, benchDays)
	g, ctx := errgroup.WithContext(b.Context())
	g.SetLimit(2)
	for d := 1; d < benchDays; d++ {
		g.Go(func() error {
			m, err := src.Measure(ctx, in, day(d))
			totals[d] = sum(m, "").Total
			return err
		})
	}
	require.NoError(b, g.Wait())
	var all float64
	for _, v := range totals {
		all += v
	}
	return all
}

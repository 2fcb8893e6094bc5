package tsdb

import (
	"math"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// The size of BenchmarkBackfill: what the goal for backfill is stated for.
const (
	backfillSeries = 1000
	backfillDays   = 30
	backfillStep   = 30 * second
)

// cpu returns the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkBackfill reads 30 days of 1,000 series in two ways: raw, day by day
// with the newest day first, adding up increases as folding does at least; and as
// one increase() by the engine of the same store. Run it with -benchtime 1x.
func BenchmarkBackfill(b *testing.B) {
	dir := b.TempDir()
	samples := int(backfillDays * day / backfillStep)
	if kept := os.Getenv("HINDCAST_BENCH_DIR"); kept != "" {
		dir = kept
	}
	if empty, err := Empty(dir); err != nil {
		b.Fatal(err)
	} else if empty {
		writeCounters(b, dir, backfillSeries, samples, backfillStep, HistoryOptions{})
	}
	db, err := OpenReadOnly(dir, nil)
	require.NoError(b, err)
	defer func() { require.NoError(b, db.Close()) }()
	end := base + int64(samples-1)*backfillStep

	measure := func(b *testing.B, read func() float64) {
		used, start := cpu(b), time.Now()
		var sum float64
		for b.Loop() {
			sum = read()
		}
		b.ReportMetric(time.Since(start).Seconds()/float64(b.N), "wall-s/op")
		b.ReportMetric((cpu(b)-used).Seconds()/float64(b.N), "cpu-s/op")
		b.ReportMetric(float64(backfillSeries*samples*b.N)/time.Since(start).Seconds()/1e6, "Msamples/s")
		b.ReportMetric(sum, "events")
	}
	b.Run("raw", func(b *testing.B) {
		measure(b, func() float64 { return foldAll(b, db, end) })
	})
	b.Run("increase", func(b *testing.B) {
		expr := expression(b, `sum(increase(x[30d]))`)
		measure(b, func() float64 {
			rs, err := db.Eval(b.Context(), expr, end, 0, 0)
			require.NoError(b, err)
			return rs[0].V[0]
		})
	})
}

// foldAll adds up the increases of all days, each with one sample of overlap.
func foldAll(b *testing.B, db *DB, end int64) (sum float64) {
	var batch sample.Batch
	for d := range int64(backfillDays) {
		to := end - d*day
		from := to - day - backfillStep
		err := db.Select(b.Context(), match(b, `x`), from, to, func(s sample.Series) error {
			last := math.NaN()
			for s.Next(&batch) {
				for _, v := range batch.V {
					if v >= last {
						sum += v - last
					} else if v < last {
						sum += v
					}
					last = v
				}
			}
			return s.Err()
		})
		require.NoError(b, err)
	}
	return sum
}

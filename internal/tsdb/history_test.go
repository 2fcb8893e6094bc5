package tsdb

import (
	"math"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
)

// writeCounters writes n series of counters, samples each, step ms apart, and
// returns what was written.
func writeCounters(t testing.TB, dir string, n, samples int, step int64, o HistoryOptions) HistoryProgress {
	t.Helper()
	h, err := NewHistory(dir, o)
	require.NoError(t, err)
	refs := make([]Ref, n)
	for i := range refs {
		code := "200"
		if i%10 == 0 {
			code = "500"
		}
		refs[i] = h.Series(name("x", "code", code, "instance", strconv.Itoa(i)))
	}
	for j := range samples {
		for i, ref := range refs {
			if err := h.Append(ref, base+int64(j)*step, float64(j*(i%50+900)+j%7)); err != nil {
				t.Fatal(err)
			}
		}
	}
	done, err := h.Close()
	require.NoError(t, err)
	return done
}

func TestHistoryIsReadBackAcrossBlocks(t *testing.T) {
	dir := t.TempDir()
	var seen []HistoryProgress
	const samples = 3 * 24 * 60
	done := writeCounters(t, dir, 3, samples, 60*second, HistoryOptions{
		BlockRange: 24 * time.Hour,
		Progress:   func(p HistoryProgress) { seen = append(seen, p) },
	})
	require.Equal(t, uint64(3*samples), done.Samples)
	require.Equal(t, 3, done.Blocks)
	require.Len(t, seen, 3)
	require.Equal(t, time.UnixMilli(base+(samples-1)*60*second).UTC(), done.Until)
	require.Positive(t, done.Bytes)

	db := openTest(t, dir)
	require.Empty(t, db.Damage())
	got := read(t, db, `x{instance="1"}`, base-1, math.MaxInt64)[name("x", "code", "200", "instance", "1").String()]
	require.Len(t, got.T, samples)
	for j, ts := range got.T {
		require.Equal(t, base+int64(j)*60*second, ts)
		require.Equal(t, float64(j*901+j%7), math.Float64frombits(got.V[j]))
	}
	oldest, newest, ok, err := db.Bounds(t.Context(), match(t, `x`))
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []int64{base, base + (samples-1)*60*second}, []int64{oldest, newest})
}

func TestHistoryIsFollowedByTheHead(t *testing.T) {
	dir := t.TempDir()
	writeCounters(t, dir, 1, 1000, 15*second, HistoryOptions{})
	db := openTest(t, dir)
	lset := name("x", "code", "500", "instance", "0")
	end := base + 999*15*second
	require.Error(t, db.Append(t.Context(), Point{Labels: lset, T: end, V: 1}), "the last sample is taken")
	require.NoError(t, db.Append(t.Context(), Point{Labels: lset, T: end + 1, V: 7}))
	got := read(t, db, `x`, base-1, math.MaxInt64)[lset.String()]
	require.Len(t, got.T, 1001)
	require.Equal(t, end+1, got.T[1000])
	_, newest, _, err := db.Bounds(t.Context(), match(t, `x`))
	require.NoError(t, err)
	require.Equal(t, end+1, newest)
}

func TestHistoryOfHistograms(t *testing.T) {
	dir := t.TempDir()
	h, err := NewHistory(dir, HistoryOptions{BlockRange: time.Hour})
	require.NoError(t, err)
	ref := h.Series(name("h"))
	const n = 1000
	for i := range int64(n) {
		hist := tsdbutil.GenerateTestHistogram(i % 400) // with counter resets
		require.NoError(t, h.AppendHistogram(ref, base+i*15*second, hist))
	}
	_, err = h.Close()
	require.NoError(t, err)

	db := openTest(t, dir)
	got := read(t, db, `h`, base-1, math.MaxInt64)[`{__name__="h"}`]
	require.Len(t, got.H, n)
	for i, hist := range got.H {
		want := tsdbutil.GenerateTestHistogram(int64(i) % 400).ToFloat(nil)
		want.CounterResetHint = hist.CounterResetHint
		require.True(t, want.Equals(hist), "histogram %d is %s instead of %s", i, hist, want)
	}
	rs, err := db.Eval(t.Context(), expression(t, `histogram_count(h)`), base+(n-1)*15*second, 0, 0)
	require.NoError(t, err)
	require.Equal(t, []float64{float64(tsdbutil.GenerateTestHistogram(199).Count)}, rs[0].V)
}

// oddPoints draws samples some time after one another, with any bits.
func oddPoints() *rapid.Generator[[]Point] {
	return rapid.Custom(func(t *rapid.T) []Point {
		at := rapid.Int64Range(0, 1<<50).Draw(t, "start")
		most := rapid.SampledFrom([]int64{1, 15_000, 1 << 17, 1 << 20, 1 << 41}).Draw(t, "most")
		ps := make([]Point, rapid.IntRange(0, 400).Draw(t, "n"))
		for i := range ps {
			at += rapid.Int64Range(1, most).Draw(t, "later")
			ps[i] = Point{T: at, V: float64(i)}
			if rapid.Bool().Draw(t, "odd") {
				ps[i].V = math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
			}
		}
		return ps
	})
}

func TestHistoryKeepsEverySample(t *testing.T) {
	dir := t.TempDir()
	h, err := NewHistory(dir, HistoryOptions{})
	require.NoError(t, err)
	h.span = 1 << 60 // all series in one block
	want := make(map[string]stored)
	for seed := range 60 {
		lset := name("x", "seed", strconv.Itoa(seed))
		ref := h.Series(lset)
		require.Equal(t, ref, h.Series(lset.Copy()))
		var series stored
		for _, p := range oddPoints().Example(seed) {
			require.NoError(t, h.Append(ref, p.T, p.V))
			series.T, series.V = append(series.T, p.T), append(series.V, math.Float64bits(p.V))
		}
		if len(series.T) > 0 {
			want[lset.String()] = series
		}
	}
	_, err = h.Close()
	require.NoError(t, err)
	db, err := OpenReadOnly(dir, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.Equal(t, want, read(t, db, `x`, math.MinInt64, math.MaxInt64))
}

func TestHistoryRefuses(t *testing.T) {
	tests := map[string]struct {
		do   func(h *History) error
		text string
	}{
		"a sample that is not newer": {func(h *History) error {
			ref := h.Series(name("x"))
			if err := h.Append(ref, base, 1); err != nil {
				return err
			}
			return h.Append(ref, base, 2)
		}, "not behind"},
		"a sample of a finished block": {func(h *History) error {
			x, y := h.Series(name("x")), h.Series(name("y"))
			if err := h.Append(x, base+2*day, 1); err != nil {
				return err
			}
			return h.Append(y, base, 1)
		}, "finished"},
		"a series that it does not know": {func(h *History) error { return h.Append(17, base, 1) }, "no series 17"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			h, err := NewHistory(t.TempDir(), HistoryOptions{BlockRange: 24 * time.Hour})
			require.NoError(t, err)
			err = tt.do(h)
			require.ErrorContains(t, err, tt.text)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
		})
	}
	t.Run("a directory that holds samples", func(t *testing.T) {
		dir := t.TempDir()
		writeCounters(t, dir, 1, 10, second, HistoryOptions{})
		_, err := NewHistory(dir, HistoryOptions{})
		require.Equal(t, fault.Conflict, fault.KindOf(err))
	})
}

func TestHistoryThatWasNotClosedLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	h, err := NewHistory(dir, HistoryOptions{BlockRange: time.Hour})
	require.NoError(t, err)
	ref := h.Series(name("x"))
	for i := range int64(1000) {
		require.NoError(t, h.Append(ref, base+i*60*second, 1))
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"+blockTmpSuffix))
	require.NoError(t, err)
	require.NotEmpty(t, left)
	empty, err := Empty(dir)
	require.NoError(t, err)
	require.True(t, empty, "what is not finished is not there")

	db := openTest(t, dir)
	require.Empty(t, read(t, db, `x`, 0, math.MaxInt64))
	left, err = filepath.Glob(filepath.Join(dir, "*"+blockTmpSuffix))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestEmpty(t *testing.T) {
	dir := t.TempDir()
	empty, err := Empty(filepath.Join(dir, "missing"))
	require.NoError(t, err)
	require.True(t, empty)

	db, err := Open(Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, db.Append(t.Context(), Point{Labels: name("x"), T: base, V: 1}))
	require.NoError(t, db.Close())
	empty, err = Empty(dir)
	require.NoError(t, err)
	require.False(t, empty)
}

func BenchmarkHistory(b *testing.B) {
	for b.Loop() {
		start := time.Now()
		done := writeCounters(b, b.TempDir(), 150, 35*24*60*4, 15*second, HistoryOptions{})
		b.ReportMetric(float64(done.Samples)/time.Since(start).Seconds()/1e6, "Msamples/s")
		b.ReportMetric(float64(done.Bytes)/float64(done.Samples), "B/sample")
	}
}

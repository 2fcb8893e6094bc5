package tsdb

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// points are n samples of a counter that grows by one each 15 s from base on.
func points(lset labels.Labels, n int) []Point {
	ps := make([]Point, n)
	for i := range ps {
		ps[i] = Point{Labels: lset, T: base + int64(i)*15*second, V: float64(i)}
	}
	return ps
}

func TestSelectHandsOutTheHalfOpenInterval(t *testing.T) {
	db := openTest(t, t.TempDir())
	require.NoError(t, db.Append(t.Context(), points(name("x"), 5000)...))
	at := func(i int64) int64 { return base + i*15*second }
	tests := map[string]struct {
		from, to    int64
		first, last int64 // indexes of samples, last < first for none
	}{
		"an instant with a sample excludes it on the left": {at(10), at(20), 11, 20},
		"an instant between samples cuts between them":     {at(10) + 1, at(20) - 1, 11, 19},
		"everything": {math.MinInt64, math.MaxInt64, 0, 4999},
		"one sample": {at(7) - 1, at(7), 7, 7},
		"an interval between two samples is empty":             {at(7), at(8) - 1, 0, -1},
		"an interval before the first sample is empty":         {at(-9), at(0) - 1, 0, -1},
		"an interval behind the last sample is empty":          {at(4999), at(6000), 0, -1},
		"an interval that ends before it begins is empty":      {at(20), at(10), 0, -1},
		"an interval that ends where it begins is empty":       {at(20), at(20), 0, -1},
		"both ends lie in the middle of chunks and of batches": {at(1111), at(3333), 1112, 3333},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			got := read(t, db, `x`, tt.from, tt.to)
			if tt.last < tt.first {
				require.Empty(t, got)
				return
			}
			s := got[`{__name__="x"}`]
			require.Len(t, s.T, int(tt.last-tt.first+1))
			for i, ts := range s.T {
				require.Equal(t, at(tt.first+int64(i)), ts)
				require.Equal(t, float64(tt.first+int64(i)), math.Float64frombits(s.V[i]))
			}
		})
	}
}

func TestSelectPassesStalenessMarkersThrough(t *testing.T) {
	db := openTest(t, t.TempDir())
	stale := math.Float64frombits(value.StaleNaN)
	require.NoError(t, db.Append(t.Context(),
		Point{Labels: name("x"), T: base, V: 1},
		Point{Labels: name("x"), T: base + 1, V: stale},
		Point{Labels: name("x"), T: base + 2, V: math.NaN()},
		Point{Labels: name("x"), T: base + 3, V: 2},
	))
	got := read(t, db, `x`, base-1, base+9)[`{__name__="x"}`]
	require.Equal(t, []int64{base, base + 1, base + 2, base + 3}, got.T)
	require.Equal(t, value.StaleNaN, got.V[1])
	require.NotEqual(t, value.StaleNaN, got.V[2])
	require.True(t, math.IsNaN(math.Float64frombits(got.V[2])))
}

func TestSelectHandsOutHistogramsAsFloats(t *testing.T) {
	db := openTest(t, t.TempDir())
	var want []*histogram.FloatHistogram
	for i := range int64(300) {
		h := tsdbutil.GenerateTestHistogram(i)
		p := Point{Labels: name("h"), T: base + i*second, Histogram: h}
		if i >= 150 {
			p = Point{Labels: name("h"), T: base + i*second, FloatHistogram: h.ToFloat(nil)}
		}
		require.NoError(t, db.Append(t.Context(), p))
		want = append(want, h.ToFloat(nil))
	}
	require.NoError(t, db.Append(t.Context(), Point{Labels: name("h"), T: base + 300*second, V: 7}))

	got := read(t, db, `h`, base, base+400*second)[`{__name__="h"}`]
	require.Len(t, got.H, 299)
	require.Equal(t, []float64{7}, floats(got.V))
	for i, h := range got.H {
		w := want[i+1].Copy()
		h.CounterResetHint, w.CounterResetHint = 0, 0
		require.True(t, w.Equals(h), "histogram %d is %s instead of %s", i+1, h, w)
	}
}

func TestSelectVisitsEachMatchingSeriesOnce(t *testing.T) {
	db := openTest(t, t.TempDir())
	for _, code := range []string{"200", "404", "500"} {
		require.NoError(t, db.Append(t.Context(), points(name("x", "code", code), 10)...))
	}
	require.NoError(t, db.Append(t.Context(), points(name("y"), 10)...))
	require.Len(t, read(t, db, `x{code=~"[45].."}`, 0, math.MaxInt64), 2)
	require.Len(t, read(t, db, `{__name__=~"x|y"}`, 0, math.MaxInt64), 4)
	require.Empty(t, read(t, db, `z`, 0, math.MaxInt64))
}

func TestSelectEndsEarly(t *testing.T) {
	db := openTest(t, t.TempDir())
	require.NoError(t, db.Append(t.Context(), points(name("x", "i", "1"), 10)...))
	require.NoError(t, db.Append(t.Context(), points(name("x", "i", "2"), 10)...))

	t.Run("with the error of visit", func(t *testing.T) {
		stop, visits := errors.New("enough"), 0
		err := db.Select(t.Context(), match(t, `x`), 0, math.MaxInt64, func(sample.Series) error {
			visits++
			return stop
		})
		require.ErrorIs(t, err, stop)
		require.Equal(t, 1, visits)
	})
	t.Run("when the context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Select(ctx, match(t, `x`), 0, math.MaxInt64, func(sample.Series) error {
			cancel()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("without matchers", func(t *testing.T) {
		err := db.Select(t.Context(), nil, 0, 1, func(sample.Series) error { return nil })
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	})
}

func TestBoundsLooksAtMatchingSeriesOnly(t *testing.T) {
	db := openTest(t, t.TempDir())
	require.NoError(t, db.Append(t.Context(), append(points(name("x"), 1000), points(name("y"), 500)...)...))

	oldest, newest, ok, err := db.Bounds(t.Context(), match(t, `y`))
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, base, oldest)
	require.Equal(t, base+499*15*second, newest)

	_, _, ok, err = db.Bounds(t.Context(), match(t, `z`))
	require.NoError(t, err)
	require.False(t, ok)
}

func TestEval(t *testing.T) {
	db := openTest(t, t.TempDir())
	require.NoError(t, db.Append(t.Context(), append(points(name("x", "i", "1"), 1000), points(name("x", "i", "2"), 1000)...)...))
	end := base + 999*15*second
	tests := map[string]struct {
		expr           string
		from, to, step int64
		want           []sample.Result
	}{
		"a step of zero evaluates once": {
			"sum(x)", end, end, 0,
			[]sample.Result{{T: []int64{end}, V: []float64{1998}}},
		},
		"a range ends with the last full step": {
			`x{i="1"} + 1`, base, base + 40*second, 15 * second,
			[]sample.Result{{Labels: labels.FromStrings("i", "1"), T: []int64{base, base + 15*second, base + 30*second}, V: []float64{1, 2, 3}}},
		},
		"a scalar is one result without labels": {
			"42", end, end, 0,
			[]sample.Result{{T: []int64{end}, V: []float64{42}}},
		},
		"instants without a value are not there": {
			`x{i="1"} > 998`, end - 15*second, end, 15 * second,
			[]sample.Result{{Labels: name("x", "i", "1"), T: []int64{end}, V: []float64{999}}},
		},
		"no series is no result": {"nothing", end, end, 0, []sample.Result{}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			got, err := db.Eval(t.Context(), expression(t, tt.expr), tt.from, tt.to, tt.step)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestEvalNamesTheQueryThatFails(t *testing.T) {
	db, err := Open(Options{Dir: t.TempDir(), MaxSamples: 100})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.Append(t.Context(), points(name("x"), 1000)...))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx      context.Context
		expr     string
		to, step int64
		kind     fault.Kind
		text     string
	}{
		"too many samples":     {t.Context(), "x", base + hour, second, fault.Invalid, "too many samples"},
		"text has no number":   {t.Context(), `"text"`, base, 0, fault.Invalid, "string"},
		"a canceled caller":    {canceled, "x", base, 0, fault.Unavailable, "canceled"},
		"an interval reversed": {t.Context(), "x", base - 1, 1, fault.Invalid, "interval"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			_, err := db.Eval(tt.ctx, expression(t, tt.expr), base, tt.to, tt.step)
			require.ErrorContains(t, err, tt.text)
			require.Equal(t, tt.kind, fault.KindOf(err))
		})
	}
}

package slo_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

func TestTargetsAreExactDecimals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		percent, fraction string
		err               float64
	}{
		"three nines":            {"99.9", "0.999", 0.001},
		"what floats get wrong":  {"99.95", "0.9995", 0.0005},
		"trailing zeros":         {"99.9000", "0.999", 0.001},
		"leading zeros":          {"0099.5", "0.995", 0.005},
		"a half":                 {"50", "0.5", 0.5},
		"eleven nines":           {"99.999999999", "0.99999999999", 1e-11},
		"very low":               {"0.0000000000001", "0.000000000000001", 0.999999999999999},
		"as many digits as fit":  {"99.9999999999999", "0.999999999999999", 1e-15},
		"no digit before a dot":  {".5", "0.005", 0.995},
		"no digit behind a dot":  {"99.", "0.99", 0.01},
		"a whole number of tens": {"90", "0.9", 0.1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := slo.ParseTargetPercent(tt.percent)
			require.NoError(t, err)
			require.Equal(t, tt.fraction, got.String())
			require.Equal(t, tt.err, got.ErrorFraction())
			again, err := slo.ParseTarget(got.String())
			require.NoError(t, err)
			require.Equal(t, got, again)
			again, err = slo.ParseTargetPercent(got.Percent())
			require.NoError(t, err)
			require.Equal(t, got, again)
		})
	}
}

func TestTargetsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", ".", "0", "0.0", "100", "100.0", "101", "-1", "+1", "1e1", "0x1", "99,9", " 99", "99 ", "99.9.9",
		"NaN", "Inf", "99.99999999999999", "1" + strings.Repeat("0", 400), "٩٩", "99.9%",
	} {
		_, err := slo.ParseTargetPercent(text)
		require.Error(t, err, "%q", text)
		require.Equal(t, fault.Invalid, fault.KindOf(err))
		require.Contains(t, err.Error(), "target")
	}
	require.True(t, slo.Target{}.IsZero())
	require.Empty(t, slo.Target{}.String())
	require.Empty(t, slo.Target{}.Percent())
}

func TestSliceTargetsMayBeWhole(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1", "1.0", "01", "1."} {
		got, err := slo.ParseSliceTarget(text)
		require.NoError(t, err)
		require.Equal(t, "1", got.String())
		require.Equal(t, "100", got.Percent())
		require.True(t, got.Reached(10, 10))
		require.False(t, got.Reached(9, 10))
	}
	got, err := slo.ParseSliceTarget("0.95")
	require.NoError(t, err)
	require.True(t, got.Reached(19, 20))
	require.False(t, got.Reached(18.99, 20))
	require.False(t, got.Reached(0, 0), "nothing was not good enough")
	require.False(t, got.Reached(1, 0), "nor is something of nothing")
	for _, text := range []string{"", "0", "1.1", "2", "1.x"} {
		_, err := slo.ParseSliceTarget(text)
		require.Error(t, err, "%q", text)
	}
}

// TestTargetArithmeticAgainstRationals holds ErrorFraction, Float and Allowed to
// exact arithmetic: each is the float nearest to the rational.
func TestTargetArithmeticAgainstRationals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.IntRange(1, 15).Draw(t, "digits")
		limit := int64(1)
		for range digits {
			limit *= 10
		}
		good := rapid.Int64Range(1, limit-1).Draw(t, "good")
		exact := big.NewRat(good, limit)
		target, err := slo.ParseTarget(exact.FloatString(digits))
		require.NoError(t, err)

		float, _ := exact.Float64()
		require.Equal(t, float, target.Float())
		left := new(big.Rat).Sub(big.NewRat(1, 1), exact)
		float, _ = left.Float64()
		require.Equal(t, float, target.ErrorFraction())

		total := rapid.Int64Range(0, 1e12).Draw(t, "total")
		float, _ = new(big.Rat).Mul(left, big.NewRat(total, 1)).Float64()
		require.InEpsilon(t, 1+float, 1+target.Allowed(float64(total)), 1e-15)
		text, err := target.MarshalText()
		require.NoError(t, err)
		back, ok := new(big.Rat).SetString(string(text))
		require.True(t, ok)
		require.Zero(t, exact.Cmp(back))
	})
}

func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{"99.9", "0.999", "1", "100", ".5", "5.", "", "1e3", "000", "99.99999999999999", "-1", "0.000000000000001"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (slo.Target, error){slo.ParseTarget, slo.ParseTargetPercent, slo.ParseSliceTarget} {
			target, err := parse(text)
			if err != nil {
				require.Equal(t, fault.Invalid, fault.KindOf(err))
				require.True(t, target.IsZero())
				continue
			}
			require.Positive(t, target.Float())
			require.LessOrEqual(t, target.Float(), 1.0)
			again, err := slo.ParseSliceTarget(target.String())
			require.NoError(t, err)
			require.Equal(t, target, again)
		}
	})
}

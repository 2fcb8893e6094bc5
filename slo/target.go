package slo

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// Target is an exact decimal fraction strictly between 0 and 1, such as 0.999.
// It is kept as two integers so that 1 − t is formed without rounding: 100 −
// 99.9 is 0.1 here, where floats make it 0.09999999999999432. The zero Target
// is "no target".
type Target struct {
	good, unit int64 // t = good / unit, unit a power of ten ≤ 10¹⁵
}

// maxTargetDigits keeps good and unit below 2⁵³, so that their conversions to
// float64 are exact and quotients of them are correctly rounded.
const maxTargetDigits = 15

// ParseTarget reads a fraction such as "0.999".
func ParseTarget(text string) (Target, error) { return parseTarget(text, 0) }

// ParseTargetPercent reads a percentage such as "99.9".
func ParseTargetPercent(text string) (Target, error) { return parseTarget(text, 2) }

// ParseSliceTarget reads the fraction that a time slice must reach, such as
// "0.95". Unlike an objective's target it may be 1: a slice that must be perfect
// divides nothing by zero.
func ParseSliceTarget(text string) (Target, error) {
	whole, frac, _ := strings.Cut(text, ".")
	if strings.TrimLeft(whole, "0") == "1" && strings.Trim(frac, "0") == "" {
		return Target{good: 1, unit: 1}, nil
	}
	return parseTarget(text, 0)
}

// parseTarget reads a plain decimal and divides it by 10^shift.
func parseTarget(text string, shift int) (Target, error) {
	whole, frac, _ := strings.Cut(text, ".")
	digits := strings.TrimLeft(whole+frac, "0")
	scale := len(frac) + shift
	if !isDecimal(whole, frac) {
		return Target{}, fault.Invalidf("target %q is not a plain decimal number such as 0.999", text)
	}
	if scale > maxTargetDigits || len(digits) > maxTargetDigits {
		return Target{}, fault.Invalidf("target %q has more than %d digits", text, maxTargetDigits)
	}
	t := Target{unit: 1}
	for range scale {
		t.unit *= 10
	}
	for _, d := range digits {
		t.good = t.good*10 + int64(d-'0')
	}
	if t.good <= 0 || t.good >= t.unit {
		limit := "1"
		if shift == 2 {
			limit = "100 %"
		}
		return Target{}, fault.Invalidf("target %q is not between 0 and %s (both excluded)", text, limit)
	}
	for t.good%10 == 0 {
		t.good, t.unit = t.good/10, t.unit/10
	}
	return t, nil
}

// isDecimal reports whether whole "." frac is an unsigned decimal number.
func isDecimal(whole, frac string) bool {
	all := whole + frac
	return all != "" && strings.Trim(all, "0123456789") == ""
}

// IsZero reports whether there is no target.
func (t Target) IsZero() bool { return t.unit == 0 }

// Float returns the target as the nearest float64.
func (t Target) Float() float64 { return float64(t.good) / float64(t.unit) }

// ErrorFraction returns 1 − t as the nearest float64 of the exact difference.
func (t Target) ErrorFraction() float64 { return float64(t.unit-t.good) / float64(t.unit) }

// Allowed returns (1 − t) · total with the product formed before the division.
func (t Target) Allowed(total float64) float64 {
	return float64(t.unit-t.good) * total / float64(t.unit)
}

// Reached reports whether good / total is at or above the target. Both sides are
// correctly rounded quotients, so 19 of 20 reaches 0.95. It is false without
// events: nothing cannot have been good enough.
func (t Target) Reached(good, total float64) bool {
	return total > 0 && good/total >= t.Float()
}

// compare returns -1, 0 or 1 as t is below, at or above o.
func (t Target) compare(o Target) int {
	return big.NewRat(t.good, t.unit).Cmp(big.NewRat(o.good, o.unit))
}

// String returns the shortest exact decimal fraction, e.g. "0.999"; "" for no
// target.
func (t Target) String() string { return t.decimal(0) }

// Percent returns the shortest exact percentage, e.g. "99.9"; "" for no target.
func (t Target) Percent() string { return t.decimal(2) }

// decimal returns good·10^shift / unit as an exact decimal.
func (t Target) decimal(shift int) string {
	if t.IsZero() {
		return ""
	}
	digits := strconv.FormatInt(t.good, 10)
	scale := len(strconv.FormatInt(t.unit, 10)) - 1 - shift
	if scale <= 0 {
		return digits + strings.Repeat("0", -scale)
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	cut := len(digits) - scale
	return digits[:cut] + "." + digits[cut:]
}

// complement returns 1 − t as the shortest exact decimal fraction.
func (t Target) complement() string { return Target{good: t.unit - t.good, unit: t.unit}.String() }

// MarshalText writes the target as String does.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

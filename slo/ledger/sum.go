package ledger

import (
	"math"

	"github.com/hindcast/hindcast/slo"
)

// sums are the sums of a run of slots that are not gaps.
type sums struct {
	good, total         float64
	measured, estimated int32
}

// plus returns the sums of two disjoint runs together.
func (s sums) plus(o sums) sums {
	return sums{s.good + o.good, s.total + o.total, s.measured + o.measured, s.estimated + o.estimated}
}

// tally returns the sums as a tally of n slots.
func (s sums) tally(n int) slo.Tally {
	return slo.Tally{
		Good: s.good, Total: s.total,
		Measured: int(s.measured), Estimated: int(s.estimated), Slots: n,
	}
}

// accumulator adds float64 with Neumaier's compensation (ZAMM 54, 1974): the
// rounding error of each addition is kept and added at the end. The result of n
// values has an absolute error of at most one rounding of the result plus
// n²·2⁻¹⁰⁶ of the sum of magnitudes; sums of integers below 2⁵³ are exact.
type accumulator struct{ sum, lost float64 }

func (a *accumulator) add(v float64) {
	t := a.sum + v
	if math.Abs(a.sum) >= math.Abs(v) {
		a.lost += (a.sum - t) + v
	} else {
		a.lost += (v - t) + a.sum
	}
	a.sum = t
}

func (a *accumulator) value() float64 { return a.sum + a.lost }

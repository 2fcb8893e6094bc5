package demo

import (
	"math"
	"math/rand/v2"
)

// All instants of the model are seconds since 1970, UTC.
const (
	minute = int64(60)
	hour   = 60 * minute
	day    = 24 * hour
)

// curve is how busy a service is, as a factor on its peak rate: a table of the
// minutes of a day, times a factor for the weekday (Sunday first).
type curve struct {
	minutes [1440]float64
	weekday [7]float64
}

// at returns the factor at an instant. 1970-01-01 was a Thursday.
func (c *curve) at(t int64) float64 {
	return c.minutes[t%day/minute] * c.weekday[(t/day+4)%7]
}

// newCurve tabulates f over the hours of a day.
func newCurve(weekday [7]float64, f func(hour float64) float64) *curve {
	c := &curve{weekday: weekday}
	for m := range c.minutes {
		c.minutes[m] = f(float64(m) / 60)
	}
	return c
}

// bell rises from low at twelve hours before the peak to 1 at the peak.
func bell(h, peak, low float64) float64 {
	return low + (1-low)*math.Pow((1+math.Cos(2*math.Pi*(h-peak)/24))/2, 1.5)
}

var (
	// consumer is people at home: most in the evening, a little more at weekends.
	consumer = newCurve([7]float64{1.05, 0.95, 0.94, 0.95, 0.97, 1, 1.1},
		func(h float64) float64 { return bell(h, 18.5, 0.16) })
	// office is people at work: nearly nothing at night and little at weekends.
	office = newCurve([7]float64{0.22, 0.97, 1, 1, 0.98, 0.9, 0.28},
		func(h float64) float64 { return bell(h, 13, 0.06) })
	// worldwide has no night, only a quieter time.
	worldwide = newCurve([7]float64{0.85, 1, 1, 1, 1, 0.98, 0.88},
		func(h float64) float64 { return bell(h, 15, 0.55) })
	// runs is a batch every hour from 06:05 to 20:17 and hardly anything between.
	runs = newCurve([7]float64{0.15, 1, 1, 1, 1, 1.1, 0.3}, func(h float64) float64 {
		if m := math.Mod(h, 1) * 60; h >= 6 && h < 21 && m >= 5 && m < 17 {
			return 1
		}
		return 0.002
	})
	// nightly is a handful of jobs, most of them between 22:00 and 06:00.
	nightly = newCurve([7]float64{0.8, 1, 1, 1, 1, 1, 0.8}, func(h float64) float64 {
		if h >= 22 || h < 6 {
			return 1
		}
		return 0.25
	})
)

// wobble is the part of the traffic that nobody can explain: a random walk that
// is drawn back to 1, with a memory of ten minutes.
type wobble struct {
	size  float64 // standard deviation of the logarithm
	state float64
}

// next advances by dt seconds and returns the factor.
func (w *wobble) next(rng *rand.Rand, dt int64) float64 {
	keep := math.Exp(-float64(dt) / float64(10*minute))
	w.state = w.state*keep + w.size*math.Sqrt(1-keep*keep)*rng.NormFloat64()
	return math.Exp(w.state)
}

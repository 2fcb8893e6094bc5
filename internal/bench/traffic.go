package main

import (
	"math"
	"math/rand/v2"

	"github.com/hindcast/hindcast/slo"
)

// trafficText describes the generator; it stands below every table.
const trafficText = `Traffic: events per minute are Poisson around a mean that is log-normal over services (median 600, sigma 1.3:
90 % between 70 and 5,000), with a daily cycle of a factor of three and 30 % less at weekends; a share of 0.01 % to
1 % (log-uniform) is bad; on 2 % of days an incident of 5 to 60 minutes makes 5 % to 50 % bad; on 2 % of days up to
30 minutes are not scraped.`

// service is the traffic of one objective. It is a function of its number, so
// that every stage sees the same events.
type service struct {
	n        int
	mean     float64 // events per minute
	badShare float64
}

func newService(n int) service {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	return service{
		n:        n,
		mean:     600 * math.Exp(1.3*r.NormFloat64()),
		badShare: math.Pow(10, -4+2*r.Float64()),
	}
}

// fill writes the slots of a UTC day.
func (s service) fill(day int, slots []slo.Slot) {
	r := rand.New(rand.NewPCG(uint64(s.n), uint64(day)+2))
	incident, share := stretch(r, 0.02, 5, 60), 0.05+0.45*r.Float64()
	unseen := stretch(r, 0.02, 1, 30)
	base := s.mean
	if (day+3)%7 >= 5 { // 1970 began on a Thursday
		base *= 0.7
	}
	for m := range slots {
		mean := base * (1 + 0.5*math.Sin(2*math.Pi*float64(m)/slo.MinutesPerDay))
		bad := s.badShare
		if incident.Contains(slo.Minute(m)) {
			bad = share
		}
		total := poisson(r, mean)
		slots[m] = slo.Slot{Good: total - min(total, poisson(r, mean*bad)), Total: total, State: slo.Measured}
		if unseen.Contains(slo.Minute(m)) {
			slots[m] = slo.Slot{}
		}
	}
}

// stretch draws with probability p a run of least to most minutes of a day.
func stretch(r *rand.Rand, p float64, least, most int) slo.Span {
	from, n, hit := slo.Minute(r.IntN(slo.MinutesPerDay)), least+r.IntN(most-least+1), r.Float64() < p
	if !hit {
		return slo.Span{From: 0, To: -1}
	}
	return slo.Span{From: from, To: from + slo.Minute(n) - 1}
}

// poisson draws a Poisson variate: by Knuth's product below 30, by the normal
// approximation above.
func poisson(r *rand.Rand, mean float64) float64 {
	if mean > 30 {
		return max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64()))
	}
	limit, p, n := math.Exp(-mean), 1.0, 0.0
	for {
		if p *= r.Float64(); p <= limit {
			return n
		}
		n++
	}
}

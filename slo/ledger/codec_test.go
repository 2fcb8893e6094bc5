package ledger

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// poisson draws a Poisson variate: by Knuth below 30, by the normal
// approximation above.
func poisson(r *rand.Rand, mean float64) float64 {
	if mean > 30 {
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64()))
	}
	limit, p, n := math.Exp(-mean), 1.0, 0.0
	for {
		if p *= r.Float64(); p <= limit {
			return n
		}
		n++
	}
}

// traffic is one day of a kind of stream.
var traffic = map[string]func(r *rand.Rand, m int) slo.Slot{
	"10 per minute":     func(r *rand.Rand, m int) slo.Slot { return requests(r, m, 10, 0.001) },
	"600 per minute":    func(r *rand.Rand, m int) slo.Slot { return requests(r, m, 600, 0.001) },
	"6,000 per minute":  func(r *rand.Rand, m int) slo.Slot { return requests(r, m, 6000, 0.001) },
	"60,000 per minute": func(r *rand.Rand, m int) slo.Slot { return requests(r, m, 60_000, 0.001) },
	"600, 5 % bad":      func(r *rand.Rand, m int) slo.Slot { return requests(r, m, 600, 0.05) },
	"probe seconds": func(r *rand.Rand, m int) slo.Slot {
		return slo.Slot{Good: 60 - math.Floor(r.Float64()*1.01)*15, Total: 60, State: slo.Measured}
	},
	"float, milliseconds": func(r *rand.Rand, m int) slo.Slot {
		v := math.Round(59_900+r.Float64()*100) / 1000
		return slo.Slot{Good: v, Total: v, State: slo.Measured}
	},
	"float, ratio raw": func(r *rand.Rand, m int) slo.Slot {
		return slo.Slot{Good: 60 * (1 - r.Float64()*0.001), Total: 60, State: slo.Estimated}
	},
	"float, both": func(r *rand.Rand, m int) slo.Slot {
		v := 600 * r.Float64()
		return slo.Slot{Good: v * r.Float64(), Total: v, State: slo.Measured}
	},
	"600, with estimates": func(r *rand.Rand, m int) slo.Slot {
		s := requests(r, m, 600, 0.001)
		if m/10%20 == 7 {
			s = slo.Slot{Good: 1790.0 / 3, Total: 1800.0 / 3.1, State: slo.Estimated}
		}
		return s
	},
}

// requests is traffic with a daily cycle of a factor of three.
func requests(r *rand.Rand, m int, perMinute, badShare float64) slo.Slot {
	mean := perMinute * (1 + 0.5*math.Sin(2*math.Pi*float64(m)/slo.MinutesPerDay))
	total := poisson(r, mean)
	return slo.Slot{Good: total - math.Min(total, poisson(r, mean*badShare)), Total: total, State: slo.Measured}
}

func TestSize(t *testing.T) {
	for _, name := range sortedKeys(traffic) {
		r := rand.New(rand.NewPCG(1, 2))
		var n, bytes int
		var enc, dec time.Duration
		for range 20 {
			var d draft
			for m := range slo.MinutesPerDay {
				d.set(m, traffic[name](r, m))
			}
			dd := d.finish(nil)
			t0 := time.Now()
			c := encodeChunk(1, 2, dd, 3)
			t1 := time.Now()
			decodeChunk(1, 2, 3, c.Payload)
			enc += t1.Sub(t0)
			dec += time.Since(t1)
			n += slo.MinutesPerDay
			bytes += len(c.Payload)
		}
		fmt.Printf("%-24s %.3f B/slot enc %v dec %v\n", name, float64(bytes)/float64(n), enc/20, dec/20)
	}
}

package demo

import (
	"math"
	"math/rand/v2"
)

// latency is how long requests take: log-normal, told apart by cells, which are
// the buckets of the histogram that shows it.
type latency struct {
	name, help    string
	median, sigma float64   // seconds; standard deviation of the logarithm
	limit         float64   // seconds: slower requests are counted in Truth.Slow; a bound
	bounds        []float64 // upper bounds of the cells but the last, which has none
	native        bool      // shown as a native histogram, of nativeSchema

	tables map[int][]float64
	middle []float64 // a latency that stands for each cell
	slow   int       // first cell above limit
}

// Cells of native histograms: schema 2 has four buckets to a power of two, so
// that 250 ms and 500 ms are bounds and an objective on them is exact.
const (
	nativeSchema = 2
	nativeLowest = -26 // bucket (2^(-27/4), 2^(-26/4)], around 10 ms
	nativeCells  = 40  // the last is (2^(12/4), 2^(13/4)], around 9 s
)

// nativeBounds returns the upper bounds of the native cells but the last.
func nativeBounds() []float64 {
	bounds := make([]float64, nativeCells-1)
	for i := range bounds {
		bounds[i] = math.Exp2(float64(nativeLowest+i) / 4)
	}
	return bounds
}

// prepare fills what follows from the rest.
func (l *latency) prepare() *latency {
	if l.native {
		l.bounds = nativeBounds()
	}
	l.tables = map[int][]float64{}
	l.middle = make([]float64, len(l.bounds)+1)
	for i := range l.middle {
		switch i {
		case 0:
			l.middle[i] = l.bounds[0] * 0.7
		case len(l.bounds):
			l.middle[i] = l.bounds[i-1] * 1.4
		default:
			l.middle[i] = math.Sqrt(l.bounds[i-1] * l.bounds[i])
		}
		if i < len(l.bounds) && l.bounds[i] <= l.limit*(1+1e-9) {
			l.slow = i + 1
		}
	}
	return l
}

// table returns the conditional probabilities of the cells when everything
// takes slowness times as long. Slowness is rounded to an eighth of a power of
// two, which bounds the number of tables.
func (l *latency) table(slowness float64) []float64 {
	k := int(math.Round(8 * math.Log2(max(slowness, 1.0/16))))
	if t, ok := l.tables[k]; ok {
		return t
	}
	mu := math.Log(l.median) + float64(k)/8*math.Ln2
	below := 0.0
	p := make([]float64, len(l.bounds)+1)
	for i, b := range l.bounds {
		cdf := 0.5 * math.Erfc((mu-math.Log(b))/(l.sigma*math.Sqrt2))
		p[i], below = cdf-below, cdf
	}
	p[len(l.bounds)] = 1 - below
	l.tables[k] = conditional(p)
	return l.tables[k]
}

// observe draws the latencies of n requests, adds them to the cells and the
// sum, and returns how many were slower than the limit. scratch is as long as
// cells.
func (l *latency) observe(rng *rand.Rand, n uint64, slowness float64, cells, scratch []uint64) (sum float64, slow uint64) {
	if n == 0 {
		return 0, 0
	}
	split(rng, n, l.table(slowness), scratch)
	for i, c := range scratch {
		cells[i] += c
		sum += float64(c) * l.middle[i]
		if i >= l.slow {
			slow += c
		}
	}
	return sum, slow
}

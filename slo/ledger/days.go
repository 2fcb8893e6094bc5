package ledger

import "github.com/hindcast/hindcast/slo"

// leaf is what stays in memory of one day of one stream: 32 bytes.
type leaf struct {
	good, total         float64
	chunk               int64 // Totals.Through of its chunk; 0: none, unreadable: it cannot be read
	measured, estimated uint16
	first, last         uint16
}

// unreadable marks a day whose chunk is damaged; its sums are those of a gap.
const unreadable = -1

func (l leaf) sums() sums {
	return sums{l.good, l.total, int32(l.measured), int32(l.estimated)}
}

func (l leaf) covered() bool { return l.measured > 0 || l.estimated > 0 }

// grid is a slice over a range of integers that grows at both ends.
type grid[T any] struct {
	first int // the integer that vals[0] stands for
	vals  []T
}

// at returns the value of i, the zero value outside the range.
func (g *grid[T]) at(i int) (v T) {
	if i -= g.first; i >= 0 && i < len(g.vals) {
		v = g.vals[i]
	}
	return v
}

// set sets the value of i. History grows backwards one day at a time, so room
// is made on the left in steps that grow with the range.
func (g *grid[T]) set(i int, v T) {
	if len(g.vals) == 0 {
		g.first = i
	}
	if i < g.first {
		room := max(g.first-i, len(g.vals)/4)
		g.vals = append(make([]T, room, room+len(g.vals)+len(g.vals)/4), g.vals...)
		g.first -= room
	}
	for i-g.first >= len(g.vals) {
		var zero T
		g.vals = append(g.vals, zero)
	}
	g.vals[i-g.first] = v
}

// last returns the last integer of the range.
func (g *grid[T]) last() int { return g.first + len(g.vals) - 1 }

// radix is how many days, or blocks, one block sums. Eight costs 14 % more
// memory than the days alone and makes a window of any length at most 14
// additions per level.
const (
	radixBits = 3
	radix     = 1 << radixBits
	levels    = 3 // blocks of 8, 64 and 512 days
)

// days are the totals of all days of a stream. Sums over a range of days only
// add and never subtract, so a small day after a large one keeps its digits.
type days struct {
	leaves grid[leaf]
	blocks [levels]grid[sums]
}

// set puts the totals of one day.
func (d *days) set(n int, l leaf) {
	d.leaves.set(n, l)
	for k := range d.blocks {
		n >>= radixBits
		d.blocks[k].set(n, d.block(k, n))
	}
}

// fill puts the totals of days from first on into an empty days; it is set for
// each of them, in one pass.
func (d *days) fill(first int, vals []leaf) {
	if len(vals) == 0 {
		return
	}
	d.leaves = grid[leaf]{first: first, vals: vals}
	a, b := first, first+len(vals)-1
	for k := range d.blocks {
		a, b = a>>radixBits, b>>radixBits
		d.blocks[k] = grid[sums]{first: a, vals: make([]sums, b-a+1)}
		for n := a; n <= b; n++ {
			d.blocks[k].vals[n-a] = d.block(k, n)
		}
	}
}

// block adds up what lies below block n of level k.
func (d *days) block(k, n int) (s sums) {
	for i := n << radixBits; i < (n+1)<<radixBits; i++ {
		s = s.plus(d.node(k, i))
	}
	return s
}

// node returns the sums of day i (k = 0) or of block i of level k.
func (d *days) node(k, i int) sums {
	if k == 0 {
		return d.leaves.at(i).sums()
	}
	return d.blocks[k-1].at(i)
}

// sum returns the sums of the days a to b, both included.
func (d *days) sum(a, b int) sums {
	a, b = max(a, d.leaves.first), min(b, d.leaves.last())
	var left, right sums
	for k := 0; a <= b; k++ {
		if k == levels {
			for ; a <= b; a++ {
				left = left.plus(d.node(k, a))
			}
			break
		}
		for ; a <= b && a&(radix-1) != 0; a++ {
			left = left.plus(d.node(k, a))
		}
		for ; a <= b && (b+1)&(radix-1) != 0; b-- {
			right = right.plus(d.node(k, b))
		}
		a, b = a>>radixBits, (b+1)>>radixBits-1
	}
	return left.plus(right)
}

// extent returns the first and the last minute that carry figures.
func (d *days) extent() (span slo.Span, ok bool) {
	vals := d.leaves.vals
	i, j := 0, len(vals)-1
	for i <= j && !vals[i].covered() {
		i++
	}
	for j >= i && !vals[j].covered() {
		j--
	}
	if i > j {
		return slo.Span{}, false
	}
	return slo.Span{
		From: minuteAt(d.leaves.first+i, int(vals[i].first)),
		To:   minuteAt(d.leaves.first+j, int(vals[j].last)),
	}, true
}

// minuteAt returns minute m of a day.
func minuteAt(day, m int) slo.Minute { return slo.Minute(day)*slo.MinutesPerDay + slo.Minute(m) }

// minuteOfDay returns the number of a minute within its day, from 0.
func minuteOfDay(m slo.Minute) int { return int(m - minuteAt(m.Day(), 0)) }

package ledger

import (
	"errors"
	"math"
	"math/bits"
)

// Golomb-Rice codes with a parameter that follows the values: u is written as
// u>>k ones, a zero, and the low k bits. For counts of random events this comes
// within about 0.2 bits per value of their entropy, where bytes, however they
// are packed afterwards, lose about a bit per value to their boundaries.

const (
	// riceEscape is the number of ones that announces a raw value of 64 bits.
	riceEscape = 24
	// riceSlow is the share by which one value moves the mean that k follows: an
	// hour and a half of minutes would do as well as a quarter of an hour.
	riceSlow = 4
	riceUnit = 6 // bits of fraction of the mean
)

// riceMean follows the mean of the values, to choose k.
type riceMean uint64

// k returns the parameter for the next value: the largest whose 2^k is at most
// 13/16 of the mean, which was best over the traffic of TestBytesPerSlot.
func (m riceMean) k() int {
	return max(0, bits.Len64(uint64(m)*13>>(riceUnit+4))-1)
}

func (m *riceMean) learn(u uint64) {
	u = min(u, 1<<56)
	*m += riceMean((int64(u<<riceUnit) - int64(*m)) >> riceSlow)
}

// riceBits returns how many bits appendRice writes.
func riceBits(values []uint64) (n int) {
	var m riceMean // of nothing, as the reader has it
	for _, u := range values {
		k := m.k()
		if q := u >> k; q < riceEscape {
			n += int(q) + 1 + k
		} else {
			n += riceEscape + 64
		}
		m.learn(u)
	}
	return n
}

// bitWriter appends bits to bytes, lowest first.
type bitWriter struct {
	b   []byte
	acc uint64
	n   int // bits in acc, below 8
}

// put writes the low n bits of v, n ≤ 56.
func (w *bitWriter) put(v uint64, n int) {
	w.acc |= v << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.b = append(w.b, byte(w.acc))
		w.acc >>= 8
	}
}

// flush writes the last bits and returns the bytes.
func (w *bitWriter) flush() []byte {
	if w.n > 0 {
		w.b = append(w.b, byte(w.acc))
	}
	return w.b
}

func appendRice(b []byte, values []uint64) []byte {
	w := bitWriter{b: b}
	var m riceMean
	for _, u := range values {
		k := m.k()
		if q := u >> k; q < riceEscape {
			w.put(1<<q-1, int(q)+1)
			w.put(u&(1<<min(k, 32)-1), min(k, 32))
			if k > 32 {
				w.put(u>>32&(1<<(k-32)-1), k-32)
			}
		} else {
			w.put(1<<riceEscape-1, riceEscape)
			w.put(u&math.MaxUint32, 32)
			w.put(u>>32, 32)
		}
		m.learn(u)
	}
	return w.flush()
}

// bitReader reads what bitWriter wrote.
type bitReader struct {
	b    []byte
	acc  uint64
	n    int
	over bool // more was asked for than there is
}

// get reads n ≤ 32 bits.
func (r *bitReader) get(n int) uint64 {
	for r.n < n {
		if len(r.b) == 0 {
			r.over = true
			return 0
		}
		r.acc |= uint64(r.b[0]) << r.n
		r.b = r.b[1:]
		r.n += 8
	}
	v := r.acc & (1<<n - 1)
	r.acc >>= n
	r.n -= n
	return v
}

// ones counts ones up to a zero, which it reads, or up to riceEscape.
func (r *bitReader) ones() int {
	for r.n < riceEscape+1 && len(r.b) > 0 {
		r.acc |= uint64(r.b[0]) << r.n
		r.b = r.b[1:]
		r.n += 8
	}
	q := bits.TrailingZeros64(^r.acc)
	if q >= riceEscape {
		r.acc >>= riceEscape
		r.n -= riceEscape
		return riceEscape
	}
	r.acc >>= q + 1
	r.n -= q + 1
	r.over = r.over || r.n < 0
	return q
}

// rice reads c values; they end at a byte.
func (r *reader) rice(c int) []uint64 {
	if c > 8*len(r.b) {
		r.fail(errShort)
		return nil
	}
	in := bitReader{b: r.b}
	values := make([]uint64, c)
	var m riceMean
	for i := range values {
		k := m.k()
		u := uint64(in.ones())
		if u == riceEscape {
			u = in.get(32) | in.get(32)<<32
		} else {
			u = u<<k | in.get(min(k, 32))
			if k > 32 {
				u |= in.get(k-32) << 32
			}
		}
		if in.over {
			r.fail(errShort)
			return nil
		}
		values[i] = u
		m.learn(u)
	}
	if in.n >= 8 { // read ahead, but not used
		in.b = r.b[len(r.b)-len(in.b)-in.n/8:]
		in.acc &= 1<<(in.n%8) - 1
	}
	if in.acc != 0 {
		r.fail(errors.New("the payload has bits after the last value"))
	}
	r.b = in.b
	return values
}

// planeBits estimates how many bits an entropy coder leaves of planes: the
// order-0 entropy of each plane, at least what one symbol must cost, and a
// table.
func planeBits(values []uint64, width int) (n int) {
	total := 0.0
	for p := range width {
		var count [256]int
		for _, u := range values {
			count[byte(u>>(8*p))]++
		}
		h := 0.0
		for _, c := range count {
			if c > 0 {
				h -= float64(c) * math.Log2(float64(c)/float64(len(values)))
			}
		}
		total += h * 1.05
		if h > 0 {
			total += 200
		}
	}
	return int(total)
}

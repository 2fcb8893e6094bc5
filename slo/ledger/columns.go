package ledger

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"

	"github.com/hindcast/hindcast/slo"
)

// The body of a payload holds the figures of a known number n of slots by
// columns:
//
//	states   runs of uvarint(length<<2 | state) until n slots are covered
//	mode     0…6: figures are integers times 10^-mode; 7: they are not
//
// In modes 0…6, for the c slots that are not gaps:
//
//	exceptions  uvarint(count), uvarint distances, then good and total as raw
//	            float64: slots whose figures are not such integers
//	total       integer column of c values
//	bad         integer column of c values, total − good
//
// In mode 7:
//
//	total       8 planes of c bytes: bits XOR bits of the total before
//	good        8 planes of c bytes: bits XOR bits of total
//
// An integer column is a byte predictor<<4 | form and c values, which are
// zigzag(v − prediction). Form 15 is Rice codes (rice.go), for counts of random
// events. Form 0…8 is so many planes of c bytes: first the lowest byte of each
// value, then the second lowest, and so on; that suits values that repeat. The
// planes of one column are one blob. Columns are packed each on its own, because
// one table for bytes of different meaning costs up to a byte per slot.
//
// A blob is uvarint(stored bytes<<1 | packed): bytes as they are, or a zstd
// frame that declares its size.

const (
	columnRice = 15
	modeFloat  = 7
	maxScale   = 6
	// maxExact is the largest magnitude up to which all integers are float64.
	maxExact = 1 << 53
	// exceptionShare is the share of slots, as a divisor, up to which exceptions
	// (17 bytes each) are cheaper than floats for all (about 12 bytes each).
	exceptionShare = 2
)

var scales = [maxScale + 1]float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}

var errShort = errors.New("the payload ends early")

// appendBody appends the columns of slots.
func appendBody(b []byte, slots []slo.Slot) []byte {
	b = appendStates(b, slots)
	var figures []slo.Slot
	for _, s := range slots {
		if s.State != slo.Gap {
			figures = append(figures, s)
		}
	}
	if len(figures) == 0 {
		return b
	}
	mode, exceptions := chooseMode(figures)
	b = append(b, byte(mode))
	if mode == modeFloat {
		return appendFloats(b, figures)
	}
	return appendInts(b, figures, scales[mode], exceptions)
}

func appendStates(b []byte, slots []slo.Slot) []byte {
	for i := 0; i < len(slots); {
		j := i + 1
		for j < len(slots) && slots[j].State == slots[i].State {
			j++
		}
		b = binary.AppendUvarint(b, uint64(j-i)<<2|uint64(slots[i].State))
		i = j
	}
	return b
}

// chooseMode returns the scale with the fewest exceptions, the smaller one
// where there is a choice, or modeFloat if none fits well enough.
func chooseMode(figures []slo.Slot) (mode int, exceptions []int) {
	mode = modeFloat
	limit := len(figures) / exceptionShare
	for scale, s := range scales {
		found, ok := findExceptions(figures, s, limit)
		if !ok {
			continue
		}
		mode, exceptions, limit = scale, found, len(found)-1
		if len(found) == 0 {
			break
		}
	}
	return mode, exceptions
}

// findExceptions returns the slots whose figures are not integers times 1/scale;
// ok is false if there are more than limit.
func findExceptions(figures []slo.Slot, scale float64, limit int) (found []int, ok bool) {
	for i, s := range figures {
		if isScaled(s.Good, scale) && isScaled(s.Total, scale) {
			continue
		}
		if found = append(found, i); len(found) > limit {
			return nil, false
		}
	}
	return found, true
}

// isScaled reports whether v is exactly the float64 nearest to an integer
// divided by scale.
func isScaled(v, scale float64) bool {
	n := math.Round(v * scale)
	return math.Abs(n) <= maxExact && n/scale == v && (v != 0 || !math.Signbit(v))
}

func appendInts(b []byte, figures []slo.Slot, scale float64, exceptions []int) []byte {
	b = binary.AppendUvarint(b, uint64(len(exceptions)))
	before := 0
	for _, i := range exceptions {
		b = binary.AppendUvarint(b, uint64(i-before))
		before = i
	}
	for _, i := range exceptions {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(figures[i].Good))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(figures[i].Total))
	}
	totals, bads := make([]int64, len(figures)), make([]int64, len(figures))
	for i, s := range figures {
		if len(exceptions) > 0 && exceptions[0] == i {
			exceptions = exceptions[1:]
			if i > 0 { // what costs least after most predictions
				totals[i], bads[i] = totals[i-1], bads[i-1]
			}
			continue
		}
		totals[i] = int64(math.Round(s.Total * scale))
		bads[i] = totals[i] - int64(math.Round(s.Good*scale))
	}
	return appendColumn(appendColumn(b, totals), bads)
}

// Predictors of an integer column.
const (
	predictZero   = iota // values are small: rare bad events
	predictLast          // values wander
	predictSmooth        // values scatter around something that wanders
	predictTrend         // values scatter around something that rises or falls
	predictors
)

// prediction is the state of a predictor; all arithmetic wraps, so that damaged
// input gives wrong values and not a panic.
type prediction struct {
	kind        byte
	any         bool
	mean, slope int64 // in units of 1/64; predictLast: mean is the last value
}

const meanBits = 6

func (p *prediction) next() int64 {
	switch p.kind {
	case predictLast:
		return p.mean
	case predictSmooth, predictTrend:
		return (p.mean + p.slope + 1<<(meanBits-1)) >> meanBits
	default:
		return 0
	}
}

// learn tells the predictor the value that came. The mean moves by an eighth of
// the difference: for independent values that leaves 1.03 of their scatter where
// predictLast leaves 1.41, about 0.4 bits per slot. The slope moves by a 128th
// (Holt's linear smoothing), so that the mean does not lag behind the morning.
func (p *prediction) learn(v int64) {
	switch {
	case p.kind == predictLast:
		p.mean = v
	case !p.any:
		p.mean, p.any = v<<meanBits, true
	default:
		p.mean += p.slope
		off := v<<meanBits - p.mean
		p.mean += off >> 3
		if p.kind == predictTrend {
			p.slope += off >> 7
		}
	}
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// residuals writes what the predictor leaves of values to dst and returns the
// sum of their lengths in bits.
func residuals(dst []uint64, values []int64, kind byte) (cost int) {
	p := prediction{kind: kind}
	for i, v := range values {
		dst[i] = zigzag(v - p.next())
		cost += bits.Len64(dst[i])
		p.learn(v)
	}
	return cost
}

func appendColumn(b []byte, values []int64) []byte {
	best, trial := make([]uint64, len(values)), make([]uint64, len(values))
	bestKind, bestCost := byte(0), residuals(best, values, 0)
	for kind := byte(1); kind < predictors; kind++ {
		if cost := residuals(trial, values, kind); cost < bestCost {
			best, trial, bestKind, bestCost = trial, best, kind, cost
		}
	}
	var all uint64
	for _, u := range best {
		all |= u
	}
	width := (bits.Len64(all) + 7) / 8
	if riceBits(best) < planeBits(best, width) {
		return appendRice(append(b, bestKind<<4|columnRice), best)
	}
	return appendBlob(append(b, bestKind<<4|byte(width)), planes(best, width))
}

// planes returns the lowest byte of all values, then the second lowest, ….
func planes(values []uint64, width int) []byte {
	b := make([]byte, 0, width*len(values))
	for p := range width {
		for _, u := range values {
			b = append(b, byte(u>>(8*p)))
		}
	}
	return b
}

func appendFloats(b []byte, figures []slo.Slot) []byte {
	u := make([]uint64, len(figures))
	var last uint64
	for i, s := range figures {
		t := math.Float64bits(s.Total)
		u[i], last = t^last, t
	}
	b = appendBlob(b, planes(u, 8))
	for i, s := range figures {
		u[i] = math.Float64bits(s.Good) ^ math.Float64bits(s.Total)
	}
	return appendBlob(b, planes(u, 8))
}

// reader reads a body or header; after the first error it returns zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail(errShort)
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail(errShort)
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// readBody fills slots from b.
func readBody(b []byte, slots []slo.Slot) error {
	r := &reader{b: b}
	c := r.states(slots)
	if c > 0 && r.err == nil {
		figures := make([]slo.Slot, c)
		if mode := r.byte(); mode == modeFloat {
			r.floats(figures)
		} else if mode <= maxScale {
			r.ints(figures, scales[mode])
		} else {
			r.fail(errors.New("the payload has an unknown mode"))
		}
		spread(slots, figures)
	}
	if r.err == nil && len(r.b) > 0 {
		r.fail(errors.New("the payload goes on after its end"))
	}
	return r.err
}

// states fills in the states and returns how many slots are not gaps.
func (r *reader) states(slots []slo.Slot) (c int) {
	for i := 0; i < len(slots); {
		v := r.uvarint()
		n, state := v>>2, slo.SlotState(v&3)
		if n == 0 || n > uint64(len(slots)-i) || state > slo.Estimated {
			r.fail(errors.New("the payload has states that do not fit"))
			return 0
		}
		for range n {
			slots[i].State = state
			i++
		}
		if state != slo.Gap {
			c += int(n)
		}
	}
	return c
}

// spread copies the figures to the slots that are not gaps.
func spread(slots, figures []slo.Slot) {
	for i := range slots {
		if slots[i].State != slo.Gap {
			slots[i].Good, slots[i].Total = figures[0].Good, figures[0].Total
			figures = figures[1:]
		}
	}
}

func (r *reader) ints(figures []slo.Slot, scale float64) {
	at := r.exceptions(len(figures))
	raw := r.take(16 * len(at))
	totals, bads := r.column(len(figures)), r.column(len(figures))
	if r.err != nil {
		return
	}
	for i := range figures {
		t, b := totals[i], bads[i]
		figures[i].Total, figures[i].Good = float64(t)/scale, float64(t-b)/scale
	}
	for _, i := range at {
		figures[i].Good = math.Float64frombits(binary.LittleEndian.Uint64(raw))
		figures[i].Total = math.Float64frombits(binary.LittleEndian.Uint64(raw[8:]))
		raw = raw[16:]
	}
}

// exceptions reads the places of the exceptions among c figures.
func (r *reader) exceptions(c int) []int {
	n := r.uvarint()
	if n > uint64(c) || n > uint64(len(r.b)) {
		r.fail(errors.New("the payload has too many exceptions"))
		return nil
	}
	at, before := make([]int, n), uint64(0)
	for i := range at {
		before += min(r.uvarint(), uint64(c))
		if before >= uint64(c) {
			r.fail(errors.New("the payload has an exception outside of it"))
			return nil
		}
		at[i] = int(before)
	}
	return at
}

func (r *reader) column(c int) []int64 {
	head := r.byte()
	p := prediction{kind: head >> 4}
	var u []uint64
	if head&15 == columnRice {
		u = r.rice(c)
	} else {
		u = r.planes(c, int(head&15))
	}
	if p.kind >= predictors {
		r.fail(errors.New("the payload has an unknown predictor"))
	}
	if r.err != nil {
		return nil
	}
	values := make([]int64, c)
	for i := range values {
		values[i] = p.next() + unzigzag(u[i])
		p.learn(values[i])
	}
	return values
}

func (r *reader) planes(c, width int) []uint64 {
	if width > 8 {
		r.fail(errors.New("the payload has too wide a column"))
		return nil
	}
	b := r.blob(c * width)
	if r.err != nil {
		return nil
	}
	values := make([]uint64, c)
	for p := range width {
		for i, v := range b[p*c : (p+1)*c] {
			values[i] |= uint64(v) << (8 * p)
		}
	}
	return values
}

func (r *reader) floats(figures []slo.Slot) {
	totals := r.planes(len(figures), 8)
	goods := r.planes(len(figures), 8)
	if r.err != nil {
		return
	}
	var last uint64
	for i := range figures {
		last ^= totals[i]
		figures[i].Total = math.Float64frombits(last)
		figures[i].Good = math.Float64frombits(last ^ goods[i])
	}
}

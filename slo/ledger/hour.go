package ledger

import (
	"encoding/binary"
	"math"

	"github.com/hindcast/hindcast/slo"
)

// page holds 60 slots that are being written.
type page struct {
	good, total [minutesPerHour]float64
	state       [minutesPerHour]slo.SlotState
}

func (p *page) set(i int, s slo.Slot) { p.good[i], p.total[i], p.state[i] = s.Good, s.Total, s.State }

func (p *page) slot(i int) slo.Slot {
	return slo.Slot{Good: p.good[i], Total: p.total[i], State: p.state[i]}
}

// hour holds 60 slots with their sums. It is immutable, so that readers need no
// lock while they look at it.
//
// The slots are columns in one run of bytes, each as narrow as its figures
// allow: an hour of requests takes some 200 bytes instead of 1,000, and open
// days are what fills the memory of a ledger of many streams.
//
//	total   60 integers of width bytes, or float64 if width is wide
//	bad     60 integers of badWidth bytes, total − good, or good as float64
//	state   60 bytes, if the slots have different states
type hour struct {
	sums     sums
	cells    []byte
	width    uint8
	badWidth uint8
	state    slo.SlotState // of all slots, or mixed
}

const (
	wide  = 8                   // the width of a float64
	mixed = slo.SlotState(0xfe) // states are in the cells
)

// pack returns the hour that holds what is on the page.
func (p *page) pack() *hour {
	h := &hour{state: p.state[0]}
	for _, s := range p.state {
		if s != h.state {
			h.state = mixed
		}
	}
	h.width, h.badWidth = p.widths()
	n := minutesPerHour * int(h.width+h.badWidth)
	if h.state == mixed {
		n += minutesPerHour
	}
	h.cells = make([]byte, n)
	for i := range p.state {
		h.put(i, p.slot(i))
	}
	h.sums = h.sum(0, minutesPerHour-1)
	return h
}

// widths returns the narrowest columns that give the figures back to the bit.
func (p *page) widths() (total, bad uint8) {
	var largest, worst float64
	for i, t := range p.total {
		b := t - p.good[i]
		if !isCount(t) || !isCount(b) || math.Float64bits(t-b) != math.Float64bits(p.good[i]) {
			return wide, wide
		}
		largest, worst = max(largest, t), max(worst, b)
	}
	return widthOf(largest), widthOf(worst)
}

// isCount reports whether v is an integer that fits into four bytes; −0 is none.
func isCount(v float64) bool {
	return v >= 0 && v <= math.MaxUint32 && v == math.Trunc(v) && !math.Signbit(v)
}

func widthOf(v float64) uint8 {
	switch {
	case v <= math.MaxUint8:
		return 1
	case v <= math.MaxUint16:
		return 2
	default:
		return 4
	}
}

// put writes slot i while the hour is being made.
func (h *hour) put(i int, s slo.Slot) {
	second := s.Good
	if h.badWidth != wide {
		second = s.Total - s.Good
	}
	putFigure(h.cells, i, h.width, s.Total)
	putFigure(h.cells[minutesPerHour*int(h.width):], i, h.badWidth, second)
	if h.state == mixed {
		h.cells[minutesPerHour*int(h.width+h.badWidth)+i] = byte(s.State)
	}
}

// slot returns slot i; a nil hour is all gaps.
func (h *hour) slot(i int) slo.Slot {
	if h == nil {
		return slo.Slot{}
	}
	s := slo.Slot{State: h.state}
	if h.state == mixed {
		s.State = slo.SlotState(h.cells[minutesPerHour*int(h.width+h.badWidth)+i])
	}
	s.Total = figure(h.cells, i, h.width)
	s.Good = figure(h.cells[minutesPerHour*int(h.width):], i, h.badWidth)
	if h.badWidth != wide {
		s.Good = s.Total - s.Good
	}
	return s
}

func putFigure(b []byte, i int, width uint8, v float64) {
	switch b = b[i*int(width):]; width {
	case 1:
		b[0] = byte(v)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	default:
		binary.LittleEndian.PutUint64(b, math.Float64bits(v))
	}
}

func figure(b []byte, i int, width uint8) float64 {
	switch b = b[i*int(width):]; width {
	case 1:
		return float64(b[0])
	case 2:
		return float64(binary.LittleEndian.Uint16(b))
	case 4:
		return float64(binary.LittleEndian.Uint32(b))
	default:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
}

// sum returns the sums of the slots i to j of the hour, both included.
func (h *hour) sum(i, j int) sums {
	var r sums
	r.measured, r.estimated = h.covered(i, j)
	if h.width != wide { // integers: their sum is exact, and gaps have none
		total := count(h.cells, i, j, h.width)
		bad := count(h.cells[minutesPerHour*int(h.width):], i, j, h.badWidth)
		r.good, r.total = float64(total-bad), float64(total)
		return r
	}
	var good, total accumulator
	for ; i <= j; i++ {
		if s := h.slot(i); s.State != slo.Gap {
			good.add(s.Good)
			total.add(s.Total)
		}
	}
	r.good, r.total = good.value(), total.value()
	return r
}

// covered counts the slots i to j that are measured and estimated.
func (h *hour) covered(i, j int) (measured, estimated int32) {
	n := int32(j - i + 1)
	switch h.state {
	case slo.Measured:
		return n, 0
	case slo.Estimated:
		return 0, n
	case mixed:
		for _, state := range h.cells[minutesPerHour*int(h.width+h.badWidth):][i : j+1] {
			switch slo.SlotState(state) {
			case slo.Measured:
				measured++
			case slo.Estimated:
				estimated++
			}
		}
	}
	return measured, estimated
}

// count returns the sum of the integers i to j of a column.
func count(column []byte, i, j int, width uint8) (n int64) {
	switch column = column[i*int(width) : (j+1)*int(width)]; width {
	case 1:
		for _, v := range column {
			n += int64(v)
		}
	case 2:
		for ; len(column) >= 2; column = column[2:] {
			n += int64(binary.LittleEndian.Uint16(column))
		}
	default:
		for ; len(column) >= 4; column = column[4:] {
			n += int64(binary.LittleEndian.Uint32(column))
		}
	}
	return n
}

// bytes returns about how much memory the hour takes.
func (h *hour) bytes() int64 { return 64 + int64(cap(h.cells)) }

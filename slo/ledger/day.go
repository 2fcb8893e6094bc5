package ledger

import "github.com/hindcast/hindcast/slo"

const (
	hoursPerDay    = 24
	minutesPerHour = 60
)

// unset marks slots of a draft that were not written. It is never stored and
// never leaves a draft.
const unset slo.SlotState = 0xff

// day holds the slots of one UTC day of one stream; a nil hour is 60 gaps. It
// is immutable: a write makes a new day that shares the hours it left alone.
type day struct{ hours [hoursPerDay]*hour }

// slot returns the slot of minute m of the day; a nil day is all gaps.
func (d *day) slot(m int) slo.Slot {
	if d == nil {
		return slo.Slot{}
	}
	return d.hours[m/minutesPerHour].slot(m % minutesPerHour)
}

// appendTo appends the slots from minute a to b, both included.
func (d *day) appendTo(dst []slo.Slot, a, b int) []slo.Slot {
	for m := a; m <= b; m++ {
		dst = append(dst, d.slot(m))
	}
	return dst
}

// sum returns the sums of the slots from minute a to b, both included: whole
// hours by their sums, at most two hours slot by slot.
func (d *day) sum(a, b int) sums {
	var r sums
	if d == nil {
		return r
	}
	for h := a / minutesPerHour; h <= b/minutesPerHour; h++ {
		hr := d.hours[h]
		if hr == nil {
			continue
		}
		i, j := max(a-h*minutesPerHour, 0), min(b-h*minutesPerHour, minutesPerHour-1)
		if i == 0 && j == minutesPerHour-1 {
			r = r.plus(hr.sums)
		} else {
			r = r.plus(hr.sum(i, j))
		}
	}
	return r
}

// leaf returns the sums of the whole day and its first and last covered minute.
func (d *day) leaf() leaf {
	s := d.sum(0, slo.MinutesPerDay-1)
	l := leaf{good: s.good, total: s.total, measured: uint16(s.measured), estimated: uint16(s.estimated)}
	if s.measured+s.estimated == 0 {
		return l
	}
	l.first = uint16(d.next(0, 1))
	l.last = uint16(d.next(slo.MinutesPerDay-1, -1))
	return l
}

// next returns the first covered minute from m on, in steps of 1 or -1. There
// must be one.
func (d *day) next(m, step int) int {
	for d.slot(m).State == slo.Gap {
		if h := d.hours[m/minutesPerHour]; h == nil || h.sums.measured+h.sums.estimated == 0 {
			m += step * (minutesPerHour - 1) // from edge to edge of an empty hour
		}
		m += step
	}
	return m
}

// draft is a day being written: it holds the written slots only.
type draft struct{ hours [hoursPerDay]*page }

// set writes one slot.
func (d *draft) set(m int, s slo.Slot) {
	h := d.hours[m/minutesPerHour]
	if h == nil {
		h = &page{}
		for i := range h.state {
			h.state[i] = unset
		}
		d.hours[m/minutesPerHour] = h
	}
	h.set(m%minutesPerHour, s)
}

// slot returns the slot as written, or else that of base.
func (d *draft) slot(m int, base *day) slo.Slot {
	if h := d.hours[m/minutesPerHour]; h != nil && h.state[m%minutesPerHour] != unset {
		return h.slot(m % minutesPerHour)
	}
	return base.slot(m)
}

// finish returns the day that results from writing the draft over base, which
// may be nil. The draft must not be used any more.
func (d *draft) finish(base *day) *day {
	r := &day{}
	for n, h := range d.hours {
		if h == nil {
			if base != nil {
				r.hours[n] = base.hours[n]
			}
			continue
		}
		for i := range h.state {
			if h.state[i] == unset {
				h.set(i, base.slot(n*minutesPerHour+i))
			}
		}
		r.hours[n] = h.pack()
	}
	return r
}

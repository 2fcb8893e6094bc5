package slo

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// mixMeter is the Meter of one composite: its slots are computed from those of
// its components when they are asked for. It remembers the days that it
// computed, so that the many sums behind one budget visit each minute once; it
// lives as long as one question and is not safe for concurrent use.
type mixMeter struct {
	*Composite
	parts []part
	days  map[int]*mixedDay
	now   time.Time
}

// part is where the figures of a component come from.
type part struct {
	CompositeComponent
	meter Meter
	key   StreamKey
	mask  func(Span) []Span
}

// mixedDay is a day of a composite.
type mixedDay struct {
	slots []Slot
	sum   Tally
}

// meterOf returns the meter that knows the slots of an objective.
func (e Evaluator) meterOf(o *Objective, terms Terms) Meter {
	if o.Composite == nil {
		return e.Meter
	}
	m := &mixMeter{Composite: o.Composite, days: make(map[int]*mixedDay), now: e.Now()}
	for _, c := range o.Composite.Components {
		m.parts = append(m.parts, part{
			CompositeComponent: c, meter: e.meterOf(c.Part, terms), key: StreamKey{Indicator: c.Part.Indicator.Key()},
			mask: func(span Span) []Span {
				if e.Exclusions == nil {
					return nil
				}
				return e.Exclusions.Mask(c.Of, span, terms)
			},
		})
	}
	return m
}

// Tally implements Meter.
func (m *mixMeter) Tally(ctx context.Context, _ StreamKey, span Span) (Tally, error) {
	var sum Tally
	for piece := range pieces(span, MinutesPerDay) {
		d, err := m.day(ctx, piece.From.Day())
		if err != nil {
			return Tally{}, err
		}
		if piece.Len() == MinutesPerDay {
			sum = sum.Plus(d.sum)
			continue
		}
		for _, s := range d.cut(piece) {
			sum.Add(s)
		}
	}
	return sum, nil
}

// Slots implements Meter.
func (m *mixMeter) Slots(ctx context.Context, _ StreamKey, span Span) ([]Slot, error) {
	slots := make([]Slot, 0, span.Len())
	for piece := range pieces(span, MinutesPerDay) {
		d, err := m.day(ctx, piece.From.Day())
		if err != nil {
			return nil, err
		}
		slots = append(slots, d.cut(piece)...)
	}
	return slots, nil
}

// cut returns the slots of a piece of the day.
func (d *mixedDay) cut(piece Span) []Slot {
	first := int(floorMod(int64(piece.From), MinutesPerDay))
	return d.slots[first : first+piece.Len()]
}

// floorMod returns what floorDiv leaves over.
func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// day computes a day, once.
func (m *mixMeter) day(ctx context.Context, n int) (*mixedDay, error) {
	if d := m.days[n]; d != nil {
		return d, nil
	}
	span := Span{From: Minute(n) * MinutesPerDay, To: Minute(n+1)*MinutesPerDay - 1}
	columns := make([][]Slot, len(m.parts))
	for i, p := range m.parts {
		var err error
		if columns[i], err = p.slots(ctx, span); err != nil {
			return nil, err
		}
	}
	d := &mixedDay{slots: make([]Slot, MinutesPerDay)}
	last, settled := m.Settled("")
	row := make([]Slot, len(m.parts))
	for i := range d.slots {
		if minute := span.From + Minute(i); settled && minute <= last {
			for p := range columns {
				row[p] = columns[p][i]
			}
			d.slots[i] = m.mix(row)
		}
		d.sum.Add(d.slots[i])
	}
	m.days[n] = d
	return d, nil
}

// Slot states that exist while a composite is computed only.
const (
	outside SlotState = 0x80 + iota // excluded, or from before the component: it takes no part
	asGood                          // counts as good
	asBad                           // counts as bad
)

// slots returns the component's slots, those that take no part marked.
func (p part) slots(ctx context.Context, span Span) ([]Slot, error) {
	slots, err := p.meter.Slots(ctx, p.key, span)
	if err != nil {
		return nil, err
	}
	slots = slices.Clone(slots) // a nested composite keeps its own
	extent, ok := p.meter.Extent(p.key)
	for i := range slots {
		if slots[i].State == Gap {
			slots[i].State = p.missing(ok && span.From+Minute(i) >= extent.From)
		}
	}
	for _, x := range p.mask(span) {
		for minute := x.From; minute <= x.To; minute++ {
			slots[minute-span.From] = Slot{State: outside}
		}
	}
	return slots, nil
}

// missing returns what a gap is by the component's rule.
func (p part) missing(begun bool) SlotState {
	switch {
	case p.WhenDelayed == Hold || p.WhenDelayed == Ignore:
		return Gap
	case !begun:
		return Gap // as Ignore
	case p.WhenDelayed == CountAsGood:
		return asGood
	default:
		return asBad
	}
}

// mix returns the composite's slot of one minute; row has the slots of the
// components.
func (m *mixMeter) mix(row []Slot) Slot {
	x := mixture{worst: 1}
	for i, s := range row {
		if s.State == Gap && m.parts[i].WhenDelayed == Hold {
			return Slot{}
		}
		x.add(s, m.parts[i].Weight)
	}
	return x.slot(m.Method)
}

// mixture adds up the components of one minute.
type mixture struct {
	weights, good, missing float64
	worst                  float64
	known, estimated       bool
}

func (x *mixture) add(s Slot, weight float64) {
	sli := 1.0
	switch {
	case s.State == Gap:
		return
	case s.State == outside:
		x.known = true
		return
	case s.State == asGood || s.State == asBad:
		x.estimated = true
		if s.State == asBad {
			sli = 0
		}
	case !(s.Total > 0):
		x.known, x.estimated = true, x.estimated || s.State == Estimated
		return
	default:
		x.estimated = x.estimated || s.State == Estimated
		sli = s.Good / s.Total
	}
	if x.weights == 0 {
		x.worst = sli
	}
	x.known = true
	x.weights += weight
	x.good += weight * sli
	x.missing += weight * (1 - sli)
	x.worst = min(x.worst, sli)
}

// secondsPerSlot is what a minute of a composite counts.
const secondsPerSlot = 60

// slot returns the minute.
func (x *mixture) slot(method CompositeMethod) Slot {
	if !x.known {
		return Slot{}
	}
	s := Slot{State: Measured}
	if x.estimated {
		s.State = Estimated
	}
	if x.weights == 0 {
		return s
	}
	var sli float64
	switch method {
	case WorstOf:
		sli = x.worst
	case Additive:
		sli = max(0, 1-x.missing)
	default:
		sli = x.good / x.weights
	}
	s.Good, s.Total = secondsPerSlot*sli, secondsPerSlot
	return s
}

// Extent implements Meter: where every HOLD component has figures; without any,
// where some component has.
func (m *mixMeter) Extent(StreamKey) (span Span, ok bool) {
	held := m.held()
	for _, p := range m.parts {
		extent, measured := p.meter.Extent(p.key)
		switch {
		case held && p.WhenDelayed != Hold:
		case !measured && held:
			return Span{}, false
		case !measured:
		case !ok:
			span, ok = extent, true
		case held:
			span = span.Intersect(extent)
		default:
			span = Span{From: min(span.From, extent.From), To: max(span.To, extent.To)}
		}
	}
	return span, ok && span.Len() > 0
}

// held reports whether a component makes the composite wait.
func (m *mixMeter) held() bool {
	return slices.ContainsFunc(m.parts, func(p part) bool { return p.WhenDelayed == Hold })
}

// Settled implements Meter: what every component has settled, or what those that
// are not HOLD are no longer waited for.
func (m *mixMeter) Settled(IndicatorKey) (last Minute, ok bool) {
	patience := lastFinished(m.now.Add(-cmp.Or(m.MaxDelay, DefaultMaxDelay)))
	any := false
	for i, p := range m.parts {
		settled, known := p.meter.Settled(p.key.Indicator)
		any = any || known
		if p.WhenDelayed != Hold {
			if known {
				settled = max(settled, patience)
			} else {
				settled = patience
			}
		} else if !known {
			return 0, false
		}
		if i == 0 || settled < last {
			last = settled
		}
	}
	return last, any
}

// Groups implements Meter: a composite has none.
func (m *mixMeter) Groups(IndicatorKey) []Group { return nil }

// Revisions implements Meter: those of the components.
func (m *mixMeter) Revisions(ctx context.Context, _ StreamKey, span Span, limit int) ([]Revision, error) {
	var all []Revision
	for _, p := range m.parts {
		found, err := p.meter.Revisions(ctx, p.key, span, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b Revision) int { return b.At.Compare(a.At) })
	return all[:min(limit, len(all))], nil
}

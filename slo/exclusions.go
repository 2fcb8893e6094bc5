package slo

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Exclusions holds the exclusions that there are, in force or not. The zero
// Exclusions is ready and empty; it is safe for concurrent use; what it returns
// is shared and must not be changed.
//
// What is excluded from an SLO is worked out when it is asked for first after a
// change, so that a change costs next to nothing however many SLOs there are.
type Exclusions struct {
	mu      sync.RWMutex
	set     *exclusionSet // nil before the first Replace
	version uint64
}

// exclusionSet is what one Replace put in force. It never changes, so that
// whoever holds one reckons with one set from beginning to end.
type exclusionSet struct {
	all []Exclusion // by name

	mu      sync.RWMutex
	horizon Minute           // up to which times are worked out
	times   map[string]timed // by name of the exclusion
	plans   map[*SLO]*plan
	shared  map[string]*plan // by the exclusions that it is of
}

// timed is when an exclusion takes place.
type timed struct {
	exclusion Exclusion
	spans     []Span
}

// sameTimes reports whether two exclusions take place at the same times.
func sameTimes(a, b Exclusion) bool {
	return a.Start.Equal(b.Start) && a.Length == b.Length && a.Recurrence.Rule == b.Recurrence.Rule &&
		a.Recurrence.Zone == b.Recurrence.Zone && slices.EqualFunc(a.Recurrence.Except, b.Recurrence.Except, time.Time.Equal)
}

var (
	_ Excluder = (*Exclusions)(nil)
	_ Excluder = (*exclusionSet)(nil)
)

// plan is what is excluded from one SLO.
type plan struct {
	times []Occurrence // of exclusions in force, by start and name; not cut, and they may overlap
	mask  []Span
}

// Bounds of what is worked out.
const (
	recurrenceHorizon = 400 * MinutesPerDay      // beyond what is asked for
	recurrenceEnd     = 30 * 366 * MinutesPerDay // after its start, however far somebody asks
	recurrenceReach   = 10 * 366 * MinutesPerDay // after its start, that a recurrence must be fit for
	maxPlans          = 50_000
)

// Replace puts a new set in force, all at once. Names must be unique.
func (x *Exclusions) Replace(all []Exclusion) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Exclusion) int { return strings.Compare(a.Name, b.Name) })
	x.mu.Lock()
	defer x.mu.Unlock()
	x.set = x.set.next(all)
	x.version++
}

// next returns a set of other exclusions that keeps what is worked out of those
// that stay.
func (x *exclusionSet) next(all []Exclusion) *exclusionSet {
	next := &exclusionSet{all: all, times: make(map[string]timed)}
	if x == nil {
		return next
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	next.horizon = x.horizon
	for _, e := range all {
		if known, ok := x.times[e.Name]; ok && sameTimes(known.exclusion, e) {
			next.times[e.Name] = known
		}
	}
	return next
}

// current returns the set that is in force.
func (x *Exclusions) current() *exclusionSet {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.set == nil {
		return &exclusionSet{}
	}
	return x.set
}

// All returns all exclusions by name.
func (x *Exclusions) All() []Exclusion { return x.current().all }

// ByName returns the exclusion of that name.
func (x *Exclusions) ByName(name string) (Exclusion, bool) {
	all := x.All()
	i, ok := slices.BinarySearchFunc(all, name, func(e Exclusion, name string) int { return strings.Compare(e.Name, name) })
	if !ok {
		return Exclusion{}, false
	}
	return all[i], true
}

// Version returns a number that grows with each Replace.
func (x *Exclusions) Version() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.version
}

// Occurrences implements Excluder.
func (x *Exclusions) Occurrences(s *SLO, span Span, terms Terms) []Occurrence {
	return x.current().Occurrences(s, span, terms)
}

// Mask implements Excluder.
func (x *Exclusions) Mask(s *SLO, span Span, terms Terms) []Span {
	return x.current().Mask(s, span, terms)
}

// Occurrences implements Excluder.
func (x *exclusionSet) Occurrences(s *SLO, span Span, terms Terms) []Occurrence {
	if terms.Ignore {
		return nil
	}
	var found []Occurrence
	capped := x.Mask(s, span, terms)
	for _, o := range x.plan(s, span.To).times {
		if o.Span.From > span.To {
			break
		}
		if !terms.allow(o) {
			continue
		}
		for _, run := range within(capped, o.Span) {
			found = append(found, Occurrence{Exclusion: o.Exclusion, Span: run})
		}
	}
	slices.SortStableFunc(found, func(a, b Occurrence) int { return cmp.Compare(a.Span.From, b.Span.From) })
	return found
}

// Mask implements Excluder.
func (x *exclusionSet) Mask(s *SLO, span Span, terms Terms) []Span {
	if terms.Ignore {
		return nil
	}
	p := x.plan(s, span.To)
	if len(p.mask) == 0 {
		return nil
	}
	if terms == (Terms{}) {
		return within(p.mask, span)
	}
	return within(terms.mask(p.times, span), span)
}

// within returns the parts of sorted runs that lie in span.
func within(runs []Span, span Span) []Span {
	i, _ := slices.BinarySearchFunc(runs, span.From, func(r Span, from Minute) int { return cmp.Compare(r.To, from) })
	j := i
	for j < len(runs) && runs[j].From <= span.To {
		j++
	}
	if i == j {
		return nil
	}
	if runs[i].From >= span.From && runs[j-1].To <= span.To {
		return runs[i:j:j]
	}
	cut := slices.Clone(runs[i:j])
	cut[0] = cut[0].Intersect(span)
	cut[len(cut)-1] = cut[len(cut)-1].Intersect(span)
	return cut
}

// plan returns what is excluded from an SLO, up to last at least.
func (x *exclusionSet) plan(s *SLO, last Minute) *plan {
	if len(x.all) == 0 {
		return &plan{}
	}
	x.mu.RLock()
	p, reach := x.plans[s], x.horizon
	x.mu.RUnlock()
	if p != nil && last <= reach {
		return p
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if last > x.horizon {
		x.horizon, x.times, x.plans = last+recurrenceHorizon, make(map[string]timed), nil
	}
	if x.plans == nil || len(x.plans) >= maxPlans { // SLOs that are no longer in force stay in it
		x.plans, x.shared = make(map[*SLO]*plan), make(map[string]*plan)
	}
	p = x.planOf(x.covering(s))
	x.plans[s] = p
	return p
}

// covering returns which exclusions count for an SLO, as indices.
func (x *exclusionSet) covering(s *SLO) (which []int) {
	for i := range x.all {
		if e := &x.all[i]; e.InForce() && e.Scope.Covers(s) {
			which = append(which, i)
		}
	}
	return which
}

// planOf returns the plan of some exclusions. The SLOs of a service mostly have
// one plan between them. x.mu is held.
func (x *exclusionSet) planOf(which []int) *plan {
	var key []byte
	for _, i := range which {
		key = binary.AppendUvarint(key, uint64(i))
	}
	if p, ok := x.shared[string(key)]; ok {
		return p
	}
	p := &plan{}
	for _, i := range which {
		for _, span := range x.timesOf(&x.all[i]) {
			p.times = append(p.times, Occurrence{Exclusion: &x.all[i], Span: span})
		}
	}
	slices.SortStableFunc(p.times, func(a, b Occurrence) int { return cmp.Compare(a.Span.From, b.Span.From) })
	p.mask = merge(p.times)
	x.shared[string(key)] = p
	return p
}

// timesOf returns the occurrences of an exclusion up to the horizon; x.mu is
// held.
func (x *exclusionSet) timesOf(e *Exclusion) []Span {
	if known, ok := x.times[e.Name]; ok {
		return known.spans
	}
	spans, _ := e.Times(x.horizon)
	x.times[e.Name] = timed{*e, spans}
	return spans
}

// merge returns the union of occurrences that are sorted by their starts.
func merge(times []Occurrence) []Span {
	var mask []Span
	for _, o := range times {
		if n := len(mask); n > 0 && o.Span.From <= mask[n-1].To+1 {
			mask[n-1].To = max(mask[n-1].To, o.Span.To)
			continue
		}
		mask = append(mask, o.Span)
	}
	return mask
}

// Times lists the occurrences that begin up to last, whole minutes of each; whole
// is false if there are more than anybody looks at. A recurrence ends 30 years
// after its start: somebody may ask for the year 9999, and a rule may never fit.
func (x Exclusion) Times(last Minute) (spans []Span, whole bool) {
	last = min(last, MinuteOf(x.Start)+recurrenceEnd)
	starts, whole := x.Recurrence.starts(x.Start, last.End())
	for _, at := range starts {
		if span := SpanOf(at, at.Add(x.Length)); span.Len() > 0 && span.From <= last {
			spans = append(spans, span)
		}
	}
	return spans, whole
}

// CheckTimes refuses an exclusion that recurs more often than anybody looks at,
// because it would end without a word years after it was made, and one whose rule
// never fits.
func (x Exclusion) CheckTimes() error {
	x.Recurrence.Except = nil
	reach := MinuteOf(x.Start) + recurrenceReach
	switch spans, whole := x.Times(reach); {
	case !whole:
		return fault.Invalidf("rule %q recurs more than %d times in ten years: give it a COUNT or an UNTIL that is early enough", x.Recurrence.Rule, maxOccurrences)
	case len(spans) == 1 && x.Recurrence.goesOn(reach.End()):
		return fault.Invalidf("rule %q does not recur once in ten years: leave it out for once", x.Recurrence.Rule)
	}
	return nil
}

// allow reports whether an occurrence counts under the terms, Most aside.
func (t Terms) allow(o Occurrence) bool {
	if t.Kinds != "" && !slices.Contains(strings.Split(t.Kinds, ","), string(o.Exclusion.Kind)) {
		return false
	}
	made := o.Exclusion.CreatedAt
	return t.Notice == 0 || !made.IsZero() && o.Span.Start().Sub(made) >= t.Notice
}

// mask returns what the terms let be excluded in span, and maybe more around it.
func (t Terms) mask(times []Occurrence, span Span) []Span {
	allowed := slices.DeleteFunc(slices.Clone(times), func(o Occurrence) bool { return !t.allow(o) })
	mask := merge(allowed)
	if t.Most == 0 || t.Per.IsZero() {
		return mask
	}
	var capped []Span
	for to := span.From; to <= span.To; {
		period := SpanOf(t.Per.Period(to.End()))
		left := Minute(t.Most / time.Minute)
		for _, run := range within(mask, period) {
			if run.To = min(run.To, run.From+left-1); run.Len() == 0 {
				break
			}
			capped = append(capped, run)
			left -= Minute(run.Len())
		}
		to = period.To + 1
	}
	return capped
}

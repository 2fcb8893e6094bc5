package slo

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Exclusions holds the exclusions that there are, in force or not. The zero
// Exclusions is ready and empty; it is safe for concurrent use; what it returns
// is shared and must not be changed.
//
// What is excluded from an SLO is worked out when it is asked for first after a
// change, so that a change costs next to nothing however many SLOs there are.
type Exclusions struct {
	mu      sync.RWMutex
	all     []Exclusion // by name
	version uint64

	horizon Minute           // up to which times are worked out
	times   map[string]timed // by name of the exclusion
	plans   map[*SLO]*plan
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

var _ Excluder = (*Exclusions)(nil)

// plan is what is excluded from one SLO.
type plan struct {
	times []Occurrence // of exclusions in force, by start and name; not cut, and they may overlap
	mask  []Span
}

// Bounds of what is worked out.
const (
	recurrenceHorizon = 400 * MinutesPerDay // beyond what is asked for
	maxPlans          = 50_000
)

// Replace puts a new set in force, all at once. Names must be unique.
func (x *Exclusions) Replace(all []Exclusion) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Exclusion) int { return strings.Compare(a.Name, b.Name) })
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all, x.plans = all, nil
	maps.DeleteFunc(x.times, func(name string, _ timed) bool {
		_, kept := byName(all, name)
		return !kept
	})
	x.version++
}

// All returns all exclusions by name.
func (x *Exclusions) All() []Exclusion {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.all
}

// ByName returns the exclusion of that name.
func (x *Exclusions) ByName(name string) (Exclusion, bool) {
	return byName(x.All(), name)
}

func byName(all []Exclusion, name string) (Exclusion, bool) {
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
func (x *Exclusions) Mask(s *SLO, span Span, terms Terms) []Span {
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
func (x *Exclusions) plan(s *SLO, last Minute) *plan {
	x.mu.RLock()
	p, reach := x.plans[s], x.horizon
	none := len(x.all) == 0
	x.mu.RUnlock()
	switch {
	case none:
		return &plan{}
	case p != nil && last <= reach:
		return p
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if last > x.horizon {
		x.horizon, x.times, x.plans = last+recurrenceHorizon, nil, nil
	}
	if x.plans == nil || len(x.plans) >= maxPlans { // SLOs that are no longer in force stay in it
		x.plans = make(map[*SLO]*plan)
	}
	p = &plan{}
	for i := range x.all {
		if e := &x.all[i]; e.InForce() && e.Scope.Covers(s) {
			for _, span := range x.timesOf(e) {
				p.times = append(p.times, Occurrence{Exclusion: e, Span: span})
			}
		}
	}
	slices.SortStableFunc(p.times, func(a, b Occurrence) int { return cmp.Compare(a.Span.From, b.Span.From) })
	p.mask = merge(p.times)
	x.plans[s] = p
	return p
}

// timesOf returns the occurrences of an exclusion up to the horizon; x.mu is
// held.
func (x *Exclusions) timesOf(e *Exclusion) []Span {
	if known, ok := x.times[e.Name]; ok && sameTimes(known.exclusion, *e) {
		return known.spans
	}
	spans, _ := e.Times(x.horizon)
	if x.times == nil {
		x.times = make(map[string]timed)
	}
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
// is false if there are more than anybody looks at.
func (x Exclusion) Times(last Minute) (spans []Span, whole bool) {
	starts, whole := x.Recurrence.starts(x.Start, last.End())
	for _, at := range starts {
		if span := SpanOf(at, at.Add(x.Length)); span.Len() > 0 && span.From <= last {
			spans = append(spans, span)
		}
	}
	return spans, whole
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

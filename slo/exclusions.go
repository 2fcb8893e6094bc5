package slo

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Exclusions holds the exclusions that there are, in force or not. The zero
// Exclusions is ready and empty; it is safe for concurrent use; what it returns
// is shared and must not be changed.
type Exclusions struct {
	mu      sync.RWMutex
	all     []Exclusion // by name
	version uint64
}

var _ Excluder = (*Exclusions)(nil)

// Replace puts a new set in force, all at once. Names must be unique.
func (x *Exclusions) Replace(all []Exclusion) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Exclusion) int { return strings.Compare(a.Name, b.Name) })
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = all
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
	if terms.Ignore {
		return nil
	}
	var found []Occurrence
	all := x.All()
	for i := range all {
		e := &all[i]
		if !e.InForce() || !e.Scope.Covers(s) {
			continue
		}
		if cut := SpanOf(e.Start, e.Start.Add(e.Length)).Intersect(span); cut.Len() > 0 {
			found = append(found, Occurrence{Exclusion: e, Span: cut})
		}
	}
	slices.SortFunc(found, func(a, b Occurrence) int {
		return cmp.Or(cmp.Compare(a.Span.From, b.Span.From), strings.Compare(a.Exclusion.Name, b.Exclusion.Name))
	})
	return found
}

// Mask implements Excluder.
func (x *Exclusions) Mask(s *SLO, span Span, terms Terms) []Span {
	var mask []Span
	for _, o := range x.Occurrences(s, span, terms) {
		if n := len(mask); n > 0 && o.Span.From <= mask[n-1].To+1 {
			mask[n-1].To = max(mask[n-1].To, o.Span.To)
			continue
		}
		mask = append(mask, o.Span)
	}
	return mask
}

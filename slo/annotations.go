package slo

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Annotations holds what happened. Now is set before the first use; it is safe
// for concurrent use; what it returns is shared and must not be changed.
type Annotations struct {
	Now func() time.Time

	mu      sync.RWMutex
	all     []Annotation // by start and name
	version uint64
}

var _ Annotator = (*Annotations)(nil)

// Replace puts a new set in place, all at once. Names must be unique.
func (a *Annotations) Replace(all []Annotation) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(x, y Annotation) int {
		if c := x.From.Compare(y.From); c != 0 {
			return c
		}
		return strings.Compare(x.Name, y.Name)
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = all
	a.version++
}

// All returns all annotations by start and name.
func (a *Annotations) All() []Annotation {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.all
}

// Version returns a number that grows with each Replace.
func (a *Annotations) Version() uint64 {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.version
}

// Annotated implements Annotator.
func (a *Annotations) Annotated(s *SLO, span Span) []Annotation {
	now := a.Now()
	var found []Annotation
	for _, x := range a.All() {
		if x.Scope.Covers(s) && x.Span(now).Intersect(span).Len() > 0 {
			found = append(found, x)
		}
	}
	return found
}

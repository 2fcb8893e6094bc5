package slo

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Problem is one error in a specification.
type Problem struct {
	File         string
	Line, Column int // 1-based; 0 where there is no position
	Text         string
}

// String returns the problem as compilers write them: file:line:col: message.
func (p Problem) String() string {
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column) + ": " + p.Text
}

// Registry holds the objectives in force. It is safe for concurrent use; what
// it returns is shared and must not be changed.
type Registry struct {
	mu       sync.RWMutex
	slos     []*SLO
	byName   map[string]*SLO
	problems []Problem
	watchers map[chan struct{}]struct{}
}

// Replace puts a new set of objectives in force, all at once, and tells those
// who watch. Names must be unique; specifications are refused before they get
// here otherwise.
func (r *Registry) Replace(slos []*SLO, problems []Problem) {
	slos = slices.Clone(slos)
	slices.SortFunc(slos, func(a, b *SLO) int {
		return cmp.Or(strings.Compare(a.Service, b.Service), strings.Compare(a.Name, b.Name))
	})
	byName := make(map[string]*SLO, len(slos))
	for _, s := range slos {
		byName[s.Name] = s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slos, r.byName, r.problems = slos, byName, slices.Clone(problems)
	for w := range r.watchers {
		select {
		case w <- struct{}{}:
		default: // a change is already waiting to be seen
		}
	}
}

// All returns the objectives ordered by service and name.
func (r *Registry) All() []*SLO {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.slos
}

// ByName returns the objective of that name, nil if there is none.
func (r *Registry) ByName(name string) *SLO {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byName[name]
}

// Problems returns the errors of the specifications as last read.
func (r *Registry) Problems() []Problem {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.problems
}

// Watch returns a channel that receives after each Replace, and a function
// that ends it. Several changes in a row may arrive as one.
func (r *Registry) Watch() (changed <-chan struct{}, stop func()) {
	w := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchers == nil {
		r.watchers = make(map[chan struct{}]struct{})
	}
	r.watchers[w] = struct{}{}
	return w, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, w)
	}
}

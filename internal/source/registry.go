package source

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/mixed"
)

// Kind is a place where definitions are written.
type Kind uint8

// The places. Of two definitions of one name the one of the earlier place is in
// force: whoever configures the server decides, and a document that arrives
// later does not redirect what somebody connected in the page.
const (
	Embedded Kind = iota
	Config
	Page
	Document
)

// Origin is where a definition is written.
type Origin struct {
	Kind Kind
	slo.Origin
}

// String names the place for people.
func (o Origin) String() string {
	switch {
	case o.Kind == Embedded:
		return "inside Hindcast"
	case o.Kind == Page:
		return "the page"
	case o.Line == 0:
		return o.File
	default:
		return fmt.Sprintf("%s:%d", o.File, o.Line)
	}
}

// Entry is a definition and where it is written.
type Entry struct {
	Definition Definition
	Origin     Origin
}

// Registry holds the sources in force. Make one with NewRegistry; it is safe for
// concurrent use.
type Registry struct {
	opener   Opener
	embedded slo.Source

	mu       sync.Mutex
	written  map[Kind][]Entry
	entries  map[string]Entry // in force
	handles  map[string]*handle
	problems []slo.Problem
}

// NewRegistry returns a registry that has nothing but the embedded source.
func NewRegistry(embedded slo.Source, o Opener) *Registry {
	return &Registry{opener: o, embedded: embedded, written: map[Kind][]Entry{}, handles: map[string]*handle{}}
}

// Replace puts the valid definitions of one place in force, instead of those that
// it had.
func (r *Registry) Replace(kind Kind, entries []Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written[kind] = slices.Clone(entries)
	first := map[string]Entry{}
	r.problems = nil
	for _, kind := range []Kind{Config, Page, Document} {
		for _, e := range r.written[kind] {
			if had, ok := first[e.Definition.Name]; ok {
				r.problems = append(r.problems, collision(e, had))
				continue
			}
			first[e.Definition.Name] = e
		}
	}
	r.settle(first)
}

// Problems lists the definitions whose name an earlier place has already; they
// are not in force.
func (r *Registry) Problems() []slo.Problem {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.problems)
}

func collision(e, had Entry) slo.Problem {
	file, line := e.Origin.File, e.Origin.Line
	if file == "" {
		file = e.Origin.String()
	}
	return slo.Problem{File: file, Line: line, Column: min(1, line), Text: fmt.Sprintf("source %q is defined in two places, in %s and in %s: the latter is in force, rename or remove one", e.Definition.Name, e.Origin, had.Origin)}
}

// settle makes the handles those of the entries: what did not change stays open.
func (r *Registry) settle(entries map[string]Entry) {
	r.entries = entries
	for name, h := range r.handles {
		e, ok := entries[name]
		if ok && e.Definition.Equal(h.entry.Definition) && e.Origin.Kind == h.entry.Origin.Kind {
			continue
		}
		h.close()
		delete(r.handles, name)
	}
	for name, e := range entries {
		if r.handles[name] == nil {
			r.handles[name] = &handle{entry: e, opener: r.opener}
		}
	}
}

// Entries lists the sources in force by name, without the embedded one.
func (r *Registry) Entries() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.entries), func(a, b Entry) int { return cmp.Compare(a.Definition.Name, b.Definition.Name) })
}

// Entry returns the source in force of that name; ok is false if there is none.
func (r *Registry) Entry(name string) (e Entry, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok = r.entries[name]
	return e, ok
}

// Source returns the source of that name, nil if there is none. "" is the
// embedded one; the names of two are both, for indicators that measure on two.
func (r *Registry) Source(name string) slo.Source {
	if names := Split(name); len(names) == 2 {
		part, total := r.Source(names[0]), r.Source(names[1])
		if part == nil || total == nil {
			return nil
		}
		return mixed.Source{Part: part, Total: total}
	}
	if name == "" || name == EmbeddedName {
		return r.embedded
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if h, ok := r.handles[name]; ok {
		return h
	}
	return nil
}

// Cost returns what a source has cost since its definition last changed.
func (r *Registry) Cost(name string) outbound.Cost {
	r.mu.Lock()
	h := r.handles[name]
	r.mu.Unlock()
	if h == nil {
		return outbound.Cost{}
	}
	return h.cost()
}

// Probe asks a source in force who it is.
func (r *Registry) Probe(ctx context.Context, name string) (slo.Probe, error) {
	src := r.Source(name)
	if src == nil {
		return slo.Probe{}, r.Missing(name)
	}
	return probe(ctx, cmp.Or(name, EmbeddedName), src)
}

// Missing says that there is no source of that name, and which there are.
func (r *Registry) Missing(name string) error {
	var known []string
	for _, e := range r.Entries() {
		known = append(known, e.Definition.Name)
	}
	if len(known) == 0 {
		return fault.NotFoundf("there is no source %q, and no other; define it in hindcast.yaml", name)
	}
	return fault.NotFoundf("there is no source %q; there are %s", name, strings.Join(known, ", "))
}

// Close closes every source.
func (r *Registry) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle(nil)
	return nil
}

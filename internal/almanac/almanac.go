package almanac

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// The kinds of objects in the store and in the audit.
const (
	KindExclusion  = "Exclusion"
	KindAnnotation = "Annotation"
)

// Store keeps objects together with who changed them. store.Store implements it.
type Store interface {
	ReplaceObject(ctx context.Context, was []byte, o store.Object, c store.Change) error
	DropObject(ctx context.Context, kind, name string, c store.Change) error
	Objects(ctx context.Context, kind string) ([]store.Object, error)
	Audit(ctx context.Context, kind, name string, before, limit int64) ([]store.Change, error)
}

// Options are what an Almanac needs. All are needed.
type Options struct {
	Store Store
	Now   func() time.Time
	// Exclusions and Annotations are filled with what there is.
	Exclusions  *slo.Exclusions
	Annotations *slo.Annotations
	// Known refuses a scope that names what does not exist.
	Known func(slo.Scope) error
	// Changed is told whom changes are about, after they are in force.
	Changed func([]slo.Scope)
}

// Almanac holds exclusions and annotations. Make one with New; it is safe for
// concurrent use.
type Almanac struct {
	Options

	mu          sync.Mutex // held over a change as a whole: what it is judged by has to stay
	seen        int64      // number of the newest change that was loaded
	exclusions  shelf[slo.Exclusion]
	annotations shelf[slo.Annotation]
	broken      []slo.Problem // of the store

	problems struct {
		sync.Mutex
		all []slo.Problem
	}
}

// shelf is what there is of one kind.
type shelf[T any] struct {
	files    []T
	page     map[string]kept[T] // by name
	problems []slo.Problem      // of files, see all
}

// kept is a thing and the definition that it was read from.
type kept[T any] struct {
	value T
	text  []byte
}

// New returns an almanac with nothing in it; Load fills it.
func New(o Options) *Almanac { return &Almanac{Options: o} }

// Load takes in what the store has.
func (a *Almanac) Load(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	newest, err := a.newest(ctx) // before the rows: what is changed between the two is loaded again
	if err != nil {
		return err
	}
	return a.load(ctx, newest)
}

// Follow takes in what others changed since the last load, and costs one row if
// there is nothing.
func (a *Almanac) Follow(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	newest, err := a.newest(ctx)
	if err != nil || newest == a.seen {
		return err
	}
	return a.load(ctx, newest)
}

// newest returns the number of the newest change.
func (a *Almanac) newest(ctx context.Context) (int64, error) {
	last, err := a.Store.Audit(ctx, "", "", math.MaxInt64, 1)
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].ID, nil
}

func (a *Almanac) load(ctx context.Context, newest int64) error {
	exclusions, err := a.Store.Objects(ctx, KindExclusion)
	if err != nil {
		return err
	}
	annotations, err := a.Store.Objects(ctx, KindAnnotation)
	if err != nil {
		return err
	}
	a.broken = nil
	a.exclusions.page = read(a, exclusions, a.exclusions.page, parseExclusion)
	a.annotations.page = read(a, annotations, a.annotations.page, parseAnnotation)
	a.seen = newest
	a.publish()
	return nil
}

// read understands rows, of which most are as they were. One that a newer or a
// damaged store holds is told and left alone.
func read[T any](a *Almanac, rows []store.Object, had map[string]kept[T], parse func(name string, text []byte) (T, error)) map[string]kept[T] {
	page := make(map[string]kept[T], len(rows))
	for _, row := range rows {
		if was, ok := had[row.Name]; ok && bytes.Equal(was.text, row.Definition) {
			page[row.Name] = was
			continue
		}
		v, err := parse(row.Name, row.Definition)
		if err != nil {
			a.broken = append(a.broken, slo.Problem{File: "the page", Text: fmt.Sprintf("%s %q cannot be read and is not in force: %v", row.Kind, row.Name, err)})
			continue
		}
		page[row.Name] = kept[T]{v, row.Definition}
	}
	return page
}

// Files puts what files define in the place of what they defined before.
func (a *Almanac) Files(exclusions []slo.Exclusion, annotations []slo.Annotation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.exclusions.files, a.annotations.files = exclusions, annotations
	a.publish()
}

// Problems lists the rows that cannot be read, and the files that define a name
// which the page has.
func (a *Almanac) Problems() []slo.Problem {
	a.problems.Lock()
	defer a.problems.Unlock()
	return slices.Clone(a.problems.all)
}

// publish puts what there is in force and tells whom it is about. a.mu is held.
func (a *Almanac) publish() {
	before, happened := a.Exclusions.All(), a.Annotations.All()
	exclusions, annotations := a.exclusions.all(KindExclusion, exclusionKey), a.annotations.all(KindAnnotation, annotationKey)
	a.noteProblems()
	scopes := moved(before, exclusions, sameExclusion, func(x slo.Exclusion) (string, slo.Scope) { return x.Name, x.Scope })
	if len(scopes) > 0 {
		a.Exclusions.Replace(exclusions)
	}
	said := moved(happened, annotations, sameAnnotation, func(x slo.Annotation) (string, slo.Scope) { return x.Name, x.Scope })
	if len(said) > 0 {
		a.Annotations.Replace(annotations)
	}
	if scopes = append(scopes, said...); len(scopes) > 0 {
		a.Changed(scopes)
	}
}

// publishExclusion does the same after one exclusion changed, which was and is
// about the scopes.
func (a *Almanac) publishExclusion(scopes ...slo.Scope) {
	a.Exclusions.Replace(a.exclusions.all(KindExclusion, exclusionKey))
	a.noteProblems()
	a.Changed(scopes)
}

// publishAnnotation does the same after one annotation changed.
func (a *Almanac) publishAnnotation(scopes ...slo.Scope) {
	a.Annotations.Replace(a.annotations.all(KindAnnotation, annotationKey))
	a.noteProblems()
	a.Changed(scopes)
}

func exclusionKey(x slo.Exclusion) (string, slo.Origin)   { return x.Name, x.Origin }
func annotationKey(x slo.Annotation) (string, slo.Origin) { return x.Name, x.Origin }

func (a *Almanac) noteProblems() {
	a.problems.Lock()
	defer a.problems.Unlock()
	a.problems.all = slices.Concat(a.broken, a.exclusions.problems, a.annotations.problems)
}

// all returns what is in place, in any order, the page's before that of files:
// what somebody made there is not redirected by a document that arrives later.
func (s *shelf[T]) all(kind string, of func(T) (string, slo.Origin)) []T {
	all := make([]T, 0, len(s.files)+len(s.page))
	s.problems = nil
	for _, v := range s.files {
		name, origin := of(v)
		if _, taken := s.page[name]; taken {
			s.problems = append(s.problems, slo.Problem{
				File: origin.File, Line: origin.Line, Column: 1,
				Text: fmt.Sprintf("%s %q was made in the page, and that one stays in force: rename or remove one", kind, name),
			})
			continue
		}
		all = append(all, v)
	}
	for _, k := range s.page {
		all = append(all, k.value)
	}
	return all
}

// moved returns the scopes of what is in one list only, or differs.
func moved[T any](before, after []T, same func(x, y T) bool, of func(T) (string, slo.Scope)) (scopes []slo.Scope) {
	was := make(map[string]T, len(before))
	for _, v := range before {
		name, _ := of(v)
		was[name] = v
	}
	for _, v := range after {
		name, scope := of(v)
		had, ok := was[name]
		delete(was, name)
		if ok && same(had, v) {
			continue
		}
		scopes = append(scopes, scope)
		if ok {
			_, old := of(had)
			scopes = append(scopes, old)
		}
	}
	for _, v := range was {
		_, scope := of(v)
		scopes = append(scopes, scope)
	}
	return scopes
}

// sameExclusion reports whether two exclusions say the same. There are many, and
// they are compared at each change.
func sameExclusion(x, y slo.Exclusion) bool {
	return x.Name == y.Name && x.Title == y.Title && x.Reason == y.Reason && x.Author == y.Author && x.Origin == y.Origin &&
		x.CreatedAt.Equal(y.CreatedAt) && x.Approval.State == y.Approval.State && x.Approval.By == y.Approval.By &&
		x.Approval.Note == y.Approval.Note && x.Approval.At.Equal(y.Approval.At) && sameExtent(x, y)
}

// sameAnnotation does the same for annotations.
func sameAnnotation(x, y slo.Annotation) bool {
	return x.Name == y.Name && x.Kind == y.Kind && x.Title == y.Title && x.URL == y.URL && x.Author == y.Author && x.Origin == y.Origin &&
		x.From.Equal(y.From) && x.To.Equal(y.To) && x.CreatedAt.Equal(y.CreatedAt) && x.Scope.Equal(y.Scope) && maps.Equal(x.Labels, y.Labels)
}

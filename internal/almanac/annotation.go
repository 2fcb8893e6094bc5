package almanac

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// AnnotationDraft is an annotation that somebody asks for.
type AnnotationDraft struct {
	Change     bool // the annotation of that name, instead of a new one
	Name       string
	Etag       string // as that of an exclusion
	Kind       slo.AnnotationKind
	Title, URL string
	Scope      slo.Scope
	From, To   time.Time // To zero: it goes on
	Labels     map[string]string
	By         string
}

// SaveAnnotation makes or changes an annotation.
func (a *Almanac) SaveAnnotation(ctx context.Context, d AnnotationDraft) (slo.Annotation, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var was kept[slo.Annotation]
	var err error
	if d.Change {
		if was, err = a.pageAnnotation(d.Name); err != nil {
			return was.value, err
		}
		if err = store.CheckEtag(KindAnnotation, d.Name, d.Etag, annotationJSON(was.value)); err != nil {
			return was.value, err
		}
	}
	if err := a.checkAnnotation(d, was.value); err != nil {
		return slo.Annotation{}, err
	}
	if d.Name, err = a.nameAnnotation(d); err != nil {
		return slo.Annotation{}, fault.At("name", err)
	}
	x := d.annotation()
	x.CreatedAt, x.Author = a.instant(), strings.TrimSpace(d.By)
	if d.Change {
		x.CreatedAt, x.Author = was.value.CreatedAt, was.value.Author
	}
	return x, a.keepAnnotation(ctx, was, x, d.By)
}

// UpsertAnnotation makes the annotation of that name or what update makes of the
// one there is; created says which. Nothing is written if nothing changes. Unlike
// a person, a machine may name services that have no objectives.
func (a *Almanac) UpsertAnnotation(ctx context.Context, name string, update func(was slo.Annotation) (slo.Annotation, error)) (x slo.Annotation, created bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	was, ok := a.annotations.page[name]
	if !ok && slices.ContainsFunc(a.annotations.files, func(x slo.Annotation) bool { return x.Name == name }) {
		return x, false, fault.Conflictf("annotation %q is defined in a file: change it there", name)
	}
	if x, err = update(was.value); err != nil {
		return x, false, err
	}
	x.Name, x.Scope, x.CreatedAt = name, tidy(x.Scope), a.instant()
	if ok {
		x.CreatedAt = was.value.CreatedAt
	} else if err := a.roomForAnnotation(); err != nil {
		return x, false, err
	}
	for _, err := range []error{need("author", x.Author, whoActs), x.Scope.Check(), checkInterval(x.From, x.To), fault.At("url", checkLink(x.URL))} {
		if err != nil {
			return x, false, err
		}
	}
	if ok && sameAnnotation(was.value, x) {
		return x, false, nil
	}
	return x, !ok, a.keepAnnotation(ctx, was, x, x.Author)
}

// DeleteAnnotation removes an annotation that was not made by a file.
func (a *Almanac) DeleteAnnotation(ctx context.Context, name, by string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	was, err := a.pageAnnotation(name)
	if err != nil {
		return err
	}
	if err := need("by", by, whoActs); err != nil {
		return err
	}
	if err := a.Store.DropObject(ctx, KindAnnotation, name, a.change(by, "DELETED", KindAnnotation, name, annotationWords(slo.Annotation{}, was.value))); err != nil {
		return err
	}
	delete(a.annotations.page, name)
	a.publishAnnotation(was.value.Scope)
	return nil
}

// keepAnnotation writes an annotation and puts it in place. a.mu is held.
func (a *Almanac) keepAnnotation(ctx context.Context, was kept[slo.Annotation], x slo.Annotation, by string) error {
	action := "CREATED"
	if was.text != nil {
		action = "CHANGED"
	}
	text, c := annotationJSON(x), a.change(by, action, KindAnnotation, x.Name, annotationWords(was.value, x))
	o := store.Object{Kind: KindAnnotation, Name: x.Name, Definition: text, SavedAt: c.At, SavedBy: c.Actor}
	if err := a.Store.ReplaceObject(ctx, was.text, o, c); err != nil {
		return err
	}
	if a.annotations.page == nil {
		a.annotations.page = map[string]kept[slo.Annotation]{}
	}
	a.annotations.page[x.Name] = kept[slo.Annotation]{x, text}
	a.publishAnnotation(scopesOf(was.text != nil, was.value.Scope, x.Scope)...)
	return nil
}

func (a *Almanac) pageAnnotation(name string) (kept[slo.Annotation], error) {
	was, ok := a.annotations.page[name]
	if ok {
		return was, nil
	}
	if i := slices.IndexFunc(a.annotations.files, func(x slo.Annotation) bool { return x.Name == name }); i >= 0 {
		at := a.annotations.files[i].Origin
		return was, fault.Conflictf("annotation %q is defined in %s:%d: change it there", name, at.File, at.Line)
	}
	return was, fault.NotFoundf("there is no annotation %q", name)
}

func (a *Almanac) nameAnnotation(d AnnotationDraft) (string, error) {
	if d.Change {
		return d.Name, nil
	}
	if err := a.roomForAnnotation(); err != nil {
		return "", err
	}
	taken := func(name string) bool {
		_, ok := a.annotations.page[name]
		return ok || slices.ContainsFunc(a.annotations.files, func(x slo.Annotation) bool { return x.Name == name })
	}
	name, err := nameFor(d.Name, d.Title, "annotation", taken)
	if err == nil && taken(name) {
		err = fault.Conflictf("annotation %q is there already: choose another name", name)
	}
	return name, err
}

func (a *Almanac) roomForAnnotation() error {
	if n := len(a.annotations.page); n >= maxAnnotations {
		return fault.Conflictf("there are %d annotations already: delete what is over", n)
	}
	return nil
}

// annotation returns what a draft says.
func (d AnnotationDraft) annotation() slo.Annotation {
	a := slo.Annotation{
		Name: d.Name, Kind: d.Kind, Title: strings.TrimSpace(d.Title), URL: d.URL, Scope: tidy(d.Scope), From: d.From.UTC(), Labels: maps.Clone(d.Labels),
	}
	if !d.To.IsZero() {
		a.To = d.To.UTC()
	}
	return a
}

func (a *Almanac) checkAnnotation(d AnnotationDraft, was slo.Annotation) error {
	interval := fault.At("from", slo.CheckInstant(d.From))
	if interval == nil {
		interval = fault.At("to", checkInterval(d.From, d.To))
	}
	for _, err := range []error{
		need("title", d.Title, "say in a few words what happened"), need("by", d.By, whoActs), fault.At("kind", checkKind(d.Kind, slo.AnnotationKinds)),
		fault.At("scope", a.checkScope(tidy(d.Scope), was.Scope)), interval, fault.At("url", checkLink(d.URL)),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

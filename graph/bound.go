package graph

import (
	"fmt"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// text is one text of an input.
type text struct {
	field, text string
	max         int
}

// boundTexts refuses texts of one line that are too long to be meant, and what
// would not be shown as it is written: see slo.CheckLine.
func boundTexts(texts ...text) error { return bound(slo.CheckLine, texts) }

// boundProse refuses texts of several lines by the same bounds.
func boundProse(texts ...text) error { return bound(slo.CheckText, texts) }

func bound(check func(string) error, texts []text) error {
	for _, t := range texts {
		if len(t.text) > t.max {
			return fault.At(t.field, fault.Invalidf("%s has %d bytes, write at most %d", t.field, len(t.text), t.max))
		}
		if err := check(t.text); err != nil {
			return fault.At(t.field, fault.Invalidf("%s %w", t.field, err))
		}
	}
	return nil
}

// boundID refuses an id that belongs to another name.
func boundID(kind string, id *string, name string) error {
	if id == nil {
		return nil
	}
	if was, err := nameOf(kind, *id); err != nil {
		return fault.At("id", err)
	} else if was != name {
		return fault.At("name", fault.Invalidf("%.63q keeps its name because others refer to it; make %.63q as a new one", was, name))
	}
	return nil
}

// boundScope refuses scopes with more entries than anybody reads.
func boundScope(in model.ScopeInput) error {
	for field, n := range map[string]int{"scope.slos": len(in.Slos), "scope.services": len(in.Services)} {
		if n > maxScope {
			return fault.At(field, fault.Invalidf("%d entries are too many, write at most %d", n, maxScope))
		}
	}
	return firstOf(boundEach("scope.slos", in.Slos), boundEach("scope.services", in.Services), boundLabels("scope.labels", in.Labels))
}

// boundEach bounds names of objects.
func boundEach(field string, names []string) error {
	for _, name := range names {
		if err := boundTexts(text{field, name, maxName}); err != nil {
			return err
		}
	}
	return nil
}

// boundLabels refuses labels that would not be shown as they are written; the
// scalar has bounded how many there are and how long.
func boundLabels(field string, labels map[string]string) error {
	for name, value := range labels {
		if err := firstOf(slo.CheckLine(name), slo.CheckLine(value)); err != nil {
			return fault.At(field, fault.Invalidf("%s %w", field, err))
		}
	}
	return nil
}

// firstOf returns the first error, nil if there is none.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// given returns what a pointer leads to, the zero value for none.
func given[T any](v *T) T {
	if v == nil {
		var none T
		return none
	}
	return *v
}

// some returns a length, nil for none.
func some(d time.Duration) *time.Duration {
	if d == 0 {
		return nil
	}
	return &d
}

// deref returns a text that may be absent.
func deref(s *string) string { return given(s) }

// newestFirst writes an instant so that texts compare the other way round.
func newestFirst(t time.Time) string { return fmt.Sprintf("%019d", 1<<62-t.UnixMilli()) }

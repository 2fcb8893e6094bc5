package graph

import (
	"fmt"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
)

// text is one text of an input.
type text struct {
	field, text string
	max         int
}

// boundTexts refuses texts that are too long to be meant.
func boundTexts(texts ...text) error {
	for _, t := range texts {
		if len(t.text) > t.max {
			return fault.At(t.field, fault.Invalidf("%s has %d bytes, write at most %d", t.field, len(t.text), t.max))
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
	for field, n := range map[string]int{"scope.slos": len(in.Slos), "scope.services": len(in.Services), "scope.labels": len(in.Labels)} {
		if n > maxScope {
			return fault.At(field, fault.Invalidf("%d entries are too many, write at most %d", n, maxScope))
		}
	}
	for i, name := range append(append([]string(nil), in.Slos...), in.Services...) {
		if len(name) > maxName {
			return fault.At("scope", fault.Invalidf("entry %d has %d bytes, a name has at most %d", i+1, len(name), maxName))
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

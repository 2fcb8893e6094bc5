package server

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo/openslo"
)

// object names a document.
type object struct{ kind, name string }

func byObject(documents []openslo.Document) map[object]openslo.Document {
	all := make(map[object]openslo.Document, len(documents))
	for _, d := range documents {
		all[object{d.Kind, d.Metadata.Name}] = d
	}
	return all
}

// changesOf compares the documents of a file as they are and as they would be, by
// kind and name.
func changesOf(before, after []openslo.Document) ([]model.ImportChange, error) {
	was, is := byObject(before), byObject(after)
	names := maps.Clone(was)
	maps.Copy(names, is)
	var all []model.ImportChange
	for _, o := range slices.SortedFunc(maps.Keys(names), func(a, b object) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.name, b.name))
	}) {
		change := model.ImportChange{Kind: o.kind, Name: o.name}
		old, had := was[o]
		now, has := is[o]
		switch {
		case !had:
			change.Change = model.ChangeKindAdded
		case !has:
			change.Change = model.ChangeKindRemoved
		default:
			fields, err := fieldsOf(old, now)
			if err != nil {
				return nil, err
			}
			change.Change, change.Fields = model.ChangeKindUnchanged, fields
			if len(fields) > 0 {
				change.Change = model.ChangeKindChanged
			}
		}
		if err := provenance(&change, old, now); err != nil {
			return nil, err
		}
		all = append(all, change)
	}
	return all, nil
}

// provenance says what an object is made of, whether it was edited since it was
// imported, and whether what it is made of changed since; the latter is not known
// of what was not imported before.
func provenance(change *model.ImportChange, old, now openslo.Document) error {
	was, had := old.Provenance()
	is, has := now.Provenance()
	change.Origin = cmp.Or(is.Source, was.Source)
	if !had {
		return nil
	}
	digest, err := old.Digest()
	if err != nil {
		return err
	}
	change.Edited = digest != was.Digest
	if has {
		change.SourceChanged = new(is != was)
	}
	return nil
}

// fieldsOf lists the fields in which two documents differ, by their paths.
func fieldsOf(old, now openslo.Document) ([]model.FieldChange, error) {
	was, err := old.Fields()
	if err != nil {
		return nil, err
	}
	is, err := now.Fields()
	if err != nil {
		return nil, err
	}
	paths := maps.Clone(was)
	maps.Copy(paths, is)
	var all []model.FieldChange
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		a, had := was[path]
		b, has := is[path]
		if had && has && a == b {
			continue
		}
		change := model.FieldChange{Field: path}
		if had {
			change.Was = &a
		}
		if has {
			change.Is = &b
		}
		all = append(all, change)
	}
	return all, nil
}

// summary says in a line what an import changed.
func summary(changes []model.ImportChange) string {
	counts := make(map[model.ChangeKind]int)
	for _, c := range changes {
		counts[c.Change]++
	}
	var parts []string
	for _, k := range []model.ChangeKind{model.ChangeKindAdded, model.ChangeKindChanged, model.ChangeKindRemoved, model.ChangeKindUnchanged} {
		if counts[k] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[k], strings.ToLower(string(k))))
		}
	}
	return strings.Join(parts, ", ")
}

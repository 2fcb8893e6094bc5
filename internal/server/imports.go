package server

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// importer turns specifications of other tools into documents; period is the
// window of those that name none.
func importer(period string) openslo.Importer {
	return openslo.Importer{PromQL: prometheus.Rewriter{}, Builders: builders(), Period: period}
}

// imports keeps the documents that were imported in the page. Each is a file of
// the specification folder that lies in the store.
type imports struct {
	*Server

	saving sync.Mutex // serialises reading what is there and writing it back
}

var _ graph.Imports = (*imports)(nil)

// attempt is an import that was read.
type attempt struct {
	in      model.ImportInput
	read    *openslo.Conversion
	text    string // as it would be kept
	preview *model.ImportPreview
}

// PreviewImport implements graph.Imports.
func (m *imports) PreviewImport(ctx context.Context, in model.ImportInput) (*model.ImportPreview, error) {
	a, err := m.attempt(in)
	if err != nil || len(a.preview.Problems) > 0 {
		return a.preview, err
	}
	return a.preview, m.edit(ctx, a, nil)
}

// ApplyImport implements graph.Imports.
func (m *imports) ApplyImport(ctx context.Context, in model.ImportInput) (*model.ImportPreview, error) {
	m.saving.Lock()
	defer m.saving.Unlock()
	var err error
	if in.By, err = author(in.By); err != nil {
		return nil, err
	}
	a, err := m.attempt(in)
	if err != nil || len(a.preview.Problems) > 0 {
		return a.preview, err
	}
	return a.preview, m.edit(ctx, a, func(ctx context.Context) error { return m.keep(ctx, a) })
}

// DeleteDocument implements graph.Imports.
func (m *imports) DeleteDocument(ctx context.Context, path, by string) error {
	m.saving.Lock()
	defer m.saving.Unlock()
	by, err := author(by)
	if err != nil {
		return err
	}
	switch d, err := m.Document(ctx, path); {
	case err != nil:
		return err
	case d == nil:
		return fault.NotFoundf("no document was imported as %.200q", path)
	}
	out, err := m.folder.Edit(ctx, openslo.Edit{File: openslo.File{Path: path}, Keep: func(ctx context.Context) error {
		now := m.o.Now()
		return m.store.DropObject(ctx, documentKind, path, store.Change{At: now, Actor: by, Action: "DELETED", Kind: documentKind, Name: path, Summary: "imported document " + path + " deleted"})
	}})
	if err != nil {
		return err
	}
	if len(out.Problems) > 0 {
		return fault.Conflictf("%s is still needed by %s: change or remove these first", path, listed(out.Objects))
	}
	m.o.Logger.InfoContext(ctx, "document deleted", "path", path)
	return nil
}

// author returns who makes a change.
func author(by string) (string, error) {
	if by = strings.TrimSpace(by); by == "" {
		return "", fault.At("by", fault.Invalidf("by is empty: write who makes the change"))
	}
	return by, nil
}

// documentPath is what the path of a document may be: that of a file below a
// folder, on every system.
var documentPath = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\.ya?ml$`)

// attempt reads an import without looking at what is in force.
func (m *imports) attempt(in model.ImportInput) (attempt, error) {
	a := attempt{in: in}
	if !documentPath.MatchString(in.Path) {
		return a, fault.At("path", fault.Invalidf("path %.200q is not one such as imported/checkout.yaml: letters, digits and ._- in folders, ending in .yaml", in.Path))
	}
	all, err := importer(in.Window).Convert(openslo.File{Path: in.Path, Text: []byte(in.Text)})
	if err != nil {
		return a, err
	}
	a.read = all[0]
	a.preview = &model.ImportPreview{Problems: a.read.Problems, Warnings: a.read.Warnings}
	for _, f := range a.read.Formats {
		a.preview.Formats = append(a.preview.Formats, specFormats[f])
	}
	if len(a.read.Problems) > 0 {
		return a, nil
	}
	if len(a.read.Objects) == 0 {
		a.preview.Problems = []slo.Problem{{File: in.Path, Line: 1, Column: 1, Text: "there is nothing to import: no document defines anything"}}
		return a, nil
	}
	set, _ := a.read.Set()
	if _, a.preview.Problems = documentSources(set); len(a.preview.Problems) > 0 {
		return a, nil
	}
	a.text, err = a.kept()
	a.preview.Document = &a.text
	return a, err
}

// kept returns the text as it is kept: as it was written where it is in the form
// that is read from files, and made anew otherwise.
func (a attempt) kept() (string, error) {
	if !a.read.Altered {
		return a.in.Text, nil
	}
	return openslo.Text(a.read.Objects...)
}

// edit tries an import against what is in force, and puts it in force if keep is
// not nil. It fills the preview.
func (m *imports) edit(ctx context.Context, a attempt, keep func(context.Context) error) error {
	before, err := m.folder.InForce(a.in.Path)
	if err != nil {
		return err
	}
	if a.preview.Changes, err = changesOf(before, a.read.Objects); err != nil {
		return err
	}
	out, err := m.folder.Edit(ctx, openslo.Edit{File: openslo.File{Path: a.in.Path, Text: []byte(a.text)}, From: a.read, Keep: keep})
	if err != nil {
		return err
	}
	if len(out.Problems) > 0 {
		a.preview.Problems, a.preview.Document, a.preview.Changes = out.Problems, nil, nil
		return nil
	}
	a.preview.Slos = m.imported(ctx, out.Set, a.in.Path)
	return nil
}

// maxImported bounds the SLOs that a preview shows.
const maxImported = 50

// imported shows the SLOs that a file defines.
func (m *imports) imported(ctx context.Context, set openslo.Set, path string) []model.ImportedSlo {
	var all []model.ImportedSlo
	for _, s := range set.SLOs {
		if s.Origin.File != path || len(all) == maxImported {
			continue
		}
		one := model.ImportedSlo{Name: s.Name, DisplayName: s.Title(), Service: s.Service, Window: s.Window.Shorthand()}
		for _, o := range s.Objectives {
			one.Targets = append(one.Targets, o.Target.String())
		}
		for _, p := range s.AlertPolicies {
			one.AlertPolicies = append(one.AlertPolicies, fmt.Sprintf("%s: %s", p.Name, p.Condition.Text()))
		}
		first := &s.Objectives[0]
		for _, q := range first.Indicator.Queries() {
			one.Queries = append(one.Queries, model.SourceQuery{Role: q.Role, Source: sourceLabel(first.Indicator.SourceName()), Text: q.Text, Note: q.Note})
		}
		one.Budget = m.budget(ctx, s, first)
		all = append(all, one)
	}
	return all
}

// budget returns the budget of an objective if it is measured already: the ledger
// is kept by what an indicator asks, not by the name of an SLO.
func (m *imports) budget(ctx context.Context, s *slo.SLO, o *slo.Objective) *slo.Budget {
	b, err := m.evaluator.Budget(ctx, s, o, slo.Question{})
	if err != nil || b.Coverage == 0 {
		return nil
	}
	return &b
}

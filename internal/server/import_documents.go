package server

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo/openslo"
)

// documentKind is the kind of imported documents in the store.
const documentKind = "Document"

// document is what is kept of an import.
type document struct {
	Format model.SpecFormat `json:"format"` // what it was recognised as
	Text   string           `json:"text"`   // OpenSLO v1
	SLOs   []string         `json:"slos"`
	// Original is what the text was made of, and stays when the text is edited: it
	// can be looked at, and imported again.
	Original *original `json:"original,omitempty"`
}

// original is a specification of another tool as it was imported.
type original struct {
	Format model.SpecFormat `json:"format"`
	Text   string           `json:"text"`
	Window string           `json:"window"`
	At     time.Time        `json:"at"`
	By     string           `json:"by"`
}

// specFormats are the formats as the API names them.
var specFormats = map[openslo.Format]model.SpecFormat{
	openslo.FormatOpenSLO: model.SpecFormatOpensloV1, openslo.FormatAlpha: model.SpecFormatOpensloV1alpha, openslo.FormatNewer: model.SpecFormatOpensloV2alpha,
	openslo.FormatSloth: model.SpecFormatSloth, openslo.FormatSlothKube: model.SpecFormatSlothKubernetes,
	openslo.FormatPyrra: model.SpecFormatPyrra, openslo.FormatHindcast: model.SpecFormatHindcast,
}

// keep makes an import durable, with who did it.
func (m *imports) keep(ctx context.Context, a attempt) error {
	d := document{Text: a.text, Format: a.preview.Formats[0]}
	for _, f := range a.preview.Formats { // what it was brought from says more than what stands beside it
		if f != model.SpecFormatOpensloV1 && f != model.SpecFormatHindcast {
			d.Format = f
		}
	}
	for _, o := range a.read.Objects {
		if o.Kind == "SLO" || o.Kind == "CompositeSLO" {
			d.SLOs = append(d.SLOs, o.Metadata.Name)
		}
	}
	old, err := m.Document(ctx, a.in.Path)
	if err != nil {
		return err
	}
	action, now := "CREATED", m.o.Now()
	if a.read.Altered {
		d.Original = &original{Format: d.Format, Text: a.in.Text, Window: a.in.Window, At: now, By: a.in.By}
	}
	if old != nil {
		action = "CHANGED"
		if o := old.Original; o != nil && d.Original == nil {
			d.Original = &original{Format: o.Format, Text: o.Text, Window: o.Window, At: o.ImportedAt, By: o.ImportedBy}
		}
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := m.store.SaveObject(ctx,
		store.Object{Kind: documentKind, Name: a.in.Path, Definition: text, SavedAt: now, SavedBy: a.in.By},
		store.Change{At: now, Actor: a.in.By, Action: action, Kind: documentKind, Name: a.in.Path, Summary: summary(a.preview.Changes)},
	); err != nil {
		return err
	}
	m.o.Logger.InfoContext(ctx, "document imported", "path", a.in.Path, "format", d.Format, "slos", len(d.SLOs))
	return nil
}

// Documents implements graph.Imports.
func (m *imports) Documents(ctx context.Context) ([]model.Document, error) {
	objects, err := m.store.Objects(ctx, documentKind)
	if err != nil {
		return nil, err
	}
	return readDocuments(objects, func(path string, err error) {
		m.o.Logger.ErrorContext(ctx, "read an imported document", "path", path, "err", err)
	}), nil
}

// readDocuments reads what is kept of documents; one that cannot be read is told
// and left out.
func readDocuments(objects []store.Object, broken func(path string, err error)) []model.Document {
	all := make([]model.Document, 0, len(objects))
	for _, o := range objects {
		var d document
		if err := json.Unmarshal(o.Definition, &d); err != nil {
			broken(o.Name, err)
			continue
		}
		one := model.Document{Path: o.Name, Text: d.Text, SavedAt: o.SavedAt, SavedBy: o.SavedBy, Format: d.Format, Slos: d.SLOs}
		if s := d.Original; s != nil {
			one.Original = &model.Original{Format: s.Format, Text: s.Text, Window: s.Window, ImportedAt: s.At, ImportedBy: s.By}
		}
		all = append(all, one)
	}
	return all
}

// shelf is a database that keeps specifications: those of the folder as they were
// last in force, and those that were imported.
type shelf interface {
	Specs(ctx context.Context) ([]store.SpecFile, error)
	Objects(ctx context.Context, kind string) ([]store.Object, error)
}

// keptFiles returns all specifications that a database keeps. One that cannot be
// read is told.
func keptFiles(ctx context.Context, db shelf, broken func(path string, err error)) ([]openslo.File, error) {
	specs, err := db.Specs(ctx)
	if err != nil {
		return nil, err
	}
	objects, err := db.Objects(ctx, documentKind)
	if err != nil {
		return nil, err
	}
	var files []openslo.File
	for _, f := range specs {
		files = append(files, openslo.File{Path: f.Path, Text: f.Text})
	}
	for _, d := range readDocuments(objects, broken) {
		files = append(files, openslo.File{Path: d.Path, Text: []byte(d.Text)})
	}
	return files, nil
}

// Document implements graph.Imports.
func (m *imports) Document(ctx context.Context, path string) (*model.Document, error) {
	all, err := m.Documents(ctx)
	if i := slices.IndexFunc(all, func(d model.Document) bool { return d.Path == path }); i >= 0 {
		return &all[i], nil
	}
	return nil, err
}

// files returns the documents as files of the specification folder.
func (m *imports) files(ctx context.Context) ([]openslo.File, error) {
	all, err := m.Documents(ctx)
	if err != nil {
		return nil, fault.Unavailablef("the imported documents cannot be read: %w", err)
	}
	files := make([]openslo.File, len(all))
	for i, d := range all {
		files[i] = openslo.File{Path: d.Path, Text: []byte(d.Text)}
	}
	return files, nil
}

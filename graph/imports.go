package graph

import (
	"context"

	"github.com/hindcast/hindcast/graph/model"
)

// Imports keeps the documents that were imported in the page.
type Imports interface {
	// Documents returns all of them, in any order.
	Documents(ctx context.Context) ([]model.Document, error)
	// Document returns the one of that path, nil if there is none.
	Document(ctx context.Context, path string) (*model.Document, error)
	// PreviewImport says what importing would change.
	PreviewImport(ctx context.Context, in model.ImportInput) (*model.ImportPreview, error)
	// ApplyImport does it; what it returns is in force.
	ApplyImport(ctx context.Context, in model.ImportInput) (*model.ImportPreview, error)
	// DeleteDocument forgets a document and what it defined.
	DeleteDocument(ctx context.Context, path, by string) error
}

// maxPath bounds the path of a document.
const maxPath = 200

func (r *resolver) documentPage(ctx context.Context, first int, after *string) (*model.DocumentConnection, error) {
	all, err := r.Options.Imports.Documents(ctx)
	if err != nil {
		return nil, err
	}
	p, err := listing[model.Document]{kind: documentList, items: all, place: func(d model.Document) place { return place{ID: d.Path} }}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.DocumentConnection{Page: p}, nil
}

func (r *resolver) previewImport(ctx context.Context, in model.ImportInput) (*model.ImportPreview, error) {
	if err := boundImport(in); err != nil {
		return nil, err
	}
	return r.Options.Imports.PreviewImport(ctx, in)
}

func (r *resolver) applyImport(ctx context.Context, in model.ImportInput) (*model.ImportPreview, error) {
	if err := boundImport(in); err != nil {
		return nil, err
	}
	return r.Options.Imports.ApplyImport(ctx, in)
}

func (r *resolver) deleteDocument(ctx context.Context, path, by string) (string, error) {
	if err := boundTexts(text{"path", path, maxPath}, text{"by", by, maxTitle}); err != nil {
		return "", err
	}
	return idOf(documentID, path), r.Options.Imports.DeleteDocument(ctx, path, by)
}

// boundImport bounds what comes beside the text; Limits bound the text.
func boundImport(in model.ImportInput) error {
	return boundTexts(text{"path", in.Path, maxPath}, text{"window", in.Window, maxDurationText}, text{"by", in.By, maxTitle})
}

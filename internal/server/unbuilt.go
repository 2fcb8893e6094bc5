package server

import (
	"context"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
)

var errUnbuilt = fault.Unavailablef("this is not there yet")

// noImports holds the place of a part.
type noImports struct{}

var _ graph.Imports = noImports{}

func (noImports) Documents(context.Context) ([]model.Document, error)       { return nil, nil }
func (noImports) Document(context.Context, string) (*model.Document, error) { return nil, nil }
func (noImports) PreviewImport(context.Context, model.ImportInput) (*model.ImportPreview, error) {
	return nil, errUnbuilt
}

func (noImports) ApplyImport(context.Context, model.ImportInput) (*model.ImportPreview, error) {
	return nil, errUnbuilt
}
func (noImports) DeleteDocument(context.Context, string, string) error { return errUnbuilt }

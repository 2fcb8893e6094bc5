package server

import (
	"context"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

var errUnbuilt = fault.Unavailablef("this is not there yet")

// noSLAs and noImports hold the places of parts.
type (
	noSLAs    struct{}
	noImports struct{}
)

var (
	_ graph.SLAs    = noSLAs{}
	_ graph.Imports = noImports{}
)

func (noSLAs) SLAs(context.Context) ([]model.Sla, error)                { return nil, nil }
func (noSLAs) SLA(context.Context, string) (*model.Sla, error)          { return nil, nil }
func (noSLAs) Promising(context.Context, *slo.SLO) ([]model.Sla, error) { return nil, nil }
func (noSLAs) Figures(context.Context, string, string) (*model.SlaFigures, error) {
	return nil, errUnbuilt
}
func (noSLAs) Periods(context.Context, string) ([]model.SlaPeriod, error)       { return nil, nil }
func (noSLAs) Statements(context.Context, string) ([]model.SlaStatement, error) { return nil, nil }
func (noSLAs) Statement(context.Context, string, string, string, int) (*model.SlaStatement, error) {
	return nil, nil
}

func (noSLAs) Drift(context.Context, *model.SlaStatement) ([]model.SlaCorrection, error) {
	return nil, nil
}

func (noSLAs) SaveSLA(context.Context, model.SlaInput) (*model.Sla, error) { return nil, errUnbuilt }
func (noSLAs) DeleteSLA(context.Context, string, string) error             { return errUnbuilt }
func (noSLAs) Issue(context.Context, model.IssueInput) (*model.SlaStatement, error) {
	return nil, errUnbuilt
}

func (noImports) Documents(context.Context) ([]model.Document, error)       { return nil, nil }
func (noImports) Document(context.Context, string) (*model.Document, error) { return nil, nil }
func (noImports) PreviewImport(context.Context, model.ImportInput) (*model.ImportPreview, error) {
	return nil, errUnbuilt
}

func (noImports) ApplyImport(context.Context, model.ImportInput) (*model.ImportPreview, error) {
	return nil, errUnbuilt
}
func (noImports) DeleteDocument(context.Context, string, string) error { return errUnbuilt }

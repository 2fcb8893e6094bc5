package server

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

var errUnbuilt = fault.Unavailablef("this is not there yet")

// noAlerts and noImports hold the places of parts.
type (
	noAlerts  struct{}
	noImports struct{}
)

var (
	_ graph.Alerts  = noAlerts{}
	_ graph.Imports = noImports{}
)

func (noAlerts) Alerts(context.Context, model.AlertFilter) ([]model.Alert, error) { return nil, nil }

func (noAlerts) AlertsOf(context.Context, *slo.SLO) ([]model.Alert, error) { return nil, nil }

func (noAlerts) Replay(context.Context, *slo.SLO, string, string, time.Time, time.Time) ([]model.AlertReplay, error) {
	return nil, nil
}
func (noAlerts) Targets(context.Context) ([]model.AlertTarget, error) { return nil, nil }
func (noAlerts) TestTarget(context.Context, string) (*model.AlertTargetTest, error) {
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

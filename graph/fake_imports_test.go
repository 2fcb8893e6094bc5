package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// fakeImports holds three documents and remembers what it was asked.
type fakeImports struct {
	asked   []model.ImportInput
	deleted []string
}

func (*fakeImports) Documents(context.Context) ([]model.Document, error) {
	var all []model.Document
	for _, i := range []int{2, 0, 1} {
		all = append(all, model.Document{
			Path: fmt.Sprintf("imported/%d.yaml", i), Text: "kind: SLO", SavedAt: now.Add(-time.Hour), SavedBy: "ada",
			Format: model.SpecFormatSloth, Slos: []string{"api"},
			Original: &model.Original{Format: model.SpecFormatSloth, Text: "version: prometheus/v1", Window: "28d", ImportedAt: now.Add(-time.Hour), ImportedBy: "bob"},
		})
	}
	return all, nil
}

func (f *fakeImports) Document(ctx context.Context, path string) (*model.Document, error) {
	all, err := f.Documents(ctx)
	for _, d := range all {
		if d.Path == path {
			return &d, nil
		}
	}
	return nil, err
}

func (f *fakeImports) PreviewImport(_ context.Context, in model.ImportInput) (*model.ImportPreview, error) {
	f.asked = append(f.asked, in)
	if in.Text == "broken" {
		return &model.ImportPreview{Problems: []slo.Problem{{File: in.Path, Line: 3, Column: 5, Text: "target is missing"}}}, nil
	}
	one := fakeSLO("shop", "api")
	return &model.ImportPreview{
		Formats: []model.SpecFormat{model.SpecFormatPyrra}, Document: new("kind: SLO"),
		Warnings: []slo.Problem{{File: in.Path, Line: 1, Column: 2, Text: "ruleOutput is left out"}},
		Changes: []model.ImportChange{{Change: model.ChangeKindChanged, Kind: "SLO", Name: "api", Fields: []model.FieldChange{
			{Field: "spec.description", Is: new("new")},
		}, Origin: "Pyrra shop/api", Edited: true, SourceChanged: new(false)}},
		Slos: []model.ImportedSlo{{
			Name: "api", DisplayName: "API", Service: "shop", Targets: []string{"0.999"}, Window: "30d",
			Queries: []model.SourceQuery{{Role: "total", Source: "default", Text: "requests_total"}}, AlertPolicies: []string{"page"},
			Budget: &slo.Budget{From: now.Add(-time.Hour), To: now, Target: one.Objectives[0].Target, State: slo.Healthy, Coverage: 1, AsOf: now},
		}},
	}, nil
}

func (f *fakeImports) ApplyImport(ctx context.Context, in model.ImportInput) (*model.ImportPreview, error) {
	if in.By == "" {
		return nil, fault.At("by", fault.Invalidf("by is empty: write who makes the change"))
	}
	return f.PreviewImport(ctx, in)
}

func (f *fakeImports) DeleteDocument(_ context.Context, path, by string) error {
	if path == "imported/0.yaml" {
		return fault.Conflictf("%s is still needed by SLO api: change or remove these first", path)
	}
	f.deleted = append(f.deleted, path+" by "+by)
	return nil
}

package server

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/slo"
)

// Annotations implements graph.Exclusions.
func (c calendar) Annotations(_ context.Context, f model.AnnotationFilter) ([]model.Annotation, error) {
	var all []model.Annotation
	for _, a := range c.annotations.All() {
		if (f.Kind == nil || a.Kind == *f.Kind) && (f.To == nil || a.From.Before(*f.To)) && (f.From == nil || a.To.IsZero() || a.To.After(*f.From)) &&
			c.about(a.Scope, f.Slo, f.Service) {
			all = append(all, c.showAnnotation(a))
		}
	}
	return all, nil
}

// Annotated implements graph.Exclusions.
func (c calendar) Annotated(_ context.Context, s *slo.SLO, from, to time.Time) ([]model.Annotation, error) {
	span, err := c.span(s, from, to)
	if err != nil {
		return nil, err
	}
	found := c.annotations.Annotated(s, span)
	all := make([]model.Annotation, min(len(found), maxOccurrences))
	for i := range all {
		all[i] = c.showAnnotation(found[i])
	}
	return all, nil
}

// SaveAnnotation implements graph.Exclusions.
func (c calendar) SaveAnnotation(ctx context.Context, in model.AnnotationInput) (*model.Annotation, error) {
	d := almanac.AnnotationDraft{
		Change: in.ID != nil, Name: in.Name, Etag: textOf(in.Etag), Kind: in.Kind, Title: in.Title, URL: textOf(in.URL), Scope: scopeOf(in.Scope),
		From: in.From, Labels: in.Labels, By: in.By,
	}
	if in.To != nil {
		d.To = *in.To
	}
	a, err := c.almanac.SaveAnnotation(ctx, d)
	if err != nil {
		return nil, err
	}
	c.o.Logger.InfoContext(ctx, "annotation saved", "annotation", a.Name, "by", in.By)
	return new(c.showAnnotation(a)), nil
}

// DeleteAnnotation implements graph.Exclusions.
func (c calendar) DeleteAnnotation(ctx context.Context, name, by string) error {
	err := c.almanac.DeleteAnnotation(ctx, name, by)
	if err == nil {
		c.o.Logger.InfoContext(ctx, "annotation deleted", "annotation", name, "by", by)
	}
	return err
}

// showAnnotation returns an annotation as the API shows it.
func (c calendar) showAnnotation(a slo.Annotation) model.Annotation {
	return model.Annotation{
		Name: a.Name, Kind: a.Kind, Title: a.Title, URL: given(a.URL), Scope: c.scope(a.Scope), From: a.From, To: instantOf(a.To),
		Labels: labelsOf(a.Labels), Author: a.Author, CreatedAt: instantOf(a.CreatedAt), Origin: given(a.Origin), Editable: a.Origin == slo.Origin{}, Etag: given(almanac.AnnotationEtag(a)),
	}
}

package server

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/internal/demo"
	"github.com/hindcast/hindcast/slo"
)

// demoAuthor is who says what happened in the demo.
const demoAuthor = "the demo"

// annotateDemo says what happened in the past that the demo was given. That past
// is written once, and so is this; a visitor may change both.
func (s *Server) annotateDemo(ctx context.Context) error {
	if s.fleet == nil || len(s.annotations.All()) > 0 {
		return nil
	}
	happenings := s.fleet.Happenings()
	for _, h := range happenings {
		a := annotationOf(h, happenings, s.o.Now())
		name := almanac.Slug(string(a.Kind)+" "+h.Service+" "+h.Title+" "+h.From.Format("0102"), 63)
		if _, _, err := s.almanac.UpsertAnnotation(ctx, name, func(slo.Annotation) (slo.Annotation, error) { return a, nil }); err != nil {
			return err
		}
	}
	return nil
}

// annotationOf returns what somebody would have noted of a happening.
func annotationOf(h demo.Happening, all []demo.Happening, now time.Time) slo.Annotation {
	a := slo.Annotation{Title: h.Title, Scope: slo.Scope{Services: []string{h.Service}}, From: h.From, To: h.To, Author: demoAuthor}
	switch h.Kind {
	case "deploy":
		a.Kind, a.To = slo.DeployAnnotation, h.To.Add(defaultWatch)
	case "gap": // of everything
		a.Kind, a.Scope.Services = slo.MaintenanceAnnotation, nil
		for _, other := range all {
			if other.Service != "" {
				a.Scope.Services = append(a.Scope.Services, other.Service)
			}
		}
	default:
		a.Kind = slo.IncidentAnnotation
	}
	if a.To.After(now.AddDate(0, 0, 1)) { // nobody knows yet when it ends
		a.To = time.Time{}
	}
	return a
}

package graph

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Exclusions keeps exclusions and annotations. Its errors are faults; one that
// is the fault of a field of the input names it, see fault.At.
type Exclusions interface {
	// Exclusions returns those that the filter chooses, in any order.
	Exclusions(ctx context.Context, f model.ExclusionFilter) ([]model.Exclusion, error)
	// Exclusion returns the one of that name, nil if there is none.
	Exclusion(ctx context.Context, name string) (*model.Exclusion, error)
	// Calendar returns every occurrence that overlaps (from, to], by start.
	Calendar(ctx context.Context, from, to time.Time, f model.ExclusionFilter) (*model.ExclusionCalendar, error)
	// Excluded returns what excludes slots of s in (from, to]; zero times mean
	// the window of s as of now.
	Excluded(ctx context.Context, s *slo.SLO, from, to time.Time) ([]model.Occurrence, error)
	// PreviewExclusion says what saving would change.
	PreviewExclusion(ctx context.Context, in model.ExclusionInput) (*model.ExclusionPreview, error)
	// SaveExclusion makes an exclusion, or changes the one that has in.ID.
	SaveExclusion(ctx context.Context, in model.ExclusionInput) (*model.Exclusion, error)
	// DecideExclusion approves or rejects one that waits.
	DecideExclusion(ctx context.Context, d model.ExclusionDecision) (*model.Exclusion, error)
	// DeleteExclusion removes one that was made here.
	DeleteExclusion(ctx context.Context, name, by string) error

	// Annotations returns those that the filter chooses, in any order.
	Annotations(ctx context.Context, f model.AnnotationFilter) ([]model.Annotation, error)
	// Annotated returns those about s that overlap (from, to]; zero times mean
	// the window of s as of now.
	Annotated(ctx context.Context, s *slo.SLO, from, to time.Time) ([]model.Annotation, error)
	// SaveAnnotation makes an annotation, or changes the one that has in.ID.
	SaveAnnotation(ctx context.Context, in model.AnnotationInput) (*model.Annotation, error)
	// DeleteAnnotation removes one that was made here.
	DeleteAnnotation(ctx context.Context, name, by string) error

	// Audit returns at most limit changes that the filter chooses with a number
	// below before, newest first.
	Audit(ctx context.Context, f model.AuditFilter, before int64, limit int) ([]model.AuditEntry, error)
}

// Bounds of texts and lists that are sent in, which keep what is stored small.
const (
	maxName    = 63 // a DNS label
	maxTitle   = 200
	maxReason  = 2000
	maxAddress = 2048
	maxScope   = 200 // entries of each kind
	maxExcept  = 200
)

func (r *resolver) exclusionPage(ctx context.Context, f *model.ExclusionFilter, first int, after *string) (*model.ExclusionConnection, error) {
	all, err := r.Options.Exclusions.Exclusions(ctx, given(f))
	if err != nil {
		return nil, err
	}
	p, err := listing[model.Exclusion]{kind: exclusionList, items: all, place: func(x model.Exclusion) place {
		return place{Sort: newestFirst(x.Start), ID: x.Name}
	}}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.ExclusionConnection{Page: p}, nil
}

func (r *resolver) annotationPage(ctx context.Context, f *model.AnnotationFilter, first int, after *string) (*model.AnnotationConnection, error) {
	all, err := r.Options.Exclusions.Annotations(ctx, given(f))
	if err != nil {
		return nil, err
	}
	p, err := listing[model.Annotation]{kind: annotationList, items: all, place: func(a model.Annotation) place {
		return place{Sort: newestFirst(a.From), ID: a.Name}
	}}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.AnnotationConnection{Page: p}, nil
}

func (r *resolver) auditPage(ctx context.Context, f *model.AuditFilter, first int, after *string) (*model.AuditConnection, error) {
	if first < 1 {
		return nil, fault.Invalidf("first: %d is not at least 1", first)
	}
	before := int64(math.MaxInt64)
	if after != nil {
		p, err := placeOf(auditList, *after)
		if err != nil {
			return nil, err
		}
		if before, err = strconv.ParseInt(p.ID, 10, 64); err != nil {
			return nil, fault.Invalidf("cursor %.40q was not given out for this list; start without one", *after)
		}
	}
	entries, err := r.Options.Exclusions.Audit(ctx, given(f), before, first+1)
	if err != nil {
		return nil, err
	}
	p := model.Page[model.AuditEntry]{Nodes: entries[:min(first, len(entries))]}
	p.PageInfo.HasNextPage = len(entries) > first
	if n := len(p.Nodes); n > 0 {
		end := cursor(auditList, place{ID: p.Nodes[n-1].ID})
		p.PageInfo.EndCursor = &end
	}
	return &model.AuditConnection{Page: p}, nil
}

// calendar refuses a time that no calendar shows.
func (r *resolver) calendar(ctx context.Context, from, to time.Time, f *model.ExclusionFilter) (*model.ExclusionCalendar, error) {
	if !from.Before(to) {
		return nil, fault.Invalidf("from %s is not before to %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	if to.Sub(from) > slo.MaxWindow {
		return nil, fault.Invalidf("a calendar from %s to %s is longer than %d days", from.Format(time.RFC3339), to.Format(time.RFC3339), int(slo.MaxWindow.Hours()/24))
	}
	return r.Options.Exclusions.Calendar(ctx, from, to, given(f))
}

func (r *resolver) saveExclusion(ctx context.Context, in model.ExclusionInput) (*model.Exclusion, error) {
	if err := boundExclusion(in); err != nil {
		return nil, err
	}
	return r.Options.Exclusions.SaveExclusion(ctx, in)
}

func (r *resolver) previewExclusion(ctx context.Context, in model.ExclusionInput) (*model.ExclusionPreview, error) {
	if err := boundExclusion(in); err != nil {
		return nil, err
	}
	return evaluate(ctx, scopeOf(ctx), r, func(ctx context.Context) (*model.ExclusionPreview, error) {
		return r.Options.Exclusions.PreviewExclusion(ctx, in)
	})
}

func (r *resolver) decideExclusion(ctx context.Context, d model.ExclusionDecision) (*model.Exclusion, error) {
	if err := firstOf(boundTexts(text{"name", d.Name, maxName}, text{"by", d.By, maxTitle}), boundProse(text{"note", d.Note, maxReason})); err != nil {
		return nil, err
	}
	return r.Options.Exclusions.DecideExclusion(ctx, d)
}

func (r *resolver) deleteExclusion(ctx context.Context, name, by string) (string, error) {
	if err := boundTexts(text{"name", name, maxName}, text{"by", by, maxTitle}); err != nil {
		return "", err
	}
	return idOf(exclusionID, name), r.Options.Exclusions.DeleteExclusion(ctx, name, by)
}

func (r *resolver) saveAnnotation(ctx context.Context, in model.AnnotationInput) (*model.Annotation, error) {
	if err := firstOf(
		boundID(annotationID, in.ID, in.Name), boundScope(in.Scope), boundLabels("labels", in.Labels),
		boundTexts(text{"name", in.Name, maxName}, text{"etag", deref(in.Etag), maxName}, text{"title", in.Title, maxTitle}, text{"url", deref(in.URL), maxAddress}, text{"by", in.By, maxTitle}),
	); err != nil {
		return nil, err
	}
	return r.Options.Exclusions.SaveAnnotation(ctx, in)
}

func (r *resolver) deleteAnnotation(ctx context.Context, name, by string) (string, error) {
	if err := boundTexts(text{"name", name, maxName}, text{"by", by, maxTitle}); err != nil {
		return "", err
	}
	return idOf(annotationID, name), r.Options.Exclusions.DeleteAnnotation(ctx, name, by)
}

// boundExclusion refuses what is too long to be meant, before anything is done
// with it.
func boundExclusion(in model.ExclusionInput) error {
	if len(in.ExceptDates) > maxExcept {
		return fault.At("exceptDates", fault.Invalidf("%d dates are too many, write at most %d", len(in.ExceptDates), maxExcept))
	}
	return firstOf(
		boundID(exclusionID, in.ID, in.Name), boundScope(in.Scope),
		boundTexts(
			text{"name", in.Name, maxName}, text{"etag", deref(in.Etag), maxName}, text{"title", in.Title, maxTitle}, text{"by", in.By, maxTitle},
			text{"rrule", deref(in.Rrule), maxReason}, text{"timeZone", deref(in.TimeZone), maxZoneText},
		),
		boundProse(text{"reason", in.Reason, maxReason}),
	)
}

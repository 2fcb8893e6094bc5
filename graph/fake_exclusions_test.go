package graph

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// fakeExclusions has five exclusions, one of which waits, five annotations and
// seven changes, and remembers what it is asked for.
type fakeExclusions struct {
	saved    []model.ExclusionInput
	noted    []model.AnnotationInput
	decided  []model.ExclusionDecision
	dropped  []string
	filters  []model.ExclusionFilter
	calendar [][2]time.Time
}

var _ Exclusions = (*fakeExclusions)(nil)

// fakeExclusion is the i-th exclusion; the later ones start later.
func fakeExclusion(i int) model.Exclusion {
	x := model.Exclusion{
		Name: fmt.Sprint("x", i), Title: "Move", Reason: "announced", Kind: slo.MaintenanceExclusion,
		Scope: model.Scope{SLOs: []string{"api"}, Labels: []model.Label{{Name: "tier", Values: []string{"1"}}}, Covers: 1},
		Start: now.Add(time.Duration(i) * time.Hour), Length: 90 * time.Minute, Author: "Ada", CreatedAt: &now,
		Approval: model.Approval{State: slo.ApprovalNotNeeded}, InForce: true, Next: &slo.Interval{From: now, To: now.Add(time.Hour)}, Editable: true,
	}
	if i == 1 {
		x.Approval, x.InForce, x.Retroactive, x.Next = model.Approval{State: slo.ApprovalPending}, false, true, nil
		x.Rrule, x.TimeZone, x.RecurrenceText = new("FREQ=DAILY"), new("UTC"), new("every day")
		x.ExceptDates, x.Origin, x.Editable = []time.Time{now}, &slo.Origin{File: "x.yaml", Line: 3}, false
	}
	return x
}

func (f *fakeExclusions) Exclusions(_ context.Context, filter model.ExclusionFilter) ([]model.Exclusion, error) {
	f.filters = append(f.filters, filter)
	if filter.Search != nil && *filter.Search == "down" {
		return nil, errUnavailable
	}
	var all []model.Exclusion
	for i := range 5 {
		if x := fakeExclusion(i); filter.State == nil || slices.Contains(filter.State, x.Approval.State) {
			all = append(all, x)
		}
	}
	return all, nil
}

func (f *fakeExclusions) Exclusion(_ context.Context, name string) (*model.Exclusion, error) {
	if i, err := strconv.Atoi(strings.TrimPrefix(name, "x")); err == nil && i < 5 {
		return new(fakeExclusion(i)), nil
	}
	return nil, nil
}

func (f *fakeExclusions) Calendar(_ context.Context, from, to time.Time, _ model.ExclusionFilter) (*model.ExclusionCalendar, error) {
	f.calendar = append(f.calendar, [2]time.Time{from, to})
	return &model.ExclusionCalendar{Occurrences: []model.Occurrence{{Exclusion: new(fakeExclusion(0)), From: from, To: to}}}, nil
}

func (f *fakeExclusions) Excluded(_ context.Context, s *slo.SLO, from, to time.Time) ([]model.Occurrence, error) {
	if s.Name != "api" {
		return nil, nil
	}
	if from.IsZero() {
		from, to = now.Add(-time.Hour), now
	}
	return []model.Occurrence{{Exclusion: new(fakeExclusion(0)), From: from, To: to}}, nil
}

func (f *fakeExclusions) PreviewExclusion(_ context.Context, in model.ExclusionInput) (*model.ExclusionPreview, error) {
	f.saved = append(f.saved, in)
	s := fakeSLO("shop", "api")
	return &model.ExclusionPreview{
		NeedsApproval: true, Occurrences: []slo.Interval{{From: in.Start, To: in.Start.Add(in.Length)}}, Covers: 1, Warnings: []string{"w"},
		Effects: []model.ExclusionEffect{{Slo: s, Follows: true, Before: slo.Budget{From: now.Add(-time.Hour), To: now, State: slo.Breached, Target: target("0.999")}, After: slo.Budget{From: now.Add(-time.Hour), To: now, State: slo.Healthy, Target: target("0.999")}}},
	}, nil
}

func (f *fakeExclusions) SaveExclusion(_ context.Context, in model.ExclusionInput) (*model.Exclusion, error) {
	if in.Title == "" {
		return nil, fault.At("title", fault.Invalidf("title is missing"))
	}
	f.saved = append(f.saved, in)
	return new(fakeExclusion(0)), nil
}

func (f *fakeExclusions) DecideExclusion(_ context.Context, d model.ExclusionDecision) (*model.Exclusion, error) {
	if d.By == "Ada" {
		return nil, fault.At("by", fault.Forbiddenf("exclusion %q was made by Ada: somebody else has to decide", d.Name))
	}
	f.decided = append(f.decided, d)
	return new(fakeExclusion(0)), nil
}

func (f *fakeExclusions) DeleteExclusion(_ context.Context, name, by string) error {
	f.dropped = append(f.dropped, name+" by "+by)
	return nil
}

func (f *fakeExclusions) Annotations(_ context.Context, filter model.AnnotationFilter) ([]model.Annotation, error) {
	var all []model.Annotation
	for i := range 5 {
		a := model.Annotation{
			Name: fmt.Sprint("a", i), Kind: slo.DeployAnnotation, Title: "Release", URL: new("https://ci.example/1"),
			Scope: model.Scope{Services: []string{"shop"}, Covers: 2}, From: now.Add(time.Duration(i/2) * time.Hour), To: &now,
			Labels: []model.Label{{Name: "version", Values: []string{"1"}}}, Author: "ci", Editable: true,
		}
		if filter.Kind == nil || *filter.Kind == a.Kind {
			all = append(all, a)
		}
	}
	return all, nil
}

func (f *fakeExclusions) Annotated(ctx context.Context, s *slo.SLO, from, to time.Time) ([]model.Annotation, error) {
	all, err := f.Annotations(ctx, model.AnnotationFilter{})
	return all[:1], err
}

func (f *fakeExclusions) SaveAnnotation(_ context.Context, in model.AnnotationInput) (*model.Annotation, error) {
	f.noted = append(f.noted, in)
	return &model.Annotation{Name: "a", Kind: in.Kind, Title: in.Title, From: in.From}, nil
}

func (f *fakeExclusions) DeleteAnnotation(_ context.Context, name, by string) error {
	f.dropped = append(f.dropped, name+" by "+by)
	return nil
}

// Audit has seven changes, the first one of an annotation.
func (f *fakeExclusions) Audit(_ context.Context, filter model.AuditFilter, before int64, limit int) ([]model.AuditEntry, error) {
	var all []model.AuditEntry
	for id := int64(7); id > 0; id-- {
		e := model.AuditEntry{ID: strconv.FormatInt(id, 10), At: now, Actor: "Ada", Action: "CREATED", Kind: "Exclusion", Name: "x", Summary: "s"}
		if id == 1 {
			e.Kind = "Annotation"
		}
		if id < before && len(all) < limit && (filter.Kind == nil || *filter.Kind == e.Kind) {
			all = append(all, e)
		}
	}
	return all, nil
}

package server

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// calendar shows, judges and keeps exclusions and annotations for the API.
type calendar struct{ *Server }

var _ graph.Exclusions = calendar{}

// maxOccurrences is how many occurrences one answer lists.
const maxOccurrences = 1000

// Exclusions implements graph.Exclusions.
func (c calendar) Exclusions(_ context.Context, f model.ExclusionFilter) ([]model.Exclusion, error) {
	var all []model.Exclusion
	for _, x := range c.exclusions.All() {
		if c.chosen(x, f) {
			all = append(all, c.show(x))
		}
	}
	return all, nil
}

// chosen reports whether a filter chooses an exclusion.
func (c calendar) chosen(x slo.Exclusion, f model.ExclusionFilter) bool {
	if f.Search != nil {
		found := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(*f.Search)) }
		if !found(x.Name) && !found(x.Title) && !found(x.Reason) {
			return false
		}
	}
	return (f.Kind == nil || x.Kind == *f.Kind) && (f.State == nil || slices.Contains(f.State, x.Approval.State)) && c.about(x.Scope, f.Slo, f.Service)
}

// about reports whether a scope is about an SLO and about a service; nil is any.
func (c calendar) about(scope slo.Scope, name, service *string) bool {
	if name != nil && !slices.Contains(scope.SLOs, *name) {
		if s := c.slos.ByName(*name); s == nil || !scope.Covers(s) {
			return false
		}
	}
	if service == nil || slices.Contains(scope.Services, *service) {
		return true
	}
	return slices.ContainsFunc(c.slos.All(), func(s *slo.SLO) bool { return s.Service == *service && scope.Covers(s) })
}

// Exclusion implements graph.Exclusions.
func (c calendar) Exclusion(_ context.Context, name string) (*model.Exclusion, error) {
	if x, ok := c.exclusions.ByName(name); ok {
		return new(c.show(x)), nil
	}
	return nil, nil
}

// Calendar implements graph.Exclusions. What waits or was rejected is in it too.
func (c calendar) Calendar(_ context.Context, from, to time.Time, f model.ExclusionFilter) (*model.ExclusionCalendar, error) {
	var all []model.Occurrence
	for _, x := range c.exclusions.All() {
		if !c.chosen(x, f) {
			continue
		}
		view := c.show(x)
		for _, span := range overlapping(x, slo.SpanOf(from, to)) {
			all = append(all, model.Occurrence{Exclusion: &view, From: span.Start(), To: span.End()})
		}
	}
	sortOccurrences(all)
	return &model.ExclusionCalendar{Occurrences: all[:min(len(all), maxOccurrences)], Complete: len(all) <= maxOccurrences}, nil
}

func sortOccurrences(all []model.Occurrence) {
	slices.SortFunc(all, func(a, b model.Occurrence) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Exclusion.Name, b.Exclusion.Name))
	})
}

// overlapping returns the occurrences of x that overlap span, whole.
func overlapping(x slo.Exclusion, span slo.Span) []slo.Span {
	spans, _ := x.Times(span.To)
	return slices.DeleteFunc(spans, func(s slo.Span) bool { return s.Intersect(span).Len() == 0 })
}

// Excluded implements graph.Exclusions.
func (c calendar) Excluded(_ context.Context, s *slo.SLO, from, to time.Time) ([]model.Occurrence, error) {
	span, err := c.span(s, from, to)
	if err != nil {
		return nil, err
	}
	views := map[string]*model.Exclusion{}
	var all []model.Occurrence
	for _, o := range c.exclusions.Occurrences(s, span, slo.Terms{}) {
		if len(all) == maxOccurrences {
			break
		}
		view := views[o.Exclusion.Name]
		if view == nil {
			view = new(c.show(*o.Exclusion))
			views[o.Exclusion.Name] = view
		}
		all = append(all, model.Occurrence{Exclusion: view, From: o.Span.Start(), To: o.Span.End()})
	}
	return all, nil
}

// span returns (from, to]; a zero time is that of the window of s as of now.
func (s *Server) span(o *slo.SLO, from, to time.Time) (slo.Span, error) {
	start, end := s.o.Now().Add(-o.Window.Duration()), s.o.Now()
	if !o.Window.IsRolling() {
		start, end = o.Window.Period(end)
	}
	if !from.IsZero() {
		start = from
	}
	if !to.IsZero() {
		end = to
	}
	switch {
	case !start.Before(end):
		return slo.Span{}, fault.Invalidf("from %s is not before to %s", start.Format(time.RFC3339), end.Format(time.RFC3339))
	case end.Sub(start) > slo.MaxWindow:
		return slo.Span{}, fault.Invalidf("from %s to %s is longer than %d days", start.Format(time.RFC3339), end.Format(time.RFC3339), int(slo.MaxWindow.Hours()/24))
	}
	return slo.SpanOf(start, end), nil
}

// SaveExclusion implements graph.Exclusions.
func (c calendar) SaveExclusion(ctx context.Context, in model.ExclusionInput) (*model.Exclusion, error) {
	x, err := c.almanac.SaveExclusion(ctx, draftOf(in))
	if err != nil {
		return nil, err
	}
	c.o.Logger.InfoContext(ctx, "exclusion saved", "exclusion", x.Name, "by", in.By, "approval", x.Approval.State)
	return new(c.show(x)), nil
}

// DecideExclusion implements graph.Exclusions.
func (c calendar) DecideExclusion(ctx context.Context, d model.ExclusionDecision) (*model.Exclusion, error) {
	decision := almanac.Decision{Name: d.Name, Approve: d.Approve, By: d.By, Note: d.Note}
	if d.CreatedAt != nil {
		decision.CreatedAt = *d.CreatedAt
	}
	x, err := c.almanac.DecideExclusion(ctx, decision)
	if err != nil {
		return nil, err
	}
	c.o.Logger.InfoContext(ctx, "exclusion decided", "exclusion", x.Name, "by", d.By, "approval", x.Approval.State)
	return new(c.show(x)), nil
}

// DeleteExclusion implements graph.Exclusions.
func (c calendar) DeleteExclusion(ctx context.Context, name, by string) error {
	err := c.almanac.DeleteExclusion(ctx, name, by)
	if err == nil {
		c.o.Logger.InfoContext(ctx, "exclusion deleted", "exclusion", name, "by", by)
	}
	return err
}

// Audit implements graph.Exclusions.
func (c calendar) Audit(ctx context.Context, f model.AuditFilter, before int64, limit int) ([]model.AuditEntry, error) {
	changes, err := c.store.Audit(ctx, textOf(f.Kind), textOf(f.Name), before, int64(limit))
	if err != nil {
		return nil, err
	}
	all := make([]model.AuditEntry, len(changes))
	for i, e := range changes {
		all[i] = model.AuditEntry{
			ID: strconv.FormatInt(e.ID, 10), At: e.At, Actor: e.Actor, Action: e.Action, Kind: e.Kind, Name: e.Name, Summary: e.Summary,
		}
	}
	return all, nil
}

// textOf returns a text that may be absent.
func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// draftOf returns what an input asks for.
func draftOf(in model.ExclusionInput) almanac.ExclusionDraft {
	return almanac.ExclusionDraft{
		Change: in.ID != nil, Name: in.Name, Etag: textOf(in.Etag), Title: in.Title, Reason: in.Reason, Kind: in.Kind, Scope: scopeOf(in.Scope),
		Start: in.Start, Length: in.Length, Rule: textOf(in.Rrule), Zone: textOf(in.TimeZone), Except: in.ExceptDates, By: in.By,
	}
}

func scopeOf(in model.ScopeInput) slo.Scope {
	return slo.Scope{SLOs: in.Slos, Services: in.Services, Labels: in.Labels}
}

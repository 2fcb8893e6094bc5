package server

import (
	"maps"
	"slices"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/slo"
)

// show returns an exclusion as the API shows it.
func (c calendar) show(x slo.Exclusion) model.Exclusion {
	v := model.Exclusion{
		Name: x.Name, Title: x.Title, Reason: x.Reason, Kind: x.Kind, Scope: c.scope(x.Scope), Start: x.Start, Length: x.Length,
		ExceptDates: x.Recurrence.Except, Author: x.Author, CreatedAt: instantOf(x.CreatedAt), Retroactive: x.Retroactive(),
		Approval: model.Approval{
			State: x.Approval.State, By: given(x.Approval.By), At: instantOf(x.Approval.At), Note: given(x.Approval.Note),
		},
		InForce: x.InForce(), Next: next(x, slo.MinuteOf(c.o.Now())), Origin: given(x.Origin), Editable: x.Origin == slo.Origin{}, Etag: given(almanac.ExclusionEtag(x)),
	}
	if !x.Recurrence.IsZero() {
		zone := x.Recurrence.Zone.String()
		v.Rrule, v.TimeZone, v.RecurrenceText = &x.Recurrence.Rule, &zone, new(x.Recurrence.Text(x.Start))
	}
	return v
}

// instantOf returns an instant, nil for none.
func instantOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// scope returns a scope as the API shows it.
func (s *Server) scope(c slo.Scope) model.Scope {
	return model.Scope{SLOs: c.SLOs, Services: c.Services, Labels: labelsOf(c.Labels), Covers: len(s.covered(c))}
}

func labelsOf(labels map[string]string) (all []model.Label) {
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, model.Label{Name: name, Values: []string{labels[name]}})
	}
	return all
}

// horizons are how far the next occurrence is looked for: most repeat within a
// month, and few less than once a year.
var horizons = []slo.Minute{32 * slo.MinutesPerDay, 400 * slo.MinutesPerDay, 3660 * slo.MinutesPerDay}

// next returns the occurrence that holds at now, or the first one after it; nil
// if none follows.
func next(x slo.Exclusion, now slo.Minute) *slo.Interval {
	if after := first(x, now, 1); len(after) > 0 {
		return &after[0]
	}
	return nil
}

// first returns the first occurrences of x that end at from or later, at most n.
func first(x slo.Exclusion, from slo.Minute, n int) (all []slo.Interval) {
	from = max(from, slo.MinuteOf(x.Start)) // nothing is before
	for _, ahead := range horizons {
		all = all[:0]
		for _, span := range overlapping(x, slo.Span{From: from, To: from + ahead}) {
			if all = append(all, slo.Interval{From: span.Start(), To: span.End()}); len(all) == n {
				return all
			}
		}
		if x.Recurrence.IsZero() {
			break
		}
	}
	return all
}

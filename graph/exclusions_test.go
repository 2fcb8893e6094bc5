package graph

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo"
)

// walk reads a list page by page, n at a time, and returns the values of a field.
func walk(t *testing.T, f *fixture, list, args, field string, n int) (all []string) {
	t.Helper()
	after := ""
	for {
		r := decode(t, f.post(fmt.Sprintf(`{%s(first: %d%s%s) { pageInfo { hasNextPage endCursor } nodes { %s } }}`, list, n, args, after, field), nil))
		require.Empty(t, r.Errors)
		page := r.Data[list].(map[string]any)
		for _, node := range page["nodes"].([]any) {
			all = append(all, node.(map[string]any)[field].(string))
		}
		info := page["pageInfo"].(map[string]any)
		if !info["hasNextPage"].(bool) {
			return all
		}
		after = fmt.Sprintf(", after: %q", info["endCursor"])
	}
}

func TestListsOfExclusionsAreReadPageByPage(t *testing.T) {
	f := newFixture(t, nil)
	for _, n := range []int{1, 2, 5, 100} {
		require.Equal(t, []string{"x4", "x3", "x2", "x1", "x0"}, walk(t, f, "exclusions", "", "name", n), "the one that starts last first")
		require.Equal(t, []string{"a4", "a2", "a3", "a0", "a1"}, walk(t, f, "annotations", "", "name", n), "newest first, and then by name")
		require.Equal(t, []string{"7", "6", "5", "4", "3", "2", "1"}, walk(t, f, "audit", "", "id", n))
		require.Equal(t, []string{"1"}, walk(t, f, "audit", `, filter: {kind: "Annotation"}`, "id", n))
	}
	require.Equal(t, []string{"x1"}, walk(t, f, "exclusions", ", filter: {state: [PENDING]}", "name", 2))
	require.Empty(t, walk(t, f, "annotations", ", filter: {kind: INCIDENT}", "name", 2))
}

func TestListsRefuseCursorsOfOthersAndEmptyPages(t *testing.T) {
	f := newFixture(t, nil)
	other := cursor(sloList, place{ID: "1"})
	for _, list := range []string{"exclusions", "annotations", "audit"} {
		for _, args := range []string{
			"first: 0", "first: -1", fmt.Sprintf("first: 1, after: %q", other), `first: 1, after: "x"`,
			fmt.Sprintf("first: 1, after: %q", cursor(auditList, place{ID: "x"})), fmt.Sprintf("first: 1, after: %q", cursor(auditList, place{ID: "9223372036854775808"})),
		} {
			r := decode(t, f.post(fmt.Sprintf("{%s(%s) { nodes { name } }}", list, args), nil))
			require.Equal(t, "INVALID", r.code(), "%s(%s)", list, args)
		}
		require.Equal(t, "LIMIT_EXCEEDED First", decode(t, f.post(fmt.Sprintf("{%s(first: 101) { nodes { name } }}", list), nil)).code())
	}
}

func TestAnExclusionIsShownWhole(t *testing.T) {
	r := decode(t, newFixture(t, nil).post(`{ exclusion(name: "x1") {
		id name title reason kind scope { slos services labels { name values } covers } start length rrule timeZone recurrenceText exceptDates
		author createdAt retroactive approval { state by at note } inForce next { from to } origin { file line } editable
	} none: exclusion(name: "y") { name } }`, nil))
	require.Empty(t, r.Errors)
	at := func(h int) string { return now.Add(time.Duration(h) * time.Hour).Format(time.RFC3339) }
	require.Equal(t, map[string]any{
		"none": nil,
		"exclusion": map[string]any{
			"id": idOf(exclusionID, "x1"), "name": "x1", "title": "Move", "reason": "announced", "kind": "MAINTENANCE",
			"scope": map[string]any{"slos": []any{"api"}, "services": []any{}, "labels": []any{map[string]any{"name": "tier", "values": []any{"1"}}}, "covers": 1.0},
			"start": at(1), "length": "90m", "rrule": "FREQ=DAILY", "timeZone": "UTC", "recurrenceText": "every day", "exceptDates": []any{at(0)},
			"author": "Ada", "createdAt": at(0), "retroactive": true, "approval": map[string]any{"state": "PENDING", "by": nil, "at": nil, "note": nil},
			"inForce": false, "next": nil, "origin": map[string]any{"file": "x.yaml", "line": 3.0}, "editable": false,
		},
	}, r.Data)
}

func TestACalendarIsOfATimeThatOneShows(t *testing.T) {
	f := newFixture(t, nil)
	ask := func(from, to string) result {
		return decode(t, f.post(fmt.Sprintf(`{exclusionCalendar(from: %q, to: %q) { complete occurrences { from to exclusion { name } } }}`, from, to), nil))
	}
	r := ask("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z")
	require.Empty(t, r.Errors)
	require.Equal(t, map[string]any{"complete": false, "occurrences": []any{map[string]any{
		"from": "2026-07-01T00:00:00Z", "to": "2026-08-01T00:00:00Z", "exclusion": map[string]any{"name": "x0"},
	}}}, r.Data["exclusionCalendar"])
	require.Equal(t, "INVALID", ask("2026-07-01T00:00:00Z", "2026-07-01T00:00:00Z").code())
	require.Equal(t, "INVALID", ask("2026-07-01T00:00:00Z", "2036-09-01T00:00:00Z").code())
	require.Len(t, f.exclusions.calendar, 1)
}

func TestWhatIsSaidAboutAnSLOIsShownWithIt(t *testing.T) {
	r := decode(t, newFixture(t, nil).post(`{ slo(name: "api") {
		exclusions { from to exclusion { name inForce } } earlier: exclusions(from: "2026-06-01T00:00:00Z", to: "2026-06-02T00:00:00Z") { from to }
		annotations { id name kind title url from to labels { name values } scope { covers } } } }`, nil))
	require.Empty(t, r.Errors)
	s := r.Data["slo"].(map[string]any)
	require.Equal(t, []any{map[string]any{"from": "2026-07-01T11:00:00Z", "to": "2026-07-01T12:00:00Z", "exclusion": map[string]any{"name": "x0", "inForce": true}}}, s["exclusions"])
	require.Equal(t, []any{map[string]any{"from": "2026-06-01T00:00:00Z", "to": "2026-06-02T00:00:00Z"}}, s["earlier"])
	require.Equal(t, []any{map[string]any{
		"id": idOf(annotationID, "a0"), "name": "a0", "kind": "DEPLOY", "title": "Release", "url": "https://ci.example/1", "from": "2026-07-01T12:00:00Z",
		"to": "2026-07-01T12:00:00Z", "labels": []any{map[string]any{"name": "version", "values": []any{"1"}}}, "scope": map[string]any{"covers": 2.0},
	}}, s["annotations"])
}

// exclusionInput is a good input with changes.
func exclusionInput(changes map[string]any) map[string]any {
	in := map[string]any{
		"title": "Move", "reason": "announced", "scope": map[string]any{"slos": []any{"api"}}, "start": "2026-07-02T00:00:00Z", "length": "2h", "by": "Ada",
	}
	maps.Copy(in, changes)
	return in
}

func annotationInput(changes map[string]any) map[string]any {
	in := map[string]any{"title": "Outage", "kind": "INCIDENT", "scope": map[string]any{"slos": []any{"api"}}, "from": "2026-07-01T00:00:00Z", "by": "Ada"}
	maps.Copy(in, changes)
	return in
}

const (
	previewMutation    = `mutation($in: ExclusionInput!) { previewExclusion(input: $in) { needsApproval covers warnings occurrences { from to } effects { follows slo { name } before { state } after { state } } } }`
	exclusionMutation  = `mutation($in: ExclusionInput!) { saveExclusion(input: $in) { name } }`
	annotationMutation = `mutation($in: AnnotationInput!) { saveAnnotation(input: $in) { id } }`
)

func TestInputsBeyondTheirBoundsAreNotPassedOn(t *testing.T) {
	many := func(n int) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = "a"
		}
		return list
	}
	dates := make([]any, maxExcept+1)
	for i := range dates {
		dates[i] = "2026-07-01T00:00:00Z"
	}
	both := map[string]struct {
		changes map[string]any
		field   string
	}{
		"a long name":              {map[string]any{"name": strings.Repeat("a", 64)}, "name"},
		"a long title":             {map[string]any{"title": strings.Repeat("a", 201)}, "title"},
		"a long author":            {map[string]any{"by": strings.Repeat("a", 201)}, "by"},
		"many SLOs":                {map[string]any{"scope": map[string]any{"slos": many(201)}}, "scope.slos"},
		"many services":            {map[string]any{"scope": map[string]any{"services": many(201)}}, "scope.services"},
		"a long SLO":               {map[string]any{"scope": map[string]any{"slos": []any{strings.Repeat("a", 64)}}}, "scope.slos"},
		"an id of another kind":    {map[string]any{"name": "a", "id": idOf(sloID, "a")}, "id"},
		"a name that is no longer": {map[string]any{"name": "b", "id": idOf(exclusionID, "a")}, "name"},
	}
	for name, c := range both {
		f := newFixture(t, nil)
		for _, mutation := range []string{previewMutation, exclusionMutation} {
			r := decode(t, f.post(mutation, map[string]any{"in": exclusionInput(c.changes)}))
			require.Equal(t, "INVALID", r.code(), name)
			require.Equal(t, c.field, r.Errors[0].Extensions["field"], name)
		}
		if c.field == "name" && c.changes["id"] != nil {
			c.changes["id"] = idOf(annotationID, "a")
		}
		r := decode(t, f.post(annotationMutation, map[string]any{"in": annotationInput(c.changes)}))
		require.Equal(t, "INVALID", r.code(), name)
		require.Equal(t, c.field, r.Errors[0].Extensions["field"], name)
		require.Empty(t, f.exclusions.saved, name)
		require.Empty(t, f.exclusions.noted, name)
	}
	for name, c := range map[string]struct{ changes, field any }{
		"a long reason": {map[string]any{"reason": strings.Repeat("a", 2001)}, "reason"},
		"a long rule":   {map[string]any{"rrule": strings.Repeat("a", 2001)}, "rrule"},
		"a long zone":   {map[string]any{"timeZone": strings.Repeat("a", 65)}, "timeZone"},
		"many dates":    {map[string]any{"exceptDates": dates}, "exceptDates"},
	} {
		f := newFixture(t, nil)
		r := decode(t, f.post(exclusionMutation, map[string]any{"in": exclusionInput(c.changes.(map[string]any))}))
		require.Equal(t, "INVALID", r.code(), name)
		require.Equal(t, c.field, r.Errors[0].Extensions["field"], name)
		require.Empty(t, f.exclusions.saved, name)
	}
	r := decode(t, newFixture(t, nil).post(annotationMutation, map[string]any{"in": annotationInput(map[string]any{"url": "https://" + strings.Repeat("a", 2048)})}))
	require.Equal(t, "url", r.Errors[0].Extensions["field"])
}

func TestInputsOfExclusionsArriveAsTheyWereWritten(t *testing.T) {
	f := newFixture(t, nil)
	in := exclusionInput(map[string]any{
		"id": idOf(exclusionID, "x"), "name": "x", "kind": "DEPENDENCY", "rrule": "FREQ=DAILY", "timeZone": "UTC", "exceptDates": []any{"2026-07-03T00:00:00Z"},
		"scope": map[string]any{"slos": []any{"api"}, "services": []any{"shop"}, "labels": map[string]any{"tier": "1"}},
	})
	r := decode(t, f.post(exclusionMutation, map[string]any{"in": in}))
	require.Empty(t, r.Errors)
	start := time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC)
	require.Equal(t, []model.ExclusionInput{{
		ID: new(idOf(exclusionID, "x")), Name: "x", Title: "Move", Reason: "announced", Kind: slo.DependencyExclusion,
		Scope: model.ScopeInput{Slos: []string{"api"}, Services: []string{"shop"}, Labels: map[string]string{"tier": "1"}},
		Start: start, Length: 2 * time.Hour, Rrule: new("FREQ=DAILY"), TimeZone: new("UTC"), ExceptDates: []time.Time{start.AddDate(0, 0, 1)}, By: "Ada",
	}}, f.exclusions.saved)
	r = decode(t, f.post(annotationMutation, map[string]any{"in": annotationInput(map[string]any{"url": "https://a", "labels": map[string]any{"a": "b"}, "to": "2026-07-01T01:00:00Z"})}))
	require.Empty(t, r.Errors)
	from := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	require.Equal(t, []model.AnnotationInput{{
		Kind: slo.IncidentAnnotation, Title: "Outage", URL: new("https://a"), Scope: model.ScopeInput{Slos: []string{"api"}, Services: []string{}},
		From: from, To: new(from.Add(time.Hour)), Labels: map[string]string{"a": "b"}, By: "Ada",
	}}, f.exclusions.noted)
}

func TestAPreviewSaysWhatWouldMove(t *testing.T) {
	r := decode(t, newFixture(t, nil).post(previewMutation, map[string]any{"in": exclusionInput(nil)}))
	require.Empty(t, r.Errors)
	require.Equal(t, map[string]any{
		"needsApproval": true, "covers": 1.0, "warnings": []any{"w"},
		"occurrences": []any{map[string]any{"from": "2026-07-02T00:00:00Z", "to": "2026-07-02T02:00:00Z"}},
		"effects":     []any{map[string]any{"follows": true, "slo": map[string]any{"name": "api"}, "before": map[string]any{"state": "BREACHED"}, "after": map[string]any{"state": "HEALTHY"}}},
	}, r.Data["previewExclusion"])
}

func TestDecisionsAndDeletionsNameWhoMadeThem(t *testing.T) {
	f := newFixture(t, nil)
	r := decode(t, f.post(`mutation { decideExclusion(name: "x1", approve: true, by: "Ada") { name } }`, nil))
	require.Equal(t, "FORBIDDEN", r.code())
	require.Equal(t, "by", r.Errors[0].Extensions["field"])
	r = decode(t, f.post(`mutation { decideExclusion(name: "x1", approve: true, by: "Grace", note: "n", createdAt: "2026-07-01T12:00:00Z") { name } }`, nil))
	require.Empty(t, r.Errors)
	require.Equal(t, []model.ExclusionDecision{{Name: "x1", Approve: true, By: "Grace", Note: "n", CreatedAt: &now}}, f.exclusions.decided)
	r = decode(t, f.post(`mutation { deleteExclusion(name: "x1", by: "Ada") a: deleteAnnotation(name: "a1", by: "Ada") }`, nil))
	require.Empty(t, r.Errors)
	require.Equal(t, map[string]any{"deleteExclusion": idOf(exclusionID, "x1"), "a": idOf(annotationID, "a1")}, r.Data)
	require.Equal(t, []string{"x1 by Ada", "a1 by Ada"}, f.exclusions.dropped)
	long := strings.Repeat("a", 2001)
	for mutation, field := range map[string]string{
		fmt.Sprintf(`mutation { decideExclusion(name: "a", approve: true, by: "b", note: %q) { name } }`, long): "note",
		fmt.Sprintf(`mutation { decideExclusion(name: %q, approve: true, by: "b") { name } }`, long):            "name",
		fmt.Sprintf(`mutation { deleteExclusion(name: "a", by: %q) }`, long):                                    "by",
		fmt.Sprintf(`mutation { deleteAnnotation(name: %q, by: "b") }`, long):                                   "name",
	} {
		r := decode(t, f.post(mutation, nil))
		require.Equal(t, "INVALID", r.code())
		require.Equal(t, field, r.Errors[0].Extensions["field"])
	}
	r = decode(t, f.post(exclusionMutation, map[string]any{"in": exclusionInput(map[string]any{"title": ""})}))
	require.Equal(t, "title", r.Errors[0].Extensions["field"])
}

func TestErrorsOfExclusionsAreShownWithoutAddresses(t *testing.T) {
	r := decode(t, newFixture(t, nil).post(`{exclusions(first: 1, filter: {search: "down"}) { nodes { name } }}`, nil))
	require.Equal(t, "UNAVAILABLE", r.code())
	require.NotContains(t, r.Errors[0].Message, "10.0.0.1")
}

// TestChangesCostWhatTheyTake: whoever saves in a loop runs out of points long
// before the disk is busy.
func TestChangesCostWhatTheyTake(t *testing.T) {
	f := newFixture(t, func(_ *Options, l *Limits) { l.Burst = DefaultLimits().Burst })
	last, n := result{}, 0
	for ; n < 1000 && last.code() == ""; n++ {
		last = decode(t, f.post(exclusionMutation, map[string]any{"in": exclusionInput(nil)}))
	}
	require.Equal(t, "RATE_LIMITED Burst", last.code())
	require.Less(t, n, 200)
}

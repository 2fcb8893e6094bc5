package graph

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// twoObjectives returns a fixture with one SLO of two objectives, named as the
// ones of all fakes are: objective-1 and objective-2.
func twoObjectives(t *testing.T) *fixture {
	return newFixture(t, func(o *Options, _ *Limits) {
		s := fakeSLO("shop", "api")
		second := s.Objectives[0]
		second.Name, second.Target = "objective-2", target("0.9")
		s.Objectives = append(s.Objectives, second)
		o.SLOs.Replace([]*slo.SLO{s}, nil)
	})
}

// endOfGroups asks for one group of api and returns the cursor behind it.
func endOfGroups(t *testing.T, f *fixture, objective, arguments string) (result, string) {
	t.Helper()
	r := decode(t, f.post(fmt.Sprintf(`{ slo(name: "api") { objective(name: %q) {
		groups(first: 1 %s) { nodes { key budget { target } } pageInfo { endCursor } } } } }`, objective, arguments), nil))
	if len(r.Errors) > 0 {
		return r, ""
	}
	groups := r.Data["slo"].(map[string]any)["objective"].(map[string]any)["groups"].(map[string]any)
	return r, groups["pageInfo"].(map[string]any)["endCursor"].(string)
}

func TestACursorOfGroupsLeadsOnUnderItsOwnQuestionOnly(t *testing.T) {
	f := twoObjectives(t)
	const week = `window: {duration: "7d"}, asOf: "2026-06-01T00:00:00Z"`
	_, end := endOfGroups(t, f, "objective-1", week)
	after := fmt.Sprintf(", after: %q", end)
	for name, c := range map[string]struct{ objective, arguments, code string }{
		"the same question":                {"objective-1", week, ""},
		"the same instant, written anew":   {"objective-1", `window: {duration: "168h"}, asOf: "2026-06-01T02:00:00+02:00"`, ""},
		"another window":                   {"objective-1", `window: {duration: "8d"}, asOf: "2026-06-01T00:00:00Z"`, "INVALID"},
		"a calendar window of that length": {"objective-1", `window: {duration: "1w", calendar: true}, asOf: "2026-06-01T00:00:00Z"`, "INVALID"},
		"the own window":                   {"objective-1", `asOf: "2026-06-01T00:00:00Z"`, "INVALID"},
		"another instant":                  {"objective-1", `window: {duration: "7d"}, asOf: "2026-06-01T00:01:00Z"`, "INVALID"},
		"now":                              {"objective-1", `window: {duration: "7d"}`, "INVALID"},
		"another objective":                {"objective-2", week, "INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := endOfGroups(t, f, c.objective, c.arguments+after)
			require.Equal(t, c.code, r.code(), r.Errors)
		})
	}
}

func TestGroupsAreOfTheObjectiveThatIsAsked(t *testing.T) {
	f := twoObjectives(t)
	for objective, want := range map[string]string{"objective-1": "0.999", "objective-2": "0.9"} {
		r, _ := endOfGroups(t, f, objective, "")
		require.Contains(t, fmt.Sprint(r.Data), "target:"+want)
	}
}

func TestAQuestionIsAnsweredOnceInAResponse(t *testing.T) {
	f := newFixture(t, nil)
	r := decode(t, f.post(`{ slo(name: "api") {
		a: groups(first: 1) { totalCount } b: groups(first: 2) { totalCount }
		objective { groups(first: 3) { totalCount } }
		c: groups(first: 1, window: {duration: "7d"}) { totalCount } d: groups(first: 2, window: {duration: "7d"}) { totalCount }
	} }`, nil))
	require.Empty(t, r.Errors)
	require.EqualValues(t, 2, f.evaluator.groups.Load(), "one for each question")
}

// TestFiguresOfAGroupThatNobodyMeasuredAreRefused holds every field that takes a
// group to it: absent figures would read as an outage of what is misspelt.
func TestFiguresOfAGroupThatNobodyMeasuredAreRefused(t *testing.T) {
	f := newFixture(t, nil)
	for name, field := range map[string]string{
		"budget":     `budget(group: {pod: "typo"}) { state }`,
		"burn rates": `burnRates(group: {pod: "typo"}) { firing }`,
		"series":     `series(kind: SLI, group: {pod: "typo"}) { step }`,
		"explain":    `explain(group: {pod: "typo"}) { formula }`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, query := range []string{field, "objective { " + field + " }"} {
				r := decode(t, f.post(`{ slo(name: "api") { `+query+` } }`, nil))
				require.Equal(t, "NOT_FOUND", r.code())
				require.Contains(t, r.Errors[0].Message, `{pod="typo"}`)
			}
		})
	}
	require.Zero(t, f.evaluator.budgets.Load())
}

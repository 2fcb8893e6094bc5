package server

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// badFrom is when half of the requests of S1 begin to fail: those of the half
// minute before 14:00, and of the hour after it.
var badFrom = scenario.Start.AddDate(0, 0, 10).Add(14*time.Hour - time.Minute)

const badMinutes = 61

// s1Options are those of a server over the samples of S1, whose clock stands a
// minute after their end.
func s1Options(t testing.TB) Options {
	t.Helper()
	dir := t.TempDir()
	o := Options{
		Listen: "127.0.0.1:0", Data: dir, Database: database(t), Specs: filepath.Join(dir, "specs"),
		Now: func() time.Time { return scenario.End.Add(time.Minute) }, Logger: slog.New(slog.DiscardHandler),
	}
	writeScenario(t, scenario.All()[0], filepath.Join(dir, "tsdb"))
	writeSpec(t, scenario.All()[0], o.Specs)
	return o
}

// measuring waits until history is read.
func (s *Server) measuring(t testing.TB) *slo.SLO {
	t.Helper()
	require.Eventually(t, func() bool {
		if len(s.slos.All()) == 0 {
			return false
		}
		p, ok := s.collector.Progress(s.slos.All()[0].Objectives[0].Indicator.Key())
		return ok && p.Done
	}, time.Minute, 20*time.Millisecond, "history is read")
	return s.slos.All()[0]
}

// budget asks for the budget as the page does.
func (s *Server) budget(t *testing.T) row {
	t.Helper()
	code, out, text := command(t, "status", "--server", "http://"+s.Address(), "-o", "json")
	require.Zero(t, code, text)
	return rowsOf(t, out)[0]
}

func TestAnApprovedExclusionMovesTheBudgetInTheSameSecond(t *testing.T) {
	o := s1Options(t)
	s, err := New(t.Context(), o)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	server := "--server=http://" + s.Address()
	objective := s.measuring(t)
	before := s.budget(t)
	require.InDelta(t, scenario.All()[0].Remaining(), *before.Remaining, 1e-9)

	add := []string{
		"exclude", "add", "Upstream outage", "--reason", "their fault", "--kind", "dependency", "--slo", objective.Name,
		"--start", badFrom.Format(time.RFC3339), "--length", fmt.Sprint(badMinutes, "m"), "--by", "Ada", server,
	}
	code, out, text := command(t, append(add, "--dry-run")...)
	require.Zero(t, code, text)
	require.Contains(t, text, "wait for the approval")
	require.Regexp(t, objective.Name+` +-37\.51 % +100\.00 % +BREACHED +HEALTHY`, out)
	require.Empty(t, s.exclusions.All(), "a preview saves nothing")

	code, out, text = command(t, add...)
	require.Zero(t, code, text)
	require.Equal(t, "upstream-outage waits for the approval of somebody else; it is about 1 SLO\n", out)
	require.Equal(t, before, s.budget(t), "what waits moves nothing")
	changed, take, end := s.changes.Watch()
	defer end()
	code, _, text = command(t, "exclude", "approve", "upstream-outage", "--by", "ada", server)
	require.Equal(t, ExitUsage, code, "nobody approves his own")
	require.Contains(t, text, "somebody else has to decide")
	code, _, text = command(t, "exclude", "approve", "upstream-outage", "--by", "Grace", "--made", "2020-01-01T00:00:00Z", server)
	require.Equal(t, ExitProblems, code, "it is not the one that she has looked at")
	require.Contains(t, text, "look at it again")
	code, out, _ = command(t, "exclude", "list", "--pending", "-o", "json", server)
	require.Zero(t, code)
	var listed []exclusionAnswer
	require.NoError(t, json.Unmarshal([]byte(out), &listed))
	code, out, text = command(t, "exclude", "approve", "upstream-outage", "--by", "Grace", "--made", *listed[0].CreatedAt, server)
	require.Zero(t, code, text)
	require.Equal(t, "upstream-outage is in force; it is about 1 SLO\n", out)
	<-changed
	require.Equal(t, graph.News{Decided: []slo.IndicatorKey{objective.Objectives[0].Indicator.Key()}}, take(), "open pages hear of it")
	after := s.budget(t)
	require.Equal(t, 1.0, *after.Remaining)
	require.Equal(t, *before.Total-badMinutes*6000, *after.Total)
	require.Zero(t, *after.Spent)
	excluded, err := calendar{s}.Excluded(t.Context(), objective, time.Time{}, time.Time{})
	require.NoError(t, err)
	require.Len(t, excluded, 1)
	require.Equal(t, []time.Time{badFrom, badFrom.Add(badMinutes * time.Minute)}, []time.Time{excluded[0].From, excluded[0].To})
	stop()
	require.NoError(t, <-done)
	require.NoError(t, s.Close())

	s, err = New(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, s.exclusions.All(), 1, "before anything is answered")
	require.NoError(t, s.Close())
	s = runningWith(t, o)
	server = "--server=http://" + s.Address()
	s.measuring(t)
	require.Empty(t, cmp.Diff(after, s.budget(t)), "a restart changes nothing")
	code, _, text = command(t, "exclude", "delete", "upstream-outage", "--by", "Ada", server)
	require.Zero(t, code, text)
	require.Empty(t, cmp.Diff(before, s.budget(t)), "every figure is what it was before")

	code, out, text = command(t, "audit", "--kind", "Exclusion", "-o", "json", server)
	require.Zero(t, code, text)
	var entries []auditAnswer
	require.NoError(t, json.Unmarshal([]byte(out), &entries))
	require.Equal(t, []string{"DELETED by Ada", "APPROVED by Grace", "CREATED by Ada"}, []string{
		entries[0].Action + " by " + entries[0].Actor, entries[1].Action + " by " + entries[1].Actor, entries[2].Action + " by " + entries[2].Actor,
	})
}

// excluding is an input for the only SLO of a server.
func excluding(s *Server, change func(*model.ExclusionInput)) model.ExclusionInput {
	in := model.ExclusionInput{
		Title: "Move", Reason: "announced", Kind: slo.MaintenanceExclusion, Scope: model.ScopeInput{Slos: []string{s.slos.All()[0].Name}},
		Start: scenario.End.Add(24 * time.Hour), Length: time.Hour, By: "Ada",
	}
	if change != nil {
		change(&in)
	}
	return in
}

func TestTheCalendarListsEveryOccurrence(t *testing.T) {
	s, _ := hooked(t)
	c := calendar{s}
	start := scenario.End.Add(24 * time.Hour).Truncate(time.Hour)
	_, err := c.SaveExclusion(t.Context(), excluding(s, func(in *model.ExclusionInput) {
		in.Start, in.Rrule, in.TimeZone, in.ExceptDates = start, new("FREQ=HOURLY;COUNT=3000"), new("UTC"), []time.Time{start.Add(2 * time.Hour)}
		in.Length = 30 * time.Minute
	}))
	require.NoError(t, err)
	once, err := c.SaveExclusion(t.Context(), excluding(s, func(in *model.ExclusionInput) {
		in.Name, in.Start, in.Kind = "back", scenario.End.Add(-time.Hour), slo.OtherExclusion
	}))
	require.NoError(t, err)
	require.Equal(t, slo.ApprovalPending, once.Approval.State)

	all, err := c.Calendar(t.Context(), start.Add(15*time.Minute), start.Add(4*time.Hour), model.ExclusionFilter{})
	require.NoError(t, err)
	require.True(t, all.Complete)
	var got []string
	for _, o := range all.Occurrences {
		got = append(got, o.From.Sub(start).String()+" "+o.To.Sub(o.From).String())
	}
	require.Equal(t, []string{"0s 30m0s", "1h0m0s 30m0s", "3h0m0s 30m0s"}, got, "whole, without the one left out")
	all, err = c.Calendar(t.Context(), start, start.AddDate(0, 3, 0), model.ExclusionFilter{})
	require.NoError(t, err)
	require.False(t, all.Complete)
	require.Len(t, all.Occurrences, maxOccurrences)
	all, err = c.Calendar(t.Context(), scenario.Start, start.AddDate(1, 0, 0), model.ExclusionFilter{State: []slo.ApprovalState{slo.ApprovalPending}})
	require.NoError(t, err)
	require.Len(t, all.Occurrences, 1, "what waits is shown")
	require.Equal(t, "back", all.Occurrences[0].Exclusion.Name)

	x, err := c.Exclusion(t.Context(), "move")
	require.NoError(t, err)
	require.Equal(t, "every hour, 3000 times, UTC", *x.RecurrenceText)
	require.Equal(t, slo.Interval{From: start, To: start.Add(30 * time.Minute)}, *x.Next)
	x, err = c.Exclusion(t.Context(), "never")
	require.NoError(t, err)
	require.Nil(t, x)
}

func TestExclusionsAreChosen(t *testing.T) {
	s, _ := hooked(t)
	c, o := calendar{s}, s.slos.All()[0]
	for _, in := range []model.ExclusionInput{
		excluding(s, func(in *model.ExclusionInput) { in.Name = "by-slo" }),
		excluding(s, func(in *model.ExclusionInput) {
			in.Name, in.Reason, in.Scope = "by-service", "Ünusual", model.ScopeInput{Services: []string{o.Service}}
		}),
		excluding(s, func(in *model.ExclusionInput) {
			in.Name, in.Kind, in.Scope = "by-label", slo.OtherExclusion, model.ScopeInput{Labels: map[string]string{"no": "such"}}
		}),
	} {
		_, err := c.SaveExclusion(t.Context(), in)
		require.NoError(t, err)
	}
	for name, f := range map[string]struct {
		f    model.ExclusionFilter
		want []string
	}{
		"all":                  {model.ExclusionFilter{}, []string{"by-label", "by-service", "by-slo"}},
		"an SLO":               {model.ExclusionFilter{Slo: &o.Name}, []string{"by-service", "by-slo"}},
		"an SLO that is not":   {model.ExclusionFilter{Slo: new("gone")}, nil},
		"a service":            {model.ExclusionFilter{Service: &o.Service}, []string{"by-service", "by-slo"}},
		"a reason":             {model.ExclusionFilter{Search: new("üNUS")}, []string{"by-service"}},
		"a kind":               {model.ExclusionFilter{Kind: new(slo.OtherExclusion)}, []string{"by-label"}},
		"a state that none is": {model.ExclusionFilter{State: []slo.ApprovalState{slo.Rejected}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := c.Exclusions(t.Context(), f.f)
			require.NoError(t, err)
			var got []string
			for _, x := range all {
				got = append(got, x.Name)
			}
			require.Equal(t, f.want, got)
		})
	}
	p, err := c.PreviewExclusion(t.Context(), excluding(s, func(in *model.ExclusionInput) {
		in.Scope, in.By = model.ScopeInput{Labels: map[string]string{"a": "b"}}, ""
	}))
	require.NoError(t, err)
	require.Equal(t, []string{"no SLO is in its scope"}, p.Warnings)
}

func TestExclusionsOfFilesAreInForceAndTheirNamesAreTaken(t *testing.T) {
	s, _ := hooked(t)
	file := filepath.Join(s.o.Specs, "x.yaml")
	text := fmt.Sprintf(`{apiVersion: hindcast/v1, kind: Exclusion, metadata: {name: move}, spec: {reason: r, kind: OTHER, scope: {slos: [%s]}, start: 2026-01-05T00:00:00Z, length: 1h}}
---
{apiVersion: hindcast/v1, kind: Annotation, metadata: {name: outage}, spec: {kind: INCIDENT, title: t, scope: {slos: [%s]}, from: 2026-01-05T00:00:00Z}}
`, s.slos.All()[0].Name, s.slos.All()[0].Name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	require.Eventually(t, func() bool { return len(s.exclusions.All()) == 1 && len(s.annotations.All()) == 1 }, 10*time.Second, 10*time.Millisecond)
	c := calendar{s}
	x, err := c.Exclusion(t.Context(), "move")
	require.NoError(t, err)
	require.True(t, x.InForce)
	require.False(t, x.Editable)
	require.Equal(t, slo.Origin{File: "x.yaml", Line: 1}, *x.Origin)
	_, err = c.SaveExclusion(t.Context(), excluding(s, func(in *model.ExclusionInput) { in.Name = "move" }))
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.Equal(t, fault.Conflict, fault.KindOf(c.DeleteExclusion(t.Context(), "move", "Ada")))
	require.Equal(t, fault.Conflict, fault.KindOf(c.DeleteAnnotation(t.Context(), "outage", "Ada")))
	require.NoError(t, os.Remove(file))
	require.Eventually(t, func() bool { return len(s.exclusions.All()) == 0 && len(s.annotations.All()) == 0 }, 10*time.Second, 10*time.Millisecond)
	_, err = c.SaveExclusion(t.Context(), excluding(s, func(in *model.ExclusionInput) { in.Name = "move" }))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	require.Eventually(t, func() bool { return len(s.problems()) == 1 }, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, s.problems()[0].String(), `x.yaml:1:1: Exclusion "move" was made in the page`)
	require.Contains(t, s.specHealth().Message, "1 errors")
}

// What a file excludes, a command leaves out as the server does.
func TestEvalLeavesOutWhatFilesExclude(t *testing.T) {
	o := s1Options(t)
	text := "apiVersion: hindcast/v1\nkind: Exclusion\nmetadata: {name: x}\nspec: {reason: r, kind: OTHER, scope: {slos: [scenario-1]}, start: " +
		badFrom.Format(time.RFC3339) + fmt.Sprintf(", length: %dm}\n", badMinutes)
	require.NoError(t, os.WriteFile(filepath.Join(o.Specs, "x.yaml"), []byte(text), 0o600))
	code, out, says := command(t, "eval", "-f", o.Specs, "--tsdb", filepath.Join(o.Data, "tsdb"), "-o", "json")
	require.Zero(t, code, says)
	evaluated := rowsOf(t, out)
	require.Len(t, evaluated, 1)
	require.Equal(t, 1.0, *evaluated[0].Remaining)
	s := runningWith(t, o)
	s.measuring(t)
	require.Empty(t, cmp.Diff(evaluated[0], s.budget(t)), "eval (-) against status (+)")
}

func TestARowThatCannotBeReadIsShownInHealth(t *testing.T) {
	s, _ := hooked(t)
	require.NoError(t, s.store.SaveObject(t.Context(), store.Object{Kind: "Exclusion", Name: "odd", Definition: []byte("{")}, store.Change{}))
	require.NoError(t, s.almanac.Load(t.Context()))
	h := s.Health(t.Context())
	require.Len(t, h.Problems, 1)
	require.Contains(t, h.Problems[0].Text, `Exclusion "odd" cannot be read`)
	require.True(t, h.Ready)
}

func TestAnnotationsAreMadeChangedAndChosen(t *testing.T) {
	s, _ := hooked(t)
	c, o, server := calendar{s}, s.slos.All()[0], "--server=http://"+s.Address()
	from := scenario.End.Add(-time.Hour)
	code, out, text := command(t, "annotate", "Cache was cold", "--slo", o.Name, "--from", from.Format(time.RFC3339), "--fact", "a=b", "--url", "https://t.example/1", "--by", "Ada", server)
	require.Zero(t, code, text)
	require.Equal(t, "cache-was-cold is kept; it is about 1 SLO\n", out)
	code, _, text = command(t, "annotate", "Cache was cold", "--name", "cache-was-cold", "--to", scenario.End.Format(time.RFC3339), "--by", "Grace", server)
	require.Zero(t, code, text)
	a := s.noted(t)
	require.Equal(t, []time.Time{from.Truncate(time.Second), scenario.End.Truncate(time.Second)}, []time.Time{a.From, a.To})
	require.Equal(t, slo.Scope{SLOs: []string{o.Name}}, a.Scope)
	require.Equal(t, map[string]string{"a": "b"}, a.Labels)
	require.Equal(t, "https://t.example/1", a.URL)

	for name, f := range map[string]struct {
		f    model.AnnotationFilter
		want int
	}{
		"all":         {model.AnnotationFilter{}, 1},
		"a kind":      {model.AnnotationFilter{Kind: new(slo.IncidentAnnotation)}, 1},
		"another":     {model.AnnotationFilter{Kind: new(slo.DeployAnnotation)}, 0},
		"before it":   {model.AnnotationFilter{To: &a.From}, 0},
		"after it":    {model.AnnotationFilter{From: &a.To}, 0},
		"its SLO":     {model.AnnotationFilter{Slo: &o.Name}, 1},
		"its service": {model.AnnotationFilter{Service: &o.Service}, 1},
		"no service":  {model.AnnotationFilter{Service: new("x")}, 0},
	} {
		all, err := c.Annotations(t.Context(), f.f)
		require.NoError(t, err)
		require.Len(t, all, f.want, name)
	}
	all, err := c.Annotated(t.Context(), o, time.Time{}, time.Time{})
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NoError(t, c.DeleteAnnotation(t.Context(), "cache-was-cold", "Ada"))
	require.Empty(t, s.annotations.All())
}

func TestCommandsRefuseWhatIsWrong(t *testing.T) {
	s, _ := hooked(t)
	server := "--server=http://" + s.Address()
	add := func(more ...string) []string {
		return append([]string{"exclude", "add", "t", "--reason", "r", "--by", "a", server}, more...)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nobody":                         {[]string{"exclude", "approve", "x", server}, ExitUsage, "--by"},
		"no scope":                       {add("--start", "2026-05-01T00:00:00Z", "--length", "1h"), ExitProblems, "give --slo, --service or --label"},
		"a start in words":               {add("--start", "tomorrow", "--length", "1h", "--slo", "x"), ExitUsage, "tomorrow"},
		"an SLO that there is not":       {add("--start", "2026-05-01T00:00:00Z", "--length", "1h", "--slo", "x"), ExitProblems, `there is no SLO "x"`},
		"a length that is none":          {add("--start", "2026-05-01T00:00:00Z", "--length", "long", "--slo", "x"), ExitProblems, "long"},
		"an exclusion that is not there": {[]string{"exclude", "delete", "x", "--by", "a", server}, ExitProblems, `there is no exclusion "x"`},
		"a rejection of none":            {[]string{"exclude", "reject", "x", "--by", "a", server}, ExitProblems, `there is no exclusion "x"`},
		"an annotation of nothing":       {[]string{"annotate", "t", "--by", "a", server}, ExitProblems, "whom is it about"},
		"a link that is none":            {[]string{"annotate", "t", "--by", "a", "--label", "a=b", "--url", "ftp://x", server}, ExitProblems, "http or https"},
		"no server":                      {[]string{"audit", "--server", "http://127.0.0.1:1"}, ExitUnavailable, "hindcast serve"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, text := command(t, c.args...)
			require.Equal(t, c.code, code, out+text)
			require.Contains(t, out+text, c.says)
		})
	}
	code, out, _ := command(t, "exclude", "list", server)
	require.Zero(t, code)
	require.True(t, strings.HasPrefix(out, "NAME "))
	code, out, _ = command(t, "audit", server)
	require.Zero(t, code)
	require.True(t, strings.HasPrefix(out, "AT "))
	code, out, _ = command(t, "exclude", "--help")
	require.Zero(t, code)
	require.Contains(t, out, "Examples:")
}

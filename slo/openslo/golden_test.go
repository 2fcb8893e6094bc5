package openslo

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGoldenFiles reads each file of testdata alone and compares the errors, or a
// summary of what is defined, with the .golden file beside it.
func TestGoldenFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			got := outcome(File{Path: filepath.Base(path), Text: text})
			golden := strings.TrimSuffix(path, ".yaml") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
				return
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(string(want), got))
		})
	}
}

// epoch is an instant whose periods are told.
var epoch = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

// outcome tells what one file alone comes to.
func outcome(file File) string {
	var b strings.Builder
	docs, problems := Parse(file, stubs)
	set, more := Link(docs)
	for _, p := range append(problems, more...) {
		fmt.Fprintln(&b, p)
	}
	for _, s := range set.SLOs {
		fmt.Fprintf(&b, "SLO %s of %s, line %d, team %q, %s, %s\n", s.Name, s.Service, s.Origin.Line, Team(s.Labels), s.Method, windowText(s.Window))
		for _, o := range s.Objectives {
			fmt.Fprintf(&b, "  %s: target %s, slices of %s to %s, %s\n", o.Name, o.Target, o.SliceLength, o.SliceTarget, definitionText(o))
		}
	}
	for _, s := range set.SLOs {
		for _, p := range s.AlertPolicies {
			fmt.Fprintf(&b, "%s alerts by %s (%t, %t, %t): %s %s at %s, tells", s.Name, p.Name, p.WhenNoData, p.WhenBreaching, p.WhenResolved, p.Condition.Severity, p.Condition.Name, p.Condition.Text())
			for _, target := range p.Targets {
				fmt.Fprintf(&b, " %s(%s)", target.Name, target.Target)
			}
			fmt.Fprintln(&b)
		}
	}
	for _, p := range set.Warnings {
		fmt.Fprintln(&b, "warning:", p)
	}
	for _, s := range set.Services {
		fmt.Fprintf(&b, "Service %s (%s), line %d, team %q\n", s.Name, s.DisplayName, s.Origin.Line, s.Team)
	}
	for _, s := range set.Sources {
		fmt.Fprintf(&b, "DataSource %s of type %s: %v\n", s.Name, s.Type, s.Connection)
	}
	for _, a := range set.SLAs {
		fmt.Fprintf(&b, "SLA %s (%s) of %q, line %d, target %s, %s, %s\n", a.Name, a.Title(), a.Service, a.Origin.Line, a.Target, windowText(a.Window), a.Combination)
		fmt.Fprintf(&b, "  period %s, streams %v, terms %+v\n", a.Window.PeriodAt(epoch).Name, a.Streams, a.Terms)
		fmt.Fprintf(&b, "  customers %+v, credits %v\n", a.Customers, a.Credits)
	}
	for _, x := range set.Exclusions {
		fmt.Fprintf(&b, "Exclusion %s (%s), line %d, %s, %+v\n", x.Name, x.Title, x.Origin.Line, x.Kind, x.Scope)
		fmt.Fprintf(&b, "  %s from %s, %q in %v but %v\n", x.Length, x.Start, x.Recurrence.Rule, x.Recurrence.Zone, x.Recurrence.Except)
		fmt.Fprintf(&b, "  %s, by %q at %s, %s\n", x.Reason, x.Author, x.CreatedAt, x.Approval.State)
	}
	for _, a := range set.Annotations {
		fmt.Fprintf(&b, "Annotation %s (%s), line %d, %s, %+v\n", a.Name, a.Title, a.Origin.Line, a.Kind, a.Scope)
		fmt.Fprintf(&b, "  (%s, %s], %s, %v, by %q at %s\n", a.From, a.To, a.URL, a.Labels, a.Author, a.CreatedAt)
	}
	return b.String()
}

func windowText(w slo.Window) string {
	if w.IsRolling() {
		return "rolling " + w.Duration().String()
	}
	return "calendar " + w.Shorthand() + " in " + w.Zone().String()
}

func definitionText(o slo.Objective) string {
	var b strings.Builder
	if o.Composite != nil {
		fmt.Fprintf(&b, "%s, at most %s late:", o.Composite.Method, o.Composite.MaxDelay)
		for _, c := range o.Composite.Components {
			fmt.Fprintf(&b, " %g of %s %q (%s)", c.Weight, c.Of.Name, c.Part.Name, c.WhenDelayed)
		}
		return b.String()
	}
	def := o.Indicator.(stub).Definition
	fmt.Fprintf(&b, "%s counter=%t", def.Name, def.Counter)
	for _, part := range []struct {
		name string
		m    *slo.Metric
	}{{"good", def.Good}, {"bad", def.Bad}, {"total", def.Total}, {"raw", def.Raw}, {"threshold", def.Threshold}} {
		if part.m != nil {
			fmt.Fprintf(&b, " %s=%v@%q", part.name, part.m.Spec, part.m.SourceName)
		}
	}
	if def.Threshold != nil {
		fmt.Fprintf(&b, " %s %v", def.Op, def.Value)
	}
	if def.Raw != nil {
		fmt.Fprintf(&b, " failure=%t", def.RawFailure)
	}
	return b.String()
}

// goldenTexts returns the files of testdata.
func goldenTexts(t testing.TB) [][]byte {
	paths, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	var texts [][]byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts = append(texts, text)
	}
	return texts
}

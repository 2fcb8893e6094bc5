package almanac

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// memory is a store for many short lives.
type memory struct {
	objects map[string]store.Object // of one kind
	changes int64
}

func (m *memory) ReplaceObject(_ context.Context, was []byte, o store.Object, _ store.Change) error {
	if !bytes.Equal(m.objects[o.Name].Definition, was) {
		return fault.Conflictf("it is not what it was")
	}
	m.objects[o.Name] = o
	m.changes++
	return nil
}

func (m *memory) DropObject(_ context.Context, _, name string, _ store.Change) error {
	delete(m.objects, name)
	m.changes++
	return nil
}

func (m *memory) Objects(_ context.Context, kind string) ([]store.Object, error) {
	if kind != KindExclusion {
		return nil, nil
	}
	return slices.Collect(maps.Values(m.objects)), nil
}

func (m *memory) Audit(context.Context, string, string, int64, int64) ([]store.Change, error) {
	return []store.Change{{ID: m.changes}}, nil
}

// people are two who decide, one of them under two spellings.
var people = rapid.SampledFrom([]string{"Ada", " ada ", "Grace"})

func drawDraft(t *rapid.T, now time.Time, there []slo.Exclusion) ExclusionDraft {
	d := ExclusionDraft{
		Title: "t", Reason: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "reason"), Kind: rapid.SampledFrom(slo.ExclusionKinds).Draw(t, "kind"),
		Scope:  slo.Scope{SLOs: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"api", "web"}), 1, 2, rapid.ID).Draw(t, "scope")},
		Start:  now.Add(time.Duration(rapid.IntRange(-300, 300).Draw(t, "start")) * 20 * time.Second),
		Length: time.Duration(rapid.IntRange(1, 90).Draw(t, "length")) * time.Minute, By: people.Draw(t, "by"),
	}
	d.Rule = rapid.SampledFrom([]string{"", "", "FREQ=HOURLY;COUNT=30", "FREQ=HOURLY;COUNT=3", "FREQ=HOURLY;INTERVAL=2;COUNT=9"}).Draw(t, "rule")
	if len(there) > 0 && rapid.Bool().Draw(t, "change") {
		x := rapid.SampledFrom(there).Draw(t, "x")
		if d.Change, d.Name = true, x.Name; rapid.Bool().Draw(t, "same time") {
			d.Start, d.Length, d.Rule = x.Start, x.Length, x.Recurrence.Rule
		}
	}
	return d
}

// begunMinutes lists the minutes up to now that do not count for an SLO.
func (w *world) begunMinutes(name string) map[slo.Minute]bool {
	minutes := map[slo.Minute]bool{}
	for _, span := range w.Exclusions.Mask(&slo.SLO{Name: name}, slo.Span{From: slo.MinuteOf(start) - 300, To: slo.MinuteOf(w.now)}, slo.Terms{}) {
		for m := span.From; m <= span.To; m++ {
			minutes[m] = true
		}
	}
	return minutes
}

// TestNobodyAloneLeavesOutWhatHasBegun makes, changes, decides and removes
// exclusions at random. Time that has begun leaves the figures only by an approval
// of somebody who did not choose it.
func TestNobodyAloneLeavesOutWhatHasBegun(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var err error
		s := &memory{objects: map[string]store.Object{}}
		w := worldOver(t, s)
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			var names []string
			for _, x := range w.Exclusions.All() {
				names = append(names, x.Name)
			}
			before := map[string]map[slo.Minute]bool{"api": w.begunMinutes("api"), "web": w.begunMinutes("web")}
			approved := ""
			switch op := rapid.IntRange(0, 6).Draw(rt, "op"); {
			case op == 0:
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 400).Draw(rt, "pass")) * 20 * time.Second)
				continue
			case op <= 3 || len(names) == 0:
				_, err = w.SaveExclusion(t.Context(), drawDraft(rt, w.now, w.Exclusions.All()))
			case op <= 5:
				name, by := rapid.SampledFrom(names).Draw(rt, "name"), people.Draw(rt, "by")
				x, _ := w.Exclusions.ByName(name)
				_, err = w.DecideExclusion(t.Context(), Decision{Name: name, Approve: rapid.Bool().Draw(rt, "approve"), By: by})
				require.Equal(rt, x.Approval.State != slo.ApprovalPending || samePerson(by, x.Author), err != nil)
				if x.Approval.State == slo.ApprovalPending && err != nil {
					require.Equal(rt, fault.Forbidden, fault.KindOf(err))
				}
				approved, err = name, nil
			default:
				err = w.DeleteExclusion(t.Context(), rapid.SampledFrom(names).Draw(rt, "name"), "Ada")
			}
			require.NoError(rt, err)
			for name, was := range before {
				for m := range w.begunMinutes(name) {
					require.True(rt, was[m] || approved != "", "minute %d of %s left the figures by itself", m, name)
				}
			}
			for _, x := range w.Exclusions.All() {
				require.False(rt, x.Approval.State == slo.Approved && samePerson(x.Approval.By, x.Author), "%s approved his own", x.Author)
			}
		}
		// Whoever reads all this again reads the same.
		again := worldOver(t, s)
		require.True(rt, slices.EqualFunc(w.Exclusions.All(), again.Exclusions.All(), sameExclusion))
	})
}

func TestDefinitionsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringN(1, 20, -1)
		x := slo.Exclusion{
			Name: "x", Title: text.Draw(rt, "title"), Reason: text.Draw(rt, "reason"), Kind: rapid.SampledFrom(slo.ExclusionKinds).Draw(rt, "kind"),
			Scope: slo.Scope{Labels: rapid.MapOfN(text, text, 1, 3).Draw(rt, "labels")}, Start: time.Unix(rapid.Int64Range(0, 4e9).Draw(rt, "start"), 0).UTC(),
			Length: time.Duration(rapid.Int64Range(int64(time.Minute), int64(slo.MaxWindow)).Draw(rt, "length")), Author: text.Draw(rt, "author"),
			CreatedAt: start, Approval: slo.Approval{State: slo.Approved, By: text.Draw(rt, "by"), At: start, Note: text.Draw(rt, "note")},
		}
		got, err := parseExclusion("x", exclusionJSON(x))
		require.NoError(rt, err)
		require.Equal(rt, x, got)
		a := slo.Annotation{
			Name: "a", Kind: slo.DeployAnnotation, Title: x.Title, URL: "https://a", Scope: x.Scope, From: x.Start, Labels: x.Scope.Labels, Author: x.Author, CreatedAt: start,
		}
		if rapid.Bool().Draw(rt, "ended") {
			a.To = a.From.Add(time.Second)
		}
		same, err := parseAnnotation("a", annotationJSON(a))
		require.NoError(rt, err)
		require.Equal(rt, a, same)
	})
}

func FuzzDefinition(f *testing.F) {
	for _, x := range []slo.Exclusion{{Kind: slo.OtherExclusion, Start: start, Length: time.Hour, Scope: slo.Scope{SLOs: []string{"a"}}, Approval: slo.Approval{State: slo.Approved}}} {
		f.Add(exclusionJSON(x))
	}
	f.Add(annotationJSON(slo.Annotation{Kind: slo.OtherAnnotation, From: start, Scope: slo.Scope{Services: []string{"a"}}}))
	f.Fuzz(func(t *testing.T, text []byte) {
		if x, err := parseExclusion("x", text); err == nil {
			again, err := parseExclusion("x", exclusionJSON(x))
			require.NoError(t, err)
			require.True(t, sameExclusion(x, again))
		}
		if a, err := parseAnnotation("a", text); err == nil {
			again, err := parseAnnotation("a", annotationJSON(a))
			require.NoError(t, err)
			require.True(t, sameAnnotation(a, again))
		}
	})
}

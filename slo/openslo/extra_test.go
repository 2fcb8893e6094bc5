package openslo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// shelf keeps files elsewhere than in a folder.
type shelf struct {
	files []File
	err   error
}

func (s *shelf) read(context.Context) ([]File, error) { return s.files, s.err }

// followed is a folder whose outcome is remembered.
type followed struct {
	*Folder
	set      Set
	problems []slo.Problem
	applied  int
}

func follow(t testing.TB, dir string, s *shelf) *followed {
	f := &followed{}
	f.Folder = &Folder{Dir: dir, Extra: s.read, Builders: stubs, Apply: func(set Set, problems []slo.Problem) {
		f.set, f.problems = set, problems
		f.applied++
	}}
	require.NoError(t, f.Step(t.Context()))
	return f
}

func (f *followed) names() string {
	var names []string
	for _, s := range f.set.SLOs {
		names = append(names, s.Name+"@"+s.Origin.File)
	}
	return strings.Join(names, " ")
}

func TestAnEditIsInForceWhenItReturnsOrNotAtAll(t *testing.T) {
	s := &shelf{}
	f := follow(t, "", s)
	edit := func(path, text string, keep func(context.Context) error) (Outcome, error) {
		e := Edit{File: File{Path: path}, Keep: keep}
		if text != "" {
			e.File.Text = []byte(text)
		}
		return f.Edit(t.Context(), e)
	}
	kept := func(context.Context) error { return nil }
	out, err := edit("a.yaml", sliText("orders"), nil)
	require.NoError(t, err)
	require.Empty(t, out.Problems)
	require.Equal(t, 1, f.applied, "a trial applies nothing")

	_, err = edit("a.yaml", sliText("orders"), func(context.Context) error { return errors.New("the disk is full") })
	require.ErrorContains(t, err, "the disk is full")
	require.Equal(t, 1, f.applied, "what is not kept is not in force")

	_, err = edit("a.yaml", sliText("orders"), kept)
	require.NoError(t, err)
	_, err = edit("b.yaml", refText("one"), kept)
	require.NoError(t, err)
	require.Equal(t, "one@b.yaml", f.names())

	out, err = edit("a.yaml", "", kept)
	require.NoError(t, err)
	require.Equal(t, []string{"SLO one"}, out.Objects)
	require.Equal(t, "b.yaml", out.Problems[0].File)
	out, err = edit("a.yaml", sliText("other"), kept)
	require.NoError(t, err)
	require.Equal(t, []string{"SLO one"}, out.Objects)
	out, err = edit("c.yaml", "kind: [", kept)
	require.NoError(t, err)
	require.Equal(t, "c.yaml", out.Problems[0].File)
	require.Equal(t, "one@b.yaml", f.names())

	_, err = edit("b.yaml", "", kept)
	require.NoError(t, err)
	require.Empty(t, f.names())
	objects, err := f.InForce("a.yaml")
	require.NoError(t, err)
	require.Equal(t, "orders", objects[0].Metadata.Name)
	objects, err = f.InForce("b.yaml")
	require.NoError(t, err)
	require.Empty(t, objects)
}

func TestFilesOfTheFolderAndThoseKeptElsewhereShareOneSetOfNames(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("sli.yaml", sliText("orders"))
	s := &shelf{files: []File{{Path: "kept.yaml", Text: []byte(refText("one"))}}}
	f := follow(t, dir, s)
	require.Equal(t, "one@kept.yaml", f.names())
	write("a.yaml", refText("one"))
	write("kept.yaml", refText("two"))
	require.NoError(t, f.Step(t.Context()))
	require.Equal(t, "one@kept.yaml", f.names(), "what was there first stays")
	require.Len(t, f.problems, 3, "%v", f.problems)

	_, err := f.Edit(t.Context(), Edit{File: File{Path: "sli.yaml", Text: []byte(refText("three"))}})
	require.Equal(t, fault.Conflict, fault.KindOf(err))

	// The name is free once it is given up: what waited takes it.
	out, err := f.Edit(t.Context(), Edit{File: File{Path: "kept.yaml"}, Keep: func(context.Context) error { s.files = nil; return nil }})
	require.NoError(t, err)
	require.Empty(t, out.Problems)
	require.NoError(t, f.Step(t.Context()))
	require.Equal(t, "one@a.yaml two@kept.yaml", f.names())
	require.Empty(t, f.problems)
}

// A file of the folder that waits for something never displaces an edit that was
// accepted meanwhile.
func TestAnEditStaysInForceBesideAFileThatWaits(t *testing.T) {
	dir := t.TempDir()
	s := &shelf{files: []File{{Path: "sli.yaml", Text: []byte(sliText("orders"))}}}
	waiting := refText("one") + "---\n" + strings.Replace(refText("two"), "indicatorRef: orders", "indicatorRef: missing", 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(waiting), 0o600))
	f := follow(t, dir, s)
	require.Empty(t, f.names())
	require.NotEmpty(t, f.problems)
	edit := Edit{File: File{Path: "z.yaml", Text: []byte(refText("one"))}, Keep: func(context.Context) error { return nil }}
	out, err := f.Edit(t.Context(), edit)
	require.NoError(t, err)
	require.Empty(t, out.Problems)
	require.Equal(t, "one@z.yaml", f.names())
	require.Contains(t, fmt.Sprint(f.problems), `SLO "one" is defined twice`)
}

func TestFilesKeptElsewhereAreFollowedAndSurviveAFault(t *testing.T) {
	s := &shelf{files: []File{{Path: "sli.yaml", Text: []byte(sliText("orders"))}, {Path: "a.yaml", Text: []byte(refText("one"))}}}
	f := follow(t, "", s)
	require.NoError(t, f.Follow(t.Context()))
	require.Equal(t, 1, f.applied, "nothing changed")
	s.err = errors.New("the database is away")
	require.NoError(t, f.Follow(t.Context()))
	require.NoError(t, f.Step(t.Context()))
	require.Equal(t, "one@a.yaml", f.names())
	s.err, s.files = nil, s.files[:1]
	require.NoError(t, f.Follow(t.Context()))
	require.Empty(t, f.names())
}

// BenchmarkEdit changes one target among a thousand SLOs, with the indicators of
// Prometheus, until it is in force.
func BenchmarkEdit(b *testing.B) {
	s := &shelf{}
	text := strings.NewReplacer("'good_total', latency: 0.25, list: [1, yes, true, null]", `'good_total{job="NAME"}'`, "query: all_total", `query: 'all_total{job="NAME"}'`).Replace(ratioSLO)
	for i := range 1000 {
		name := fmt.Sprintf("slo-%d", i)
		s.files = append(s.files, File{Path: name + ".yaml", Text: []byte(strings.NewReplacer("checkout-availability", name, "NAME", name).Replace(text))})
	}
	f := &Folder{Extra: s.read, Builders: Builders{"Prometheus": prometheus.Builder{}}, Apply: func(set Set, problems []slo.Problem) {
		require.Len(b, set.SLOs, 1000)
	}}
	require.NoError(b, f.Step(b.Context()))
	file := s.files[500]
	targets := []string{"0.991", "0.992"}
	i := 0
	for b.Loop() {
		i++
		file.Text = []byte(strings.Replace(string(s.files[500].Text), "0.999", targets[i%2], 1))
		out, err := f.Edit(b.Context(), Edit{File: file, Keep: func(context.Context) error { return nil }})
		require.NoError(b, err)
		require.Empty(b, out.Problems)
	}
}

package openslo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/elasticsearch"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// importer reads with what the server reads with.
var importer = Importer{PromQL: prometheus.Rewriter{}, Builders: Builders{"Prometheus": prometheus.Builder{}, "Elasticsearch": elasticsearch.Builder{}}}

var sameIndicators = cmp.Comparer(func(a, b slo.Indicator) bool { return a.Key() == b.Key() })

// TestImportedFiles converts each file of testdata/import and compares what comes
// of it, or is wrong with it, with the .golden file beside it. What comes of it is
// read again without a problem.
func TestImportedFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/import/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			got := imported(t, File{Path: filepath.Base(path), Text: text})
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

func imported(t *testing.T, file File) string {
	all, err := importer.Convert(file)
	require.NoError(t, err)
	c := all[0]
	var b strings.Builder
	fmt.Fprintln(&b, c.Formats)
	for _, p := range c.Problems {
		fmt.Fprintln(&b, p)
	}
	for _, p := range c.Warnings {
		fmt.Fprintln(&b, "warning:", p)
	}
	out, err := Text(c.Objects...)
	require.NoError(t, err)
	docs, problems := Parse(File{Path: "out", Text: []byte(out)}, importer.Builders)
	require.Empty(t, problems)
	set, problems := Link(docs)
	require.Empty(t, problems)
	for i, o := range c.Objects { // nobody has edited it, here or as it is read again
		if p, ok := o.Provenance(); ok {
			again, err := docs.Objects()
			require.NoError(t, err)
			for _, d := range []Document{o, again[i]} {
				digest, err := d.Digest()
				require.NoError(t, err)
				require.Equal(t, p.Digest, digest, "%s", p.Source)
			}
		}
	}
	if want, problems := c.Set(); len(c.Problems) == 0 {
		require.Empty(t, problems)
		require.Len(t, set.SLOs, len(want.SLOs))
		for i, s := range set.SLOs {
			require.Empty(t, cmp.Diff(want.SLOs[i], s, cmp.FilterPath(isPlace, cmp.Ignore()), sameWindows, exactly, sameIndicators))
		}
	}
	return b.String() + out
}

// Whatever is read, nothing panics, everything that is said has a position, and
// what comes out is read again without a problem.
func FuzzConvert(f *testing.F) {
	paths, err := filepath.Glob("testdata/import/*.yaml")
	require.NoError(f, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		for _, part := range split(text) {
			f.Add(part.text)
		}
	}
	f.Add([]byte("\r\r0"))
	f.Add([]byte("apiVersion: 0\nkind: DataSource"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := importer.Convert(File{Path: "x", Text: text})
		require.NoError(t, err)
		c := all[0]
		lines := linesOf(string(text))
		for _, p := range append(c.Problems, c.Warnings...) {
			require.Positive(t, p.Column, "%s", p)
			require.Positive(t, p.Line, "%s", p)
			require.LessOrEqual(t, p.Line, lines+1, "%s", p)
		}
		if len(c.Problems) > 0 {
			require.Empty(t, c.Objects)
			rest := importer
			rest.Partial = true
			all, err = rest.Convert(File{Path: "x", Text: text})
			require.NoError(t, err)
			c = all[0]
		}
		out, err := Text(c.Objects...)
		require.NoError(t, err)
		_, problems := Parse(File{Path: "out", Text: []byte(out)}, importer.Builders)
		require.Empty(t, problems, "%s", out)
	})
}

func many(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// What every format holds is bounded as it is for OpenSLO.
func TestHostileImportsAreAnsweredQuickly(t *testing.T) {
	slo := "  - {name: n, objective: 99, sli: {events: {error_query: 'sum(rate(e[{{.window}}]))', total_query: 'sum(rate(t[{{.window}}]))'}}}\n"
	for name, text := range map[string]string{
		"many SLOs":        "version: prometheus/v1\nservice: s\nslos:\n" + strings.Repeat(slo, 3000),
		"labels by SLOs":   "version: prometheus/v1\nservice: s\nlabels:\n" + many("  l%d: v\n", 10_000) + "slos:\n" + strings.Repeat(slo, 1000),
		"texts by SLOs":    "version: prometheus/v1\nservice: s\nlabels: {l: " + strings.Repeat("v", 500_000) + "}\nslos:\n" + strings.Repeat(slo, 1000),
		"a bomb":           "version: prometheus/v1\nservice: s\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nslos: []\n",
		"a deep query":     "version: prometheus/v1\nservice: s\nslos: [{name: n, objective: 99, sli: {raw: {error_ratio_query: '" + strings.Repeat("(", 50_000) + "x[{{.window}}]'}}}]\n",
		"a deep list":      "kind: List\nitems: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "\n",
		"a list of itself": "kind: List\nitems: &a [*a]\n",
		"too large":        strings.Repeat("#", MaxFile+1),
	} {
		t.Run(name, func(t *testing.T) {
			all, err := importer.Convert(File{Path: "x", Text: []byte(text)})
			require.NoError(t, err)
			require.LessOrEqual(t, len(all[0].Problems), maxProblems)
			require.LessOrEqual(t, len(all[0].Warnings), maxProblems)
			require.NotEmpty(t, all[0].Problems)
		})
	}
}

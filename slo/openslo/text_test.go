package openslo

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

func TestSplitLosesNothingAndKeepsLines(t *testing.T) {
	line := rapid.SampledFrom([]string{"---", "--- # x", "---x", "a: b", "", "# c", "%YAML 1.2", "...", "  ---", "---\tb", "\r"})
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(line).Draw(t, "lines")
		text := strings.Join(lines, "\n")
		var joined strings.Builder
		for _, c := range split([]byte(text)) {
			joined.Write(c.text)
			require.True(t, strings.HasPrefix(strings.Join(lines[c.line-1:], "\n"), string(c.text)), "the chunk of line %d", c.line)
		}
		require.True(t, strings.HasPrefix(text, joined.String()))
		for rest := range strings.SplitSeq(text[joined.Len():], "\n") {
			require.False(t, hasContent([]byte(rest)), "%q was lost", rest)
		}
	})
}

func TestDocumentsWithDirectivesAndEnds(t *testing.T) {
	text := "# a comment\n%YAML 1.1\n---\n- 1\n...\n---\n- 2\n--- |\n text\n"
	_, problems := Parse(File{Path: "x", Text: []byte(text)}, stubs)
	var at []int
	for _, p := range problems {
		at = append(at, p.Line)
	}
	require.Equal(t, []int{4, 7, 8}, at, "%v", problems)
}

func TestSuggestionsAreNearOrAbsent(t *testing.T) {
	names := []string{"target", "targetPercent", "displayName"}
	tests := map[string]string{
		"targt": "target", "Target": "target", "displayname": "displayName", "target_percent": "targetPercent",
		"x": "", "": "", "objective": "", strings.Repeat("target", 20): "",
	}
	for written, want := range tests {
		require.Equal(t, want, nearest(written, names), written)
	}
}

func TestEditsAreADistance(t *testing.T) {
	word := rapid.StringMatching(`[ab]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		require.Equal(t, edits(a, b), edits(b, a))
		require.Equal(t, a == b, edits(a, b) == 0)
		require.LessOrEqual(t, edits(a, c), edits(a, b)+edits(b, c))
	})
}

func TestDurations(t *testing.T) {
	lengths := map[string]time.Duration{
		"90m": 90 * time.Minute, "12h": 12 * time.Hour, "28d": 28 * 24 * time.Hour, "4w": 28 * 24 * time.Hour,
		"1M": 30 * 24 * time.Hour, "1Q": 90 * 24 * time.Hour, "1Y": 365 * 24 * time.Hour,
	}
	for text, want := range lengths {
		d, err := parseShorthand(text)
		require.NoError(t, err)
		got, err := d.length()
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "d", "0d", "-1d", "1.5h", "1D", "1s", "1d2h", "9999999d", " 1d", "0x1d"} {
		_, err := parseShorthand(text)
		require.Error(t, err, text)
	}
	slice, err := parseSlice("5")
	require.NoError(t, err)
	require.Equal(t, 5*time.Minute, slice)
	for _, text := range []string{"0", "1M", "21900d", "5s"} {
		_, err := parseSlice(text)
		require.Error(t, err, text)
	}
}

// TestTargetsAreTheDecimalsThatWereWritten goes through YAML and looks at the
// exact text, which a float on the way would spoil.
func TestTargetsAreTheDecimalsThatWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[0-9]{0,13}[1-9]`).Draw(t, "digits")
		text := strings.Replace(ratioSLO, "0.999", "0."+digits, 1)
		docs, problems := Parse(File{Path: "x", Text: []byte(text)}, stubs)
		require.Empty(t, problems)
		set, _ := Link(docs)
		require.Equal(t, "0."+digits, set.SLOs[0].Objectives[0].Target.String())
	})
}

// TestProblemsAreListedUpToALimit keeps a file of nothing but errors readable.
func TestProblemsAreListedUpToALimit(t *testing.T) {
	_, problems := Parse(File{Path: "x", Text: []byte(strings.Repeat("---\n- 1\n", 500))}, stubs)
	require.Len(t, problems, maxProblems)
	require.Equal(t, slo.Problem{File: "x", Line: 2*maxProblems - 2 + 2, Column: 3, Text: "too many errors, the rest is not listed"}, problems[maxProblems-1])
}

func TestFilesDefineThingsTogether(t *testing.T) {
	parse := func(path, text string) Documents {
		docs, problems := Parse(File{Path: path, Text: []byte(text)}, stubs)
		require.Empty(t, problems)
		return docs
	}
	source := "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: main}\nspec: {type: prometheus, connectionDetails: {url: x}}\n"
	sli := strings.ReplaceAll(sliText("orders"), "type: Prometheus", "metricSourceRef: main")
	files := []Documents{parse("c.yaml", refText("a")), parse("b.yaml", sli), parse("a.yaml", source)}
	set, problems := Link(files...)
	require.Empty(t, problems)
	require.Equal(t, "main", set.SLOs[0].Objectives[0].Indicator.SourceName())
	require.Equal(t, []DataSource{{Name: "main", Type: "prometheus", Connection: map[string]any{"url": "x"}, Origin: slo.Origin{File: "a.yaml", Line: 1}}}, set.Sources)

	_, problems = Link(files[:2]...)
	require.Len(t, problems, 2, "each metric of the SLI")
	require.Equal(t, "b.yaml", problems[0].File)

	_, problems = Link(append(files, parse("d.yaml", refText("a")))...)
	require.Len(t, problems, 1)
	require.Equal(t, `d.yaml:5:9: SLO "a" is defined twice, first in c.yaml:2`, problems[0].String())
}

package openslo

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// specified matches files that hold a specification of any of the formats, not of
// the rules that a tool makes of one.
var specified = regexp.MustCompile(`(?m)^\s*-?\s*"?(apiVersion"?: *"?(openslo/v1|openslo/v1alpha|openslo\.com/|pyrra\.dev/|sloth\.slok\.dev/)|version: *"?prometheus/v[0-9])`)

// unequalled matches the reasons for refusing what its own format allows. A
// document with any other is invalid in its own format too: docs/import.md says
// how that was looked up.
var unequalled = regexp.MustCompile(`sources of type|only Sloth runs|not valid PromQL|connectionDetails is missing|a calendar window is counted`)

// tally counts the documents of a project.
type tally struct{ Documents, Imported, Warned, Unequalled, Invalid int }

// TestPublishedExamples converts every specification that OpenSLO, Sloth and Pyrra
// publish, which are checked out below HINDCAST_EXAMPLES, each in a folder of its
// project's name. Each document is imported or refused with a position; the test
// prints the tables of docs/import.md.
func TestPublishedExamples(t *testing.T) {
	root := os.Getenv("HINDCAST_EXAMPLES")
	if root == "" {
		t.Skip("HINDCAST_EXAMPLES names no folder with the projects' files")
	}
	var refusals []string
	fmt.Println("| Project | Files | Documents | Imported | … with warnings | Refused: no equivalent | Refused: invalid |\n|---|--:|--:|--:|--:|--:|--:|")
	for _, project := range []string{"OpenSLO", "oslo", "go-sdk", "sloth", "pyrra"} {
		var n tally
		files := exampleFiles(t, root, project)
		require.NotEmpty(t, files, project)
		for _, file := range files {
			refusals = append(refusals, n.add(t, file)...)
		}
		require.Equal(t, n.Documents, n.Imported+n.Warned+n.Unequalled+n.Invalid)
		fmt.Printf("| %s | %d | %d | %d | %d | %d | %d |\n", project, len(files), n.Documents, n.Imported, n.Warned, n.Unequalled, n.Invalid)
	}
	slices.SortStableFunc(refusals, func(a, b string) int { return strings.Compare(a[:1], b[:1]) })
	for _, r := range refusals {
		fmt.Println(r)
	}
}

// add converts a file, document by document, and returns the rows of those that
// are refused.
func (n *tally) add(t *testing.T, file File) (rows []string) {
	whole, err := importer.Convert(file)
	require.NoError(t, err)
	require.Equal(t, len(whole[0].Problems) == 0, len(whole[0].Objects) > 0 || onlyWindows(file), file.Path)
	var twice []slo.Problem
	if len(whole[0].Problems) == 0 {
		_, twice = whole[0].Set()
		twice = slices.DeleteFunc(twice, func(p slo.Problem) bool { return !strings.Contains(p.Text, "is defined twice") })
	}
	run := &conversion{Importer: importer, windows: make(map[int64]slothWindows), spaces: make(spaces)}
	run.period, err = parsePeriod("")
	require.NoError(t, err)
	r := run.open(file)
	for _, count := range r.out.Counts { // of alert windows, which are read first
		n.Documents += count.Documents
		n.Imported += count.Imported
		n.Warned += count.Warned
		require.Zero(t, count.Refused, file.Path)
	}
	if len(r.items) == 0 && len(r.problems) > 0 { // it cannot be read
		n.Documents++
		n.Invalid++
		return append(rows, row(r.problems))
	}
	require.Empty(t, r.problems, file.Path)
	for i, it := range r.items {
		problems, warnings := len(r.problems), len(r.warnings)
		r.note(it.format, func() { r.document(it) })
		for _, p := range slices.Concat(r.problems[problems:], r.warnings[warnings:]) {
			require.Positive(t, p.Line, "%s", p)
			require.Positive(t, p.Column, "%s", p)
		}
		n.Documents++
		found := slices.Clone(r.problems[problems:])
		for _, p := range twice {
			if p.Line >= it.v.node.Line && (i+1 == len(r.items) || p.Line < r.items[i+1].v.node.Line) {
				found = append(found, p)
			}
		}
		switch {
		case slices.ContainsFunc(found, func(p slo.Problem) bool { return !unequalled.MatchString(p.Text) }):
			n.Invalid++
			rows = append(rows, row(found))
		case len(found) > 0:
			n.Unequalled++
			rows = append(rows, row(found))
		case len(r.warnings) > warnings:
			n.Warned++
		default:
			n.Imported++
		}
	}
	return rows
}

// row is the row of a document that is refused: the file, and the first reason,
// that it is invalid before that it has no equivalent.
func row(problems []slo.Problem) string {
	problems = sortedProblems(slices.Clone(problems))
	first, class := 0, "no equivalent"
	if i := slices.IndexFunc(problems, func(p slo.Problem) bool { return !unequalled.MatchString(p.Text) }); i >= 0 {
		first, class = i, "invalid"
	}
	p, more := problems[first], ""
	if n := len(problems) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("| %s | `%s` | %d:%d | %s%s |", class, p.File, p.Line, p.Column, strings.ReplaceAll(p.Text, "|", `\|`), more)
}

func onlyWindows(f File) bool { return strings.Contains(string(f.Text), kindWindows) }

// exampleFiles returns the specifications of a project. Markdown gives one for
// each block of code.
func exampleFiles(t *testing.T, root, project string) []File {
	var files []File
	err := filepath.WalkDir(filepath.Join(root, project), func(path string, entry fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || entry.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json", ".md"}, ext) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !utf8.Valid(text) || !specified.Match(text) {
			return err
		}
		name, err := filepath.Rel(root, path)
		if ext != ".md" {
			files = append(files, File{Path: name, Text: text})
			return err
		}
		files = append(files, blocks(name, string(text))...)
		return err
	})
	require.NoError(t, err)
	return files
}

// blocks returns the blocks of code of a page, with the lines before them empty so
// that positions are those of the page.
func blocks(path, page string) []File {
	var files []File
	lines := strings.Split(page, "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "```yaml") {
			continue
		}
		end := i + 1
		for end < len(lines) && !strings.HasPrefix(lines[end], "```") {
			end++
		}
		text := strings.Repeat("\n", i+1) + strings.Join(lines[i+1:end], "\n") + "\n"
		if specified.MatchString(text) {
			files = append(files, File{Path: fmt.Sprintf("%s#%d", path, i+1), Text: []byte(text)})
		}
		i = end
	}
	return files
}

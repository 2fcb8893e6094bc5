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
)

// examplesOf says where the projects keep specifications that they publish.
var examplesOf = map[string][]string{
	"OpenSLO": {"."},
	"oslo":    {"."},
	"go-sdk":  {"pkg/openslo/v1", "pkg/openslo/v1alpha", "pkg/openslosdk"},
	"sloth":   {"examples", "test", "internal/alert/windows", "pkg", "deploy"},
	"pyrra":   {"examples", "docs"},
}

// specified matches files that hold a specification of any of the formats, not of
// the rules that a tool makes of one.
var specified = regexp.MustCompile(`(?m)^\s*-?\s*"?(apiVersion"?: *"?(openslo/v1|openslo/v1alpha|pyrra\.dev/|sloth\.slok\.dev/)|version: *"?prometheus/v[0-9])`)

// TestPublishedExamples converts every specification that OpenSLO, Sloth and Pyrra
// publish, which are checked out below HINDCAST_EXAMPLES, each in a folder of its
// project's name. Each document is imported or refused with a position; the test
// prints the table of docs/import.md.
func TestPublishedExamples(t *testing.T) {
	root := os.Getenv("HINDCAST_EXAMPLES")
	if root == "" {
		t.Skip("HINDCAST_EXAMPLES names no folder with the projects' files")
	}
	var refusals []string
	fmt.Println("| Project | Files | Documents | Imported | … with warnings | Refused |\n|---|--:|--:|--:|--:|--:|")
	for _, project := range []string{"OpenSLO", "oslo", "go-sdk", "sloth", "pyrra"} {
		var n Count
		files := exampleFiles(t, root, project)
		require.NotEmpty(t, files, project)
		for _, file := range files {
			all, err := importer.Convert(file)
			require.NoError(t, err)
			c := all[0]
			for _, p := range slices.Concat(c.Problems, c.Warnings) {
				require.Positive(t, p.Line, "%s", p)
			}
			refused := 0
			for _, count := range c.Counts {
				n.Documents += count.Documents
				n.Imported += count.Imported
				n.Warned += count.Warned
				refused += count.Refused
			}
			n.Refused += refused
			require.Equal(t, refused > 0, len(c.Problems) > 0, "%s: %v", file.Path, c.Problems)
			require.Equal(t, len(c.Problems) == 0, len(c.Objects) > 0 || onlyWindows(file), file.Path)
			for _, p := range c.Problems {
				refusals = append(refusals, p.String())
			}
		}
		fmt.Printf("| %s | %d | %d | %d | %d | %d |\n", project, len(files), n.Documents, n.Imported, n.Warned, n.Refused)
	}
	for _, r := range refusals {
		fmt.Println("-", r)
	}
}

func onlyWindows(f File) bool { return strings.Contains(string(f.Text), kindWindows) }

// exampleFiles returns the specifications of a project. Markdown gives one for
// each block of code.
func exampleFiles(t *testing.T, root, project string) []File {
	var files []File
	for _, dir := range examplesOf[project] {
		err := filepath.WalkDir(filepath.Join(root, project, dir), func(path string, entry fs.DirEntry, err error) error {
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
	}
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

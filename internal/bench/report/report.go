// Package report writes what a program measured as tables in Markdown, and keeps
// them in a page of the documentation, between two marks, so that the words
// around them are nobody's but the author's.
//
// It guarantees that a page without both marks is not touched. It imports nothing
// of Hindcast; internal/bench/accuracy and internal/bench/alerts use it.
package report

import (
	"fmt"
	"os"
	"strings"
)

// End is the mark after the tables.
const End = "<!-- end -->\n"

// Begin returns the mark before the tables of a Make target.
func Begin(target string) string { return "<!-- begin: written by make " + target + " -->\n" }

// Row writes one row of a table.
func Row(b *strings.Builder, cells ...string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// Keep replaces the tables of a Make target in the page at path.
func Keep(path, target, text string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fresh, err := Replace(string(page), target, text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(fresh), 0o644)
}

// Replace puts text between the marks of a page.
func Replace(page, target, text string) (string, error) {
	before, rest, found := strings.Cut(page, Begin(target))
	_, after, ended := strings.Cut(rest, End)
	if !found || !ended {
		return "", fmt.Errorf("the page has no place for the tables: %q and %q are missing", Begin(target), End)
	}
	return before + Begin(target) + "\n" + text + "\n" + End + after, nil
}

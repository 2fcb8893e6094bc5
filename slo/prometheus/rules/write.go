package rules

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Write writes the file, with a head that says how it was made and notes at the
// groups that say something approximately.
func (f File) Write(to io.Writer, head string) error {
	var text strings.Builder
	comment(&text, head)
	if len(f.Groups) == 0 {
		text.WriteString("groups: []\n")
	} else {
		text.WriteString("groups:\n")
	}
	for _, g := range f.Groups {
		for _, note := range g.notes {
			comment(&text, note)
		}
		encoder := yaml.NewEncoder(&text)
		encoder.SetIndent(2)
		if err := encoder.Encode([]Group{g}); err != nil {
			return fmt.Errorf("write the rules of %s: %w", g.Name, err)
		}
		if err := encoder.Close(); err != nil {
			return fmt.Errorf("write the rules of %s: %w", g.Name, err)
		}
	}
	_, err := io.WriteString(to, text.String())
	return err
}

// comment writes lines of a comment.
func comment(to *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		to.WriteString(strings.TrimRight("# "+strings.TrimSuffix(line, "\n"), " ") + "\n")
	}
}

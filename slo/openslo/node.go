package openslo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
)

// readFile turns a file into documents whose size is known to be bounded; what
// it cannot read it notes in c.
func readFile(c *checker, file File) []value {
	if err := acceptable(file.Text); err != nil {
		c.line(1, 1, err.Error())
		return nil
	}
	var documents []value
	for _, part := range split(file.Text) {
		if len(documents) == maxDocuments {
			c.line(part.line, 1, fmt.Sprintf("more than %d documents in one file: split it", maxDocuments))
			break
		}
		if c.nodes > maxNodes {
			break
		}
		if n := readChunk(c, part); n != nil {
			documents = append(documents, valueOf(n))
		}
	}
	return documents
}

// acceptable reports what makes a file not worth parsing.
func acceptable(text []byte) error {
	if len(text) > MaxFile {
		return fault.Invalidf("the file has %d bytes, at most %d are read: split it", len(text), MaxFile)
	}
	if n := marks(text); n > maxMarks {
		return fault.Invalidf("the file is too finely structured (%d marks in %d bytes, at most %d are read): split it", n, len(text), maxMarks)
	}
	if !utf8.Valid(text) {
		return fault.Invalidf("the file is not UTF-8 text")
	}
	return nil
}

// readChunk parses one document and returns its content, nil if there is none.
func readChunk(c *checker, part chunk) *yaml.Node {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(part.text))
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		// What follows a "..." is another document, which is better than lost.
		if more := decoder.Decode(new(yaml.Node)); more == nil {
			err = errors.New("yaml: text follows the end of the document: begin a new document with ---")
		} else if !errors.Is(more, io.EOF) {
			err = more
		}
	}
	if err != nil {
		noteSyntax(c, part, err)
		return nil
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) == 0 {
		return nil
	}
	root := document.Content[0]
	if !c.bounded(root, part.line-1, 0) {
		return nil
	}
	move(root, part.line-1)
	return root
}

var syntaxLine = regexp.MustCompile(`^line ([0-9]+): `)

// noteSyntax notes an error of the parser, which tells its line in its text,
// counted from the beginning of the document and sometimes from 0.
func noteSyntax(c *checker, part chunk, err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := part.line
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = part.line - 1 + max(1, n)
		}
	}
	c.line(line, 1, "not valid YAML: "+text)
}

// bounded reports whether n, with its aliases expanded, leaves the file below
// maxNodes: what passes can be walked without counting again. If not it has
// noted why. The text of n begins after offset lines.
func (c *checker) bounded(n *yaml.Node, offset, depth int) bool {
	c.nodes++
	var text string
	switch {
	case c.nodes > maxNodes:
		text = fmt.Sprintf("the file has more than %d values with its aliases expanded", maxNodes)
	case depth > maxDepth:
		text = fmt.Sprintf("the document is nested more than %d deep, or an alias contains itself", maxDepth)
	case n.Kind == yaml.AliasNode:
		return c.bounded(n.Alias, offset, depth+1)
	default:
		for _, child := range n.Content {
			if !c.bounded(child, offset, depth+1) {
				return false
			}
		}
		return true
	}
	c.line(n.Line+offset, n.Column, text)
	return false
}

// move adds the lines before the document to the positions in it.
func move(n *yaml.Node, lines int) {
	n.Line += lines
	for _, child := range n.Content {
		move(child, lines)
	}
}

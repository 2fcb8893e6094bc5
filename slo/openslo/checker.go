package openslo

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/slo"
)

// checker collects what is wrong with the documents of one file.
type checker struct {
	file     string
	problems []slo.Problem
	count    int                 // of all problems, those beyond the limit included
	bad      map[*yaml.Node]bool // nodes that have a problem in them
}

func newChecker(file string) *checker {
	return &checker{file: file, bad: make(map[*yaml.Node]bool)}
}

// at notes a problem at the position of v.
func (c *checker) at(v value, format string, args ...any) {
	c.line(v.node.Line, v.node.Column, fmt.Sprintf(format, args...))
	c.bad[v.node] = true
}

// line notes a problem at a position.
func (c *checker) line(line, column int, text string) {
	c.count++
	switch {
	case c.count < maxProblems:
		c.problems = append(c.problems, slo.Problem{File: c.file, Line: line, Column: column, Text: text})
	case c.count == maxProblems:
		c.problems = append(c.problems, slo.Problem{File: c.file, Line: line, Column: column, Text: "too many errors, the rest is not listed"})
	}
}

// clean reports whether v exists and nothing is wrong with it or in it.
func (c *checker) clean(v value) bool { return !v.absent() && !c.bad[v.node] }

// within runs check and marks v if check found anything.
func (c *checker) within(v value, check func()) {
	before := c.count
	check()
	if c.count > before {
		c.bad[v.node] = true
	}
}

// quote quotes text of a document for a message, at most 60 bytes of it.
func quote(text string) string {
	const most = 60
	if len(text) <= most {
		return strconv.Quote(text)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strconv.Quote(text[:cut]) + "…"
}

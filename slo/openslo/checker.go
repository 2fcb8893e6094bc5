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
	warnings []slo.Problem       // at most maxProblems
	count    int                 // of all problems, those beyond the limit included
	nodes    int                 // of the file, aliases expanded
	bad      map[*yaml.Node]bool // nodes that have a problem in them
	meant    map[meaning]bool
	key      string // of the field that is being checked, for messages
	// recurring counts the exclusions that recur.
	recurring int
}

// meaning is a key that was probably meant by another one in an object, so that
// nobody need be told that it is missing.
type meaning struct {
	object *yaml.Node
	name   string
}

func newChecker(file string) *checker {
	return &checker{file: file, bad: make(map[*yaml.Node]bool), meant: make(map[meaning]bool)}
}

// at notes a problem at the position of v.
func (c *checker) at(v value, format string, args ...any) {
	c.line(v.node.Line, v.node.Column, fmt.Sprintf(format, args...))
	c.bad[v.node] = true
}

// warn notes something that is no error.
func (c *checker) warn(v value, format string, args ...any) {
	if len(c.warnings) < maxProblems {
		c.warnings = append(c.warnings, slo.Problem{File: c.file, Line: v.node.Line, Column: v.node.Column, Text: fmt.Sprintf(format, args...)})
	}
}

// field is at with the key of the field in front, for messages that do not say
// what they are about.
func (c *checker) field(v value, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if c.key != "" {
		text = c.key + ": " + text
	}
	c.at(v, "%s", text)
}

// of runs check as the check of the field with this key.
func (c *checker) of(key string, check func()) {
	outer := c.key
	c.key = quoteless(key)
	check()
	c.key = outer
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

// has reports whether v has a key, be it misspelt.
func (c *checker) has(v value, name string) bool {
	return !v.get(name).absent() || c.meant[meaning{v.node, name}]
}

// full reports whether further problems are only counted.
func (c *checker) full() bool { return c.count >= maxProblems }

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

// quoteless returns a key as it is if it is plain, else in quotes.
func quoteless(key string) string {
	if labelKey.MatchString(key) {
		return key
	}
	return quote(key)
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

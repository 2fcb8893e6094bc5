package openslo

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/slo"
)

// File is one file of specifications.
type File struct {
	Path string // as problems and origins name it
	Text []byte
}

// Builders holds the slo.Builder of each kind of source, keyed by the type of a
// metricSource, e.g. "Prometheus".
type Builders map[string]slo.Builder

// Documents is what Parse understood of one file, ready to be linked.
type Documents struct {
	Path     string
	entries  []*entry
	warnings []slo.Problem
	builders Builders
	// built are the indicators that were built before and depend on no other file:
	// a set is linked anew at every change, and reading queries is most of the work.
	// Documents are linked by one goroutine at a time.
	built map[question]slo.Indicator
	// refused keeps the file's objects from being put in force. They are still
	// looked at, and still known by name to those who refer to them.
	refused bool
}

// question is what an indicator is built of: the spec of an SLI, and the
// comparison of an objective.
type question struct {
	sli   *yaml.Node
	name  string
	op    slo.Op
	limit float64
}

// entry is one object of a file.
type entry struct {
	key    key
	doc    value
	broken bool // Parse found something wrong with it and has said so
}

// key names an object.
type key struct{ kind, name string }

func (e *entry) spec() value     { return e.doc.get("spec") }
func (e *entry) metadata() value { return e.doc.get("metadata") }

// Parse reads the documents of one file: YAML documents, each an object or a
// list of objects. It returns every problem that can be seen without looking at
// other files, in the order of their positions, at most maxProblems. Indicators
// are built with b to find the errors in their queries.
//
// Special cases: an empty file has no documents and no problem; an object with a
// problem stays known by its name, so that references to it are no problems of
// their own.
func Parse(file File, b Builders) (Documents, []slo.Problem) {
	c := newChecker(file.Path)
	d := Documents{Path: file.Path, builders: b, built: make(map[question]slo.Indicator)}
	for _, v := range readFile(c, file) {
		if !v.is(yaml.SequenceNode) {
			d.read(c, v)
			continue
		}
		for _, item := range v.items() {
			d.read(c, item)
		}
	}
	d.warnings = sortedProblems(c.warnings)
	return d, sortedProblems(c.problems)
}

// sortedProblems returns problems by position, each once: what an alias brings in
// twice is wrong once.
func sortedProblems(problems []slo.Problem) []slo.Problem {
	slices.SortStableFunc(problems, comparePosition)
	return slices.Compact(problems)
}

func comparePosition(a, b slo.Problem) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// read checks one object and takes it in.
func (d *Documents) read(c *checker, v value) {
	if !v.is(yaml.MappingNode) {
		c.at(v, "an object with apiVersion, kind, metadata and spec has to be here, this is %s", describe(v))
		return
	}
	kind, ok := kindOf(c, v)
	if !ok {
		return
	}
	documentOf(kind).check(c, v)
	e := &entry{key: key{kind, v.path("metadata", "name").text()}, doc: v}
	definer{checker: c, builders: d.builders}.tryBuild(e)
	e.broken = !c.clean(v)
	d.entries = append(d.entries, e)
}

// foreign says what to do with documents that are not for this package.
var foreign = map[string]string{
	"openslo/v1alpha":    "is an older version: convert it with hindcast convert",
	versionNewer:         "is a newer version: convert it with hindcast convert",
	"pyrra.dev/v1alpha1": "is a specification of Pyrra: convert it with hindcast convert",
	"sloth.slok.dev/v1":  "is a specification of Sloth: convert it with hindcast convert",
}

// kindOf returns the kind of a document, or notes why it cannot be read.
func kindOf(c *checker, v value) (string, bool) {
	version, kind := v.get("apiVersion"), v.get("kind")
	switch {
	case version.absent() && v.get("version").text() == "prometheus/v1":
		c.at(v.get("version"), "%s %s", quote("prometheus/v1"), foreign["sloth.slok.dev/v1"])
		return "", false
	case version.absent():
		c.at(v, "apiVersion is missing: write apiVersion: %s", Version)
		return "", false
	case foreign[version.text()] != "":
		c.at(version, "%s %s", quote(version.text()), foreign[version.text()])
		return "", false
	}
	known := kindsOf[version.text()]
	switch {
	case known == nil:
		c.at(version, "apiVersion %s is not known, %s and %s are%s", quote(version.text()), Version, OwnVersion, suggest(version.text(), []string{Version, OwnVersion}))
		return "", false
	case kind.absent():
		c.at(v, "kind is missing: one of %s", strings.Join(known, ", "))
		return "", false
	case !slices.Contains(known, kind.text()):
		c.at(kind, "kind %s is none of %s%s", quote(kind.text()), strings.Join(known, ", "), suggest(kind.text(), known))
		return "", false
	}
	return kind.text(), true
}

package openslo

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Format is what a document is written for.
type Format string

// The formats that Convert reads.
const (
	FormatOpenSLO   Format = "OpenSLO v1"
	FormatAlpha     Format = "OpenSLO v1alpha"
	FormatNewer     Format = "OpenSLO v2alpha"
	FormatSloth     Format = "Sloth"
	FormatSlothKube Format = "Sloth for Kubernetes"
	FormatPyrra     Format = "Pyrra"
	FormatHindcast  Format = "Hindcast"
)

// PromQL turns queries of other tools into those of a metricSource; its methods
// are those of prometheus.Rewriter.
type PromQL interface {
	Fill(query, window string) (filled string, templated bool)
	Events(query string) (text string, counted bool, problems []string)
	Value(query string) (problems []string)
	Quotient(query string) (a, b string, complement, ok bool)
	Grouped(query, op string, by []string) (text string, problems []string)
	Latency(success, total string, by []string) (good, all, latency string, problems []string)
}

// Importer turns specifications of other tools into OpenSLO v1.
type Importer struct {
	PromQL   PromQL
	Builders Builders
	// Period is the window of SLOs whose format has none, which is Sloth's: 30d.
	Period string
	// Partial gives the objects of a file in which something is refused, without
	// what is.
	Partial bool
}

// DefaultPeriod is the period that Sloth takes if it is told none.
const DefaultPeriod = "30d"

// Conversion is what a file came to.
type Conversion struct {
	Path     string
	Formats  []Format      // those of its documents, each once
	Objects  []Document    // OpenSLO v1 and Hindcast's own kinds; none while there are problems, see Partial
	Problems []slo.Problem // at positions of the file
	Warnings []slo.Problem // what has no equivalent, or was chosen
	Counts   map[Format]Count
	// Altered says that the objects are not what is written in the file.
	Altered bool

	docs Documents
}

// Count says what became of the documents of a format.
type Count struct{ Documents, Imported, Warned, Refused int }

// Set links conversions, as Link does.
func (c *Conversion) Set() (Set, []slo.Problem) { return Link(c.docs) }

// Together links conversions and returns what does not fit together.
func Together(all ...*Conversion) []slo.Problem {
	docs := make([]Documents, len(all))
	for i, c := range all {
		docs[i] = c.docs
	}
	_, problems := Link(docs...)
	return problems
}

// Convert reads files of any of the formats, as if they lay in one folder: window
// sets of Sloth count for all of them. A document with a problem is refused as a
// whole, with the positions; nothing is dropped without a warning.
func (im Importer) Convert(files ...File) ([]*Conversion, error) {
	period, err := parsePeriod(im.Period)
	if err != nil {
		return nil, err
	}
	run := &conversion{Importer: im, period: period, windows: make(map[int64]slothWindows), spaces: make(spaces)}
	var all []*reading
	for _, file := range files {
		all = append(all, run.open(file))
	}
	conversions := make([]*Conversion, len(all))
	for i, r := range all {
		conversions[i] = r.convert()
	}
	return conversions, nil
}

// conversion is one call of Convert.
type conversion struct {
	Importer
	period  promDuration
	windows map[int64]slothWindows // by the period in minutes
	spaces  spaces
}

// reading is one file of a conversion.
type reading struct {
	*conversion
	*checker
	out   *Conversion
	items []item
	docs  Documents
	told  bool // where alerts go
	made  int  // values of the documents that were made

	format    Format          // of the document that is read
	ratioSLIs map[string]bool // see ratios
}

// item is one document of a file.
type item struct {
	format Format
	v      value
}

// open reads a file as far as it can be read without the others.
func (run *conversion) open(file File) *reading {
	r := &reading{
		conversion: run, checker: newChecker(file.Path),
		out:  &Conversion{Path: file.Path, Counts: make(map[Format]Count)},
		docs: Documents{Path: file.Path, builders: run.Builders, built: make(map[question]slo.Indicator)},
	}
	for _, v := range readFile(r.checker, file) {
		r.add(v)
	}
	return r
}

// add takes in a document, or each of a list.
func (r *reading) add(v value) {
	if v.is(yaml.SequenceNode) || v.get("kind").text() == "List" {
		items := v
		if v.is(yaml.MappingNode) {
			items = v.get("items")
		}
		for _, one := range items.items() {
			r.add(one)
		}
		return
	}
	format := formatOf(v)
	if format != FormatSlothKube || v.get("kind").text() != kindWindows {
		r.items = append(r.items, item{format, v})
		r.spaces.add(format, v)
		return
	}
	r.note(format, func() { r.alertWindows(v) })
}

// formatOf recognises a document. What is none of the others is left to the
// reader of OpenSLO, which says what is wrong with it.
func formatOf(v value) Format {
	switch version := v.get("apiVersion").text(); {
	case version == "openslo/v1alpha":
		return FormatAlpha
	case version == versionNewer:
		return FormatNewer
	case version == "pyrra.dev/v1alpha1":
		return FormatPyrra
	case version == "sloth.slok.dev/v1":
		return FormatSlothKube
	case version == OwnVersion:
		return FormatHindcast
	case version == "" && strings.HasPrefix(v.get("version").text(), "prometheus/"):
		return FormatSloth
	}
	return FormatOpenSLO
}

// note runs the reading of one document and counts what became of it.
func (r *reading) note(format Format, read func()) {
	if !slices.Contains(r.out.Formats, format) {
		r.out.Formats = append(r.out.Formats, format)
	}
	problems, warnings := r.count, len(r.warnings)
	read()
	n := r.out.Counts[format]
	n.Documents++
	switch {
	case r.count > problems:
		n.Refused++
	case len(r.warnings) > warnings:
		n.Warned++
	default:
		n.Imported++
	}
	r.out.Counts[format] = n
}

// convert reads the documents that open found.
func (r *reading) convert() *Conversion {
	for _, it := range r.items {
		r.note(it.format, func() { r.document(it) })
	}
	r.out.Problems, r.out.Warnings = sortedProblems(r.problems), sortedProblems(r.warnings)
	r.docs.refused = len(r.problems) > 0
	r.out.docs = r.docs
	if r.docs.refused && !r.Partial {
		return r.out
	}
	objects, err := r.docs.Objects()
	if err != nil {
		r.out.Problems = append(r.out.Problems, slo.Problem{File: r.out.Path, Line: 1, Column: 1, Text: err.Error()})
		return r.out
	}
	r.out.Objects = objects
	return r.out
}

func (r *reading) document(it item) {
	r.format = it.format
	switch it.format {
	case FormatSloth:
		r.sloth(it.v, snake)
	case FormatSlothKube:
		r.slothKube(it.v)
	case FormatPyrra:
		r.pyrra(it.v)
	case FormatAlpha:
		r.alpha(it.v)
	case FormatNewer:
		r.newer(it.v)
	case FormatOpenSLO:
		r.current(it.v)
	default:
		r.docs.read(r.checker, it.v)
	}
}

// emit takes a document that was made of from into the file. The reader of
// OpenSLO has the last word: what it finds is told at the position of what it was
// made of, which is called name. That of parts is known by places, keyed by their
// path.
func (r *reading) emit(d Document, name string, from value, places map[string]value) {
	if r.made > maxMade { // has been noted
		return
	}
	r.out.Altered = true
	var n yaml.Node
	err := r.mark(&d, name)
	if err == nil {
		err = n.Encode(d)
	}
	if err != nil {
		r.at(from, "cannot be written as OpenSLO: %v", err)
		return
	}
	place(&n, from)
	if r.made += size(&n); r.made > maxMade {
		r.at(from, "the file comes to more than %d values as OpenSLO, or to long texts: split it", maxMade)
		return
	}
	for path, v := range places {
		part := valueOf(&n).path(strings.Split(path, ".")...)
		if part.node != nil && v.node != nil {
			place(part.node, v)
		}
	}
	before := r.count
	r.docs.read(r.checker, valueOf(&n))
	if r.count > before {
		r.bad[from.node] = true
	}
}

// place gives a node and all below it the position of v.
func place(n *yaml.Node, v value) {
	n.Line, n.Column = v.node.Line, v.node.Column
	for _, child := range n.Content {
		place(child, v)
	}
}

// size counts a node and all below it, a long text as several.
func size(n *yaml.Node) int {
	all := 1 + len(n.Value)/128
	for _, child := range n.Content {
		all += size(child)
	}
	return all
}

// parsePeriod reads the period for SLOs that have none.
func parsePeriod(text string) (promDuration, error) {
	if text == "" {
		text = DefaultPeriod
	}
	d, err := parsePromDuration(text)
	if err == nil && d.minutes < 60 {
		err = fault.Invalidf("%s is shorter than an hour", quote(text))
	}
	if err != nil {
		return d, fault.At("window", fault.Invalidf("window %w", err))
	}
	return d, nil
}

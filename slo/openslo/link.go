package openslo

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/slo"
)

// Set is everything that a number of files define together, sorted by name.
type Set struct {
	SLOs        []*slo.SLO
	Services    []Service
	Sources     []DataSource
	SLAs        []*slo.SLA
	Exclusions  []slo.Exclusion
	Annotations []slo.Annotation
	// Warnings are what somebody should know of what is defined, by position.
	Warnings []slo.Problem
}

// Service is what SLOs are about. One that is only named by an SLO is in a Set
// too, with nothing but its name and the origin of the first SLO.
type Service struct {
	Name        string
	DisplayName string
	Description string
	Labels      map[string][]string
	Annotations map[string]string
	Team        string // the first value of the label "team"
	Origin      slo.Origin
}

// DataSource is a named source of metrics.
type DataSource struct {
	Name        string
	Type        string
	Description string
	Connection  map[string]any // connectionDetails; a list of mappings is joined
	Origin      slo.Origin
}

// Link resolves what the files refer to in one another, and returns what they
// define together. A name may be used once for each kind over all files.
// Problems come in the order of files and positions; objects that have one, and
// those that refer to such, are not in the Set. What Parse reported before is
// not reported again.
func Link(files ...Documents) (Set, []slo.Problem) {
	set, troubles := link(files)
	return set, problemsOf(troubles)
}

// trouble is a problem between files.
type trouble struct {
	slo.Problem
	keys []key // the objects that are missing, ambiguous or do not fit
	of   key   // the object in which it shows
}

func problemsOf(troubles []trouble) []slo.Problem {
	var problems []slo.Problem
	for _, t := range troubles {
		problems = append(problems, t.Problem)
	}
	slices.SortStableFunc(problems, comparePosition)
	return slices.Compact(problems)
}

// linker resolves references.
type linker struct {
	index     map[key]*home
	policyOf  map[*yaml.Node]linked
	resolving key // the object whose references are followed
	troubles  []trouble
	set       Set
	mixings   []*mixing
	services  map[string]bool // see serviceNames
}

// home is an object and the file that it is in.
type home struct {
	*entry
	file *Documents
}

// origin says where the object is written.
func (h *home) origin() slo.Origin {
	return slo.Origin{File: h.file.Path, Line: h.doc.node.Line}
}

func link(files []Documents) (Set, []trouble) {
	files = slices.SortedFunc(slices.Values(files), func(a, b Documents) int { return strings.Compare(a.Path, b.Path) })
	l := &linker{index: make(map[key]*home), policyOf: make(map[*yaml.Node]linked)}
	var homes []*home
	for i := range files {
		l.set.Warnings = append(l.set.Warnings, files[i].warnings...)
		for _, e := range files[i].entries {
			h := &home{entry: e, file: &files[i]}
			if l.enter(h) {
				homes = append(homes, h)
			}
		}
	}
	for _, h := range homes {
		if !h.broken {
			l.resolve(h)
		}
	}
	l.compose()
	l.finish()
	return l.set, l.troubles
}

// enter makes an object known by its name.
func (l *linker) enter(h *home) bool {
	if h.key.name == "" {
		return !h.broken
	}
	l.resolving = h.key
	if first, ok := l.index[h.key]; ok {
		l.trouble(h, h.metadata().get("name"), []key{h.key}, "%s %s is defined twice, first in %s:%d", h.key.kind, quote(h.key.name), first.file.Path, first.doc.node.Line)
		return false
	}
	l.index[h.key] = h
	return true
}

// trouble notes a problem in h.
func (l *linker) trouble(h *home, at value, keys []key, format string, args ...any) {
	c := newChecker(h.file.Path)
	c.at(at, format, args...)
	l.adopt(c, keys)
}

// adopt takes in what a checker found; it reports whether there was anything.
func (l *linker) adopt(c *checker, keys []key) bool {
	for _, p := range c.problems {
		l.troubles = append(l.troubles, trouble{Problem: p, keys: keys, of: l.resolving})
	}
	return c.count > 0
}

// find returns the object that a reference names; if there is none, that is
// noted.
func (l *linker) find(h *home, ref value, kind string) *home {
	want := key{kind, ref.text()}
	if found, ok := l.index[want]; ok {
		return found
	}
	var names []string
	for k := range maps.Keys(l.index) {
		if k.kind == kind {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	l.trouble(h, ref, []key{want}, "there is no %s %s%s", kind, quote(want.name), suggest(want.name, names))
	return nil
}

// resolve follows the references of one object and puts it into the set.
func (l *linker) resolve(h *home) {
	l.resolving = h.key
	switch h.key.kind {
	case kindSLO:
		l.slo(h)
	case kindSLI:
		l.sli(h)
	case kindPolicy:
		l.policyAt(h, h.doc)
	case kindSLA:
		l.sla(h)
	case kindExclusion:
		l.exclusion(h)
	case kindAnnotation:
		l.annotation(h)
	case kindComposite:
		l.composite(h)
	case kindService:
		if !h.file.refused {
			l.set.Services = append(l.set.Services, h.service())
		}
	case kindDataSource:
		if !h.file.refused {
			l.set.Sources = append(l.set.Sources, h.dataSource())
		}
	}
}

// sli builds an indicator that had to wait for its data source.
func (l *linker) sli(h *home) {
	c := newChecker(h.file.Path)
	l.definer(c, h).build(h.key.name, h.spec(), slo.GreaterOrEqual, 1)
	l.adopt(c, l.sourceKeys(h.spec()))
}

func (l *linker) definer(c *checker, h *home) definer {
	return definer{checker: c, builders: h.file.builders, sourceType: func(name string) (string, bool) {
		source, ok := l.index[key{kindDataSource, name}]
		if !ok {
			return "", false
		}
		return source.spec().get("type").text(), true
	}}
}

// sourceKeys lists the data sources that an indicator refers to.
func (l *linker) sourceKeys(sli value) []key {
	var keys []key
	ratio := sli.get("ratioMetric")
	for _, m := range []value{sli.get("thresholdMetric"), ratio.get("good"), ratio.get("bad"), ratio.get("total"), ratio.get("raw")} {
		if ref := m.path("metricSource", "metricSourceRef").text(); ref != "" {
			keys = append(keys, key{kindDataSource, ref})
		}
	}
	return keys
}

// finish adds the services that are only named, and sorts the set.
func (l *linker) finish() {
	for _, s := range l.set.SLOs {
		k := key{kindService, s.Service}
		if _, ok := l.index[k]; ok || slices.ContainsFunc(l.set.Services, func(o Service) bool { return o.Name == s.Service }) {
			continue
		}
		l.set.Services = append(l.set.Services, Service{Name: s.Service, Origin: s.Origin})
	}
	slices.SortFunc(l.set.SLOs, func(a, b *slo.SLO) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(l.set.Services, func(a, b Service) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(l.set.Sources, func(a, b DataSource) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(l.set.SLAs, func(a, b *slo.SLA) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(l.set.Exclusions, func(a, b slo.Exclusion) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(l.set.Annotations, func(a, b slo.Annotation) int { return cmp.Compare(a.Name, b.Name) })
}

package openslo

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// current reads a document of OpenSLO v1. What such files have elsewhere though it
// says nothing, or means it to a tool that fills it in, is changed with a warning,
// as in the other formats: a comparison beside a ratio, which OpenSLO's own examples
// have, and {{.window}} in a query of Prometheus. A file of the specification
// folder is read strictly instead: its author can be asked.
func (r *reading) current(v value) {
	if plainTree(v.node) {
		switch v.get("kind").text() {
		case kindSLI:
			r.adaptSLI(v.get("spec"))
		case kindSLO:
			r.adaptSLO(v.get("spec"))
		}
	}
	before := r.count
	r.docs.read(r.checker, v)
	if r.count == before && v.get("kind").text() == kindDataSource {
		kind := v.path("spec", "type")
		definer{checker: r.checker, builders: r.Builders}.known(kind, kind.text())
	}
}

// plainTree reports whether nothing in n is shared with another place of the
// file, so that it can be changed.
func plainTree(n *yaml.Node) bool {
	return n == nil || n.Kind != yaml.AliasNode && n.Anchor == "" && !slices.ContainsFunc(n.Content, func(child *yaml.Node) bool { return !plainTree(child) })
}

func (r *reading) adaptSLO(spec value) {
	r.adaptSLI(spec.path("indicator", "spec"))
	shared := r.isRatio(spec)
	for _, o := range spec.get("objectives").items() {
		r.adaptSLI(o.path("indicator", "spec"))
		if shared || r.isRatio(o) {
			r.dropComparison(o)
		}
	}
}

// isRatio reports whether the indicator that v has, or names, is known to be a
// ratio.
func (r *reading) isRatio(v value) bool {
	if ref := v.get("indicatorRef"); !ref.absent() {
		return r.ratios()[ref.text()]
	}
	return ratioAlone(v.path("indicator", "spec"))
}

func ratioAlone(sli value) bool {
	return !sli.get("ratioMetric").absent() && sli.get("thresholdMetric").absent()
}

// ratios returns the names of the SLIs of the file that are ratios.
func (r *reading) ratios() map[string]bool {
	if r.ratioSLIs == nil {
		r.ratioSLIs = make(map[string]bool)
		for _, it := range r.items {
			if it.v.get("kind").text() == kindSLI && ratioAlone(it.v.get("spec")) {
				r.ratioSLIs[it.v.path("metadata", "name").text()] = true
			}
		}
	}
	return r.ratioSLIs
}

// dropComparison leaves out what the objective of a ratio has no use for.
func (r *reading) dropComparison(o value) {
	for _, key := range []string{"op", "value"} {
		at := o.get(key)
		if at.absent() || !at.is(yaml.ScalarNode) {
			continue
		}
		r.warnComparison(at, key)
		r.out.Altered = true
		i := slices.Index(o.node.Content, at.node)
		o.node.Content = slices.Delete(o.node.Content, i-1, i+1)
	}
}

// warnComparison tells of a comparison that means nothing.
func (r *reading) warnComparison(at value, key string) {
	r.warn(at, "%s belongs to a thresholdMetric and is left out: the objective of a ratio compares nothing", key)
}

// adaptSLI fills in the windows of the queries of an SLI.
func (r *reading) adaptSLI(sli value) {
	ratio := sli.get("ratioMetric")
	for _, key := range []string{"good", "bad", "total"} {
		r.adaptMetric(ratio.get(key), true)
	}
	r.adaptMetric(ratio.get("raw"), false)
	r.adaptMetric(sli.get("thresholdMetric"), false)
}

func (r *reading) adaptMetric(m value, events bool) {
	source := m.get("metricSource")
	query := source.path("spec", "query")
	if kind := source.get("type"); query.text() == "" || !kind.absent() && !strings.EqualFold(kind.text(), "Prometheus") {
		return
	}
	if text, templated := r.filled(query, events); templated && text != "" {
		query.node.Value = text
		r.out.Altered = true
	}
}

// filled returns the query that is written at v with {{.window}} filled in:
// where it counts events, as the counters that it is made of. Templated says
// that there was something to fill in; the text is "" if that failed, which was
// noted.
func (r *reading) filled(v value, events bool) (text string, templated bool) {
	text, templated = r.PromQL.Fill(v.text(), span)
	if !templated {
		return v.text(), false
	}
	if !events {
		r.warn(v, "{{.window}} is filled in with %s, and the server evaluates the query once a minute, which is an estimate", span)
		return strings.TrimSpace(text), true
	}
	text, counted, problems := r.PromQL.Events(strings.TrimSpace(text))
	for _, p := range problems {
		r.at(v, "%s", p)
	}
	if len(problems) > 0 {
		return "", true
	}
	r.estimated(v, counted)
	return text, true
}

// estimated warns of a query that no counters can be read for.
func (r *reading) estimated(v value, counted bool) {
	if !counted {
		r.warn(v, "the query is not made of counters alone: the server evaluates it once a minute, over %s in place of {{.window}}, which is an estimate", span)
	}
}

package openslo

import "go.yaml.in/yaml/v3"

// newer reads a document of OpenSLO v2alpha, which has the fields of v1, some under
// other names: they are renamed in place, so that the rest is that of v1.
func (r *reading) newer(v value) {
	if !plainTree(v.node) {
		r.at(v, "anchors and aliases cannot be brought over from %s: write the values out", versionNewer)
		return
	}
	r.out.Altered = true
	v.get("apiVersion").node.Value = Version
	spec := v.get("spec")
	switch v.get("kind").text() {
	case kindSLI:
		r.newerSLI(spec)
	case kindSLO:
		r.newerIndicator(spec)
		for _, o := range spec.get("objectives").items() {
			r.newerIndicator(o)
		}
	}
	r.current(v)
}

const versionNewer = "openslo.com/v2alpha"

// newerIndicator renames the keys of an SLO, or of an objective, and what is below
// its indicator.
func (r *reading) newerIndicator(v value) {
	rename(v, "serviceRef", "service")
	rename(v, "sli", "indicator")
	rename(v, "sliRef", "indicatorRef")
	r.newerSLI(v.path("indicator", "spec"))
}

// rename renames a key, unless the new one is there too, which the reader then says.
func rename(v value, from, to string) {
	for k := range v.pairs() {
		if k.node.Value == from && v.get(to).absent() {
			k.node.Value = to
			return
		}
	}
}

func (r *reading) newerSLI(sli value) {
	r.newerMetric(sli.get("thresholdMetric"))
	for _, key := range []string{"good", "bad", "total", "raw"} {
		r.newerMetric(sli.path("ratioMetric", key))
	}
}

// newerMetric puts what a metric says below metricSource.
func (r *reading) newerMetric(m value) {
	if !m.is(yaml.MappingNode) || !m.get("metricSource").absent() {
		return
	}
	rename(m, "dataSourceRef", "metricSourceRef")
	for i := 0; i+1 < len(m.node.Content); i += 2 {
		key, inline := m.node.Content[i], valueOf(m.node.Content[i+1])
		if key.Value != "dataSourceSpec" || inline.get("type").absent() {
			continue
		}
		r.left(inline, "how a source is reached stands in hindcast.yaml or in a DataSource, so that it is written once", "connectionDetails", "description")
		key.Value, m.node.Content[i+1] = "type", inline.get("type").node
	}
	source := *m.node
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "metricSource", Line: source.Line, Column: source.Column}
	m.node.Content = []*yaml.Node{key, &source}
}

package openslo

import (
	"maps"
	"slices"
	"strings"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/mixed"
)

// definer turns checked indicators into definitions and has them built.
type definer struct {
	*checker
	builders Builders
	// sourceType returns the type of a DataSource. It is nil while other files
	// are not known: an indicator that depends on one is then left for later.
	sourceType func(name string) (string, bool)
}

// tryBuild builds the indicators of e for the sake of their problems.
func (d definer) tryBuild(e *entry) {
	before := d.count
	switch e.key.kind {
	case kindSLI:
		if d.clean(e.spec()) {
			// Any comparison will do: the objectives bring their own.
			d.build(e.key.name, e.spec(), slo.GreaterOrEqual, 1)
		}
	case kindSLO:
		if sli := e.spec().path("indicator", "spec"); d.clean(sli) {
			d.build(e.key.name, sli, slo.GreaterOrEqual, 1)
		}
		for _, o := range e.spec().get("objectives").items() {
			if sli := o.path("indicator", "spec"); d.clean(sli) {
				d.build(e.key.name, sli, slo.GreaterOrEqual, 1)
			}
		}
	}
	if d.count > before {
		d.bad[e.doc.node] = true
	}
}

// comparison returns op and value of an objective.
func comparison(o value) (slo.Op, float64) {
	limit, err := parseNumber(o.get("value").text())
	if err != nil {
		limit = 0 // a ratio has none, and a wrong one has been noted
	}
	return slo.Op(o.get("op").text()), limit
}

// build returns the indicator that the spec of an SLI describes, nil if there
// are problems or if it has to wait for other files.
func (d definer) build(name string, sli value, op slo.Op, limit float64) slo.Indicator {
	def, ok := d.define(name, sli, op, limit)
	if !ok {
		return nil
	}
	ind, problems := d.built(def)
	for _, p := range problems {
		d.at(deepest(sli, p.Path), "%s", p.Text)
	}
	if len(problems) > 0 {
		return nil
	}
	return ind
}

// built has a definition built by the builder of its source, or by those of both.
func (d definer) built(def slo.Definition) (slo.Indicator, []slo.FieldProblem) {
	var one *slo.Metric
	for _, m := range []*slo.Metric{def.Total, def.Good, def.Bad, def.Raw, def.Threshold} {
		switch {
		case m == nil:
		case one == nil:
			one = m
		case m.Type != one.Type || m.SourceName != one.SourceName:
			return mixed.Build(def, d.builders)
		}
	}
	return d.builders[one.Type].Build(def)
}

// deepest returns the value that a path leads to, or the last one on the way
// that exists.
func deepest(v value, path []string) value {
	for _, name := range path {
		next := v.get(name)
		if next.node == nil {
			break
		}
		v = next
	}
	return v
}

// define returns the definition that the spec of an SLI gives; ok is false if
// there is none, or if the type of a source is not known.
func (d definer) define(name string, sli value, op slo.Op, limit float64) (def slo.Definition, ok bool) {
	ratio := sli.get("ratioMetric")
	def = slo.Definition{
		Name: name,
		// OpenSLO's default of counter is open; a query of a source of metrics
		// that says nothing else selects counters.
		Counter:    ratio.get("counter").absent() || ratio.get("counter").yes(),
		RawFailure: ratio.get("rawType").text() == "failure",
	}
	ok = true
	metrics := 0
	for _, part := range []struct {
		v  value
		to **slo.Metric
	}{
		{ratio.get("good"), &def.Good},
		{ratio.get("bad"), &def.Bad},
		{ratio.get("total"), &def.Total},
		{ratio.get("raw"), &def.Raw},
		{sli.get("thresholdMetric"), &def.Threshold},
	} {
		if part.v.absent() {
			continue
		}
		metrics++
		m, known := d.metric(part.v.get("metricSource"))
		*part.to = &m
		ok = ok && known
	}
	if def.Threshold != nil {
		def.Counter, def.Op, def.Value = false, op, limit
	}
	return def, ok && metrics > 0
}

// metric returns a metric with its type found out; ok is false if the type is
// not known, which is noted where it will not become known.
func (d definer) metric(source value) (m slo.Metric, ok bool) {
	ref := source.get("metricSourceRef")
	m = slo.Metric{SourceName: ref.text(), Type: source.get("type").text(), Spec: source.get("spec").anyMap()}
	if d.sourceType == nil {
		if m.Type == "" {
			return m, false
		}
	} else if !ref.absent() && !d.referred(source, &m) {
		return m, false
	}
	at := source.get("type")
	if at.absent() {
		at = ref
	}
	m.Type, ok = d.known(at, m.Type)
	return m, ok
}

// known returns the name of a type of sources, whatever its case; ok is false if
// there is none, which is noted at v.
func (d definer) known(v value, kind string) (name string, ok bool) {
	names := slices.Sorted(maps.Keys(d.builders))
	for _, name := range names {
		if strings.EqualFold(name, kind) {
			return name, true
		}
	}
	d.at(v, "sources of type %s are not supported, those of type %s are%s", quote(kind), strings.Join(names, ", "), suggest(kind, names))
	return kind, false
}

// referred compares a metric with the DataSource that it refers to and takes
// the type from there. A reference with a type may name a source that is
// configured elsewhere than in the documents.
func (d definer) referred(source value, m *slo.Metric) bool {
	ref := source.get("metricSourceRef")
	kind, ok := d.sourceType(m.SourceName)
	switch {
	case !ok && m.Type == "":
		d.at(ref, "there is no DataSource %s: define it, or write type beside metricSourceRef", quote(m.SourceName))
		return false
	case ok && m.Type != "" && !strings.EqualFold(kind, m.Type):
		d.at(source.get("type"), "type %s contradicts DataSource %s, which is of type %s", quote(m.Type), quote(m.SourceName), quote(kind))
		return false
	case ok:
		m.Type = kind
	}
	return true
}

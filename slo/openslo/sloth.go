package openslo

import (
	"strings"

	"github.com/hindcast/hindcast/slo"
)

// spelling is how a form of Sloth's specification writes its keys.
type spelling func(string) string

// snake is the spelling of prometheus/v1.
func snake(key string) string { return key }

// camel is the spelling of the Kubernetes resource: error_query is errorQuery.
func camel(key string) string {
	parts := strings.Split(key, "_")
	for i, part := range parts[1:] {
		parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
	}
	return strings.Join(parts, "")
}

// slothShape is the specification of a service.
func slothShape(key spelling, root ...field) *object {
	alert := &object{ignores: "Sloth", fields: []field{allow("disable", boolean{}), allow("labels", names), allow("annotations", names)}}
	return &object{ignores: "Sloth", fields: append(root,
		need("service", text{}),
		allow("labels", names),
		allow(key("slo_plugins"), freely{}),
		need("slos", list{min: 1, of: &object{ignores: "Sloth", fields: []field{
			need("name", text{}),
			allow("description", scalar{}),
			need("objective", numeric(checkPercent)),
			allow("plugins", freely{}),
			allow("labels", names),
			need("sli", &object{ignores: "Sloth", rules: []rule{oneOf("events", "raw", "plugin")}, fields: []field{
				allow("events", &object{ignores: "Sloth", fields: []field{need(key("error_query"), text{}), need(key("total_query"), text{})}}),
				allow("raw", &object{ignores: "Sloth", fields: []field{need(key("error_ratio_query"), text{})}}),
				allow("plugin", freely{}),
			}}),
			allow("alerting", &object{ignores: "Sloth", fields: []field{
				allow("name", scalar{}), allow("labels", names), allow("annotations", names),
				allow(key("page_alert"), alert), allow(key("ticket_alert"), alert),
			}}),
		}}}),
	)}
}

// oneOf demands exactly one of a number of keys.
func oneOf(keys ...string) rule {
	return func(c *checker, v value) {
		switch found := present(v, keys...); {
		case len(found) == 0:
			c.at(v, "one of %s is missing", strings.Join(keys, ", "))
		case len(found) > 1:
			c.at(v.get(found[1]), "%s and %s exclude each other: remove one", found[0], found[1])
		}
	}
}

var (
	slothRoot = slothShape(snake, need("version", choice{"prometheus/v1"}))
	slothSpec = &object{fields: []field{
		need("apiVersion", text{}), need("kind", choice{"PrometheusServiceLevel", kindWindows}),
		need("metadata", kubeMetadata), need("spec", slothShape(camel)), allow("status", freely{}),
	}}
)

// kubeMetadata is the metadata of a Kubernetes object. What a server adds to it
// says nothing about an objective.
var kubeMetadata = &object{fields: []field{
	need("name", text{}), allow("namespace", text{}), allow("labels", names), allow("annotations", names),
	allow("creationTimestamp", freely{}), allow("generation", freely{}), allow("resourceVersion", freely{}), allow("uid", freely{}),
	allow("managedFields", freely{}), allow("ownerReferences", freely{}), allow("finalizers", freely{}), allow("selfLink", freely{}),
	allow("generateName", freely{}), allow("deletionTimestamp", freely{}), allow("deletionGracePeriodSeconds", freely{}),
}}

// slothKube reads a PrometheusServiceLevel.
func (r *reading) slothKube(v value) {
	slothSpec.check(r.checker, v)
	if !r.clean(v) {
		return
	}
	var base Metadata
	r.label(&base, v.path("metadata", "labels"))
	r.annotations(&base, v.path("metadata", "annotations"))
	r.kubeNamespace(&base, v.get("metadata"))
	r.slothService(v.get("spec"), camel, base)
}

func (r *reading) kubeNamespace(m *Metadata, meta value) {
	if at := meta.get("namespace"); !at.absent() {
		annotate(m, annotationSpace, at.text())
	}
}

// sloth reads a document prometheus/v1.
func (r *reading) sloth(v value, key spelling) {
	slothRoot.check(r.checker, v)
	if r.clean(v) {
		r.slothService(v, key, Metadata{})
	}
}

// slothService reads the SLOs of a service.
func (r *reading) slothService(v value, key spelling, base Metadata) {
	r.slothPlugins(v.get(key("slo_plugins")))
	service := r.named(v.get("service"), v.get("service").text(), "service")
	r.label(&base, v.get("labels"))
	for _, item := range v.get("slos").items() {
		r.slothPlugins(item.get("plugins"))
		if r.made > maxMade { // has been noted
			return
		}
		s := slothReader{r, item, key}
		s.emit(service, v.get("service").text(), base)
	}
}

// slothPlugins warns of plugins, which change the rules that Sloth writes.
func (r *reading) slothPlugins(v value) {
	r.left(v, "only Sloth's own steps can be replaced", "overridePrevious")
	for _, p := range v.get("chain").items() {
		r.warn(p, "plugin %s changes the rules that Sloth writes and is left out: the indicator is measured as it stands here", quote(p.get("id").text()))
	}
}

// slothReader reads one SLO of Sloth.
type slothReader struct {
	*reading
	v   value
	key spelling
}

func (s slothReader) emit(service, written string, base Metadata) {
	before := s.count
	name := s.v.get("name")
	id := written + "-" + name.text() // as Sloth makes it
	meta := clone(base)
	meta.Name = s.namedIn(meta.Annotations[annotationSpace], name, id)
	shown(&meta, name.text())
	s.label(&meta, s.v.get("labels"))
	spec := &SLOSpec{
		Description: s.v.get("description").text(), Service: service,
		TimeWindow: s.period.rolling(), BudgetingMethod: slo.Occurrences.String(),
		Objectives: []Objective{{TargetPercent: Number(s.v.get("objective").text())}},
	}
	ratio, sli := s.sli()
	if ratio != nil {
		spec.Indicator = &Indicator{Metadata: &Metadata{Name: meta.Name}, Spec: SLISpec{RatioMetric: ratio}}
	}
	spec.AlertPolicies = s.alerts()
	if s.count > before {
		return
	}
	source := written + "/" + name.text()
	if space := meta.Annotations[annotationSpace]; space != "" {
		source = space + "/" + source
	}
	s.reading.emit(Document{APIVersion: Version, Kind: kindSLO, Metadata: meta, Spec: spec}, source, s.v, map[string]value{
		"metadata": name, "spec.description": s.v.get("description"), "spec.objectives": s.v.get("objective"), "spec.indicator": sli,
	})
}

// sli returns the indicator and where it is written.
func (s slothReader) sli() (*RatioMetric, value) {
	sli := s.v.get("sli")
	if p := sli.get("plugin"); !p.absent() {
		s.at(p, "the indicator is made by the plugin %s, which is code that only Sloth runs: write the query that it returns as events or raw", quote(p.get("id").text()))
		return nil, p
	}
	if raw := sli.path("raw", s.key("error_ratio_query")); !raw.absent() {
		return s.raw(raw), raw
	}
	events := sli.get("events")
	return s.events(events, events.get(s.key("error_query")), events.get(s.key("total_query"))), events
}

// span is the range that takes the place of {{.window}} where a server has to
// evaluate a query: the shortest that Sloth itself uses.
const span = "5m"

// fill returns a query with its window filled in.
func (s slothReader) fill(v value) string {
	query, templated := s.PromQL.Fill(v.text(), span)
	if !templated {
		s.at(v, "the query has no {{.window}}: Sloth puts the range of each rule there, as in rate(errors_total[{{.window}}])")
	}
	return strings.TrimSpace(query)
}

// events reads two queries of events.
func (s slothReader) events(at, bad, total value) *RatioMetric {
	before := s.count
	errors, all := s.fill(bad), s.fill(total)
	if s.count > before {
		return nil
	}
	some, counted, problems := s.PromQL.Events(errors)
	every, counted2, problems2 := s.PromQL.Events(all)
	if len(problems)+len(problems2) == 0 {
		s.estimated(bad, counted)
		s.estimated(total, counted2)
		return &RatioMetric{Counter: new(true), Bad: prometheusMetric(some), Total: prometheusMetric(every)}
	}
	for _, part := range []struct {
		v     value
		query string
	}{{bad, errors}, {total, all}} {
		for _, p := range s.PromQL.Value(part.query) {
			s.at(part.v, "%s", p)
		}
	}
	if s.count > before {
		return nil
	}
	return s.ratio(at, "("+errors+") / ("+all+")", append(problems, problems2...)[0])
}

// raw reads a query of a ratio of errors: one of counters is taken apart.
func (s slothReader) raw(v value) *RatioMetric {
	before := s.count
	query := s.fill(v)
	if s.count > before {
		return nil
	}
	if a, b, complement, ok := s.PromQL.Quotient(query); ok {
		part, counted, problems := s.PromQL.Events(a)
		total, counted2, problems2 := s.PromQL.Events(b)
		if counted && counted2 && len(problems)+len(problems2) == 0 && part != total {
			s.warn(v, "the ratio is one of counters and is taken apart: its events are counted, so that a minute weighs as much as it has events")
			m := &RatioMetric{Counter: new(true), Total: prometheusMetric(total)}
			if complement {
				m.Good = prometheusMetric(part)
			} else {
				m.Bad = prometheusMetric(part)
			}
			return m
		}
	}
	for _, p := range s.PromQL.Value(query) {
		s.at(v, "%s", p)
	}
	if s.count > before {
		return nil
	}
	return s.ratio(v, query, "it is no ratio of counters")
}

// ratio keeps a ratio of errors for the server.
func (s slothReader) ratio(at value, query, why string) *RatioMetric {
	s.warn(at, "the ratio is evaluated by the server once a minute, over %s in place of {{.window}}, which is an estimate: %s", span, why)
	return &RatioMetric{Raw: prometheusMetric(query), RawType: "failure"}
}

// clone returns metadata that can be changed apart.
func clone(m Metadata) Metadata {
	out := Metadata{DisplayName: m.DisplayName}
	for k, v := range m.Labels {
		if out.Labels == nil {
			out.Labels = make(map[string]Values)
		}
		out.Labels[k] = v
	}
	for k, v := range m.Annotations {
		annotate(&out, k, v)
	}
	return out
}

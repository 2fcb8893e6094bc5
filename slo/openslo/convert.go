package openslo

import (
	"maps"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/slo"
)

// slo resolves the references of an SLO, builds its indicators and puts it into
// the set.
func (l *linker) slo(h *home) {
	before := len(l.troubles)
	for _, item := range h.spec().get("alertPolicies").items() {
		if ref := item.get("alertPolicyRef"); !ref.absent() {
			l.find(h, ref, kindPolicy)
		} else {
			l.policy(h, item.get("spec"))
		}
	}
	s := &slo.SLO{
		Name:        h.key.name,
		DisplayName: h.metadata().get("displayName").text(),
		Description: h.spec().get("description").text(),
		Service:     h.spec().get("service").text(),
		Labels:      labelsOf(h.metadata()),
		Annotations: annotationsOf(h.metadata()),
		Method:      methods[h.spec().get("budgetingMethod").text()],
		Origin:      h.origin(),
	}
	for _, w := range h.spec().get("timeWindow").items() {
		window, err := windowOf(w)
		if err != nil { // has been noted by windowFits
			return
		}
		s.Window = window
	}
	if l.objectives(h, s) && len(l.troubles) == before && !h.file.refused {
		l.set.SLOs = append(l.set.SLOs, s)
	}
}

var methods = map[string]slo.Budgeting{
	"Occurrences": slo.Occurrences, "Timeslices": slo.Timeslices, "RatioTimeslices": slo.RatioTimeslices,
}

// objectives fills the objectives of s; it reports whether all could be built.
func (l *linker) objectives(h *home, s *slo.SLO) bool {
	at, name, sli, keys := l.indicator(h)
	if at == nil {
		return false
	}
	ok := true
	c := newChecker(at.file.Path)
	d := l.definer(c, at)
	for i, v := range h.spec().get("objectives").items() {
		op, limit := comparison(v)
		o, err := objectiveOf(i, v)
		if err != nil { // has been noted by the shapes of the fields
			return false
		}
		if o.Indicator = d.build(name, sli, op, limit); o.Indicator == nil {
			ok = false
		}
		s.Objectives = append(s.Objectives, o)
	}
	l.adopt(c, keys)
	return ok
}

// indicator returns the object that holds the SLI of an SLO, with the name and
// the spec of the SLI and the objects that it depends on; nil if there is none.
func (l *linker) indicator(h *home) (at *home, name string, sli value, keys []key) {
	ref := h.spec().get("indicatorRef")
	if ref.absent() {
		sli = h.spec().path("indicator", "spec")
		name = h.spec().path("indicator", "metadata", "name").text()
		if name == "" {
			name = h.key.name
		}
		return h, name, sli, l.sourceKeys(sli)
	}
	found := l.find(h, ref, kindSLI)
	if found == nil || found.broken {
		return nil, "", value{}, nil
	}
	keys = append(l.sourceKeys(found.spec()), found.key)
	c := newChecker(h.file.Path)
	compare(c, found.spec(), h.spec())
	if l.adopt(c, keys) {
		return nil, "", value{}, nil
	}
	return found, found.key.name, found.spec(), keys
}

// objectiveOf returns the i-th objective, without its indicator.
func objectiveOf(i int, v value) (slo.Objective, error) {
	o := slo.Objective{Name: objectiveName(i, v)}
	var err error
	if t := v.get("target"); !t.absent() {
		o.Target, err = slo.ParseTarget(t.text())
	} else {
		o.Target, err = slo.ParseTargetPercent(v.get("targetPercent").text())
	}
	if err != nil {
		return o, err
	}
	if t := v.get("timeSliceTarget"); !t.absent() {
		if o.SliceTarget, err = slo.ParseSliceTarget(t.text()); err != nil {
			return o, err
		}
	}
	if w := v.get("timeSliceWindow"); !w.absent() {
		o.SliceLength, err = parseSlice(w.text())
	}
	return o, err
}

// service returns what a document of kind Service says.
func (h *home) service() Service {
	s := Service{
		Name:        h.key.name,
		DisplayName: h.metadata().get("displayName").text(),
		Description: h.spec().get("description").text(),
		Labels:      labelsOf(h.metadata()),
		Annotations: annotationsOf(h.metadata()),
		Origin:      h.origin(),
	}
	s.Team = Team(s.Labels)
	return s
}

// Team returns the team that labels name, "" if they name none.
func Team(labels map[string][]string) string {
	if teams := labels["team"]; len(teams) > 0 {
		return teams[0]
	}
	return ""
}

// dataSource returns what a document of kind DataSource says.
func (h *home) dataSource() DataSource {
	s := DataSource{
		Name:        h.key.name,
		Type:        h.spec().get("type").text(),
		Description: h.spec().get("description").text(),
		Origin:      h.origin(),
	}
	details := h.spec().get("connectionDetails")
	if details.is(yaml.MappingNode) {
		s.Connection = details.anyMap()
		return s
	}
	s.Connection = make(map[string]any)
	for _, item := range details.items() {
		maps.Copy(s.Connection, item.anyMap())
	}
	return s
}

// labelsOf returns the labels, each with one value or several.
func labelsOf(metadata value) map[string][]string {
	v := metadata.get("labels")
	if v.absent() || v.len() == 0 {
		return nil
	}
	labels := make(map[string][]string, v.len())
	for k, item := range v.pairs() {
		var values []string
		for _, one := range item.items() {
			values = append(values, one.text())
		}
		if item.is(yaml.ScalarNode) {
			values = []string{item.text()}
		}
		labels[k.node.Value] = values
	}
	return labels
}

func annotationsOf(metadata value) map[string]string {
	v := metadata.get("annotations")
	if v.absent() || v.len() == 0 {
		return nil
	}
	annotations := make(map[string]string, v.len())
	for k, item := range v.pairs() {
		annotations[k.node.Value] = item.text()
	}
	return annotations
}

package openslo

import (
	"cmp"
	"maps"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/slo"
)

// slo resolves the references of an SLO, builds its indicators and puts it into
// the set.
func (l *linker) slo(h *home) {
	before := len(l.troubles)
	s, whole := l.sloOf(h)
	if s != nil && l.objectives(h, s) && whole && len(l.troubles) == before && !h.file.refused {
		l.set.SLOs = append(l.set.SLOs, s)
	}
}

// sloOf returns what an SLO, measured or composite, says besides its objectives,
// nil if that cannot be told; whole is false if a policy of it is wrong.
func (l *linker) sloOf(h *home) (s *slo.SLO, whole bool) {
	policies, whole := l.policies(h)
	s = &slo.SLO{
		Name:          h.key.name,
		DisplayName:   h.metadata().get("displayName").text(),
		Description:   h.spec().get("description").text(),
		Service:       h.spec().get("service").text(),
		Labels:        labelsOf(h.metadata()),
		Annotations:   annotationsOf(h.metadata()),
		Method:        methods[h.spec().get("budgetingMethod").text()],
		AlertPolicies: policies,
		Origin:        h.origin(),
	}
	for _, w := range h.spec().get("timeWindow").items() {
		window, err := windowOf(w)
		if err != nil { // has been noted by windowFits
			return nil, false
		}
		s.Window = window
	}
	return s, whole
}

var methods = map[string]slo.Budgeting{
	"Occurrences": slo.Occurrences, "Timeslices": slo.Timeslices, "RatioTimeslices": slo.RatioTimeslices,
}

// objectives fills the objectives of s; it reports whether all could be built.
func (l *linker) objectives(h *home, s *slo.SLO) bool {
	common := l.indicator(h, h.spec(), h.spec())
	ok := true
	var weights []value
	for i, v := range h.spec().get("objectives").items() {
		o, err := objectiveOf(i, v)
		if err != nil { // has been noted by the shapes of the fields
			return false
		}
		of := common
		if own := l.indicator(h, v, value{}); own != nil {
			of = own
			weights = append(weights, v.get("compositeWeight"))
		}
		if o.Indicator = l.build(of, v); o.Indicator == nil {
			ok = false
		}
		s.Objectives = append(s.Objectives, o)
	}
	if ok && len(weights) > 0 {
		l.whole(h, s, weights)
	}
	return ok
}

// sourced is where an SLI is written.
type sourced struct {
	at   *home // nil: there is none to build
	name string
	sli  value
	keys []key // the objects that it depends on
}

// build returns the indicator of an objective, nil if there is none; as it was
// built before if it depends on nothing else than its own file.
func (l *linker) build(of *sourced, objective value) slo.Indicator {
	if of == nil || of.at == nil {
		return nil
	}
	op, limit := comparison(objective)
	q := question{of.sli.node, of.name, op, limit}
	alone := len(l.sourceKeys(of.sli)) == 0
	if ind := of.at.file.built[q]; ind != nil && alone {
		return ind
	}
	c := newChecker(of.at.file.Path)
	ind := l.definer(c, of.at).build(of.name, of.sli, op, limit)
	l.adopt(c, of.keys)
	if ind != nil && alone {
		of.at.file.built[q] = ind
	}
	return ind
}

// indicator returns the SLI that an SLO, or one of its objectives, has: in v, or
// named there; nil if it has none. The objectives of spec are compared with one
// that is named.
func (l *linker) indicator(h *home, v, spec value) *sourced {
	ref := v.get("indicatorRef")
	if ref.absent() {
		sli := v.path("indicator", "spec")
		if sli.absent() {
			return nil
		}
		name := v.path("indicator", "metadata", "name").text()
		return &sourced{h, cmp.Or(name, h.key.name), sli, l.sourceKeys(sli)}
	}
	found := l.find(h, ref, kindSLI)
	if found == nil || found.broken {
		return &sourced{}
	}
	keys := append(l.sourceKeys(found.spec()), found.key)
	c := newChecker(h.file.Path)
	if spec.node != nil {
		compare(c, found.spec(), spec.get("objectives"))
	} else {
		compareOne(c, found.spec(), v)
	}
	if l.adopt(c, keys) {
		return &sourced{}
	}
	return &sourced{found, found.key.name, found.spec(), keys}
}

// objectiveOf returns the i-th objective, without its indicator.
func objectiveOf(i int, v value) (slo.Objective, error) {
	o := slo.Objective{Name: objectiveName(i, v)}
	var err error
	if o.Target, err = targetOf(v); err != nil {
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

// targetOf returns the target, written as a fraction or in percent.
func targetOf(v value) (slo.Target, error) {
	if t := v.get("target"); !t.absent() {
		return slo.ParseTarget(t.text())
	}
	return slo.ParseTargetPercent(v.get("targetPercent").text())
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

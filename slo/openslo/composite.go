package openslo

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Limits of composites: deeper or wider ones nobody could explain.
const (
	maxComponents = 50
	maxNesting    = 8
	maxMeasured   = 500 // objectives that sources measure, however deep
)

// compositeSpec is what a document of kind CompositeSLO has below its key spec.
var compositeSpec = &object{
	fields: []field{
		allow("description", description),
		need("service", name),
		need("method", choice{"Weighted", "WorstOf", "Additive"}),
		need("timeWindow", list{of: timeWindow, min: 1, max: 1}),
		allow("target", numeric(checkTarget)),
		allow("targetPercent", numeric(checkPercent)),
		allow("maxDelay", written(checkLength)),
		need("components", list{of: componentShape, min: 2, max: maxComponents}),
		allow("alertPolicies", list{of: reference("alertPolicyRef", kindPolicy, policySpec)}),
	},
	rules: []rule{exactlyOne("target", "targetPercent")},
}

var componentShape = &object{fields: []field{
	need("sloRef", name),
	allow("objective", text{max: 63}),
	allow("weight", numeric(checkPositive)),
	allow("whenDelayed", choice{"Hold", "Ignore", "CountAsGood", "CountAsBad"}),
}}

var compositeMethods = map[string]slo.CompositeMethod{"Weighted": slo.Weighted, "WorstOf": slo.WorstOf, "Additive": slo.Additive}

var delays = map[string]slo.WhenDelayed{
	"": slo.Hold, "Hold": slo.Hold, "Ignore": slo.Ignore, "CountAsGood": slo.CountAsGood, "CountAsBad": slo.CountAsBad,
}

// mixing is a composite whose components are not looked up yet.
type mixing struct {
	*home
	slo  *slo.SLO
	whom []*slo.SLO // of each component, nil before it is found
}

// composite makes the SLO of a document of kind CompositeSLO; compose fills its
// components when all SLOs are known.
func (l *linker) composite(h *home) {
	if other, taken := l.index[key{kindSLO, h.key.name}]; taken {
		l.trouble(h, h.metadata().get("name"), []key{h.key, other.key}, "name %s is that of the SLO in %s:%d: an SLO and a CompositeSLO have names of their own",
			quote(h.key.name), other.file.Path, other.doc.node.Line)
		return
	}
	before := len(l.troubles)
	s, whole := l.sloOf(h)
	if s == nil || !whole || len(l.troubles) > before {
		return
	}
	o := slo.Objective{Name: objectiveName(0, value{}), Composite: &slo.Composite{Method: compositeMethods[h.spec().get("method").text()]}}
	var err error
	if o.Target, err = targetOf(h.spec()); err != nil { // has been noted by the shapes
		return
	}
	if d := h.spec().get("maxDelay"); !d.absent() {
		if o.Composite.MaxDelay, err = parseLength(d.text()); err != nil {
			return
		}
	}
	for _, v := range h.spec().get("components").items() {
		c := slo.CompositeComponent{
			SLO: v.get("sloRef").text(), Objective: v.get("objective").text(),
			Weight: weightOf(v.get("weight")), WhenDelayed: delays[v.get("whenDelayed").text()],
		}
		o.Composite.Components = append(o.Composite.Components, c)
	}
	s.Objectives = []slo.Objective{o}
	l.mixings = append(l.mixings, &mixing{home: h, slo: s})
}

// weightOf returns a weight, 1 where none is written.
func weightOf(v value) float64 {
	w, err := parseNumber(v.text())
	if err != nil { // absent, or it has been noted
		return 1
	}
	return w
}

// compose finds the components of all composites, innermost first, and puts
// those into the set that are whole.
func (l *linker) compose() {
	byName := make(map[string]*slo.SLO, len(l.set.SLOs))
	for _, s := range l.set.SLOs {
		byName[s.Name] = s
	}
	c := &composer{linker: l, made: byName, waiting: make(map[string]*mixing, len(l.mixings)), walking: nil}
	for _, m := range l.mixings {
		c.waiting[m.slo.Name] = m
	}
	for _, m := range l.mixings {
		c.make(m)
	}
}

// composer makes composites.
type composer struct {
	*linker
	made    map[string]*slo.SLO
	waiting map[string]*mixing
	walking []string // the composites around the one that is being made
}

// make makes one composite and those that it needs.
func (c *composer) make(m *mixing) {
	if c.waiting[m.slo.Name] != m {
		return // made, or found wrong, on the way to another one
	}
	c.walking = append(c.walking, m.slo.Name)
	ok := true
	components := m.slo.Objectives[0].Composite.Components
	for i, v := range m.spec().get("components").items() {
		ok = c.component(m, v, &components[i]) && ok
	}
	c.walking = c.walking[:len(c.walking)-1]
	delete(c.waiting, m.slo.Name)
	if !ok {
		return
	}
	if n := len(m.slo.Objectives[0].Measured()); n > maxMeasured {
		c.trouble(m.home, m.spec().get("components"), []key{m.key}, "the composite is made of %d measured objectives, at most %d are allowed", n, maxMeasured)
		return
	}
	m.slo.Objectives[0].Indicator = m.slo.Objectives[0].Composite.Indicator()
	c.made[m.slo.Name] = m.slo
	if !m.file.refused {
		c.set.SLOs = append(c.set.SLOs, m.slo)
	}
}

// component finds what a component names; it reports whether it is there.
func (c *composer) component(m *mixing, v value, part *slo.CompositeComponent) bool {
	ref := v.get("sloRef")
	if at := slices.Index(c.walking, part.SLO); at >= 0 {
		path := append(slices.Clone(c.walking[at:]), part.SLO)
		keys := make([]key, len(path))
		for i, name := range path {
			keys[i] = key{kindComposite, name}
		}
		c.trouble(m.home, ref, keys, "the composite contains itself: %s", strings.Join(path, " → "))
		return false
	}
	if len(c.walking) > maxNesting {
		c.trouble(m.home, ref, []key{m.key}, "composites nest deeper than %d", maxNesting)
		return false
	}
	if inner := c.waiting[part.SLO]; inner != nil {
		c.make(inner)
	}
	if part.Of = c.made[part.SLO]; part.Of == nil {
		c.missing(m, ref, part.SLO)
		return false
	}
	if part.Part = objectiveNamed(part.Of, part.Objective); part.Part == nil {
		c.trouble(m.home, v.get("objective"), []key{{kindSLO, part.SLO}, {kindComposite, part.SLO}}, "SLO %s has no objective %s%s",
			quote(part.SLO), quote(part.Objective), suggest(part.Objective, namesOf(part.Of)))
		return false
	}
	return true
}

// missing notes that there is no SLO of that name. One that is there and has
// errors of its own has been complained of.
func (c *composer) missing(m *mixing, ref value, wanted string) {
	for _, kind := range []string{kindSLO, kindComposite} {
		if _, there := c.index[key{kind, wanted}]; there {
			return
		}
	}
	names := make([]string, 0, len(c.index))
	for k := range c.index {
		if k.kind == kindSLO || k.kind == kindComposite {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	c.trouble(m.home, ref, []key{{kindSLO, wanted}, {kindComposite, wanted}}, "there is no SLO %s%s", quote(wanted), suggest(wanted, names))
}

// objectiveNamed returns the objective of that name, the first one for "".
func objectiveNamed(s *slo.SLO, name string) *slo.Objective {
	i := slices.IndexFunc(s.Objectives, func(o slo.Objective) bool { return name == "" || o.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Objectives[i]
}

func namesOf(s *slo.SLO) []string {
	names := make([]string, len(s.Objectives))
	for i, o := range s.Objectives {
		names[i] = o.Name
	}
	return names
}

// wholeName is the objective of an OpenSLO composite that stands for all of it.
const wholeName = "composite"

// whole puts before the objectives of an SLO that have indicators of their own the one
// that they make together, as OpenSLO reckons: what is missing of each, times
// its weight, is missing of the whole, and so are their targets.
func (l *linker) whole(h *home, s *slo.SLO, weights []value) {
	o := slo.Objective{Name: wholeName, Composite: &slo.Composite{Method: slo.Additive}}
	missing := new(big.Rat)
	for i := range s.Objectives {
		part := s.Objectives[i]
		weight, ok := new(big.Rat).SetString(cmp.Or(weights[i].text(), "1"))
		target, known := new(big.Rat).SetString(part.Target.String())
		if !ok || !known {
			return // has been noted
		}
		missing.Add(missing, weight.Mul(weight, target.Sub(big.NewRat(1, 1), target)))
		o.Composite.Components = append(o.Composite.Components, slo.CompositeComponent{
			SLO: s.Name, Objective: part.Name, Weight: weightOf(weights[i]), WhenDelayed: slo.Hold, Of: s,
		})
	}
	var err error
	if o.Target, err = targetMissing(missing); err != nil {
		l.trouble(h, h.spec().get("objectives"), []key{h.key}, "the composite of these objectives has no target: %v", err)
		return
	}
	o.SliceTarget, o.SliceLength = s.Objectives[0].SliceTarget, s.Objectives[0].SliceLength
	s.Objectives = slices.Insert(s.Objectives, 0, o)
	for i := range o.Composite.Components {
		o.Composite.Components[i].Part = &s.Objectives[i+1]
	}
	s.Objectives[0].Indicator = o.Composite.Indicator()
}

// targetMissing returns the target that leaves a part of everything missing.
func targetMissing(missing *big.Rat) (slo.Target, error) {
	target := new(big.Rat).Sub(big.NewRat(1, 1), missing)
	if target.Sign() <= 0 {
		return slo.Target{}, fault.Invalidf("what the targets and weights allow to be missing adds up to %s, and that is everything", missing.FloatString(6))
	}
	digits, exact := target.FloatPrec()
	if !exact {
		return slo.Target{}, fault.Invalidf("%s is no decimal fraction", target)
	}
	return slo.ParseTarget(target.FloatString(digits))
}

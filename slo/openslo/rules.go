package openslo

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// present returns those of the names that v has.
func present(v value, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return v.get(name).absent() })
}

// exactlyOne demands one of two keys.
func exactlyOne(a, b string) rule {
	return func(c *checker, v value) {
		if !c.has(v, a) && !c.has(v, b) {
			c.at(v, "either %s or %s is missing", a, b)
		}
		if len(present(v, a, b)) == 2 {
			c.at(v.get(b), "%s and %s exclude each other: remove one", a, b)
		}
	}
}

// atLeastOne demands one of the keys.
func atLeastOne(names ...string) rule {
	return func(c *checker, v value) {
		if !slices.ContainsFunc(names, func(name string) bool { return c.has(v, name) }) {
			c.at(v, "%s is missing", strings.Join(names, " or "))
		}
	}
}

// oneIndicator demands an indicator for the SLO, or one for each of its
// objectives, which makes it a composite.
func oneIndicator(c *checker, v value) {
	composite := false
	for _, o := range v.get("objectives").items() {
		composite = composite || len(present(o, "indicator", "indicatorRef", "compositeWeight")) > 0
	}
	if !composite {
		exactlyOne("indicator", "indicatorRef")(c, v)
		return
	}
	for _, key := range present(v, "indicator", "indicatorRef") {
		c.at(v.get(key), "%s excludes indicators in objectives, which make a composite SLO: remove one", key)
	}
	for _, o := range v.get("objectives").items() {
		exactlyOne("indicator", "indicatorRef")(c, o)
	}
}

// sliceFields demands what a budgeting method by slices needs.
func sliceFields(c *checker, v value) {
	var needed []string
	method := v.get("budgetingMethod").text()
	switch method {
	case "Timeslices":
		needed = []string{"timeSliceTarget", "timeSliceWindow"}
	case "RatioTimeslices":
		needed = []string{"timeSliceWindow"}
	}
	for _, o := range v.get("objectives").items() {
		for _, key := range needed {
			if o.is(yaml.MappingNode) && !c.has(o, key) {
				c.at(o, "%s is missing: budgetingMethod %s needs it", key, method)
			}
		}
	}
}

// sliceLengths refuses slices that are longer than a rolling window.
func sliceLengths(c *checker, v value) {
	for _, w := range v.get("timeWindow").items() {
		if !c.clean(w) || !w.get("isRolling").yes() {
			continue
		}
		window, err := windowOf(w)
		if err != nil {
			continue // has been noted
		}
		for _, o := range v.get("objectives").items() {
			at := o.get("timeSliceWindow")
			if slice, err := parseSlice(at.text()); err == nil && slice > window.Duration() {
				c.at(at, "timeSliceWindow %s is longer than the window of the SLO", at.text())
			}
		}
	}
}

// objectiveNames refuses objectives that cannot be told apart.
func objectiveNames(c *checker, v value) {
	seen := make(map[string]int)
	for i, o := range v.get("objectives").items() {
		name := objectiveName(i, o)
		if first, ok := seen[name]; ok {
			at := o.get("displayName")
			if at.absent() {
				at = o
			}
			c.at(at, "objective %s is named twice, first in line %d: objectives need different displayNames", quote(name), first)
			continue
		}
		seen[name] = o.node.Line
	}
}

// objectiveName returns the name of the i-th objective.
func objectiveName(i int, o value) string {
	if s := o.get("displayName").text(); s != "" {
		return s
	}
	return fmt.Sprintf("objective-%d", i+1)
}

// comparisons looks at op and value of the objectives of an indicator in place;
// Link does the same for one that is referred to.
func comparisons(c *checker, v value) {
	if spec := v.path("indicator", "spec"); !spec.absent() {
		compare(c, spec, v.get("objectives"))
	}
	for _, o := range v.get("objectives").items() {
		if spec := o.path("indicator", "spec"); !spec.absent() {
			compareOne(c, spec, o)
		}
	}
}

// compare demands op and value from the objectives of a threshold indicator and
// refuses them for a ratio.
func compare(c *checker, sli, objectives value) {
	for _, o := range objectives.items() {
		compareOne(c, sli, o)
	}
}

// compareOne does so with one objective.
func compareOne(c *checker, sli, o value) {
	threshold := !sli.get("thresholdMetric").absent()
	if threshold == !sli.get("ratioMetric").absent() || !o.is(yaml.MappingNode) {
		return // neither or both: it cannot be told what the objective needs
	}
	for _, key := range []string{"op", "value"} {
		switch at := o.get(key); {
		case threshold && !c.has(o, key):
			c.at(o, "%s is missing: the objective of a thresholdMetric compares the metric, as in op: gte, value: 1", key)
		case !threshold && !at.absent():
			c.at(at, "%s belongs to a thresholdMetric, the indicator of this objective is a ratioMetric: remove it", key)
		}
	}
}

// ratioFields demands total with good or bad, or raw with rawType.
func ratioFields(c *checker, v value) {
	if v.get("raw").absent() {
		if t := v.get("rawType"); !t.absent() {
			c.at(t, "rawType is the type of raw, which is missing")
		}
		if c.has(v, "raw") {
			return
		}
		if !c.has(v, "total") {
			c.at(v, "total with good or bad is missing, or raw with rawType")
			return
		}
		exactlyOne("good", "bad")(c, v)
		return
	}
	for _, key := range present(v, "good", "bad", "total") {
		c.at(v.get(key), "%s and raw exclude each other: remove one", key)
	}
	if !c.has(v, "rawType") {
		c.at(v, "rawType is missing: success if raw is the good fraction, failure if it is the bad one")
	}
}

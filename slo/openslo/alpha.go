package openslo

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var alphaMetadata = &object{fields: []field{need("name", text{}), allow("displayName", text{}), allow("labels", names), allow("annotations", names)}}

var alphaQuery = &object{fields: []field{need("source", text{}), need("queryType", text{}), need("query", text{}), allow("metadata", freely{})}}

var alphaService = &object{fields: []field{
	need("apiVersion", text{}), need("kind", text{}), need("metadata", alphaMetadata),
	allow("spec", &object{fields: []field{allow("description", scalar{})}}),
}}

var alphaSLO = &object{fields: []field{
	need("apiVersion", text{}), need("kind", text{}), need("metadata", alphaMetadata),
	need("spec", &object{fields: []field{
		allow("description", scalar{}),
		need("service", text{}),
		allow("indicator", &object{fields: []field{need("thresholdMetric", alphaQuery)}}),
		need("timeWindows", list{min: 1, max: 1, of: &object{fields: []field{
			need("unit", choice{"Second", "Minute", "Hour", "Day", "Week", "Month", "Quarter", "Year"}),
			need("count", written(checkPositive)),
			allow("isRolling", boolean{}),
			allow("calendar", &object{fields: []field{need("startTime", written(checkStartTime)), need("timeZone", text{valid: checkTimeZone})}}),
		}}}),
		need("budgetingMethod", choice{"Occurrences", "Timeslices"}),
		need("objectives", list{min: 1, max: maxObjectives, of: &object{fields: []field{
			allow("displayName", text{}), allow("op", operator), allow("value", numeric(checkNumber)),
			need("target", numeric(checkTarget)), allow("timeSliceTarget", numeric(checkSliceTarget)),
			allow("ratioMetrics", &object{fields: []field{
				allow("incremental", boolean{}), allow("counter", boolean{}), need("good", alphaQuery), need("total", alphaQuery),
			}}),
		}}}),
	}}),
}}

// alpha reads a document of OpenSLO v1alpha.
func (r *reading) alpha(v value) {
	switch kind := v.get("kind"); kind.text() {
	case kindService:
		r.alphaService(v)
	case kindSLO:
		alphaSLO.check(r.checker, v)
		if r.clean(v) {
			alphaReader{r, v, v.get("spec")}.emitAll()
		}
	default:
		at := kind
		if at.absent() {
			at = v
		}
		r.at(at, "kind %s is none of SLO, Service, which are those of openslo/v1alpha", quote(kind.text()))
	}
}

func (r *reading) alphaService(v value) {
	alphaService.check(r.checker, v)
	if !r.clean(v) {
		return
	}
	d := Document{APIVersion: Version, Kind: kindService, Metadata: r.alphaMeta(v)}
	if text := v.path("spec", "description").text(); text != "" {
		d.Spec = &ServiceSpec{Description: text}
	}
	r.emit(d, "Service "+v.path("metadata", "name").text(), v, map[string]value{"metadata": v.path("metadata", "name"), "spec": v.path("spec", "description")})
}

func (r *reading) alphaMeta(v value) Metadata {
	meta, at := Metadata{}, v.get("metadata")
	meta.Name = r.named(at.get("name"), at.get("name").text(), v.get("kind").text())
	if text := at.get("displayName").text(); text != "" {
		shown(&meta, text)
	}
	r.label(&meta, at.get("labels"))
	r.annotations(&meta, at.get("annotations"))
	return meta
}

// alphaReader reads an SLO of OpenSLO v1alpha.
type alphaReader struct {
	*reading
	doc, v value
}

// emitAll emits one SLO, or one for each objective where they measure different
// things: OpenSLO v1 has one indicator for all objectives.
func (a alphaReader) emitAll() {
	before := a.count
	meta := a.alphaMeta(a.doc)
	window, at := a.window()
	objectives := a.v.get("objectives")
	shared := !a.v.get("indicator").absent() || a.sameQueries(objectives)
	var groups [][]value
	for _, o := range objectives.items() {
		if shared && len(groups) > 0 {
			groups[0] = append(groups[0], o)
		} else {
			groups = append(groups, []value{o})
		}
	}
	for i, group := range groups {
		own := clone(meta)
		own.Name = meta.Name
		if len(groups) > 1 {
			own.Name = slug(fmt.Sprintf("%.60s-%d", meta.Name, i))
			a.warn(group[0], "the objectives measure different things: this one becomes SLO %s of its own, since OpenSLO v1 has one indicator for an SLO", own.Name)
		}
		spec := &SLOSpec{
			Description: a.v.get("description").text(), Service: a.named(a.v.get("service"), a.v.get("service").text(), "service"),
			TimeWindow: window, BudgetingMethod: a.v.get("budgetingMethod").text(),
		}
		sli, from := a.indicator(group[0])
		spec.Indicator = &Indicator{Metadata: &Metadata{Name: own.Name}, Spec: sli}
		for _, o := range group {
			spec.Objectives = append(spec.Objectives, a.objective(o))
		}
		if a.count > before {
			return
		}
		a.emit(Document{APIVersion: Version, Kind: kindSLO, Metadata: own, Spec: spec}, a.doc.path("metadata", "name").text(), a.doc, map[string]value{
			"metadata": a.doc.path("metadata", "name"), "spec.description": a.v.get("description"), "spec.timeWindow": at,
			"spec.objectives": group[0], "spec.indicator": from,
		})
	}
}

// sameQueries reports whether all objectives measure the same.
func (a alphaReader) sameQueries(objectives value) bool {
	first := ""
	for i, o := range objectives.items() {
		text := fmt.Sprint(o.get("ratioMetrics").exact())
		if i > 0 && text != first {
			return false
		}
		first = text
	}
	return true
}

// window returns the time window and where it is written.
func (a alphaReader) window() ([]TimeWindow, value) {
	for _, w := range a.v.get("timeWindows").items() {
		unit := w.get("unit").text()
		count, err := strconv.Atoi(w.get("count").text())
		if err != nil {
			a.at(w.get("count"), "count %s is not a whole number", quote(w.get("count").text()))
			return nil, w
		}
		if unit == "Second" {
			if count%60 != 0 {
				a.at(w.get("count"), "%d seconds are no whole number of minutes, which is the shortest unit of OpenSLO v1", count)
				return nil, w
			}
			count, unit = count/60, "Minute"
		}
		letters := map[string]string{"Minute": "m", "Hour": "h", "Day": "d", "Week": "w", "Month": "M", "Quarter": "Q", "Year": "Y"}
		out := TimeWindow{Duration: strconv.Itoa(count) + letters[unit]}
		calendar := w.get("calendar")
		switch rolling := w.get("isRolling"); {
		case rolling.absent() && calendar.absent():
			a.warn(w, "neither isRolling nor calendar is written: the window is taken for a rolling one")
			out.IsRolling = new(true)
		case rolling.yes():
			out.IsRolling = new(true)
		default:
			out.IsRolling = new(false)
		}
		if !calendar.absent() {
			out.Calendar = &Calendar{StartTime: calendar.get("startTime").text(), TimeZone: calendar.get("timeZone").text()}
		}
		return []TimeWindow{out}, w
	}
	return nil, a.v
}

// indicator returns the indicator of an objective and where it is written.
func (a alphaReader) indicator(o value) (SLISpec, value) {
	threshold, ratio := a.v.path("indicator", "thresholdMetric"), o.get("ratioMetrics")
	switch {
	case !threshold.absent() && !ratio.absent():
		a.at(ratio, "ratioMetrics and the thresholdMetric of the indicator exclude each other: remove one")
	case !threshold.absent():
		return SLISpec{ThresholdMetric: a.metric(threshold, false)}, threshold
	case ratio.absent():
		a.at(o, "ratioMetrics is missing, or an indicator with a thresholdMetric")
	default:
		return SLISpec{RatioMetric: a.ratio(ratio)}, ratio
	}
	return SLISpec{}, o
}

func (a alphaReader) ratio(v value) *RatioMetric {
	m := &RatioMetric{Counter: new(true)}
	for _, key := range []string{"incremental", "counter"} {
		if at := v.get(key); !at.absent() {
			m.Counter = new(at.yes())
		}
	}
	m.Good, m.Total = a.metric(v.get("good"), true), a.metric(v.get("total"), true)
	return m
}

// alphaTypes are the sources that mean Prometheus: the second is what files for
// Sloth say.
var alphaTypes = map[string]string{"prometheus": "Prometheus", "sloth": "Prometheus", "elasticsearch": "Elasticsearch"}

// metric returns what a source is asked. Queries that were written for Sloth have
// a window to be filled in.
func (a alphaReader) metric(v value, events bool) *Metric {
	source, query := v.get("source").text(), v.get("query")
	kind := alphaTypes[strings.ToLower(source)]
	if kind == "" {
		kind = source
	}
	m := prometheusMetric(query.text())
	m.MetricSource.Type = kind
	if kind != "Prometheus" {
		return m
	}
	text, _ := a.filled(query, events)
	return prometheusMetric(text)
}

// alphaSlice is the length of slices, which v1alpha does not say.
const alphaSlice = "1m"

func (a alphaReader) objective(o value) Objective {
	out := Objective{Target: Number(o.get("target").text()), TimeSliceTarget: Number(o.get("timeSliceTarget").text())}
	if name := o.get("displayName").text(); len([]rune(name)) <= 63 {
		out.DisplayName = name
	} else {
		a.at(o.get("displayName"), "displayName has more than 63 characters, which OpenSLO v1 does not allow")
	}
	if a.v.get("budgetingMethod").text() == "Timeslices" {
		out.TimeSliceWindow = alphaSlice
		a.warn(o, "v1alpha does not say how long a time slice is: %s is taken", alphaSlice)
	} else if at := o.get("timeSliceTarget"); !at.absent() {
		a.warn(at, "timeSliceTarget plays no part with budgetingMethod Occurrences")
	}
	if !a.v.get("indicator").absent() {
		out.Op, out.Value = o.get("op").text(), Number(o.get("value").text())
		return out
	}
	for _, key := range []string{"op", "value"} {
		if at := o.get(key); !at.absent() && at.is(yaml.ScalarNode) {
			a.warnComparison(at, key)
		}
	}
	return out
}

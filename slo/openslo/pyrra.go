package openslo

import (
	"strconv"
	"strings"

	"github.com/hindcast/hindcast/slo"
)

var pyrraMetric = &object{fields: []field{need("metric", text{})}}

var pyrraShape = &object{fields: []field{
	need("apiVersion", text{}), need("kind", choice{"ServiceLevelObjective"}), need("metadata", kubeMetadata), allow("status", freely{}),
	need("spec", &object{fields: []field{
		allow("description", scalar{}),
		need("target", written(checkPercent)),
		need("window", written(checkProm)),
		need("indicator", &object{rules: []rule{oneOf("ratio", "latency", "latencyNative", "bool_gauge")}, fields: []field{
			allow("ratio", &object{fields: []field{need("errors", pyrraMetric), need("total", pyrraMetric), allow("grouping", list{of: text{}})}}),
			allow("latency", &object{fields: []field{need("success", pyrraMetric), need("total", pyrraMetric), allow("grouping", list{of: text{}})}}),
			allow("latencyNative", &object{fields: []field{need("total", pyrraMetric), need("latency", written(checkLatency)), allow("grouping", list{of: text{}})}}),
			allow("bool_gauge", &object{fields: []field{need("metric", text{}), allow("grouping", list{of: text{}})}}),
		}}),
		allow("alerting", &object{fields: []field{
			allow("disabled", boolean{}), allow("burnrates", boolean{}), allow("absent", boolean{}),
			allow("name", scalar{}), allow("absentName", scalar{}),
			allow("severities", &object{fields: []field{
				allow("absent", text{}), allow("fastBurn", text{}), allow("mediumBurn", text{}), allow("slowBurn", text{}), allow("longTermBurn", text{}),
			}}),
		}}),
		allow("partial_response_strategy", freely{}),
		allow("performanceOverAccuracy", freely{}),
		allow("ruleOutput", freely{}),
	}}),
}}

func checkLatency(s string) error {
	_, err := promMillis(s)
	return err
}

// pyrra reads a ServiceLevelObjective.
func (r *reading) pyrra(v value) {
	pyrraShape.check(r.checker, v)
	if !r.clean(v) {
		return
	}
	before := r.count
	meta, spec := v.get("metadata"), v.get("spec")
	p := pyrraReader{r, spec}
	out := Metadata{Name: r.namedIn(meta.get("namespace").text(), meta.get("name"), meta.get("name").text())}
	if out.Name != meta.get("name").text() {
		shown(&out, meta.get("name").text())
	}
	r.pyrraLabels(&out, meta)
	r.kubeNamespace(&out, meta)
	window, err := parsePromDuration(spec.get("window").text())
	if err != nil { // has been noted
		return
	}
	sli, at := p.indicator()
	objective := Objective{TargetPercent: Number(spec.get("target").text())}
	if sli.ThresholdMetric != nil {
		objective.Op, objective.Value = "gte", "1"
	}
	p.remarks()
	document := Document{APIVersion: Version, Kind: kindSLO, Metadata: out, Spec: &SLOSpec{
		Description: spec.get("description").text(), Service: p.service(meta),
		Indicator:  &Indicator{Metadata: &Metadata{Name: out.Name}, Spec: sli},
		TimeWindow: window.rolling(), BudgetingMethod: slo.Occurrences.String(), Objectives: []Objective{objective},
		AlertPolicies: p.alerts(window, out),
	}}
	if r.count > before {
		return
	}
	name := meta.get("name").text()
	if space := meta.get("namespace").text(); space != "" {
		name = space + "/" + name
	}
	r.emit(document, name, v, map[string]value{
		"metadata": meta.get("name"), "spec.description": spec.get("description"), "spec.objectives": spec.get("target"), "spec.indicator": at,
		"spec.timeWindow": spec.get("window"),
	})
}

// pyrraReader reads the spec of a ServiceLevelObjective.
type pyrraReader struct {
	*reading
	v value
}

const pyrraPrefix = "pyrra.dev/"

// pyrraLabels takes over labels and annotations. Those with Pyrra's prefix are
// those of its alerts, without it.
func (r *reading) pyrraLabels(m *Metadata, meta value) {
	r.label(m, meta.get("labels"))
	r.annotations(m, meta.get("annotations"))
}

// service chooses the service that an SLO belongs to: Pyrra knows none.
func (p pyrraReader) service(meta value) string {
	for _, at := range []value{
		meta.path("labels", pyrraPrefix+"service"), meta.path("labels", "service"),
		meta.path("labels", "app.kubernetes.io/name"), meta.path("labels", "app"), meta.get("namespace"), meta.get("name"),
	} {
		if name := slug(at.text()); name != "" {
			p.warn(at, "Pyrra has no services: this SLO is put to service %s; the label %sservice chooses another", name, pyrraPrefix)
			return name
		}
	}
	return ""
}

// remarks tells what has no equivalent, and what looks wrong.
func (p pyrraReader) remarks() {
	if target := p.v.get("target"); strings.HasPrefix(target.text(), "0.") {
		p.warn(target, "target %s is a percentage: %s %% of the events have to be good", target.text(), target.text())
	}
	p.left(p.v, "it belongs to rules of Prometheus, and figures here are exact and fast without", "performanceOverAccuracy", "ruleOutput", "partial_response_strategy")
}

// indicator returns the indicator and where it is written.
func (p pyrraReader) indicator() (SLISpec, value) {
	v := p.v.get("indicator")
	for _, form := range []struct {
		key  string
		read func(value) SLISpec
	}{{"ratio", p.ratio}, {"latency", p.latency}, {"latencyNative", p.native}, {"bool_gauge", p.gauge}} {
		if at := v.get(form.key); !at.absent() {
			return form.read(at), at
		}
	}
	return SLISpec{}, v
}

// grouped returns the selector at v as a query, summed by the labels of a grouping.
func (p pyrraReader) grouped(v value, op string, by []string) string {
	text, problems := p.PromQL.Grouped(v.text(), op, by)
	for _, problem := range problems {
		p.at(v, "%s", problem)
	}
	return text
}

func (p pyrraReader) ratio(v value) SLISpec {
	by := texts(v.get("grouping"))
	return SLISpec{RatioMetric: &RatioMetric{
		Counter: new(true),
		Bad:     prometheusMetric(p.grouped(v.path("errors", "metric"), "sum", by)),
		Total:   prometheusMetric(p.grouped(v.path("total", "metric"), "sum", by)),
	}}
}

func (p pyrraReader) latency(v value) SLISpec {
	success, total, by := v.path("success", "metric"), v.path("total", "metric"), texts(v.get("grouping"))
	good, all, latency, problems := p.PromQL.Latency(success.text(), total.text(), by)
	for _, problem := range problems {
		p.at(success, "%s", problem)
	}
	m := &RatioMetric{Counter: new(true), Good: prometheusMetric(good), Total: prometheusMetric(all)}
	if latency != "" {
		m.Good = prometheusMetric(good, "latency", latency)
	}
	return SLISpec{RatioMetric: m}
}

func (p pyrraReader) native(v value) SLISpec {
	query := p.grouped(v.path("total", "metric"), "sum", texts(v.get("grouping")))
	millis, err := promMillis(v.get("latency").text())
	if err != nil || millis == 0 {
		p.at(v.get("latency"), "latency %s is not above 0", quote(v.get("latency").text()))
		return SLISpec{}
	}
	return SLISpec{RatioMetric: &RatioMetric{
		Counter: new(true), Good: prometheusMetric(query, "latency", strconv.FormatInt(millis, 10)+"ms"), Total: prometheusMetric(query),
	}}
}

// gauge reads a gauge of 0 and 1. Pyrra counts its samples, Hindcast the seconds
// in which it was 1.
func (p pyrraReader) gauge(v value) SLISpec {
	by, metric := texts(v.get("grouping")), v.get("metric")
	if len(by) == 0 {
		p.warn(metric, "Pyrra counts the samples of a bool_gauge; here the seconds are counted in which it is 1")
		return SLISpec{ThresholdMetric: prometheusMetric(p.grouped(metric, "avg", nil))}
	}
	p.warn(metric, "the server evaluates the average of the gauge by %s once a minute, which is an estimate; seconds are counted, not samples", strings.Join(by, ", "))
	return SLISpec{RatioMetric: &RatioMetric{Raw: prometheusMetric(p.grouped(metric, "avg", by)), RawType: "success"}}
}

// pyrraPair is one of Pyrra's four alerts, for a window of 28 days.
type pyrraPair struct {
	name, key, severity string
	factor              Number
	long, short, after  promDuration
}

var pyrraPairs = []pyrraPair{
	{"fast-burn", "fastBurn", "critical", "14", promDuration{60}, promDuration{5}, promDuration{2}},
	{"medium-burn", "mediumBurn", "critical", "7", promDuration{6 * 60}, promDuration{30}, promDuration{15}},
	{"slow-burn", "slowBurn", "warning", "2", promDuration{24 * 60}, promDuration{2 * 60}, promDuration{60}},
	{"long-term-burn", "longTermBurn", "warning", "1", promDuration{4 * 24 * 60}, promDuration{6 * 60}, promDuration{3 * 60}},
}

// scaled returns d, which is for 28 days, for another window, in whole minutes as
// Pyrra rounds it, and at least one.
func (d promDuration) scaled(window promDuration) promDuration {
	const month = 28 * 24 * 60
	return promDuration{max(1, (d.minutes*window.minutes+month/2)/month)}
}

// alerts returns the alert policies of an SLO.
func (p pyrraReader) alerts(window promDuration, of Metadata) []PolicyItem {
	v := p.v.get("alerting")
	if v.get("disabled").yes() {
		return nil
	}
	meta := Metadata{Labels: of.Labels}
	var all []PolicyItem
	if burn := v.get("burnrates"); burn.absent() || burn.yes() {
		shown(&meta, or(v.get("name").text(), "ErrorBudgetBurn"))
		for _, pair := range pyrraPairs {
			alert := pair.at(window)
			alert.severity = or(v.path("severities", pair.key).text(), pair.severity)
			alert.breaches = true
			all = append(all, alert.policy(meta))
		}
	}
	if absent := v.get("absent"); absent.absent() || absent.yes() {
		shown(&meta, or(v.get("absentName").text(), "SLOMetricAbsent"))
		alert := pyrraPairs[0].at(window)
		alert.name, alert.noData = "absent", true
		alert.severity = or(v.path("severities", "absent").text(), "critical")
		all = append(all, alert.policy(meta))
	}
	if len(all) > 0 {
		at := v
		if at.absent() {
			at = p.v
		}
		p.tellTarget(at)
	}
	return all
}

// at returns the alert for a window.
func (p pyrraPair) at(window promDuration) pair {
	return pair{
		name: p.name, threshold: p.factor,
		long: p.long.scaled(window).shorthand(), short: p.short.scaled(window).shorthand(), after: p.after.scaled(window).shorthand(),
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

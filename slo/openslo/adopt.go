package openslo

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
)

// scalar is any single value that is not empty.
type scalar struct{}

func (scalar) check(c *checker, v value) { expect(c, v, yaml.ScalarNode) }

// names are labels or annotations as Kubernetes and Prometheus have them.
var names = mapping{key: func(string) error { return nil }, of: either{yaml.ScalarNode: scalar{}}}

// slug makes a DNS label of a text; "" if nothing of it can be used.
func slug(text string) string {
	s := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		}
		return '-'
	}, text)
	s = strings.Trim(s, "-")
	return strings.Trim(s[:min(len(s), 63)], "-")
}

// named returns the name of an object that is written at v, as OpenSLO can have
// it, with a warning where it had to be changed.
func (r *reading) named(v value, text, what string) string {
	name := slug(text)
	switch {
	case name == "":
		r.at(v, "%s %s has nothing that a name can be made of: letters and digits are", what, quote(text))
	case name != text:
		r.warn(v, "%s %s is kept as %s: names are lower-case letters, digits and dashes, at most 63", what, quote(text), name)
	}
	return name
}

// shown makes text the display name of m, or an annotation where it is too long.
func shown(m *Metadata, text string) {
	if len([]rune(text)) <= 63 {
		m.DisplayName = text
		return
	}
	annotate(m, "hindcast.dev/display-name", text)
}

func annotate(m *Metadata, key, text string) {
	if m.Annotations == nil {
		m.Annotations = make(map[string]string)
	}
	m.Annotations[key] = text
}

// label adds the labels that are written at v to m; a later one wins. A key that
// OpenSLO refuses is kept as an annotation.
func (r *reading) label(m *Metadata, v value) {
	for k, item := range v.pairs() {
		key, text := strings.TrimPrefix(k.node.Value, pyrraPrefix), item.text()
		switch {
		case text == "":
			r.warn(k, "label %s is empty and is left out: OpenSLO has no empty labels", quote(key))
		case checkLabel(key) == nil:
			if m.Labels == nil {
				m.Labels = make(map[string]Values)
			}
			m.Labels[key] = Values{text}
		default:
			r.asAnnotation(m, k, text)
		}
	}
}

// asAnnotation keeps a label whose key OpenSLO refuses.
func (r *reading) asAnnotation(m *Metadata, k value, text string) {
	key := k.node.Value
	if checkAnnotation(key) != nil {
		key, text = "hindcast.dev/label-"+slug(key), key+"="+text
	}
	r.warn(k, "label %s is kept as the annotation %s: OpenSLO allows no such label", quote(k.node.Value), key)
	annotate(m, key, text)
}

// annotations adds the annotations that are written at v to m; a later one wins.
func (r *reading) annotations(m *Metadata, v value) {
	for k, item := range v.pairs() {
		key, text := strings.TrimPrefix(k.node.Value, pyrraPrefix), item.text()
		switch {
		case text == "":
			r.warn(k, "annotation %s is empty and is left out: OpenSLO has no empty annotations", quote(key))
		case checkAnnotation(key) == nil:
			annotate(m, key, text)
		default:
			kept := "hindcast.dev/annotation-" + slug(key)
			r.warn(k, "annotation %s is kept as %s: OpenSLO allows no such key", quote(key), kept)
			annotate(m, kept, key+"="+text)
		}
	}
}

// left warns of keys that have no equivalent.
func (r *reading) left(v value, why string, keys ...string) {
	for _, key := range keys {
		if at := v.get(key); !at.absent() {
			r.warn(at, "%s has no equivalent and is left out: %s", key, why)
		}
	}
}

// promDuration is a duration of Prometheus, in whole minutes.
type promDuration struct{ minutes int64 }

var promForm = regexp.MustCompile(`^(?:([0-9]{1,6})y)?(?:([0-9]{1,6})w)?(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?(?:([0-9]{1,6})ms)?$`)

var promUnits = []int64{365 * 24 * 3600_000, 7 * 24 * 3600_000, 24 * 3600_000, 3600_000, 60_000, 1000, 1}

// promMillis reads a duration of Prometheus such as 4w or 1d12h.
func promMillis(text string) (int64, error) {
	m := promForm.FindStringSubmatch(text)
	if m == nil || text == "" {
		return 0, fault.Invalidf("%s is not a duration such as 30d or 1d12h", quote(text))
	}
	var millis int64
	for i, part := range m[1:] {
		if part == "" {
			continue
		}
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return 0, fault.Invalidf("%s is not a duration: %w", quote(text), err)
		}
		millis += n * promUnits[i]
	}
	return millis, nil
}

// parsePromDuration reads a duration of at least a minute.
func parsePromDuration(text string) (promDuration, error) {
	millis, err := promMillis(text)
	switch {
	case err != nil:
		return promDuration{}, err
	case millis <= 0 || millis%60_000 != 0:
		return promDuration{}, fault.Invalidf("%s is no whole number of minutes", quote(text))
	case millis/60_000 > int64(maxWindow.Minutes()):
		return promDuration{}, fault.Invalidf("%s is longer than 20 years", quote(text))
	}
	return promDuration{millis / 60_000}, nil
}

// shorthand writes the duration as OpenSLO does, in the largest unit that fits.
func (d promDuration) shorthand() string {
	for _, u := range []struct {
		unit    byte
		minutes int64
	}{{'d', 24 * 60}, {'h', 60}} {
		if d.minutes%u.minutes == 0 {
			return strconv.FormatInt(d.minutes/u.minutes, 10) + string(u.unit)
		}
	}
	return strconv.FormatInt(d.minutes, 10) + "m"
}

// rolling is a window of OpenSLO.
func (d promDuration) rolling() []TimeWindow {
	return []TimeWindow{{Duration: d.shorthand(), IsRolling: new(true)}}
}

// prometheusMetric asks Prometheus a query.
func prometheusMetric(query string, more ...string) *Metric {
	spec := map[string]any{"query": query}
	for i := 0; i+1 < len(more); i += 2 {
		spec[more[i]] = more[i+1]
	}
	return &Metric{MetricSource{Type: "Prometheus", Spec: Free{Value: spec}}}
}

// pair is an alert on two windows.
type pair struct {
	name, severity   string
	threshold        Number
	long, short      string
	after            string
	noData, breaches bool
}

// Where the alerts of other tools go.
const alertmanager = "alertmanager"

// policy returns an alert policy in place; what it is called and carries comes
// from meta.
func (p pair) policy(meta Metadata) PolicyItem {
	meta.Name = p.name
	meta.Labels, meta.Annotations = maps.Clone(meta.Labels), maps.Clone(meta.Annotations)
	condition := ConditionItem{
		Kind: kindCondition, Metadata: &Metadata{Name: p.name},
		Spec: &ConditionSpec{Severity: p.severity, Condition: BurnRate{
			Kind: "burnrate", Op: "gt", Threshold: p.threshold, LookbackWindow: p.long, AlertAfter: p.after,
		}},
	}
	if p.short != "" && p.short != p.long {
		condition.Metadata.Annotations = map[string]string{AnnotationShort: p.short}
	}
	spec := &PolicySpec{
		Conditions: []ConditionItem{condition},
		NotificationTargets: []TargetItem{{
			Kind: kindNotifyAgent, Metadata: &Metadata{Name: alertmanager}, Spec: &TargetSpec{Target: alertmanager},
		}},
	}
	if p.noData {
		spec.AlertWhenNoData = new(true)
	}
	if p.breaches {
		spec.AlertWhenBreaching, spec.AlertWhenResolved = new(true), new(true)
	}
	return PolicyItem{Kind: kindPolicy, Metadata: &meta, Spec: spec}
}

// tellTarget says once for a file where its alerts go.
func (r *reading) tellTarget(at value) {
	if !r.told {
		r.warn(at, "the alerts go to the notification target %s: define it in alerting.targets of hindcast.yaml", alertmanager)
	}
	r.told = true
}

// texts returns the texts of a list.
func texts(v value) []string {
	var all []string
	for _, item := range v.items() {
		all = append(all, item.text())
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

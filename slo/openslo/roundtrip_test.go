package openslo

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// Random documents of all seven kinds, with every field that the specification
// allows, are read, written and read again: every field is as it was, the second
// text is the first one, and both define the same.
func TestWhatIsReadAndWrittenKeepsEveryField(t *testing.T) {
	kindsSeen := make(map[string]bool)
	rapid.Check(t, func(t *rapid.T) {
		drawn := drawDocuments(t)
		text, err := Text(drawn...)
		require.NoError(t, err)
		first := objectsOf(t, text)
		require.Empty(t, cmp.Diff(drawn, first, placeless), "%s", text)
		again, err := Text(first...)
		require.NoError(t, err)
		require.Equal(t, text, again)
		for _, d := range first {
			kindsSeen[d.Kind] = true
		}
	})
	for _, kind := range kinds {
		require.True(t, kindsSeen[kind], "no %s was drawn", kind)
	}
}

var placeless = cmp.Options{cmpopts.IgnoreUnexported(Document{}), cmpopts.EquateEmpty()}

func objectsOf(t require.TestingT, text string) []Document {
	docs, problems := Parse(File{Path: "x", Text: []byte(text)}, stubs)
	require.Empty(t, problems, "%s", text)
	objects, err := docs.Objects()
	require.NoError(t, err)
	return objects
}

// The golden files are written by people, with aliases, merges, comments and
// lists: what is written of them defines the same as they do.
func TestGoldenFilesDefineTheSameAfterWriting(t *testing.T) {
	read := 0
	for _, source := range goldenTexts(t) {
		docs, problems := Parse(File{Path: "x", Text: source}, stubs)
		if len(problems) > 0 {
			continue
		}
		objects, err := docs.Objects()
		require.NoError(t, err)
		text, err := Text(objects...)
		require.NoError(t, err)
		again, problems := Parse(File{Path: "x", Text: []byte(text)}, stubs)
		require.Empty(t, problems, "%s", text)
		want, _ := Link(docs)
		got, _ := Link(again)
		require.Empty(t, cmp.Diff(want, got, cmp.FilterPath(isPlace, cmp.Ignore()), sameWindows, exactly, sameParts, sameComposites, sameZones), "%s", text)
		read++
	}
	require.Greater(t, read, 5)
}

// What is written stands elsewhere than what was read.
func isPlace(p cmp.Path) bool {
	name := p.Last().String()
	return name == ".File" || name == ".Line" || name == ".Column"
}

var (
	sameWindows = cmp.Comparer(func(a, b slo.Window) bool { return windowText(a) == windowText(b) })
	sameZones   = cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	// Composites lead to the objectives that they are made of, and those of OpenSLO
	// back to their own SLO.
	sameParts = cmp.Comparer(func(a, b slo.CompositeComponent) bool {
		return a.SLO == b.SLO && a.Objective == b.Objective && a.Weight == b.Weight && a.WhenDelayed == b.WhenDelayed && a.Of.Name == b.Of.Name && a.Part.Name == b.Part.Name
	})
	sameComposites = cmp.FilterValues(func(a, b slo.Indicator) bool {
		return strings.HasPrefix(string(a.Key()), "composite:")
	}, cmp.Comparer(func(a, b slo.Indicator) bool { return a.Key() == b.Key() }))
	exactly = cmp.Comparer(func(a, b slo.Target) bool { return a.String() == b.String() })
)

// A field that the reader takes and the typed view has not would be lost without
// a word.
func TestTheTypedViewHasEveryFieldOfTheSchema(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			requireFields(t, kind, specs[kind], reflect.TypeOf(newSpec(kind)))
		})
	}
	requireFields(t, "metadata", metadata, reflect.TypeFor[Metadata]())
}

func requireFields(t *testing.T, path string, s shape, typ reflect.Type) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch s := s.(type) {
	case *object:
		for _, f := range s.fields {
			i := slices.IndexFunc(reflect.VisibleFields(typ), func(v reflect.StructField) bool {
				name, _, _ := strings.Cut(v.Tag.Get("yaml"), ",")
				return name == f.name
			})
			require.GreaterOrEqual(t, i, 0, "%s.%s is read and not kept", path, f.name)
			requireFields(t, path+"."+f.name, f.of, typ.Field(i).Type)
		}
	case *referenceShape:
		requireFields(t, path, s.byName, typ)
		requireFields(t, path, s.inPlace, typ)
	case list:
		if typ.Kind() == reflect.Slice {
			requireFields(t, path, s.of, typ.Elem())
		}
	}
}

// Numbers are the decimals that were written, also in content that OpenSLO leaves
// to others, where a float would round them.
func TestNumbersAreWrittenAsTheyWere(t *testing.T) {
	text := strings.NewReplacer("0.999", "0.99900", "latency: 0.25", "latency: 0.2500").Replace(ratioSLO)
	out, err := Text(objectsOf(t, text)...)
	require.NoError(t, err)
	require.Contains(t, out, "target: 0.99900\n")
	require.Contains(t, out, "latency: 0.2500\n")
}

// drawer draws documents that refer to one another.
type drawer struct{ *rapid.T }

func drawDocuments(t *rapid.T) []Document {
	d := drawer{t}
	slis := d.names("sli")
	policies, conditions, targets := d.names("policy"), d.names("condition"), d.names("target")
	var all []Document
	add := func(kind, name string, spec any) {
		meta := d.metadata()
		meta.Name = name
		all = append(all, Document{APIVersion: Version, Kind: kind, Metadata: meta, Spec: spec})
	}
	for _, name := range d.names("slo") {
		add(kindSLO, name, d.slo(slis, policies, conditions, targets))
	}
	for i, name := range slis {
		spec := d.sli(i%2 == 0)
		add(kindSLI, name, &spec)
	}
	for _, name := range d.names("service") {
		add(kindService, name, &ServiceSpec{Description: d.maybe()})
	}
	for _, name := range d.names("source") {
		details := Free{Value: d.free(2)}
		if d.yes() {
			details = Free{Value: []any{d.free(1), d.free(1)}}
		}
		add(kindDataSource, name, &DataSourceSpec{Description: d.maybe(), Type: "Prometheus", ConnectionDetails: details})
	}
	for _, name := range policies {
		spec := d.policy(conditions, targets)
		add(kindPolicy, name, &spec)
	}
	for _, name := range conditions {
		spec := d.condition()
		add(kindCondition, name, &spec)
	}
	for _, name := range targets {
		add(kindNotifyAgent, name, &TargetSpec{Description: d.maybe(), Target: d.text()})
	}
	return all
}

func (d drawer) names(stem string) []string {
	n := rapid.IntRange(1, 3).Draw(d.T, stem+"s")
	names := make([]string, n)
	for i := range names {
		names[i] = stem + "-" + strconv.Itoa(i)
	}
	return names
}

func (d drawer) yes() bool { return rapid.Bool().Draw(d.T, "yes") }

func (d drawer) flag() *bool {
	if d.yes() {
		return nil
	}
	return new(d.yes())
}

// text draws a text that YAML may take for something else, or that needs quotes.
func (d drawer) text() string {
	odd := rapid.SampledFrom([]string{
		"yes", "null", "~", "1", "0.5", "1e3", "2026-01-01", "true", "a: b", "# c", "- d", "{}", "[]", "'", `"`, "\\", "%", "@x", "`", "---", "...", "<<",
		"two\nlines", " leading", "trailing ", "\ttab", "ends\n", "\n\nstarts", "a\n  b\n c", "\u00e9\u2028\U0001f600", "\r\n", "\ufeff", "x\u0085y", "\u007f",
	})
	return rapid.OneOf(rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9 _.:/#-]{0,20}`), odd).Draw(d.T, "text")
}

func (d drawer) maybe() string {
	if d.yes() {
		return ""
	}
	return d.text()
}

func (d drawer) pick(texts ...string) string { return rapid.SampledFrom(texts).Draw(d.T, "word") }

func (d drawer) number() Number {
	return Number(rapid.StringMatching(`[1-9][0-9]{0,3}(\.[0-9]{1,6})?`).Draw(d.T, "number"))
}

func (d drawer) fraction() Number {
	return Number("0." + rapid.StringMatching(`[0-9]{0,8}[1-9]0{0,2}`).Draw(d.T, "fraction"))
}

func (d drawer) metadata() Metadata {
	m := Metadata{DisplayName: d.maybe()}
	if d.yes() {
		m.Labels = map[string]Values{"team": {d.text()}, "env": {d.text(), d.text()}, "none": {}}
	}
	if d.yes() {
		m.Annotations = map[string]string{"my-domain.org/key": d.text(), "plain": d.text()}
	}
	return m
}

func (d drawer) inline(kind string) (string, *Metadata) {
	m := d.metadata()
	m.Name = d.pick("inline-a", "inline-b")
	return kind, &m
}

func (d drawer) slo(slis, policies, conditions, targets []string) *SLOSpec {
	s := &SLOSpec{Description: d.maybe(), Service: d.pick("service-0", "elsewhere"), BudgetingMethod: d.pick("Occurrences", "Timeslices", "RatioTimeslices")}
	threshold := d.yes()
	if ref := d.yes(); ref {
		at := rapid.IntRange(0, len(slis)-1).Draw(d.T, "sli")
		threshold = at%2 == 0
		s.IndicatorRef = slis[at]
	} else {
		s.Indicator = &Indicator{Spec: d.sli(threshold)}
		if d.yes() {
			m := d.metadata()
			s.Indicator.Metadata = &m
		}
	}
	s.TimeWindow = []TimeWindow{{Duration: d.pick("28d", "4w", "1M", "1Q", "1Y"), IsRolling: new(true)}}
	if d.yes() {
		s.TimeWindow[0].IsRolling = nil
		if d.yes() {
			s.TimeWindow[0].IsRolling = new(false)
		}
		s.TimeWindow[0].Calendar = &Calendar{StartTime: "2026-01-01 00:00:00", TimeZone: d.pick("UTC", "Europe/Vienna")}
	}
	for i := range rapid.IntRange(1, 3).Draw(d.T, "objectives") {
		s.Objectives = append(s.Objectives, d.objective(i, threshold, s.BudgetingMethod))
	}
	for range rapid.IntRange(0, 2).Draw(d.T, "policies") {
		item := PolicyItem{AlertPolicyRef: d.pick(policies...)}
		if d.yes() {
			spec := d.policy(conditions, targets)
			item = PolicyItem{Spec: &spec}
			item.Kind, item.Metadata = d.inline(kindPolicy)
		}
		s.AlertPolicies = append(s.AlertPolicies, item)
	}
	return s
}

func (d drawer) objective(i int, threshold bool, method string) Objective {
	o := Objective{DisplayName: "objective " + strconv.Itoa(i)}
	if threshold {
		o.Op, o.Value = d.pick("lte", "gte", "lt", "gt"), d.number()
	}
	if d.yes() {
		o.Target = d.fraction()
	} else {
		o.TargetPercent = Number(d.pick("99", "99.90", "5"))
	}
	if method == "Timeslices" {
		o.TimeSliceTarget = d.fraction()
	}
	if method != "Occurrences" {
		o.TimeSliceWindow = Number(d.pick("5m", "1h", "5"))
	}
	return o
}

func (d drawer) sli(threshold bool) SLISpec {
	s := SLISpec{Description: d.maybe()}
	if threshold {
		s.ThresholdMetric = d.metric()
		return s
	}
	switch d.pick("raw", "good", "bad") {
	case "raw":
		s.RatioMetric = &RatioMetric{Raw: d.metric(), RawType: d.pick("success", "failure"), Counter: d.flag()}
	case "good":
		s.RatioMetric = &RatioMetric{Counter: d.flag(), Good: d.metric(), Total: d.metric()}
	default:
		s.RatioMetric = &RatioMetric{Counter: d.flag(), Bad: d.metric(), Total: d.metric()}
	}
	return s
}

func (d drawer) metric() *Metric {
	m := &Metric{MetricSource{Type: "Prometheus", Spec: Free{Value: d.free(3)}}}
	if d.yes() {
		m.MetricSource.MetricSourceRef = "source-0"
	}
	return m
}

func (d drawer) free(depth int) map[string]any {
	m := map[string]any{"query": d.text()}
	for _, key := range []string{"a", "no", "1", "with space", "0.5"} {
		if d.yes() {
			m[key] = d.content(depth)
		}
	}
	return m
}

func (d drawer) content(depth int) any {
	switch k := rapid.IntRange(0, 5).Draw(d.T, "kind"); {
	case k == 0:
		return nil
	case k == 1:
		return d.yes()
	case k == 2:
		return d.number()
	case k == 3 && depth > 0:
		return d.free(depth - 1)
	case k == 4 && depth > 0:
		return []any{d.content(depth - 1), d.content(depth - 1)}
	default:
		return d.text()
	}
}

func (d drawer) policy(conditions, targets []string) PolicySpec {
	p := PolicySpec{
		Description: d.maybe(), AlertWhenNoData: d.flag(), AlertWhenBreaching: d.flag(), AlertWhenResolved: d.flag(),
		Conditions: []ConditionItem{{ConditionRef: d.pick(conditions...)}},
	}
	if d.yes() {
		spec := d.condition()
		item := ConditionItem{Spec: &spec}
		item.Kind, item.Metadata = d.inline(kindCondition)
		p.Conditions[0] = item
	}
	for range rapid.IntRange(1, 2).Draw(d.T, "targets") {
		item := TargetItem{TargetRef: d.pick(targets...)}
		if d.yes() {
			item = TargetItem{Spec: &TargetSpec{Description: d.maybe(), Target: d.text()}}
			item.Kind, item.Metadata = d.inline(kindNotifyAgent)
		}
		p.NotificationTargets = append(p.NotificationTargets, item)
	}
	return p
}

func (d drawer) condition() ConditionSpec {
	return ConditionSpec{
		Description: d.maybe(), Severity: d.text(),
		Condition: BurnRate{
			Kind: d.pick("", "burnrate"), Op: d.pick("lte", "gte", "lt", "gt"), Threshold: d.number(),
			LookbackWindow: d.pick("1h", "3d"), AlertAfter: d.pick("", "0m", "5m"),
		},
	}
}

package openslo

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
)

// Document is one object with every field that its kind can have, for those who
// change or write documents; what the reader puts in force is in a Set. Numbers
// and durations are the texts that their author wrote.
type Document struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   Metadata `yaml:"metadata"`
	// Spec is a pointer to the spec type of an OpenSLO kind, or Free for one of
	// Hindcast's own kinds.
	Spec any `yaml:"spec,omitempty"`

	line, column int // where it is written
}

// Metadata names an object.
type Metadata struct {
	Name        string            `yaml:"name,omitempty"`
	DisplayName string            `yaml:"displayName,omitempty"`
	Labels      map[string]Values `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

// SLOSpec is the spec of an SLO.
type SLOSpec struct {
	Description     string       `yaml:"description,omitempty"`
	Service         string       `yaml:"service"`
	Indicator       *Indicator   `yaml:"indicator,omitempty"`
	IndicatorRef    string       `yaml:"indicatorRef,omitempty"`
	TimeWindow      []TimeWindow `yaml:"timeWindow"`
	BudgetingMethod string       `yaml:"budgetingMethod"`
	Objectives      []Objective  `yaml:"objectives"`
	AlertPolicies   []PolicyItem `yaml:"alertPolicies,omitempty"`
}

// Indicator is an SLI that is written in place.
type Indicator struct {
	Metadata *Metadata `yaml:"metadata,omitempty"`
	Spec     SLISpec   `yaml:"spec"`
}

// TimeWindow is the window of an SLO.
type TimeWindow struct {
	Duration  string    `yaml:"duration"`
	IsRolling *bool     `yaml:"isRolling,omitempty"`
	Calendar  *Calendar `yaml:"calendar,omitempty"`
}

// Calendar is where a calendar window begins.
type Calendar struct {
	StartTime string `yaml:"startTime"`
	TimeZone  string `yaml:"timeZone"`
}

// Objective is one target of an SLO.
type Objective struct {
	DisplayName     string     `yaml:"displayName,omitempty"`
	Op              string     `yaml:"op,omitempty"`
	Value           Number     `yaml:"value,omitempty"`
	Target          Number     `yaml:"target,omitempty"`
	TargetPercent   Number     `yaml:"targetPercent,omitempty"`
	TimeSliceTarget Number     `yaml:"timeSliceTarget,omitempty"`
	TimeSliceWindow Number     `yaml:"timeSliceWindow,omitempty"`
	Indicator       *Indicator `yaml:"indicator,omitempty"`
	IndicatorRef    string     `yaml:"indicatorRef,omitempty"`
	CompositeWeight Number     `yaml:"compositeWeight,omitempty"`
}

// SLISpec is the spec of an SLI.
type SLISpec struct {
	Description     string       `yaml:"description,omitempty"`
	ThresholdMetric *Metric      `yaml:"thresholdMetric,omitempty"`
	RatioMetric     *RatioMetric `yaml:"ratioMetric,omitempty"`
}

// RatioMetric is a ratio of events, or one that the source computed.
type RatioMetric struct {
	Counter *bool   `yaml:"counter,omitempty"`
	Good    *Metric `yaml:"good,omitempty"`
	Bad     *Metric `yaml:"bad,omitempty"`
	Total   *Metric `yaml:"total,omitempty"`
	Raw     *Metric `yaml:"raw,omitempty"`
	RawType string  `yaml:"rawType,omitempty"`
}

// Metric says what a source is asked.
type Metric struct {
	MetricSource MetricSource `yaml:"metricSource"`
}

// MetricSource is a source and what it is asked.
type MetricSource struct {
	MetricSourceRef string `yaml:"metricSourceRef,omitempty"`
	Type            string `yaml:"type,omitempty"`
	Spec            Free   `yaml:"spec"`
}

// ServiceSpec is the spec of a Service.
type ServiceSpec struct {
	Description string `yaml:"description,omitempty"`
}

// DataSourceSpec is the spec of a DataSource.
type DataSourceSpec struct {
	Description       string `yaml:"description,omitempty"`
	Type              string `yaml:"type"`
	ConnectionDetails Free   `yaml:"connectionDetails"`
}

// PolicyItem is an alert policy, by its name or written in place.
type PolicyItem struct {
	AlertPolicyRef string      `yaml:"alertPolicyRef,omitempty"`
	Kind           string      `yaml:"kind,omitempty"`
	Metadata       *Metadata   `yaml:"metadata,omitempty"`
	Spec           *PolicySpec `yaml:"spec,omitempty"`
}

// PolicySpec is the spec of an AlertPolicy.
type PolicySpec struct {
	Description         string          `yaml:"description,omitempty"`
	AlertWhenNoData     *bool           `yaml:"alertWhenNoData,omitempty"`
	AlertWhenBreaching  *bool           `yaml:"alertWhenBreaching,omitempty"`
	AlertWhenResolved   *bool           `yaml:"alertWhenResolved,omitempty"`
	Conditions          []ConditionItem `yaml:"conditions,omitempty"`
	NotificationTargets []TargetItem    `yaml:"notificationTargets,omitempty"`
}

// ConditionItem is an alert condition, by its name or written in place.
type ConditionItem struct {
	ConditionRef string         `yaml:"conditionRef,omitempty"`
	Kind         string         `yaml:"kind,omitempty"`
	Metadata     *Metadata      `yaml:"metadata,omitempty"`
	Spec         *ConditionSpec `yaml:"spec,omitempty"`
}

// ConditionSpec is the spec of an AlertCondition.
type ConditionSpec struct {
	Description string   `yaml:"description,omitempty"`
	Severity    string   `yaml:"severity,omitempty"`
	Condition   BurnRate `yaml:"condition,omitempty"`
}

// BurnRate is a condition on the burn rate.
type BurnRate struct {
	Kind           string `yaml:"kind,omitempty"`
	Op             string `yaml:"op,omitempty"`
	Threshold      Number `yaml:"threshold,omitempty"`
	LookbackWindow string `yaml:"lookbackWindow,omitempty"`
	AlertAfter     string `yaml:"alertAfter,omitempty"`
}

// TargetItem is a notification target, by its name or written in place.
type TargetItem struct {
	TargetRef string      `yaml:"targetRef,omitempty"`
	Kind      string      `yaml:"kind,omitempty"`
	Metadata  *Metadata   `yaml:"metadata,omitempty"`
	Spec      *TargetSpec `yaml:"spec,omitempty"`
}

// TargetSpec is the spec of an AlertNotificationTarget.
type TargetSpec struct {
	Description string `yaml:"description,omitempty"`
	Target      string `yaml:"target,omitempty"`
}

// newSpec returns an empty spec of an OpenSLO kind, nil for other kinds.
func newSpec(kind string) any {
	switch kind {
	case kindSLO:
		return new(SLOSpec)
	case kindSLI:
		return new(SLISpec)
	case kindService:
		return new(ServiceSpec)
	case kindDataSource:
		return new(DataSourceSpec)
	case kindPolicy:
		return new(PolicySpec)
	case kindCondition:
		return new(ConditionSpec)
	case kindNotifyAgent:
		return new(TargetSpec)
	default:
		return nil
	}
}

// Objects returns the documents with all their fields, in the order of the file.
// Those in which Parse found something wrong are left out.
func (d Documents) Objects() ([]Document, error) {
	var all []Document
	for _, e := range d.entries {
		if e.broken {
			continue
		}
		o, err := documentAt(e.doc)
		if err != nil {
			return nil, fault.Invalidf("%s %s in %s cannot be taken over: %w", e.key.kind, quote(e.key.name), d.Path, err)
		}
		all = append(all, o)
	}
	return all, nil
}

// documentAt returns the document of a checked node.
func documentAt(v value) (Document, error) {
	o := Document{
		APIVersion: v.get("apiVersion").text(), Kind: v.get("kind").text(),
		line: v.node.Line, column: v.node.Column,
	}
	if meta := v.get("metadata"); !meta.absent() {
		if err := meta.node.Decode(&o.Metadata); err != nil {
			return o, err
		}
	}
	spec := v.get("spec")
	if spec.absent() {
		return o, nil
	}
	o.Spec = newSpec(o.Kind)
	if o.APIVersion != Version {
		o.Spec = new(Free)
	}
	return o, spec.node.Decode(o.Spec)
}

// Values are the values of a label: one is written as text, others as a list.
type Values []string

// UnmarshalYAML reads one value or a list.
func (l *Values) UnmarshalYAML(n *yaml.Node) error {
	v := valueOf(n)
	if v.is(yaml.ScalarNode) {
		*l = Values{v.text()}
		return nil
	}
	*l = Values{}
	for _, item := range v.items() {
		*l = append(*l, item.text())
	}
	return nil
}

// MarshalYAML writes one value or a list.
func (l Values) MarshalYAML() (any, error) {
	if len(l) == 1 {
		return l[0], nil
	}
	return slices.Clone([]string(l)), nil
}

// Number is a number, or a duration, as its author wrote it: no float spoils it.
type Number string

// UnmarshalYAML takes the text of a scalar.
func (x *Number) UnmarshalYAML(n *yaml.Node) error {
	*x = Number(valueOf(n).text())
	return nil
}

// MarshalYAML writes the text without quotes.
func (x Number) MarshalYAML() (any, error) {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: string(x)}, nil
}

// Free is content that OpenSLO leaves to others: nil, bool, string, Number, []any
// or map[string]any.
type Free struct{ Value any }

// IsZero reports whether there is none.
func (f Free) IsZero() bool { return f.Value == nil }

// UnmarshalYAML reads any content.
func (f *Free) UnmarshalYAML(n *yaml.Node) error {
	f.Value = valueOf(n).exact()
	return nil
}

// MarshalYAML writes the content.
func (f Free) MarshalYAML() (any, error) { return f.Value, nil }

// exact is any with numbers as they were written.
func (v value) exact() any {
	switch {
	case v.absent():
		return nil
	case v.is(yaml.MappingNode):
		out := make(map[string]any, v.len())
		for k, item := range v.pairs() {
			out[k.node.Value] = item.exact()
		}
		return out
	case v.is(yaml.SequenceNode):
		out := make([]any, 0, v.len())
		for _, item := range v.items() {
			out = append(out, item.exact())
		}
		return out
	case v.tag() == "!!int" || v.tag() == "!!float":
		return Number(v.node.Value)
	default:
		return v.any()
	}
}

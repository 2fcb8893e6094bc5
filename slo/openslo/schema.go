package openslo

import "go.yaml.in/yaml/v3"

// Version is the apiVersion of the documents that this package reads.
const Version = "openslo/v1"

// The kinds of documents.
const (
	kindSLO         = "SLO"
	kindSLI         = "SLI"
	kindService     = "Service"
	kindDataSource  = "DataSource"
	kindPolicy      = "AlertPolicy"
	kindCondition   = "AlertCondition"
	kindNotifyAgent = "AlertNotificationTarget"
)

// kinds lists the kinds in the order of the specification.
var kinds = []string{kindSLO, kindSLI, kindService, kindDataSource, kindPolicy, kindCondition, kindNotifyAgent}

// OwnVersion is the apiVersion of Hindcast's own kinds.
const OwnVersion = "hindcast/v1"

// Hindcast's own kinds.
const (
	kindSLA        = "SLA"
	kindExclusion  = "Exclusion"
	kindAnnotation = "Annotation"
	kindComposite  = "CompositeSLO"
)

// kindsOf lists the kinds of each version.
var kindsOf = map[string][]string{
	Version:    kinds,
	OwnVersion: {kindSLA, kindExclusion, kindAnnotation, kindComposite},
}

// specs holds what each kind has below its key spec.
var specs = map[string]shape{
	kindSLO:         sloSpec,
	kindSLI:         sliSpec,
	kindService:     &object{fields: []field{allow("description", description)}},
	kindDataSource:  dataSourceSpec,
	kindPolicy:      policySpec,
	kindCondition:   conditionSpec,
	kindNotifyAgent: agentSpec,
	kindSLA:         slaSpec,
	kindExclusion:   exclusionSpec,
	kindAnnotation:  annotationSpec,
	kindComposite:   compositeSpec,
}

// documentRules are the rules of kinds whose meaning their annotations change.
var documentRules = map[string][]rule{kindCondition: {conditionFits}}

// documentOf returns the shape of a whole document of a kind.
func documentOf(kind string) *object {
	meta := need("metadata", metadata)
	spec := need("spec", specs[kind])
	if kind == kindService {
		spec.must = false // a service may have nothing but a name
	}
	return &object{fields: []field{need("apiVersion", text{}), need("kind", text{}), meta, spec}, rules: documentRules[kind]}
}

var (
	description = text{max: 1050}
	name        = text{valid: checkName}

	metadata = &object{fields: append([]field{need("name", name)}, metadataFields...)}
	// inlineMetadata is that of an indicator inside an SLO, which needs no name.
	inlineMetadata = &object{fields: append([]field{allow("name", name)}, metadataFields...)}
	metadataFields = []field{
		allow("displayName", text{max: 63}),
		allow("labels", mapping{key: checkLabel, of: either{yaml.ScalarNode: text{}, yaml.SequenceNode: list{of: text{}}}}),
		allow("annotations", mapping{key: checkAnnotation, of: text{}}),
	}
)

var operator = choice{"lte", "gte", "lt", "gt"}

var sloSpec = &object{
	fields: []field{
		allow("description", description),
		need("service", name),
		allow("indicator", inlineSLI),
		allow("indicatorRef", name),
		need("timeWindow", list{of: timeWindow, min: 1, max: 1}),
		need("budgetingMethod", choice{"Occurrences", "Timeslices", "RatioTimeslices"}),
		need("objectives", list{of: objective, min: 1, max: maxObjectives}),
		allow("alertPolicies", list{of: reference("alertPolicyRef", kindPolicy, policySpec)}),
	},
	rules: []rule{oneIndicator, sliceFields, sliceLengths, objectiveNames, comparisons},
}

var inlineSLI = &object{fields: []field{allow("metadata", inlineMetadata), need("spec", sliSpec)}}

var timeWindow = &object{
	fields: []field{
		need("duration", written(checkShorthand)),
		allow("isRolling", boolean{}),
		allow("calendar", &object{fields: []field{
			need("startTime", written(checkStartTime)),
			need("timeZone", text{valid: checkTimeZone}),
		}}),
	},
	rules: []rule{windowFits},
}

var objective = &object{
	fields: []field{
		allow("displayName", text{max: 63}),
		allow("op", operator),
		allow("value", numeric(checkNumber)),
		allow("target", numeric(checkTarget)),
		allow("targetPercent", numeric(checkPercent)),
		allow("timeSliceTarget", numeric(checkSliceTarget)),
		allow("timeSliceWindow", written(checkSlice)),
		allow("indicator", inlineSLI),
		allow("indicatorRef", name),
		allow("compositeWeight", numeric(checkPositive)),
	},
	rules: []rule{exactlyOne("target", "targetPercent")},
}

var sliSpec = &object{
	fields: []field{
		allow("description", description),
		allow("thresholdMetric", metric),
		allow("ratioMetric", &object{
			fields: []field{
				allow("counter", boolean{}),
				allow("good", metric),
				allow("bad", metric),
				allow("total", metric),
				allow("raw", metric),
				allow("rawType", choice{"success", "failure"}),
			},
			rules: []rule{ratioFields},
		}),
	},
	rules: []rule{exactlyOne("thresholdMetric", "ratioMetric")},
}

var metric = &object{fields: []field{
	need("metricSource", &object{
		fields: []field{
			allow("metricSourceRef", name),
			allow("type", text{}),
			need("spec", free{}),
		},
		rules: []rule{atLeastOne("type", "metricSourceRef")},
	}),
}}

var dataSourceSpec = &object{fields: []field{
	allow("description", description),
	need("type", text{}),
	need("connectionDetails", either{yaml.MappingNode: free{}, yaml.SequenceNode: list{of: free{}, min: 1}}),
}}

var agentSpec = &object{fields: []field{allow("description", description), need("target", text{})}}

var policySpec = &object{fields: []field{
	allow("description", description),
	allow("alertWhenNoData", boolean{}),
	allow("alertWhenBreaching", boolean{}),
	allow("alertWhenResolved", boolean{}),
	need("conditions", list{of: reference("conditionRef", kindCondition, conditionSpec), min: 1, max: 1}),
	need("notificationTargets", list{of: reference("targetRef", kindNotifyAgent, agentSpec), min: 1}),
}, rules: []rule{policyTells}}

var conditionSpec = &object{fields: []field{
	allow("description", description),
	need("severity", text{}),
	need("condition", &object{fields: []field{
		allow("kind", choice{"burnrate"}),
		need("op", operator),
		need("threshold", numeric(checkNumber)),
		need("lookbackWindow", written(checkLength)),
		allow("alertAfter", written(checkDelay)),
	}}),
}}

package openslo

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// stub is an indicator that remembers its definition.
type stub struct{ slo.Definition }

func (s stub) Key() slo.IndicatorKey { return slo.IndicatorKey(s.Name) }
func (s stub) SourceName() string    { return s.metric().SourceName }
func (stub) GroupBy() []string       { return nil }
func (stub) Unit() slo.Unit          { return slo.Events }
func (stub) Queries() []slo.Query    { return nil }

func (s stub) metric() *slo.Metric {
	for _, m := range []*slo.Metric{s.Total, s.Raw, s.Threshold} {
		if m != nil {
			return m
		}
	}
	return new(slo.Metric)
}

// stubBuilder builds stubs and refuses the query "wrong".
type stubBuilder struct{}

func (stubBuilder) Build(def slo.Definition) (slo.Indicator, []slo.FieldProblem) {
	var problems []slo.FieldProblem
	for _, part := range []struct {
		m    *slo.Metric
		path []string
	}{
		{def.Good, []string{"ratioMetric", "good"}},
		{def.Bad, []string{"ratioMetric", "bad"}},
		{def.Total, []string{"ratioMetric", "total"}},
		{def.Raw, []string{"ratioMetric", "raw"}},
		{def.Threshold, []string{"thresholdMetric"}},
	} {
		if part.m != nil && part.m.Spec["query"] == "wrong" {
			problems = append(problems, slo.FieldProblem{Path: append(part.path, "metricSource", "spec", "query"), Text: "the query is wrong"})
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return stub{def}, nil
}

var stubs = Builders{"Prometheus": stubBuilder{}}

const ratioSLO = `
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-availability
  displayName: Checkout works
  labels: {team: shop, tier: ["1"]}
spec:
  description: Orders go through.
  service: checkout
  indicator:
    metadata: {name: orders}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec: {query: 'good_total', latency: 0.25, list: [1, yes, true, null]}
        total:
          metricSource:
            type: Prometheus
            spec:
              query: all_total
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
    - displayName: best
      targetPercent: 99.99
`

func TestARatioSLOIsReadEndToEnd(t *testing.T) {
	docs, problems := Parse(File{Path: "a/checkout.yaml", Text: []byte(ratioSLO)}, stubs)
	require.Empty(t, problems)
	set, problems := Link(docs)
	require.Empty(t, problems)
	require.Len(t, set.SLOs, 1)
	s := set.SLOs[0]
	require.Equal(t, "Checkout works", s.Title())
	require.Equal(t, slo.Origin{File: "a/checkout.yaml", Line: 2}, s.Origin)
	require.Equal(t, []string{"0.999", "0.9999"}, []string{s.Objectives[0].Target.String(), s.Objectives[1].Target.String()})
	require.Equal(t, []string{"objective-1", "best"}, []string{s.Objectives[0].Name, s.Objectives[1].Name})
	want, err := slo.Rolling(28 * 24 * time.Hour)
	require.NoError(t, err)
	require.Equal(t, want, s.Window)
	require.Equal(t, []Service{{Name: "checkout", Origin: s.Origin}}, set.Services)
	require.Empty(t, cmp.Diff(stub{slo.Definition{
		Name: "orders", Counter: true,
		Good:  &slo.Metric{Type: "Prometheus", Spec: map[string]any{"query": "good_total", "latency": 0.25, "list": []any{1.0, "yes", true, nil}}},
		Total: &slo.Metric{Type: "Prometheus", Spec: map[string]any{"query": "all_total"}},
	}}, s.Objectives[0].Indicator))
}

package graph

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// composed returns a fixture with a composite of api and of an SLO that is gone.
func composed(t *testing.T) *fixture {
	return newFixture(t, func(o *Options, _ *Limits) {
		api, gone, whole := fakeSLO("shop", "api"), fakeSLO("shop", "gone"), fakeSLO("shop", "whole")
		c := &slo.Composite{Method: slo.WorstOf, Components: []slo.CompositeComponent{
			{SLO: "api", Weight: 3, WhenDelayed: slo.Hold, Of: api, Part: &api.Objectives[0]},
			{SLO: "gone", Objective: "objective-1", Weight: 1, WhenDelayed: slo.CountAsBad, Of: gone, Part: &gone.Objectives[0]},
		}}
		whole.Objectives[0].Composite, whole.Objectives[0].Indicator = c, c.Indicator()
		o.SLOs.Replace([]*slo.SLO{api, whole}, nil)
	})
}

func TestACompositeShowsWhatItIsMadeOf(t *testing.T) {
	r := decode(t, composed(t).post(`{ slo(name: "whole") { unit composite { method components {
		slo { name } sloName objective weight share whenDelayed budget { target } } }
		objective { composite { method } } } }`, nil))
	require.Empty(t, r.Errors)
	require.Equal(t, map[string]any{
		"unit": "SECONDS",
		"composite": map[string]any{"method": "WORST_OF", "components": []any{
			map[string]any{
				"slo": map[string]any{"name": "api"}, "sloName": "api", "objective": "", "weight": 3.0, "share": 0.75, "whenDelayed": "HOLD",
				"budget": map[string]any{"target": "0.999"},
			},
			map[string]any{"slo": nil, "sloName": "gone", "objective": "objective-1", "weight": 1.0, "share": 0.25, "whenDelayed": "COUNT_AS_BAD", "budget": nil},
		}},
		"objective": map[string]any{"composite": map[string]any{"method": "WORST_OF"}},
	}, r.Data["slo"])
}

func TestWhatASourceMeasuresIsNoComposite(t *testing.T) {
	r := decode(t, composed(t).post(`{ slo(name: "api") { composite { method } } }`, nil))
	require.Empty(t, r.Errors)
	require.Equal(t, map[string]any{"composite": nil}, r.Data["slo"])
}

func TestACompositeIsSentWhenAComponentChanges(t *testing.T) {
	f := composed(t)
	out := (&resolver{Options: f.Options, limits: DefaultLimits()}).follow(t.Context(), func(name string) bool { return name == "whole" }, false)
	f.hub.Notify("gone")
	require.Equal(t, "whole", (<-out).Slo.Name)
}

package server

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/scenario"
)

// nested are composites of both, one in the other.
const nested = `apiVersion: hindcast/v1
kind: CompositeSLO
metadata: {name: whole}
spec:
  method: Additive
  service: scenarios
  timeWindow: [{duration: 30d, isRolling: true}]
  targetPercent: 99
  components: [{sloRef: scenario-1, weight: 0.25}, {sloRef: scenario-2, weight: 0.25}]
---
apiVersion: hindcast/v1
kind: CompositeSLO
metadata: {name: wider}
spec:
  method: Additive
  service: scenarios
  timeWindow: [{duration: 30d, isRolling: true}]
  targetPercent: 99
  components: [{sloRef: whole, weight: 0.25}, {sloRef: scenario-2, weight: 0.25}]
`

// What is made of something moves with it, however deep it lies in it.
func TestAPreviewListsWhatIsMadeOfWhatIsExcluded(t *testing.T) {
	o := s1Options(t)
	require.NoError(t, os.WriteFile(filepath.Join(o.Specs, "composite.yaml"), []byte(nested), 0o600))
	writeSpec(t, scenario.All()[1], o.Specs) // over the same requests
	s := runningWith(t, o)
	s.measuring(t)
	for scope, want := range map[string]map[string]bool{ // names, and whether they follow
		"scenario-1": {"scenario-1": false, "whole": true, "wider": true},
		"whole":      {"whole": false, "wider": true},
		"wider":      {"wider": false},
	} {
		t.Run(scope, func(t *testing.T) {
			p, err := calendar{s}.PreviewExclusion(t.Context(), excluding(s, func(in *model.ExclusionInput) {
				in.Scope, in.Start, in.Length = model.ScopeInput{Slos: []string{scope}}, badFrom, badMinutes*time.Minute
			}))
			require.NoError(t, err)
			require.Equal(t, 1, p.Covers)
			got := map[string]bool{}
			for _, e := range p.Effects {
				got[e.Slo.Name] = e.Follows
				require.NotNil(t, e.After.Remaining, e.Slo.Name)
				require.Greater(t, *e.After.Remaining, *e.Before.Remaining, e.Slo.Name)
			}
			require.Equal(t, want, got)
		})
	}
}

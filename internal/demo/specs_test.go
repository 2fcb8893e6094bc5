package demo

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
)

// anything is a slo.Builder that accepts every definition and keeps it.
type anything struct{ slo.Definition }

func (anything) Build(def slo.Definition) (slo.Indicator, []slo.FieldProblem) {
	return &anything{def}, nil
}
func (a *anything) Key() slo.IndicatorKey { return slo.IndicatorKey(a.Name) }
func (*anything) SourceName() string      { return "" }
func (*anything) GroupBy() []string       { return nil }
func (*anything) Unit() slo.Unit          { return slo.Events }
func (*anything) Queries() []slo.Query    { return nil }

// specified reads the specifications of the fleet.
func specified(t *testing.T, b slo.Builder) openslo.Set {
	t.Helper()
	names, err := fs.Glob(Specs(), "*.yaml")
	require.NoError(t, err)
	var files []openslo.Documents
	for _, name := range names {
		text, err := fs.ReadFile(Specs(), name)
		require.NoError(t, err)
		docs, problems := openslo.Parse(openslo.File{Path: name, Text: text}, openslo.Builders{"Prometheus": b})
		require.Empty(t, problems)
		files = append(files, docs)
	}
	set, problems := openslo.Link(files...)
	require.Empty(t, problems)
	return set
}

func TestSpecificationsAreValid(t *testing.T) {
	set := specified(t, anything{})
	teams := map[string]string{}
	for _, s := range set.Services {
		require.NotEmpty(t, s.Team, s.Name)
		require.NotEmpty(t, s.Description, s.Name)
		teams[s.Name] = s.Team
	}
	methods := map[slo.Budgeting]bool{}
	for _, s := range set.SLOs {
		require.Contains(t, teams, s.Service, s.Name)
		require.NotEmpty(t, s.DisplayName, s.Name)
		methods[s.Method] = true
	}
	require.Len(t, methods, 3, "every budgeting method is shown")
	require.Len(t, teams, 13)
	for _, service := range newServices() {
		require.Contains(t, teams, service.instances()[0].job, "every simulated service is specified")
	}
}

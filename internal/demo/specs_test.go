package demo

import (
	"io/fs"
	"testing"
	"time"

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

// TestAgreementsCanBeStated holds what a visitor is to see: an agreement whose last
// period lies within the history that the demo makes, whatever the day is.
func TestAgreementsCanBeStated(t *testing.T) {
	set := specified(t, anything{})
	find := func(name string) *slo.SLO {
		for _, s := range set.SLOs {
			if s.Name == name {
				return s
			}
		}
		return nil
	}
	stateable := 0
	for _, a := range set.SLAs {
		require.NoError(t, a.Check(find), a.Name)
		require.GreaterOrEqual(t, len(a.Customers), 2, a.Name)
		require.NotEmpty(t, a.Credits, a.Name)
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		whole := true
		for range 366 {
			now = now.Add(24 * time.Hour)
			last := a.Window.PeriodBefore(a.Window.PeriodAt(now))
			whole = whole && !last.From.Before(now.AddDate(0, 0, -35))
		}
		if whole {
			stateable++
		}
	}
	require.Positive(t, stateable)
}

// TestPoliciesTellTheDemosPager holds what a visitor is to see: objectives that
// somebody is told of, and others that nobody is, and no target that there is not.
func TestPoliciesTellTheDemosPager(t *testing.T) {
	watched := map[string][]string{}
	for _, s := range specified(t, anything{}).SLOs {
		for _, p := range s.AlertPolicies {
			watched[s.Name] = append(watched[s.Name], p.Name)
			require.Len(t, p.Targets, 1, p.Name)
			require.Equal(t, PagerName, p.Targets[0].Target, p.Name)
		}
	}
	require.Equal(t, map[string][]string{
		"checkout-latency": {"fast-burn", "slow-burn"}, "search-availability": {"fast-burn", "slow-burn"},
		"recommendations-served": {"bad-canary"}, "mailer-sent": {"silence"},
	}, watched)
}

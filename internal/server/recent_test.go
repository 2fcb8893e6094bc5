package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/slotest"
)

func TestWhatIsExcludedReachesRememberedBudgetsAtOnce(t *testing.T) {
	s := newWriteServer(t, Config{})
	now := time.Now() // the second does not end
	r := newRecent(s.evaluator, s.version, func() time.Time { return now })
	window, err := slo.ParseRolling("1h")
	require.NoError(t, err)
	target, err := slo.ParseTargetPercent("99")
	require.NoError(t, err)
	def := func() *slo.SLO {
		return &slo.SLO{Name: "api", Window: window, Objectives: []slo.Objective{{Name: "o", Target: target, Indicator: slotest.Indicator("api")}}}
	}
	api := def()
	excluded := func(s *slo.SLO) int {
		b, err := r.Budget(t.Context(), s, &s.Objectives[0], slo.Question{AsOf: now})
		require.NoError(t, err)
		return b.Excluded.Minutes
	}
	work := slo.Exclusion{
		Name: "work", Scope: slo.Scope{SLOs: []string{"api"}}, Start: now.Add(-40 * time.Minute).Truncate(time.Minute), Length: 10 * time.Minute,
		Approval: slo.Approval{State: slo.ApprovalNotNeeded},
	}
	require.Zero(t, excluded(api))
	s.exclusions.Replace([]slo.Exclusion{work})
	require.Equal(t, 10, excluded(api), "an exclusion of the past")
	work.Length = 20 * time.Minute
	s.exclusions.Replace([]slo.Exclusion{work})
	require.Equal(t, 20, excluded(api), "a longer one")
	work.Approval.State = slo.ApprovalPending
	s.exclusions.Replace([]slo.Exclusion{work})
	require.Zero(t, excluded(api), "one that waits")
	work.Approval.State = slo.Approved
	s.exclusions.Replace([]slo.Exclusion{work})
	require.Equal(t, 20, excluded(api), "one that somebody approved")

	other := def()
	other.Name = "other"
	require.Zero(t, excluded(other), "another specification of the same indicator")
	s.exclusions.Replace(nil)
	require.Zero(t, excluded(api), "none")
}

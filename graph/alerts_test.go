package graph

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

func TestAlertsComeTheMostSevereFirst(t *testing.T) {
	f := newFixture(t, nil)
	var states []string
	after := "null"
	for range 3 {
		r := decode(t, f.post(fmt.Sprintf(`{ alerts(first: 2, after: %s, filter: {service: "shop"}) { nodes { id state } pageInfo { hasNextPage endCursor } } }`, after), nil))
		require.Empty(t, r.Errors)
		page := r.Data["alerts"].(map[string]any)
		for _, n := range page["nodes"].([]any) {
			states = append(states, n.(map[string]any)["state"].(string))
		}
		after = fmt.Sprintf("%q", page["pageInfo"].(map[string]any)["endCursor"])
	}
	require.Equal(t, []string{"FIRING", "FROZEN", "PENDING", "RESOLVED", "INACTIVE"}, states)
	require.Equal(t, "shop", *f.alerts.filters[0].Service)
}

func TestAReplayIsBounded(t *testing.T) {
	f := newFixture(t, nil)
	for name, tc := range map[string]struct{ arguments, code, asked string }{
		"by itself the last 30 days": {"", "", fmt.Sprint("api   ", time.Time{}.Unix(), " ", time.Time{}.Unix())},
		"what is asked for":          {`(policy: "page", objective: "o", from: "2026-06-01T00:00:00Z", to: "2026-06-02T00:00:00Z")`, "", "api page o 1780272000 1780358400"},
		"backwards":                  {`(from: "2026-06-02T00:00:00Z", to: "2026-06-01T00:00:00Z")`, "INVALID", ""},
		"longer than any window":     {`(from: "2010-06-02T00:00:00Z", to: "2026-06-01T00:00:00Z")`, "INVALID", ""},
		"a policy that is not there": {`(policy: "none")`, "NOT_FOUND", fmt.Sprint("api none  ", time.Time{}.Unix(), " ", time.Time{}.Unix())},
	} {
		t.Run(name, func(t *testing.T) {
			f.alerts.replays = nil
			r := decode(t, f.post(`{ slo(name: "api") { wouldHaveFired`+tc.arguments+` { policy frozenMinutes firings { from to peakBurnRate spent } } } }`, nil))
			if tc.code != "" {
				require.Equal(t, tc.code, r.Errors[0].Extensions["code"])
			} else {
				require.Empty(t, r.Errors)
			}
			if tc.asked == "" {
				require.Empty(t, f.alerts.replays)
				return
			}
			require.Equal(t, []string{tc.asked}, f.alerts.replays)
		})
	}
}

func TestATargetIsTested(t *testing.T) {
	f := newFixture(t, nil)
	r := decode(t, f.post(`mutation { testAlertTarget(name: "am") { ok message } }`, nil))
	require.Empty(t, r.Errors)
	r = decode(t, f.post(`mutation { testAlertTarget(name: "none") { ok } }`, nil))
	require.Equal(t, "NOT_FOUND", r.Errors[0].Extensions["code"])
}

func TestAPolicySaysWhatItDoes(t *testing.T) {
	f := newFixture(t, func(o *Options, _ *Limits) {
		s := fakeSLO("shop", "api")
		s.AlertPolicies = []slo.AlertPolicy{{
			Name: "page", WhenBreaching: true, Targets: []slo.NotificationTarget{{Name: "am"}},
			Condition: slo.AlertCondition{Severity: "page", Op: slo.GreaterOrEqual, Threshold: 14.4, Lookback: time.Hour, Short: 5 * time.Minute, MinEvents: 20},
		}}
		o.SLOs.Replace([]*slo.SLO{s}, nil)
	})
	r := decode(t, f.post(`{ slo(name: "api") { alertPolicies { name severity text op threshold lookback short after minEvents targets whenBreaching } } }`, nil))
	require.Empty(t, r.Errors)
	require.Equal(t, []any{map[string]any{
		"name": "page", "severity": "page", "text": "burn rate at least 14.4 over 1h and over 5m, with at least 20 events", "op": "gte", "threshold": 14.4,
		"lookback": "1h", "short": "5m", "after": "0m", "minEvents": 20.0, "targets": []any{"am"}, "whenBreaching": true,
	}}, r.Data["slo"].(map[string]any)["alertPolicies"])
}

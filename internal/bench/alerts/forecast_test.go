package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

func TestForecastsAreJudgedByWhatCame(t *testing.T) {
	says := func(remaining float64, ahead time.Duration) func(int) slo.Budget {
		return func(n int) slo.Budget {
			b := slo.Budget{State: slo.Healthy, Remaining: &remaining}
			if ahead > 0 {
				b.ExhaustsAt = new(minutes(n).Add(ahead))
			}
			return b
		}
	}
	calm, warns, far, spent := says(0.5, 0), says(0.3, 5*time.Hour), says(0.3, 50*time.Hour), says(-0.1, 0)
	unknown := func(int) slo.Budget { return slo.Budget{State: slo.NoData} }
	for name, tc := range map[string]struct {
		looks []func(int) slo.Budget
		spent []spending
		idle  int
	}{
		"a warning that came true":              {[]func(int) slo.Budget{calm, warns, warns, spent}, []spending{{minutes(30), 20 * time.Minute}}, 0},
		"one that was interrupted counts anew":  {[]func(int) slo.Budget{warns, calm, warns, spent}, []spending{{minutes(30), 10 * time.Minute}}, 1},
		"one that nobody could judge meanwhile": {[]func(int) slo.Budget{warns, unknown, warns, spent}, []spending{{minutes(30), 30 * time.Minute}}, 0},
		"more than a day ahead is no warning":   {[]func(int) slo.Budget{far, far, spent}, []spending{{minutes(20), 0}}, 0},
		"spent from the beginning is not spent": {[]func(int) slo.Budget{spent, spent, calm}, nil, 0},
		"one that lasts to the end is not idle": {[]func(int) slo.Budget{calm, warns}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var f forecasts
			for i, budget := range tc.looks {
				f.look(minutes(10*i), budget(10*i))
			}
			require.Equal(t, tc.spent, f.spent)
			require.Equal(t, tc.idle, f.idle())
		})
	}
}

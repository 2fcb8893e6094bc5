package figures

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/hindcast/hindcast/slo"
)

// metric is one metric of objectives.
type metric struct {
	name, help, unit string
	// parts lists what there is one series of for each objective.
	parts func(*stream) []part
	// read takes the value out of a reading; ok is false where it is absent.
	read func(r *reading, p part) (v float64, ok bool)
}

// part tells the series of one metric and one objective apart; the zero part is
// that of a metric with one.
type part struct {
	state slo.State
	pair  *slo.BurnRate // with the lengths of its windows, without rates
}

// reading is what is known of a stream at an instant.
type reading struct {
	budget slo.Budget
	rates  []slo.BurnRate
}

// rate returns the pair of a reading with the windows of p; a calendar period of
// unusual length may lack it.
func (r *reading) rate(p part) *slo.BurnRate {
	for i := range r.rates {
		if x := r.rates[i]; x.LongWindow == p.pair.LongWindow && x.ShortWindow == p.pair.ShortWindow && x.Severity == p.pair.Severity {
			return &r.rates[i]
		}
	}
	return nil
}

// states are those that a budget can be in.
var states = []slo.State{slo.NoData, slo.Stale, slo.NoTraffic, slo.Breached, slo.AtRisk, slo.Healthy}

// metrics are those of objectives. All are gauges: sums over a window go down when
// what they count leaves it.
var metrics = []metric{
	single("hindcast_slo_info", "1; the labels tell the budgeting method, what is counted (events, seconds, slices), and the title.", "",
		func(slo.Budget) *float64 { return new(1.0) }),
	single("hindcast_slo_target_ratio", "Target of the objective.", "ratio",
		func(b slo.Budget) *float64 { return new(b.Target.Float()) }),
	single("hindcast_slo_sli_ratio", "Good of all in the window; no sample without traffic or data.", "ratio",
		func(b slo.Budget) *float64 { return b.SLI }),
	single("hindcast_slo_error_budget_remaining_ratio", "What is left of the error budget: 1 untouched, 0 spent, negative overspent.", "ratio",
		func(b slo.Budget) *float64 { return b.Remaining }),
	single("hindcast_slo_error_budget_allowed", "How many bad events, seconds or slices the window allows: (1 - target) * total.", "",
		func(b slo.Budget) *float64 { return b.Allowed }),
	single("hindcast_slo_error_budget_spent", "How many bad events, seconds or slices the window has: total - good.", "",
		func(b slo.Budget) *float64 { return b.Spent }),
	single("hindcast_slo_good", "Good events, seconds or slices in the window. A sum over a window, not a counter: do not take its rate.", "",
		func(b slo.Budget) *float64 { return b.Good }),
	single("hindcast_slo_total", "All events, seconds or slices in the window. A sum over a window, not a counter: do not take its rate.", "",
		func(b slo.Budget) *float64 { return b.Total }),
	single("hindcast_slo_excluded_minutes", "Minutes of the window that exclusions leave out.", "",
		func(b slo.Budget) *float64 { return new(float64(b.Excluded.Minutes)) }),
	single("hindcast_slo_coverage_ratio", "Part of the window's minutes that were measured.", "ratio",
		func(b slo.Budget) *float64 { return &b.Coverage }),
	{
		name: "hindcast_slo_state", help: "1 for the state that the budget is in, 0 for the others.",
		parts: func(*stream) []part { return stateParts },
		read:  func(r *reading, p part) (float64, bool) { return truth(r.budget.State == p.state), true },
	},
	perPair("hindcast_slo_burn_rate", "How fast the budget burns over the long window of a pair; 1 spends exactly all of it.",
		func(r *slo.BurnRate) *float64 { return r.Long }),
	perPair("hindcast_slo_burn_rate_short", "The same over the short window of the pair.",
		func(r *slo.BurnRate) *float64 { return r.Short }),
	perPair("hindcast_slo_burn_rate_threshold", "The burn rate that both windows of the pair have to reach.",
		func(r *slo.BurnRate) *float64 { return &r.Factor }),
	perPair("hindcast_slo_burning", "1 while both burn rates of the pair reach the threshold and both windows are measured well enough, else 0.",
		func(r *slo.BurnRate) *float64 { return new(truth(r.Firing)) }),
}

// stateParts are the parts of hindcast_slo_state.
var stateParts = func() []part {
	all := make([]part, len(states))
	for i, s := range states {
		all[i].state = s
	}
	return all
}()

// single is a metric with one series for each objective.
func single(name, help, unit string, read func(slo.Budget) *float64) metric {
	return metric{
		name: name, help: help, unit: unit,
		parts: func(*stream) []part { return []part{{}} },
		read:  func(r *reading, _ part) (float64, bool) { return known(read(r.budget)) },
	}
}

// perPair is a metric with one series for each burn-rate window pair.
func perPair(name, help string, read func(*slo.BurnRate) *float64) metric {
	return metric{
		name: name, help: help,
		parts: func(s *stream) []part { return s.pairs },
		read: func(r *reading, p part) (float64, bool) {
			if rate := r.rate(p); rate != nil {
				return known(read(rate))
			}
			return 0, false
		},
	}
}

// known returns a figure, ok is false if it is absent.
func known(v *float64) (float64, bool) {
	if v == nil {
		return 0, false
	}
	return *v, true
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// length writes a duration as Prometheus does: 5m, 1h, 3d.
func length(d time.Duration) string { return model.Duration(d).String() }

package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/prometheus/common/model"

	"github.com/hindcast/hindcast/internal/bench/instance"
	"github.com/hindcast/hindcast/internal/bench/peer"
)

// ruleInterval is the evaluation interval of groups that have none of their own:
// that of the scrapes, half of Prometheus' default.
const ruleInterval = 30 * time.Second

// competitor is one way of computing the remaining budget by PromQL.
type competitor struct {
	name string
	// levels are the recording rules, those of one level over what the levels
	// before it have recorded. Only the first is evaluated over all the time:
	// of the others, nothing but the newest value is read.
	levels [][]peer.Rule
	every  time.Duration // of the first level
	budget string
}

// competitors are the columns beside Hindcast's, the same for each row.
func (r row) competitors() []competitor {
	o := r.objective()
	sloth, raw := peer.Sloth{Objective: o}, peer.Sloth{Objective: o, DisableOptimized: true}
	full, perf := peer.Pyrra{Objective: o}, peer.Pyrra{Objective: o, PerformanceOverAccuracy: true}
	return []competitor{
		{"Sloth", append([][]peer.Rule{{sloth.Ratio(5 * time.Minute)}, {sloth.Period()}}, metaLevels(sloth)...), ruleInterval, sloth.Budget()},
		{"Sloth, not optimised", append([][]peer.Rule{nil, {raw.Period()}}, metaLevels(raw)...), ruleInterval, raw.Budget()},
		{"Pyrra", [][]peer.Rule{nil, full.Long()}, 30 * time.Second, full.Budget()},
		{"Pyrra, performance", [][]peer.Rule{perf.Short(), perf.Long()}, 30 * time.Second, perf.Budget()},
		{"raw increase", nil, 0, rawBudget(o, model.Duration(r.To.Sub(r.From)).String())},
	}
}

// metaLevels are the rules by which Sloth makes the remaining budget of the
// period's ratio: each reads what the one before recorded.
func metaLevels(s peer.Sloth) [][]peer.Rule {
	var levels [][]peer.Rule
	for _, name := range []string{"slo:error_budget:ratio", "slo:period_burn_rate:ratio", "slo:period_error_budget_remaining:ratio"} {
		for _, r := range s.Meta() {
			if r.Record == name {
				levels = append(levels, []peer.Rule{r})
			}
		}
	}
	return levels
}

// rawBudget is what somebody writes who has no tool, and works out the length of
// a calendar window by hand.
func rawBudget(o peer.Objective, window string) string {
	if o.Latency > 0 {
		all := fmt.Sprintf("sum(increase(%s[%s]))", o.Selector(o.Total), window)
		return fmt.Sprintf("1 - (1 - histogram_fraction(0, %g, %s)) / (1 - %g)", o.Latency.Seconds(), all, o.Target)
	}
	return fmt.Sprintf("1 - (sum(increase(%s[%s])) or vector(0)) / sum(increase(%s[%[2]s])) / (1 - %[4]g)",
		o.Selector(o.Bad), window, o.Selector(o.Total), o.Target)
}

// levels is how many levels of rules there are at most.
const levels = 5

// evaluations are the rules of one level for all rows.
func evaluations(rows []row, level int) []evaluation {
	var all []evaluation
	for _, r := range rows {
		for _, c := range r.competitors() {
			if level >= len(c.levels) {
				continue
			}
			for _, rule := range c.levels[level] {
				e := evaluation{rule: rule, from: r.To, to: r.To, every: c.every}
				if level == 0 {
					e.from = r.From
					e.pause = [2]time.Time{r.From.Add(time.Duration(r.NoRules[0]) * second), r.From.Add(time.Duration(r.NoRules[1]) * second)}
				}
				all = append(all, e)
			}
		}
	}
	return all
}

// recordLevels lets a server evaluate the rules of all levels, one after the
// other, restarted over what the level before recorded. The server that it
// returns has all records.
func recordLevels(ctx context.Context, program, dir string, rows []row, progress func(string)) (server, error) {
	for level := range levels {
		s, err := startServer(ctx, program, dir)
		if err != nil {
			return server{}, err
		}
		streams, err := s.record(ctx, evaluations(rows, level))
		if stopped := s.Stop(); err == nil {
			err = stopped
		}
		if err != nil {
			return server{}, err
		}
		samples, err := write(dir, streams...)
		if err != nil {
			return server{}, err
		}
		progress(fmt.Sprintf("level %d of the peers' rules: %d samples recorded", level+1, samples))
	}
	return startServer(ctx, program, dir)
}

// server is the Prometheus that everybody computes on.
type server struct{ *instance.Server }

func startServer(ctx context.Context, program, dir string) (server, error) {
	s, err := instance.Start(ctx, instance.Options{Program: program, Dir: dir})
	return server{s}, err
}

// fill writes the samples of all rows as history of a server.
func fill(dir string, rows []row) (uint64, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return 0, err
	}
	var streams []iter.Seq[sample]
	for _, r := range byTime(rows) {
		streams = append(streams, r.samples)
	}
	return write(dir, streams...)
}

package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/hindcast/hindcast/internal/bench/instance"
	"github.com/hindcast/hindcast/internal/bench/peer"
)

// way is one way of keeping budgets.
type way struct {
	name   string
	groups func(i int) []peer.Group // nil: no rules
	budget string                   // the remaining budget of service 0
}

// ways are the peers.
func ways() []way {
	first := objective(0)
	return []way{
		{"Sloth", func(i int) []peer.Group { return peer.Sloth{Objective: objective(i)}.Groups() }, peer.Sloth{Objective: first}.Budget()},
		{"Pyrra", func(i int) []peer.Group { return peer.Pyrra{Objective: objective(i)}.Groups() }, peer.Pyrra{Objective: first}.Budget()},
		{
			"Pyrra, performance", func(i int) []peer.Group {
				return peer.Pyrra{Objective: objective(i), PerformanceOverAccuracy: true}.Groups()
			},
			peer.Pyrra{Objective: first, PerformanceOverAccuracy: true}.Budget(),
		},
	}
}

// usage is what one way takes in the time that it was measured.
type usage struct {
	Way      string
	Over     time.Duration
	Server   time.Duration // processor time of Prometheus, scraping included
	Program  time.Duration // of Hindcast; 0 for rules
	Backfill time.Duration // of Hindcast's processor, before
	First    time.Duration // until Hindcast had read the history of all
	Series   int           // written into the server
	Missed   float64       // evaluations of groups that did not happen in time
	Lags     []time.Duration
}

// warmUp lets a server start, read its blocks and evaluate each rule once: rules
// of Pyrra are evaluated every 150 s.
const warmUp = 150 * time.Second

// start starts the server with the rules of a way.
func (b *bench) start(ctx context.Context, w way) (*instance.Server, []peer.Group, error) {
	var groups []peer.Group
	for i := range b.fleet.n {
		if w.groups != nil {
			groups = append(groups, w.groups(i)...)
		}
	}
	rules := filepath.Join(b.dir, "rules.yml")
	if err := os.WriteFile(rules, []byte(peer.YAML(groups)), 0o600); err != nil {
		return nil, nil, err
	}
	config := fmt.Sprintf(`global: {scrape_interval: 30s, evaluation_interval: 30s}
rule_files: [%q]
scrape_configs: [{job_name: services, static_configs: [{targets: [%q]}]}]
`, rules, b.fleet.address)
	s, err := instance.Start(ctx, instance.Options{Program: b.o.prometheus, Dir: b.data(), Config: config})
	return s, groups, err
}

// rules measures a server that evaluates the rules of a way.
func (b *bench) rules(ctx context.Context, w way, over time.Duration) (u usage, err error) {
	s, groups, err := b.start(ctx, w)
	if err != nil {
		return u, err
	}
	defer func() {
		if stopped := s.Stop(); err == nil {
			err = stopped
		}
	}()
	if err := wait(ctx, b.o.warmUp); err != nil {
		return u, err
	}
	u = usage{Way: w.name}
	began := time.Now()
	before, err := s.CPU()
	if err != nil {
		return u, err
	}
	missed, err := s.Sum(ctx, "prometheus_rule_group_iterations_missed_total")
	if err != nil {
		return u, err
	}
	if w.budget == "" {
		err = wait(ctx, over)
	} else {
		u.Lags, err = lags(ctx, over, b.bump, func(ctx context.Context) (float64, error) { return number(ctx, s, w.budget) })
	}
	if err != nil {
		return u, err
	}
	after, err := s.CPU()
	if err != nil {
		return u, err
	}
	u.Server, u.Over = after-before, time.Since(began)
	if u.Missed, err = s.Sum(ctx, "prometheus_rule_group_iterations_missed_total"); err != nil {
		return u, err
	}
	u.Missed -= missed
	u.Series, err = written(ctx, s, groups)
	return u, err
}

// bump lets service 0 fail.
func (b *bench) bump(ctx context.Context) error { return get(ctx, "http://"+b.fleet.address+"/bump") }

func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// moved is by how much a budget changes at least when service 0 fails, and by how
// much it does not change otherwise.
const moved = 0.001

// lags makes events and waits for each until the budget shows it, for as long as
// asked: no event is begun that would take longer than that if it took as long as
// the longest so far. One that is not seen in that time and five minutes counts
// as if it had been seen then.
func lags(ctx context.Context, over time.Duration, bump func(context.Context) error, ask func(context.Context) (float64, error)) ([]time.Duration, error) {
	var all []time.Duration
	end := time.Now().Add(over)
	for longest := time.Duration(0); time.Now().Add(longest).Before(end); {
		before, err := ask(ctx)
		if err != nil {
			return nil, err
		}
		if math.IsNaN(before) {
			if err := wait(ctx, time.Second); err != nil {
				return nil, err
			}
			continue
		}
		began := time.Now()
		if err := bump(ctx); err != nil {
			return nil, err
		}
		for now := before; !(math.Abs(now-before) >= moved); {
			if time.Since(began) > over+5*time.Minute {
				break
			}
			if err := wait(ctx, 250*time.Millisecond); err != nil {
				return nil, err
			}
			if now, err = ask(ctx); err != nil {
				return nil, err
			}
		}
		all = append(all, time.Since(began))
		longest = max(longest, time.Since(began))
		if err := wait(ctx, 7*time.Second); err != nil { // not in step with the scrapes
			return nil, err
		}
	}
	if err := wait(ctx, time.Until(end)); err != nil {
		return nil, err
	}
	slices.Sort(all)
	return all, nil
}

// number asks for a single number; NaN if there is none.
func number(ctx context.Context, s *instance.Server, query string) (float64, error) {
	answer, _, err := s.API.Query(ctx, query, time.Now())
	if err != nil {
		return 0, err
	}
	if v, ok := answer.(model.Vector); ok && len(v) == 1 {
		return float64(v[0].Value), nil
	}
	return math.NaN(), nil
}

// written counts the series that rules have written.
func written(ctx context.Context, s *instance.Server, groups []peer.Group) (int, error) {
	var names []string
	for _, r := range peer.Record(groups) {
		names = append(names, r.Record)
	}
	if len(names) == 0 {
		return 0, nil
	}
	slices.Sort(names)
	n, err := number(ctx, s, fmt.Sprintf("count({__name__=~%q})", strings.Join(slices.Compact(names), "|")))
	return int(n), err
}

// wait waits, or less.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

package server

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
	"github.com/hindcast/hindcast/slo/prometheus/rules"
)

// firings are the instants at which each policy begins and ends to fire, in turn.
type firings map[string][]time.Time

// outageOfS1 is when the hour of 50 % errors at the daily peak begins.
var outageOfS1 = scenario.Start.Add(10*24*time.Hour + 14*time.Hour)

// TestRealAlertsFireInPrometheusAsInHindcast evaluates the rules that are exported
// of S1 each minute in a real Prometheus, and compares when each policy begins and
// ends to fire with what Hindcast says in each of its ways: the burn rates as of
// each minute, the replay, and the episodes of a server that collects and judges
// minute by minute, as its API shows them.
func TestRealAlertsFireInPrometheusAsInHindcast(t *testing.T) {
	realtest.Require(t)
	s1, data := scenario.All()[0], filepath.Join(t.TempDir(), "data")
	source := spec(t, withPairs(t, s1.Spec()))
	writeScenario(t, s1, data)
	from, to := outageOfS1.Add(-time.Hour), outageOfS1.Add(9*time.Hour)
	theirs := firingThere(t, data, source, from, to)
	require.Len(t, theirs, 4)

	e, o := measured(t, data, source, to)
	for way, ours := range map[string]firings{
		"burn rates": burning(t, e, o, from, to), "replay": replayed(t, e, o, from, to), "live engine": live(t, source, from, to),
	} {
		require.Len(t, ours, len(theirs), way)
		for policy, their := range theirs {
			our := ours[policy]
			require.Len(t, our, 2, "%s, %s: one beginning and one end: %v", way, policy, our)
			require.Len(t, their, 2, "%s in Prometheus: one beginning and one end: %v", policy, their)
			for i, edge := range []string{"begins", "ends"} {
				t.Logf("%s %s after %s in Prometheus, after %s by the %s: %s", policy, edge,
					their[i].Sub(outageOfS1), our[i].Sub(outageOfS1), way, our[i].Sub(their[i]))
				require.LessOrEqual(t, our[i].Sub(their[i]).Abs(), time.Minute, "%s: %s %s", way, policy, edge)
			}
		}
	}
}

// withPairs adds the workbook's pairs to a specification as alert policies.
func withPairs(t *testing.T, text string) string {
	t.Helper()
	set, problems, _ := openslo.Read([]string{spec(t, text)}, builders())
	require.Empty(t, problems)
	var b strings.Builder
	b.WriteString(text + "  alertPolicies:\n")
	for _, p := range slo.WindowPairs(set.SLOs[0], &set.SLOs[0].Objectives[0]) {
		long, short := model.Duration(p.LongWindow), model.Duration(p.ShortWindow)
		fmt.Fprintf(&b, `    - kind: AlertPolicy
      metadata: {name: %s-%s}
      spec:
        alertWhenBreaching: true
        alertWhenResolved: true
        conditions:
          - kind: AlertCondition
            metadata: {name: pair-%s, annotations: {hindcast.dev/short-window: %s}}
            spec: {severity: %s, condition: {kind: burnrate, op: gte, threshold: %s, lookbackWindow: %s, alertAfter: 0m}}
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata: {name: nobody}
            spec: {target: nobody}
`, p.Severity, long, long, short, p.Severity, strconv.FormatFloat(p.Factor, 'f', -1, 64), long)
	}
	return b.String()
}

// firingThere returns what the exported rules say in a real Prometheus.
func firingThere(t *testing.T, data, source string, from, to time.Time) firings {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s1.rules.yaml")
	code, _, problems := command(t, "rules", source, "-o", path)
	require.Equal(t, ExitOK, code, problems)
	prom := realtest.NewPrometheus(t, realtest.PrometheusOptions{Data: data, Config: "global: {evaluation_interval: 1m}\n"})
	var file rules.File
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &file))
	// Ratios of long windows look at what the first pass recorded.
	record := func(ratios bool, from time.Time) { // one group of one file: at one phase of the minute, as in life
		var pass rules.Group
		for _, r := range file.Groups[0].Rules {
			if r.Record != "" && ratios == strings.HasPrefix(r.Record, "hindcast:error_ratio:") {
				pass.Rules = append(pass.Rules, r)
			}
		}
		require.NotEmpty(t, pass.Rules)
		pass.Name, pass.Interval = "pass", "1m"
		backfillRules(t, prom, path, rules.File{Groups: []rules.Group{pass}}, from, to)
	}
	record(false, outageOfS1.Add(-3*24*time.Hour-2*time.Hour))
	record(true, from)
	v, _, err := promAPI(t, prom.URL).Query(t.Context(), "timestamp(hindcast:error_ratio:rate1h)", from.Add(2*time.Minute))
	require.NoError(t, err)
	require.Len(t, v, 1)
	evaluated := time.UnixMilli(int64(1000 * v.(model.Vector)[0].Value)).UTC()
	all := firings{}
	for _, r := range file.Groups[0].Rules {
		if r.Alert != "" {
			require.Empty(t, r.For, "else the alert is later than its expression")
			all[r.Labels["policy"]] = firing(t, prom.URL, r.Expr, evaluated, to)
		}
	}
	return all
}

// backfillRules evaluates recording rules each minute of the past of a Prometheus.
func backfillRules(t *testing.T, prom *realtest.Prometheus, path string, file rules.File, from, to time.Time) {
	t.Helper()
	var text strings.Builder
	require.NoError(t, file.Write(&text, "one pass"))
	blocks := filepath.Join(t.TempDir(), "blocks")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	realtest.Promtool(t, "tsdb", "create-blocks-from", "rules", "--url", prom.URL, "--output-dir", blocks, "--eval-interval", "1m",
		"--start", strconv.FormatInt(from.Unix(), 10), "--end", strconv.FormatInt(to.Unix(), 10), path)
	prom.Stop(t)
	recorded, err := filepath.Glob(filepath.Join(blocks, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, recorded)
	for _, block := range recorded {
		require.NoError(t, os.Rename(block, filepath.Join(prom.Data, filepath.Base(block))))
	}
	prom.Start(t)
}

// firing asks a Prometheus when an expression begins and ends to hold.
func firing(t *testing.T, address, expr string, from, to time.Time) []time.Time {
	t.Helper()
	v, _, err := promAPI(t, address).QueryRange(t.Context(), expr, v1.Range{Start: from, End: to, Step: time.Minute})
	require.NoError(t, err)
	on := map[time.Time]bool{}
	for _, s := range v.(model.Matrix) {
		for _, p := range s.Values {
			on[p.Timestamp.Time().UTC()] = true
		}
	}
	return edges(from, to, func(at time.Time) bool { return on[at.UTC()] })
}

// edges lists the minutes at which something begins or ends.
func edges(from, to time.Time, on func(time.Time) bool) (all []time.Time) {
	was := false
	for at := from; !at.After(to); at = at.Add(time.Minute) {
		if on(at) != was {
			was = !was
			all = append(all, at)
		}
	}
	return all
}

// measured measures a specification of one SLO into a ledger of its own.
func measured(t *testing.T, data, source string, to time.Time) (slo.Evaluator, *slo.SLO) {
	t.Helper()
	db, err := tsdb.OpenReadOnly(data, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	set, problems, _ := openslo.Read([]string{source}, builders())
	require.Empty(t, problems)
	book, err := measureWindows(t.Context(), &prometheus.Source{Sampler: db}, set.SLOs, to, func(float64) {})
	require.NoError(t, err)
	return slo.Evaluator{Meter: book, Now: func() time.Time { return to }}, set.SLOs[0]
}

// burning asks for the workbook's burn rates as of each minute.
func burning(t *testing.T, e slo.Evaluator, s *slo.SLO, from, to time.Time) firings {
	t.Helper()
	all := firings{}
	for i, pair := range slo.WindowPairs(s, &s.Objectives[0]) {
		all[pair.Severity+"-"+model.Duration(pair.LongWindow).String()] = edges(from, to, func(at time.Time) bool {
			rates, err := e.BurnRates(t.Context(), s, &s.Objectives[0], slo.Question{AsOf: at})
			require.NoError(t, err)
			return rates[i].Firing
		})
	}
	return all
}

// replayed asks when the policies would have fired.
func replayed(t *testing.T, e slo.Evaluator, s *slo.SLO, from, to time.Time) firings {
	t.Helper()
	all := firings{}
	for _, p := range s.AlertPolicies {
		r, err := e.Replay(t.Context(), s, &s.Objectives[0], p, from, to)
		require.NoError(t, err)
		require.Zero(t, r.FrozenMinutes)
		for _, f := range r.Firings {
			all[p.Name] = append(all[p.Name], f.From, f.To)
		}
	}
	return all
}

// live runs a server over the samples of S1 whose clock is moved minute by minute,
// and returns the episodes that its API shows at the end. Each minute it collects
// what is new and judges its policies, as it does when the minutes are real.
func live(t *testing.T, source string, from, to time.Time) firings {
	t.Helper()
	var clock atomic.Pointer[time.Time]
	clock.Store(&from)
	data := t.TempDir()
	writeScenario(t, scenario.All()[0], filepath.Join(data, tsdbFolder))
	s := runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: data, Database: database(t), Specs: filepath.Dir(source),
		Now: func() time.Time { return *clock.Load() }, Logger: slog.New(slog.DiscardHandler),
	})
	awaitHistory(t, s)
	key := s.slos.All()[0].Objectives[0].Indicator.Key()
	for m := slo.MinuteOf(from); m.End().Compare(to) <= 0; m++ {
		now := m.End().Add(12 * time.Second) // when the minute may be read
		clock.Store(&now)
		require.Eventually(t, func() bool { // a cycle that the server began itself makes ours miss its turn
			s.collector.Cycle(t.Context())
			settled, _ := s.ledger.Settled(key)
			return settled == m
		}, 30*time.Second, time.Millisecond)
		require.NoError(t, s.alerts.Step(t.Context(), nil))
	}
	return episodesShown(t, s)
}

// episodesShown returns the episodes that the API shows.
func episodesShown(t *testing.T, s *Server) firings {
	t.Helper()
	v, err := s.ask(t.Context(), `{ alerts(filter: {includeResolved: true}, first: 50) { nodes { policy firedAt resolvedAt } } }`, nil, "alerts", "nodes")
	require.NoError(t, err)
	all := firings{}
	for _, node := range v.([]any) {
		n := node.(map[string]any)
		for _, edge := range []string{"firedAt", "resolvedAt"} {
			require.IsType(t, "", n[edge], "%v: an episode that is over", n)
			at, err := time.Parse(time.RFC3339, n[edge].(string))
			require.NoError(t, err)
			all[n["policy"].(string)] = append(all[n["policy"].(string)], at)
		}
	}
	return all
}

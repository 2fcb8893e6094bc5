package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/openslo"
)

// The installation of TestEveryNumberFollowsAChangeOfThePast.
const (
	manySLOs = 1000
	manyDays = 8
)

// manyNow is a Wednesday, so that the week before is over and settled.
var manyNow = time.Date(2026, time.March, 18, 12, 0, 7, 0, time.UTC)

// manyDocument returns the specification of an SLO on the n-th indicator.
func manyDocument(name string, n int, percent string) string {
	return fmt.Sprintf(`---
apiVersion: openslo/v1
kind: SLO
metadata: {name: %s, labels: {team: "team-%d"}}
spec:
  service: service-%d
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  indicator:
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'requests_total{n="%d",code="500"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'requests_total{n="%d"}'}}}
  objectives: [{targetPercent: %s}]
`, name, n%7, n%50, n, n, percent)
}

// many runs a server over a thousand SLOs with eight days of figures: a hundred
// events a minute, of which one is bad, and fifty from 10 to 11 on Monday.
func many(t *testing.T) *Server {
	t.Helper()
	data, specs := t.TempDir(), t.TempDir()
	for file := range manySLOs / 50 {
		var text strings.Builder
		for i := range 50 {
			text.WriteString(manyDocument(fmt.Sprintf("slo-%04d", file*50+i), file*50+i, "99.5"))
		}
		require.NoError(t, os.WriteFile(filepath.Join(specs, fmt.Sprintf("file-%02d.yaml", file)), []byte(text.String()), 0o600))
	}
	set, problems, _ := openslo.Read([]string{specs}, builders())
	require.Empty(t, problems)
	fill(t, data, slo.Indicators(set.SLOs))

	s, err := New(t.Context(), Options{
		Listen: "127.0.0.1:0", Data: data, Specs: specs, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return manyNow },
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
		require.NoError(t, s.Close())
	})
	require.Eventually(t, func() bool { return len(s.slos.All()) == manySLOs }, 30*time.Second, 10*time.Millisecond)
	return s
}

// fill writes the figures of all indicators up to the last finished minute.
func fill(t *testing.T, dir string, indicators []slo.Indicator) {
	t.Helper()
	fillUntil(t, dir, indicators, manyNow, time.Date(2026, time.March, 16, 10, 0, 0, 0, time.UTC))
}

// fillUntil does so as of an instant, with an hour in which half of all fail.
func fillUntil(t *testing.T, dir string, indicators []slo.Indicator, now, bad time.Time) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	book, err := ledger.Open(t.Context(), st, ledger.Options{Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	last := slo.MinuteOf(now) - 1
	outage := slo.SpanOf(bad, bad.Add(time.Hour))
	for day := manyDays; day >= 0; day-- {
		span := slo.Span{From: slo.Minute(last.Day()-day) * slo.MinutesPerDay, To: min(last, slo.Minute(last.Day()-day+1)*slo.MinutesPerDay-1)}
		slots := make([]slo.Slot, span.Len())
		for i := range slots {
			slots[i] = slo.Slot{Good: 99, Total: 100, State: slo.Measured}
			if outage.Contains(span.From + slo.Minute(i)) {
				slots[i].Good = 50
			}
		}
		var writes []ledger.Write
		for _, ind := range indicators {
			cursor := ledger.Cursor{Indicator: ind.Key(), Settled: span.To, Done: true}
			writes = append(writes, ledger.Write{
				Indicator: ind.Key(), Reason: "test", Cursor: &cursor,
				Measurement: slo.Measurement{Span: span, Streams: []slo.StreamSlots{{Slots: slots}}},
			})
		}
		require.NoError(t, book.WriteMany(t.Context(), writes))
	}
	require.NoError(t, st.Close())
}

// ask sends a GraphQL operation and returns the value at a path of its data.
func (s *Server) ask(ctx context.Context, query string, variables map[string]any, path ...string) (any, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Address()+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Hindcast-CSRF", "1")
	var answer struct {
		Data   map[string]any
		Errors []struct{ Message string }
	}
	if err := fetchJSON(r, &answer); err != nil {
		return nil, err
	}
	if len(answer.Errors) > 0 {
		return nil, fmt.Errorf("%v", answer.Errors)
	}
	var value any = answer.Data
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, nil
		}
		value = object[name]
	}
	return value, nil
}

// instant returns the one value of a PromQL query, nil if it has none.
func (s *Server) instant(ctx context.Context, promQL string) (any, error) {
	address := "http://" + s.Address() + "/api/v1/query?" + url.Values{
		"query": {promQL}, "time": {strconv.FormatInt(manyNow.Unix(), 10)},
	}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if err := fetchJSON(r, &answer); err != nil || len(answer.Data.Result) == 0 {
		return nil, err
	}
	return answer.Data.Result[0].Value[1], nil
}

func fetchJSON(r *http.Request, into any) error {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	return json.Unmarshal(text, into)
}

// readout is one figure that has to follow.
type readout struct {
	name string
	read func(ctx context.Context) (any, error)
}

// numbersOf lists the figures about one SLO and its agreement.
func (s *Server) numbersOf(name, sla string) []readout {
	gql := func(title, query string, path ...string) readout {
		return readout{title, func(ctx context.Context) (any, error) {
			return s.ask(ctx, query, map[string]any{"name": name, "sla": sla}, path...)
		}}
	}
	const of = `query($name: String!) { slo(name: $name) { `
	return []readout{
		gql("GraphQL: remaining", of+`budget { remaining } } }`, "slo", "budget", "remaining"),
		gql("GraphQL: burn rates", of+`budget(window: {duration: "3d"}) { burnRate target } } }`, "slo", "budget"),
		gql("GraphQL: plot", of+`series(kind: BURN_DOWN, maxPoints: 50) { points { values } } } }`, "slo", "series", "points"),
		gql("GraphQL: explanation", of+`explain { formula } } }`, "slo", "explain", "formula"),
		gql("statement: closing balance", of+`statement { closing } } }`, "slo", "statement", "closing"),
		gql("agreement: achieved and credit", `query($sla: String!) { sla(name: $sla) { targetPercent figures { achievedPercent credit { creditPercent } } } }`, "sla"),
		{"series: remaining", func(ctx context.Context) (any, error) {
			return s.instant(ctx, fmt.Sprintf(`hindcast_slo_error_budget_remaining_ratio{slo=%q}`, name))
		}},
		{"series: alerting rule on the burn rate", func(ctx context.Context) (any, error) {
			return s.instant(ctx, fmt.Sprintf(`max(hindcast_slo_error_budget_spent{slo=%q} / hindcast_slo_error_budget_allowed{slo=%q})`, name, name))
		}},
	}
}

// read returns all figures as texts.
func read(t *testing.T, numbers []readout) map[string]string {
	t.Helper()
	values := map[string]string{}
	for _, n := range numbers {
		v, err := n.read(t.Context())
		require.NoError(t, err, n.name)
		values[n.name] = fmt.Sprint(v)
	}
	return values
}

// still returns the figures when the collector has looked at the last minutes
// again: nobody sends samples, and the clock stands.
func still(t *testing.T, numbers []readout) (values map[string]string) {
	t.Helper()
	require.Eventually(t, func() bool {
		values = read(t, numbers)
		time.Sleep(500 * time.Millisecond)
		return maps.Equal(values, read(t, numbers))
	}, 30*time.Second, 100*time.Millisecond)
	return values
}

// follow makes a change and polls the figures until each of them is another one
// than before, and prints how long after the answer, and after the request, that
// was.
func follow(t *testing.T, what string, numbers []readout, change func()) {
	t.Helper()
	before := read(t, numbers)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	seen := make([]time.Time, len(numbers))
	var polls sync.WaitGroup
	asked := time.Now()
	for i, n := range numbers {
		polls.Go(func() {
			for ctx.Err() == nil && seen[i].IsZero() {
				if v, err := n.read(ctx); err == nil && fmt.Sprint(v) != before[n.name] {
					seen[i] = time.Now()
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	change()
	answered := time.Now()
	polls.Wait()
	var worst time.Duration
	for i, n := range numbers {
		require.False(t, seen[i].IsZero(), "%s: %s stayed %s", what, n.name, before[n.name])
		worst = max(worst, seen[i].Sub(answered))
		t.Logf("%-34s %-42s %6.1f ms after the answer, %6.1f ms after the request", what, n.name, ms(seen[i].Sub(answered)), ms(seen[i].Sub(asked)))
	}
	t.Logf("%-34s the last of %d numbers %.1f ms after the answer (goal 100 ms), with %d SLOs", what, len(numbers), ms(max(0, worst)), manySLOs)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// must sends a mutation that has to succeed.
func (s *Server) must(t *testing.T, mutation string, variables map[string]any) {
	t.Helper()
	_, err := s.ask(t.Context(), mutation, variables)
	require.NoError(t, err)
}

const (
	makeExclusion = `mutation($input: ExclusionInput!) { saveExclusion(input: $input) { approval { state } } }`
	approve       = `mutation { decideExclusion(name: "monday", approve: true, by: "Bea") { inForce } }`
	forget        = `mutation { deleteExclusion(name: "monday", by: "Ann") }`
	makeAgreement = `mutation($input: SlaInput!) { saveSla(input: $input) { name } }`
	importText    = `mutation($input: ImportInput!) { applyImport(input: $input) { problems { message } } }`
)

// promised promises an SLO for weeks.
func promised(name, of string) map[string]any {
	return map[string]any{"input": map[string]any{
		"name": name, "targetPercent": "99", "window": map[string]any{"duration": "1w", "calendar": true, "timeZone": "UTC"},
		"streams": []any{map[string]any{"slo": of}}, "customers": []any{map[string]any{"name": "acme"}},
		"credits": []any{map[string]any{"belowPercent": "99", "creditPercent": "10"}}, "by": "Ann",
	}}
}

// TestEveryNumberFollowsAChangeOfThePast changes what counts, and polls every
// way in which a figure leaves the server until it is another one.
func TestEveryNumberFollowsAChangeOfThePast(t *testing.T) {
	s := many(t)
	s.must(t, makeAgreement, promised("gold", "slo-0500"))
	numbers := s.numbersOf("slo-0500", "gold")
	first := still(t, numbers)

	s.must(t, makeExclusion, map[string]any{"input": map[string]any{
		"name": "monday", "title": "Database moved", "reason": "planned", "scope": map[string]any{"slos": []string{"slo-0500"}},
		"start": "2026-03-16T10:00:00Z", "length": "1h", "by": "Ann",
	}})
	require.Equal(t, first, read(t, numbers), "what reaches back counts when somebody else has approved it")
	follow(t, "a retroactive exclusion", numbers, func() { s.must(t, approve, nil) })
	follow(t, "the exclusion removed", numbers, func() { s.must(t, forget, nil) })
	require.Equal(t, first, read(t, numbers), "removing an exclusion restores every number")

	imported := func(percent string) map[string]any {
		return map[string]any{"input": map[string]any{"path": "imported/late.yaml", "text": manyDocument("late", 500, percent), "by": "Ann"}}
	}
	s.must(t, importText, imported("99.5"))
	s.must(t, makeAgreement, promised("silver", "late"))
	ofTarget := s.numbersOf("late", "silver")
	ofTarget = append(ofTarget[:5:5], ofTarget[6:]...) // an agreement has a target of its own
	follow(t, "a changed target", ofTarget, func() { s.must(t, importText, imported("99")) })

	follow(t, "a new agreement", []readout{
		{"GraphQL: the agreement", func(ctx context.Context) (any, error) {
			return s.ask(ctx, `{ sla(name: "bronze") { figures { achievedPercent } } }`, nil, "sla")
		}},
		{"GraphQL: what promises the SLO", func(ctx context.Context) (any, error) {
			return s.ask(ctx, `{ slo(name: "slo-0007") { slas { name } } }`, nil, "slo", "slas")
		}},
		{"series: achieved", func(ctx context.Context) (any, error) {
			return s.instant(ctx, `hindcast_sla_achieved_ratio{sla="bronze"}`)
		}},
	}, func() { s.must(t, makeAgreement, promised("bronze", "slo-0007")) })
}

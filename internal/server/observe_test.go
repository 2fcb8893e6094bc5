package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// observedServer runs a server with an objective until it has collected.
func observedServer(t *testing.T) *Server {
	t.Helper()
	specs := t.TempDir()
	writeSpec(t, scenario.All()[0], specs)
	s := running(t, specs)
	require.Eventually(t, func() bool { return len(s.collector.Health()) == 1 }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, http.StatusOK, askGraphQL(t, s, `{slos(first:1){nodes{name}}}`))
	require.Equal(t, http.StatusOK, askGraphQL(t, s, `{slos(first:101){nodes{name}}}`), "refused by a limit")
	return s
}

func askGraphQL(t *testing.T, s *Server, query string) int {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Address()+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hindcast-CSRF", "1")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, errors.Join(err, res.Body.Close()))
	return res.StatusCode
}

func TestMetricsKeepTheConventions(t *testing.T) {
	s := observedServer(t)
	_, text := fetch(t, s, "/metrics", "")
	var ours strings.Builder // the others are Prometheus' and Go's own
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimLeft(line, "# HELPTY"), namespace+"_") {
			ours.WriteString(line)
		}
	}
	problems, err := promlint.New(strings.NewReader(ours.String())).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
	for _, want := range []string{
		"hindcast_build_info{", "hindcast_ready 1", `hindcast_source_indicators{source="embedded"} 1`,
		`hindcast_graphql_operations_total{code="OK",kind="query"} 1`, `hindcast_graphql_refused_total{limit="First"} 1`,
		"hindcast_collection_cycle_duration_seconds_count", `hindcast_ledger_write_failures_total{operation="append"} 0`,
		"hindcast_specification_slos 1", "hindcast_store_size_bytes", "hindcast_data_free_bytes",
		"hindcast_specification_last_reload_timestamp_seconds",
	} {
		require.True(t, strings.Contains(text, want), "%s is missing; there is:\n%s", want, regexp.MustCompile("(?m)^hindcast_source.*$").FindAllString(text, 20))
	}
}

// What alerts and the dashboard ask for has to exist.
func TestAlertsAndDashboardNameMetricsThatExist(t *testing.T) {
	s := observedServer(t)
	_, text := fetch(t, s, "/metrics", "")
	known := map[string]bool{"up": true, "hindcast_source_measure_failures_total": true} // by the scraper; after the first failure
	for _, m := range regexp.MustCompile(`(?m)^([a-z_]+)(?:\{| )`).FindAllStringSubmatch(text, -1) {
		known[m[1]] = true
	}
	expressions := slices.Concat(alertExpressions(t), dashboardExpressions(t))
	require.Greater(t, len(expressions), 30)
	for _, e := range expressions {
		for _, name := range metricNames(t, e) {
			require.True(t, known[name], "%s, in %s", name, e)
		}
	}
}

func alertExpressions(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/hindcast-alerts.yaml")
	require.NoError(t, err)
	runbooks, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	for _, r := range file.Groups[0].Rules {
		all = append(all, r.Expr)
		require.Contains(t, []string{"page", "ticket"}, r.Labels["severity"], r.Alert)
		require.NotEmpty(t, r.Annotations["summary"], r.Alert)
		require.NotEmpty(t, r.Annotations["description"], r.Alert)
		_, anchor, _ := strings.Cut(r.Annotations["runbook_url"], "docs/operations.md#")
		require.Equal(t, strings.ToLower(r.Alert), anchor)
		require.Contains(t, string(runbooks), "\n### "+r.Alert+"\n")
	}
	return all
}

func dashboardExpressions(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/hindcast-dashboard.json")
	require.NoError(t, err)
	var board struct {
		Title, UID    string
		SchemaVersion int
		Panels        []struct {
			ID      int
			Type    string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ RefID, Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &board))
	require.NotEmpty(t, board.UID)
	require.GreaterOrEqual(t, board.SchemaVersion, 36)
	ids := map[int]bool{}
	for _, p := range board.Panels {
		require.False(t, ids[p.ID], "panel %d twice", p.ID)
		ids[p.ID] = true
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24)
		require.True(t, p.Type == "row" || len(p.Targets) > 0)
		for _, target := range p.Targets {
			all = append(all, strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"))
		}
	}
	return all
}

// metricNames parses an expression and returns the metrics that it selects.
func metricNames(t *testing.T, expression string) (names []string) {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	require.NoError(t, err, expression)
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			for _, m := range v.LabelMatchers {
				if m.Name == labels.MetricName {
					names = append(names, m.Value)
				}
			}
		}
		return nil
	})
	return names
}

func TestTroubleHasAnAge(t *testing.T) {
	var s sightings
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s.note([]model.Component{{Name: "ledger", Ok: true, CheckedAt: now}, {Name: "source eu", CheckedAt: now}})
	all := []model.Component{{Name: "ledger", CheckedAt: now.Add(time.Minute)}, {Name: "source eu", CheckedAt: now}}
	s.note(all)
	require.InDelta(t, 90, *age(all[0], now.Add(90*time.Second)), 0)
	require.Zero(t, *age(all[0], now.Add(-time.Hour)), "a clock that was set back")
	require.Nil(t, age(all[1], now), "never seen well is not 0")
}

func TestReadyzTellsEachComponent(t *testing.T) {
	s := observedServer(t)
	_, text := fetch(t, s, "/readyz", "")
	var answer struct {
		Ready      bool
		Components []readiness
	}
	require.NoError(t, json.Unmarshal([]byte(text), &answer))
	require.True(t, answer.Ready)
	require.Len(t, answer.Components, 5)
	for _, c := range answer.Components {
		require.True(t, c.Ok, c.Message)
		require.NotNil(t, c.Age)
	}
}

func TestLogLinesAreBoundedAndEscaped(t *testing.T) {
	for _, format := range []string{logText, logJSON} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			log := newLogger(&out, format, "info")
			log.Debug("not at this level")
			log.Warn("asked", "err", errors.New(strings.Repeat("é", maxText)+"END"), "name", "a\nlevel=ERROR msg=forged")
			require.Equal(t, 1, strings.Count(out.String(), "\n"), out.String())
			require.NotContains(t, out.String(), "END")
			require.Contains(t, out.String(), "…")
			require.Contains(t, out.String(), `a\nlevel=ERROR`)
			require.Less(t, out.Len(), 2*maxText)
		})
	}
}

func TestRequestsAreLoggedForThoseWhoDebug(t *testing.T) {
	var out bytes.Buffer
	s := &Server{o: Options{Logger: newLogger(&out, logText, "debug")}}
	h := s.logged(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", http.NoBody))
	require.Contains(t, out.String(), "path=/x status=418")
	out.Reset()
	s.o.Logger = newLogger(&out, logText, "info")
	s.logged(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", http.NoBody))
	require.Empty(t, out.String())
}

func TestProfilesAreForThisMachineAndOnDemand(t *testing.T) {
	s := running(t, "")
	_, body := fetch(t, s, "/debug/pprof/cmdline", "")
	require.NotContains(t, body, ".test", "off: the page answers")

	mux := http.NewServeMux()
	profiles(mux)
	tests := map[string]struct {
		from   string
		header http.Header
		status int
	}{
		"go tool pprof here":       {"127.0.0.1:5", nil, http.StatusOK},
		"a person here":            {"[::1]:5", http.Header{"Sec-Fetch-Site": {"none"}}, http.StatusOK},
		"another machine":          {"192.0.2.1:5", nil, http.StatusForbidden},
		"a page of our own origin": {"127.0.0.1:5", http.Header{"Sec-Fetch-Site": {"same-origin"}}, http.StatusForbidden},
		"a page of another origin": {"127.0.0.1:5", http.Header{"Origin": {"http://evil.example"}}, http.StatusForbidden},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/pprof/cmdline", http.NoBody)
			r.RemoteAddr = tt.from
			maps.Copy(r.Header, tt.header)
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			require.Equal(t, tt.status, w.Code)
		})
	}
}

// counted is an evaluator that tells how often it was asked.
type counted struct {
	graph.Evaluator
	asked atomic.Int64
	err   error
}

func (c *counted) Budget(context.Context, *slo.SLO, *slo.Objective, slo.Question) (slo.Budget, error) {
	return slo.Budget{Coverage: float64(c.asked.Add(1))}, c.err
}

func TestBudgetsAreRememberedWhileTheyCannotHaveChanged(t *testing.T) {
	var e counted
	now, version := time.Unix(100, 0), uint64(1)
	r := newRecent(&e, func() uint64 { return version }, func() time.Time { return now })
	a, b := &slo.SLO{Name: "a"}, &slo.SLO{Name: "b"}
	ask := func(s *slo.SLO, q slo.Question) float64 {
		budget, err := r.Budget(t.Context(), s, nil, q)
		require.NoError(t, err)
		return budget.Coverage
	}
	require.InDelta(t, 1, ask(a, slo.Question{}), 0)
	require.InDelta(t, 1, ask(a, slo.Question{}), 0, "remembered")
	require.InDelta(t, 2, ask(b, slo.Question{}), 0, "of another objective")
	require.InDelta(t, 3, ask(a, slo.Question{Group: "g"}), 0, "of a group")
	require.InDelta(t, 4, ask(a, slo.Question{AsOf: now}), 0, "of another instant")
	version++
	require.InDelta(t, 5, ask(a, slo.Question{}), 0, "the ledger changed")
	now = now.Add(time.Second)
	require.InDelta(t, 6, ask(a, slo.Question{}), 0, "the clock went on")
	r.keep(generation{1, 100}, budgetQuestion{slo: a}, slo.Budget{Coverage: -1})
	require.InDelta(t, 6, ask(a, slo.Question{}), 0, "what was computed from an older ledger is not kept")
	e.err = errors.New("no")
	_, err := r.Budget(t.Context(), b, nil, slo.Question{})
	require.Error(t, err)
	e.err = nil
	require.InDelta(t, 8, ask(b, slo.Question{}), 0, "errors are not remembered")
}

// failing refuses everything.
type failing struct {
	ledger.Store
	slo.Source
}

var errFailing = errors.New("no space left on device")

func (failing) Append(context.Context, ledger.Commit) error                { return errFailing }
func (failing) Seal(context.Context, int64, []ledger.Chunk, []int64) error { return errFailing }
func (failing) Measure(context.Context, slo.Indicator, slo.Span) (slo.Measurement, error) {
	return slo.Measurement{}, errFailing
}

// namedIndicator is an indicator that has a name and nothing else.
type namedIndicator struct{ slo.Indicator }

func (namedIndicator) Key() slo.IndicatorKey { return "i" }

func TestFailuresAreCountedAndPassedOn(t *testing.T) {
	m := newMetrics()
	store := observedStore{failing{}, m, tracer{}}
	require.ErrorIs(t, store.Append(t.Context(), ledger.Commit{Revisions: make([]ledger.StreamRevision, 3)}), errFailing)
	require.ErrorIs(t, store.Seal(t.Context(), 0, make([]ledger.Chunk, 3), nil), errFailing)
	source := observedSource{failing{}, "eu", m, tracer{}, func(string, int64) {}}
	_, err := source.Measure(t.Context(), namedIndicator{}, slo.Span{})
	require.ErrorIs(t, err, errFailing)
	require.InDelta(t, 1, testutil.ToFloat64(m.writeFailures.WithLabelValues(writeAppend)), 0)
	require.InDelta(t, 1, testutil.ToFloat64(m.writeFailures.WithLabelValues(writeSeal)), 0)
	require.InDelta(t, 1, testutil.ToFloat64(m.failures.WithLabelValues("eu")), 0)
	require.Zero(t, testutil.ToFloat64(m.revisions), "what was not kept is not counted")
	require.Zero(t, testutil.ToFloat64(m.sealed))
}

// lateSource knows of late data, as the embedded store does.
type lateSource struct{ slo.Source }

func (lateSource) Late() (time.Time, bool) { return time.Unix(60, 0), true }

func TestAnObservedSourceStillTellsOfLateData(t *testing.T) {
	oldest, ok := observedSource{Source: lateSource{}}.Late()
	require.True(t, ok)
	require.Equal(t, time.Unix(60, 0), oldest)
	_, ok = observedSource{}.Late()
	require.False(t, ok, "a source that cannot tell has nothing late")
}

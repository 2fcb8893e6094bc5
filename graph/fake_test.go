package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/catalog"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// now is the clock of the fakes.
var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// fakeIndicator measures nothing.
type fakeIndicator struct {
	key     slo.IndicatorKey
	groupBy []string
	unit    slo.Unit
}

func (f fakeIndicator) Key() slo.IndicatorKey { return f.key }
func (f fakeIndicator) SourceName() string    { return "" }
func (f fakeIndicator) GroupBy() []string     { return f.groupBy }
func (f fakeIndicator) Unit() slo.Unit        { return f.unit }
func (f fakeIndicator) Queries() []slo.Query {
	return []slo.Query{{Role: "total", Text: "requests_total", Note: "folded from raw samples"}}
}

// fakeEvaluator answers with round figures and counts what it is asked.
type fakeEvaluator struct {
	budgets, groups, running, peak atomic.Int32
	fail                           map[string]error // by name of the SLO
	block                          chan struct{}    // if not nil, an evaluation waits until it is closed
}

func (f *fakeEvaluator) Budget(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.Question) (slo.Budget, error) {
	f.budgets.Add(1)
	f.peak.Store(max(f.peak.Load(), f.running.Add(1)))
	defer f.running.Add(-1)
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return slo.Budget{}, fmt.Errorf("sum slots: %w", ctx.Err())
		}
	}
	if err := f.fail[s.Name]; err != nil {
		if errors.Is(err, errPanic) {
			panic("index out of range: /var/lib/hindcast/secret")
		}
		return slo.Budget{}, err
	}
	window := q.Window
	if window.IsZero() {
		window = s.Window
	}
	to := now
	if !q.AsOf.IsZero() {
		to = q.AsOf
	}
	b := slo.Budget{From: to.Add(-window.Duration()), To: to, Target: o.Target, Coverage: 1, State: slo.Healthy, AsOf: to}
	if strings.HasPrefix(s.Name, "quiet") {
		b.State, b.Warnings = slo.NoTraffic, []string{"nothing happened in the window"}
		return b, nil
	}
	total, good := 1000.0, 999.5
	if q.Group != "" { // a member had a part of the traffic
		total, good = 100, 99.95
	}
	if strings.HasPrefix(s.Name, "broken") {
		b.State, good = slo.Breached, 990
	}
	if q.Terms.Ignore { // something is excluded
		good -= 10
	}
	spent, allowed := total-good, o.Target.Allowed(total)
	b.Good, b.Total, b.Spent, b.Allowed = &good, &total, &spent, &allowed
	b.SLI, b.Remaining, b.BurnRate = new(good/total), new(1-spent/allowed), new(spent/allowed)
	return b, nil
}

func (f *fakeEvaluator) BurnRates(_ context.Context, s *slo.SLO, _ *slo.Objective, q slo.Question) ([]slo.BurnRate, error) {
	long := 0.5
	if q.Terms.Ignore {
		long = 10
	}
	return []slo.BurnRate{{
		Severity: "page", LongWindow: scaled(q.Window), ShortWindow: 5 * time.Minute, Factor: 14.4, BudgetFraction: 0.02,
		Long: &long, LongCoverage: 1, ShortCoverage: 0, Firing: s.Name == "broken",
	}}, nil
}

func (f *fakeEvaluator) Series(_ context.Context, _ *slo.SLO, _ *slo.Objective, q slo.SeriesQuestion) (slo.Series, error) {
	from, to := q.From, q.To
	if from.IsZero() {
		from, to = now.Add(-2*time.Hour), now
	}
	return slo.Series{
		Kind: q.Kind, From: from, To: to, Step: time.Hour, Columns: []string{"remaining", "ideal"},
		Points: []slo.Point{
			{At: from.Add(time.Hour), Values: []*float64{nil, new(0.5)}},
			{At: to, Values: []*float64{new(-0.25), new(0.0)}, Coverage: 1, Estimated: true},
		},
	}, nil
}

func (f *fakeEvaluator) Explain(_ context.Context, s *slo.SLO, o *slo.Objective, q slo.Question) (slo.Explanation, error) {
	at := now
	if !q.AsOf.IsZero() {
		at = q.AsOf
	}
	window := q.Window
	if window.IsZero() {
		window = s.Window
	}
	minute := slo.MinuteOf(at)
	return slo.Explanation{
		At: at, From: at.Add(-window.Duration()), To: at, Formula: strings.TrimSpace(string(q.Group) + " 1 − 0.5 / 1 = 0.5"),
		Queries: o.Indicator.Queries(), Minutes: 43200, Measured: 43000, Estimated: 100, GapCount: 100,
		Gaps:      []slo.Interval{{From: at.Add(-time.Hour), To: at}},
		Revisions: []slo.Revision{{At: at, Span: slo.Span{From: minute - 1, To: minute}, Changed: 2, GoodDelta: 3, TotalDelta: 4, Reason: "late"}},
		WorstDays: []slo.DaySpend{{Day: "2026-06-30", Good: 9, Total: 10, Spent: 1}},
		Settled:   &at,
	}, nil
}

func (f *fakeEvaluator) Statement(context.Context, *slo.SLO, *slo.Objective, slo.StatementQuestion) (slo.Statement, error) {
	amount := func(a slo.Amount) *slo.Amount { return &a }
	return slo.Statement{
		Budget: slo.Budget{From: now.Add(-time.Hour), To: now, Target: target("0.999"), State: slo.Healthy}, From: now.Add(-time.Hour), To: now, Unit: "events",
		Opening: amount(10 * slo.Micro), Spent: amount(3_333_334), Closing: amount(6_666_666), Waived: amount(0),
		Lines: []slo.StatementLine{{Kind: slo.IncidentLine, Name: "fire", Title: "Fire", URL: "https://example.com", From: now.Add(-time.Hour), To: now, Minutes: 60, Spent: 3_333_334}},
	}, nil
}

func (f *fakeEvaluator) Groups(_ context.Context, _ *slo.SLO, o *slo.Objective, q slo.Question) ([]slo.GroupBudget, error) {
	f.groups.Add(1)
	from := now.Add(-time.Hour)
	if !q.Window.IsZero() {
		from = now.Add(-q.Window.Duration())
	}
	group := func(pod string, remaining *float64) slo.GroupBudget {
		return slo.GroupBudget{
			Group:  slo.GroupOf(map[string]string{"pod": pod, "zone": "eu"}),
			Budget: slo.Budget{From: from, To: now, Remaining: remaining, State: slo.Healthy, AsOf: now, Target: o.Target},
		}
	}
	return []slo.GroupBudget{group("a", new(0.5)), group("b", nil), group("c", new(-1.5)), group("d", new(0.5))}, nil
}

// HasGroup knows the groups that Groups lists.
func (f *fakeEvaluator) HasGroup(_ *slo.Objective, g slo.Group) bool {
	labels := g.Labels()
	return g == "" || len(labels["pod"]) == 1 && labels["pod"] <= "d"
}

// scaled is an hour for the window of 30 days, and in proportion for others.
func scaled(w slo.Window) time.Duration {
	if w.IsZero() {
		return time.Hour
	}
	return w.Duration() / 720
}

// errPanic makes the fake evaluator panic.
var errPanic = errors.New("panic")

type fakeBackfills struct{}

func (fakeBackfills) Backfill(ind slo.IndicatorKey) (Progress, bool) {
	return Progress{DaysDone: 3, DaysTotal: 30, Samples: 1e6, SamplesPerSecond: 2e5, Oldest: new(now.AddDate(0, 0, -3)), Newest: &now}, ind == "api"
}

// fakeHealth changes when it is told to.
type fakeHealth struct{ changed chan struct{} }

func (fakeHealth) Health(context.Context) Health {
	return Health{
		Version: "test", Ready: true, StartedAt: now.Add(-time.Hour), Demo: true,
		Components: []model.Component{{Name: "store", Ok: true, Message: "open", CheckedAt: now}},
		Targets:    []model.Target{{Job: "shop", Instance: "a", URL: "http://127.0.0.1:9/metrics", Up: true, Samples: new(12)}},
		Problems:   []slo.Problem{{File: "shop.yaml", Line: 3, Column: 5, Text: "target is missing"}},
	}
}

func (f fakeHealth) Watch() (<-chan struct{}, func()) { return f.changed, func() {} }

func target(text string) slo.Target {
	t, err := slo.ParseTarget(text)
	if err != nil {
		panic(err)
	}
	return t
}

// fakeSLO returns an SLO of one objective over 30 days.
func fakeSLO(service, name string) *slo.SLO {
	window, err := slo.Rolling(30 * 24 * time.Hour)
	if err != nil {
		panic(err)
	}
	return &slo.SLO{
		Name: name, Service: service, Window: window,
		Labels:     map[string][]string{"tier": {"1"}, "area": {"shop", "web"}},
		Objectives: []slo.Objective{{Name: "objective-1", Target: target("0.999"), Indicator: fakeIndicator{key: slo.IndicatorKey(name)}}},
		Origin:     slo.Origin{File: service + ".yaml", Line: 7},
	}
}

// fixture is a handler over fakes.
type fixture struct {
	Options
	handler    *Handler
	evaluator  *fakeEvaluator
	hub        *Hub
	health     fakeHealth
	sources    *fakeSources
	exclusions *fakeExclusions
	slas       *fakeSLAs
	alerts     *fakeAlerts
	imports    *fakeImports
	log        *bytes.Buffer
}

// newFixture returns a handler over three SLOs of two services; change, if not
// nil, changes the options or the limits first.
func newFixture(t testing.TB, change func(*Options, *Limits)) *fixture {
	t.Helper()
	f := &fixture{
		evaluator: &fakeEvaluator{}, hub: &Hub{}, health: fakeHealth{make(chan struct{}, 1)}, sources: newFakeSources(),
		exclusions: &fakeExclusions{}, slas: &fakeSLAs{}, alerts: &fakeAlerts{}, imports: &fakeImports{}, log: &bytes.Buffer{},
	}
	slos := &slo.Registry{}
	api := fakeSLO("shop", "api")
	api.DisplayName, api.Description = "Shop <b>API</b>", "Requests are answered"
	api.Labels[teamLabel] = []string{"checkout"}
	slos.Replace([]*slo.SLO{api, fakeSLO("shop", "broken"), fakeSLO("batch", "quiet")}, nil)
	services := &catalog.Registry{}
	services.Replace([]catalog.Service{{Name: "shop", DisplayName: "The shop", Team: "web", File: "shop.yaml", Line: 1}})
	f.Options = Options{
		SLOs: slos, Services: services, Evaluator: f.evaluator, Backfills: fakeBackfills{}, Health: f.health, Changes: f.hub,
		Sources:    f.sources,
		Exclusions: f.exclusions, SLAs: f.slas, Alerts: f.alerts, Imports: f.imports,
		Logger: slog.New(slog.NewTextHandler(f.log, nil)), Now: func() time.Time { return now },
	}
	limits := DefaultLimits()
	limits.Burst = 1 << 20 // the clock stands still: no point would come back
	if change != nil {
		change(&f.Options, &limits)
	}
	var err error
	f.handler, err = newHandler(f.Options, limits)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.handler.Close(context.Background())) })
	return f
}

// post sends an operation as the page does.
func (f *fixture) post(query string, variables any) *httptest.ResponseRecorder {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err)
	}
	return f.send(string(body), nil)
}

// send sends a body as the page does, after change changed the request.
func (f *fixture) send(body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost:8480/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", mediaJSON)
	r.Header.Set(csrfHeader, "1")
	r.RemoteAddr = "127.0.0.1:50000"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

// result is a decoded answer.
type result struct {
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

// code returns the code of the first error, "" if there is none; for limits it
// is followed by the name of the limit.
func (r result) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	ext := r.Errors[0].Extensions
	if limit, ok := ext["limit"]; ok {
		return fmt.Sprint(ext["code"], " ", limit)
	}
	return fmt.Sprint(ext["code"])
}

func decode(t testing.TB, w *httptest.ResponseRecorder) result {
	t.Helper()
	var r result
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &r), w.Body.String())
	return r
}

var errUnavailable = fault.Unavailablef("source %q does not answer; ask http://user:pw@10.0.0.1:9090/api", "main")

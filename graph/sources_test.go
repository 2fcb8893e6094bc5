package graph

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
)

// fakeSources keeps sources in memory: the embedded one, one from a file that
// fails, and what is saved. SLO api measures on shop.
type fakeSources struct {
	mu    sync.Mutex
	list  []model.Source
	block chan struct{} // if not nil, a test waits until it is closed
	asked []model.SourceInput
}

func newFakeSources() *fakeSources {
	return &fakeSources{list: []model.Source{
		{
			Name: "shop", Type: model.SourceTypePrometheus, URL: "https://prometheus.shop.example/prom", Origin: model.SourceOriginConfig,
			OriginText: "hindcast.yaml", Tenant: new("shop"), Authentication: model.SourceAuthenticationBearer,
			SecretFrom: new("environment SHOP_TOKEN"), SecretEnv: new("SHOP_TOKEN"),
			Headers: []model.SourceHeader{{Name: "X-Team"}}, TLS: &model.SourceTLS{CAFile: new("shop.pem")},
			OnIncomplete: model.OnIncompleteGap, SettleDelay: new(90 * time.Second), MaxSamples: new(5e9),
			Objectives: 1, Indicators: 1, SLOs: []string{"api"}, Status: model.SourceStatusFailing,
			Problem:     new("prometheus.shop.example answers 401 Unauthorized; check the bearer token"),
			LastAttempt: new(now.Add(-time.Minute)), LastSuccess: new(now.Add(-time.Hour)), LagSeconds: new(3600.0),
			Cost: &model.SourceCost{LastCycle: model.SourceUse{Requests: 2}, SinceStart: model.SourceUse{Requests: 120, Bytes: 9e9, Samples: 3e6}},
		},
		{
			Name: "embedded", Type: model.SourceTypePrometheus, Origin: model.SourceOriginEmbedded, OriginText: "inside Hindcast",
			Authentication: model.SourceAuthenticationNone, OnIncomplete: model.OnIncompleteGap, Objectives: 2, Indicators: 2,
			SLOs: []string{"broken", "quiet"}, Status: model.SourceStatusOk, FreshnessSeconds: new(4.5),
		},
	}}
}

func (f *fakeSources) Sources(context.Context) ([]model.Source, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]model.Source(nil), f.list...), nil
}

func (f *fakeSources) Source(_ context.Context, name string) (*model.Source, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.list {
		if s.Name == name {
			return &s, nil
		}
	}
	return nil, nil
}

func (f *fakeSources) Test(ctx context.Context, in model.SourceInput) (*model.SourceTest, error) {
	f.mu.Lock()
	f.asked = append(f.asked, in)
	f.mu.Unlock()
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return &model.SourceTest{Message: "no answer in time", Field: new("url"), At: now}, nil
		}
	}
	if strings.Contains(in.URL, "#") {
		return nil, fault.At("url", fault.Invalidf("the address has a fragment; leave out what follows #"))
	}
	return &model.SourceTest{
		Ok: true, Message: "Prometheus 3.15.0 answers", Product: new("Prometheus"), Version: new("3.15.0"), LatencySeconds: new(0.003),
		Abilities: []model.SourceAbility{{Name: "streamed remote read", Have: true, Note: "history is read in one pass"}}, At: now,
	}, nil
}

func (f *fakeSources) Probe(ctx context.Context, name string) (*model.Source, error) {
	s, err := f.Source(ctx, name)
	if s == nil {
		return nil, fault.NotFoundf("no source is called %.63q", name)
	}
	s.Test = &model.SourceTest{Message: *s.Problem, At: now}
	return s, err
}

func (f *fakeSources) Save(ctx context.Context, in model.SourceInput, _ string) (*model.Source, error) {
	if s, _ := f.Source(ctx, in.Name); s != nil && in.ID == nil {
		return nil, fault.At("name", fault.Conflictf("source %.63q exists already; choose another name", in.Name))
	}
	s := model.Source{
		Name: in.Name, Type: in.Type, URL: in.URL, Origin: model.SourceOriginPage, OriginText: "made here", Editable: true,
		Authentication: in.Authentication, OnIncomplete: in.OnIncomplete, Status: model.SourceStatusIdle,
		Timeout: in.Timeout, MaxResponse: in.MaxResponse,
	}
	for _, h := range in.Headers {
		s.Headers = append(s.Headers, model.SourceHeader{Name: h.Name, Value: &h.Value})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, in)
	f.list = append(f.list, s)
	return &s, nil
}

func (f *fakeSources) Delete(ctx context.Context, name, _ string) error {
	if s, _ := f.Source(ctx, name); s != nil && len(s.SLOs) > 0 {
		return fault.Conflictf("source %q is measured on by %s; move them to another source first", name, strings.Join(s.SLOs, ", "))
	}
	return nil
}

// saving sends an input to a mutation and returns the answer and what the fake
// was given.
func saving(t *testing.T, mutation string, input map[string]any) (result, []model.SourceInput) {
	t.Helper()
	f := newFixture(t, nil)
	call := `saveSource(input: $in, by: "Ada") { name }`
	if mutation == "testSource" {
		call = "testSource(input: $in) { ok }"
	}
	r := decode(t, f.post(fmt.Sprintf("mutation($in: SourceInput!) { %s }", call), map[string]any{"in": input}))
	return r, f.sources.asked
}

// input returns a good input with changes.
func input(changes map[string]any) map[string]any {
	in := map[string]any{"name": "main", "type": "PROMETHEUS", "url": "http://127.0.0.1:9090"}
	maps.Copy(in, changes)
	return in
}

func TestInputOfASourceIsBoundedBeforeAnythingIsDone(t *testing.T) {
	long := strings.Repeat("a", 1025)
	headers := make([]map[string]any, 21)
	for i := range headers {
		headers[i] = map[string]any{"name": fmt.Sprint("X-", i), "value": ""}
	}
	for name, c := range map[string]struct {
		changes map[string]any
		field   string
	}{
		"a long name":               {map[string]any{"name": strings.Repeat("a", 64)}, "name"},
		"a long address":            {map[string]any{"url": "http://" + strings.Repeat("a", 2048)}, "url"},
		"a long tenant":             {map[string]any{"tenant": long}, "tenant"},
		"a long user":               {map[string]any{"username": long}, "username"},
		"a long variable":           {map[string]any{"secretEnv": long}, "secretEnv"},
		"a long file":               {map[string]any{"secretFile": long}, "secretFile"},
		"a long header":             {map[string]any{"headers": []any{map[string]any{"name": long, "value": ""}}}, "headers"},
		"a long value":              {map[string]any{"headers": []any{map[string]any{"name": "X-A", "value": long}}}, "headers"},
		"many headers":              {map[string]any{"headers": headers}, "headers"},
		"a long CA file":            {map[string]any{"tls": map[string]any{"caFile": long}}, "tls.caFile"},
		"a long certificate":        {map[string]any{"tls": map[string]any{"certFile": long}}, "tls.certFile"},
		"a long key":                {map[string]any{"tls": map[string]any{"keyFile": long}}, "tls.keyFile"},
		"a long server name":        {map[string]any{"tls": map[string]any{"serverName": long}}, "tls.serverName"},
		"no request at a time":      {map[string]any{"concurrency": 0}, "concurrency"},
		"a part of a byte":          {map[string]any{"maxResponseBytes": 1.5}, "maxResponseBytes"},
		"no sample":                 {map[string]any{"maxSamples": 0}, "maxSamples"},
		"more than can be counted":  {map[string]any{"maxSamples": 1e300}, "maxSamples"},
		"an id of something else":   {map[string]any{"id": idOf(sloID, "main")}, "id"},
		"an id of another source":   {map[string]any{"id": idOf(sourceID, "other")}, "name"},
		"what the service says too": {map[string]any{"url": "http://a/#b"}, "url"},
	} {
		t.Run(name, func(t *testing.T) {
			r, asked := saving(t, "testSource", input(c.changes))
			require.Equal(t, "INVALID", r.code())
			require.Equal(t, c.field, r.Errors[0].Extensions["field"])
			if c.field != "url" || len(asked) == 0 {
				require.Empty(t, asked)
				r, asked = saving(t, "saveSource", input(c.changes))
				require.Equal(t, "INVALID", r.code())
				require.Empty(t, asked)
			}
		})
	}
}

func TestAnInputArrivesAsItWasWritten(t *testing.T) {
	r, asked := saving(t, "saveSource", input(map[string]any{
		"id": idOf(sourceID, "main"), "authentication": "BASIC", "username": "ann", "secretFile": "main.password", "timeout": "30s",
		"maxResponseBytes": 64 << 20, "headers": []any{map[string]any{"name": "X-A", "value": "b"}},
		"tls": map[string]any{"serverName": "prom"}, "onIncomplete": "ESTIMATE", "reread": "5m", "concurrency": 2,
	}))
	require.Empty(t, r.Errors)
	require.Equal(t, []model.SourceInput{{
		ID: new(idOf(sourceID, "main")), Name: "main", Type: model.SourceTypePrometheus, URL: "http://127.0.0.1:9090",
		Authentication: model.SourceAuthenticationBasic, Username: new("ann"), SecretFile: new("main.password"),
		Headers: []model.SourceHeaderInput{{Name: "X-A", Value: "b"}}, TLS: &model.SourceTLSInput{ServerName: new("prom")},
		Timeout: new(30 * time.Second), Concurrency: new(2), MaxResponse: new(float64(64 << 20)),
		OnIncomplete: model.OnIncompleteEstimate, Reread: new(5 * time.Minute),
	}}, asked)
}

func TestASourceInUseIsNotDeleted(t *testing.T) {
	r := decode(t, newFixture(t, nil).post(`mutation { deleteSource(name: "shop", by: "Ada") }`, nil))
	require.Equal(t, "CONFLICT", r.code())
	require.Contains(t, r.Errors[0].Message, "api")
}

// TestChangesNeedTheHeaderOfThePage holds mutations to what keeps foreign pages
// out; they go through the same door as queries.
func TestChangesNeedTheHeaderOfThePage(t *testing.T) {
	f := newFixture(t, nil)
	w := f.send(`{"query":"mutation { deleteSource(name: \"other\", by: \"Ada\") }"}`, func(r *http.Request) { r.Header.Del(csrfHeader) })
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Equal(t, "FORBIDDEN", decode(t, w).code())
}

// TestATestThatHangsStillAnswers asks for a test that takes longer than the
// operation may: the answer says so, instead of an error that says nothing.
func TestATestThatHangsStillAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := live(t, nil)
		f.sources.block = make(chan struct{})
		r := decode(t, f.post(testQuery, nil))
		require.Empty(t, r.Errors)
		require.Equal(t, map[string]any{"testSource": map[string]any{"ok": false, "message": "no answer in time"}}, r.Data)
	})
}

// testQuery tests a source.
const testQuery = `mutation { testSource(input: {name: "main", type: PROMETHEUS, url: "http://127.0.0.1:9090"}) { ok message } }`

// testsHold sends one test more than may run: it is refused, and queries still
// are served; after the others it runs.
func testsHold(t *testing.T, change func(*Limits)) bool {
	f := live(t, func(_ *Options, l *Limits) { change(l) })
	f.sources.block = make(chan struct{})
	for range DefaultLimits().Tests {
		go f.post(testQuery, nil)
	}
	synctest.Wait()
	require.Empty(t, decode(t, f.post("{health{ready}}", nil)).Errors)
	var got result
	go func() { got = decodeBody(f.post(testQuery, nil)) }()
	synctest.Wait()
	held := got.code() == "LIMIT_EXCEEDED Tests"
	close(f.sources.block)
	synctest.Wait()
	require.Empty(t, decode(t, f.post(testQuery, nil)).Errors)
	return held
}

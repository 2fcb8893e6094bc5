package tsdb

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// serve opens a store with two series of a counter and serves its API.
func serve(t *testing.T, o Options) (*DB, *httptest.Server) {
	t.Helper()
	o.Dir, o.Logger = t.TempDir(), testLogger(t)
	db, err := Open(o)
	require.NoError(t, err)
	require.NoError(t, db.Append(t.Context(),
		append(points(name("x", "code", "200"), 241), points(name("x", "code", "500"), 241)...)...))
	server := httptest.NewServer(db.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, db.Close())
	})
	return db, server
}

func TestAPIServesPrometheusClients(t *testing.T) {
	_, server := serve(t, Options{Version: "1.2.3"})
	client, err := api.NewClient(api.Config{Address: server.URL, Client: server.Client()})
	require.NoError(t, err)
	prom, ctx := v1.NewAPI(client), t.Context()
	start, end := time.UnixMilli(base), time.UnixMilli(base+hour)

	v, _, err := prom.Query(ctx, `sum(increase(x[1h]))`, end)
	require.NoError(t, err)
	require.Len(t, v.(model.Vector), 1)
	require.InDelta(t, 480, float64(v.(model.Vector)[0].Value), 0.01)

	v, _, err = prom.QueryRange(ctx, `x{code="500"}`, v1.Range{Start: start, End: end, Step: 15 * time.Minute})
	require.NoError(t, err)
	require.Len(t, v.(model.Matrix), 1)
	require.Len(t, v.(model.Matrix)[0].Values, 5)

	series, _, err := prom.Series(ctx, []string{`x`}, start, end)
	require.NoError(t, err)
	require.Len(t, series, 2)

	names, _, err := prom.LabelNames(ctx, nil, start, end)
	require.NoError(t, err)
	require.Equal(t, model.LabelNames{"__name__", "code"}, names)

	values, _, err := prom.LabelValues(ctx, "code", nil, start, end)
	require.NoError(t, err)
	require.Equal(t, model.LabelValues{"200", "500"}, values)

	info, err := prom.Buildinfo(ctx)
	require.NoError(t, err)
	require.Equal(t, PrometheusVersion, info.Version)
	require.Equal(t, "hindcast 1.2.3", info.Revision)

	metadata, err := prom.Metadata(ctx, "", "")
	require.NoError(t, err)
	require.Empty(t, metadata, "nothing is scraped")
}

func TestAPIAnswersGrafanasHealthCheck(t *testing.T) {
	_, server := serve(t, Options{})
	response, err := server.Client().PostForm(server.URL+"/api/v1/query", url.Values{"query": {"1+1"}, "time": {"4"}})
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.JSONEq(t, `{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}`, string(body))
}

func TestAPIShowsMetadataOfTargets(t *testing.T) {
	db, server := serve(t, Options{})
	tg := newTarget(t)
	s, err := db.Scrape([]ScrapeConfig{job("web", tg.address())})
	require.NoError(t, err)
	eventually(t, "the target is up", func() bool { return only(t, s).Up })
	client, err := api.NewClient(api.Config{Address: server.URL, Client: server.Client()})
	require.NoError(t, err)
	metadata, err := v1.NewAPI(client).Metadata(t.Context(), "requests_total", "")
	require.NoError(t, err)
	require.Equal(t, "Requests.", metadata["requests_total"][0].Help)
}

// ask sends a request and returns the status and the error of the answer.
func ask(t *testing.T, server *httptest.Server, method, path string, form url.Values) (int, string, string) {
	t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		path += "?" + form.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, body)
	require.NoError(t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	var answer struct{ Status, ErrorType, Error string }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer), "%s %s", method, path)
	return response.StatusCode, answer.ErrorType, answer.Error
}

func TestAPIServesNothingButReading(t *testing.T) {
	_, server := serve(t, Options{})
	for _, path := range []string{
		"/", "/metrics", "/api/v1", "/api/v1/", "/api/v1/query/", "/api/v2/query", "/query", "/api/v1/label//values", "/api/v1/label/a/b/values",
		"/api/v1/format_query", "/api/v1/parse_query", "/api/v1/scrape_pools", "/api/v1/scrape_pools/config",
		"/api/v1/targets", "/api/v1/targets/metadata", "/api/v1/targets/relabel_steps", "/api/v1/alertmanagers", "/api/v1/alerts", "/api/v1/rules",
		"/api/v1/status/config", "/api/v1/status/runtimeinfo", "/api/v1/status/flags", "/api/v1/status/tsdb", "/api/v1/status/tsdb/blocks",
		"/api/v1/status/self_metrics", "/api/v1/status/walreplay", "/api/v1/features", "/api/v1/notifications", "/api/v1/notifications/live",
		"/api/v1/read", "/api/v1/write", "/api/v1/otlp/v1/metrics", "/api/v1/search/metric_names", "/api/v1/search/label_names",
		"/api/v1/search/label_values", "/api/v1/admin/tsdb/delete_series", "/api/v1/admin/tsdb/clean_tombstones", "/api/v1/admin/tsdb/snapshot",
		"/api/v1/openapi.yaml", "/-/reload", "/-/quit", "/api/v1/query/../admin/tsdb/snapshot",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			status, kind, _ := ask(t, server, method, path, nil)
			require.Equal(t, http.StatusNotFound, status, "%s %s", method, path)
			require.Equal(t, "not_found", kind)
		}
	}
	for path, methods := range apiMethods {
		path = apiPrefix + strings.Replace(path, "*", "code", 1)
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
			status, _, _ := ask(t, server, method, path, nil)
			require.Equal(t, http.StatusMethodNotAllowed, status, "%s %s", method, path)
		}
		require.NotContains(t, methods, http.MethodPut)
	}
}

func TestAPIRefusesInPrometheusForm(t *testing.T) {
	_, server := serve(t, Options{MaxQuerySamples: 300})
	at := func(form url.Values) url.Values {
		form.Set("start", strconv.FormatInt(base/second, 10))
		form.Set("end", strconv.FormatInt((base+hour)/second, 10))
		return form
	}
	many := make([]string, maxSelectors+1)
	for i := range many {
		many[i] = "x"
	}
	tests := map[string]struct {
		path   string
		form   url.Values
		status int
		kind   string
		text   string
	}{
		"a query that is none":       {"/query", url.Values{"query": {"sum("}}, 400, "bad_data", "parse error"},
		"a selector that is none":    {"/series", url.Values{"match[]": {"{"}}, 400, "bad_data", "parse error"},
		"a query that is too long":   {"/query", url.Values{"query": {strings.Repeat("(", maxQuery+1)}}, 400, "bad_data", "longer than"},
		"a selector too long":        {"/series", url.Values{"match[]": {strings.Repeat("x", maxQuery+1)}}, 400, "bad_data", "longer than"},
		"too many selectors":         {"/series", url.Values{"match[]": many}, 400, "bad_data", "more than 100"},
		"a form that is too big":     {"/query", url.Values{"pad": {strings.Repeat("x", maxForm)}}, 400, "bad_data", "too large"},
		"too many points":            {"/query_range", at(url.Values{"query": {"x"}, "step": {"0.1"}}), 400, "bad_data", "11,000"},
		"too many samples":           {"/query_range", at(url.Values{"query": {"x"}, "step": {"1"}}), 422, "execution", "too many samples"},
		"a query that nests deepest": {"/query", url.Values{"query": {strings.Repeat("sum(", maxQuery/5) + "x" + strings.Repeat(")", maxQuery/5)}}, 200, "", ""},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			status, kind, text := ask(t, server, http.MethodPost, apiPrefix+tt.path, tt.form)
			require.Equal(t, tt.status, status, "%s", text)
			require.Equal(t, tt.kind, kind)
			require.Contains(t, text, tt.text)
		})
	}
}

func TestAPIEndsQueriesThatTakeTooLong(t *testing.T) {
	_, server := serve(t, Options{QueryTimeout: time.Millisecond})
	status, kind, _ := ask(t, server, http.MethodPost, "/api/v1/query_range", url.Values{
		"query": {`sum_over_time(sum(x)[1h:1s])`}, "start": {strconv.FormatInt(base/second, 10)},
		"end": {strconv.FormatInt((base+3*hour)/second, 10)}, "step": {"1"},
	})
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "timeout", kind)
}

func TestAPIQueriesWaitForTheirTurn(t *testing.T) {
	db, server := serve(t, Options{MaxQueries: 1, QueryTimeout: 50 * time.Millisecond})
	guard := db.Handler().(*apiGuard)
	_, err := guard.places.Insert(t.Context(), "")
	require.NoError(t, err)
	status, kind, text := ask(t, server, http.MethodGet, "/api/v1/labels", nil)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "timeout", kind)
	require.Contains(t, text, "too many queries")
	_, err = db.Eval(t.Context(), expression(t, "1"), base, base, 0)
	require.NoError(t, err, "the collector has places of its own")
	guard.places.Delete(0)
	status, _, _ = ask(t, server, http.MethodGet, "/api/v1/labels", nil)
	require.Equal(t, http.StatusOK, status)
}

func TestAPIBoundsLists(t *testing.T) {
	for given, want := range map[string]string{"": "50000", "0": "50000", "7": "7", "999999999": "50000", "-1": "-1", "many": "many"} {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/series?match[]=x&limit="+given, nil)
		require.NoError(t, checkForm(r))
		require.Equal(t, want, r.Form.Get("limit"))
	}
}

func TestAPIOfAClosedStore(t *testing.T) {
	db, err := Open(Options{Dir: t.TempDir()})
	require.NoError(t, err)
	handler := db.Handler()
	require.NoError(t, db.Close())
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/labels", nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
}

func TestAPIAllowsNoOtherOrigin(t *testing.T) {
	_, server := serve(t, Options{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/labels", nil)
	require.NoError(t, err)
	r.Header.Set("Origin", "https://evil.example")
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Empty(t, response.Header.Get("Access-Control-Allow-Origin"))
}

func TestPointsOfAnswersAreBounded(t *testing.T) {
	db, _ := serve(t, Options{})
	engine := boundedEngine{db.eval, db, 10}
	from := time.UnixMilli(base)
	tests := map[string]struct {
		steps int
		text  string
	}{
		"as many as allowed": {4, ""},
		"one step too many":  {5, "12 points, more than 10"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			to := from.Add(time.Duration(tt.steps) * time.Minute)
			q, err := engine.NewRangeQuery(t.Context(), db.tsdb, nil, `x`, from, to, time.Minute)
			require.NoError(t, err)
			defer q.Close()
			if r := q.Exec(t.Context()); tt.text == "" {
				require.NoError(t, r.Err)
			} else {
				require.ErrorContains(t, r.Err, tt.text)
			}
		})
	}
	q, err := boundedEngine{db.eval, db, 1}.NewInstantQuery(t.Context(), db.tsdb, nil, `x`, from)
	require.NoError(t, err)
	defer q.Close()
	require.ErrorContains(t, q.Exec(t.Context()).Err, "2 points")
}

func TestPrometheusVersionIsThatOfTheModule(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	v := strings.Split(PrometheusVersion, ".")
	minor, err := strconv.Atoi(v[1])
	require.NoError(t, err)
	want := "github.com/prometheus/prometheus v0." + v[0] + strconv.Itoa(100 + minor)[1:] + "." + v[2] + "\n"
	require.Contains(t, string(text), want)
}

var _ sample.Sampler = (*DB)(nil)

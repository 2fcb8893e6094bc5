package elasticsearch

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// paths answers by path; what it does not name is refused as not allowed.
func paths(answers map[string]*http.Response) fake {
	return func(r *http.Request) (*http.Response, error) {
		if res, ok := answers[strings.TrimPrefix(r.URL.Path, "/elastic")]; ok {
			return res, nil
		}
		return reply(http.StatusMethodNotAllowed, `{"error":"Incorrect HTTP method","status":405}`), nil
	}
}

func forbidden() *http.Response {
	return reply(http.StatusForbidden, `{"error":{"type":"security_exception","reason":"action [cluster:monitor/main] is unauthorized"},"status":403}`)
}

func without(header string, res *http.Response) *http.Response {
	res.Header.Del(header)
	return res
}

func TestAProbeTellsWhatItMay(t *testing.T) {
	const health, info, nodes, stats = "/_cluster/health", "/", "/_nodes/_local", "/_nodes/_local/stats/process"
	green := func() *http.Response { return reply(200, `{"status":"green","number_of_nodes":1}`) }
	clock := func(d time.Duration) *http.Response {
		return reply(200, object{"nodes": object{"x": object{"timestamp": noon.Add(time.Hour + d).UnixMilli()}}})
	}
	version := func(v string) *http.Response { return reply(200, object{"version": object{"number": v}}) }
	tests := map[string]struct {
		answers  map[string]*http.Response
		version  string
		skew     time.Duration
		warnings []string
	}{
		"a full cluster":                   {map[string]*http.Response{health: green(), info: version("8.19.16"), stats: clock(0)}, "8.19.16", 0, nil},
		"the distribution for tests":       {map[string]*http.Response{health: green(), nodes: reply(200, `{"nodes":{"x":{"version":"8.19.16"}}}`), stats: clock(time.Millisecond)}, "8.19.16", 0, nil},
		"a user who may only read":         {map[string]*http.Response{health: forbidden(), info: forbidden(), nodes: forbidden(), stats: forbidden()}, "", 0, []string{"may not read the cluster's health", "does not tell its version"}},
		"a cluster with missing shards":    {map[string]*http.Response{health: reply(200, `{"status":"red"}`), info: version("8.19.1")}, "8.19.1", 0, []string{"the cluster is red"}},
		"a clock that is behind":           {map[string]*http.Response{health: green(), info: version("8.19.1"), stats: clock(-3 * time.Minute)}, "8.19.1", -3 * time.Minute, []string{"clocks differ by -3m0s"}},
		"a version that is not tested":     {map[string]*http.Response{health: green(), info: version("9.1.0")}, "9.1.0", 0, []string{"9.1.0 is untested; 8.19 is tested"}},
		"a version that cannot be had":     {map[string]*http.Response{health: green(), info: version("7.10.2")}, "7.10.2", 0, []string{"7.10.2 is older than 7.14"}},
		"a proxy that tells its own clock": {map[string]*http.Response{health: withDate(green(), noon.Add(time.Hour+40*time.Second)), info: version("8.19.1")}, "8.19.1", 40 * time.Second, []string{"clocks differ by 40s"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := paths(tc.answers).source().Probe(t.Context())
			require.NoError(t, err)
			require.Equal(t, "Elasticsearch", p.Product)
			require.Equal(t, tc.version, p.Version)
			require.Equal(t, tc.skew, p.Skew)
			require.NotEmpty(t, p.Abilities)
			require.Len(t, p.Warnings, len(tc.warnings), "%q", p.Warnings)
			for i, part := range tc.warnings {
				require.Contains(t, p.Warnings[i], part)
			}
		})
	}
}

func withDate(res *http.Response, at time.Time) *http.Response {
	res.Header.Set("Date", at.Format(http.TimeFormat))
	return res
}

func TestAProbeRefusesWhatIsNotElasticsearch(t *testing.T) {
	tests := map[string]struct {
		source fake
		kind   fault.Kind
		want   string
	}{
		"OpenSearch": {
			func(*http.Request) (*http.Response, error) {
				return without(product, reply(200, `{"version":{"distribution":"opensearch","number":"2.19.1"}}`)), nil
			}, fault.Invalid, "the server is OpenSearch 2.19.1 and not Elasticsearch: it is untested, and nothing is measured on it",
		},
		"OpenSearch behind a header that lies": {
			status(200, `{"version":{"distribution":"opensearch","number":"3.0.0"}}`), fault.Invalid, "the server is OpenSearch 3.0.0",
		},
		"an Elasticsearch that is too old": {
			func(*http.Request) (*http.Response, error) {
				return without(product, reply(200, `{"version":{"number":"7.10.2"}}`)), nil
			}, fault.Invalid, "Elasticsearch before 7.14 are untested",
		},
		"a page of HTML": {
			func(*http.Request) (*http.Response, error) { return without(product, reply(404, "<html>")), nil },
			fault.Invalid, "it answers 404 Not Found and not as Elasticsearch does: correct the URL",
		},
		"a forbidding proxy": {
			func(*http.Request) (*http.Response, error) { return without(product, reply(403, "no")), nil },
			fault.Forbidden, "403 Forbidden",
		},
		"a wrong password": {refusals["the password is wrong"].source, fault.Forbidden, "unable to authenticate"},
		"nobody":           {func(*http.Request) (*http.Response, error) { return nil, errors.New("no such host") }, fault.Unavailable, "no such host"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := tc.source.source().Probe(t.Context())
			require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestRequestsGoToTheSourcesAddressAndMayBeSentAgain(t *testing.T) {
	m := newModel(func() time.Time { return noon.Add(time.Hour) })
	m.add(noon.Add(time.Second), 0, event(1, "region", "eu"))
	var sent []string
	src := fake(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Method+" "+r.URL.String())
		require.Equal(t, "http", r.URL.Scheme)
		require.Equal(t, "es.test", r.URL.Host)
		require.Empty(t, r.Host)
		_, again := r.Header["Idempotency-Key"]
		require.True(t, again)
		require.True(t, r.Body == nil || r.GetBody != nil)
		return m.RoundTrip(r)
	}).source()
	in := okOf(t, "groupBy", "region")
	_, err := src.Measure(t.Context(), in, twoMinutes)
	require.NoError(t, err)
	require.Len(t, sent, 5)
	require.Equal(t, "POST http://es.test/elastic/logs/_pit?expand_wildcards=open%2Cclosed&ignore_unavailable=false&keep_alive=2m&preference=hindcast-"+string(in.key), sent[0])
	require.Equal(t, "POST http://es.test/elastic/_search?allow_partial_search_results=false", sent[1])
	require.Equal(t, "DELETE http://es.test/elastic/_pit", sent[2])
	require.Equal(t, "POST http://es.test/elastic/logs/_search?allow_no_indices=false&allow_partial_search_results=false&expand_wildcards=open%2Cclosed&ignore_unavailable=false&preference=hindcast-"+string(in.key), sent[3])
}

func TestIndicatorsOfOtherSourcesAreRefused(t *testing.T) {
	src := status(200, good).source()
	_, err := src.Measure(t.Context(), stranger{}, twoMinutes)
	require.ErrorContains(t, err, "indicator other is not for an Elasticsearch source")
	_, _, err = src.Reach(t.Context(), stranger{})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

type stranger struct{ slo.Indicator }

func (stranger) Key() slo.IndicatorKey { return "other" }

func TestPaceIsThatOfTheOptions(t *testing.T) {
	m := newModel(func() time.Time { return noon })
	require.Equal(t, slo.Pace{Delay: 50 * time.Second, Overlap: 10}, m.source(Options{}).Pace())
	src := m.source(Options{Delay: 5 * time.Second, Overlap: 30, Lookback: time.Hour})
	require.Equal(t, slo.Pace{Delay: 5 * time.Second, Overlap: 30}, src.Pace())
	oldest, ok := src.Late()
	require.True(t, ok)
	require.Equal(t, noon.Add(-time.Hour), oldest)
	_, ok = src.Late()
	require.False(t, ok, "once in a process")
}

func TestSumsMayDifferByRoundingAlone(t *testing.T) {
	in := built(t, forms["sums"])
	bucket := func(v float64) *counted {
		docs := 3.0
		c := &counted{Docs: &docs}
		c.Sum = &struct {
			Value *float64 `json:"value"`
		}{&v}
		return c
	}
	slot, err := in.slot(bucket(0.1+0.2), bucket(0.3), twoMinutes.From)
	require.NoError(t, err)
	require.Equal(t, slot.Total, slot.Good)
	_, err = in.slot(bucket(0.31), bucket(0.3), twoMinutes.From)
	require.ErrorContains(t, err, "good counts 0.31 and total counts 0.3")
	_, err = in.slot(bucket(-1), bucket(3), twoMinutes.From)
	require.ErrorContains(t, err, "good counts -1")
}

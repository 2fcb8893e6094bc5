package elasticsearch

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// fake answers every request the same way.
type fake func(*http.Request) (*http.Response, error)

func (f fake) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (f fake) source() *Source {
	return New(Options{URL: &url.URL{Scheme: "http", Host: "es.test", Path: "/elastic/"}, Transport: f, Now: func() time.Time { return noon.Add(time.Hour) }})
}

func status(code int, body any) fake {
	return func(*http.Request) (*http.Response, error) { return reply(code, body), nil }
}

// twoMinutes is the span of the answers in these tests.
var twoMinutes = slo.SpanOf(noon, noon.Add(2*time.Minute))

// good is a complete answer about two minutes.
const good = `{"took":3,"timed_out":false,"_shards":{"total":2,"successful":2,"skipped":1,"failed":0},
"hits":{"max_score":null,"hits":[]},"aggregations":{"minutes":{"buckets":[
{"key":1772366400001,"doc_count":12,"part":{"doc_count":8},"total":{"doc_count":10}},
{"key":1772366460001,"doc_count":9,"part":{"doc_count":9},"total":{"doc_count":9}}]}}}`

func TestACompleteAnswerIsTaken(t *testing.T) {
	for name, body := range map[string]string{
		"as it comes":                       good,
		"with an estimate of what it found": strings.Replace(good, `"hits":{`, `"hits":{"total":{"value":10000,"relation":"gte"},`, 1), // which is not what is counted
		"of clusters that all answered":     strings.Replace(good, `"_shards"`, `"_clusters":{"total":2,"successful":2,"skipped":0},"_shards"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := status(http.StatusOK, body).source().Measure(t.Context(), okOf(t), twoMinutes)
			require.NoError(t, err)
			require.Equal(t, []string{"8/10", "9/9"}, states(m.Streams[0].Slots))
			require.EqualValues(t, 19, m.Samples)
		})
	}
}

// bad is an answer that must give no figures.
type bad struct {
	source fake
	kind   fault.Kind
	want   []string // parts of the error
}

// changed is the complete answer with one text replaced.
func changed(old, by string) fake {
	if strings.Count(good, old) != 1 {
		panic("the answer does not have once: " + old)
	}
	return status(http.StatusOK, strings.Replace(good, old, by, 1))
}

func withHeader(name, value string, f fake) fake {
	return func(r *http.Request) (*http.Response, error) {
		res, err := f(r)
		res.Header.Set(name, value)
		return res, err
	}
}

// broken gives the beginning of an answer and then an error.
func broken(err error) fake {
	return func(*http.Request) (*http.Response, error) {
		res := reply(http.StatusOK, "")
		res.Body = io.NopCloser(io.MultiReader(strings.NewReader(good[:100]), failing{err}))
		return res, nil
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// endless is an answer of spaces.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

const mapping = `{"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"Field [status] of type [keyword] is not supported for aggregation [max]"}],
"type":"search_phase_execution_exception","reason":"Partial shards failure","phase":"query","grouped":true,
"failed_shards":[{"shard":0,"index":"logs-2","node":"x","reason":{"type":"illegal_argument_exception","reason":"Field [status] of type [keyword] is not supported for aggregation [max]"}}]},"status":400}`

var refusals = map[string]bad{
	"the password is wrong": {
		status(401, `{"error":{"type":"security_exception","reason":"unable to authenticate user [hindcast] for REST request [/logs/_search]"},"status":401}`),
		fault.Forbidden,
		[]string{"unable to authenticate user [hindcast]", "correct the user and password, or the API key"},
	},
	"the user may not read": {
		status(403, `{"error":{"type":"security_exception","reason":"action [indices:data/read/search] is unauthorized for user [x]"},"status":403}`),
		fault.Forbidden,
		[]string{"unauthorized for user [x]", "privileges read and view_index_metadata"},
	},
	"there is no such index": {
		status(404, `{"error":{"type":"index_not_found_exception","reason":"no such index [logs]","index":"logs"},"status":404}`),
		fault.Invalid,
		[]string{"no such index [logs]", "correct index"},
	},
	"an index is closed": {
		status(400, `{"error":{"type":"index_closed_exception","reason":"closed","index":"logs-1"},"status":400}`),
		fault.Invalid,
		[]string{"index logs-1: closed", "open the index, or leave it out"},
	},
	"a field is mapped differently": {status(400, mapping), fault.Invalid, []string{"index logs-2: Field [status] of type [keyword] is not supported"}},
	"the cluster has too few buckets": {
		status(400, `{"error":{"type":"search_phase_execution_exception","reason":"","caused_by":{"type":"too_many_buckets_exception","reason":"Trying to create too many buckets."}},"status":400}`),
		fault.Invalid,
		[]string{"Trying to create too many buckets", "raise search.max_buckets"},
	},
	"the cluster is overloaded": {
		status(429, `{"error":{"type":"circuit_breaking_exception","reason":"[parent] Data too large"},"status":429}`),
		fault.Unavailable,
		[]string{"Data too large", "overloaded"},
	},
	"the point in time ended": {
		status(404, `{"error":{"root_cause":[{"type":"search_context_missing_exception","reason":"No search context found for id [4]"}],"type":"search_phase_execution_exception","reason":"all shards failed"},"status":404}`),
		fault.Unavailable,
		[]string{"all shards failed: the point in time ended"},
	},
	"all shards failed": {
		status(503, `{"error":{"type":"search_phase_execution_exception","reason":"all shards failed","failed_shards":[{"index":"logs","reason":{"type":"no_shard_available_action_exception","reason":"x"}}]},"status":503}`),
		fault.Unavailable,
		[]string{"index logs: x", "health"},
	},
	"a proxy says that nobody is there":   {status(502, "<html>Bad gateway</html>"), fault.Unavailable, []string{"502 Bad Gateway", "what stands between"}},
	"a proxy knows no such path":          {status(404, "<html>not found</html>"), fault.Invalid, []string{"404 Not Found and not as Elasticsearch", "correct the URL"}},
	"something else answers with JSON":    {status(400, `{"message":"no"}`), fault.Invalid, []string{"400 Bad Request and not as Elasticsearch"}},
	"an error is a text":                  {status(400, `{"error":"no handler found"}`), fault.Invalid, []string{"no handler found"}},
	"a redirect":                          {status(302, ""), fault.Invalid, []string{"302 Found"}},
	"created instead of found":            {status(201, good), fault.Invalid, []string{"201 Created"}},
	"nobody answers":                      {func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }, fault.Unavailable, []string{"no answer: connection refused"}},
	"the transport knows why":             {func(*http.Request) (*http.Response, error) { return nil, fault.Forbiddenf("the address is denied") }, fault.Forbidden, []string{"the address is denied"}},
	"the connection breaks in the middle": {broken(errors.New("connection reset")), fault.Unavailable, []string{"connection reset"}},
	"the answer ends in the middle":       {broken(io.EOF), fault.Unavailable, []string{"not JSON", "ends in the middle"}},
	"the answer does not end": {func(*http.Request) (*http.Response, error) {
		r := reply(200, "")
		r.Body = io.NopCloser(endless{})
		return r, nil
	}, fault.Unavailable, []string{"more than 64 MiB"}},
	"an empty answer":                          {status(200, ""), fault.Unavailable, []string{"not JSON"}},
	"HTML with status 200":                     {status(200, "<html>log in</html>"), fault.Unavailable, []string{"not JSON"}},
	"two answers in one":                       {status(200, good+good), fault.Unavailable, []string{"not JSON"}},
	"it does not say that it is Elasticsearch": {withHeader(product, "", status(200, good)), fault.Invalid, []string{"X-Elastic-Product", "OpenSearch"}},
	"it says that it is something else":        {withHeader(product, "Other", status(200, good)), fault.Invalid, []string{"X-Elastic-Product"}},
}

var incompletes = map[string]bad{
	"it timed out":                         {changed(`"timed_out":false`, `"timed_out":true`), fault.Unavailable, []string{"timed out on the cluster", "raise the timeout"}},
	"it does not say whether it timed out": {changed(`"timed_out":false,`, ``), fault.Unavailable, []string{"does not say whether it is complete"}},
	"it does not speak of shards":          {changed(`"_shards":{"total":2,"successful":2,"skipped":1,"failed":0},`, ``), fault.Unavailable, []string{"does not say whether"}},
	"it does not say which shards failed":  {changed(`,"failed":0`, ``), fault.Unavailable, []string{"does not say whether"}},
	"a shard failed": {
		changed(`"failed":0`, `"failed":1,"failures":[{"shard":1,"index":"logs-2","reason":{"type":"query_shard_exception","reason":"no mapping"}}]`),
		fault.Unavailable,
		[]string{"1 of 2 shards failed: index logs-2: no mapping"},
	},
	"shards failed and nobody says why": {changed(`"failed":0`, `"failed":2`), fault.Unavailable, []string{"2 of 2 shards failed: it does not say why"}},
	"failures without a number":         {changed(`"failed":0`, `"failed":0,"failures":[{"reason":{"reason":"y"}}]`), fault.Unavailable, []string{"shards failed: y"}},
	"a shard did not answer":            {changed(`"successful":2`, `"successful":1`), fault.Unavailable, []string{"only 1 of 2 shards answered"}},
	"no shard was read":                 {changed(`"total":2,"successful":2`, `"total":0,"successful":0`), fault.Invalid, []string{"read no shard"}},
	"it ended early":                    {changed(`"timed_out":false`, `"timed_out":false,"terminated_early":true`), fault.Unavailable, []string{"terminated_early"}},
	"it speaks of ending early":         {changed(`"timed_out":false`, `"timed_out":false,"terminated_early":false`), fault.Unavailable, []string{"terminated_early"}},
	"it is partial":                     {changed(`"timed_out":false`, `"timed_out":false,"is_partial":true`), fault.Unavailable, []string{"partial"}},
	"it still runs":                     {changed(`"timed_out":false`, `"timed_out":false,"is_running":true`), fault.Unavailable, []string{"still running"}},
	"a remote cluster was skipped":      {changed(`"_shards"`, `"_clusters":{"total":2,"successful":1,"skipped":1},"_shards"`), fault.Unavailable, []string{"1 remote clusters did not answer"}},
	"a remote cluster answered in part": {changed(`"_shards"`, `"_clusters":{"total":2,"successful":1,"partial":1},"_shards"`), fault.Unavailable, []string{"remote clusters"}},
	"an error with status 200":          {changed(`"took":3`, `"error":{"reason":"no"}`), fault.Unavailable, []string{"holds an error"}},
	"no aggregation":                    {changed(`"minutes":{`, `"other":{`), fault.Unavailable, []string{"0 buckets for 2 minutes"}},
	"a bucket is missing":               {changed(`{"key":1772366460001,"doc_count":9,"part":{"doc_count":9},"total":{"doc_count":9}}`, ``).trimmed(), fault.Unavailable, []string{"1 buckets for 2 minutes"}},
	"buckets were left out":             {changed(`"minutes":{`, `"minutes":{"sum_other_doc_count":4,`), fault.Unavailable, []string{"buckets"}},
	"a bucket is off the grid":          {changed(`1772366460001`, `1772366460000`), fault.Unavailable, []string{"is not the minute that ends at 2026-03-01 12:02"}},
	"a bucket comes twice":              {changed(`1772366460001`, `1772366400001`), fault.Unavailable, []string{"bucket 1 is not"}},
	"a bucket of another day":           {changed(`1772366400001`, `1772280000001`), fault.Unavailable, []string{"bucket 0 is not"}},
	"a bucket without a key":            {changed(`"key":1772366400001,`, ``), fault.Unavailable, []string{"bucket 0 is not"}},
	"a bucket without a count":          {changed(`"part":{"doc_count":8},`, ``), fault.Unavailable, []string{"12:01 has no count"}},
	"a count that is not there":         {changed(`{"doc_count":8}`, `{}`), fault.Unavailable, []string{"has no count"}},
	"a count that is none":              {changed(`{"doc_count":8}`, `{"doc_count":null}`), fault.Unavailable, []string{"has no count"}},
	"a count that is negative":          {changed(`{"doc_count":8}`, `{"doc_count":-8}`), fault.Unavailable, []string{"has no count"}},
	"a count that is no whole number":   {changed(`{"doc_count":8}`, `{"doc_count":8.5}`), fault.Unavailable, []string{"has no count"}},
	"a count that is a text":            {changed(`{"doc_count":8}`, `{"doc_count":"NaN"}`), fault.Unavailable, []string{"not JSON as Elasticsearch writes it"}},
	"more good events than events":      {changed(`{"doc_count":8}`, `{"doc_count":11}`), fault.Invalid, []string{"ends at 2026-03-01 12:01, good counts 11 and total counts 10"}},
}

// trimmed takes away a comma behind the last bucket.
func (f fake) trimmed() fake {
	return func(r *http.Request) (*http.Response, error) {
		res, err := f(r)
		body, _ := io.ReadAll(res.Body)
		res.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "},\n]", "}]", 1)))
		return res, err
	}
}

func TestAnythingElseGivesNoFiguresAndSaysWhy(t *testing.T) {
	cells := 0
	for _, table := range []map[string]bad{refusals, incompletes} {
		for name, tc := range table {
			t.Run(name, func(t *testing.T) {
				for _, in := range []*Indicator{okOf(t), okOf(t, "emptyMinute", "zero")} {
					m, err := tc.source.source().Measure(t.Context(), in, twoMinutes)
					require.Error(t, err)
					require.Empty(t, m.Streams)
					require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
					for _, part := range tc.want {
						require.Contains(t, err.Error(), part)
					}
					_, _, err = tc.source.source().Reach(t.Context(), in)
					if _, refused := refusals[name]; refused {
						require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
					}
				}
				cells++
			})
		}
	}
	t.Logf("%d of %d bad answers gave no figures", cells, len(refusals)+len(incompletes))
}

func TestABadPageOfGroupsGivesNoFigures(t *testing.T) {
	const first = `{"t":1772366400001,"g0":"eu"}`
	page := func(buckets string) string {
		return strings.Replace(good, `"minutes":`, `"groups":{"buckets":[`+buckets+`]},"minutes":`, 1)
	}
	bucket := `{"key":` + first + `,"doc_count":3,"part":{"doc_count":1},"total":{"doc_count":3}}`
	tests := map[string]struct{ body, want string }{
		"no groups":                {good, "has no page of groups"},
		"a bucket off the grid":    {page(strings.Replace(bucket, "400001", "400002", 1)), "which is no minute that was asked for"},
		"a bucket without a time":  {page(strings.Replace(bucket, `"t":1772366400001,`, "", 1)), "which is no minute"},
		"a bucket of another hour": {page(strings.Replace(bucket, "1772366400001", "1772370000001", 1)), "which is no minute"},
		"a bucket without a count": {page(strings.Replace(bucket, `"part":{"doc_count":1},`, "", 1)), "has no count"},
		"too many good events":     {page(strings.Replace(bucket, `"doc_count":1`, `"doc_count":4`, 1)), "good counts 4 and total counts 3"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			src := fake(func(r *http.Request) (*http.Response, error) {
				if strings.HasSuffix(r.URL.Path, "_pit") {
					return reply(http.StatusOK, `{"id":"p"}`), nil
				}
				return reply(http.StatusOK, tc.body), nil
			}).source()
			_, err := src.Measure(t.Context(), okOf(t, "groupBy", "region"), twoMinutes)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestAServerThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := fake(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		_, err := hanging.source().Measure(t.Context(), okOf(t), twoMinutes)
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		require.ErrorContains(t, err, "no answer within 30s: raise the timeout")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = hanging.source().Measure(ctx, okOf(t), twoMinutes)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestAClusterWithFewBucketsIsAskedForLessAtATime(t *testing.T) {
	m := newModel(func() time.Time { return noon.Add(10 * time.Hour) })
	for n := range 300 {
		m.add(noon.Add(time.Duration(n)*time.Minute+time.Second), 0, event(float64(n%2), "region", "eu"))
	}
	for _, more := range [][]any{nil, {"groupBy", "region"}} {
		in, span := okOf(t, more...), slo.SpanOf(noon, noon.Add(5*time.Hour))
		want, err := m.source(Options{}).Measure(t.Context(), in, span)
		require.NoError(t, err)
		few := fake(func(r *http.Request) (*http.Response, error) {
			res, err := m.RoundTrip(r)
			if err != nil {
				return nil, err
			}
			body, _ := io.ReadAll(res.Body)
			if strings.Count(string(body), `"key"`) > 50 {
				return reply(http.StatusBadRequest, `{"error":{"root_cause":[],"type":"too_many_buckets_exception","reason":"Trying to create too many buckets."},"status":400}`), nil
			}
			res.Body = io.NopCloser(strings.NewReader(string(body)))
			return res, nil
		})
		src := few.source()
		src.o.Now = m.now
		got, err := src.Measure(t.Context(), in, span)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Empty(t, m.pits)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(good), 200)
	f.Add([]byte(mapping), 400)
	f.Add([]byte(`{"error":{"root_cause":[{"caused_by":{"caused_by":{}}}],"failed_shards":[{}]}}`), 500)
	f.Add([]byte(strings.Replace(good, `"minutes":`, `"groups":{"after_key":{"t":1},"buckets":[{"key":{"t":"1772366400001","g0":null},"part":{"doc_count":0},"total":{"doc_count":1}}]},"minutes":`, 1)), 200)
	f.Add([]byte(`{"id":"x","timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"hits":[{"sort":["1.5"]}]}}`), 200)
	f.Fuzz(func(t *testing.T, body []byte, code int) {
		if code < 100 || code > 999 {
			return
		}
		src := status(code, string(body)).source()
		for _, in := range []*Indicator{okOf(t), okOf(t, "groupBy", "region")} {
			m, err := src.Measure(t.Context(), in, twoMinutes)
			if err != nil {
				require.NotEqual(t, fault.Internal, fault.KindOf(err), "%v", err)
				require.Empty(t, m.Streams)
				continue
			}
			require.True(t, json.Valid(body) && code == 200)
			for _, s := range m.Streams {
				require.Len(t, s.Slots, 2)
				for _, slot := range s.Slots {
					require.True(t, 0 <= slot.Good && slot.Good <= slot.Total)
				}
			}
			_, _, _ = src.Reach(t.Context(), in)
			_, _ = src.Probe(t.Context())
		}
	})
}

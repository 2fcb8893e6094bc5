package realtest_test

import (
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

// What the servers behind the proxy of these tests answer.
const (
	matrix = `{"status":"success","data":{"resultType":"matrix","result":[` +
		`{"metric":{"__name__":"x","pod":"a"},"values":[[1700000000,"1"],[1700000015.5,"2"],[1700000030,"3"]]},` +
		`{"metric":{"__name__":"x","pod":"b"},"values":[[1700000000,"10"],[1700000015,"20"]]}]}}`
	vector        = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"x","pod":"a"},"value":[1700000000,"7"]}]}}`
	withoutCounts = `{"took":3,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"total":{"value":5,"relation":"eq"},"max_score":null,"hits":[]}}`
	search        = `{"took":3,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"total":{"value":5,"relation":"eq"},"max_score":null,"hits":[]},` +
		`"aggregations":{"minutes":{"buckets":[{"key_as_string":"x","key":1700000040000,"doc_count":3},{"key":1700000100000,"doc_count":2}]},` +
		`"groups":{"after_key":{"at":1700000040000},"buckets":[{"key":{"at":1700000040000,"team":"a"},"doc_count":5}]}}}`
	other = `{"tagline":"You Know, for Search"}`
)

var bodies = map[string]string{"/matrix": matrix, "/vector": vector, "/search": search, "/other": other}

// reply is what came through the proxy.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

// ask asks as a client with a cap.
func ask(t *testing.T, address string) reply {
	t.Helper()
	return askFor(t, time.Minute, address)
}

// askFor asks and gives up after a while.
func askFor(t *testing.T, limit time.Duration, address string) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	require.NoError(t, err)
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return reply{resp.StatusCode, resp.Header, string(body), err}
}

func upstream(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, bodies["/"+path.Base(r.URL.Path)])
	}))
	t.Cleanup(s.Close)
	return s.URL + "/prefix"
}

// asItIs demands an answer with nothing wrong in it.
func asItIs(t *testing.T, r reply, want string) {
	t.Helper()
	require.NoError(t, r.err)
	require.Equal(t, http.StatusOK, r.status)
	require.JSONEq(t, want, r.body)
}

// expectation is what a fault does to the answer of a path.
type expectation struct {
	path string
	does func(*testing.T, reply)
}

func answers(status int, texts ...string) func(*testing.T, reply) {
	return func(t *testing.T, r reply) {
		t.Helper()
		require.NoError(t, r.err)
		require.Equal(t, status, r.status)
		for _, text := range texts {
			require.Contains(t, r.body, text)
		}
	}
}

// becomes demands an answer of JSON.
func becomes(body string) func(*testing.T, reply) {
	return func(t *testing.T, r reply) { t.Helper(); asItIs(t, r, body) }
}

func fails(as error) func(*testing.T, reply) {
	return func(t *testing.T, r reply) { t.Helper(); require.ErrorIs(t, r.err, as) }
}

// swap is an answer with some of its text exchanged.
func swap(body string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(body) }

var expectations = map[string]expectation{
	"refused": {"/matrix", fails(syscall.ECONNREFUSED)},
	"dns": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		_, is := errors.AsType[*net.DNSError](r.err)
		require.True(t, is, "%v", r.err)
	}},
	"tls expired": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		invalid, is := errors.AsType[x509.CertificateInvalidError](r.err)
		require.True(t, is && invalid.Reason == x509.Expired, "%v", r.err)
	}},
	"401": {"/matrix", answers(401)},
	"403": {"/matrix", answers(403)},
	"404": {"/matrix", answers(404)},
	"429": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		answers(429)(t, r)
		require.Equal(t, "1", r.header.Get("Retry-After"))
	}},
	"500":        {"/matrix", answers(500)},
	"502":        {"/matrix", answers(502, "<html>")},
	"503":        {"/matrix", answers(503)},
	"login page": {"/matrix", answers(200, "<html>")},
	"no body":    {"/matrix", func(t *testing.T, r reply) { t.Helper(); answers(200)(t, r); require.Empty(t, r.body) }},
	"truncated": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		answers(200)(t, r)
		require.Equal(t, matrix[:len(matrix)/2], r.body)
	}},
	"cut": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		require.ErrorIs(t, r.err, io.ErrUnexpectedEOF)
		require.Equal(t, matrix[:len(matrix)/2], r.body)
	}},
	"reset": {"/matrix", fails(syscall.ECONNRESET)},
	"flipped byte": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		different := 0
		for i := range matrix {
			if matrix[i] != r.body[i] {
				different++
			}
		}
		require.Equal(t, 1, different)
	}},
	"gzip bomb": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		require.Equal(t, "gzip", r.header.Get("Content-Encoding"))
		z, err := gzip.NewReader(strings.NewReader(r.body))
		require.NoError(t, err)
		n, _ := io.Copy(io.Discard, z)
		require.Greater(t, n, int64(50*len(r.body)))
	}},
	"endless": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		answers(200)(t, r)
		require.Len(t, r.body, 4<<20, "as much as was wanted")
	}},
	"sliced":  {"/matrix", becomes(matrix)},
	"slow":    {"/matrix", becomes(matrix)},
	"trickle": {"/matrix", fails(context.DeadlineExceeded)},
	"hang":    {"/matrix", fails(context.DeadlineExceeded)},
	"stall":   {"/matrix", fails(context.DeadlineExceeded)},
	"redirect": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		answers(307)(t, r)
		require.Contains(t, r.header.Get("Location"), "/elsewhere")
	}},
	"redirect loop": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		answers(307)(t, r)
		require.Equal(t, "/prefix/matrix", r.header.Get("Location"))
	}},
	"clock ahead": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		asItIs(t, r, matrix)
		date, err := http.ParseTime(r.header.Get("Date"))
		require.NoError(t, err)
		require.InDelta(t, time.Hour.Seconds(), time.Until(date).Seconds(), 120)
	}},
	"cached": {"/matrix", func(t *testing.T, r reply) {
		t.Helper()
		asItIs(t, r, matrix)
		require.Equal(t, "3600", r.header.Get("Age"))
	}},

	"status error":     {"/matrix", becomes(`{"status":"error","errorType":"execution","error":"planted by the fault proxy"}`)},
	"warnings":         {"/matrix", becomes(`{"status":"success","warnings":["fetch series for store-gateway-2: connection refused"],"data":{"resultType":"matrix","result":[{"metric":{"__name__":"x","pod":"a"},"values":[[1700000000,"1"],[1700000015.5,"2"],[1700000030,"3"]]}]}}`)},
	"empty":            {"/matrix", becomes(`{"status":"success","data":{"resultType":"matrix","result":[]}}`)},
	"duplicate series": {"/vector", becomes(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"x","pod":"a"},"value":[1700000000,"7"]},{"metric":{"__name__":"x","pod":"a"},"value":[1700000000,"7"]}]}}`)},
	"wrong labels":     {"/matrix", becomes(swap(matrix, `"x"`, `"wrong-x"`, `"a"`, `"wrong-a"`, `"b"`, `"wrong-b"`))},
	"label collision":  {"/matrix", becomes(swap(matrix, `,"pod":"a"`, "", `,"pod":"b"`, ""))},
	"not a number":     {"/vector", becomes(swap(vector, `"7"`, `"NaN"`))},
	"infinite":         {"/vector", becomes(swap(vector, `"7"`, `"+Inf"`))},
	"negative":         {"/vector", becomes(swap(vector, `"7"`, `"-7"`))},
	"replica mix":      {"/matrix", becomes(swap(matrix, `"2"`, `"1"`, `"20"`, `"1"`))},
	"past stamps":      {"/vector", becomes(swap(vector, "1700000000", "1699996400"))},
	"future stamps":    {"/matrix", becomes(swap(matrix, "1700000000", "1700003600", "1700000015", "1700003615", "1700000030", "1700003630"))},
	"wrong step":       {"/matrix", becomes(swap(matrix, `,[1700000015.5,"2"]`, "", `,[1700000015,"20"]`, ""))},
	"stamps backwards": {"/matrix", becomes(swap(matrix,
		`[1700000000,"1"],[1700000015.5,"2"],[1700000030,"3"]`, `[1700000030,"3"],[1700000015.5,"2"],[1700000000,"1"]`,
		`[1700000000,"10"],[1700000015,"20"]`, `[1700000015,"20"],[1700000000,"10"]`))},
	"another type": {"/matrix", becomes(`{"status":"success","data":{"resultType":"string","result":[0,"planted by the fault proxy"]}}`)},

	"failed shard":         {"/search", answers(200, `"failed":1`, `"failures":[{`, `"successful":1`, `"total":2`)},
	"shard without a word": {"/search", becomes(swap(search, `"total":1,"successful":1`, `"total":3,"successful":2`))},
	"skipped shards":       {"/search", becomes(swap(search, `"total":1,"successful":1,"skipped":0`, `"total":3,"successful":3,"skipped":2`))},
	"no shards":            {"/search", becomes(`{"took":3,"timed_out":false,"_shards":{"total":0,"successful":0,"skipped":0,"failed":0},"hits":{"total":{"value":0,"relation":"eq"},"max_score":0,"hits":[]}}`)},
	"timed out":            {"/search", becomes(swap(search, `"timed_out":false`, `"timed_out":true`))},
	"terminated early":     {"/search", answers(200, `"terminated_early":true`)},
	"failures":             {"/search", answers(200, `"failures":[{`, `"failed":0`)},
	"lower bound":          {"/search", becomes(swap(search, `"eq"`, `"gte"`))},
	"other documents":      {"/search", answers(200, `"sum_other_doc_count":17`)},
	"bucket cap":           {"/search", answers(503, "too_many_buckets_exception")},
	"async partial":        {"/search", answers(200, `"is_partial":true`)},
	"error in 200":         {"/search", becomes(`{"error":{"type":"planted","reason":"by the fault proxy"},"status":500}`)},
	"no aggregations":      {"/search", becomes(withoutCounts)},
	"duplicate buckets": {"/search", func(t *testing.T, r reply) {
		t.Helper()
		answers(200)(t, r)
		require.Equal(t, 6, strings.Count(r.body, "doc_count"))
	}},
	"wrong buckets":   {"/search", answers(200, `"key":1700003640000`, `"key":1700003700000`, `"at":1700003640000,"team":"a"`)},
	"crooked buckets": {"/search", answers(200, `"key":1700000057000`, `"at":1700000057000`)},
	"negative count": {"/search", func(t *testing.T, r reply) {
		t.Helper()
		answers(200)(t, r)
		require.Equal(t, 3, strings.Count(r.body, `"doc_count":-1`))
	}},
}

func TestEachFaultDoesWhatItSays(t *testing.T) {
	url := upstream(t)
	for _, f := range realtest.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			want, ok := expectations[f.Name]
			require.True(t, ok, "a fault that no test knows")
			require.NotEmpty(t, f.Does)
			p := realtest.NewFaultProxy(t, url)
			asItIs(t, ask(t, p.URL+want.path), bodies[want.path])

			p.Set(t, f)
			address := p.Address(f)
			if f.Name != "dns" {
				require.True(t, strings.HasSuffix(address, "/prefix"), address)
			}
			limit := time.Minute
			if f.Name == "trickle" || f.Name == "hang" || f.Name == "stall" {
				limit = time.Second
			}
			want.does(t, askFor(t, limit, address+want.path))
			switch f.Name {
			case "refused", "dns", "tls expired":
				require.Zero(t, p.Faulted())
			default:
				require.Equal(t, 1, p.Faulted())
			}

			p.Clear(t)
			asItIs(t, ask(t, p.URL+want.path), bodies[want.path])
		})
	}
	require.Len(t, realtest.Faults(), len(expectations))
}

// TestAFaultLeavesOtherAnswersAlone asks for what a fault has nothing to do with.
func TestAFaultLeavesOtherAnswersAlone(t *testing.T) {
	url := upstream(t)
	for _, f := range realtest.Faults() {
		if f.Of == realtest.OfAny || f.Name == "bucket cap" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			p := realtest.NewFaultProxy(t, url)
			p.Set(t, f)
			for path, body := range bodies {
				if path == "/other" || (path == "/search") != (f.Of == realtest.OfElasticsearch) {
					asItIs(t, ask(t, p.URL+path), body)
				}
			}
			require.Zero(t, p.Faulted())
			require.Positive(t, p.Requests())
		})
	}
}

func TestAFaultMayBeOfSomePathsOnly(t *testing.T) {
	p := realtest.NewFaultProxy(t, upstream(t))
	p.Set(t, realtest.FaultNamed("500"), "/matrix")
	asItIs(t, ask(t, p.URL+"/vector"), vector)
	require.Equal(t, 500, ask(t, p.URL+"/matrix").status)
	require.Equal(t, 1, p.Faulted())
	require.Equal(t, 2, p.Requests())
}

func TestEachKindOfServerHasItsFaults(t *testing.T) {
	prometheus, elasticsearch := realtest.FaultsOf(realtest.OfPrometheus), realtest.FaultsOf(realtest.OfElasticsearch)
	require.GreaterOrEqual(t, len(prometheus), 30)
	require.GreaterOrEqual(t, len(elasticsearch), 30)
	require.Less(t, len(prometheus), len(realtest.Faults()))
	for _, f := range elasticsearch {
		require.NotEqual(t, realtest.OfPrometheus, f.Of)
	}
	require.Panics(t, func() { realtest.FaultNamed("no such fault") })
}

func TestForeignServersSeeWhatIsSentToThem(t *testing.T) {
	p := realtest.NewFaultProxy(t, upstream(t))
	p.Set(t, realtest.FaultNamed("redirect"))
	status, body, err := send(t.Context(), http.MethodGet, p.URL+"/matrix", "", http.Header{"X-Secret": {"planted"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "{}", body)
	require.Len(t, p.Foreign(), 1)
	require.Equal(t, "planted", p.Foreign()[0].Get("X-Secret"), "a client that is not careful")
}

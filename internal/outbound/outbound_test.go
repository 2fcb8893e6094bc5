package outbound_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loopback lets tests reach their servers.
var loopback = outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}

// serve starts a server for a test.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// client makes a client of a server, which change may set up otherwise.
func client(t *testing.T, address string, change func(*outbound.Options)) *outbound.Client {
	t.Helper()
	o := outbound.Options{Name: "shop", URL: address, Policy: loopback, Timeout: 10 * time.Second, Now: time.Now}
	if change != nil {
		change(&o)
	}
	c, err := outbound.New(o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// get asks for a path below the address of c and reads the answer.
func get(ctx context.Context, c *outbound.Client, path string) (*http.Response, string, error) {
	u := c.URL()
	u.Path += path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", err
	}
	return do(c, req)
}

func do(c *outbound.Client, req *http.Request) (*http.Response, string, error) {
	resp, err := c.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if err := outbound.StatusError(resp); err != nil {
		return resp, "", err
	}
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

// requireFault demands an error of a kind that names the source and holds each of
// texts.
func requireFault(t *testing.T, err error, kind fault.Kind, texts ...string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, kind.String(), fault.KindOf(err).String(), "%v", err)
	require.Contains(t, err.Error(), `source "shop" at http`)
	for _, text := range texts {
		require.Contains(t, err.Error(), text)
	}
}

func TestRequestsCarryWhatOptionsSay(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("from-a-file\n"), 0o600))
	t.Setenv("OUTBOUND_TEST_KEY", "from-the-environment")
	tests := map[string]struct {
		change func(*outbound.Options)
		want   http.Header
	}{
		"nothing but a name": {
			func(*outbound.Options) {},
			http.Header{"Authorization": nil, "User-Agent": {"Hindcast"}, "Accept-Encoding": {"gzip"}, "Cookie": nil},
		},
		"user and password": {
			func(o *outbound.Options) { o.BasicUser, o.BasicPassword = "ann", outbound.Secret{File: secret} },
			http.Header{"Authorization": {"Basic YW5uOmZyb20tYS1maWxl"}},
		},
		"a user without a password": {
			func(o *outbound.Options) { o.BasicUser = "ann" },
			http.Header{"Authorization": {"Basic YW5uOg=="}},
		},
		"a bearer token": {
			func(o *outbound.Options) { o.BearerToken = outbound.Literal("given") },
			http.Header{"Authorization": {"Bearer given"}},
		},
		"an API key": {
			func(o *outbound.Options) { o.APIKey = outbound.Secret{Env: "OUTBOUND_TEST_KEY"} },
			http.Header{"Authorization": {"ApiKey from-the-environment"}},
		},
		"headers": {
			func(o *outbound.Options) { o.Headers = map[string]string{"X-Scope-OrgID": "shop", "x-other": "all"} },
			http.Header{"X-Scope-Orgid": {"its own"}, "X-Other": {"all"}},
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			var got http.Header
			s := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
			c := client(t, s.URL+"/prefix/", tt.change)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL().JoinPath("api").String(), nil)
			require.NoError(t, err)
			req.Header.Set("X-Scope-OrgID", "its own")
			req.Header.Set("Authorization", "of the caller")
			req.Header.Set("Cookie", "a=b")
			resp, _, err := do(c, req)
			require.NoError(t, err)
			for name, values := range tt.want {
				require.Equal(t, values, got[name], name)
			}
			require.Empty(t, got["Cookie"])
			require.Equal(t, "of the caller", resp.Request.Header.Get("Authorization"), "an answer does not tell our credentials")
		})
	}
}

func TestSecretsAreReadWhenTheyAreUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	var got string
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
	c := client(t, s.URL, func(o *outbound.Options) { o.BearerToken = outbound.Secret{File: file} })
	_, _, err := get(t.Context(), c, "/")
	requireFault(t, err, fault.Invalid, "bearer token", file, "no such file")
	for _, token := range []string{"first", "second"} {
		require.NoError(t, os.WriteFile(file, []byte(token+"\n"), 0o600))
		_, _, err := get(t.Context(), c, "/")
		require.NoError(t, err)
		require.Equal(t, "Bearer "+token, got)
	}
	for _, bad := range []string{"", "two\nlines", strings.Repeat("x", 20<<10)} {
		require.NoError(t, os.WriteFile(file, []byte(bad), 0o600))
		_, _, err := get(t.Context(), c, "/")
		require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	const limit = 1000
	plain := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), n)) }
	}
	zipped := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, n))
			_ = z.Close()
		}
	}
	tests := map[string]struct {
		h        http.HandlerFunc
		tooLarge bool
		length   int
	}{
		"an answer of just the limit":        {plain(limit), false, limit},
		"one byte more":                      {plain(limit + 1), true, limit},
		"an endless answer":                  {plain(1 << 20), true, limit},
		"a compressed answer of just it":     {zipped(limit), false, limit},
		"a compressed answer of a byte more": {zipped(limit + 1), true, limit},
		"a gzip bomb":                        {zipped(100 << 20), true, limit},
		"an empty answer":                    {plain(0), false, 0},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s := serve(t, tt.h)
			c := client(t, s.URL, func(o *outbound.Options) { o.MaxResponse = limit })
			_, text, err := get(t.Context(), c, "/")
			require.Len(t, text, tt.length)
			if !tt.tooLarge {
				require.NoError(t, err)
				return
			}
			requireFault(t, err, fault.Invalid, "more than 1000 bytes", "max_response_bytes")
			_, is := errors.AsType[*outbound.TooLargeError](err)
			require.True(t, is)
			require.Less(t, c.Cost().Bytes, int64(64<<10), "the rest was not read")
		})
	}
}

func TestCompressedAnswersLookLikePlainOnes(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, strings.Repeat("text ", 1000))
		_ = z.Close()
	})
	c := client(t, s.URL, nil)
	resp, text, err := get(t.Context(), c, "/")
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("text ", 1000), text)
	require.Empty(t, resp.Header.Get("Content-Encoding"))
	require.Equal(t, int64(1), c.Cost().Requests)
	require.Less(t, c.Cost().Bytes, int64(500))
	require.Positive(t, c.Cost().Bytes)
}

// TestNoAnswerIsTakenForWhole has servers that stop in the middle.
func TestNoAnswerIsTakenForWhole(t *testing.T) {
	tests := map[string]struct {
		answer string
		reset  bool
		want   string
	}{
		"less than the length":                 {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", false, "broke off before the end"},
		"chunks without the last":              {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", false, "broke off before the end"},
		"half a header":                        {"HTTP/1.1 200 OK\r\nContent-Le", false, "does not speak HTTP"},
		"nothing":                              {"", false, "broke off before the end"},
		"a reset":                              {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", true, "broke off before the end"},
		"an end that may be a broken one":      {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart", false, "a part cannot be told from the whole"},
		"compressed and cut":                   {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", false, "broke off before the end"},
		"said to be compressed, and it is not": {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nplain text!!", false, "compression is damaged"},
		"another protocol":                     {"220 mail.example ESMTP ready\r\n", false, "does not speak HTTP"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			address := speak(t, tt.answer, tt.reset)
			c := client(t, "http://"+address, func(o *outbound.Options) { o.Retries = -1 })
			_, _, err := get(t.Context(), c, "/")
			require.Error(t, err)
			require.Contains(t, err.Error(), `source "shop" at http`)
			require.Contains(t, err.Error(), tt.want)
		})
	}
}

// speak answers every connection with the same bytes and then closes or resets it.
func speak(t *testing.T, answer string, reset bool) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, answer)
			if reset {
				_ = conn.(*net.TCPConn).SetLinger(0)
			}
			_ = conn.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return l.Addr().String()
}

func TestRequestsEndWithTheirTimeout(t *testing.T) {
	stop := make(chan struct{})
	tests := map[string]http.HandlerFunc{
		"before the header": func(_ http.ResponseWriter, r *http.Request) { wait(r, stop) },
		"in the middle of the answer": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "part")
			w.(http.Flusher).Flush()
			wait(r, stop)
		},
		"while it trickles": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		},
	}
	for title, h := range tests {
		t.Run(title, func(t *testing.T) {
			s := serve(t, h)
			c := client(t, s.URL, func(o *outbound.Options) { o.Timeout = 100 * time.Millisecond })
			_, _, err := get(t.Context(), c, "/")
			requireFault(t, err, fault.Unavailable, "within 100ms", "raise the timeout")
			require.Equal(t, int64(1), c.Cost().Requests, "what ran into its timeout is not repeated")
		})
	}
}

func wait(r *http.Request, stop <-chan struct{}) {
	select {
	case <-r.Context().Done():
	case <-stop:
	}
}

func TestACallerMayGiveUp(t *testing.T) {
	begun := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { close(begun); <-r.Context().Done() })
	c := client(t, s.URL, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	_, _, err := get(ctx, c, "/")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func TestSoManyRunAtATime(t *testing.T) {
	var running, most atomic.Int64
	enough := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, _ *http.Request) {
		n := running.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-enough
		running.Add(-1)
	})
	c := client(t, s.URL, func(o *outbound.Options) { o.Concurrency = 2 })
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, _, err := get(context.Background(), c, "/")
			require.NoError(t, err)
		})
	}
	require.Eventually(t, func() bool { return running.Load() == 2 }, 10*time.Second, time.Millisecond)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, _, err := get(ctx, c, "/")
	requireFault(t, err, fault.Unavailable, "did not answer in time")
	close(enough)
	wg.Wait()
	require.Equal(t, int64(2), most.Load())
	require.Equal(t, int64(6), c.Cost().Requests)
}

func TestAnAnswerThatNobodyReadsLosesItsPlace(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			_, _ = w.Write(make([]byte, 1<<20))
		}
	})
	c := client(t, s.URL, func(o *outbound.Options) { o.Concurrency, o.Timeout = 1, 100*time.Millisecond })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/long", nil)
	require.NoError(t, err)
	resp, err := c.RoundTrip(req)
	require.NoError(t, err)
	_, _, err = get(t.Context(), c, "/next")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

func TestClocksAreCompared(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		header http.Header
		want   time.Duration
	}{
		"the same":                   {http.Header{"Date": {now.Format(http.TimeFormat)}}, 0},
		"a second apart":             {http.Header{"Date": {now.Add(-time.Second).Format(http.TimeFormat)}}, 0},
		"the server is ahead":        {http.Header{"Date": {now.Add(time.Minute).Format(http.TimeFormat)}}, time.Minute + 500*time.Millisecond},
		"the server is behind":       {http.Header{"Date": {now.Add(-time.Hour).Format(http.TimeFormat)}}, -time.Hour + 500*time.Millisecond},
		"an old answer from a cache": {http.Header{"Date": {now.Add(-time.Hour).Format(http.TimeFormat)}, "Age": {"30"}}, 0},
		"no date":                    {http.Header{"Date": nil}, 0},
		"no date that can be read":   {http.Header{"Date": {"yesterday"}}, 0},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				maps.Copy(w.Header(), tt.header)
			})
			c := client(t, s.URL, func(o *outbound.Options) { o.Now = func() time.Time { return now } })
			_, _, err := get(t.Context(), c, "/")
			require.NoError(t, err)
			require.Equal(t, tt.want, c.Skew())
		})
	}
}

func TestRequestsStayBelowTheAddress(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := client(t, s.URL+"/prefix", nil)
	host := strings.TrimPrefix(s.URL, "http://")
	tests := map[string]bool{
		s.URL + "/prefix":                             true,
		s.URL + "/prefix/api/v1/query?a=b":            true,
		s.URL + "/":                                   false,
		s.URL + "/prefixed":                           false,
		s.URL + "/prefix/../admin":                    false,
		s.URL + "/prefix/%2e%2e/admin":                false,
		s.URL + "/prefix/..;/admin":                   false,
		s.URL + "/prefix//admin":                      false,
		s.URL + "/prefix/..%2fadmin":                  false,
		s.URL + `/prefix/..%5cadmin`:                  false,
		"https://" + host + "/prefix/":                false,
		"http://127.0.0.1:1/prefix/":                  false,
		"http://other.example/prefix/":                false,
		"http://" + host + "@other/prefix/":           false,
		"http://127.0.0.1.other/prefix/":              false,
		"file:///etc/passwd":                          false,
		s.URL + "/prefix/index%20name":                true,
		s.URL + "/prefix/a,b/_search;c=d":             true,
		s.URL + "/prefix/" + url.PathEscape("logs-*"): true,
	}
	for address, allowed := range tests {
		t.Run(address, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			require.NoError(t, err)
			_, _, err = do(c, req)
			if allowed {
				require.NoError(t, err)
				return
			}
			requireFault(t, err, fault.Invalid, "not below the address")
		})
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	tests := map[string]struct {
		change func(*outbound.Options)
		want   string
	}{
		"a negative timeout":           {func(o *outbound.Options) { o.Timeout = -1 }, "timeout -1ns is negative"},
		"negative concurrency":         {func(o *outbound.Options) { o.Concurrency = -1 }, "concurrency -1"},
		"a negative limit":             {func(o *outbound.Options) { o.MaxResponse = -1 }, "response limit -1"},
		"a certificate without a key":  {func(o *outbound.Options) { o.TLS.CertFile = "c.pem" }, "needs both"},
		"a password without a user":    {func(o *outbound.Options) { o.BasicPassword = outbound.Literal("p") }, "without a user name"},
		"two ways to authenticate":     {func(o *outbound.Options) { o.BasicUser, o.APIKey = "ann", outbound.Literal("k") }, "more than one way"},
		"two places for a secret":      {func(o *outbound.Options) { o.APIKey = outbound.Secret{File: "f", Env: "E"} }, "name one"},
		"no authority in a file":       {func(o *outbound.Options) { o.TLS.CAFile = empty }, empty},
		"a file that is not there":     {func(o *outbound.Options) { o.TLS.CAFile = empty + "x" }, "no such file"},
		"a header that has a setting":  {func(o *outbound.Options) { o.Headers = map[string]string{"authorization": "x"} }, `header "authorization" cannot be set here`},
		"a header that is no name":     {func(o *outbound.Options) { o.Headers = map[string]string{"a b": "x"} }, "is not a name"},
		"a header with a second line":  {func(o *outbound.Options) { o.Headers = map[string]string{"X-A": "x\r\nX-B: y"} }, "control characters"},
		"an address that is no URL":    {func(o *outbound.Options) { o.URL = "prometheus:9090" }, "does not begin with http"},
		"a password in the address":    {func(o *outbound.Options) { o.URL = "http://ann:hunter2@host/" }, "take them out"},
		"a broken one with a password": {func(o *outbound.Options) { o.URL = "http://ann:hunter2@ho st/" }, "not a URL"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			o := outbound.Options{URL: "https://prometheus.example", Now: time.Now}
			tt.change(&o)
			_, err := outbound.New(o)
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
			require.Contains(t, err.Error(), tt.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

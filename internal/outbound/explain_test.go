package outbound_test

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/realtest"
)

func TestStatusesAreExplained(t *testing.T) {
	tests := map[string]struct {
		status int
		header map[string]string
		body   string
		kind   fault.Kind
		want   []string
	}{
		"401":                                {401, map[string]string{"WWW-Authenticate": `Basic realm="x"`}, "Unauthorized", fault.Forbidden, []string{"does not know us (401", `by "Basic"`}},
		"401 of Elasticsearch":               {401, nil, `{"error":{"type":"security_exception","reason":"missing credentials"},"status":401}`, fault.Forbidden, []string{`"missing credentials"`}},
		"403":                                {403, nil, "", fault.Forbidden, []string{"does not let us read (403)"}},
		"404":                                {404, nil, "404 page not found", fault.Invalid, []string{`nothing at "/prom/api/v1/query" (404`, "path of the URL"}},
		"407":                                {407, nil, "", fault.Forbidden, []string{"a proxy on the way"}},
		"429":                                {429, map[string]string{"Retry-After": "3600"}, "", fault.Unavailable, []string{"429", `after "3600"`, "lower concurrency"}},
		"400 of Prometheus":                  {400, nil, `{"status":"error","errorType":"bad_data","error":"parse error"}`, fault.Invalid, []string{`(400: "parse error")`}},
		"422 with a message":                 {422, nil, `{"message":"too many samples"}`, fault.Invalid, []string{`"too many samples"`}},
		"500":                                {500, nil, "", fault.Unavailable, []string{"in trouble (500)", "look at its log"}},
		"502 with a page":                    {502, map[string]string{"Content-Type": "text/html"}, "<html>Bad gateway", fault.Unavailable, []string{"in trouble (502)"}},
		"503":                                {503, nil, "", fault.Unavailable, []string{"in trouble (503)"}},
		"200 with a page":                    {200, map[string]string{"Content-Type": "text/html; charset=utf-8"}, "<html>Sign in", fault.Invalid, []string{`answers "/prom/api/v1/query" with a page of HTML`, "login"}},
		"an error as long as a book":         {400, nil, strings.Repeat("long ", 10_000), fault.Invalid, []string{"long …"}},
		"an error that repeats our password": {400, nil, "you sent Bearer hunter2", fault.Invalid, []string{"you sent Bearer [secret]"}},
		"an error with control characters":   {400, nil, "a\x1b[31mb\nc", fault.Invalid, []string{`"a\x1b[31mb\nc"`}},
		"plain HTTP to an https server":      {400, nil, "Client sent an HTTP request to an HTTPS server.\n", fault.Invalid, []string{"write https:// instead of http://"}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range tt.header {
					w.Header().Set(name, value)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			c := client(t, s.URL+"/prom", func(o *outbound.Options) { o.BearerToken, o.Retries = outbound.Literal("hunter2"), -1 })
			_, _, err := get(t.Context(), c, "/api/v1/query")
			requireFault(t, err, tt.kind, tt.want...)
			require.NotContains(t, err.Error(), "hunter2")
			require.Less(t, len(err.Error()), 800)
			require.Equal(t, err, outbound.Explain(err), "what is explained stays as it is")
		})
	}
}

func TestTheSettingToBlameIsNoted(t *testing.T) {
	for status, field := range map[int]string{401: "authentication", 403: "authentication", 404: "url", 503: ""} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		_, _, err := get(t.Context(), client(t, s.URL, func(o *outbound.Options) { o.Retries = -1 }), "/")
		require.Equal(t, field, fault.FieldOf(err), "%v", err)
	}
	c := client(t, "http://192.0.2.1", func(o *outbound.Options) { o.BearerToken = outbound.Secret{Env: "OUTBOUND_TEST_UNSET"} })
	_, _, err := get(t.Context(), c, "/")
	require.Equal(t, "authentication", fault.FieldOf(err), "%v", err)
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	_, _, err = get(t.Context(), client(t, tls.URL, func(*outbound.Options) {}), "/")
	require.Equal(t, "tls.ca_file", fault.FieldOf(err), "%v", err)
}

func TestConnectionsAreExplained(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := l.Addr().String()
	require.NoError(t, l.Close())
	c := client(t, "http://"+closed, func(o *outbound.Options) { o.Retries = -1 })
	_, _, err = get(t.Context(), c, "/")
	requireFault(t, err, fault.Unavailable, "refuses the connection", "nothing listens there")
	require.Equal(t, "url", fault.FieldOf(err))

	tests := map[string]struct {
		err  error
		want string
	}{
		"no route":                  {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, "cannot be reached from here"},
		"no network":                {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}, "cannot be reached from here"},
		"a firewall that is silent": {&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "does not take the connection"},
		"a name server that is ill": {&net.DNSError{Err: "server misbehaving", Name: "a.example", IsTemporary: true}, "name servers of this machine"},
		"something else":            {fmt.Errorf("what nobody thought of"), "cannot be asked: what nobody thought of"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			err := outbound.Explain(tt.err)
			require.ErrorContains(t, err, tt.want)
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
		})
	}
	require.NoError(t, outbound.Explain(nil))
}

// serveTLS starts a server with a certificate of a; if clients is an authority it
// wants one of clients.
func serveTLS(t *testing.T, a *realtest.Authority, host string, until time.Duration, clients *realtest.Authority) *httptest.Server {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(a.Sign(t, t.TempDir(), host, until))
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	if clients != nil {
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, clients.Pool()
	}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestTLSIsExplained(t *testing.T) {
	ours, theirs := realtest.NewAuthority(t), realtest.NewAuthority(t)
	certFile, keyFile := ours.Sign(t, t.TempDir(), "client", time.Hour)
	strangeCert, strangeKey := theirs.Sign(t, t.TempDir(), "client", time.Hour)
	good := serveTLS(t, ours, "127.0.0.1", time.Hour, nil).URL
	expired := serveTLS(t, ours, "127.0.0.1", -time.Minute, nil).URL
	named := serveTLS(t, ours, "prometheus.example", time.Hour, nil).URL
	mutual := serveTLS(t, ours, "127.0.0.1", time.Hour, ours).URL
	plain := serve(t, func(http.ResponseWriter, *http.Request) {}).URL
	trust := outbound.TLS{CAFile: ours.File}
	tests := map[string]struct {
		url  string
		tls  outbound.TLS
		kind fault.Kind
		want string // "" is a success
	}{
		"an authority that is trusted":         {good, trust, 0, ""},
		"an authority that is not":             {good, outbound.TLS{}, fault.Invalid, "tls.ca_file"},
		"an authority that is not, overlooked": {good, outbound.TLS{InsecureSkipVerify: true}, 0, ""},
		"another authority":                    {good, outbound.TLS{CAFile: theirs.File}, fault.Invalid, "not trusted here"},
		"expired":                              {expired, trust, fault.Unavailable, "not valid now"},
		"another name":                         {named, trust, fault.Invalid, "tls.server_name"},
		"another name that is expected":        {named, outbound.TLS{CAFile: ours.File, ServerName: "prometheus.example"}, 0, ""},
		"no client certificate":                {mutual, trust, fault.Forbidden, "wants a client certificate"},
		"a client certificate":                 {mutual, outbound.TLS{CAFile: ours.File, CertFile: certFile, KeyFile: keyFile}, 0, ""},
		"a client certificate of a stranger":   {mutual, outbound.TLS{CAFile: ours.File, CertFile: strangeCert, KeyFile: strangeKey}, fault.Forbidden, "wants a client certificate"},
		"plain HTTP behind https":              {strings.Replace(plain, "http:", "https:", 1), trust, fault.Invalid, "write http:// instead of https://"},
		"https behind http":                    {strings.Replace(good, "https:", "http:", 1), outbound.TLS{}, fault.Invalid, "write https:// instead of http://"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			c := client(t, tt.url, func(o *outbound.Options) { o.TLS, o.Retries = tt.tls, -1 })
			_, text, err := get(t.Context(), c, "/")
			if tt.want == "" {
				require.NoError(t, err)
				require.Equal(t, "HTTP/2.0", text)
				return
			}
			requireFault(t, err, tt.kind, tt.want)
		})
	}
}

func TestTLSBehindHTTPOfAServerThatSaysNothing(t *testing.T) {
	c := client(t, "http://"+speak(t, "\x15\x03\x01\x00\x02\x02\x0a", false), func(o *outbound.Options) { o.Retries = -1 })
	_, _, err := get(t.Context(), c, "/")
	requireFault(t, err, fault.Invalid, "write https:// instead of http://")
}

func TestCertificatesAreReadAnewWhenTheyChange(t *testing.T) {
	ours, theirs := realtest.NewAuthority(t), realtest.NewAuthority(t)
	s := serveTLS(t, ours, "127.0.0.1", time.Hour, ours)
	dir := t.TempDir()
	certFile, keyFile := theirs.Sign(t, dir, "client", time.Hour)
	trusted := filepath.Join(dir, "ca.pem")
	copyFile := func(from string) {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(trusted, text, 0o600))
	}
	copyFile(theirs.File)
	c := client(t, s.URL, func(o *outbound.Options) {
		o.TLS, o.Retries = outbound.TLS{CAFile: trusted, CertFile: certFile, KeyFile: keyFile}, -1
	})
	_, _, err := get(t.Context(), c, "/")
	requireFault(t, err, fault.Invalid, "not trusted here")
	copyFile(ours.File)
	_, _, err = get(t.Context(), c, "/")
	requireFault(t, err, fault.Forbidden, "wants a client certificate")
	ours.Sign(t, dir, "client", time.Hour)
	_, _, err = get(t.Context(), c, "/")
	require.NoError(t, err)
}

// TestSecretsShowNowhere plants secrets and looks for them in all that a client
// says and in all forms that it could be printed in.
func TestSecretsShowNowhere(t *testing.T) {
	const planted = "hunter2-planted"
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte(planted), 0o600))
	t.Setenv("OUTBOUND_TEST_SECRET", planted)
	echo := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": fmt.Sprint(r.Header)})
	})
	for title, change := range map[string]func(*outbound.Options){
		"a password":         func(o *outbound.Options) { o.BasicUser, o.BasicPassword = "ann", outbound.Literal(planted) },
		"a token in a file":  func(o *outbound.Options) { o.BearerToken = outbound.Secret{File: file} },
		"a key in a setting": func(o *outbound.Options) { o.APIKey = outbound.Secret{Env: "OUTBOUND_TEST_SECRET"} },
	} {
		t.Run(title, func(t *testing.T) {
			options := outbound.Options{}
			change(&options)
			var said strings.Builder
			fmt.Fprintf(&said, "%v %+v %#v %s\n", options, options, options, options.BasicPassword)
			require.NoError(t, json.NewEncoder(&said).Encode(options.BearerToken))
			slog.New(slog.NewTextHandler(&said, nil)).Info("options", "key", options.APIKey, "password", options.BasicPassword)
			for _, address := range []string{echo.URL, "http://127.0.0.1:1", "https://" + strings.TrimPrefix(echo.URL, "http://")} {
				c := client(t, address, func(o *outbound.Options) { change(o); o.Retries = -1 })
				resp, _, err := get(t.Context(), c, "/")
				require.Error(t, err)
				fmt.Fprintln(&said, err, c.URL())
				if resp != nil {
					fmt.Fprintln(&said, resp.Request.Header)
				}
			}
			require.NotContains(t, said.String(), planted)
			require.NotContains(t, said.String(), base64.StdEncoding.EncodeToString([]byte("ann:"+planted)))
		})
	}
}

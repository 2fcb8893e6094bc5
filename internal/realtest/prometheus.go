package realtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

// PrometheusOptions say how a Prometheus is set up. The zero value scrapes nothing
// and lets everybody in.
type PrometheusOptions struct {
	Config string            // prometheus.yml; $ADDRESS stands for the host and port of the server
	Files  map[string]string // further files beside it, such as rules
	Data   string            // a directory of a TSDB to serve; a new one if it is empty
	Flags  []string          // further flags, such as --web.route-prefix=/prom

	Users              map[string]string // who has to name a password
	Authority          *Authority        // signs the server's certificate: it speaks https
	ClientCertificates bool              // only for those who show a certificate of Authority
}

// Prometheus is a server of the version that is embedded.
type Prometheus struct {
	URL  string // without a slash at its end, with the prefix if there is one
	Data string

	bin     string
	args    []string
	ready   func() error
	process *Process
}

// NewPrometheus starts a Prometheus, which serves until the test ends.
func NewPrometheus(t testing.TB, o PrometheusOptions) *Prometheus {
	t.Helper()
	p := &Prometheus{bin: built(t, "HINDCAST_PROMETHEUS"), Data: o.Data}
	dir, address := t.TempDir(), "127.0.0.1:"+strconv.Itoa(Port(t))
	if p.Data == "" {
		p.Data = filepath.Join(dir, "data")
	}
	for name, text := range o.Files {
		write(t, filepath.Join(dir, name), text)
	}
	write(t, filepath.Join(dir, "prometheus.yml"), strings.ReplaceAll(o.Config, "$ADDRESS", address))
	write(t, filepath.Join(dir, "web.yml"), o.web(t, dir))
	p.args = append([]string{
		"--config.file", filepath.Join(dir, "prometheus.yml"), "--web.config.file", filepath.Join(dir, "web.yml"),
		"--storage.tsdb.path", p.Data, "--storage.tsdb.retention.time", "10y", "--web.listen-address", address,
	}, o.Flags...)
	p.URL = "http://" + address
	if o.Authority != nil {
		p.URL = "https://" + address
	}
	p.URL += strings.TrimSuffix(prefixOf(o.Flags), "/")
	p.ready = func() error { return answers(p.URL+"/-/ready", o.client(t, dir)) }
	p.Start(t)
	return p
}

// Start starts the server after Stop or Kill, and returns when it is ready.
func (p *Prometheus) Start(t testing.TB) {
	t.Helper()
	p.process = Start(t, exec.Command(p.bin, p.args...), syscall.SIGTERM, p.ready)
}

// Stop ends the server in order.
func (p *Prometheus) Stop(t testing.TB) {
	t.Helper()
	p.process.Stop(t, syscall.SIGTERM)
}

// Kill ends the server at once.
func (p *Prometheus) Kill(t testing.TB) {
	t.Helper()
	p.process.Stop(t, syscall.SIGKILL)
}

func prefixOf(flags []string) string {
	for _, flag := range flags {
		if prefix, ok := strings.CutPrefix(flag, "--web.route-prefix="); ok {
			return prefix
		}
	}
	return ""
}

// web is the web config file.
func (o PrometheusOptions) web(t testing.TB, dir string) string {
	t.Helper()
	var text strings.Builder
	if o.Authority != nil {
		cert, key := o.Authority.Sign(t, dir, "127.0.0.1", time.Hour)
		fmt.Fprintf(&text, "tls_server_config:\n  cert_file: %s\n  key_file: %s\n", cert, key)
		if o.ClientCertificates {
			fmt.Fprintf(&text, "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: %s\n", o.Authority.File)
		}
	}
	if len(o.Users) > 0 {
		text.WriteString("basic_auth_users:\n")
	}
	for user, password := range o.Users {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		require.NoError(t, err)
		fmt.Fprintf(&text, "  %s: %s\n", user, hash)
	}
	return text.String()
}

// client is how the test itself asks whether the server is ready.
func (o PrometheusOptions) client(t testing.TB, dir string) func(*http.Request) (*http.Response, error) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	if o.Authority != nil {
		client := filepath.Join(dir, "client")
		require.NoError(t, os.MkdirAll(client, 0o700))
		cert, err := tls.LoadX509KeyPair(o.Authority.Sign(t, client, "ready", time.Hour))
		require.NoError(t, err)
		transport.TLSClientConfig = &tls.Config{RootCAs: o.Authority.Pool(), Certificates: []tls.Certificate{cert}}
	}
	return func(req *http.Request) (*http.Response, error) {
		for user, password := range o.Users {
			req.SetBasicAuth(user, password)
		}
		return transport.RoundTrip(req)
	}
}

// answers returns nil when address answers 200.
func answers(address string, ask func(*http.Request) (*http.Response, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := ask(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		err = errors.New(address + " answers " + resp.Status)
	}
	return errors.Join(err, resp.Body.Close())
}

// Promtool runs Prometheus' own tool and returns what it prints.
func Promtool(t testing.TB, args ...string) string {
	t.Helper()
	var problems strings.Builder
	cmd := exec.CommandContext(t.Context(), built(t, "HINDCAST_PROMTOOL"), args...)
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, "promtool %v: %s%s", args, out, problems.String())
	return string(out)
}

// NewBearer puts a server in front of another that lets only those pass who bring
// a token, as an authenticating proxy does: Prometheus itself knows no tokens.
func NewBearer(t testing.TB, upstream, token string) string {
	t.Helper()
	u, err := url.Parse(upstream)
	require.NoError(t, err)
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: u.Scheme, Host: u.Host})
	forward.Transport = &http.Transport{DisableKeepAlives: true}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			http.Error(w, "a token is missing or wrong", http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + u.Path
}

// built returns a program that make builds into its cache and names in the
// environment.
func built(t testing.TB, variable string) string {
	t.Helper()
	Require(t)
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s is empty: run make real, which builds what it names", variable)
	}
	return Program(t, "run make real, which builds it", path)
}

func write(t testing.TB, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

package realtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FaultProxy stands in front of a real server and does to its answers what its
// Fault says: nothing, until one is set.
type FaultProxy struct {
	URL string // to be asked instead of the server, with the same path

	upstream  *url.URL
	transport *http.Transport
	server    *http.Server
	address   string
	expired   string // the same over https, with a certificate that has ended
	authority *Authority
	elsewhere string // another server, for redirects
	done      chan struct{}

	mu        sync.Mutex
	fault     *Fault
	paths     []string
	listening net.Listener
	remember  map[string]answer // by path, for answers from a cache
	requests  int
	faulted   int
	foreign   []http.Header // of requests that came to elsewhere
}

// NewFaultProxy puts a proxy in front of a server until the test ends. Each request
// has a connection of its own.
func NewFaultProxy(t testing.TB, upstream string) *FaultProxy {
	t.Helper()
	u, err := url.Parse(upstream)
	require.NoError(t, err)
	p := &FaultProxy{
		upstream: u, done: make(chan struct{}), remember: make(map[string]answer),
		transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	p.server = p.serve(t, http.HandlerFunc(p.handle))
	p.listening = p.listen(t, "127.0.0.1:0")
	p.address = p.listening.Addr().String()
	p.URL = "http://" + p.address + u.Path

	secure := p.listen(t, "127.0.0.1:0")
	dir := t.TempDir()
	p.authority = NewAuthority(t)
	cert, err := tls.LoadX509KeyPair(p.authority.Sign(t, dir, "127.0.0.1", -time.Minute))
	require.NoError(t, err)
	p.expired = "https://" + secure.Addr().String() + u.Path
	other := p.listen(t, "127.0.0.1:0")
	p.elsewhere = "http://" + other.Addr().String() + "/elsewhere"
	foreign := p.serve(t, http.HandlerFunc(p.elsewhereHandle))

	go func() { _ = p.server.Serve(p.listening) }()
	go func() {
		_ = p.server.Serve(tls.NewListener(secure, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}))
	}()
	go func() { _ = foreign.Serve(other) }()
	return p
}

// serve makes a server that ends with the test, whatever its handlers wait for.
func (p *FaultProxy) serve(t testing.TB, h http.Handler) *http.Server {
	t.Helper()
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	s.SetKeepAlivesEnabled(false)
	t.Cleanup(func() {
		p.mu.Lock()
		select {
		case <-p.done:
		default:
			close(p.done)
		}
		p.mu.Unlock()
		_ = s.Close()
	})
	return s
}

func (p *FaultProxy) listen(t testing.TB, address string) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	require.NoError(t, err)
	return l
}

// Address is where a client is to ask under a fault: URL, unless the fault is one
// of the address.
func (p *FaultProxy) Address(f Fault) string {
	if f.address != nil {
		return f.address(p)
	}
	return p.URL
}

// Authority is who signed the certificate that has expired: a client that does not
// trust it complains of that first.
func (p *FaultProxy) Authority() *Authority { return p.authority }

// Set makes the proxy commit a fault with all requests, or with those whose path
// contains one of paths.
func (p *FaultProxy) Set(t testing.TB, f Fault, paths ...string) {
	t.Helper()
	p.Clear(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.paths, p.faulted = &f, paths, 0
	if f.refuse {
		require.NoError(t, p.listening.Close())
	}
}

// Clear lets answers through as they are.
func (p *FaultProxy) Clear(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil && p.fault.refuse {
		p.listening = p.listen(t, p.address)
		go func(l net.Listener) { _ = p.server.Serve(l) }(p.listening)
	}
	p.fault, p.paths = nil, nil
}

// Requests returns how many requests came.
func (p *FaultProxy) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// Faulted returns how many answers were not the server's own since Set: a test in
// which it is 0 has shown nothing. Connections that are refused, and those that
// never came because of a name or a certificate, cannot be counted.
func (p *FaultProxy) Faulted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faulted
}

// Foreign returns the headers of requests that were redirected to another server.
func (p *FaultProxy) Foreign() []http.Header {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]http.Header(nil), p.foreign...)
}

func (p *FaultProxy) elsewhereHandle(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.foreign = append(p.foreign, r.Header)
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, "{}")
}

// current returns the fault for a request.
func (p *FaultProxy) current(r *http.Request) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	if len(p.paths) == 0 {
		return p.fault
	}
	for _, path := range p.paths {
		if strings.Contains(r.URL.Path, path) {
			return p.fault
		}
	}
	return nil
}

func (p *FaultProxy) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faulted++
}

func (p *FaultProxy) handle(w http.ResponseWriter, r *http.Request) {
	f := p.current(r)
	if f != nil && f.instead != nil {
		p.count()
		f.instead(p, w, r)
		return
	}
	a, err := p.ask(r)
	if err != nil {
		http.Error(w, "the fault proxy reaches no server: "+err.Error(), http.StatusBadGateway)
		return
	}
	if f == nil {
		p.keep(a)
		a.send(w)
		return
	}
	if f.rewrite != nil && f.rewrite(&a) {
		p.count()
	}
	if f.send != nil {
		p.count()
		f.send(p, w, r, a)
		return
	}
	a.send(w)
}

// answer is an answer of the server as a whole.
type answer struct {
	path   string
	status int
	header http.Header
	body   []byte
}

// ask asks the server. The answer is not compressed.
func (p *FaultProxy) ask(r *http.Request) (answer, error) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.RequestURI, out.Host = p.upstream.Scheme, p.upstream.Host, "", ""
	out.Header.Del("Accept-Encoding")
	resp, err := p.transport.RoundTrip(out)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body := io.Reader(resp.Body)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(resp.Body); err != nil {
			return answer{}, err
		}
		resp.Header.Del("Content-Encoding")
	}
	a := answer{path: r.URL.Path, status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(body)
	return a, err
}

// keep remembers the first answer of each path, for the cache that forgets to ask.
func (p *FaultProxy) keep(a answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.remember[a.path]; !ok && a.status == http.StatusOK {
		p.remember[a.path] = answer{path: a.path, status: a.status, header: a.header.Clone(), body: bytes.Clone(a.body)}
	}
}

// begin sends the header, which promises length bytes unless it is negative.
func (a answer) begin(w http.ResponseWriter, length int) {
	header := w.Header()
	maps.Copy(header, a.header)
	header.Del("Content-Length")
	header.Del("Transfer-Encoding")
	if length >= 0 {
		header.Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(a.status)
}

func (a answer) send(w http.ResponseWriter) {
	a.begin(w, len(a.body))
	_, _ = w.Write(a.body)
}

package server

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/hindcast/hindcast/internal/agreement"
)

// contentPolicy lets the page load what the binary brings along and nothing
// else: no inline script, no inline style, no data: address. What the page
// positions it positions by script, through properties, which is no inline style.
const contentPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// routes returns everything that the server answers.
func (s *Server) routes(ui fs.FS) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern, name string, h http.Handler) { mux.Handle(pattern, s.measured(name, h)) }
	queries := s.measured("graphql", s.graphql)
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) {
		if isUpgrade(r) { // a socket stays open: its length is no latency
			s.graphql.ServeHTTP(w, r)
			return
		}
		queries.ServeHTTP(w, r)
	})
	handle("/api/v1/", "prometheus", s.tsdb.Handler())
	// A page of another site can post anything to this machine.
	handle("POST /api/v1/write", "remote_write", http.NewCrossOriginProtection().Handler(s.tsdb.WriteHandler()))
	handle("GET /statements/{sla}/{customer}/{file}", "statements", http.HandlerFunc(s.serveStatement))
	handle("GET "+agreement.StylePath, "statements", http.HandlerFunc(serveStatementStyle))
	handle("/hooks/deploy", "deploy_hook", http.NewCrossOriginProtection().Handler(newDeployHook(s)))
	handle("GET /healthz", "healthz", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	}))
	handle("GET /readyz", "readyz", http.HandlerFunc(s.readyz))
	handle("GET /metrics", "metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	handle("GET /metrics/slo", "metrics_slo", s.exposition())
	if s.o.Pprof {
		profiles(mux)
	}
	handle("/", "ui", page(ui))
	return secured(localOnly(s.logged(mux)))
}

// measured counts and times the requests of a handler.
func (s *Server) measured(name string, h http.Handler) http.Handler {
	by := prometheus.Labels{"handler": name}
	return promhttp.InstrumentHandlerCounter(s.metrics.requests.MustCurryWith(by),
		promhttp.InstrumentHandlerDuration(s.metrics.duration.MustCurryWith(by), s.tracer.traced(name, h)))
}

// secured sets the headers that every answer carries.
func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.ServeHTTP(w, r)
	})
}

// localOnly refuses requests whose Host is not this machine: a foreign name
// that resolves to 127.0.0.1 would let a foreign page read what is served.
func localOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := checkListen(withPort(r.Host)); err != nil {
			http.Error(w, "this host name is not served; open the page by localhost or 127.0.0.1", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// withPort gives a Host header the form host:port.
func withPort(host string) string {
	if strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']') {
		return host
	}
	return host + ":80"
}

// page serves the files of the user interface, and its entry page for the
// addresses that exist in the browser only.
func page(ui fs.FS) http.Handler {
	files := http.FileServerFS(ui)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "there is nothing here but pages to read", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		info, err := fs.Stat(ui, name)
		switch {
		case err == nil && !info.IsDir() && strings.HasPrefix(name, "assets/"):
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			files.ServeHTTP(w, r)
		case err == nil && !info.IsDir() && name != "index.html":
			files.ServeHTTP(w, r)
		case strings.HasPrefix(name, "assets/"):
			http.NotFound(w, r)
		default:
			entry(w, ui)
		}
	})
}

// entry writes the entry page, or says how to build it.
func entry(w http.ResponseWriter, ui fs.FS) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	text, err := fs.ReadFile(ui, "index.html")
	if err != nil {
		text = []byte("<!doctype html><title>Hindcast</title><p>This binary was built without its user interface. Run <code>make build</code>.</p>")
	}
	_, _ = w.Write(text)
}

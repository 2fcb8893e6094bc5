package tsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/grafana/regexp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/route"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/scrape"
	apiv1 "github.com/prometheus/prometheus/web/api/v1"

	"github.com/hindcast/hindcast/internal/fault"
)

// PrometheusVersion is the version of Prometheus whose engine and API this is.
// Grafana asks for it and chooses by it what it asks next.
const PrometheusVersion = "3.15.0"

// The limits of the HTTP API that are not in Options.
const (
	// maxForm is how big a posted form may be.
	maxForm = 1 << 20
	// maxQuery is how long an expression or a selector may be. The parser
	// recurses, and a stack that overflows cannot be recovered: at this length
	// nesting costs less than a megabyte.
	maxQuery = 16 << 10
	// maxSelectors is how many match[] parameters a request may have.
	maxSelectors = 100
	// maxListed is how many series, label names or label values are listed.
	maxListed = 50_000
	// maxPoints is how many points an answer may have: about 50 MB of JSON.
	maxPoints = 2_000_000
)

// apiPrefix is where the API is mounted, in Prometheus as here.
const apiPrefix = "/api/v1"

// apiMethods is the list of what is served and how it may be asked for. All else
// of Prometheus' API stays closed: what writes, deletes or reloads, and what
// tells about the machine.
var apiMethods = map[string][]string{
	"/query":            {http.MethodGet, http.MethodPost},
	"/query_range":      {http.MethodGet, http.MethodPost},
	"/series":           {http.MethodGet, http.MethodPost},
	"/labels":           {http.MethodGet, http.MethodPost},
	"/label/*/values":   {http.MethodGet},
	"/metadata":         {http.MethodGet},
	"/query_exemplars":  {http.MethodGet, http.MethodPost},
	"/status/buildinfo": {http.MethodGet},
}

// Handler returns Prometheus' own HTTP API over this store, cut down to the
// routes that read: /api/v1/{query,query_range,series,labels,label/*/values,
// metadata,query_exemplars,status/buildinfo}. Paths are full paths. Authorisation is the
// caller's; limits are those of Options and of the constants of this package.
func (db *DB) Handler() http.Handler {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.api == nil {
		db.api = &apiGuard{db: db, next: sync.OnceValue(db.newAPI), places: newTurnstile(db.opts.MaxQueries)}
	}
	return db.api
}

// newAPI returns the routes of Prometheus' API, more than are served. It takes a
// quarter of a second: Prometheus describes its API to itself while building it.
func (db *DB) newAPI() http.Handler {
	router := route.New().WithPrefix(apiPrefix)
	engine := boundedEngine{db.newEngine("api", db.opts.QueryTimeout, db.opts.MaxQuerySamples, nil), db, maxPoints}
	never := regexp.MustCompile(`$.^`) // no page of another origin may read
	apiv1.NewAPI(
		engine, db.readable(), nil, nil, db.tsdb,
		func(context.Context) apiv1.ScrapePoolsRetriever { return noPools{} },
		func(context.Context) apiv1.TargetRetriever { return scraped{db} },
		nil,
		func() promconfig.Config { return promconfig.DefaultConfig },
		nil, apiv1.GlobalURLOptions{},
		func(h http.HandlerFunc) http.HandlerFunc { return h },
		nil, "", false, false, 0, db.opts.Logger, nil,
		0, 0, 0, false, never, nil,
		&apiv1.PrometheusVersion{
			Version: PrometheusVersion, Revision: "hindcast " + db.opts.Version, GoVersion: runtime.Version(),
		},
		nil, nil, nil,
		prometheus.NewRegistry(), // of the remote read handler, which is not served
		nil, false, nil, false, false, false, false, db.opts.LookbackDelta, false, false, nil, nil,
		apiv1.OpenAPIOptions{IncludePaths: []string{"/status/buildinfo"}}, parser.NewParser(parser.Options{}),
	).Register(router)
	return router
}

// apiGuard checks a request before Prometheus sees it.
type apiGuard struct {
	db     *DB
	next   func() http.Handler // built by the first request
	places turnstile
}

// ServeHTTP answers a request, or says why it will not in the form that clients
// of Prometheus understand.
func (g *apiGuard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	methods, found := apiMethods[apiRoute(r.URL.Path)]
	if !found {
		refuse(w, http.StatusNotFound, "not_found", fmt.Sprintf("%s is not served: this is the read-only part of Prometheus' API", r.URL.Path))
		return
	}
	if !slices.Contains(methods, r.Method) {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		refuse(w, http.StatusMethodNotAllowed, "bad_data", r.Method+" is not allowed here")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := checkForm(r); err != nil {
		refuse(w, http.StatusBadRequest, "bad_data", err.Error())
		return
	}
	ctx, leave, err := g.db.enter(r.Context())
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "unavailable", err.Error())
		return
	}
	defer leave()
	next := g.next()
	ctx, cancel := context.WithTimeout(ctx, g.db.opts.QueryTimeout)
	defer cancel()
	if _, err := g.places.Insert(ctx, ""); err != nil {
		refuse(w, http.StatusServiceUnavailable, "timeout", "too many queries are running: try again later")
		return
	}
	defer g.places.Delete(0)
	next.ServeHTTP(w, r.WithContext(ctx))
}

// apiRoute returns the key of apiMethods for a path, "" if there is none.
func apiRoute(path string) string {
	rest, found := strings.CutPrefix(path, apiPrefix)
	if !found {
		return ""
	}
	if label, is := strings.CutPrefix(rest, "/label/"); is {
		name, is := strings.CutSuffix(label, "/values")
		if !is || name == "" || strings.Contains(name, "/") {
			return ""
		}
		return "/label/*/values"
	}
	return rest
}

// checkForm reads the parameters, refuses those that are too big and puts a
// limit on lists.
func checkForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.Invalidf("parameters: %w", err)
	}
	if selectors := r.Form["match[]"]; len(selectors) > maxSelectors {
		return fault.Invalidf("%d match[] parameters are more than %d", len(selectors), maxSelectors)
	}
	for _, texts := range [][]string{r.Form["query"], r.Form["match[]"]} {
		for _, text := range texts {
			if len(text) > maxQuery {
				return fault.Invalidf("a query of %d bytes is longer than %d", len(text), maxQuery)
			}
		}
	}
	switch apiRoute(r.URL.Path) {
	case "/series", "/labels", "/label/*/values", "/metadata":
		if n, err := strconv.Atoi(r.Form.Get("limit")); r.Form.Get("limit") == "" || err == nil && (n == 0 || n > maxListed) {
			r.Form.Set("limit", strconv.Itoa(maxListed))
		}
	}
	return nil
}

// refuse writes an error as Prometheus does.
func refuse(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{ // the client may be gone
		"status": "error", "errorType": kind, "error": text,
	})
}

// scraped shows the targets of the scraper, if there is one, to the API, which
// reads the metadata of metrics from them.
type scraped struct{ db *DB }

// TargetsActive returns the targets by job.
func (s scraped) TargetsActive() map[string][]*scrape.Target {
	targets := make(map[string][]*scrape.Target)
	if scraper := s.db.currentScraper(); scraper != nil {
		maps.Copy(targets, scraper.manager.TargetsActive())
	}
	if s.db.figures != nil { // no job has an empty name
		figures := scrape.NewTarget(labels.EmptyLabels(), nil, nil, nil)
		figures.SetMetadataStore(figureMetadata(s.db.figures.Metrics()))
		targets[""] = []*scrape.Target{figures}
	}
	return targets
}

// figureMetadata describes figures as a target describes its metrics.
type figureMetadata []Metric

var _ scrape.MetricMetadataStore = figureMetadata(nil)

// ListMetadata implements scrape.MetricMetadataStore.
func (m figureMetadata) ListMetadata() []scrape.MetricMetadata {
	all := make([]scrape.MetricMetadata, len(m))
	for i, metric := range m {
		all[i] = scrape.MetricMetadata{MetricFamily: metric.Name, Type: model.MetricTypeGauge, Help: metric.Help, Unit: metric.Unit}
	}
	return all
}

// GetMetadata implements scrape.MetricMetadataStore.
func (m figureMetadata) GetMetadata(name string) (scrape.MetricMetadata, bool) {
	for _, metric := range m.ListMetadata() {
		if metric.MetricFamily == name {
			return metric, true
		}
	}
	return scrape.MetricMetadata{}, false
}

// SizeMetadata implements scrape.MetricMetadataStore; nobody asks.
func (m figureMetadata) SizeMetadata() int { return 0 }

// LengthMetadata implements scrape.MetricMetadataStore.
func (m figureMetadata) LengthMetadata() int { return len(m) }

// TargetsDropped returns nothing.
func (scraped) TargetsDropped() map[string][]*scrape.Target { return nil }

// TargetsDroppedCounts returns nothing.
func (scraped) TargetsDroppedCounts() map[string]int { return nil }

// ScrapePoolConfig returns nothing: configurations may name files of secrets.
func (scraped) ScrapePoolConfig(job string) (*promconfig.ScrapeConfig, error) {
	return nil, fault.NotFoundf("the configuration of job %q is not shown", job)
}

// noPools says that there are no scrape pools.
type noPools struct{}

// ScrapePools returns nothing.
func (noPools) ScrapePools() []string { return nil }

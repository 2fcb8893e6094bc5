package server

import (
	"context"
	"net/http"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/figures"
	"github.com/hindcast/hindcast/internal/tsdb"
)

// openFigures shows budgets as series of the Prometheus API.
func (s *Server) openFigures() {
	s.figures = &figures.Figures{
		SLOs: s.slos, Evaluator: s.evaluator,
		Agreements: s.agreements.All,
		Team:       func(service string) string { known, _ := s.services.ByName(service); return known.Team },
	}
	s.tsdb.SetFigures(s.figures)
}

// exposition serves the figures as of now for others to scrape.
func (s *Server) exposition() http.Handler {
	registry := client.NewRegistry()
	registry.MustRegister(exposed{s.figures, s.o.Now})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError, MaxRequestsInFlight: 2})
}

// Bounds of one scrape of the figures: scrapers give up after ten seconds.
const (
	exposeTimeout = 10 * time.Second
	maxExposed    = 100_000
)

// exposed collects the figures as of now. It describes nothing beforehand: the
// labels of groups differ from objective to objective.
type exposed struct {
	figures tsdb.Figures
	now     func() time.Time
}

var _ client.Collector = exposed{}

// Describe implements prometheus.Collector.
func (exposed) Describe(chan<- *client.Desc) {}

// Collect implements prometheus.Collector.
func (e exposed) Collect(ch chan<- client.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), exposeTimeout)
	defer cancel()
	help := map[string]string{}
	for _, m := range e.figures.Metrics() {
		help[m.Name] = m.Help
	}
	all, err := e.figures.Begin().Select(ctx, maxExposed)
	if err == nil && len(all) > maxExposed {
		err = fault.Invalidf("there are more than %d series of budgets: ask for those that are wanted through /api/v1/query", maxExposed)
	}
	if err != nil {
		ch <- client.NewInvalidMetric(client.NewInvalidDesc(err), err)
		return
	}
	at := e.now().Truncate(time.Minute).UnixMilli()
	for _, f := range all {
		v, ok, err := f.At(ctx, at)
		if err != nil {
			ch <- client.NewInvalidMetric(client.NewInvalidDesc(err), err)
			return
		}
		if ok {
			ch <- metricOf(f.Labels(), help, v)
		}
	}
}

// metricOf returns a sample with the labels of a figure.
func metricOf(ls labels.Labels, help map[string]string, v float64) client.Metric {
	name, rest := "", make(client.Labels, ls.Len())
	ls.Range(func(l labels.Label) {
		if l.Name == labels.MetricName {
			name = l.Value
			return
		}
		rest[l.Name] = l.Value
	})
	return client.MustNewConstMetric(client.NewDesc(name, help[name], nil, rest), client.GaugeValue, v)
}

package main

import (
	"slices"
	"time"

	"github.com/hindcast/hindcast/internal/bench/peer"
	"github.com/hindcast/hindcast/internal/demo"
)

// window is that of every objective: the one for which all have defaults.
const window = 30 * 24 * time.Hour

// watch is an objective of the demonstration, as it is there and as the peers
// are given it, with the incidents that it is meant to notice.
type watch struct {
	slo       string // name of the document; its first objective is meant
	objective peer.Objective
	incidents []string // titles
}

// watches are the objectives of the demonstration that the peers can state.
// Their targets are taken from the documents.
func watches() []watch {
	http5xx := func(service string) peer.Objective {
		return ratio(service, "http_requests_total", `code=~"5.."`)
	}
	return []watch{
		{"checkout-availability", http5xx("checkout"), []string{"total outage after a deploy", "payment provider rejects calls"}},
		{"edge-availability", ratio("edge", "edge_requests_total", `code="503"`), []string{"slow burn in region ap"}},
		{"search-availability", http5xx("search"), []string{"network split hides errors from the scraper"}},
		{
			"search-latency",
			peer.Objective{Service: "search", Total: peer.Metric{Name: "http_request_duration_seconds"}, Latency: 250 * time.Millisecond},
			[]string{"release 2.31.0 is slow"},
		},
		{"status-page-up", probe("status-page"), []string{"down at night"}},
		{"dns-up", probe("dns-probe"), []string{"one resolver does not answer"}},
		{"billing-invoices", ratio("billing", "invoices_total", `result="failed"`), []string{"an invoice run fails in part"}},
		{"export-jobs", ratio("batch-export", "export_jobs_total", `result="failed"`), []string{"disk full"}},
		{"recommendations-served", ratio("recommendations", "recommendations_total", `result="error"`), []string{"bad canary"}},
		{"mailer-sent", ratio("mailer", "mails_total", `result="failed"`), []string{"the process died"}},
		{"auth-availability", http5xx("auth"), nil},
	}
}

// ratio is an objective on counters.
func ratio(service, metric, bad string) peer.Objective {
	return peer.Objective{Service: service, Total: peer.Metric{Name: metric}, Bad: peer.Metric{Name: metric, Matchers: []string{bad}}}
}

// probe is an objective on a gauge that is 1 while all is well.
func probe(service string) peer.Objective {
	return peer.Objective{Service: service, Total: peer.Metric{Name: "probe_success"}, Gauge: true}
}

// outage is an incident, as the demonstration tells it.
type outage struct {
	title    string
	from, to time.Time // (from, to]
}

// outagesOf returns the incidents of a service that overlap (from, to]. One that
// lasts ends at to.
func outagesOf(service string, all []demo.Happening, from, to time.Time) []outage {
	var out []outage
	for _, h := range all {
		if h.Kind == "incident" && h.Service == service && h.From.Before(to) && h.To.After(from) {
			end := h.To
			if end.After(to) {
				end = to
			}
			out = append(out, outage{h.Title, h.From, end})
		}
	}
	return out
}

// meant reports whether an objective is meant to notice an outage.
func (w watch) meant(o outage) bool { return slices.Contains(w.incidents, o.title) }

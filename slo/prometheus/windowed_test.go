package prometheus

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// built builds an indicator that has to be right.
func built(t testing.TB, def slo.Definition) *Indicator {
	t.Helper()
	ind, problems := Builder{}.Build(def)
	require.Empty(t, problems)
	return ind.(*Indicator)
}

// counted is a ratio of counters.
func counted(role, part, total string) slo.Definition {
	def := slo.Definition{Counter: true, Total: metricOf(total)}
	if role == "bad" {
		def.Bad = metricOf(part)
	} else {
		def.Good = metricOf(part)
	}
	return def
}

// TestWindowedExpressions runs what rules evaluate on the engine of Prometheus, on
// series on which others are wrong.
func TestWindowedExpressions(t *testing.T) {
	tests := map[string]struct {
		def        slo.Definition
		load       string
		bad, total string // the samples that are expected, with labels; "" for none
	}{
		"bad of total": {
			counted("bad", `errors_total`, `requests_total`),
			"errors_total 0+15x60\nrequests_total 0+300x60",
			"{} 0.5", "{} 10",
		},
		"good of total": {
			counted("good", `sum(requests_total{code!~"5.."})`, `sum(requests_total)`),
			"requests_total{code=\"200\"} 0+270x60\nrequests_total{code=\"500\"} 0+30x60",
			"{} 1", "{} 10",
		},
		"errors that were never counted are none": {
			counted("bad", `errors_total`, `requests_total`),
			"requests_total 0+300x60",
			"{} 0", "{} 10",
		},
		"good events that were never counted are none": {
			counted("good", `good_total`, `requests_total`),
			"requests_total 0+300x60",
			"{} 10", "{} 10",
		},
		"errors without a total are not known": {
			counted("bad", `errors_total`, `requests_total`),
			"errors_total 0+15x60",
			"{} 0.5", "",
		},
		"each group has its own errors": {
			counted("bad", `sum by (job) (errors_total)`, `sum by (job) (requests_total)`),
			"errors_total{job=\"a\"} 0+15x60\nrequests_total{job=\"a\",pod=\"1\"} 0+300x60\nrequests_total{job=\"b\"} 0+60x60",
			"{job=\"a\"} 0.5\n{job=\"b\"} 0", "{job=\"a\"} 10\n{job=\"b\"} 2",
		},
		"a restart of one pod is not taken for the sum going down": {
			counted("bad", `errors_total`, `requests_total`),
			"errors_total{pod=\"1\"} 0+0x60\nrequests_total{pod=\"1\"} 6000+300x30 0+300x29\nrequests_total{pod=\"2\"} 0+300x60",
			"{} 0", "{} 20",
		},
		"a sum of which one part is missing": {
			counted("bad", `errors_total + timeouts_total`, `requests_total + batch_total`),
			"timeouts_total 0+15x60\nrequests_total 0+300x60",
			"{} 0.5", "{} 10",
		},
		"a sum of series with the same labels": {
			counted("bad", `errors_total + timeouts_total`, `requests_total`),
			"errors_total 0+15x60\ntimeouts_total 0+30x60\nrequests_total 0+300x60",
			"{} 1.5", "{} 10",
		},
		"a difference": {
			counted("bad", `errors_total`, `requests_total - health_total`),
			"errors_total 0+15x60\nrequests_total 0+300x60\nhealth_total 0+60x60",
			"{} 0.5", "{} 8",
		},
		"no traffic": {
			counted("bad", `errors_total`, `requests_total`),
			"errors_total 7x60\nrequests_total 9x60",
			"{} 0", "{} 0",
		},
		"a bucket that Prometheus 3 spells anew": {
			counted("good", `latency_bucket{le="1"}`, `latency_count`),
			"latency_bucket{le=\"1.0\"} 0+240x60\nlatency_bucket{le=\"+Inf\"} 0+300x60\nlatency_count 0+300x60",
			"{} 2", "{} 10",
		},
		"a classic histogram": {
			slo.Definition{Counter: true, Good: metricOf(`latency`, "latency", "250ms"), Total: metricOf(`latency`)},
			"latency_bucket{le=\"0.25\"} 0+240x60\nlatency_bucket{le=\"+Inf\"} 0+300x60\nlatency_count 0+300x60",
			"{} 2", "{} 10",
		},
		"a classic histogram without that bucket is not all bad": {
			slo.Definition{Counter: true, Good: metricOf(`latency`, "latency", "300ms"), Total: metricOf(`latency`)},
			"latency_bucket{le=\"0.25\"} 0+240x60\nlatency_bucket{le=\"+Inf\"} 0+300x60\nlatency_count 0+300x60",
			"", "{} 10",
		},
		"a native histogram": {
			slo.Definition{Counter: true, Good: metricOf(`latency`, "latency", "2s"), Total: metricOf(`latency`)},
			"latency {{schema:0 count:0 sum:0 buckets:[0 0 0] n_buckets:[0]}}+{{schema:0 count:30 sum:60 buckets:[12 12 6] n_buckets:[0]}}x60",
			"{} 0.2", "{} 1",
		},
		"a threshold": {
			slo.Definition{Threshold: metricOf(`queue_length`), Op: slo.LessOrEqual, Value: 10},
			"queue_length{pod=\"1\"} 5x60\nqueue_length{pod=\"2\"} 11x60",
			"{} 10", "{} 20",
		},
		"a probe with a pause": {
			slo.Definition{Threshold: metricOf(`probe_success`), Op: slo.GreaterOrEqual, Value: 1},
			"probe_success 1x47 stale _x10 0x1",
			"{} 1", "{} 4",
		},
		"a ratio with what is none": {
			slo.Definition{Raw: metricOf(`availability`)},
			"availability{a=\"1\"} 0.75x60\navailability{a=\"2\"}" + strings.Repeat(" NaN", 61) + "\navailability{a=\"3\"}" + strings.Repeat(" Inf", 61),
			"{} 2.5", "{} 10",
		},
		"a ratio of failures": {
			slo.Definition{Raw: metricOf(`sum by (job) (failing) / 4`), RawFailure: true},
			"failing{job=\"a\",pod=\"1\"} 1x60\nfailing{job=\"a\",pod=\"2\"} 1x60",
			"{job=\"a\"} 5", "{job=\"a\"} 10",
		},
		"events per second": {
			slo.Definition{Bad: metricOf(`sum(rate(errors_total[1m])) * 2`), Total: metricOf(`sum(rate(requests_total[1m])) * 2`)},
			"errors_total 0+15x60\nrequests_total 0+300x60",
			"{} 1", "{} 20",
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			bad, total := built(t, tt.def).Windowed(10 * time.Minute)
			var script strings.Builder
			script.WriteString("load 30s\n" + indented(tt.load))
			for _, e := range []struct {
				expr parser.Expr
				want string
			}{{bad, tt.bad}, {total, tt.total}} {
				again, err := syntax.ParseExpr(e.expr.String())
				require.NoError(t, err)
				require.Equal(t, e.expr.String(), again.String(), "the text says what the tree says")
				fmt.Fprintf(&script, "\neval instant at 30m %s\n%s", e.expr, indented(e.want))
			}
			engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
			promqltest.RunTest(t, script.String(), engine)
		})
	}
}

func indented(lines string) string {
	if lines == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(lines, "\n", "\n  ") + "\n"
}

package prometheus

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

func TestQueriesOfEventsBecomeSelectors(t *testing.T) {
	tests := map[string]struct {
		query, want string
		counted     bool
	}{
		"a rate":                    {`sum(rate(http_total{code=~"5.."}[{{.window}}]))`, `sum(http_total{code=~"5.."})`, true},
		"an increase, spaced":       {"sum(\n  increase( a_total [ {{ .window }} ] ) )", `sum(a_total)`, true},
		"or vector(0)":              {`sum(rate(a_total[{{.window}}])) or vector(0)`, `sum(a_total)`, true},
		"or on() vector(0)":         {`sum(rate(a_total[{{.window}}])) OR on() vector(0)`, `sum(a_total)`, true},
		"a group":                   {`sum by (job, code) (rate(a_total[{{.window}}]))`, `sum by (code, job) (a_total)`, true},
		"all but the fast ones":     {`(sum(rate(s_count[{{.window}}])) - sum(rate(s_bucket{le="0.4"}[{{.window}}])))`, `sum(s_count) - sum(s_bucket{le="0.4"})`, true},
		"two metrics":               {`sum(rate(a_total[{{.window}}])) + sum(rate(b_total[{{.window}}]))`, `sum(a_total) + sum(b_total)`, true},
		"something for the server":  {`sum(rate(a_total[{{.window}}])) * 2`, `sum(rate(a_total[5m])) * 2`, false},
		"an aggregation of another": {`max(rate(a_total[{{.window}}]))`, `max(rate(a_total[5m]))`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			query, templated := Rewriter{}.Fill(tt.query, "5m")
			require.True(t, templated)
			text, counted, problems := Rewriter{}.Events(query)
			require.Empty(t, problems)
			require.Equal(t, tt.want, text)
			require.Equal(t, tt.counted, counted)
			again, counted, problems := Rewriter{}.Events(text)
			require.Empty(t, problems, "what comes out can be read")
			require.Equal(t, tt.want, again)
			require.Equal(t, tt.counted, counted)
		})
	}
	for name, query := range map[string]string{
		"a count over time":   `sum_over_time((count(x < 0.75))[5m:]) or on() vector(0)`,
		"a foreign function":  `1 - histogram_share(0.2, sum by (vmrange) (rate(x_bucket[5m])))`,
		"a range of a vector": `vector(1)[5m]`,
		"another template":    `sum(rate(a_total{job="{{.service}}"}[5m])) + {{.x}}`,
		"no metric":           `vector(1)`,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, problems := Rewriter{}.Events(query)
			require.NotEmpty(t, problems)
		})
	}
}

func TestRatiosAreTakenApart(t *testing.T) {
	tests := map[string]struct {
		query, a, b    string
		complement, ok bool
	}{
		"errors by all":    {`sum(rate(e[5m])) / sum(rate(t[5m]))`, `sum(rate(e[5m]))`, `sum(rate(t[5m]))`, false, true},
		"in parentheses":   {`((sum(e)) / (sum(t)))`, `(sum(e))`, `(sum(t))`, false, true},
		"one minus good":   {"1 - (\n sum(g)\n/\nsum(t)\n)", `sum(g)`, `sum(t)`, true, true},
		"two minus good":   {`2 - a / b`, "", "", false, false},
		"matched on label": {`a / on (job) b`, "", "", false, false},
		"no ratio":         {`a`, "", "", false, false},
		"not PromQL":       {`a /`, "", "", false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, b, complement, ok := Rewriter{}.Quotient(tt.query)
			require.Equal(t, []any{tt.a, tt.b, tt.complement, tt.ok}, []any{a, b, complement, ok})
		})
	}
}

func TestSelectorsAreGrouped(t *testing.T) {
	text, problems := Rewriter{}.Grouped(`probe_success{job="x"}`, "avg", []string{"target", "a"})
	require.Empty(t, problems)
	require.Equal(t, `avg by (a, target) (probe_success{job="x"})`, text)
	text, problems = Rewriter{}.Grouped(`http_total`, "sum", nil)
	require.Empty(t, problems)
	require.Equal(t, `http_total`, text)
	for _, query := range []string{`sum(a)`, `a offset 5m`, `a[5m]`, `{job="x"}`, `a{`, ``} {
		_, problems := Rewriter{}.Grouped(query, "sum", nil)
		require.NotEmpty(t, problems, query)
	}
}

// Each of them is what a Builder reads.
func TestLatenciesNameTheHistogramWhereTheyCan(t *testing.T) {
	tests := map[string]struct {
		success, total       string
		by                   []string
		good, whole, latency string
	}{
		"one histogram": {
			`req_seconds_bucket{job="a",le="0.05",code!~"5.."}`, `req_seconds_count{code!~"5..",job="a"}`, nil,
			`req_seconds{code!~"5..",job="a"}`, `req_seconds{code!~"5..",job="a"}`, "50ms",
		},
		"grouped": {`req_seconds_bucket{le="1"}`, `req_seconds_count`, []string{"b", "a"}, `sum by (a, b) (req_seconds)`, `sum by (a, b) (req_seconds)`, "1s"},
		"other series in total": {
			`req_seconds_bucket{le="1",code="200"}`, `req_seconds_count`, nil, `req_seconds_bucket{code="200",le="1"}`, `req_seconds_count`, "",
		},
		"milliseconds": {`req_ms_bucket{le="250"}`, `req_ms_count`, []string{"a"}, `sum by (a) (req_ms_bucket{le="250"})`, `sum by (a) (req_ms_count)`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			good, whole, latency, problems := Rewriter{}.Latency(tt.success, tt.total, tt.by)
			require.Empty(t, problems)
			require.Equal(t, []string{tt.good, tt.whole, tt.latency}, []string{good, whole, latency})
			def := slo.Definition{Counter: true, Good: &slo.Metric{Spec: map[string]any{"query": good}}, Total: &slo.Metric{Spec: map[string]any{"query": whole}}}
			if latency != "" {
				def.Good.Spec["latency"] = latency
			}
			_, faults := Builder{}.Build(def)
			require.Empty(t, faults)
		})
	}
	for name, success := range map[string]string{
		"no le": `req_seconds_bucket`, "a pattern": `req_seconds_bucket{le=~"1|2"}`, "no number": `req_seconds_bucket{le="fast"}`, "no selector": `sum(a)`,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, _, problems := Rewriter{}.Latency(success, "req_seconds_count", nil)
			require.NotEmpty(t, problems)
		})
	}
}

func FuzzRewriter(f *testing.F) {
	for _, seed := range []string{`sum(rate(a[{{.window}}])) / sum(rate(b[{{.window}}]))`, `1 - (a / b)`, `a_seconds_bucket{le="0.1"}`, `x offset 1m`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		query, _ = Rewriter{}.Fill(query, "5m")
		if text, counted, problems := (Rewriter{}).Events(query); len(problems) == 0 {
			again, still, problems := Rewriter{}.Events(text)
			require.Empty(t, problems, text)
			require.Equal(t, text, again)
			require.Equal(t, counted, still)
		}
		if a, b, _, ok := (Rewriter{}).Quotient(query); ok {
			require.NotEmpty(t, a)
			require.NotEmpty(t, b)
		}
		_, _, _, _ = Rewriter{}.Latency(query, query, []string{"a"})
		_, _ = Rewriter{}.Grouped(query, "sum", nil)
	})
}

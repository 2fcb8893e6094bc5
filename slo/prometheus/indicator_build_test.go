package prometheus

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// metricOf returns a metric with a query and more keys, given in pairs.
func metricOf(query string, more ...any) *slo.Metric {
	spec := map[string]any{"query": query}
	for i := 0; i < len(more); i += 2 {
		spec[fmt.Sprint(more[i])] = more[i+1]
	}
	return &slo.Metric{Type: "Prometheus", Spec: spec}
}

func ratioOf(good, total *slo.Metric) slo.Definition {
	return slo.Definition{Name: "x", Counter: true, Good: good, Total: total}
}

func TestDefinitionsBecomeIndicators(t *testing.T) {
	probe := slo.Definition{Threshold: metricOf("probe_success"), Op: slo.GreaterOrEqual, Value: 1}
	tests := map[string]struct {
		def  slo.Definition
		form Form
		unit slo.Unit
		by   []string
		want []string // role: text
	}{
		"a ratio": {
			def:  ratioOf(metricOf(`a{code!~"5.."}`), metricOf(`a`)),
			form: Ratio, want: []string{`good: sum(a{code!~"5.."})`, "total: sum(a)"},
		},
		"a ratio of bad events": {
			def:  slo.Definition{Counter: true, Bad: metricOf(`a{code=~"5.."}`), Total: metricOf(`a`)},
			form: Ratio, want: []string{`bad: sum(a{code=~"5.."})`, "total: sum(a)"},
		},
		"a grouped ratio": {
			def:  ratioOf(metricOf(`sum by (r) (good)`), metricOf(`sum(rate(all[5m])) by (r)`)),
			form: Ratio, by: []string{"r"}, want: []string{"good: sum by (r) (good)", "total: sum by (r) (all)"},
		},
		"a classic latency by hand, in every spelling of the bound": {
			def:  ratioOf(metricOf(`x_bucket{le="1"}`), metricOf(`x_count`)),
			form: Ratio, want: []string{`good: sum(x_bucket{le=~"1|1\\.0|1e\\+00"})`, "total: sum(x_count)"},
		},
		"a latency": {
			def:  ratioOf(metricOf(`x{job="a"}`, "latency", "250ms"), metricOf(`x{job="a"}`)),
			form: Latency, want: []string{`good: sum(x_bucket{job="a",le=~"0\\.25|2\\.5e-01"})`, `total: sum(x_count{job="a"})`},
		},
		"a latency over the count": {
			def:  ratioOf(metricOf(`sum(rate(x_bucket[5m]))`, "latency", "1s"), metricOf(`sum(rate(x_count[5m]))`)),
			form: Latency, want: []string{`good: sum(x_bucket{le=~"1|1\\.0|1e\\+00"})`, `total: sum(x_count)`},
		},
		"a probe": {def: probe, form: Threshold, unit: slo.Seconds, want: []string{"threshold: probe_success"}},
		"a raw ratio": {
			def:  slo.Definition{Raw: metricOf("errors:ratio5m"), RawFailure: true},
			form: RawRatio, unit: slo.Seconds, want: []string{"raw: errors:ratio5m"},
		},
		"a recorded rate": {
			def:  slo.Definition{Good: metricOf("good:rate5m"), Total: metricOf("all:rate5m")},
			form: Ratio, want: []string{"good: good:rate5m", "total: all:rate5m"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			ind, problems := Builder{}.Build(tc.def)
			require.Empty(t, problems)
			in := ind.(*Indicator)
			require.Equal(t, tc.form, in.Form)
			require.Equal(t, tc.unit, in.Unit())
			require.Equal(t, tc.by, in.GroupBy())
			require.Len(t, in.Key(), keyLength)
			var got []string
			for _, q := range in.Queries() {
				require.NotEmpty(t, q.Note)
				got = append(got, q.Role+": "+q.Text)
				_, err := syntax.ParseExpr(q.Text)
				require.NoError(t, err)
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestDefinitionsWithErrorsListThemAllWithTheirPlaces(t *testing.T) {
	tests := map[string]struct {
		def  slo.Definition
		want []string // path: beginning of the text
	}{
		"errors in both queries and an unknown key": {
			def: ratioOf(metricOf(`a b`, "qurey", "x"), metricOf(`a[5m]`)),
			want: []string{
				"ratioMetric.good.metricSource.spec.qurey: unknown key",
				"ratioMetric.total.metricSource.spec.query: a range such as [5m]",
				"ratioMetric.good.metricSource.spec.query: not valid PromQL",
			},
		},
		"a tenant that is none, and two of them": {
			def: ratioOf(metricOf("a", "tenant", "x\r\nHost: y"), metricOf("b", "tenant", 7)),
			want: []string{
				`ratioMetric.total.metricSource.spec.tenant: tenant "7" is no name of a tenant`,
				`ratioMetric.good.metricSource.spec.tenant: tenant "x\r\nHost: y" is no name of a tenant`,
			},
		},
		"two tenants": {
			def:  ratioOf(metricOf("a", "tenant", "one"), metricOf("b", "tenant", "two")),
			want: []string{"ratioMetric.good.metricSource.spec.tenant: tenant is one here and two beside the other query"},
		},
		"no query": {
			def:  ratioOf(&slo.Metric{Spec: map[string]any{"latency": "1s"}}, metricOf("x")),
			want: []string{"ratioMetric.good.metricSource.spec.: query is missing"},
		},
		"a query that is no text": {
			def:  slo.Definition{Raw: &slo.Metric{Spec: map[string]any{"query": []any{1.0}}}},
			want: []string{"ratioMetric.raw.metricSource.spec.query: query is missing"},
		},
		"different groups": {
			def:  ratioOf(metricOf(`sum by (a) (x)`), metricOf(`y`)),
			want: []string{"ratioMetric.good.metricSource.spec.query: good is grouped by a and total is not grouped"},
		},
		"the same query twice": {
			def:  ratioOf(metricOf(`sum(x)`), metricOf(`rate(x[5m])`)),
			want: []string{"ratioMetric.good.metricSource.spec.query: good and total are the same query"},
		},
		"buckets without le": {
			def:  ratioOf(metricOf(`x_bucket{le="1"}`), metricOf(`x_bucket`)),
			want: []string{"ratioMetric.total.metricSource.spec.query: x_bucket without le"},
		},
		"a latency that is no duration": {
			def:  ratioOf(metricOf(`x`, "latency", 0.25), metricOf(`x`)),
			want: []string{`ratioMetric.good.metricSource.spec.latency: latency "0.25" is not a duration`},
		},
		"a latency in total": {
			def:  ratioOf(metricOf(`y`), metricOf(`x`, "latency", "1s")),
			want: []string{"ratioMetric.total.metricSource.spec.latency: latency belongs to good"},
		},
		"a latency in bad": {
			def:  slo.Definition{Counter: true, Bad: metricOf(`x`, "latency", "1s"), Total: metricOf(`x`)},
			want: []string{"ratioMetric.bad.metricSource.spec.latency: latency marks the good events"},
		},
		"a latency of different series": {
			def:  ratioOf(metricOf(`x{code="200"}`, "latency", "1s"), metricOf(`x`)),
			want: []string{"ratioMetric.good.metricSource.spec.query: good and total of a latency select different series"},
		},
		"a latency with le": {
			def:  ratioOf(metricOf(`x_bucket{le="1"}`, "latency", "1s"), metricOf(`x`)),
			want: []string{"ratioMetric.good.metricSource.spec.query: le and latency say the same"},
		},
		"a latency of a computed expression": {
			def:  ratioOf(metricOf(`rate(x[5m]) * 2`, "latency", "1s"), metricOf(`x`)),
			want: []string{"ratioMetric.good.metricSource.spec.query: a latency needs a query that names a histogram"},
		},
		"a latency of a pattern": {
			def:  ratioOf(metricOf(`{__name__=~"x|y"}`, "latency", "1s"), metricOf(`x`)),
			want: []string{"ratioMetric.good.metricSource.spec.query: a latency needs the name of a histogram"},
		},
		"an unknown first sample": {
			def:  ratioOf(metricOf(`x`, "firstSample", "never"), metricOf(`y`)),
			want: []string{`ratioMetric.good.metricSource.spec.firstSample: firstSample "never" is none of`},
		},
		"two policies for first samples": {
			def:  ratioOf(metricOf(`x`, "firstSample", "zero"), metricOf(`y`, "firstSample", "auto")),
			want: []string{"ratioMetric.good.metricSource.spec.firstSample: firstSample is zero here and auto"},
		},
		"a threshold without comparison and with keys of counters": {
			def: slo.Definition{Threshold: metricOf(`up`, "latency", "1s", "firstSample", "zero")},
			want: []string{
				`thresholdMetric: op "" is none of`, "thresholdMetric.metricSource.spec.latency: latency belongs to good",
				"thresholdMetric.metricSource.spec.firstSample: firstSample belongs to counters",
			},
		},
		"nothing":      {def: slo.Definition{}, want: []string{"ratioMetric: total with either good or bad"}},
		"good and bad": {def: slo.Definition{Total: metricOf("a"), Good: metricOf("b"), Bad: metricOf("c")}, want: []string{"ratioMetric: total with either"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			ind, problems := Builder{}.Build(tc.def)
			require.Nil(t, ind)
			require.Len(t, problems, len(tc.want), "%v", problems)
			for i, p := range problems {
				text := strings.Join(p.Path, ".") + ": " + p.Text
				require.True(t, strings.HasPrefix(text, tc.want[i]), "%s\nis not %s", text, tc.want[i])
			}
		})
	}
}

func keyFor(t require.TestingT, def slo.Definition) slo.IndicatorKey {
	ind, problems := Builder{}.Build(def)
	require.Empty(t, problems)
	return ind.Key()
}

// TestKeysSayWhatIsMeasuredAndNotHowItIsWritten writes one selector in many ways.
func TestKeysSayWhatIsMeasuredAndNotHowItIsWritten(t *testing.T) {
	value := rapid.StringMatching(`[a-z"\\ \n{}é]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		matchers := rapid.MapOfN(rapid.StringMatching(`[a-d]`), value, 1, 4).Draw(t, "matchers")
		space := func() string { return strings.Repeat(" ", rapid.IntRange(0, 2).Draw(t, "space")) }
		write := func(matchers map[string]string) string {
			names := slices.Sorted(maps.Keys(matchers))
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			var parts []string
			for _, n := range names {
				parts = append(parts, n+space()+"="+space()+fmt.Sprintf("%q", matchers[n]))
			}
			sel := "m_total{" + space() + strings.Join(parts, space()+",") + "}"
			switch rapid.IntRange(0, 4).Draw(t, "wrap") {
			case 0:
				return "sum(" + space() + "rate(" + sel + "[5m]))"
			case 1:
				return "(increase(" + sel + "[1h]" + space() + "))"
			case 2:
				return "sum(" + sel + ") or vector(0)"
			default:
				return sel
			}
		}
		total := metricOf("all_total")
		one := keyFor(t, ratioOf(metricOf(write(matchers)), total))
		require.Equal(t, one, keyFor(t, ratioOf(metricOf(write(matchers)), total)))

		other := maps.Clone(matchers)
		name := slices.Sorted(maps.Keys(matchers))[0]
		other[name] += "z"
		require.NotEqual(t, one, keyFor(t, ratioOf(metricOf(write(other)), total)))
	})
}

func TestKeysTellDifferentMeasurementsApart(t *testing.T) {
	named := metricOf("a")
	named.SourceName = "other"
	defs := []slo.Definition{
		ratioOf(metricOf("a"), metricOf("b")),
		ratioOf(metricOf("b"), metricOf("a")),
		ratioOf(named, &slo.Metric{SourceName: "other", Spec: metricOf("b").Spec}),
		ratioOf(metricOf("a", "firstSample", "zero"), metricOf("b")),
		ratioOf(metricOf("a", "firstSample", "ignore"), metricOf("b")),
		ratioOf(metricOf("a", "tenant", "one"), metricOf("b")),
		ratioOf(metricOf("a"), metricOf("b", "tenant", "two")),
		ratioOf(metricOf("sum by (x) (a)"), metricOf("sum by (x) (b)")),
		{Counter: true, Bad: metricOf("a"), Total: metricOf("b")},
		ratioOf(metricOf(`a{c="d"}`), metricOf("b")),
		ratioOf(metricOf(`a{c!="d"}`), metricOf("b")),
		ratioOf(metricOf(`a{c=~"d"}`), metricOf("b")),
		ratioOf(metricOf("a - c"), metricOf("b")),
		ratioOf(metricOf("a + c"), metricOf("b")),
		ratioOf(metricOf("rate(a[5m]) * 2"), metricOf("b")),
		ratioOf(metricOf("h", "latency", "1s"), metricOf("h")),
		ratioOf(metricOf("h", "latency", "1001ms"), metricOf("h")),
		{Threshold: metricOf("a"), Op: slo.Less, Value: 1},
		{Threshold: metricOf("a"), Op: slo.LessOrEqual, Value: 1},
		{Threshold: metricOf("a"), Op: slo.Less, Value: 1.5},
		{Raw: metricOf("a")},
		{Raw: metricOf("a"), RawFailure: true},
	}
	seen := make(map[slo.IndicatorKey]int)
	for i, def := range defs {
		key := keyFor(t, def)
		require.NotContains(t, seen, key, "definitions %d and %d", seen[key], i)
		seen[key] = i
	}
}

// TestAKeyIsForEver pins one key of each form: a change of the canonical form
// would orphan every history that was ever measured.
func TestAKeyIsForEver(t *testing.T) {
	require.Equal(t, map[string]slo.IndicatorKey{
		"latency":   "9efb9e53a2099db0db593400",
		"ratio":     "d8fbcd537b324a61f289aaea",
		"raw":       "f0c2252f0a49517c955dcfc2",
		"server":    "7600b4dfa161fb57644ca8d2",
		"threshold": "a81294a50d5fee794b71b335",
	}, map[string]slo.IndicatorKey{
		"ratio":     keyFor(t, ratioOf(metricOf(`sum by (r) (a_total{code!~"5.."})`), metricOf("sum by (r) (a_total)"))),
		"latency":   keyFor(t, ratioOf(metricOf("h", "latency", "250ms"), metricOf("h"))),
		"threshold": keyFor(t, slo.Definition{Threshold: metricOf("up"), Op: slo.GreaterOrEqual, Value: 1}),
		"raw":       keyFor(t, slo.Definition{Raw: metricOf("x:ratio")}),
		"server":    keyFor(t, ratioOf(metricOf("rate(a[5m]) * 2"), metricOf("rate(a[5m]) * 3"))),
	})
}

func FuzzBuild(f *testing.F) {
	for _, q := range []string{
		`a`, `sum by (x) (rate(a{b="c"}[5m]))`, `a - b + c`, `a offset 5m`, `{__name__="x\n"}`, `sum without (x) (a)`, `histogram_fraction(0, 1, rate(h[5m]))`,
		`(((a)))`, `a or vector(0)`, `{"utf.8", "é"="ü"}`, `h_bucket{le="1"}`, `-a`, `a @ start()`, `rate(a[5m:]) * 1e300`, `sum(a) by ("é")`, `a{b=~"(x|y)+"}`, `a > bool 1`,
	} {
		f.Add(q, q, "250ms")
		f.Add(q, "b", "")
	}
	f.Fuzz(func(t *testing.T, good, total, latency string) {
		g := metricOf(good)
		if latency != "" {
			g.Spec["latency"] = latency
		}
		for _, def := range []slo.Definition{
			ratioOf(g, metricOf(total)),
			{Bad: metricOf(good), Total: metricOf(total)},
			{Threshold: metricOf(good), Op: slo.Less},
			{Raw: g},
		} {
			ind, problems := Builder{}.Build(def)
			require.True(t, (ind == nil) == (len(problems) > 0))
			if ind == nil {
				continue
			}
			for _, q := range ind.Queries() {
				checkRoundTrip(t, q.Text)
			}
		}
	})
}

// checkRoundTrip demands that a printed query parses into the syntax tree that
// it was printed from: no value escaped from its quotes.
func checkRoundTrip(t *testing.T, text string) {
	expr, err := syntax.ParseExpr(text)
	require.NoError(t, err, text)
	require.Equal(t, text, expr.String())
}

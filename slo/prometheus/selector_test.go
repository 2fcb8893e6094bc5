package prometheus

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQueriesOfCountersAreTakenApart(t *testing.T) {
	tests := map[string]struct {
		query string
		want  string // as text(by) prints it
		by    []string
	}{
		"a selector":               {`requests_total{code="500"}`, `sum(requests_total{code="500"})`, nil},
		"a sum":                    {`sum(requests_total)`, `sum(requests_total)`, nil},
		"a grouped sum":            {`sum by (route, code) (requests_total)`, `sum by (code, route) (requests_total)`, []string{"code", "route"}},
		"by behind the brackets":   {`sum(requests_total) by (route)`, `sum by (route) (requests_total)`, []string{"route"}},
		"a rate":                   {`sum(rate(requests_total[5m]))`, `sum(requests_total)`, nil},
		"an increase":              {`increase(requests_total[1h])`, `sum(requests_total)`, nil},
		"a sum of selectors":       {`a_total + b_total`, `sum(a_total) + sum(b_total)`, nil},
		"a difference in brackets": {`(sum(a_total) - (sum(b_total) - sum(c_total)))`, `sum(a_total) + sum(c_total) - sum(b_total)`, nil},
		"a negative term first":    {`-a_total + b_total`, `sum(b_total) - sum(a_total)`, nil},
		"a sum of sums":            {`sum(sum by (pod) (a_total))`, `sum(a_total)`, nil},
		"an outer grouping that the inner one has": {`sum by (a) (sum by (b, a) (x_total))`, `sum by (a) (x_total)`, []string{"a"}},
		"or vector(0), which counting implies":     {`sum(rate(a_total[5m])) or vector(0)`, `sum(a_total)`, nil},
		"or on() vector(0)":                        {`sum(rate(a_total[5m])) or on() vector(0)`, `sum(a_total)`, nil},
		"a value with quotes and newlines":         {`a_total{path="x\"} or y\n"}`, `sum(a_total{path="x\"} or y\n"})`, nil},
		"a name with dots":                         {`{"http.requests", code="500"}`, `sum({__name__="http.requests",code="500"})`, nil},
		"a pattern of names":                       {`{__name__=~"a_total|b_total"}`, `sum({__name__=~"a_total|b_total"})`, nil},
		"the same matcher twice":                   {`a_total{b="c",b="c"}`, `sum(a_total{b="c"})`, nil},
		"a subtracted grouped sum":                 {`sum by (r) (a_total) - sum by (r) (b_total)`, `sum by (r) (a_total) - sum by (r) (b_total)`, []string{"r"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			q, problems := parseQuery(tc.query, counters)
			require.Empty(t, problems)
			require.Nil(t, q.Server)
			require.Equal(t, tc.by, q.by)
			require.Equal(t, tc.want, q.text(q.by))
			again, problems := parseQuery(tc.want, counters)
			require.Empty(t, problems)
			require.Equal(t, tc.want, again.text(again.by))
		})
	}
}

func TestComputedExpressionsAreLeftToTheServer(t *testing.T) {
	tests := map[string]struct {
		query string
		as    reading
		by    []string
	}{
		"a product":                        {`sum(rate(a_total[5m])) * 2`, counters, nil},
		"a quotient, grouped":              {`2 * sum by (r) (rate(a_total[5m])) / 3`, counters, []string{"r"}},
		"a selector of another time":       {`sum(rate(a_total[5m] offset 1h))`, counters, nil},
		"a subquery":                       {`sum(rate(a_total[5m:1m]))`, counters, nil},
		"sum without":                      {`sum without (pod) (rate(a_total[5m]))`, counters, nil},
		"matching modifiers":               {`sum by (r) (rate(a_total[5m])) - on (r) sum by (r) (rate(b_total[5m]))`, counters, []string{"r"}},
		"a function":                       {`clamp_min(sum by (r) (rate(a_total[5m])), 0)`, counters, []string{"r"}},
		"a share of a native histogram":    {`histogram_count(rate(x[5m]))`, counters, nil},
		"a recorded rate that is declared": {`job:requests:rate5m`, rates, nil},
		"a gauge that is computed":         {`min by (zone) (probe_success)`, gauges, []string{"zone"}},
		"a gauge of another time":          {`probe_success offset 1m`, gauges, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			q, problems := parseQuery(tc.query, tc.as)
			require.Empty(t, problems)
			require.Empty(t, q.Terms)
			require.Equal(t, tc.query, q.Server.String())
			require.Equal(t, tc.by, q.by)
		})
	}
}

func TestQueriesThatMakeNoSenseAreRefusedWithARemedy(t *testing.T) {
	tests := map[string]struct {
		query string
		as    reading
		want  string
	}{
		"no PromQL":                                {"sum(a_total", counters, "not valid PromQL at 1:12 of the query: unclosed left parenthesis"},
		"an error in the second line":              {"a_total +\n  )", counters, "not valid PromQL at 2:4 of the query"},
		"a template":                               {`rate(a_total[{{.window}}])`, counters, "templates such as {{.window}} are not filled in"},
		"a fixed time":                             {`a_total @ 0`, counters, "@ fixes the time of a_total"},
		"a fixed time of a subquery":               {`rate(a_total[5m:1m] @ end())`, counters, "@ fixes the time of a subquery"},
		"a range":                                  {`a_total[5m]`, counters, "a range such as [5m] belongs inside rate()"},
		"no metric at all":                         {`vector(1)`, counters, "the query selects no metric"},
		"a selector without a name":                {`{job="a"}`, counters, `{job="a"} names no metric`},
		"a filter":                                 {`rate(a_total[5m]) > 0`, counters, "> drops the samples for which it does not hold"},
		"a filtered gauge":                         {`(up == 1)`, gauges, "== drops the samples"},
		"sides with different groups":              {`sum by (a) (x_total) - sum(y_total)`, counters, "the left side of - is grouped by a and the right side is not grouped"},
		"an outer group that the inner sum loses":  {`sum by (a) (sum by (b) (x_total))`, counters, "sum by (a) finds no label a"},
		"an outer group of a sum of sums":          {`sum by (a) (sum(x_total) + sum(y_total))`, counters, "sum by (a) finds no label a"},
		"only a subtraction":                       {`-a_total`, counters, "the query only subtracts"},
		"a recorded rate that is not declared":     {`job:requests:rate5m`, counters, "looks like a rate that a recording rule made"},
		"counters in a computed expression":        {`avg(a_total)`, counters, "a_total stands in a computed expression without rate()"},
		"an increase in a computed expression":     {`sum(increase(a_total[1m])) * 2`, counters, "increase() inside a computed expression gives events per range"},
		"an increase of something declared a rate": {`increase(a_total[1m]) * 2`, rates, "increase() inside a computed expression"},
		"a group of bounds":                        {`sum by (le) (x_bucket)`, counters, "events cannot be grouped by le"},
		"too many selectors":                       {strings.Repeat("a + ", MaxTerms) + "a", counters, "the query adds up 51 selectors"},
		"too much text":                            {strings.Repeat(" ", MaxQuery) + "a", counters, "the query has 4097 bytes"},
		"a string":                                 {`"a"`, counters, "the query selects no metric"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, problems := parseQuery(tc.query, tc.as)
			require.NotEmpty(t, problems)
			require.Contains(t, problems[0], tc.want)
		})
	}
}

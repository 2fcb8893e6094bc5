package prometheus

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

func TestCostlyQueriesAreNotParsed(t *testing.T) {
	tests := map[string]string{
		"the query has 5001 bytes":                          strings.Repeat(" ", 5000) + "a",
		"the query has 4000 operators, brackets and commas": strings.Repeat("-", 4000) + "a",
		"the query has 60 regular expressions":              "a{" + strings.Repeat(`b=~"",`, 60) + "}",
		"the regular expressions of the query repeat":       `a{b=~"` + strings.Repeat(".{999}", 600) + `"}`,
	}
	for want, query := range tests {
		require.Contains(t, tooCostly(query)+" ", want)
	}
	require.Empty(t, tooCostly(`sum by (a, b) (rate(x{path=~"/(`+strings.Repeat("a|", 800)+`b){1,3}",q="\"((((((("}[5m]))`))
}

func TestMarksInQuotesDoNotCount(t *testing.T) {
	require.Equal(t, 4, countMarks(`a{b="(((\"((",}`+"`((`"+`'\'('`), "{ = , } and nothing in quotes")
}

// TestQueriesWithinTheLimitsAreCheap reads the costliest queries that pass.
func TestQueriesWithinTheLimitsAreCheap(t *testing.T) {
	tests := map[string]string{
		"signs":    strings.Repeat("-", maxMarks) + "a",
		"brackets": strings.Repeat("(", maxMarks/2) + "a" + strings.Repeat(")", maxMarks/2),
		"sums":     "a" + strings.Repeat("+a", maxMarks),
		"products": "rate(a[5m])" + strings.Repeat("*2", maxMarks-4),
		"nested":   strings.Repeat("sum(", maxMarks/2) + "a" + strings.Repeat(")", maxMarks/2),
		"patterns": "a{" + strings.Repeat(`b=~"(.{19}){9}",`, maxPatterns*3/5) + "}",
		"a repeat": `a{b=~"` + strings.Repeat("(.*a){9}", 100) + `"}`,
		"or":       "a" + strings.Repeat(" or vector(0)", maxMarks/2),
	}
	for name, query := range tests {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, tooCostly(query))
			start := time.Now()
			_, _ = Builder{}.Build(slo.Definition{Threshold: metricOf(query), Op: slo.Less})
			_, _ = Builder{}.Build(ratioOf(metricOf(query), metricOf("b")))
			t.Log(time.Since(start))
			// Loose, for a busy machine: without the limits it is seconds.
			require.Less(t, time.Since(start), time.Second)
		})
	}
}

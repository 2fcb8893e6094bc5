package prometheus

import (
	"context"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
)

// limited is a Sampler that calls its answers partial, or selections too wide.
type limited struct {
	memory
	partial  bool
	unmarked bool
	wide     func(matchers []*labels.Matcher, from, to int64) bool
	asked    []string // what Eval was asked
}

func (l *limited) Select(ctx context.Context, matchers []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	if l.wide != nil && l.wide(matchers, from, to) {
		return &sample.TooWide{Limit: "more than 5 series"}
	}
	if err := l.memory.Select(ctx, matchers, from, to, visit); err != nil || !l.partial {
		return err
	}
	return &sample.Incomplete{Warnings: []string{"store-2 did not answer"}}
}

// Eval answers every instant with 2.
func (l *limited) Eval(_ context.Context, expr parser.Expr, from, to, step int64) ([]sample.Result, error) {
	l.asked = append(l.asked, expr.String())
	var r sample.Result
	for at := from; at <= to; at += step {
		r.T, r.V = append(r.T, at), append(r.V, 2)
	}
	return []sample.Result{r}, nil
}

func (l *limited) Unmarked() bool { return l.unmarked }

// counting is a counter that gains 10 events a minute for two hours.
func counting() memory {
	var m memory
	for i := range 240 {
		m.add(labels.FromStrings("__name__", "requests_total", "code", "500"), at(float64(i*30)), float64(i*5))
	}
	return m
}

func TestIncompleteAnswers(t *testing.T) {
	span := slo.Span{From: minute(30), To: minute(39)}
	in := ratio(t, `requests_total{code="500"}`, `requests_total`)
	t.Run("are refused and name the warning", func(t *testing.T) {
		_, err := (&Source{Sampler: &limited{memory: counting(), partial: true}}).Measure(t.Context(), in, span)
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		require.ErrorContains(t, err, "store-2 did not answer")
	})
	t.Run("are estimates where the source says so", func(t *testing.T) {
		src := &Source{Sampler: &limited{memory: counting(), partial: true}, OnIncomplete: Estimate}
		m, err := src.Measure(t.Context(), in, span)
		require.NoError(t, err)
		require.Equal(t, slo.Tally{Good: 0, Total: 100, Estimated: 10, Slots: 10}, sum(m, ""))
		require.Contains(t, m.Warnings[0], "store-2 did not answer")
	})
}

func TestWideSelectionsAreLeftToTheServer(t *testing.T) {
	span := slo.Span{From: minute(30), To: minute(39)}
	total := func(m []*labels.Matcher, _, _ int64) bool { return len(m) == 1 }
	in := ratio(t, `other_total{code="500"}`, `requests_total`)
	t.Run("and are estimates", func(t *testing.T) {
		s := &limited{memory: counting(), wide: total}
		m, err := (&Source{Sampler: s}).Measure(t.Context(), in, span)
		require.NoError(t, err)
		require.Equal(t, slo.Tally{Good: 1200, Total: 1200, Estimated: 10, Slots: 10}, sum(m, ""), "two events a second")
		require.Equal(t, []string{`sum(rate(requests_total[5m]))`}, s.asked)
		require.Contains(t, m.Warnings[0], "requests_total selects more than 5 series")
	})
	t.Run("also where only a look back is too wide", func(t *testing.T) {
		s := &limited{memory: counting(), wide: func(m []*labels.Matcher, from, _ int64) bool { return len(m) == 1 && from < at(-3600) }}
		// The series begins in the span, so that the fold looks back for it.
		m, err := (&Source{Sampler: s}).Measure(t.Context(), in, slo.Span{From: minute(0), To: minute(9)})
		require.NoError(t, err)
		require.Equal(t, 10, sum(m, "").Estimated)
		require.NotEmpty(t, s.asked)
	})
}

func TestWideTermsAreTheExpressionsThatErrLeast(t *testing.T) {
	sel := func(text string) Expr { return Expr{Terms: []Term{{Matchers: selector(t, text), Sign: 1}}} }
	tests := map[string]struct {
		in   Indicator
		want []string
	}{
		"a ratio": {Indicator{Form: Ratio, Bad: sel(`x{code="500"}`), Total: sel(`x`), By: []string{"pod"}}, []string{
			`sum by (pod) (rate(x[5m]))`, `sum by (pod) (rate(x{code="500"}[5m]))`,
		}},
		"a latency": {Indicator{Form: Latency, Total: sel(`h`), Latency: 0.25}, []string{
			`histogram_count(sum(rate(h[5m])))`,
			`histogram_fraction(-Inf, 0.25, sum(rate(h[5m]))) * histogram_count(sum(rate(h[5m])))`,
			`sum(rate(h_count[5m]))`,
			`sum(rate(h_bucket{le=~"0\\.25|2\\.5e-01"}[5m]))`,
		}},
		"a threshold": {Indicator{Form: Threshold, Value: sel(`up`), Op: slo.GreaterOrEqual, Limit: 1}, []string{
			`count(up)`, `sum(up >= bool 1)`,
		}},
		"a ratio of failures": {Indicator{Form: RawRatio, Value: sel(`r`), Failure: true}, []string{
			`count(r == r)`, `sum(1 - (r == r))`,
		}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			var got []string
			for _, fe := range planOf(&tt.in).fetches {
				for _, term := range tt.in.wideTerms(fe) {
					text := term.expr.String()
					again, err := syntax.ParseExpr(text)
					require.NoError(t, err)
					require.Equal(t, text, again.String())
					got = append(got, text)
				}
			}
			require.ElementsMatch(t, tt.want, got)
		})
	}
}

func TestGaugesWithoutMarkersAreEstimatesWhereTheyAreHeldLong(t *testing.T) {
	var m memory
	for _, s := range []float64{30, 60, 90, 120, 300, 330} {
		m.add(labels.FromStrings("__name__", "up"), at(s), 1)
	}
	in := &Indicator{Form: Threshold, Value: Expr{Terms: []Term{{Matchers: selector(t, "up"), Sign: 1}}}, Op: slo.GreaterOrEqual, Limit: 1}
	for unmarked, want := range map[bool]int{false: 0, true: 3} {
		got, err := (&Source{Sampler: &limited{memory: m, unmarked: unmarked}}).Measure(t.Context(), in, slo.Span{From: minute(0), To: minute(5)})
		require.NoError(t, err)
		require.Equal(t, want, sum(got, "").Estimated)
		require.Equal(t, 6, sum(got, "").Covered())
	}
}

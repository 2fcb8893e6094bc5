package remote

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
)

// ramp answers query_range with the time in seconds as the value.
func ramp(requests *int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		number := func(name string) float64 {
			v, err := strconv.ParseFloat(r.FormValue(name), 64)
			if err != nil {
				panic(err)
			}
			return v
		}
		var points []string
		for at := number("start"); at <= number("end")+1e-6; at += number("step") {
			points = append(points, fmt.Sprintf(`[%.3f,"%.0f"]`, at, at))
		}
		if len(points) > maxPoints {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		answers(matrix(`{"metric":{},"values":[`+strings.Join(points, ",")+`]}`))(w, r)
	})
}

func TestEvalStaysBelowTheServersNumberOfPoints(t *testing.T) {
	requests := 0
	s := newSampler(t, ramp(&requests), Options{})
	const n = 30*1440 + 1
	rs, err := s.Eval(t.Context(), expression(t, "time()"), base, base+(n-1)*60_000, 60_000)
	require.NoError(t, err)
	require.Equal(t, 4, requests)
	require.Len(t, rs, 1)
	require.Len(t, rs[0].T, n)
	for i, at := range rs[0].T {
		require.Equal(t, base+int64(i)*60_000, at)
		require.InDelta(t, float64(at)/1000, rs[0].V[i], 0)
	}
}

func TestEvalRefusesWhatWasNotAskedFor(t *testing.T) {
	for title, body := range map[string]string{
		"another time":       matrix(`{"metric":{},"values":[[1767225599,"1"]]}`),
		"times that go back": matrix(`{"metric":{},"values":[[1767225602,"1"],[1767225601,"1"]]}`),
		"a series twice":     matrix(`{"metric":{}}`, `{"metric":{}}`),
	} {
		_, err := newSampler(t, answers(body), Options{}).Eval(t.Context(), expression(t, "x"), base, base+9000, 1000)
		require.Error(t, err, title)
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%s: %v", title, err)
	}
	_, err := newSampler(t, answers(`{"status":"success","data":{"resultType":"string","result":[1767225600,"7"]}}`), Options{}).Eval(t.Context(), expression(t, `"7"`), base, base, 0)
	require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
}

// Whatever is in a label, the query selects it and nothing else.
func TestHostileLabelsStayLabels(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`"} or y{a="`, "\\", "`", "\n", `a",b="c`, "\x00", "é", `{__name__="x"}`}))
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]labels.MatchType{labels.MatchEqual, labels.MatchNotEqual}).Draw(t, "kind")
		name := rapid.OneOf(text, rapid.Just("pod")).Filter(func(s string) bool { return s != "" && s != labels.MetricName }).Draw(t, "name")
		metric := rapid.OneOf(text, rapid.Just("x")).Filter(func(s string) bool { return s != "" }).Draw(t, "metric")
		want := []*labels.Matcher{
			labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, metric),
			labels.MustNewMatcher(kind, name, text.Draw(t, "value")),
		}
		query, err := rangeText(want, 60_000)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			return
		}
		got, err := syntax.ParseExpr(query)
		require.NoError(t, err)
		require.Equal(t, shape(selectorNode(want)), shape(got.(*parser.MatrixSelector).VectorSelector))
	})
}

func TestAMissingParenthesisIsNoticed(t *testing.T) {
	x := selectorNode(match(t, "x"))
	same := &parser.BinaryExpr{Op: parser.EQLC, LHS: x, RHS: x, VectorMatching: &parser.VectorMatching{}}
	_, err := exprText(&parser.BinaryExpr{Op: parser.SUB, LHS: &parser.NumberLiteral{Val: 1}, RHS: same})
	require.ErrorContains(t, err, "parenthesis")
	text, err := exprText(&parser.BinaryExpr{Op: parser.SUB, LHS: &parser.NumberLiteral{Val: 1}, RHS: &parser.ParenExpr{Expr: same}})
	require.NoError(t, err)
	require.Equal(t, "1 - (x == x)", text)
}

package elasticsearch

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

var update = flag.Bool("update", false, "write the golden requests anew")

var fiveHundreds = map[string]any{"range": map[string]any{"status": map[string]any{"gte": 500.0}}}

// forms has one definition of every form.
var forms = map[string]slo.Definition{
	"query-strings":  ratioOf(metricOf("query", "service:checkout status:<500"), metricOf("query", "service:checkout")),
	"every-document": ratioOf(metricOf("query", "status:<500"), metricOf()),
	"bad-of-total":   {Bad: metricOf("query", fiveHundreds), Total: metricOf("query", map[string]any{"exists": map[string]any{"field": "status"}})},
	"latency": ratioOf(
		metricOf("field", "took_ms", "latency", "250ms"), metricOf("query", "service:checkout")),
	"latency-of-those-that-have-it": ratioOf(
		metricOf("field", "event.duration", "latency", "1s"), metricOf("field", "event.duration")),
	"bad-latency": {Bad: metricOf("field", "took", "unit", "s", "latency", "250ms"), Total: metricOf()},
	"comparison":  ratioOf(metricOf("field", "score", "op", "gte", "value", 0.5), metricOf()),
	"sums": ratioOf(
		metricOf("query", "outcome:success", "field", "count"), metricOf("field", "count")),
	"threshold": {Threshold: metricOf("field", "queue.length", "query", "kind:worker"), Op: slo.Less, Value: 100},
	"grouped": ratioOf(
		metricOf("query", "status:<500", "groupBy", []any{"service", "region"}, "timestampField", "ts", "emptyMinute", "zero"),
		metricOf("groupBy", []any{"region", "service"})),
}

// TestRequests pins what is sent for every form, so that a change of a figure
// shows as a change of a question.
func TestRequests(t *testing.T) {
	for name, def := range forms {
		t.Run(name, func(t *testing.T) {
			in := built(t, def)
			body := in.request(slo.Span{From: 29539440, To: 29539441})
			if len(in.By) > 0 {
				body.Aggs["groups"] = in.page(json.RawMessage(`{"g0":"eu"}`), pageSize, true)
			}
			var got bytes.Buffer
			require.NoError(t, json.Indent(&got, marshal(struct {
				Unit    string
				Queries []slo.Query
				Request search
			}{in.Unit().String(), in.Queries(), body}), "", "  "))
			got.WriteByte('\n')
			file := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String(), "run go test ./slo/elasticsearch -update if this is meant")
		})
	}
}

func TestDefinitionsWithErrorsListThemAllWithTheirPlaces(t *testing.T) {
	dsl := func(text string) *slo.Metric {
		var q map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &q))
		return metricOf("query", q)
	}
	deep := strings.Repeat(`{"bool":{"filter":`, 40) + `{"match_all":{}}` + strings.Repeat(`}}`, 40)
	tests := map[string]struct {
		def  slo.Definition
		want []string // path: beginning of the text
	}{
		"nothing":      {slo.Definition{}, []string{"ratioMetric: total with either good or bad"}},
		"good and bad": {slo.Definition{Good: metricOf(), Bad: metricOf(), Total: metricOf()}, []string{"ratioMetric: total with either"}},
		"a raw ratio":  {slo.Definition{Raw: metricOf()}, []string{"ratioMetric.raw: a raw ratio cannot be read from Elasticsearch"}},
		"no index":     {ratioOf(&slo.Metric{Spec: map[string]any{"query": "a:b"}}, &slo.Metric{}), []string{"ratioMetric.total.metricSource.spec.: index is missing"}},
		"two indices": {
			ratioOf(metricOf("index", "a", "query", "x:1"), metricOf("index", "b")),
			[]string{`ratioMetric.good.metricSource.spec.index: index is "a" here and "b"`},
		},
		"an index that reaches elsewhere": {
			ratioOf(metricOf("index", "../_all", "query", "x:1"), metricOf("index", "_all")),
			[]string{`ratioMetric.total.metricSource.spec.index: index "_all" is not`, `ratioMetric.good.metricSource.spec.index: index "../_all" is not`},
		},
		"an unknown key and names that are none": {
			ratioOf(metricOf("qurey", "x", "query", "x:1", "timestampField", 1.0, "emptyMinute", "good"), metricOf("timestampField", "a*")),
			[]string{
				"ratioMetric.good.metricSource.spec.qurey: unknown key", `ratioMetric.total.metricSource.spec.timestampField: timestampField "a*"`,
				`ratioMetric.good.metricSource.spec.timestampField: timestampField "1"`, `ratioMetric.good.metricSource.spec.emptyMinute: emptyMinute "good" is not one of auto, zero, gap`,
			},
		},
		"the same query twice": {ratioOf(metricOf("query", "a:b"), metricOf("query", " a:b ")), []string{"ratioMetric.good.metricSource.spec.query: good and total are the same query"}},
		"no query at all":      {ratioOf(metricOf(), metricOf()), []string{"ratioMetric.good.metricSource.spec.: good and total are the same query"}},
		"an empty query":       {ratioOf(metricOf("query", " "), metricOf()), []string{"ratioMetric.good.metricSource.spec.query: query is empty"}},
		"a query that is none": {ratioOf(metricOf("query", []any{"a"}), metricOf()), []string{"ratioMetric.good.metricSource.spec.query: query \"[a]\" is neither"}},
		"a long query":         {ratioOf(metricOf("query", strings.Repeat("a", 10_001)), metricOf()), []string{"ratioMetric.good.metricSource.spec.query: query has 10001"}},
		"a query string that moves with the clock": {
			ratioOf(metricOf("query", "ok:true AND @timestamp:[now-1h TO now]"), metricOf()), []string{"ratioMetric.good.metricSource.spec.query: a range from or to now"},
		},
		"a script":                {ratioOf(dsl(`{"script":{"script":"true"}}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query.script: script runs code"}},
		"a script inside":         {ratioOf(dsl(`{"bool":{"must":[{"term":{"a":1}},{"script_score":{"query":{},"script":{}}}]}}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query.bool.must.script_score: script_score runs code"}},
		"a hidden query":          {ratioOf(dsl(`{"constant_score":{"filter":{"wrapper":{"query":"e30="}}}}`), metricOf()), []string{`ratioMetric.good.metricSource.spec.query.constant_score.filter.wrapper: query type "wrapper" is not asked: use bool,`[:104]}},
		"a lookup":                {ratioOf(dsl(`{"terms":{"user":{"index":"secrets","id":"1","path":"x"}}}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query.terms.user: the values of terms are looked up"}},
		"a whole search":          {ratioOf(dsl(`{"query":{"match_all":{}}}`), metricOf()), []string{`ratioMetric.good.metricSource.spec.query.query: leave out the outer "query"`}},
		"two queries in one":      {ratioOf(dsl(`{"term":{"a":1},"range":{"b":{"lt":1}}}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query: a query is a map with one key"}},
		"a range that moves":      {ratioOf(dsl(`{"range":{"t":{"gte":"now-1d/d"}}}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query.range.t.gte: a range from or to now"}},
		"a string that moves":     {ratioOf(dsl(`{"query_string":{"query":"t:>now-1h"}}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query.query_string.query: a range from or to now"}},
		"an unknown key of bool":  {ratioOf(dsl(`{"bool":{"fliter":[]}}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query.bool.fliter: fliter is not understood in bool"}},
		"no map, no list":         {ratioOf(dsl(`{"bool":{"filter":["a"],"must":1}}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query.bool.filter: filter holds \"a\"", "ratioMetric.good.metricSource.spec.query.bool.must: must is neither"}},
		"a leaf that is no map":   {ratioOf(dsl(`{"term":"a"}`), metricOf()), []string{"ratioMetric.good.metricSource.spec.query.term: term is not a map"}},
		"a query that is a tower": {ratioOf(dsl(deep), metricOf()), []string{"ratioMetric.good.metricSource.spec.query: query has more than"}},
		"groups that are none": {
			ratioOf(metricOf("query", "a:b", "groupBy", []any{"a", "a"}), metricOf("groupBy", []any{})),
			[]string{"ratioMetric.total.metricSource.spec.groupBy: groupBy [] is not", "ratioMetric.good.metricSource.spec.groupBy: groupBy [a a] is not"},
		},
		"different groups":          {ratioOf(metricOf("query", "a:b", "groupBy", "a"), metricOf("groupBy", "b")), []string{"ratioMetric.good.metricSource.spec.groupBy: groupBy is [a] here and [b]"}},
		"a latency without a field": {ratioOf(metricOf("latency", "1s"), metricOf()), []string{"ratioMetric.good.metricSource.spec.: field is missing"}},
		"a latency that is none":    {ratioOf(metricOf("field", "x", "latency", 250.0), metricOf()), []string{`ratioMetric.good.metricSource.spec.latency: latency "250" is not a duration`}},
		"a latency in total":        {ratioOf(metricOf("query", "a:b"), metricOf("latency", "1s", "op", "lt")), []string{"ratioMetric.total.metricSource.spec.latency: latency belongs to good", "ratioMetric.total.metricSource.spec.op: op belongs to good"}},
		"a unit that is none":       {ratioOf(metricOf("field", "x", "latency", "1s", "unit", "min"), metricOf()), []string{`ratioMetric.good.metricSource.spec.unit: unit "min" is none of`}},
		"a unit without latency":    {ratioOf(metricOf("query", "a:b", "unit", "s"), metricOf()), []string{"ratioMetric.good.metricSource.spec.unit: unit belongs beside latency"}},
		"latency and op":            {ratioOf(metricOf("field", "x", "latency", "1s", "op", "lt", "value", 1.0), metricOf()), []string{"ratioMetric.good.metricSource.spec.latency: latency and op with value say the same"}},
		"a comparison that is none": {ratioOf(metricOf("field", "x", "op", "<", "value", "1"), metricOf()), []string{`ratioMetric.good.metricSource.spec.op: op "<" is none of`, `ratioMetric.good.metricSource.spec.value: value "1" is not a number`}},
		"a field that is none":      {ratioOf(metricOf("field", "x*", "op", "lt", "value", 1.0), metricOf()), []string{`ratioMetric.good.metricSource.spec.field: field "x*" is not`}},
		"a sum over a count":        {ratioOf(metricOf("field", "x"), metricOf()), []string{"ratioMetric.good.metricSource.spec.field: good sums a field and the other part counts"}},
		"a count over a sum":        {ratioOf(metricOf("query", "a:b"), metricOf("field", "x")), []string{"ratioMetric.good.metricSource.spec.: total sums a field"}},
		"a threshold without field": {slo.Definition{Threshold: metricOf(), Op: slo.Less}, []string{"thresholdMetric.metricSource.spec.: field is missing"}},
		"a threshold with all wrong": {
			slo.Definition{Threshold: metricOf("field", "x", "op", "lt", "latency", "1s"), Op: "<", Value: math.NaN()},
			[]string{"thresholdMetric.metricSource.spec.op: op belongs to the objective", "thresholdMetric.metricSource.spec.latency: latency belongs to good", `thresholdMetric: op "<" with value NaN`},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			ind, problems := Builder{}.Build(tc.def)
			require.Nil(t, ind)
			var got []string
			for _, p := range problems {
				got = append(got, strings.Join(p.Path, ".")+": "+p.Text)
			}
			require.Len(t, got, len(tc.want), "%q", got)
			for i := range got {
				require.True(t, strings.HasPrefix(got[i], tc.want[i]), "%s\nis not %s", got[i], tc.want[i])
			}
		})
	}
}

func TestUnitsOfDurationsAreReadFromNames(t *testing.T) {
	for field, want := range map[string]string{
		"event.duration": "ns", "transaction.duration.us": "us", "took_ms": "ms", "took": "ms", "duration": "ms", "requestMillis": "ms", "latency-seconds": "s",
		"durationSeconds": "s", "durationMilliseconds": "ms", "time.nanos": "ns", "elapsedMicroseconds": "us", "status": "ms", "http.response.s": "s", "bytes": "ms",
	} {
		require.Equal(t, want, unitOf(field), field)
	}
}

func TestNumbersAreRecognisedInQueries(t *testing.T) {
	tests := map[string]struct {
		query any
		want  []string
	}{
		"comparisons":              {"a:<500 AND b.c:>=1.5 OR (d_e:> -3)", []string{"a", "b.c", "d_e"}},
		"ranges":                   {"a:[200 TO 299] NOT b:{0 TO *} c:[* TO 7}", []string{"a", "b", "c"}},
		"what is no number":        {"a:<500ms b:[a TO b] c:500 d:<2026-03-01 status:\"<500\" e:[2026-01-01 TO 2026-02-01]", nil},
		"ranges of the query DSL":  {map[string]any{"bool": map[string]any{"must_not": []any{map[string]any{"range": map[string]any{"x": map[string]any{"lt": 5.0}}}}}}, []string{"x"}},
		"dates of the query DSL":   {map[string]any{"range": map[string]any{"x": map[string]any{"lt": "2026"}}}, nil},
		"strings of the query DSL": {map[string]any{"query_string": map[string]any{"query": "x:>5"}}, []string{"x"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, built(t, ratioOf(metricOf("query", tc.query), metricOf())).numeric())
		})
	}
}

func keyFor(t require.TestingT, def slo.Definition) slo.IndicatorKey { return built(t, def).Key() }

func TestKeysSayWhatIsMeasuredAndNotHowItIsWritten(t *testing.T) {
	same := [][2]slo.Definition{
		{ratioOf(metricOf("query", " a:b "), metricOf()), ratioOf(metricOf("query", "a:b"), metricOf("timestampField", "@timestamp"))},
		{ratioOf(metricOf("field", "x_ms", "latency", "1s"), metricOf()), ratioOf(metricOf("field", "x_ms", "latency", "1000ms", "unit", "ms"), metricOf())},
		{ratioOf(metricOf("field", "x_ms", "latency", "1s"), metricOf()), ratioOf(metricOf("field", "x_ms", "op", "lte", "value", 1000.0), metricOf())},
		{ratioOf(metricOf("query", "a:b", "groupBy", []any{"x", "y"}), metricOf()), ratioOf(metricOf("query", "a:b"), metricOf("groupBy", []any{"y", "x"}))},
		{ratioOf(metricOf("query", "a:b", "emptyMinute", "auto"), metricOf()), ratioOf(metricOf("query", "a:b"), metricOf())},
	}
	for i, pair := range same {
		require.Equal(t, keyFor(t, pair[0]), keyFor(t, pair[1]), "pair %d", i)
	}
	other := metricOf("query", "a:b")
	other.SourceName = "x"
	total := metricOf()
	total.SourceName = "x"
	different := []slo.Definition{
		ratioOf(metricOf("query", "a:b"), metricOf()), ratioOf(other, total), ratioOf(metricOf("query", "a:b", "index", "y"), metricOf("index", "y")),
		ratioOf(metricOf("query", "a:b", "timestampField", "t"), metricOf()), ratioOf(metricOf("query", "a:b", "emptyMinute", "zero"), metricOf()),
		ratioOf(metricOf("query", "a:b", "groupBy", "x"), metricOf()),
		{Bad: metricOf("query", "a:b"), Total: metricOf()},
		ratioOf(metricOf("query", "a:b"), metricOf("query", "c:d")), ratioOf(metricOf("query", fiveHundreds), metricOf()),
	}
	for _, def := range forms {
		different = append(different, def)
	}
	seen := map[slo.IndicatorKey]int{}
	for i, def := range different {
		key := keyFor(t, def)
		require.Len(t, key, keyLength)
		require.NotContains(t, seen, key, "definitions %d and %d", seen[key], i)
		seen[key] = i
	}
}

// TestAKeyIsForEver pins keys: a change of the canonical form would orphan every
// history that was ever measured.
func TestAKeyIsForEver(t *testing.T) {
	require.Equal(t, map[string]slo.IndicatorKey{
		"bad":       "00a699f70a094d3d494d47b5",
		"grouped":   "9b64f8b233f6ccfcf445f3dc",
		"latency":   "8ab7f04400c144397a0b4ec0",
		"strings":   "18dc968b95f278dc0debf82a",
		"sums":      "56fb086c65d49e63fef39b50",
		"threshold": "815e9d4f317e7c930f300ae7",
	}, map[string]slo.IndicatorKey{
		"strings":   keyFor(t, forms["query-strings"]),
		"bad":       keyFor(t, forms["bad-of-total"]),
		"latency":   keyFor(t, forms["latency"]),
		"sums":      keyFor(t, forms["sums"]),
		"threshold": keyFor(t, forms["threshold"]),
		"grouped":   keyFor(t, forms["grouped"]),
	})
}

// FuzzBuild demands that no text of a definition becomes part of the structure
// of a request, whatever it holds.
func FuzzBuild(f *testing.F) {
	f.Add("status:<500", "logs-*", "service", `{"term":{"a":"b"}}`)
	f.Add(`a:"b\"}}`, "x", "é.keyword", `{"bool":{"filter":[{"range":{"x":{"gte":1}}}]}}`)
	f.Add("\x00", "-", "*", `{"script":{}}`)
	f.Add("now", `"`, `"}`, `{"terms":{"a":[1,"b",null]}}`)
	f.Fuzz(func(t *testing.T, text, index, field, dsl string) {
		var q map[string]any
		if json.Unmarshal([]byte(dsl), &q) != nil {
			q = map[string]any{}
		}
		for _, def := range []slo.Definition{
			ratioOf(metricOf("index", index, "query", text, "groupBy", field), metricOf("index", index)),
			ratioOf(metricOf("index", index, "query", q, "field", field, "latency", "1s"), metricOf("index", index, "timestampField", field)),
			{Threshold: metricOf("index", index, "field", field, "query", q), Op: slo.Less},
		} {
			ind, problems := Builder{}.Build(def)
			require.True(t, (ind == nil) == (len(problems) > 0))
			if ind == nil {
				continue
			}
			in := ind.(*Indicator)
			require.NotContains(t, in.Index, "/")
			body := marshal(in.request(twoMinutes))
			var shape map[string]any
			require.NoError(t, json.Unmarshal(body, &shape))
			aggs := asMap(shape["aggs"])
			delete(aggs, "numbers")
			require.Len(t, aggs, 1)
			require.NotContains(t, string(body), `"script":{`)
			for _, q := range ind.Queries() {
				require.True(t, json.Valid([]byte(q.Text)))
			}
		}
	})
}

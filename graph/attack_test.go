package graph

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// attack is a document or a body of one hostile family.
type attack struct {
	query     string
	variables any
	body      string // instead of query and variables
	code      string // of the refusal; "" if the document is served
}

// repeat writes n numbered parts.
func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", strconv.Itoa(i)))
	}
	return b.String()
}

// chain writes n fragments on Slo, each of which uses the next through body.
func chain(n int, body string) string {
	var b strings.Builder
	b.WriteString(`{slo(name:"api"){...F0}}`)
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Slo{%s}", i, strings.ReplaceAll(body, "#", strconv.Itoa(i+1)))
	}
	fmt.Fprintf(&b, " fragment F%d on Slo{name}", n)
	return b.String()
}

// nest writes a chain of lists n services deep.
func nest(n int) string {
	return `{slos(first:1){nodes{` + strings.Repeat(`service{slos(first:1){nodes{`, n) + "name" + strings.Repeat("}}}", n) + "}}}"
}

// deepJSON writes n lists in one another.
func deepJSON(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// hostile are the families of the hardening reference: large ones that must
// not be read, and small ones that pass every limit on size.
func hostile() map[string]attack {
	all := documents()
	maps.Copy(all, values())
	return all
}

// documents are hostile by what they select.
func documents() map[string]attack {
	return map[string]attack{
		"list nesting, 1 MB":                 {query: `{slo(name:` + strings.Repeat("[", 1_000_000), code: "LIMIT_EXCEEDED Body"},
		"list nesting, 16 kB":                {query: `{slo(name:` + strings.Repeat("[", 16_000), code: "LIMIT_EXCEEDED Tokens"},
		"list nesting, 900 levels":           {query: `{slo(name:` + deepJSON(450) + `){name}}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"selection nesting, 500,000 levels":  {query: strings.Repeat("{a", 500_000), code: "LIMIT_EXCEEDED Body"},
		"selection nesting, 8,000 levels":    {query: strings.Repeat("{a", 8_000), code: "LIMIT_EXCEEDED Tokens"},
		"selection nesting, 300 levels":      {query: strings.Repeat("{a", 300) + strings.Repeat("}", 300), code: "LIMIT_EXCEEDED Depth"},
		"selection nesting, never closed":    {query: strings.Repeat("{a", 499), code: "GRAPHQL_PARSE_FAILED"},
		"exponential fragments, one key":     {query: chain(22, `service{slos(first:1){nodes{...F#}}} service{slos(first:1){nodes{...F#}}}`), code: "LIMIT_EXCEEDED Depth"},
		"exponential fragments, flat":        {query: chain(40, `...F# ...F# name`), code: "LIMIT_EXCEEDED MergedKey"},
		"exponential fragments, two keys":    {query: chain(20, `a#:service{slos(first:1){nodes{...F#}}} b#:service{slos(first:1){nodes{...F#}}}`), code: "LIMIT_EXCEEDED Depth"},
		"exponential fragments, inline":      {query: chain(40, `...on Slo{...F#} ...on Slo{...F#}`), code: "LIMIT_EXCEEDED MergedKey"},
		"fragments in a circle":              {query: `{slo(name:"api"){...A}} fragment A on Slo{...B} fragment B on Slo{...A}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"fragments in a circle, unused":      {query: `{health{ready}} fragment A on Slo{...B} fragment B on Slo{...A}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"duplicate fields, 11 kB":            {query: "{" + strings.Repeat("__typename ", 1_000) + "}", code: "LIMIT_EXCEEDED Tokens"},
		"duplicate fields, 55 kB":            {query: "{" + strings.Repeat("__typename ", 5_000) + "}", code: "LIMIT_EXCEEDED QueryText"},
		"duplicate fields, 220 kB":           {query: "{" + strings.Repeat("__typename ", 20_000) + "}", code: "LIMIT_EXCEEDED QueryText"},
		"duplicate fields, 900":              {query: "{" + strings.Repeat("__typename ", 900) + "}", code: "LIMIT_EXCEEDED SameKey"},
		"duplicate fields through fragments": {query: "{health{" + repeat(80, "...F# ") + "}}" + repeat(80, " fragment F# on Health{ready ready ready ready}"), code: "LIMIT_EXCEEDED MergedKey"},
		"inline fragments, 50 x 100":         {query: "{slo(name:\"a\"){" + strings.Repeat("...on Slo{service{"+strings.Repeat("...on Service{name}", 100)+"}}", 50) + "}}", code: "LIMIT_EXCEEDED QueryText"},
		"inline fragments, 10 x 10":          {query: "{slo(name:\"a\"){" + strings.Repeat("...on Slo{service{"+strings.Repeat("...on Service{name}", 10)+"}}", 10) + "}}"},
		"unknown directives, 150 kB":         {query: "{__typename " + strings.Repeat("@aa", 50_000) + "}", code: "LIMIT_EXCEEDED QueryText"},
		"unknown directives, 400":            {query: "{__typename " + strings.Repeat("@aa ", 400) + "}", code: "GRAPHQL_VALIDATION_FAILED"},
		"known directives, 60":               {query: "{health{" + strings.Repeat("ready@skip(if:true) ", 10) + strings.Repeat("version@skip(if:true) ", 10) + strings.Repeat("demo@skip(if:true) ", 10) + strings.Repeat("startedAt@skip(if:true) ", 10) + strings.Repeat("components@skip(if:true){name} ", 10) + strings.Repeat("targets@skip(if:true){job} ", 10) + "}}", code: "LIMIT_EXCEEDED Directives"},
		"deferred fragments":                 {query: `{slo(name:"api"){... @defer{name}}}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"aliases, 5,000":                     {query: "{" + repeat(5_000, "x#:health{ready}") + "}", code: "LIMIT_EXCEEDED QueryText"},
		"aliases, 100":                       {query: "{" + repeat(100, "x#:health{ready}") + "}", code: "LIMIT_EXCEEDED Aliases"},
		"unknown fields, 3,000":              {query: "{" + repeat(3_000, "hell# ") + "}", code: "LIMIT_EXCEEDED QueryText"},
		"unknown fields, 900":                {query: "{health{" + repeat(900, "read# ") + "}}", code: "GRAPHQL_VALIDATION_FAILED"},
		"unknown arguments, 400":             {query: "{slo(" + repeat(400, "nam#:1 ") + "){name}}", code: "LIMIT_EXCEEDED Tokens"},
		"unknown types, 200":                 {query: "query(" + repeat(200, "$v#:Sl# ") + "){health{ready}}", code: "GRAPHQL_VALIDATION_FAILED"},
		"unknown enumeration values, 900":    {query: "{slos(first:1,filter:{state:[" + repeat(900, "HEALTH# ") + "]}){nodes{name}}}", code: "GRAPHQL_VALIDATION_FAILED"},
		"fan-out of pages":                   {query: `{services(first:100){nodes{slos(first:100){nodes{service{slos(first:100){nodes{name}}}}}}}}`, code: "LIMIT_EXCEEDED Complexity"},
	}
}

// values are hostile by what they say, or by how it is wrapped.
func values() map[string]attack {
	return map[string]attack{
		"variable bomb, nested in JSON":            {body: `{"query":"{health{ready}}","variables":{"a":` + deepJSON(100_000) + `}}`, code: "LIMIT_EXCEEDED JSONDepth"},
		"variable bomb, nested":                    {query: "query($a:[ID!]){health{ready}}", variables: map[string]any{"a": nested(12)}, code: "LIMIT_EXCEEDED VariableDepth"},
		"variable bomb, wide":                      {query: "query($a:[ID!]){health{ready}}", variables: map[string]any{"a": make([]int, 100_000)}, code: "LIMIT_EXCEEDED VariableValues"},
		"variable bomb, long":                      {query: "query($a:ID){slo(id:$a){name}}", variables: map[string]any{"a": strings.Repeat("a", 200_000)}, code: "LIMIT_EXCEEDED VariableBytes"},
		"variable bomb, long number":               {body: `{"query":"query($a:Int!){slos(first:$a){nodes{name}}}","variables":{"a":` + strings.Repeat("9", 200_000) + `}}`, code: "LIMIT_EXCEEDED VariableBytes"},
		"first beyond 64 bits":                     {query: "{slos(first:99999999999999999999){nodes{name}}}", code: "GRAPHQL_VALIDATION_FAILED"},
		"first beyond 32 bits":                     {query: "{slos(first:2147483648){nodes{name}}}", code: "GRAPHQL_VALIDATION_FAILED"},
		"first below zero":                         {query: "{slos(first:-1){nodes{name}}}", code: "INVALID"},
		"first by default value beyond 64 bits":    {query: "query($n:Int!=99999999999999999999){slos(first:$n){nodes{name}}}", code: "GRAPHQL_VALIDATION_FAILED"},
		"first by variable beyond 64 bits":         {body: `{"query":"query($n:Int!){slos(first:$n){nodes{name}}}","variables":{"n":99999999999999999999}}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"first by variable beyond 32 bits":         {body: `{"query":"query($n:Int!){slos(first:$n){nodes{name}}}","variables":{"n":4294967297}}`, code: "LIMIT_EXCEEDED First"},
		"first by variable as a fraction":          {body: `{"query":"query($n:Int!){slos(first:$n){nodes{name}}}","variables":{"n":1.5}}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"first by variable as a text":              {body: `{"query":"query($n:Int!){slos(first:$n){nodes{name}}}","variables":{"n":"5"}}`},
		"forged cursor":                            {query: `{slos(first:1,after:"` + strings.Repeat("A", 9_000) + `"){nodes{name}}}`, code: "INVALID"},
		"operation name of nobody":                 {body: `{"query":"query A{health{ready}}","operationName":"B"}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"operation name twice":                     {body: `{"query":"query A{health{ready}} query A{health{demo}}","operationName":"A"}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"operation name missing":                   {body: `{"query":"query A{health{ready}} query B{health{demo}}"}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"unicode escapes":                          {query: `{slo(name:"` + strings.Repeat(`\u0061`, 2_000) + `"){name}}`},
		"unicode escapes of half characters":       {query: `{slo(name:"\ud800"){name}}`},
		"text that is not UTF-8":                   {body: "{\"query\":\"{slo(name:\\\"\xff\xfe\\\"){name}}\"}", code: "INVALID"},
		"a NUL in a text":                          {query: `{slo(name:"\u0000"){name}}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"a NUL in a variable":                      {query: "query($a:ID){slo(id:$a){name}}", variables: map[string]any{"a": "a\x00"}, code: "INVALID"},
		"block string of quotes":                   {query: `{slo(name:"""` + strings.Repeat(`\"""`, 3_000) + `"""){name}}`},
		"comment of 16 kB":                         {query: "{health{ready}}#" + strings.Repeat("a", 16_000)},
		"toggles of every kind":                    {query: "query($a:Boolean!){health{" + repeat(20, "f#:ready@include(if:$a)@skip(if:$a) ") + "}}", variables: map[string]any{"a": true}},
		"hash of a persisted query":                {body: `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"hash of another query":                    {body: `{"query":"{health{ready}}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`},
		"list of operations":                       {body: `[` + strings.Repeat(`{"query":"{health{ready}}"},`, 100) + `{}]`, code: "INVALID"},
		"body that is no object":                   {body: `"query"`, code: "INVALID"},
		"body that ends early":                     {body: `{"query":`, code: "INVALID"},
		"two bodies in one":                        {body: `{"query":"{health{ready}}"}{"query":"{health{ready}}"}`, code: "INVALID"},
		"introspection, deep":                      {query: `{__schema{types{` + strings.Repeat("fields{type{", 5) + "name" + strings.Repeat("}}", 5) + "}}}", code: "GRAPHQL_VALIDATION_FAILED"},
		"introspection through a fragment":         {query: `{...A} fragment A on Query{__type(name:"Slo"){name}}`, code: "GRAPHQL_VALIDATION_FAILED"},
		"subscription over POST":                   {query: `subscription{healthChanged{ready}}`, code: "INVALID"},
		"conflicting fields, nested, all alike":    {query: overlapping()},
		"conflicting fields through 30 fragments":  {query: "{slo(name:\"api\"){" + repeat(30, "...F# ") + "}}" + repeat(30, " fragment F# on Slo{name budget{state remaining} objectives{name budget{sli}}}")},
		"as many fields as may be, all of one key": {query: atTheLimit()},
	}
}

// nested returns n lists in one another.
func nested(n int) any {
	if n == 0 {
		return 1
	}
	return []any{nested(n - 1)}
}

// overlapping selects the same few keys again and again, one in another, as
// often as the tokens allow: each pair is compared by validation.
func overlapping() string {
	leaf := strings.Repeat("good total ", 4)
	return `{slo(name:"api"){` + strings.Repeat("objectives{"+strings.Repeat("budget{"+leaf+"}", 9)+"}", 9) + "}}"
}

// atTheLimit expands to nearly as many fields as the guard lets in.
func atTheLimit() string {
	ten := func(s string) string { return strings.Repeat(s, 9) }
	return `{slos(first:1){nodes{...A}}}` +
		` fragment A on Slo{` + ten("service{...B}") + `}` +
		` fragment B on Service{` + ten("slos(first:3){nodes{...C}}") + `}` +
		` fragment C on Slo{name labels{name values} description team method unit coverage origin{file line} displayName id window{title duration}}`
}

// send posts an attack as the page would.
func (a attack) send(f *fixture) result {
	if a.body != "" {
		return decodeBody(f.send(a.body, func(*http.Request) {}))
	}
	return decodeBody(f.post(a.query, a.variables))
}

package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/catalog"
	"github.com/hindcast/hindcast/slo"
)

// proof shows what one limit keeps out. Its attack is refused with the code of
// that limit while all limits are on, and gets through when this one alone is
// taken away: so no limit is there for nothing, and none stands in for another.
type proof struct {
	attack func(t *testing.T, f *fixture) result
	code   string // "" means LIMIT_EXCEEDED and the name of the limit
	// tighten, if not nil, lowers other limits or adds data so that the attack
	// is small enough for a test. It applies with and without the limit.
	tighten func(*Options, *Limits)
}

// query returns an attack by one query.
func query(text string, variables ...any) func(*testing.T, *fixture) result {
	return func(t *testing.T, f *fixture) result {
		if len(variables) > 0 {
			return decode(t, f.post(text, variables[0]))
		}
		return decode(t, f.post(text, nil))
	}
}

// documentProofs are the limits that one request runs into. The others depend
// on time or on sockets and are proven in running_test.go and socket_test.go.
func documentProofs() map[string]proof {
	return map[string]proof{
		"Body": {attack: func(_ *testing.T, f *fixture) result {
			return decodeBody(f.send(`{"query":"{health{ready}}"`+strings.Repeat(" ", 300<<10)+`}`, nil))
		}},
		"JSONDepth": {attack: func(_ *testing.T, f *fixture) result {
			return decodeBody(f.send(`{"query":"{health{ready}}","extensions":{"a":`+deepJSON(70)+`}}`, nil))
		}},
		"QueryText":      {attack: query("{health{ready}} #" + strings.Repeat("a", 17<<10))},
		"Tokens":         {attack: query("{slos(first:1,filter:{state:[" + strings.Repeat("STALE ", 1_100) + "]}){nodes{name}}}")},
		"Depth":          {attack: query(nest(5))},
		"RootFields":     {attack: query("{" + repeat(21, "h#:health{ready}") + "}")},
		"Aliases":        {attack: query("{health{" + repeat(31, "a#:ready ") + "}}")},
		"Directives":     {attack: query("{health{" + directed(51) + "}}")},
		"SameKey":        {attack: query("{health{" + strings.Repeat("ready ", 11) + "}}")},
		"MergedKey":      {attack: query("{health{" + repeat(6, "...F# ") + "}}" + repeat(6, " fragment F# on Health{"+strings.Repeat("ready ", 9)+"}"))},
		"Fields":         {attack: query(manyFields())},
		"VariableBytes":  {attack: query("query($a:String){slos(first:1,filter:{search:$a}){nodes{name}}}", map[string]any{"a": strings.Repeat("a", 65<<10)})},
		"VariableValues": {attack: query("query($a:[State!]){slos(first:1,filter:{state:$a}){nodes{name}}}", map[string]any{"a": states(1_001)})},
		"VariableDepth":  {attack: query("{health{ready}}", map[string]any{"a": nested(11)})},
		"First":          {attack: query("{slos(first:101){nodes{name}}}")},
		"Points":         {attack: query(`{slo(name:"api"){series(kind:SLI,maxPoints:2001){step}}}`)},
		"Complexity":     {attack: query("{slos(first:100){nodes{service{slos(first:100){nodes{name}}}}}}")},
		"Nodes":          {attack: query("{slos(first:100){nodes{series(kind:SLI,maxPoints:1000){step}}}}")},
		"Errors":         {attack: lastError, tighten: manySLOs},
		"Burst": {
			attack: func(t *testing.T, f *fixture) result {
				var last result
				for range 1_001 {
					last = decode(t, f.post("{health{ready}}", nil))
				}
				return last
			},
			code:    "RATE_LIMITED Burst",
			tighten: func(_ *Options, l *Limits) { l.Burst = DefaultLimits().Burst },
		},
	}
}

// directed writes n fields with a directive, no key more than ten times.
func directed(n int) string {
	var b strings.Builder
	for i := range n {
		field := []string{"ready", "version", "demo", "startedAt", "components{name}", "targets{job}"}[i/9]
		name, rest, braced := strings.Cut(field, "{")
		b.WriteString(name + "@skip(if:false)")
		if braced {
			b.WriteString("{" + rest)
		}
		b.WriteString(" ")
	}
	return b.String()
}

// manyFields expands to more than 2,000 fields and keeps every other limit.
func manyFields() string {
	nine := func(s string) string { return strings.Repeat(s, 9) }
	return `{slos(first:1){nodes{...A}}}` +
		` fragment A on Slo{` + nine("service{...B}") + `}` +
		` fragment B on Service{` + nine("slos(first:1){nodes{...C}}") + `}` +
		` fragment C on Slo{` + nine("name id ") + strings.Repeat("team unit method ", 3) + `}`
}

// states returns a list of states.
func states(n int) []slo.State {
	list := make([]slo.State, n)
	for i := range list {
		list[i] = slo.Healthy
	}
	return list
}

// manySLOs puts 100 SLOs in force whose budgets nobody can tell.
func manySLOs(o *Options, _ *Limits) {
	registry, evaluator := &slo.Registry{}, &fakeEvaluator{fail: map[string]error{}}
	var slos []*slo.SLO
	for i := range 100 {
		name := fmt.Sprintf("slo-%02d", i)
		slos = append(slos, fakeSLO("shop", name))
		evaluator.fail[name] = errUnavailable
	}
	registry.Replace(slos, nil)
	o.SLOs, o.Services, o.Evaluator = registry, &catalog.Registry{}, evaluator
}

// lastError asks for a hundred budgets that all fail and returns the last error.
func lastError(t *testing.T, f *fixture) result {
	r := decode(t, f.post("{slos(first:100){nodes{name budget{state}}}}", nil))
	require.NotEmpty(t, r.Errors)
	r.Errors = r.Errors[len(r.Errors)-1:]
	if r.code() == "UNAVAILABLE" { // all errors came through
		r.Errors = nil
	}
	return r
}

// without returns the limits with one of them taken away.
func without(l Limits, name string) Limits {
	reflect.ValueOf(&l).Elem().FieldByName(name).SetInt(0)
	return l
}

func TestEveryDocumentLimitKeepsItsAttackOut(t *testing.T) {
	for name, p := range documentProofs() {
		t.Run(name, func(t *testing.T) {
			code := p.code
			if code == "" {
				code = "LIMIT_EXCEEDED " + name
			}
			on := newFixture(t, p.tighten)
			require.Equal(t, code, p.attack(t, on).code(), "with all limits on")

			off := newFixture(t, func(o *Options, l *Limits) {
				if p.tighten != nil {
					p.tighten(o, l)
				}
				*l = without(*l, name)
			})
			require.Empty(t, p.attack(t, off).Errors, "with %s taken away", name)
		})
	}
}

// TestEveryLimitHasAProof fails when a limit is added without showing what it
// keeps out.
func TestEveryLimitHasAProof(t *testing.T) {
	proven := map[string]string{}
	for name := range documentProofs() {
		proven[name] = "TestEveryDocumentLimitKeepsItsAttackOut"
	}
	for name := range runningProofs() {
		proven[name] = "TestEveryRunningLimitHolds"
	}
	for name := range socketProofs() {
		proven[name] = "TestEverySocketLimitHolds"
	}
	limits := reflect.TypeFor[Limits]()
	for field := range limits.Fields() {
		require.Contains(t, proven, field.Name)
	}
	require.Len(t, proven, limits.NumField(), "a proof names a limit that does not exist")
}

func TestEveryLimitIsSetByDefault(t *testing.T) {
	require.Empty(t, DefaultLimits().missing())
	for field := range reflect.TypeFor[Limits]().Fields() {
		require.Equal(t, field.Name, without(DefaultLimits(), field.Name).missing())
	}
}

// TestTheLimitsOfTheHardeningReference repeats the figures, so that none is
// raised by accident.
func TestTheLimitsOfTheHardeningReference(t *testing.T) {
	got, err := json.Marshal(DefaultLimits())
	require.NoError(t, err)
	require.JSONEq(t, `{
		"Body": 262144, "JSONDepth": 64, "QueryText": 16384, "Tokens": 1000, "Depth": 15, "RootFields": 20,
		"Aliases": 30, "Directives": 50, "SameKey": 10, "MergedKey": 50, "Fields": 2000,
		"VariableBytes": 65536, "VariableValues": 1000, "VariableDepth": 10,
		"First": 100, "Points": 2000, "Complexity": 10000, "Nodes": 50000,
		"Running": 8, "Tests": 2,
		"Wall": 10000000000, "Upstream": 50, "Parallel": 8, "Errors": 25,
		"Burst": 1000, "PerSecond": 100, "Sockets": 20,
		"Subscriptions": 20, "MessagesPerSecond": 20, "InitTimeout": 5000000000, "Ping": 20000000000,
		"WriteTimeout": 10000000000, "Coalesce": 1000000000,
		"CacheBytes": 16777216, "Principals": 10000
	}`, string(got))
}

func TestNewRefusesWhatIsIncomplete(t *testing.T) {
	whole := newFixture(t, nil).Options
	tests := map[string]func(*Options){
		"no objectives":       func(o *Options) { o.SLOs = nil },
		"no services":         func(o *Options) { o.Services = nil },
		"no evaluator":        func(o *Options) { o.Evaluator = nil },
		"no backfills":        func(o *Options) { o.Backfills = nil },
		"no health":           func(o *Options) { o.Health = nil },
		"no changes":          func(o *Options) { o.Changes = nil },
		"no sources":          func(o *Options) { o.Sources = nil },
		"no logger":           func(o *Options) { o.Logger = nil },
		"no clock":            func(o *Options) { o.Now = nil },
		"a limit that is off": func(o *Options) { o.Limits = new(without(DefaultLimits(), "Depth")) },
		"an origin that is none": func(o *Options) {
			o.AllowedOrigins = []string{"localhost"}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			o := whole
			change(&o)
			_, err := New(o)
			require.Error(t, err)
		})
	}
	h, err := New(whole)
	require.NoError(t, err)
	require.NoError(t, h.Close(t.Context()))
	require.Equal(t, http.StatusOK, (&fixture{handler: h}).send(`{"query":"{health{ready}}"}`, nil).Code)
}

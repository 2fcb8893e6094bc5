package graph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/hindcast/hindcast/graph/internal/exec"
)

// holds tries to get past one limit, with limits as change leaves them, and
// reports whether it was held back.
type holds func(t *testing.T, change func(*Limits)) bool

// runningProofs are the limits that show while an operation runs.
func runningProofs() map[string]holds {
	return map[string]holds{
		"Wall": wallHolds, "Upstream": upstreamHolds, "Parallel": parallelHolds, "PerSecond": perSecondHolds,
		"Running": queriesHold, "Tests": testsHold,
		"Coalesce": coalesceHolds, "CacheBytes": cacheHolds, "Principals": principalsHold,
	}
}

func TestEveryRunningLimitHolds(t *testing.T) { prove(t, runningProofs()) }

// prove tries each proof with all limits on and with its own taken away, in a
// bubble where time costs nothing.
func prove(t *testing.T, proofs map[string]holds) {
	t.Helper()
	for name, try := range proofs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				require.True(t, try(t, func(*Limits) {}), "with all limits on")
			})
			synctest.Test(t, func(t *testing.T) {
				require.False(t, try(t, func(l *Limits) { *l = without(*l, name) }), "with %s taken away", name)
			})
		})
	}
}

// live returns a fixture on the clock of the bubble with the default points.
func live(t *testing.T, change func(*Options, *Limits)) *fixture {
	t.Helper()
	return newFixture(t, func(o *Options, l *Limits) {
		o.Now = time.Now
		l.Burst = DefaultLimits().Burst
		if change != nil {
			change(o, l)
		}
	})
}

func wallHolds(t *testing.T, change func(*Limits)) bool {
	f := live(t, func(_ *Options, l *Limits) { change(l) })
	f.evaluator.block = make(chan struct{})
	var got result
	go func() { got = decodeBody(f.post(`{slo(name:"api"){budget{state}}}`, nil)) }()
	time.Sleep(DefaultLimits().Wall + time.Second)
	synctest.Wait()
	held := got.code() == "UNAVAILABLE"
	close(f.evaluator.block)
	synctest.Wait()
	if held {
		require.NotContains(t, got.Errors[0].Message, "sum slots")
		require.NotContains(t, f.log.String(), "internal error")
	}
	return held
}

func upstreamHolds(t *testing.T, change func(*Limits)) bool {
	var got int
	f := live(t, func(o *Options, l *Limits) {
		change(l)
		o.LimitUpstream = func(ctx context.Context, n int) context.Context {
			got = n
			return ctx
		}
	})
	f.post("{health{ready}}", nil)
	return got == DefaultLimits().Upstream
}

func parallelHolds(t *testing.T, change func(*Limits)) bool {
	evaluator := &fakeEvaluator{block: make(chan struct{})}
	f := live(t, func(o *Options, l *Limits) {
		manySLOs(o, l)
		o.Evaluator = evaluator
		change(l)
	})
	go f.post("{slos(first:100){nodes{budget{state}}}}", nil)
	time.Sleep(time.Second)
	synctest.Wait()
	running := int(evaluator.running.Load())
	close(evaluator.block)
	synctest.Wait()
	require.Positive(t, running)
	require.EqualValues(t, 100, evaluator.budgets.Load())
	return running <= DefaultLimits().Parallel
}

// queriesHold sends one query more than may run: it waits, and is refused when it
// waited too long; after the others it is served.
func queriesHold(t *testing.T, change func(*Limits)) bool {
	f := live(t, func(_ *Options, l *Limits) { change(l) })
	f.evaluator.block = make(chan struct{})
	for range DefaultLimits().Running {
		go f.post(`{slo(name:"api"){budget{state}}}`, nil)
	}
	synctest.Wait()
	var last *httptest.ResponseRecorder
	go func() { last = f.post("{health{ready}}", nil) }()
	time.Sleep(gateWait + time.Millisecond)
	synctest.Wait()
	require.NotNil(t, last)
	held := last.Code == http.StatusServiceUnavailable
	if held {
		require.Equal(t, "UNAVAILABLE Running", decode(t, last).code())
		require.Equal(t, "1", last.Header().Get("Retry-After"))
	}
	close(f.evaluator.block)
	synctest.Wait()
	require.Equal(t, http.StatusOK, f.post("{health{ready}}", nil).Code)
	return held
}

func perSecondHolds(t *testing.T, change func(*Limits)) bool {
	f := live(t, func(_ *Options, l *Limits) { change(l) })
	spend := func() (served int) {
		for range 2 * DefaultLimits().Burst {
			if w := f.post("{health{ready}}", nil); w.Code == http.StatusOK {
				served++
			} else {
				require.Equal(t, http.StatusTooManyRequests, w.Code)
				require.NotEmpty(t, w.Header().Get("Retry-After"))
				return served
			}
		}
		return served
	}
	first := spend()
	time.Sleep(time.Second)
	return first == DefaultLimits().Burst && spend() == DefaultLimits().PerSecond
}

func coalesceHolds(t *testing.T, change func(*Limits)) bool {
	f := live(t, func(_ *Options, l *Limits) { change(l) })
	ctx, cancel := context.WithCancel(t.Context())
	events := (&resolver{Options: f.Options, limits: f.limits()}).follow(ctx, func(string) bool { return true }, false)
	count := 0
	go func() {
		for range events {
			count++
		}
	}()
	for range 100 {
		f.hub.Notify("api")
		time.Sleep(100 * time.Millisecond)
	}
	cancel()
	synctest.Wait()
	require.GreaterOrEqual(t, count, 10)
	return count <= 11
}

func cacheHolds(t *testing.T, change func(*Limits)) bool {
	limits := DefaultLimits()
	change(&limits)
	c := newDocumentCache(limits.CacheBytes)
	for i := range 100 {
		c.Add(t.Context(), strconv.Itoa(i)+strings.Repeat("a", 10_000), &ast.QueryDocument{})
	}
	sum := 0
	for q := range c.entries {
		sum += footprint(q)
	}
	require.Equal(t, sum, c.size)
	require.Equal(t, len(c.entries), c.recent.Len())
	return sum <= DefaultLimits().CacheBytes
}

func principalsHold(t *testing.T, change func(*Limits)) bool {
	limits := DefaultLimits()
	change(&limits)
	purse := newToll(limits, time.Now)
	for i := range DefaultLimits().Principals + 1 {
		ctx := withRequest(t.Context(), &request{principal: strconv.Itoa(i)})
		require.Nil(t, purse.take(ctx, 1))
	}
	return purse.buckets.Len() <= DefaultLimits().Principals
}

// limits returns the limits that the handler was built with.
func (f *fixture) limits() Limits { return f.handler.sockets.limits }

func TestTheCacheForgetsWhatWasNotUsedForLongest(t *testing.T) {
	c := newDocumentCache(3 * footprint("a"))
	for _, q := range []string{"a", "b", "c"} {
		c.Add(t.Context(), q, &ast.QueryDocument{})
	}
	_, ok := c.Get(t.Context(), "a")
	require.True(t, ok)
	c.Add(t.Context(), "d", &ast.QueryDocument{})
	require.False(t, c.has("b"))
	require.True(t, c.has("a") && c.has("c") && c.has("d"))
	c.Add(t.Context(), strings.Repeat("e", 10_000), &ast.QueryDocument{})
	require.True(t, c.has("d"), "what is larger than the cache pushes nothing out")
}

func TestPrincipalsSpendTheirOwnPoints(t *testing.T) {
	f := newFixture(t, func(_ *Options, l *Limits) { l.Burst = 3 })
	from := func(address string) int {
		return f.send(`{"query":"{health{ready}}"}`, func(r *http.Request) { r.RemoteAddr = address }).Code
	}
	for range 3 {
		require.Equal(t, http.StatusOK, from("127.0.0.1:1"))
	}
	require.Equal(t, http.StatusTooManyRequests, from("127.0.0.1:2"))
	require.Equal(t, http.StatusOK, from("127.0.0.2:1"))
}

func TestComplexityCostsPoints(t *testing.T) {
	f := newFixture(t, func(o *Options, l *Limits) {
		manySLOs(o, l)
		o.Evaluator = &fakeEvaluator{}
		l.Burst = 100
	})
	dear := "{slos(first:100){nodes{name displayName description team method unit " + strings.Repeat("budget{good total sli allowed spent remaining burnRate} ", 6) + "}}}"
	w := f.post(dear, nil)
	require.Empty(t, decode(t, w).Errors)
	require.Equal(t, http.StatusTooManyRequests, f.post(dear, nil).Code, "it takes more than half of a hundred points")
}

func TestLoadersAskEachQuestionOnce(t *testing.T) {
	f := newFixture(t, func(o *Options, l *Limits) {
		manySLOs(o, l)
		o.Evaluator = &fakeEvaluator{}
	})
	r := decode(t, f.post(`{slos(first:100,filter:{state:HEALTHY}){nodes{coverage a:budget{state}b:budget{total}objectives{budget{sli}}}edges{node{budget{good}}}}}`, nil))
	require.Empty(t, r.Errors)
	require.EqualValues(t, 100, f.Evaluator.(*fakeEvaluator).budgets.Load())
}

func TestAStateFilterSaysWhoseStateNobodyCanTell(t *testing.T) {
	f := newFixture(t, nil)
	f.evaluator.fail = map[string]error{"broken": errUnavailable}
	r := decode(t, f.post(`{slos(first:5,filter:{state:[HEALTHY,BREACHED]}){nodes{name}}}`, nil))
	require.Equal(t, map[string]any{"slos": map[string]any{"nodes": []any{map[string]any{"name": "api"}}}}, r.Data)
	require.Len(t, r.Errors, 1)
	require.Equal(t, "UNAVAILABLE", r.code())
	require.Contains(t, r.Errors[0].Message, "state of broken: source")
}

func TestAStateFilterEvaluatesNoMoreThanThePageNeeds(t *testing.T) {
	f := newFixture(t, func(o *Options, l *Limits) {
		manySLOs(o, l)
		o.Evaluator = &fakeEvaluator{}
	})
	r := decode(t, f.post(`{slos(first:5,filter:{state:HEALTHY}){nodes{name}pageInfo{hasNextPage}}}`, nil))
	require.Empty(t, r.Errors)
	require.EqualValues(t, 6, f.Evaluator.(*fakeEvaluator).budgets.Load())
}

// TestTheDearestQueryThatIsLetIn keeps within the bounds of one request.
func TestTheDearestQueryThatIsLetIn(t *testing.T) {
	f := newFixture(t, func(o *Options, l *Limits) {
		manySLOs(o, l)
		o.Evaluator = &fakeEvaluator{}
	})
	before := usage()
	w := f.post("{slos(first:100){nodes{id name displayName description team method unit coverage service{name displayName team} window{title} "+
		"labels{name values} budget{from to target good total sli allowed spent remaining burnRate coverage state asOf warnings} "+
		"burnRates{severity longWindow shortWindow factor long short firing} series(kind:SLI,maxPoints:300){step columns points{at values coverage}}}}}", nil)
	cpu, bytes := before.until()
	require.Empty(t, decode(t, w).Errors)
	t.Logf("%s of processor time, %.1f MiB allocated, %d bytes sent", cpu, float64(bytes)/(1<<20), w.Body.Len())
	require.LessOrEqual(t, cpu, slowdown*maxCPU)
	require.LessOrEqual(t, bytes, uint64(maxBytes))
}

func TestWeightsInTheSchemaAreNumbers(t *testing.T) {
	found := 0
	for _, definition := range exec.NewExecutableSchema(exec.Config{}).Schema().Types {
		for _, field := range definition.Fields {
			if d := field.Directives.ForName("cost"); d != nil {
				found++
				require.Positive(t, weight(&ast.Field{Definition: field}), "%s.%s", definition.Name, field.Name)
			}
			// A list without a bound of its own would be free.
			if argument := field.Arguments.ForName("after"); argument != nil {
				require.Equal(t, "Int!", field.Arguments.ForName("first").Type.String(), "%s.%s", definition.Name, field.Name)
			}
		}
	}
	require.Positive(t, found)
}

package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
)

func TestErrorsLeaveInOneShape(t *testing.T) {
	tests := map[string]struct {
		err     error
		code    string
		message string
		logged  bool
	}{
		"a fault keeps its text":         {fault.Invalidf("window %q is not known", "x"), "INVALID", `window "x" is not known`, false},
		"a fault that was wrapped":       {fmt.Errorf("evaluate api: %w", fault.NotFoundf("stream is not there")), "NOT_FOUND", "evaluate api: stream is not there", false},
		"a conflict":                     {fault.Conflictf("changed meanwhile"), "CONFLICT", "changed meanwhile", false},
		"something forbidden":            {fault.Forbiddenf("not yours"), "FORBIDDEN", "not yours", false},
		"an address in a text":           {errUnavailable, "UNAVAILABLE", `source "main" does not answer; ask (address withheld)`, false},
		"a path in a text":               {fault.Unavailablef("open /var/lib/hindcast/db: no space"), "UNAVAILABLE", "open (path withheld): no space", false},
		"SQL":                            {errors.New(`SELECT * FROM slots: no such table`), "INTERNAL", "internal error", true},
		"a path":                         {errors.New("open /var/lib/hindcast/db.sqlite: permission denied"), "INTERNAL", "internal error", true},
		"an upstream address":            {errors.New("Get http://10.0.0.1:9090/api/v1/query: connection refused"), "INTERNAL", "internal error", true},
		"a fault of kind internal":       {fmt.Errorf("sum: %w", errors.New("index is corrupt")), "INTERNAL", "internal error", true},
		"a deadline with an address":     {fmt.Errorf("Get http://10.0.0.1:9090/: %w", context.DeadlineExceeded), "UNAVAILABLE", "the operation took too long and was stopped", false},
		"a text without end":             {fault.Invalidf("%s", strings.Repeat("ä", 10_000)), "INVALID", strings.Repeat("ä", maxMessage) + "…", false},
		"a panic":                        {errPanic, "INTERNAL", "internal error", true},
		"a query's text keeps its slash": {fault.Invalidf("a / b and a/b/c are no selectors"), "INVALID", "a / b and a/b/c are no selectors", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.evaluator.fail = map[string]error{"api": tt.err}
			w := f.post(`{slo(name:"api"){name budget{state} coverage}}`, nil)
			require.Equal(t, http.StatusOK, w.Code)
			r := decode(t, w)
			require.NotEmpty(t, r.Errors)
			require.Equal(t, tt.code, r.code())
			require.Equal(t, tt.message, r.Errors[0].Message)
			require.Equal(t, "slo", r.Errors[0].Path[0])
			for _, secret := range []string{"10.0.0.1", "SELECT", "/var/lib", "pw@", "secret", "goroutine"} {
				require.NotContains(t, w.Body.String(), secret)
			}
			require.Equal(t, tt.logged, strings.Contains(f.log.String(), "level=ERROR"), f.log.String())
			if tt.logged {
				require.Equal(t, w.Header().Get("X-Request-Id"), r.Errors[0].Extensions["requestId"])
				require.Contains(t, f.log.String(), "request="+w.Header().Get("X-Request-Id"))
			}
		})
	}
}

// TestOneResponseLogsNoMoreThanItShows keeps a query over a hundred broken SLOs
// from filling the disk with log lines.
func TestOneResponseLogsNoMoreThanItShows(t *testing.T) {
	f := newFixture(t, func(o *Options, l *Limits) {
		manySLOs(o, l)
		for name := range o.Evaluator.(*fakeEvaluator).fail {
			o.Evaluator.(*fakeEvaluator).fail[name] = errors.New("broken")
		}
	})
	r := decode(t, f.post("{slos(first:100){nodes{name budget{state}}}}", nil))
	require.Len(t, r.Errors, DefaultLimits().Errors)
	require.Equal(t, "76 more errors are not shown", r.Errors[len(r.Errors)-1].Message)
	require.Equal(t, DefaultLimits().Errors, strings.Count(f.log.String(), "level=ERROR"))
}

func TestInputIsRefusedByName(t *testing.T) {
	budget := func(args string) string { return `{slo(name:"api"){budget(` + args + `){state}}}` }
	tests := map[string]struct{ query, says string }{
		"a time without zone":       {budget(`asOf:"2026-07-01T00:00:00"`), "RFC 3339"},
		"a time that is none":       {budget(`asOf:"yesterday"`), "yesterday"},
		"a time before 1970":        {budget(`asOf:"1969-12-31T00:00:00Z"`), "1970"},
		"a time that is a number":   {budget(`asOf:5`), "a time is a text"},
		"a duration that is none":   {budget(`window:{duration:"soon"}`), "soon"},
		"a duration without end":    {budget(`window:{duration:"` + strings.Repeat("9", 100) + `d"}`), "too long"},
		"a calendar of hours":       {budget(`window:{duration:"1h",calendar:true}`), "1h"},
		"a zone that is none":       {budget(`window:{duration:"1M",calendar:true,timeZone:"Mars/Olympus"}`), "Mars/Olympus"},
		"the machine's zone":        {budget(`window:{duration:"1M",calendar:true,timeZone:"Local"}`), "Local"},
		"labels that are none":      {`{slo(name:"api"){series(kind:SLI,group:"a"){step}}}`, "labels are an object"},
		"a label that is a number":  {`{slo(name:"api"){series(kind:SLI,group:{a:1}){step}}}`, "is not a text"},
		"a series that goes back":   {`{slo(name:"api"){series(kind:SLI,from:"2026-07-02T00:00:00Z",to:"2026-07-01T00:00:00Z"){step}}}`, "is not before"},
		"an id and a name":          {`{slo(id:"a",name:"b"){name}}`, "either an id or a name"},
		"an id that is no base64":   {`{slo(id:"???"){name}}`, "was not given out"},
		"a cursor of another list":  {`{services(first:1,after:"dkQwp1sic2xvIiwic2hvcCIsImFwaSJd"){nodes{name}}}`, "was not given out for this list"},
		"no points":                 {`{slo(name:"api"){series(kind:SLI,maxPoints:0){step}}}`, "maxPoints"},
		"a subscription by another": {`subscription{a:healthChanged{ready}b:healthChanged{ready}}`, "one field"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := decode(t, newFixture(t, nil).post(tt.query, nil))
			require.NotEmpty(t, r.Errors)
			require.Contains(t, r.Errors[0].Message, tt.says)
			require.Contains(t, []string{"INVALID", "GRAPHQL_VALIDATION_FAILED"}, r.code())
		})
	}
}

func TestIntrospectionIsForDevelopment(t *testing.T) {
	f := newFixture(t, func(o *Options, _ *Limits) { o.Introspection = true })
	r := decode(t, f.post(`{__type(name:"Slo"){name} health{ready}}`, nil))
	require.Empty(t, r.Errors)
	require.Equal(t, "Slo", r.Data["__type"].(map[string]any)["name"])
	r = decode(t, f.post(`{health{read}}`, nil))
	require.Contains(t, r.Errors[0].Message, "Did you mean")
}

// TestNoErrorSuggestsNames sends a misspelling of each sort.
func TestNoErrorSuggestsNames(t *testing.T) {
	for _, q := range []string{
		`{healt{ready}}`, `{health{read}}`, `{slo(nam:"a"){name}}`, `{health}`, `query($a:Sl){health{ready}}`,
		`{slos(first:1,filter:{stat:STALE}){nodes{name}}}`, `{slos(first:1,filter:{state:STAL}){nodes{name}}}`,
		`{... on Quer{health{ready}}}`, `{...F} fragment F on Quer{health{ready}}`,
	} {
		w := newFixture(t, nil).post(q, nil)
		require.NotEmpty(t, decode(t, w).Errors, q)
		require.NotContains(t, w.Body.String(), "Did you mean", q)
	}
}

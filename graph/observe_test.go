package graph

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// notebook is an Observer that writes down what it is told.
type notebook struct {
	mu    sync.Mutex
	lines []string
}

func (n *notebook) Operation(ctx context.Context, op Operation) (context.Context, func(Outcome)) {
	return ctx, func(out Outcome) { n.write(op.Kind, op.Name, strings.Repeat("*", op.Points), out.Code, out.Limit) }
}

func (n *notebook) Refused(out Outcome) { n.write("refused", out.Code, out.Limit) }

func (n *notebook) write(words ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, strings.Join(words, " "))
}

func TestAnObserverIsToldAboutEveryAnswer(t *testing.T) {
	tests := map[string]struct {
		send func(*fixture)
		want string
	}{
		"an answer":                  {func(f *fixture) { f.post("query Page{slos(first:100){nodes{name}}}", nil) }, "query Page ***  "},
		"an error in it":             {func(f *fixture) { f.post(`{slos(first:1,after:"x"){nodes{name}}}`, nil) }, "query  * INVALID "},
		"a document over a limit":    {func(f *fixture) { f.post("{health{"+repeat(31, "a#:ready ")+"}}", nil) }, "  * LIMIT_EXCEEDED Aliases"},
		"an operation over a limit":  {func(f *fixture) { f.post("{slos(first:101){nodes{name}}}", nil) }, "query  * LIMIT_EXCEEDED First"},
		"a document that is none":    {func(f *fixture) { f.post("{", nil) }, "  * GRAPHQL_PARSE_FAILED "},
		"a body over its limit":      {func(f *fixture) { f.send(strings.Repeat(" ", 300<<10), nil) }, "refused LIMIT_EXCEEDED Body"},
		"a body that is no document": {func(f *fixture) { f.send("[]", nil) }, "refused INVALID "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var n notebook
			f := newFixture(t, func(o *Options, _ *Limits) { o.Observer = &n })
			tt.send(f)
			require.Equal(t, []string{tt.want}, n.lines)
		})
	}
}

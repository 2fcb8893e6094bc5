package graph

import (
	"fmt"
	"reflect"
	"time"
)

// Limits bounds what one request, one operation, one socket and one principal
// may use. Every field is a limit of its own; none may be zero in service.
type Limits struct {
	// Before anything is parsed.
	Body      int // bytes of a request body or of a socket's message
	JSONDepth int // nesting of the JSON of a request

	// Before gqlgen parses the document.
	QueryText      int // bytes of the document
	Tokens         int // tokens of the document
	Depth          int // nesting of selections, fragments expanded
	RootFields     int // fields of an operation, fragments expanded
	Aliases        int // fields with an alias
	Directives     int // uses of @include and @skip
	SameKey        int // selections with one response key in one selection set as written
	MergedKey      int // the same, with fragments expanded into it
	Fields         int // fields of the document, fragments expanded
	VariableBytes  int // bytes of all texts of the variables
	VariableValues int // values in the variables
	VariableDepth  int // nesting of the variables

	// Before anything is resolved.
	First      int // items of one page
	Points     int // points of one series
	Complexity int // fields by their weight, times the pages around them
	Nodes      int // items of all pages and points of all series

	// While it runs.
	Wall     time.Duration // of a query, or of one event of a subscription
	Upstream int           // questions to data sources, see Options.LimitUpstream
	Parallel int           // budgets evaluated at the same time, per operation
	Errors   int           // errors of one response

	// Per principal.
	Burst     int // points at once; an operation costs 1 + complexity/100
	PerSecond int // points that come back each second
	Sockets   int // open sockets

	// Per socket.
	Subscriptions     int           // operations at the same time
	MessagesPerSecond int           // messages from the client; five seconds' worth at once
	InitTimeout       time.Duration // from the upgrade to connection_init
	Ping              time.Duration // between pings; a pong may take as long again
	WriteTimeout      time.Duration // of one message, then the socket is dropped
	Coalesce          time.Duration // at least, between two events about the same thing

	// For all together.
	Running    int // queries at the same time; others wait for their turn, see gate
	Tests      int // tests of data sources at the same time; others are refused
	CacheBytes int // estimated size of the documents kept parsed
	Principals int // principals whose points are remembered
}

// DefaultLimits returns the limits in service. Figures without a remark are
// those of the hardening reference; see graph/README.md for the argument.
func DefaultLimits() Limits {
	return Limits{
		Body:           256 << 10,
		JSONDepth:      64, // variables nest 10 deep, gqlgen reads nothing else
		QueryText:      16 << 10,
		Tokens:         1000,
		Depth:          15,
		RootFields:     20,
		Aliases:        30,
		Directives:     50,
		SameKey:        10,
		MergedKey:      50, // a page of fifty components that each name the id
		Fields:         2000,
		VariableBytes:  64 << 10,
		VariableValues: 1000,
		VariableDepth:  10,
		First:          100,
		Points:         2000, // more than pixels of a wide screen
		Complexity:     10_000,
		Nodes:          50_000,
		Wall:           10 * time.Second,
		Upstream:       50,
		Parallel:       8, // the ledger answers from memory: more would only wait for a core
		Errors:         25,
		Burst:          1000,
		// Who reaches a server without accounts sits at its own loopback: the
		// figure for people signed in, not the 10 for strangers.
		PerSecond:         100,
		Sockets:           20, // one per tab; without accounts all tabs are one principal
		Subscriptions:     20,
		MessagesPerSecond: 20,
		InitTimeout:       5 * time.Second,
		Ping:              20 * time.Second,
		WriteTimeout:      10 * time.Second,
		Coalesce:          time.Second,
		Running:           8, // a few cores, and some that wait for a disk
		Tests:             2, // each may wait as long as a server that does not answer, in a place of Running
		CacheBytes:        16 << 20,
		Principals:        10_000,
	}
}

// missing names a limit that is not set, "" if all are.
func (l Limits) missing() string {
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		if v.Field(i).Int() <= 0 {
			return v.Type().Field(i).Name
		}
	}
	return ""
}

// validate returns an error if a limit is not set.
func (l Limits) validate() error {
	if name := l.missing(); name != "" {
		return fmt.Errorf("graph: limit %s is not set; start from graph.DefaultLimits", name)
	}
	return nil
}

// over reports whether n is beyond the limit max; a limit of 0 bounds nothing
// and exists only so that tests can show what each limit keeps out.
func over(n, max int) bool { return max > 0 && n > max }

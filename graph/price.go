package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/hindcast/hindcast/internal/fault"
)

// price reckons what an operation will cost before anything is resolved:
//
//	complexity = Σ over fields (1 + @cost weight) · Π first of the lists around it
//	nodes      = Σ over lists first · Π first of the lists around it, points of series included
//
// It stops at the first limit that is exceeded. Fragments are walked as often as
// they are used; the guard has bounded how often that is.
type price struct {
	limits Limits
	toll   *toll
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = price{}

// ExtensionName implements graphql.HandlerExtension.
func (price) ExtensionName() string { return "Price" }

// Validate implements graphql.HandlerExtension.
func (price) Validate(graphql.ExecutableSchema) error { return nil }

// pointsPer is how much complexity one point of the principal's budget buys:
// the most expensive operation takes a tenth of the whole budget.
const pointsPer = 100

// defaultPoints is how many points a series has if nobody asks for a number.
const defaultPoints = 300

// MutateOperationContext refuses an operation; it changes none.
func (p price) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	sum := bill{limits: p.limits, variables: op.Variables}
	if err := sum.set(op.Operation.SelectionSet, 1); err != nil {
		return err
	}
	op.Stats.SetExtension(complexityKey, sum.complexity)
	return p.toll.take(ctx, sum.complexity/pointsPer)
}

// complexityKey is where the complexity of an operation is noted.
const complexityKey = "complexity"

// complexityOf returns the complexity of the operation behind ctx.
func complexityOf(ctx context.Context) int {
	n, _ := graphql.GetOperationContext(ctx).Stats.GetExtension(complexityKey).(int)
	return n
}

// bill adds up one operation.
type bill struct {
	limits            Limits
	variables         map[string]any
	complexity, nodes int
}

// set adds a selection set that is resolved times times.
func (b *bill) set(set ast.SelectionSet, times int) *gqlerror.Error {
	for _, selection := range set {
		var err *gqlerror.Error
		switch x := selection.(type) {
		case *ast.Field:
			err = b.field(x, times)
		case *ast.InlineFragment:
			err = b.set(x.SelectionSet, times)
		case *ast.FragmentSpread:
			err = b.set(x.Definition.SelectionSet, times)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// field adds one field and what it selects.
func (b *bill) field(f *ast.Field, times int) *gqlerror.Error {
	if b.complexity += times * (1 + weight(f)); over(b.complexity, b.limits.Complexity) {
		return exceeds("Complexity", b.limits.Complexity, "the operation costs more than %d; ask for fewer fields or smaller pages", b.limits.Complexity)
	}
	inner := times
	if first, ok, err := b.size(f, "first", 1, b.limits.First, "First"); err != nil {
		return err
	} else if ok {
		inner = times * first
		b.nodes += inner
	}
	if points, ok, err := b.size(f, "maxPoints", defaultPoints, b.limits.Points, "Points"); err != nil {
		return err
	} else if ok {
		b.nodes += times * points
	}
	if over(b.nodes, b.limits.Nodes) {
		return exceeds("Nodes", b.limits.Nodes, "the operation may return more than %d items; ask for smaller pages or fewer points", b.limits.Nodes)
	}
	return b.set(f.SelectionSet, inner)
}

// size returns the argument that says how long the list under f will be; ok is
// false if f has none. A number outside 1..max is the caller's mistake.
func (b *bill) size(f *ast.Field, argument string, absent, max int, limit string) (n int, ok bool, err *gqlerror.Error) {
	if f.Definition == nil || f.Definition.Arguments.ForName(argument) == nil {
		return 0, false, nil
	}
	n = absent
	if a := f.Arguments.ForName(argument); a != nil {
		v, bad := a.Value.Value(b.variables)
		if bad != nil {
			return 0, false, presentable(fault.Invalidf("%s of %s is not a whole number", argument, f.Name))
		}
		if v != nil {
			n = wholeNumber(v)
		}
	}
	if n < 1 {
		return 0, false, presentable(fault.Invalidf("%s of %s is not a whole number of at least 1", argument, f.Name))
	}
	if over(n, max) {
		return 0, false, exceeds(limit, max, "%s of %s is more than %d", argument, f.Name, max)
	}
	return min(n, 1<<20), true, nil // a product of fifteen such factors would overflow only beyond every limit
}

// weight returns the @cost of a field beyond the field itself.
func weight(f *ast.Field) int {
	if f.Definition == nil {
		return 0
	}
	d := f.Definition.Directives.ForName("cost")
	if d == nil {
		return 0
	}
	n, err := strconv.Atoi(d.Arguments.ForName("weight").Value.Raw)
	if err != nil { // the schema is ours and a test reads every weight
		return 0
	}
	return n
}

// wholeNumber returns a coerced Int, 0 for what is none.
func wholeNumber(v any) int {
	switch v := v.(type) {
	case int64:
		return int(v)
	case int:
		return v
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 32)
		if err != nil {
			return 0
		}
		return int(n)
	default:
		n, err := strconv.ParseInt(fmt.Sprint(v), 10, 32)
		if err != nil {
			return 0
		}
		return int(n)
	}
}

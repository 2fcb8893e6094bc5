package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// bounds holds an operation to its limits while it runs and gives each response
// loaders of its own.
type bounds struct{ resolver *resolver }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
} = bounds{}

// ExtensionName implements graphql.HandlerExtension.
func (bounds) ExtensionName() string { return "Bounds" }

// Validate implements graphql.HandlerExtension.
func (bounds) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation ends a query after its time. A subscription lasts; the
// loaders bound the work for each of its events.
func (b bounds) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	limits := b.resolver.limits
	if limit := b.resolver.LimitUpstream; limit != nil {
		ctx = limit(ctx, limits.Upstream)
	}
	if limits.Wall <= 0 || graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		return next(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Wall)
	run := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		defer cancel()
		return run(ctx)
	}
}

// InterceptResponse cuts the list of errors. It is called once for each event
// of a subscription.
func (b bounds) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	resp := next(b.resolver.withScope(ctx))
	if resp != nil {
		resp.Errors = firstErrors(resp.Errors, b.resolver.limits.Errors)
	}
	return resp
}

// firstErrors keeps at most max errors, the last of which counts the others.
func firstErrors(errs gqlerror.List, max int) gqlerror.List {
	if !over(len(errs), max) {
		return errs
	}
	rest := exceeds("Errors", max, "%s", fmt.Sprintf("%d more errors are not shown", len(errs)-max+1))
	return append(errs[:max-1:max-1], rest)
}

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
type bounds struct {
	resolver *resolver
	toll     *toll
}

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
	if limits.Wall <= 0 || isSubscription(ctx) {
		return next(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Wall)
	run := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		defer cancel()
		return run(ctx)
	}
}

// InterceptResponse gives a response its loaders and cuts its list of errors. It
// is called once for each event of a subscription, which waits there until its
// principal can pay for one more: changes add up meanwhile, none is lost.
func (b bounds) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if isSubscription(ctx) && !b.toll.pace(ctx, complexityOf(ctx)) {
		return nil
	}
	if limit := b.resolver.LimitUpstream; limit != nil {
		ctx = limit(ctx, b.resolver.limits.Upstream)
	}
	resp := next(b.resolver.withScope(ctx))
	if resp != nil {
		resp.Errors = firstErrors(resp.Errors, b.resolver.limits.Errors)
	}
	return resp
}

// isSubscription reports whether ctx belongs to a subscription that was let in.
func isSubscription(ctx context.Context) bool {
	if !graphql.HasOperationContext(ctx) {
		return false
	}
	op := graphql.GetOperationContext(ctx).Operation
	return op != nil && op.Operation == ast.Subscription
}

// firstErrors keeps at most max errors, the last of which counts the others.
func firstErrors(errs gqlerror.List, max int) gqlerror.List {
	if !over(len(errs), max) {
		return errs
	}
	rest := exceeds("Errors", max, "%s", fmt.Sprintf("%d more errors are not shown", len(errs)-max+1))
	return append(errs[:max-1:max-1], rest)
}

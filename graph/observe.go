package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Observer is told what the handler does, for metrics and traces. Its methods
// are called concurrently and hold up whoever calls them.
type Observer interface {
	// Operation is called before a response is made: once for a query or for an
	// operation that was refused, once for each event of a subscription. What it
	// returns is called with the outcome when the response is complete.
	Operation(ctx context.Context, op Operation) (context.Context, func(Outcome))
	// Refused is called for a request that was refused before an operation was
	// read from it.
	Refused(Outcome)
}

// Operation is what an Observer learns about an operation.
type Operation struct {
	Name string // as the client calls it: untrusted text, no label of a metric
	Kind string // query or subscription, "" for a document that was refused unread
	// Points is what a principal pays for it; of a refused document, 1.
	Points int
}

// Outcome is how an operation went.
type Outcome struct {
	Code  string // of the first error, "" if there is none; of a fixed set
	Limit string // the field of Limits that was exceeded, "" if none was
}

// observed tells the observer about responses. It is the outermost of all that
// look at responses, so that it sees what they refuse.
type observed struct{ observer Observer }

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
} = observed{}

// ExtensionName implements graphql.HandlerExtension.
func (observed) ExtensionName() string { return "Observed" }

// Validate implements graphql.HandlerExtension.
func (observed) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse implements graphql.ResponseInterceptor. A subscription that
// ends has no response, and no outcome.
func (o observed) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	op := operationOf(ctx)
	ctx, end := o.observer.Operation(ctx, op)
	resp := next(ctx)
	if resp != nil {
		end(outcomeOf(resp.Errors))
	} else {
		end(Outcome{})
	}
	return resp
}

// operationOf describes the operation behind ctx.
func operationOf(ctx context.Context) Operation {
	op := Operation{Points: 1}
	if !graphql.HasOperationContext(ctx) {
		return op
	}
	oc := graphql.GetOperationContext(ctx)
	op.Name = oc.OperationName
	if oc.Operation != nil {
		op.Name, op.Kind = oc.Operation.Name, string(oc.Operation.Operation)
		op.Points += complexityOf(ctx) / pointsPer
	}
	return op
}

// outcomeOf reads the outcome from the errors of a response.
func outcomeOf(errs gqlerror.List) Outcome {
	if len(errs) == 0 {
		return Outcome{}
	}
	var out Outcome
	out.Code, _ = errs[0].Extensions["code"].(string)
	out.Limit, _ = errs[0].Extensions["limit"].(string)
	return out
}

// unobserved is the Observer of nobody.
type unobserved struct{}

// Operation implements Observer.
func (unobserved) Operation(ctx context.Context, _ Operation) (context.Context, func(Outcome)) {
	return ctx, func(Outcome) {}
}

// Refused implements Observer.
func (unobserved) Refused(Outcome) {}

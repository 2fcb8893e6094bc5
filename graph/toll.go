package graph

import (
	"context"
	"math"
	"time"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/time/rate"
)

// toll lets each principal spend points: one for asking at all, and one more for
// each hundred of complexity. Points come back over time.
type toll struct {
	limits  Limits
	now     func() time.Time
	buckets *lru.Cache[string, *rate.Limiter] // the longest unseen is forgotten, and so full again
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = (*toll)(nil)

func newToll(limits Limits, now func() time.Time) *toll {
	size := limits.Principals
	if size <= 0 {
		size = math.MaxInt32
	}
	buckets, err := lru.New[string, *rate.Limiter](size)
	if err != nil { // only a size below 1 is an error
		panic(err)
	}
	return &toll{limits: limits, now: now, buckets: buckets}
}

// ExtensionName implements graphql.HandlerExtension.
func (*toll) ExtensionName() string { return "Toll" }

// Validate implements graphql.HandlerExtension.
func (*toll) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters takes the point for asking, so that refused
// documents are not free.
func (t *toll) MutateOperationParameters(ctx context.Context, _ *graphql.RawParams) *gqlerror.Error {
	return t.take(ctx, 1)
}

// take takes points from whoever is behind ctx.
func (t *toll) take(ctx context.Context, points int) *gqlerror.Error {
	if t.limits.Burst <= 0 || points <= 0 {
		return nil
	}
	bucket, now := t.bucket(requestOf(ctx).principal), t.now()
	if bucket.AllowN(now, points) {
		return nil
	}
	missing := float64(points) - bucket.TokensAt(now)
	wait := max(1, int(math.Ceil(missing/float64(max(1, t.limits.PerSecond)))))
	err := exceeds("Burst", t.limits.Burst, "too many requests; try again in %d s", wait)
	err.Extensions["code"], err.Extensions["retryAfter"] = codeRate, wait
	return err
}

// bucket returns the points of a principal.
func (t *toll) bucket(principal string) *rate.Limiter {
	if b, ok := t.buckets.Get(principal); ok {
		return b
	}
	refill := rate.Inf
	if t.limits.PerSecond > 0 {
		refill = rate.Limit(t.limits.PerSecond)
	}
	fresh := rate.NewLimiter(refill, t.limits.Burst)
	if b, ok, _ := t.buckets.PeekOrAdd(principal, fresh); ok {
		return b
	}
	return fresh
}

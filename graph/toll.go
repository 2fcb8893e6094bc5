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
	limits Limits
	now    func() time.Time
	// The longest unseen principal is forgotten, and so has all points again.
	// Events of subscriptions are paid from a second purse of the same size, in
	// hundredths of a point, so that a busy page can still ask.
	buckets, events *lru.Cache[string, *rate.Limiter]
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = (*toll)(nil)

func newToll(limits Limits, now func() time.Time) *toll {
	return &toll{limits: limits, now: now, buckets: purses(limits.Principals), events: purses(limits.Principals)}
}

// purses returns room for the purses of n principals, 0 for any number.
func purses(n int) *lru.Cache[string, *rate.Limiter] {
	if n <= 0 {
		n = math.MaxInt32
	}
	cache, err := lru.New[string, *rate.Limiter](n)
	if err != nil { // only a size below 1 is an error
		panic(err)
	}
	return cache
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
	bucket, now := t.purse(t.buckets, requestOf(ctx).principal, 1), t.now()
	if bucket.AllowN(now, points) {
		return nil
	}
	missing := float64(points) - bucket.TokensAt(now)
	wait := max(1, int(math.Ceil(missing/float64(max(1, t.limits.PerSecond)))))
	err := exceeds("Burst", t.limits.Burst, "too many requests; try again in %d s", wait)
	err.Extensions["code"], err.Extensions["retryAfter"] = codeRate, wait
	return err
}

// pace waits until whoever is behind ctx can pay for an event of that
// complexity; it reports false if ctx ended before.
func (t *toll) pace(ctx context.Context, complexity int) bool {
	if t.limits.Burst <= 0 {
		return true
	}
	now := t.now()
	wait := t.purse(t.events, requestOf(ctx).principal, pointsPer).ReserveN(now, complexity).DelayFrom(now)
	if wait <= 0 || wait == rate.InfDuration { // more than the purse holds: the price has refused it
		return true
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// purse returns the purse of a principal, with each point worth unit.
func (t *toll) purse(all *lru.Cache[string, *rate.Limiter], principal string, unit int) *rate.Limiter {
	if b, ok := all.Get(principal); ok {
		return b
	}
	refill := rate.Inf
	if t.limits.PerSecond > 0 {
		refill = rate.Limit(t.limits.PerSecond * unit)
	}
	fresh := rate.NewLimiter(refill, t.limits.Burst*unit)
	if b, ok, _ := all.PeekOrAdd(principal, fresh); ok {
		return b
	}
	return fresh
}

package outbound

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"

	"github.com/hindcast/hindcast/internal/fault"
)

// Waits between tries begin at a quarter of a second and grow by half, each drawn
// from half to one and a half of itself, so that clients which failed together do
// not come back together.
const (
	firstWait = 250 * time.Millisecond
	mostWait  = 5 * time.Second
)

// try sends a request until it is answered, and returns the last answer.
func (c *Client) try(ctx context.Context, req *http.Request) (*http.Response, error) {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = firstWait, mostWait
	left := max(c.o.Retries, 0)
	if !repeatable(req) {
		left = 0
	}
	out := req.Clone(ctx)
	for ; ; left-- {
		resp, err := c.follow.Do(out)
		if left == 0 || !again(resp, err) {
			return resp, err
		}
		wait := waits.NextBackOff()
		if err == nil {
			if wait = max(wait, c.retryAfter(resp)); wait > c.o.Timeout/3 {
				return resp, nil // who asked hears of it sooner than the server lets us ask
			}
			err = statusError(c.where, resp, c.hide)
		}
		if !pause(ctx, wait) {
			return nil, err
		}
		if out, err = rewind(ctx, req); err != nil {
			return nil, err
		}
	}
}

// repeatable says whether a request does no harm when it is sent twice, as
// net/http does.
func repeatable(req *http.Request) bool {
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return false
	}
	_, marked := req.Header["Idempotency-Key"]
	return marked || slices.Contains([]string{"", http.MethodGet, http.MethodHead}, req.Method)
}

// rewind returns the request as it was before its body was read.
func rewind(ctx context.Context, req *http.Request) (*http.Request, error) {
	out := req.Clone(ctx)
	if req.GetBody == nil {
		return out, nil
	}
	body, err := req.GetBody()
	out.Body = body
	return out, err
}

// again says whether another try may help: the connection did not come about or
// broke, or the server is overloaded or behind a proxy that lost it. A request that
// ran into its timeout, or 500, would cost the server the same once more.
func again(resp *http.Response, err error) bool {
	if err != nil {
		return !is[*certificateError](err) && (errors.Is(err, syscall.ECONNREFUSED) || broken(err))
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter is how long the server wants to be left alone.
func (c *Client) retryAfter(resp *http.Response) time.Duration {
	text := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return at.Sub(c.o.Now())
	}
	return 0
}

// pause waits, and says whether there is time left.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// A server that failed so often without a success in between is not asked for a
// while, then once: three questions of a collector's minute with their repeats are
// enough to see that it is down, and a quarter of a minute later it is asked again,
// well before the next minute.
const (
	breakAfter = 5
	breakFor   = 15 * time.Second
)

func (c *Client) newBreaker() *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     breakFor,
		ReadyToTrip: func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= breakAfter },
		IsExcluded:  excluded,
	})
}

// excluded says whether the server has no part in err: somebody gave up, asked for
// too much, or set the client up wrongly.
func excluded(err error) bool {
	err = withoutURL(err)
	return is[*TooLargeError](err) || errors.Is(err, context.Canceled) || fault.Is(err) && fault.KindOf(err) != fault.Unavailable
}

// report tells the breaker how a call ended.
func (c *Client) report(err error, report func(error)) {
	if err != nil && !excluded(err) {
		text := c.explain(err).Error()
		c.last.Store(&text)
	}
	report(err)
}

// resting is the error of a call that the breaker does not let through.
func (c *Client) resting() error {
	last := ""
	if text := c.last.Load(); text != nil {
		last = *text
	}
	return fault.Unavailablef("%s was not asked, because it failed %d times in a row and is left alone for up to %s; its last failure: %s", c.where, breakAfter, breakFor, last)
}

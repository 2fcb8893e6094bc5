package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	jsoniter "github.com/json-iterator/go"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// Bounds are found by asking whether any series has samples before, or after, an
// instant, which a server answers from its index. The instants are full hours: an
// answer is no more precise than the chunks that the index knows.
const (
	boundsStep = time.Hour
	// farthest is how long before now the oldest sample is looked for.
	farthest = 20 * 365 * 24 * time.Hour
	// fallbackDays is how many days are looked at on servers whose list of series
	// does not go by time.
	fallbackDays = 400
	// horizonFor is how long bounds are believed. The oldest sample moves with the
	// retention of the server, a few hours a day, and the newest stays within the
	// hour that is added to it.
	horizonFor = 10 * time.Minute
)

// horizon is what is remembered about the bounds of a selection.
type horizon struct {
	until          time.Time
	oldest, newest int64
}

// Bounds returns times outside of which the series that match have no samples, as
// far as the server can tell: up to some hours earlier than the oldest and an hour
// later than the newest one. See sample.Sampler.
func (s *Sampler) Bounds(ctx context.Context, matchers []*labels.Matcher) (oldest, newest int64, ok bool, err error) {
	text, err := exprText(selectorNode(matchers))
	if err != nil {
		return 0, 0, false, err
	}
	if h, known := s.horizon(text); known {
		return h.oldest, h.newest, true, nil
	}
	step := boundsStep.Milliseconds()
	now := s.o.Now().UnixMilli() / step * step
	first := now - farthest.Milliseconds()/step*step
	h := horizon{until: s.o.Now().Add(horizonFor)}
	if h.oldest, ok, err = s.oldest(ctx, text, matchers, first, now+24*step); err != nil || !ok {
		return 0, 0, false, err
	}
	if h.newest, err = s.newest(ctx, text, h.oldest, now); err != nil {
		return 0, 0, false, err
	}
	h.newest = max(h.oldest, h.newest) + step
	s.remember(text, h)
	return h.oldest, h.newest, true, nil
}

// oldest finds the last instant before which nothing is: first ≤ … ≤ last.
func (s *Sampler) oldest(ctx context.Context, text string, matchers []*labels.Matcher, first, last int64) (int64, bool, error) {
	some, err := s.exist(ctx, text, first, last)
	if err != nil || !some {
		return 0, false, err
	}
	step := boundsStep.Milliseconds()
	// A server that finds series at the beginning of our time lists them without
	// regard to time.
	timeless, err := s.exist(ctx, text, first, first+step)
	if err != nil {
		return 0, false, err
	}
	if timeless {
		return s.oldestByEval(ctx, matchers, last)
	}
	// Nothing in (−∞, low], something in (−∞, high]. History is seldom longer
	// than a month or two: the first questions are near the end.
	low, high := first, last
	for back := 32 * 24 * step; high-back > first; back *= 4 {
		some, err := s.exist(ctx, text, first, high-back)
		if err != nil {
			return 0, false, err
		}
		if !some {
			low = high - back
			break
		}
		high -= back
	}
	for high-low > step {
		middle := low + (high-low)/2/step*step
		some, err := s.exist(ctx, text, first, middle)
		if err != nil {
			return 0, false, err
		}
		if some {
			high = middle
		} else {
			low = middle
		}
	}
	return low, true, nil
}

// oldestByEval finds the oldest day with samples by the server's engine, which
// reads all of them.
func (s *Sampler) oldestByEval(ctx context.Context, matchers []*labels.Matcher, last int64) (int64, bool, error) {
	day := 24 * time.Hour
	expr := &parser.AggregateExpr{Op: parser.COUNT, Expr: &parser.Call{
		Func: parser.Functions["present_over_time"],
		Args: parser.Expressions{&parser.MatrixSelector{VectorSelector: selectorNode(matchers), Range: day}},
	}}
	rs, err := s.Eval(ctx, expr, last-fallbackDays*day.Milliseconds(), last, day.Milliseconds())
	if partial, is := errors.AsType[*sample.Incomplete](err); is {
		return 0, false, s.odd("%w", partial)
	}
	if err != nil || len(rs) == 0 {
		return 0, false, err
	}
	return rs[0].T[0] - day.Milliseconds(), true, nil
}

// newest finds an instant after which nothing is.
func (s *Sampler) newest(ctx context.Context, text string, oldest, now int64) (int64, error) {
	step := boundsStep.Milliseconds()
	end := now + 24*step
	some, err := s.exist(ctx, text, now+2*step, end)
	if err != nil || some {
		return end, err
	}
	// Something in [low, ∞), nothing in [high, ∞).
	high := now + 2*step
	low := high
	for back := 2 * step; ; back *= 4 {
		low = max(oldest, high-back)
		some, err := s.exist(ctx, text, low, end)
		if err != nil {
			return 0, err
		}
		if some || low == oldest {
			break
		}
		high = low
	}
	for high-low > step {
		middle := low + (high-low)/2/step*step
		some, err := s.exist(ctx, text, middle, end)
		if err != nil {
			return 0, err
		}
		if some {
			low = middle
		} else {
			high = middle
		}
	}
	return high, nil
}

// exist reports whether any series that matches has samples in [from, to].
func (s *Sampler) exist(ctx context.Context, text string, from, to int64) (bool, error) {
	r, err := s.post(ctx, "series", url.Values{"match[]": {text}, "start": {seconds(from)}, "end": {seconds(to)}, "limit": {"1"}})
	if err != nil {
		return false, err
	}
	defer r.close()
	if r.StatusCode != http.StatusOK || strings.Contains(r.mediaType(), "html") {
		return false, s.refused(r.refusal())
	}
	return s.anySeries(r)
}

// anySeries reads an answer up to its first series: older servers do not know
// the limit and list all.
func (s *Sampler) anySeries(r *reply) (bool, error) {
	from := &faultyReader{r: r.body}
	in := jsoniter.Parse(jsoniter.ConfigFastest, from, 4<<10)
	status, some, listed, partial := "", false, false, ""
	in.ReadObjectCB(func(in *jsoniter.Iterator, name string) bool {
		switch name {
		case "status":
			status = in.ReadString()
		case "warnings":
			if in.WhatIsNext() == jsoniter.ArrayValue && in.ReadArray() {
				partial = oneLine(in.ReadString())
				return false
			}
		case "data":
			listed = true
			if in.WhatIsNext() == jsoniter.ArrayValue {
				some = in.ReadArray()
			} else {
				in.Skip()
			}
			return !some && in.Error == nil
		default:
			in.Skip()
		}
		return in.Error == nil
	})
	switch {
	case some && status == "success":
		return true, nil
	case partial != "": // "there is nothing" would end the reading of history for good
		return false, s.odd("the list of series is not complete: %s", partial)
	case in.Error != nil && from.err != nil:
		return false, s.broken(from.err)
	case in.Error != nil || status != "success" || !listed:
		return false, s.odd("the list of series is not what Prometheus' API answers")
	}
	return false, nil
}

func (s *Sampler) horizon(text string) (horizon, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, known := s.horizons[text]
	return h, known && s.o.Now().Before(h.until)
}

func (s *Sampler) remember(text string, h horizon) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.horizons) > maxMetrics {
		clear(s.horizons)
	}
	s.horizons[text] = h
}

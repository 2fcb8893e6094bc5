package remote

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// How much time one instant query of a range vector covers. It starts with two
// hours, a megabyte or so for a hundred series, aims for answers of a few
// megabytes and goes down to five minutes where a server refuses more.
const (
	firstRange    = 2 * time.Hour
	longestRange  = 24 * time.Hour
	shortestRange = 5 * time.Minute
	wantedBytes   = 4 << 20
)

// ranges reads a selection by instant queries of range vectors.
func (s *Sampler) ranges(ctx context.Context, matchers []*labels.Matcher, from, to int64) (*held, error) {
	all := newHeld(s.o)
	length, longest := firstRange.Milliseconds(), longestRange.Milliseconds()
	for at := from; at < to; {
		end := to
		if at < to-length { // to − at may not fit
			end = at + length
		}
		part, size, err := s.oneRange(ctx, matchers, at, end)
		if much, is := errors.AsType[*tooMuchAtOnce](err); is {
			if length = min(length, end-at) / 4; length < shortestRange.Milliseconds() {
				return nil, &sample.TooWide{Limit: much.Error()}
			}
			longest = length
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := all.join(part); err != nil {
			return nil, err
		}
		if at = end; size < wantedBytes/4 {
			length = min(4*length, longest)
		}
	}
	return all, nil
}

// tooMuch matches what servers say when a question asks for too much at once.
// There is no code for it: Prometheus' "query processing would load too many
// samples into memory", Mimir's "the query exceeded the maximum number of chunks",
// Thanos' "exceeded series limit", VictoriaMetrics' "cannot select more than".
var tooMuch = regexp.MustCompile(`(?i)too many|exceed|more than|max(imum)? |limit`)

// tooMuchAtOnce says that less may be asked for at once.
type tooMuchAtOnce struct{ why string }

// Error implements error.
func (e *tooMuchAtOnce) Error() string { return e.why }

// oneRange reads a selection by one query. A range vector holds (from, to] since
// Prometheus 3, and [from, to] before: what is not wanted is left out.
func (s *Sampler) oneRange(ctx context.Context, matchers []*labels.Matcher, from, to int64) (*held, int64, error) {
	text, err := rangeText(matchers, to-from)
	if err != nil {
		return nil, 0, err
	}
	k := &keeper{h: newHeld(s.o), matchers: matchers, from: from, to: to, seen: map[uint64]struct{}{}}
	a, size, err := s.query(ctx, "query", url.Values{"query": {text}, "time": {seconds(to)}}, k)
	if err == nil {
		err = k.end()
	}
	if errors.Is(err, errBytes) {
		return nil, 0, &tooMuchAtOnce{"an answer of more than " + mebibytes(s.o.MaxBytes)}
	}
	if err != nil {
		return nil, 0, s.failed(err)
	}
	if a.result != "matrix" {
		return nil, 0, s.odd("a range vector is answered with a %q", oneLine(a.result))
	}
	for _, w := range a.warnings {
		k.h.warn(w)
	}
	return k.h, size, nil
}

// query asks one of the two question paths and passes what is answered to a
// sink, with how many bytes that were.
func (s *Sampler) query(ctx context.Context, path string, form url.Values, to sink) (answer, int64, error) {
	form.Set("timeout", s.o.Timeout.String())
	// Thanos would answer from downsampled blocks otherwise, where it has been
	// told to; others do not know the parameter.
	form.Set("max_source_resolution", "0s")
	r, err := s.post(ctx, path, form)
	if err != nil {
		return answer{}, 0, err
	}
	defer r.close()
	if r.StatusCode != http.StatusOK {
		refusal := r.refusal()
		if tooMuch.MatchString(refusal.text) && refusal.status != http.StatusTooManyRequests && refusal.status != http.StatusUnauthorized && refusal.status != http.StatusForbidden {
			return answer{}, 0, &tooMuchAtOnce{"the server says: " + refusal.text}
		}
		return answer{}, 0, s.refused(refusal)
	}
	if kind := r.mediaType(); kind != "application/json" {
		return answer{}, 0, s.refused(refusal{status: r.StatusCode, mediaType: kind, text: "of type " + strconv.Quote(oneLine(kind)) + ", which is not JSON"})
	}
	a, err := readAnswer(r.body, to)
	switch {
	case err != nil:
		return answer{}, 0, err
	case a.status == "":
		return answer{}, 0, s.odd("the answer is JSON, but none of Prometheus' API")
	case a.status != "success":
		return answer{}, 0, s.odd("the server answers with status %q: %s", oneLine(a.status), a.text)
	}
	return a, r.body.read, nil
}

// rangeText writes a range vector in PromQL.
func rangeText(matchers []*labels.Matcher, length int64) (string, error) {
	return exprText(&parser.MatrixSelector{
		VectorSelector: selectorNode(matchers),
		Range:          time.Duration(length) * time.Millisecond,
	})
}

// syntax is PromQL as every supported server speaks it, without experiments.
var syntax = parser.NewParser(parser.Options{})

// exprText prints an expression and makes sure that it reads as the same one:
// what is in a label value can then not have become part of the query, and no
// parenthesis was missing in the tree.
func exprText(expr parser.Expr) (string, error) {
	text := expr.String()
	again, err := syntax.ParseExpr(text)
	if err != nil {
		return "", fault.Invalidf("%s cannot be written in PromQL: %w", oneLine(text), err)
	}
	if shape(again) != shape(expr) {
		return "", fault.Invalidf("%s reads as another expression once it is written: a parenthesis is missing", oneLine(text))
	}
	return text, nil
}

// shape writes out the tree of an expression without regard to parentheses, to
// the order of matchers and to where a metric's name stands.
func shape(node parser.Node) string {
	var b strings.Builder
	switch n := node.(type) {
	case *parser.ParenExpr:
		return shape(n.Expr)
	case *parser.StepInvariantExpr:
		return shape(n.Expr)
	case *parser.VectorSelector:
		keys := make([]string, len(n.LabelMatchers))
		for i, m := range n.LabelMatchers {
			keys[i] = strconv.Quote(m.Name) + m.Type.String() + strconv.Quote(m.Value)
		}
		slices.Sort(keys)
		fmt.Fprintf(&b, "(select %s %s", keys, n.OriginalOffset)
	case *parser.MatrixSelector:
		fmt.Fprintf(&b, "(range %s", n.Range)
	case *parser.BinaryExpr:
		fmt.Fprintf(&b, "(%s %t", n.Op, n.ReturnBool)
	case *parser.AggregateExpr:
		fmt.Fprintf(&b, "(%s %q %t", n.Op, n.Grouping, n.Without)
	case *parser.UnaryExpr:
		fmt.Fprintf(&b, "(unary %s", n.Op)
	case *parser.Call:
		fmt.Fprintf(&b, "(call %s", n.Func.Name)
	case *parser.NumberLiteral:
		fmt.Fprintf(&b, "(%x", math.Float64bits(n.Val))
	case *parser.StringLiteral:
		fmt.Fprintf(&b, "(%q", n.Val)
	case *parser.SubqueryExpr:
		fmt.Fprintf(&b, "(subquery %s %s %s", n.Range, n.Step, n.OriginalOffset)
	default:
		fmt.Fprintf(&b, "(%T", n)
	}
	for child := range parser.ChildrenIter(node) {
		b.WriteString(" " + shape(child))
	}
	return b.String() + ")"
}

// selectorNode returns the syntax node of matchers. A name that PromQL cannot write
// before the braces is left inside them.
func selectorNode(matchers []*labels.Matcher) *parser.VectorSelector {
	s := &parser.VectorSelector{LabelMatchers: matchers}
	if name := metricName(matchers); model.LegacyValidation.IsValidMetricName(name) {
		s.Name = name
	}
	return s
}

// metricName returns the metric that the matchers name, "" if they name none.
func metricName(matchers []*labels.Matcher) string {
	for _, m := range matchers {
		if m.Name == labels.MetricName && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// seconds writes milliseconds since 1970 as the API reads times.
func seconds(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64) }

// keeper compresses the samples of an answer into a held.
type keeper struct {
	h        *held
	matchers []*labels.Matcher
	from, to int64
	seen     map[uint64]struct{}
	samples  int64

	s      *heldSeries
	floats floatWriter
	hists  histogramWriter
}

// series begins a series.
func (k *keeper) series(lset labels.Labels) error {
	if err := k.end(); err != nil {
		return err
	}
	hash := lset.Hash()
	if _, twice := k.seen[hash]; twice {
		return fmt.Errorf("the answer has the series %s twice", oneLine(lset.String()))
	}
	if len(k.seen) == k.h.o.MaxSeries {
		return tooManySeries(k.h.o.MaxSeries)
	}
	k.seen[hash] = struct{}{}
	if err := checkAsked(k.matchers, lset); err != nil {
		return err
	}
	k.s = k.h.series(lset)
	return nil
}

// admit reports whether a sample lies in the interval.
func (k *keeper) admit(t int64) (bool, error) {
	if t < k.from || t > k.to {
		return false, fmt.Errorf("the answer has a sample of %s, outside of what was asked for, %s to %s: is the answer old, or are the clocks apart?", clock(t), clock(k.from), clock(k.to))
	}
	if k.samples++; k.samples > k.h.o.MaxSamples {
		return false, tooManySamples(k.h.o.MaxSamples)
	}
	return t > k.from, nil
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

func (k *keeper) float(t int64, v float64) error {
	in, err := k.admit(t)
	if err != nil || !in {
		return err
	}
	if k.floats.n > 0 && t <= k.floats.max {
		return fmt.Errorf("samples of %s are not in order of time", oneLine(k.s.labels.String()))
	}
	if k.floats.n == chunkSamples {
		if err := k.flushFloats(); err != nil {
			return err
		}
	}
	return k.floats.append(t, v)
}

func (k *keeper) histogram(t int64, h *histogram.FloatHistogram) error {
	in, err := k.admit(t)
	if err != nil || !in {
		return err
	}
	if k.hists.n > 0 && t <= k.hists.max {
		return fmt.Errorf("histograms of %s are not in order of time", oneLine(k.s.labels.String()))
	}
	full, err := k.hists.append(t, h)
	if err != nil {
		return err
	}
	if full.data != nil {
		return k.h.keep(k.s, full)
	}
	return nil
}

func (k *keeper) flushFloats() error {
	if k.floats.n == 0 {
		return nil
	}
	p := k.floats.piece()
	k.floats.n = 0
	return k.h.keep(k.s, p)
}

// end finishes a series: chunks in order of their beginning.
func (k *keeper) end() error {
	if k.s == nil {
		return nil
	}
	if err := k.flushFloats(); err != nil {
		return err
	}
	if k.hists.n > 0 {
		if err := k.h.keep(k.s, k.hists.piece()); err != nil {
			return err
		}
	}
	sortPieces(k.s.pieces)
	k.s, k.floats, k.hists = nil, floatWriter{}, histogramWriter{}
	return nil
}

// chunkSamples is how many samples go into one chunk.
const chunkSamples = 480

// floatWriter writes floats into a chunk.
type floatWriter struct {
	c        *chunkenc.XORChunk
	app      chunkenc.Appender
	n        int
	min, max int64
}

func (w *floatWriter) append(t int64, v float64) (err error) {
	if w.n == 0 {
		w.c, w.min = chunkenc.NewXORChunk(), t
		if w.app, err = w.c.Appender(); err != nil {
			return err
		}
	}
	w.app.Append(0, t, v)
	w.max, w.n = t, w.n+1
	return nil
}

func (w *floatWriter) piece() piece {
	return piece{min: w.min, max: w.max, encoding: chunkenc.EncXOR, data: w.c.Bytes()}
}

// histogramWriter writes histograms into chunks. A chunk ends where a counter is
// reset or the buckets change too much.
type histogramWriter struct {
	c        chunkenc.Chunk
	app      chunkenc.Appender
	n        int
	min, max int64
}

// append adds a histogram and returns the chunk that it did not fit in any more.
func (w *histogramWriter) append(t int64, h *histogram.FloatHistogram) (full piece, err error) {
	if w.n == math.MaxUint16 {
		full, w.n = w.piece(), 0
	}
	if w.n == 0 {
		if err := w.begin(t); err != nil {
			return piece{}, err
		}
	}
	c, recoded, app, err := w.app.AppendFloatHistogram(nil, 0, t, h, false)
	if err != nil {
		return piece{}, err
	}
	if c != nil && !recoded {
		full = w.piece()
		w.min, w.n = t, 0
	}
	if c != nil {
		w.c = c
	}
	w.app = app
	w.max, w.n = t, w.n+1
	return full, nil
}

func (w *histogramWriter) begin(t int64) (err error) {
	w.c, w.min = chunkenc.NewFloatHistogramChunk(), t
	w.app, err = w.c.Appender()
	return err
}

func (w *histogramWriter) piece() piece {
	return piece{min: w.min, max: w.max, encoding: w.c.Encoding(), data: w.c.Bytes()}
}

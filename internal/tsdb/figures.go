package tsdb

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/hindcast/hindcast/internal/fault"
)

// Figures are series that nobody stored: their values are computed for the
// instants that a query of the HTTP API asks for, so that whatever they are made
// of may change in the past. They have a value at most once a minute, on the full
// minute.
type Figures interface {
	// Metrics describes the metrics, each of which belongs to Figures alone:
	// stored series with such a name are not shown by the API.
	Metrics() []Metric
	// Begin begins a query, which may remember what it computed. One goroutine
	// uses it.
	Begin() FigureQuery
}

// Metric is what the API says about a metric.
type Metric struct {
	Name, Help, Unit string
}

// FigureQuery selects figures.
type FigureQuery interface {
	// Select returns the figures that satisfy all matchers, in no order. It may
	// stop when it has more than most of them.
	Select(ctx context.Context, most int, matchers ...*labels.Matcher) ([]Figure, error)
}

// Figure is one series of Figures.
type Figure interface {
	Labels() labels.Labels
	// At returns the value at a full minute, in milliseconds since 1970; ok is
	// false where there is none.
	At(ctx context.Context, ms int64) (v float64, ok bool, err error)
}

// maxFigures is how many values a selector may have computed, series times
// instants. One takes some ten microseconds: what is below is answered within
// QueryTimeout.
const (
	maxFigures      = 1_000_000
	maxFigureSeries = 100_000 // of a selector, at half a kilobyte each
)

// SetFigures adds computed series to the HTTP API. It is called before Handler.
func (db *DB) SetFigures(f Figures) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.figures = f
}

// readable returns what the HTTP API reads from.
func (db *DB) readable() storage.SampleAndChunkQueryable {
	if db.figures == nil {
		return db.tsdb
	}
	all := figureQueryable{SampleAndChunkQueryable: db.tsdb, figures: db.figures, lookback: db.opts.LookbackDelta.Milliseconds()}
	for _, m := range db.figures.Metrics() {
		all.names = append(all.names, m.Name)
	}
	slices.Sort(all.names)
	return all
}

// figureQueryable reads what is stored and what is computed.
type figureQueryable struct {
	storage.SampleAndChunkQueryable
	figures  Figures
	names    []string // sorted
	lookback int64    // milliseconds
}

// lookingBack returns q for queries with other options.
func lookingBack(q storage.Queryable, opts promql.QueryOpts) storage.Queryable {
	if f, is := q.(figureQueryable); is && opts != nil && opts.LookbackDelta() > 0 {
		f.lookback = opts.LookbackDelta().Milliseconds()
		return f
	}
	return q
}

// Querier implements storage.Queryable.
func (q figureQueryable) Querier(from, to int64) (storage.Querier, error) {
	stored, err := q.SampleAndChunkQueryable.Querier(from, to)
	if err != nil {
		return nil, err
	}
	return &figureQuerier{Querier: stored, all: q}, nil
}

// figureQuerier is the reading of one query.
type figureQuerier struct {
	storage.Querier // of what is stored
	all             figureQueryable
	query           FigureQuery // nil until a selector names a figure
}

// named reports whether a selector can name figures, and whether it names nothing
// else. A selector that cannot costs nothing more than this.
func (q figureQueryable) named(matchers []*labels.Matcher) (some, alone bool) {
	some = true
	for _, m := range matchers {
		if m.Name != labels.MetricName {
			continue
		}
		some = some && slices.ContainsFunc(q.names, m.Matches)
		alone = alone || m.Type == labels.MatchEqual
	}
	return some, some && alone
}

// figuresOf selects figures.
func (q *figureQuerier) figuresOf(ctx context.Context, most int, matchers []*labels.Matcher) ([]Figure, error) {
	if q.query == nil {
		q.query = q.all.figures.Begin()
	}
	return q.query.Select(ctx, most, matchers...)
}

// Select implements storage.Querier.
func (q *figureQuerier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	some, alone := q.all.named(matchers)
	if !some {
		return q.Querier.Select(ctx, sorted, hints, matchers...)
	}
	instants := instantsOf(hints, q.all.lookback)
	most := min(maxFigureSeries, maxFigures/instants)
	figures, err := q.figuresOf(ctx, most, matchers)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	if len(figures) > most {
		return storage.ErrSeriesSet(fault.Invalidf("the selector asks for more than %d figures at %s each: name an slo, a service or an objective in it, or choose a longer step or a shorter range", most, count(instants)))
	}
	if !alone && len(figures) == 0 {
		return visible{q.Querier.Select(ctx, sorted, hints, matchers...), q.all.names}
	}
	slices.SortFunc(figures, func(a, b Figure) int { return labels.Compare(a.Labels(), b.Labels()) })
	computed := &figureSet{ctx: ctx, figures: figures, hints: hints, lookback: q.all.lookback}
	if alone {
		computed.warnings = q.hidden(ctx, hints, matchers)
		return computed
	}
	limit := 0
	if hints != nil {
		limit = hints.Limit
	}
	stored := visible{q.Querier.Select(ctx, true, hints, matchers...), q.all.names}
	return storage.NewMergeSeriesSet([]storage.SeriesSet{stored, computed}, limit, storage.ChainedSeriesMerge)
}

// count writes a number of instants.
func count(instants int) string {
	if instants == 1 {
		return "1 instant"
	}
	return strconv.Itoa(instants) + " instants"
}

// hidden warns of stored series that have the name of figures: they are somebody's,
// who will wonder.
func (q *figureQuerier) hidden(ctx context.Context, hints *storage.SelectHints, matchers []*labels.Matcher) annotations.Annotations {
	if q.Querier.Select(ctx, false, hints, matchers...).Next() {
		return annotations.New().Add(fault.Invalidf("stored series that match %s are not shown: the name belongs to figures that are computed; store them under another name", text(matchers)))
	}
	return nil
}

// text writes a selector for a person.
func text(matchers []*labels.Matcher) string {
	parts := make([]string, len(matchers))
	for i, m := range matchers {
		parts[i] = m.String()
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// visible leaves out stored series that have the name of figures.
type visible struct {
	storage.SeriesSet
	names []string
}

// Next implements storage.SeriesSet.
func (v visible) Next() bool {
	for v.SeriesSet.Next() {
		if _, theirs := slices.BinarySearch(v.names, v.At().Labels().Get(model.MetricNameLabel)); !theirs {
			return true
		}
	}
	return false
}

// LabelValues implements storage.LabelQuerier.
func (q *figureQuerier) LabelValues(ctx context.Context, name string, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	values, warnings, err := q.Querier.LabelValues(ctx, name, hints, matchers...)
	if err != nil {
		return nil, warnings, err
	}
	err = q.addLabels(ctx, matchers, func(ls labels.Labels) {
		if v := ls.Get(name); v != "" {
			values = append(values, v)
		}
	})
	return distinct(values), warnings, err
}

// LabelNames implements storage.LabelQuerier.
func (q *figureQuerier) LabelNames(ctx context.Context, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	names, warnings, err := q.Querier.LabelNames(ctx, hints, matchers...)
	if err != nil {
		return nil, warnings, err
	}
	err = q.addLabels(ctx, matchers, func(ls labels.Labels) {
		ls.Range(func(l labels.Label) { names = append(names, l.Name) })
	})
	return distinct(names), warnings, err
}

// addLabels visits the labels of the figures that match, if any can.
func (q *figureQuerier) addLabels(ctx context.Context, matchers []*labels.Matcher, visit func(labels.Labels)) error {
	if some, _ := q.all.named(matchers); !some {
		return nil
	}
	figures, err := q.figuresOf(ctx, maxFigureSeries, matchers)
	for _, f := range figures {
		visit(f.Labels())
	}
	return err
}

// distinct sorts texts and keeps each once. Those of figures repeat, so that they
// are dropped before sorting.
func distinct(texts []string) []string {
	seen := make(map[string]struct{}, len(texts))
	out := texts[:0]
	for _, t := range texts {
		if _, had := seen[t]; !had {
			seen[t] = struct{}{}
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return out
}

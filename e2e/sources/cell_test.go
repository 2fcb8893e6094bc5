package sources

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/elasticsearch"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/prometheus"
	"github.com/hindcast/hindcast/slo/prometheus/remote"
)

// kind is one way to measure.
type kind struct {
	name     string
	faults   realtest.Kind
	upstream string // a server that tells the truth
	open     func(c *outbound.Client, o options) slo.Source
	builder  slo.Builder
	good     map[string]any
	total    map[string]any
}

// options are what a source is opened with.
type options struct {
	now     func() time.Time
	timeout time.Duration
}

const (
	remoteRead   = "Prometheus, remote read"
	rangeVectors = "Prometheus, range vectors"
	elastic      = "Elasticsearch"
)

var kindNames = []string{remoteRead, rangeVectors, elastic}

// kinds returns the ways to measure on two servers.
func kinds(prom, es string) []kind {
	overPrometheus := func(name string, ranges bool) kind {
		return kind{
			name: name, faults: realtest.OfPrometheus, upstream: prom, builder: prometheus.Builder{},
			good:  map[string]any{"query": `sum by (service) (requests_total{code!="500"})`},
			total: map[string]any{"query": `sum by (service) (requests_total)`},
			open: func(c *outbound.Client, o options) slo.Source {
				return &prometheus.Source{Sampler: remote.New(c.URL(), c, remote.Options{Name: "lying", RangeVectors: ranges, Timeout: o.timeout, Now: o.now})}
			},
		}
	}
	return []kind{overPrometheus(remoteRead, false), overPrometheus(rangeVectors, true), {
		name: elastic, faults: realtest.OfElasticsearch, upstream: es, builder: elasticsearch.Builder{},
		good:  map[string]any{"index": index, "query": "status:<500", "groupBy": []any{"service"}},
		total: map[string]any{"index": index, "groupBy": []any{"service"}},
		open: func(c *outbound.Client, o options) slo.Source {
			return elasticsearch.New(elasticsearch.Options{URL: c.URL(), Transport: c, Now: o.now, Timeout: o.timeout})
		},
	}}
}

// struck are the paths that lie. Elasticsearch is asked for a point in time first,
// so that where that lies no search does.
func (k kind) struck(known bool) []string {
	if k.name == elastic && !known {
		return []string{"_search"}
	}
	return nil
}

// indicator builds the share of good events on a source of a name.
func (k kind) indicator(t *testing.T, source string) slo.Indicator {
	t.Helper()
	ind, problems := k.builder.Build(slo.Definition{
		Counter: true,
		Good:    &slo.Metric{SourceName: source, Spec: k.good}, Total: &slo.Metric{SourceName: source, Spec: k.total},
	})
	require.Empty(t, problems)
	return ind
}

// The limits of sources in cells. Whatever hangs ends soon, and what is endless is
// little.
const (
	patience    = 20 * time.Second
	impatience  = 2 * time.Second
	mostOfABomb = 8 << 20
)

var hanging = []string{"hang", "stall", "trickle"}

// source opens a source below an address.
func (k kind) source(t *testing.T, address string, timeout time.Duration, o options, authority *realtest.Authority) slo.Source {
	t.Helper()
	settings := outbound.Options{
		Name: "lying", URL: address, Policy: outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		Timeout: timeout, MaxResponse: mostOfABomb, Now: time.Now,
	}
	if authority != nil {
		settings.TLS.CAFile = authority.File
	}
	c, err := outbound.New(settings)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	o.timeout = timeout
	return k.open(c, o)
}

// scene is a collector with a source that lies and one of the same server that
// does not.
type scene struct {
	t         *testing.T
	k         kind
	truth     truth
	ends      truth // of what is in the last scrape of each minute
	book      *ledger.Ledger
	collector *collector.Collector
	clock     atomic.Int64 // Unix seconds

	mu      sync.Mutex
	sources map[string]slo.Source
}

const (
	lying  = "lying"
	honest = "honest"
)

// newScene has an empty ledger.
func newScene(t *testing.T, k kind, log []event) *scene {
	s := &scene{t: t, k: k, truth: tally(log, everything), ends: tally(log, atTheEnd), sources: map[string]slo.Source{}}
	var err error
	s.book, err = ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{Now: s.now})
	require.NoError(t, err)
	var all []*slo.SLO
	for _, name := range []string{lying, honest} {
		all = append(all, &slo.SLO{Name: name, Window: window(t), Objectives: []slo.Objective{{Indicator: k.indicator(t, name), Target: target(t)}}})
	}
	registry := &slo.Registry{}
	registry.Replace(all, nil)
	s.collector = collector.New(collector.Options{
		Registry: registry, Ledger: s.book, Now: s.now, Logger: slog.New(slog.DiscardHandler),
		Source: func(name string) slo.Source {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.sources[name]
		},
	})
	s.use(honest, k.upstream, patience, nil)
	return s
}

func window(t *testing.T) slo.Window {
	t.Helper()
	w, err := slo.Rolling(time.Hour)
	require.NoError(t, err)
	return w
}

func target(t *testing.T) slo.Target {
	t.Helper()
	target, err := slo.ParseTarget("0.5")
	require.NoError(t, err)
	return target
}

func (s *scene) now() time.Time { return time.Unix(s.clock.Load(), 0).UTC() }

// use lets a source ask below an address from now on.
func (s *scene) use(name, address string, timeout time.Duration, authority *realtest.Authority) {
	s.t.Helper()
	src := s.k.source(s.t, address, timeout, options{now: s.now}, authority)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources[name] = src
}

// at sets the clock to so long after midnight, and to when that minute can be read.
func (s *scene) at(d time.Duration) { s.clock.Store(midnight.Add(d + 55*time.Second).Unix()) }

// unread is how many minutes lie before the day of the clock: the past of the
// honest source is not read.
func (s *scene) unread() int { return int(slo.MinuteOf(midnight) + 1 - span.From) }

// last is the newest minute that can have been measured.
func (s *scene) last() slo.Minute { return slo.MinuteOf(s.now().Truncate(time.Minute)) }

// history reads the past as far as it can be read.
func (s *scene) history(ctx context.Context) {
	ind := s.k.indicator(s.t, lying)
	for range 10 {
		if !s.collector.Backfill(ctx, ind) {
			return
		}
	}
}

// finding is what is in the ledger of an indicator.
type finding struct {
	right, missing, marked int
	today                  int      // of those that are missing, how many are not history
	wrong                  []string // measured figures that are not true
	shifted                int      // minutes that end one scrape too early
	problem, history       string   // why the last minutes, or the past, are not there
	warnings               []string
}

// look compares the ledger of a source with the truth.
func (s *scene) look(ctx context.Context, name string) (f finding) {
	s.t.Helper()
	ind := s.k.indicator(s.t, name)
	f.problem, f.warnings = s.collector.Trouble(ind.Key())
	if p, ok := s.collector.Progress(ind.Key()); ok {
		f.history = p.Error
	}
	known := slo.Span{From: span.From, To: s.last()}
	for _, g := range s.book.Groups(ind.Key()) {
		if _, ok := s.truth[g]; !ok {
			f.wrong = append(f.wrong, fmt.Sprintf("a group %s that nobody knows", g))
		}
	}
	for g, want := range s.truth {
		got, err := s.book.Slots(ctx, slo.StreamKey{Indicator: ind.Key(), Group: g}, known)
		require.NoError(s.t, err)
		for i, slot := range got {
			switch {
			case slot.State == slo.Gap:
				f.missing++
				if i >= s.unread() {
					f.today++
				}
			case slot.State == slo.Estimated:
				f.marked++
			case slot == want[i]:
				f.right++
			case s.isShifted(g, i, slot):
				f.shifted++
			default:
				f.wrong = append(f.wrong, fmt.Sprintf("%s of %q is %g of %g and not %g of %g", (known.From+slo.Minute(i)).End().Format("15:04"), g, slot.Good, slot.Total, want[i].Good, want[i].Total))
			}
		}
	}
	slices.Sort(f.wrong)
	return f
}

// isShifted reports whether a slot is that of a minute which begins or ends one
// scrape too early.
func (s *scene) isShifted(g slo.Group, i int, slot slo.Slot) bool {
	if i == 0 {
		return false
	}
	want, begin, end := s.truth[g][i], s.ends[g][i-1], s.ends[g][i]
	early := slo.Slot{Good: want.Good + begin.Good, Total: want.Total + begin.Total, State: slo.Measured}
	for _, from := range []slo.Slot{want, early} {
		if slot.Good == from.Good-end.Good && slot.Total == from.Total-end.Total {
			return true
		}
	}
	return slot == early
}

// state returns the verdict on the objective of a source.
func (s *scene) state(ctx context.Context, name string) slo.State {
	s.t.Helper()
	all := slo.SLO{Name: name, Window: window(s.t)}
	o := slo.Objective{Indicator: s.k.indicator(s.t, name), Target: target(s.t)}
	b, err := slo.Evaluator{Meter: s.book, Now: s.now}.Budget(ctx, &all, &o, slo.Question{})
	require.NoError(s.t, err)
	return b.State
}

// verdict names what became of a lie.
func (f finding) verdict() state {
	switch {
	case len(f.wrong) > 0:
		return wrong
	case f.marked > 0:
		return estimated
	case f.shifted > 0:
		return shifted
	case f.problem != "":
		return refused
	case f.today > 0:
		return missing
	case f.history != "":
		return refused
	case f.missing > 0:
		return missing
	}
	return right
}

func (f finding) String() string {
	text := fmt.Sprintf("%d right, %d missing, %d marked, %d shifted, %d wrong", f.right, f.missing, f.marked, f.shifted, len(f.wrong))
	if f.problem != "" {
		text += "; " + f.problem
	}
	if f.history != "" {
		text += "; history: " + f.history
	}
	if len(f.wrong) > 0 {
		text += "; " + strings.Join(f.wrong[:min(3, len(f.wrong))], "; ")
	}
	if len(f.warnings) > 0 {
		text += "; warns: " + strings.Join(f.warnings, "; ")
	}
	return text
}

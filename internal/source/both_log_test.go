package source

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
)

// happened is an event of a log; as a document it arrives later.
type happened struct {
	at, arrived time.Time
	service     string
	code        int
}

// eventLog is what happened: history, and then what is watched from start to end.
type eventLog struct {
	first, start, end time.Time
	events            []happened // by the time at which they happened
}

var (
	services = []string{"cart", "checkout", "search"}
	codes    = []int{200, 503}
)

// drawLog draws a log with a pause in its traffic. A twentieth of its documents
// arrives up to eight minutes late.
func drawLog(seed uint64, start time.Time, history, watched, every, pause time.Duration) *eventLog {
	rng := rand.New(rand.NewPCG(seed, 11))
	l := &eventLog{first: start.Add(-history), start: start, end: start.Add(watched)}
	for at := l.first.Add(time.Second); at.Before(l.end); {
		e := happened{at: at.Truncate(time.Millisecond), service: services[rng.IntN(len(services))], code: codes[0]}
		if rng.Float64() < 0.005 {
			e.code = codes[1]
		}
		if e.arrived = e.at; rng.Float64() < 0.05 {
			e.arrived = e.at.Add(time.Duration(rng.Float64() * float64(8*time.Minute)))
		}
		if quiet := start.Add(time.Hour); at.Before(quiet) || at.After(quiet.Add(pause)) {
			l.events = append(l.events, e)
		}
		mean := every
		if at.Before(start) {
			mean = 150 * time.Second
		}
		at = at.Add(time.Duration(rng.ExpFloat64() * float64(mean)))
	}
	return l
}

// groups are the whole and each service.
func groups() []slo.Group {
	all := []slo.Group{""}
	for _, s := range services {
		all = append(all, groupOf(s))
	}
	return all
}

func groupOf(service string) slo.Group { return slo.GroupOf(map[string]string{"service": service}) }

// slots counts the log by minute, as a person would.
func (l *eventLog) slots(g slo.Group, span slo.Span) []slo.Slot {
	slots := make([]slo.Slot, span.Len())
	for i := range slots {
		slots[i].State = slo.Measured
	}
	for _, e := range l.events {
		if m := slo.MinuteOf(e.at); span.Contains(m) && (g == "" || g == groupOf(e.service)) {
			s := &slots[m-span.From]
			s.Total++
			if e.code < 500 {
				s.Good++
			}
		}
	}
	return slots
}

// late counts the documents that arrive later than they happened.
func (l *eventLog) late() (n int) {
	for _, e := range l.events {
		if e.arrived.After(e.at) {
			n++
		}
	}
	return n
}

// counter is one series of the log.
type counter struct {
	service string
	code    int
}

func (c counter) labels() map[string]string {
	return map[string]string{"__name__": "http_requests_total", "service": c.service, "code": strconv.Itoa(c.code)}
}

// scraper counts the events of a log as the services did, up to an instant.
type scraper struct {
	rest   []happened
	counts map[counter]float64
}

func newScraper(l *eventLog) *scraper {
	s := &scraper{rest: l.events, counts: map[counter]float64{}}
	for _, service := range services {
		for _, code := range codes {
			s.counts[counter{service, code}] = 0
		}
	}
	return s
}

// until counts what happened up to an instant.
func (s *scraper) until(at time.Time) map[counter]float64 {
	n := slices.IndexFunc(s.rest, func(e happened) bool { return e.at.After(at) })
	if n < 0 {
		n = len(s.rest)
	}
	for _, e := range s.rest[:n] {
		s.counts[counter{e.service, e.code}]++
	}
	s.rest = s.rest[n:]
	return s.counts
}

// scrape is what a scrape at an instant reads.
func (s *scraper) scrape(at time.Time) (samples []realtest.Sample) {
	for c, v := range s.until(at) {
		samples = append(samples, realtest.Sample{Labels: c.labels(), T: at.UnixMilli(), V: v})
	}
	return samples
}

// writeHistory writes the history of a log as the blocks of a Prometheus, with a
// sample on each minute.
func (s *scraper) writeHistory(t testing.TB, l *eventLog) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	require.NoError(t, err)
	for at := l.first; !at.After(l.start); at = at.Add(time.Minute) {
		for c, v := range s.until(at) {
			require.NoError(t, h.Append(h.Series(labels.FromMap(c.labels())), at.UnixMilli(), v))
		}
	}
	_, err = h.Close()
	require.NoError(t, err)
	return dir
}

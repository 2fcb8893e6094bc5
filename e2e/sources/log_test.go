package sources

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// The log begins an hour before midnight, so that there is a day of history, and
// ends two hours after it.
var (
	midnight = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	begin    = midnight.Add(-time.Hour)
	end      = midnight.Add(2 * time.Hour)
)

// event is one request that was answered.
type event struct {
	at      time.Time
	service string
	status  int
}

var (
	services = []string{"cart", "checkout", "search"}
	statuses = []int{200, 500}
)

// newLog draws the events that all sources tell of.
func newLog(seed uint64) (log []event) {
	rng := rand.New(rand.NewPCG(seed, 7))
	for at := begin; ; {
		at = at.Add(time.Duration(1+rng.IntN(2000)) * time.Millisecond)
		if at.After(end) {
			return log
		}
		status := statuses[0]
		if rng.Float64() < 0.1 {
			status = statuses[1]
		}
		log = append(log, event{at, services[rng.IntN(len(services))], status})
	}
}

// truth is what an auditor counts in each minute: the whole, and each service.
type truth map[slo.Group][]slo.Slot

// span is the minutes of the log.
var span = slo.SpanOf(begin, end)

// tally counts what is counted of a log.
func tally(log []event, counted func(event) bool) truth {
	out := truth{}
	for _, g := range append([]slo.Group{""}, groups()...) {
		out[g] = slices.Repeat([]slo.Slot{{State: slo.Measured}}, span.Len())
	}
	for _, e := range log {
		minute := slo.MinuteOf(e.at)
		if !counted(e) {
			continue
		}
		for _, g := range []slo.Group{"", groupOf(e.service)} {
			s := &out[g][minute-span.From]
			s.Total++
			if e.status < 500 {
				s.Good++
			}
		}
	}
	return out
}

func everything(event) bool { return true }

// atTheEnd is what no scrape sees that comes one too early in a minute.
func atTheEnd(e event) bool { return slo.MinuteOf(e.at) != slo.MinuteOf(e.at.Add(scrape)) }

func groupOf(service string) slo.Group { return slo.GroupOf(map[string]string{"service": service}) }

func groups() (all []slo.Group) {
	for _, s := range services {
		all = append(all, groupOf(s))
	}
	return all
}

// Counters are scraped on full quarters of a minute, so that no increase lies on
// both sides of a minute's end, and start where 2^20 more events change no
// exponent: faults that change the bits of values change all of them alike.
const (
	scrape  = 15 * time.Second
	startAt = 1 << 20
)

// openMetrics writes the log as what a Prometheus scraped.
func openMetrics(log []event) string {
	var b strings.Builder
	b.WriteString("# TYPE requests counter\n")
	for _, service := range services {
		for _, status := range statuses {
			n, i := startAt, 0
			for at := begin; !at.After(end); at = at.Add(scrape) {
				for ; i < len(log) && !log[i].at.After(at); i++ {
					if log[i].service == service && log[i].status == status {
						n++
					}
				}
				fmt.Fprintf(&b, "requests_total{service=%q,code=\"%d\"} %d %d\n", service, status, n, at.Unix())
			}
		}
	}
	b.WriteString("# EOF\n")
	return b.String()
}

// documents are the log as an application writes it.
func documents(log []event) (all []any) {
	for _, e := range log {
		all = append(all, map[string]any{"@timestamp": e.at.UnixMilli(), "service": e.service, "status": e.status})
	}
	return all
}

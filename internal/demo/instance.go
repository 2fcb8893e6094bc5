package demo

// reach says whether a scrape gets an answer.
type reach uint8

const (
	reachable reach = iota
	blind           // the network between is down
	dead            // the process is gone
)

// instance is one scraped target: a process that may be replaced by another one
// behind the same address.
type instance struct {
	job, name string
	target    []pair // labels that the scraper attaches, job and instance included
	share     float64
	metrics   []metric // of the present process, all of them
	counters  []*value // some of metrics, by part and outcome
	ratio     *value   // one of metrics, or nil
	timed     *timed   // the histogram among metrics, or nil
	reach     reach
	born      int64 // start of the present process

	up      series
	seen    bool      // the last scrape of the history got an answer
	retired []*series // of processes that ended since
}

// newInstance returns a target without a process.
func newInstance(job, name string, share float64, more ...pair) *instance {
	target := append([]pair{{"job", job}, {"instance", name}}, more...)
	return &instance{job: job, name: name, share: share, target: target, up: seriesOf("up", target, nil)}
}

// replace puts a new process behind the target.
func (in *instance) replace(born int64) {
	if in.seen {
		for _, m := range in.metrics {
			in.retired = append(in.retired, m.series()...)
		}
	}
	in.metrics, in.counters, in.ratio, in.timed = nil, nil, nil, nil
	in.born = born
}

// is reports whether a label of the target has the value.
func (in *instance) is(value string) bool { return has(in.target, value) }

func has(labels []pair, value string) bool {
	for _, p := range labels {
		if p.value == value {
			return true
		}
	}
	return false
}

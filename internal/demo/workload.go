package demo

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// part is one kind of request, or of job, that a service gets.
type part struct {
	labels []pair
	share  float64
}

// outcome is one way in which a request ends.
type outcome struct {
	labels []pair
	ratio  float64 // of requests without any incident; of the first one: the rest
	bad    bool    // incidents make requests end like this; the last one only
	lazy   bool    // its counter appears with the first event
}

// workload is a service that does something for others: requests or jobs,
// counted by part and outcome, and perhaps timed.
type workload struct {
	job       string
	name      string // of the counter
	help      string
	peak      float64 // events per second, all instances, when curve is 1
	curve     *curve
	wobble    wobble
	parts     []part
	outcomes  []outcome
	latency   *latency
	slots     []*instance
	pods      bool       // every process has a name of its own, the label pod
	every     [2]int64   // replace instances every so many seconds, at an offset; 0: never
	hiccup    bool       // a little slower for five minutes in every two hours
	ratio     string     // name of a gauge with the success ratio of the last minutes; "" for none
	grouped   string     // label by which Truth is grouped
	deploys   []deploy   // of this service
	incidents []incident // of this service
	rng       *rand.Rand
	tape      *tape

	shares  []float64 // conditional, of parts
	counts  []uint64  // scratch, one per part
	cells   []uint64  // scratch, one per latency cell
	current []force   // incidents in force in this step
}

// force is an incident in force.
type force struct {
	*incident
	strength float64
}

// prepare fills what follows from the rest.
func (w *workload) prepare(s *script, rng *rand.Rand) {
	w.rng, w.deploys, w.incidents = rng, s.deploysOf(w.job), s.of(w.job)
	if len(w.parts) == 0 {
		w.parts = []part{{share: 1}}
	}
	shares := make([]float64, len(w.parts))
	for i, p := range w.parts {
		shares[i] = p.share
	}
	w.shares, w.counts = conditional(shares), make([]uint64, len(shares))
	if w.latency != nil {
		w.latency.prepare()
		w.cells = make([]uint64, len(w.latency.bounds)+1)
	}
}

// record implements simulated.
func (w *workload) record(t *tape) { w.tape = t }

// instances implements simulated.
func (w *workload) instances() []*instance { return w.slots }

// advance implements simulated: it lets the time (t−dt, t] pass.
func (w *workload) advance(t, dt int64) {
	w.current = w.current[:0]
	for i := range w.incidents {
		if s := w.incidents[i].strength(t); s > 0 {
			w.current = append(w.current, force{&w.incidents[i], s})
		}
	}
	expected := w.peak * w.curve.at(t) * w.wobble.next(w.rng, dt) * float64(dt)
	for i, in := range w.slots {
		w.renew(in, i, t-dt)
		w.serve(in, t, dt, expected*in.share)
	}
}

// begin gives every instance a process that was started by itself at t.
func (w *workload) begin(t int64) {
	for i, in := range w.slots {
		born, version := w.generation(i, t)
		in.replace(max(born, t-30*day))
		w.populate(in, version)
	}
}

// renew replaces the process of an instance when its time has come.
func (w *workload) renew(in *instance, slot int, t int64) {
	born, version := w.generation(slot, t)
	if born <= in.born && in.metrics != nil {
		return
	}
	in.replace(born)
	w.populate(in, version)
}

// generation returns when the process of a slot that runs at t was started, and
// its version. Instances restart half a minute after one another.
func (w *workload) generation(slot int, t int64) (born int64, version string) {
	version = "1.0.0"
	stagger := int64(slot) * 30
	for _, d := range w.deploys {
		if d.at+stagger <= t {
			born, version = d.at+stagger, d.version
		}
	}
	if every, offset := w.every[0], w.every[1]; every > 0 {
		shift := offset + stagger
		born = max(born, (t-shift)/every*every+shift)
	}
	return born, version
}

// populate makes the metrics of a new process.
func (w *workload) populate(in *instance, version string) {
	var pod []pair
	if w.pods {
		pod = []pair{{"pod", podName(in.name, in.born)}}
	}
	for _, p := range w.parts {
		for _, o := range w.outcomes {
			v := newValue(prometheus.CounterValue, description{w.name, w.help, slices.Concat(pod, p.labels, o.labels)}, in.target)
			v.exists = !o.lazy
			in.counters = append(in.counters, v)
			in.metrics = append(in.metrics, v)
		}
	}
	info := slices.Concat(pod, []pair{{"version", version}})
	build := newValue(prometheus.GaugeValue, description{"build_info", "Version of the running process.", info}, in.target)
	build.v = 1
	in.metrics = append(in.metrics, build)
	if w.ratio != "" {
		in.ratio = newValue(prometheus.GaugeValue,
			description{w.ratio, "Share of the events of the last minutes that succeeded.", pod}, in.target)
		in.ratio.v = 1
		in.metrics = append(in.metrics, in.ratio)
	}
	if w.latency != nil {
		w.clock(in, pod)
	}
}

// clock gives a new process its histogram.
func (w *workload) clock(in *instance, pod []pair) {
	l := w.latency
	d := description{l.name, l.help, pod}
	if l.native {
		h := newNative(d, in.target, time.Unix(in.born, 0))
		in.timed, in.metrics = &h.timed, append(in.metrics, h)
		return
	}
	h := newClassic(d, l.bounds, in.target)
	in.timed, in.metrics = &h.timed, append(in.metrics, h)
}

// podName makes a name as an orchestrator gives it, from the slot and the start.
func podName(slot string, born int64) string {
	x := uint64(born) * 0x9e3779b97f4a7c15
	for _, b := range []byte(slot) {
		x = (x ^ uint64(b)) * 0x100000001b3
	}
	x ^= x >> 29
	return slot + "-" + strconv.FormatUint(x&0xffffffff|1<<31, 36)
}

// serve lets one instance handle the expected number of events.
func (w *workload) serve(in *instance, t, dt int64, expected float64) {
	in.reach = reachable
	slowness := w.slowness(t)
	for _, f := range w.current {
		if !f.concerns(in) {
			continue
		}
		if f.dead {
			in.reach = dead
			return
		}
		if f.blind {
			in.reach = blind
		}
		if f.slow > 0 {
			slowness *= 1 + (f.slow-1)*f.strength
		}
	}
	n := poisson(w.rng, expected)
	split(w.rng, n, w.shares, w.counts)
	var all Truth
	for i, c := range w.counts {
		truth := w.count(in, i, c)
		if w.grouped != "" {
			w.tape.add(t, w.job, w.group(in, i), truth)
		}
		all = all.Plus(truth)
	}
	all.Slow = w.time(in, n, slowness)
	w.tape.add(t, w.job, "", all)
	w.gauge(in, dt, all)
}

// concerns reports whether the incident touches the instance, at least in part.
func (f force) concerns(in *instance) bool { return f.where == "" || in.is(f.where) }

// slowness is the factor on latencies that comes from load and from habits.
func (w *workload) slowness(t int64) float64 {
	s := 0.92 + 0.16*w.curve.at(t)
	if w.hiccup && (t+20*minute)%(2*hour) < 5*minute {
		s *= 1.2
	}
	return s
}

// count lets n requests of a part end, and returns how. Only requests that end
// in no other way can fail: a malformed request is refused whatever is broken
// behind.
func (w *workload) count(in *instance, i int, n uint64) Truth {
	truth := Truth{Total: n}
	if n == 0 {
		return truth
	}
	rest := n
	counters := in.counters[i*len(w.outcomes) : (i+1)*len(w.outcomes)]
	for k := 1; k < len(w.outcomes); k++ {
		o := &w.outcomes[k]
		p := o.ratio
		if o.bad {
			p = w.failing(in, i, p)
		}
		c := binomial(w.rng, rest, p)
		rest -= c
		counters[k].add(c)
		if o.bad {
			truth.Bad += c
		}
	}
	counters[0].add(rest)
	return truth
}

// failing returns the probability that a request of a part fails.
func (w *workload) failing(in *instance, i int, base float64) float64 {
	for _, f := range w.current {
		if f.concerns(in) || has(w.parts[i].labels, f.where) {
			base += f.fail * f.strength
		}
	}
	return base
}

// time draws the latencies of n requests and returns how many were too slow.
func (w *workload) time(in *instance, n uint64, slowness float64) uint64 {
	if w.latency == nil {
		return 0
	}
	sum, slow := w.latency.observe(w.rng, n, slowness, in.timed.cells, w.cells)
	in.timed.sum += sum
	return slow
}

// gauge moves the success ratio, if there is one, towards that of this step,
// with a memory of two minutes.
func (w *workload) gauge(in *instance, dt int64, truth Truth) {
	if in.ratio == nil || truth.Total == 0 {
		return
	}
	now := 1 - float64(truth.Bad)/float64(truth.Total)
	in.ratio.v += (now - in.ratio.v) * (1 - math.Exp(-float64(dt)/120))
}

// group returns the value of the label by which truths are grouped.
func (w *workload) group(in *instance, i int) string {
	for _, list := range [][]pair{w.parts[i].labels, in.target} {
		for _, p := range list {
			if p.name == w.grouped {
				return p.value
			}
		}
	}
	return ""
}

package demo

import (
	"cmp"
	"context"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Options say how a fleet is made.
type Options struct {
	// Seed decides every random draw; 0 means DefaultSeed.
	Seed uint64
	// Now is the clock; it must be given.
	Now func() time.Time
	// Logger receives what is worth knowing; nil discards it.
	Logger *slog.Logger
	// Self is Hindcast's own address, host:port, which is scraped as the
	// service hindcast; "" leaves it out.
	Self string
	// Record keeps what happens for Truth, which takes about 12 MiB for five
	// weeks.
	Record bool
}

// DefaultSeed gives the history that the screenshots show.
const DefaultSeed = 20240229

// simulated is a service as the model moves it.
type simulated interface {
	// prepare readies the model of the service.
	prepare(s *script, rng *rand.Rand)
	// begin puts processes behind the targets at t.
	begin(t int64)
	// advance lets the time (t−dt, t] pass.
	advance(t, dt int64)
	// instances lists the targets.
	instances() []*instance
	// record has the service put its truths on a tape; nil for none.
	record(*tape)
}

var (
	_ simulated = (*workload)(nil)
	_ simulated = (*probe)(nil)
)

// Fleet is the simulated services. It is safe for concurrent use.
type Fleet struct {
	opts   Options
	script *script

	mu       sync.Mutex // guards the model: everything below but servers
	services []simulated
	tape     *tape
	at       int64 // how far the model was advanced; 0: no processes yet
	step     int64 // seconds between the scrapes of the history
	servers  []*server
}

// New returns a fleet that has not begun: it has neither a past nor listeners.
func New(o Options) (*Fleet, error) {
	if o.Now == nil {
		return nil, fault.Invalidf("demo fleet: no clock is given")
	}
	o.Seed = cmp.Or(o.Seed, DefaultSeed)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	f := &Fleet{opts: o, script: newScript(o.Now().Unix()), services: newServices(), step: longStep}
	for _, s := range f.services {
		h := fnv.New64a()
		_, _ = h.Write([]byte(s.instances()[0].job))
		s.prepare(f.script, rand.New(rand.NewPCG(o.Seed, h.Sum64())))
	}
	if o.Record {
		f.tape = &tape{}
	}
	return f, nil
}

// Happenings lists the incidents and deploys of the fleet, in order of time.
func (f *Fleet) Happenings() []Happening { return f.script.happenings() }

// Truth returns what happened to a service in (from, to], by whole minutes;
// group is a route of checkout, a region of edge, an instance of a probe, or ""
// for the whole. It is zero unless Options.Record was set.
func (f *Fleet) Truth(service, group string, from, to time.Time) Truth {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tape.sum(service, group, from, to)
}

// Steps of the model: live traffic moves by the second; after a pause of more
// than a minute (a machine that slept) what was missed is made up for in the
// steps of the history.
const (
	liveStep = 1
	longStep = 30
)

// begin puts processes behind the targets. With an age, they have been running,
// and counting, for that long.
func (f *Fleet) begin(t, age int64) {
	for _, s := range f.services {
		s.record(nil)
		s.begin(t)
		if age > 0 {
			s.advance(t, age)
		}
		s.record(f.tape)
	}
	f.at = t
}

// advance lets time pass up to t in steps of at most step seconds.
func (f *Fleet) advance(t, step int64) {
	for f.at < t {
		dt := min(step, t-f.at)
		f.at += dt
		for _, s := range f.services {
			s.advance(f.at, dt)
		}
	}
}

// catchUp advances the model to the clock.
func (f *Fleet) catchUp() {
	now := f.opts.Now().Unix()
	if now-f.at > minute {
		f.advance(now-minute, longStep)
	}
	f.advance(now, liveStep)
}

// Start begins to serve metrics: one listener for each instance, on a free port
// of the loopback interface. Processes that come out of WriteHistory serve on;
// otherwise they start from zero. The listeners close with Stop, or when ctx
// ends.
func (f *Fleet) Start(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.servers != nil {
		return fault.Conflictf("demo fleet: it was started already")
	}
	if f.at == 0 {
		f.begin(f.opts.Now().Unix()-liveStep, 0)
	}
	f.catchUp() // who is dead is dead from the first scrape on
	for _, s := range f.services {
		for _, in := range s.instances() {
			srv, err := f.serve(ctx, in)
			if err != nil {
				f.closeAll()
				return err
			}
			f.servers = append(f.servers, srv)
		}
	}
	f.opts.Logger.InfoContext(ctx, "demo fleet serves metrics", "instances", len(f.servers), "services", len(f.services))
	return nil
}

// Stop closes the listeners and waits until nothing of the fleet runs any more.
func (f *Fleet) Stop() {
	f.mu.Lock()
	servers := f.servers
	f.mu.Unlock()
	for _, s := range servers {
		s.close() // not under the lock: a scrape in progress needs it
	}
}

// closeAll closes what a failed Start opened; no scrape can have begun.
func (f *Fleet) closeAll() {
	for _, s := range f.servers {
		s.close()
	}
	f.servers = nil
}

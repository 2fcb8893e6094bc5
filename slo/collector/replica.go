package collector

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/ledger"
)

// Leases grants the right to collect to one of several replicas; see
// ledger.Lease.
type Leases interface {
	AcquireLease(ctx context.Context, holder string, ttl time.Duration) (ledger.Lease, error)
	ReleaseLease(ctx context.Context, holder string) error
}

// Follower is a ledger that can be brought up to date with what others wrote,
// and be made the one that writes.
type Follower interface {
	CatchUp(ctx context.Context) error
	Lead(ctx context.Context, epoch int64) error
}

// ReplicaOptions say who takes part in the collection, and how.
type ReplicaOptions struct {
	Name   string // of this replica; never used by another, nor again after a restart
	Leases Leases
	Ledger Follower
	// Collect collects until its context ends; it is Collector.Run.
	Collect func(ctx context.Context) error
	Now     func() time.Time // only its differences count
	Logger  *slog.Logger
	// TTL is how long the lease lasts without renewal; 0 means DefaultTTL.
	TTL time.Duration
}

const (
	// DefaultTTL is long enough that a stalled disk or a long commit does not
	// change the collector, and short enough that after a crash somebody else
	// collects before the next minute is due.
	DefaultTTL = 10 * time.Second
	// followEvery is how often a follower looks for news and for a free lease. It
	// costs a query or two.
	followEvery = time.Second
)

// Replica is one of several processes on one store: it collects while it holds the
// lease, and otherwise keeps its ledger up to date with what the holder writes.
// Make one with NewReplica.
type Replica struct {
	o ReplicaOptions

	mu    sync.Mutex
	state ReplicaState
}

// ReplicaState is what a replica does.
type ReplicaState struct {
	Collecting bool
	Holder     string        // who collects, "" if nobody is known to
	Epoch      int64         // of the lease, as far as it is known
	Behind     time.Duration // since the ledger was last known to be up to date
	Error      string        // why the store could not be asked, "" if it could
	seen       time.Time
}

// NewReplica returns a replica; it does nothing before Run.
func NewReplica(o ReplicaOptions) *Replica {
	o.TTL = cmp.Or(o.TTL, DefaultTTL)
	r := &Replica{o: o}
	r.state.seen = o.Now()
	return r
}

// State returns what the replica does.
func (r *Replica) State() ReplicaState {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	s.Behind = r.o.Now().Sub(s.seen)
	if s.Collecting {
		s.Behind = 0
	}
	return s
}

// Run collects or follows until ctx ends, and then gives the lease back. A store
// that cannot be reached is a state and no reason to stop.
func (r *Replica) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		asked := r.o.Now()
		lease, err := r.acquire(ctx, r.o.TTL)
		if err == nil && lease.Holder == r.o.Name {
			if err = r.lead(ctx, lease, asked); err == nil {
				continue // lost: follow at once
			}
		}
		if err == nil {
			err = r.o.Ledger.CatchUp(ctx)
		}
		r.note(lease, err)
		wait(ctx, followEvery)
	}
	return r.release(context.WithoutCancel(ctx))
}

// acquire asks for the lease and waits so long for the answer.
func (r *Replica) acquire(ctx context.Context, limit time.Duration) (ledger.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return r.o.Leases.AcquireLease(ctx, r.o.Name, r.o.TTL)
}

// lead collects until the lease is lost or ctx ends. What was taken over is read
// first: nobody else can write any more.
func (r *Replica) lead(ctx context.Context, lease ledger.Lease, asked time.Time) error {
	if err := r.o.Ledger.Lead(ctx, lease.Epoch); err != nil {
		return err
	}
	collecting, stop := context.WithCancel(ctx)
	defer stop()
	r.begin(lease)
	ended := make(chan error, 1)
	go func() { ended <- r.o.Collect(collecting) }()
	why := r.hold(collecting, lease, asked)
	stop()
	err := <-ended
	r.end(why)
	return err
}

// hold renews the lease until it is lost or ctx ends, and returns why. A lease
// that could not be renewed counts as lost when its time is over, reckoned from
// before it was asked for. A wrong clock does no harm: the store refuses what is
// written by a lease that is over.
func (r *Replica) hold(ctx context.Context, lease ledger.Lease, renewed time.Time) string {
	why := "it was paused"
	for left := r.left(renewed); left > 0; left = r.left(renewed) {
		wait(ctx, min(r.o.TTL*3/10, left))
		if ctx.Err() != nil {
			return "stopped"
		}
		asked := r.o.Now()
		now, err := r.acquire(ctx, r.left(renewed))
		switch {
		case err != nil:
			why = err.Error()
		case now.Holder != lease.Holder || now.Epoch != lease.Epoch:
			return "another replica took over: " + now.Holder
		default:
			renewed = asked
		}
	}
	return "the lease was not renewed in time: " + why
}

// left is how much of a lease is left that was renewed at an instant.
func (r *Replica) left(renewed time.Time) time.Duration { return r.o.TTL - r.o.Now().Sub(renewed) }

// begin notes that this replica collects.
func (r *Replica) begin(lease ledger.Lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = ReplicaState{Collecting: true, Holder: lease.Holder, Epoch: lease.Epoch, seen: r.o.Now()}
	r.o.Logger.Info("this replica collects", "replica", r.o.Name, "epoch", lease.Epoch)
}

// end notes that this replica collects no longer.
func (r *Replica) end(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = ReplicaState{Epoch: r.state.Epoch, seen: r.o.Now()}
	r.o.Logger.Info("this replica does not collect any more", "replica", r.o.Name, "why", why)
}

// note keeps how following went, and logs when it begins and ends to fail.
func (r *Replica) note(lease ledger.Lease, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if r.state.Error == "" && fault.KindOf(err) != fault.Conflict {
			r.o.Logger.Warn("follow the ledger", "replica", r.o.Name, "err", err)
		}
		r.state.Error = err.Error()
		return
	}
	if r.state.Holder != lease.Holder || r.state.Error != "" {
		r.o.Logger.Info("this replica follows", "replica", r.o.Name, "holder", lease.Holder, "epoch", lease.Epoch)
	}
	r.state = ReplicaState{Holder: lease.Holder, Epoch: lease.Epoch, seen: r.o.Now()}
}

// release gives the lease back, so that another replica need not wait for its end.
func (r *Replica) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := r.o.Leases.ReleaseLease(ctx, r.o.Name); err != nil {
		r.o.Logger.WarnContext(ctx, "give the lease back; others wait until it runs out", "replica", r.o.Name, "err", err)
	}
	return nil
}

// wait waits, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

package notify

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/alert"
)

// Book knows the episodes and who was told of them; internal/store implements it.
type Book interface {
	Episodes(ctx context.Context, since time.Time) ([]alert.Episode, error)
	ToldSince(ctx context.Context, since time.Time) ([]alert.Told, error)
	SaveTold(ctx context.Context, all []alert.Told) error
}

// Options are what a Notifier needs.
type Options struct {
	Targets []Target
	Book    Book
	Now     func() time.Time
	Link    func(slo string) string // the address of an SLO's page
	Logger  *slog.Logger
	// Observe is told of each attempt; nil for nobody.
	Observe func(target string, err error)
}

// patience is how long a target is told of what happened while it was away.
const patience = 24 * time.Hour

// Pauses between attempts after the first and at most.
const (
	firstPause = 5 * time.Second
	lastPause  = time.Minute
)

// Notifier tells targets. Make one with New.
type Notifier struct {
	o       Options
	tellers []*teller
}

// teller tells one target.
type teller struct {
	*Options
	Target
	wake chan struct{}

	mu    sync.Mutex
	state State
}

// State is how telling a target goes.
type State struct {
	Name, Type  string
	Failures    int // in a row
	Error       string
	LastSuccess time.Time
	Waiting     int // messages that were not taken yet
}

// New returns a notifier; it does nothing before Run.
func New(o Options) *Notifier {
	n := &Notifier{o: o}
	for _, t := range o.Targets {
		n.tellers = append(n.tellers, &teller{Options: &n.o, Target: t, wake: make(chan struct{}, 1), state: State{Name: t.Name, Type: t.Type}})
	}
	return n
}

// Wake says that episodes began or ended. It never blocks.
func (n *Notifier) Wake() {
	for _, t := range n.tellers {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// Run tells until ctx ends.
func (n *Notifier) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, t := range n.tellers {
		g.Go(func() error { t.run(ctx); return nil })
	}
	return g.Wait()
}

// States returns how telling each target goes, in the order of the targets.
func (n *Notifier) States() []State {
	all := make([]State, len(n.tellers))
	for i, t := range n.tellers {
		t.mu.Lock()
		all[i] = t.state
		t.mu.Unlock()
	}
	return all
}

// Test sends a message to a target that says that it is a test.
func (n *Notifier) Test(ctx context.Context, name string) error {
	i := slices.IndexFunc(n.tellers, func(t *teller) bool { return t.Name == name })
	if i < 0 {
		return fault.NotFoundf("there is no alert target %.63q in hindcast.yaml", name)
	}
	return n.tellers[i].test(ctx, n.o.Now())
}

// run tells one target whenever something happened, every minute, and soon again
// after it did not take something.
func (t *teller) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		case <-t.wake:
		}
		pause.Reset(t.round(ctx))
	}
}

// round tells what is due, and returns how long to wait if nothing happens.
func (t *teller) round(ctx context.Context) time.Duration {
	waiting, err := t.tell(ctx)
	if ctx.Err() != nil {
		return resend
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.state.Failures, t.state.Error, t.state.Waiting = 0, "", 0
		return resend
	}
	t.state.Failures++
	t.state.Error, t.state.Waiting = err.Error(), waiting
	if t.state.Failures == 1 {
		t.Logger.WarnContext(ctx, "tell an alert target", "target", t.Name, "err", err)
	}
	return min(lastPause, firstPause<<min(t.state.Failures-1, 10))
}

// tell tells what is due, and returns how much was not taken.
func (t *teller) tell(ctx context.Context) (waiting int, err error) {
	now := t.Now()
	all, err := t.Book.Episodes(ctx, now.Add(-patience))
	if err != nil {
		return 0, err
	}
	all = slices.DeleteFunc(all, func(e alert.Episode) bool { return !slices.Contains(e.Targets, t.Name) })
	if len(all) == 0 {
		return 0, nil
	}
	told, err := t.told(ctx, now)
	if err != nil {
		return 0, err
	}
	slices.SortStableFunc(all, func(a, b alert.Episode) int { return cmp.Or(a.FiredAt.Compare(b.FiredAt), cmp.Compare(a.ID(), b.ID())) })
	if t.Type == Alertmanager {
		return t.tellAlertmanager(ctx, now, all, told)
	}
	return t.tellWebhook(ctx, all, told)
}

// toldKey is what a target was told.
type toldKey struct{ episode, state string }

func (t *teller) told(ctx context.Context, now time.Time) (map[toldKey]bool, error) {
	rows, err := t.Book.ToldSince(ctx, now.Add(-2*patience))
	told := make(map[toldKey]bool, len(rows))
	for _, r := range rows {
		if r.Target == t.Name {
			told[toldKey{r.Episode, r.State}] = true
		}
	}
	return told, err
}

// tellAlertmanager sends all that fires and what ended lately, in one request.
func (t *teller) tellAlertmanager(ctx context.Context, now time.Time, all []alert.Episode, told map[toldKey]bool) (int, error) {
	var alerts []posted
	var taken []alert.Told
	for _, e := range all {
		if !e.Open() && (!e.TellEnd || now.Sub(e.ResolvedAt) > recent || !told[toldKey{e.ID(), alert.Firing}]) {
			continue
		}
		alerts = append(alerts, alertOf(e, now, t.Link(e.SLO)))
		if key := (toldKey{e.ID(), e.State()}); !told[key] {
			taken = append(taken, alert.Told{Episode: key.episode, Target: t.Name, State: key.state, At: now})
		}
	}
	if len(alerts) == 0 {
		return 0, nil
	}
	if err := t.send(ctx, t.alertsURL(), "", alerts); err != nil {
		return len(taken), err
	}
	return len(taken), t.took(ctx, taken)
}

// tellWebhook sends each beginning and each end that was not taken yet, in order.
func (t *teller) tellWebhook(ctx context.Context, all []alert.Episode, told map[toldKey]bool) (int, error) {
	var due []message
	for _, e := range all {
		if !told[toldKey{e.ID(), alert.Firing}] {
			due = append(due, messageOf(e, alert.Firing, t.Link(e.SLO)))
		}
		if !e.Open() && e.TellEnd && !told[toldKey{e.ID(), alert.Resolved}] {
			due = append(due, messageOf(e, alert.Resolved, t.Link(e.SLO)))
		}
	}
	for i, m := range due {
		if err := t.send(ctx, t.URL, m.ID+"/"+m.State, m); err != nil {
			return len(due) - i, err
		}
		if err := t.took(ctx, []alert.Told{{Episode: m.ID, Target: t.Name, State: m.State, At: t.Now()}}); err != nil {
			return len(due) - i, err
		}
	}
	return 0, nil
}

// send sends a document to the target.
func (t *teller) send(ctx context.Context, address, key string, document any) error {
	err := t.post(ctx, address, key, document)
	if t.Observe != nil {
		t.Observe(t.Name, err)
	}
	return err
}

// took keeps that the target was told.
func (t *teller) took(ctx context.Context, taken []alert.Told) error {
	t.mu.Lock()
	t.state.LastSuccess = t.Now()
	t.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	return t.Book.SaveTold(ctx, taken)
}

package server

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
)

const (
	childDatabase = "HINDCAST_TEST_DATABASE"
	shared        = slo.IndicatorKey("shared")
	firstShared   = slo.Minute(20_000*slo.MinutesPerDay - 300) // a day ends soon
	// poison is what a process writes that wakes up after its lease was over.
	poison = 666
)

// sharedSlot is what the source of the replicas has in a minute.
func sharedSlot(m slo.Minute) slo.Slot {
	return slo.Slot{Good: float64(m % 1009), Total: float64(m%1009 + m%7), State: slo.Measured}
}

// runReplica is a replica that collects a minute every few milliseconds and says
// what it does on its output.
func runReplica(name string) int {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Database: os.Getenv(childDatabase)})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	l, err := ledger.Open(ctx, s, ledger.Options{Now: time.Now})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	r := collector.NewReplica(collector.ReplicaOptions{
		Name: name, Leases: s, Ledger: l, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		Collect: func(ctx context.Context) error { return collectFast(ctx, l) },
	})
	go func() { // a follower's reads must not disturb it, and show that it keeps up
		for range time.Tick(100 * time.Millisecond) {
			if c, ok := l.Cursor(shared); ok && !r.State().Collecting {
				fmt.Println("sees", int64(c.Settled))
			}
		}
	}()
	if err := r.Run(ctx); err != nil {
		fmt.Println("error", err)
	}
	return 1
}

// collectFast writes one minute after the other until ctx ends, with an overlap
// of two and a group that comes and goes, and seals now and then. If it was
// paused for longer than a lease it first writes what must not be kept.
func collectFast(ctx context.Context, l *ledger.Ledger) error {
	fmt.Println("collecting", 0)
	next := firstShared
	if c, ok := l.Cursor(shared); ok {
		next = c.Settled + 1
	}
	for last := time.Now(); ctx.Err() == nil; last = time.Now() {
		time.Sleep(5 * time.Millisecond)
		if time.Since(last) > collector.DefaultTTL {
			if err := l.Write(context.WithoutCancel(ctx), sharedWrite(next-1, func(slo.Minute) slo.Slot {
				return slo.Slot{Good: poison, Total: poison, State: slo.Measured}
			})); err != nil {
				fmt.Println("refused", 0)
			} else {
				fmt.Println("poisoned", int64(next-1))
			}
			return nil
		}
		err := l.Write(ctx, sharedWrite(next, sharedSlot))
		if err == nil && next%50 == 0 {
			// The current day as well: rows go that a straggler's would collide with.
			_, err = l.Seal(ctx, next.Day()+1)
		}
		if err != nil {
			fmt.Println("lost", 0)
			<-ctx.Done()
			return nil
		}
		fmt.Println("ack", int64(next))
		next++
	}
	return nil
}

func sharedWrite(m slo.Minute, slot func(slo.Minute) slo.Slot) ledger.Write {
	span := slo.Span{From: max(m-2, firstShared), To: m}
	var slots []slo.Slot
	for i := span.From; i <= span.To; i++ {
		slots = append(slots, slot(i))
	}
	return ledger.Write{
		Indicator: shared, Reason: "live", Cursor: &ledger.Cursor{Settled: m},
		Measurement: slo.Measurement{Span: span, Streams: []slo.StreamSlots{{Slots: slots}, {Group: `{"a":"b"}`, Slots: slots}}},
	}
}

// process is a replica in a process of its own.
type process struct {
	name   string
	cmd    *exec.Cmd
	acked  atomic.Int64 // the last minute
	acks   atomic.Int64
	seen   atomic.Int64
	events chan string // but acks and sees
	ended  chan struct{}
}

func startReplica(t *testing.T, name, url string) *process {
	t.Helper()
	p := &process{name: name, cmd: exec.Command(os.Args[0]), events: make(chan string, 100), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), replicaChild+"="+name, childDatabase+"="+url)
	p.cmd.Stderr = t.Output()
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			word, value, _ := strings.Cut(lines.Text(), " ")
			n, _ := strconv.ParseInt(value, 10, 64)
			switch word {
			case "ack":
				p.acked.Store(n)
				p.acks.Add(1)
			case "sees":
				p.seen.Store(n)
			default:
				p.events <- lines.Text()
			}
		}
	}()
	t.Cleanup(func() { p.kill() })
	return p
}

func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		_ = p.cmd.Wait()
	}
}

// await waits for an event.
func (p *process) await(t *testing.T, word string) {
	t.Helper()
	select {
	case got := <-p.events:
		require.True(t, strings.HasPrefix(got, word), "%s: %s instead of %s", p.name, got, word)
	case <-p.ended:
		t.Fatalf("%s ended instead of %s", p.name, word)
	case <-time.After(time.Minute):
		t.Fatalf("%s: no %s in a minute", p.name, word)
	}
}

// awaitAcks waits until n minutes more were collected.
func (p *process) awaitAcks(t *testing.T, n int64) {
	t.Helper()
	from := p.acks.Load()
	require.Eventually(t, func() bool { return p.acks.Load() >= from+n }, time.Minute, time.Millisecond)
}

// requireWhole opens the database anew: every minute is there, is the source's,
// and was never anything else.
func requireWhole(t *testing.T, url string, acked int64) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Database: url})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	l, err := ledger.Open(t.Context(), s, ledger.Options{Now: time.Now})
	require.NoError(t, err)
	require.Empty(t, l.Problems())
	settled, ok := l.Settled(shared)
	require.True(t, ok)
	require.GreaterOrEqual(t, int64(settled), acked)
	span := slo.Span{From: firstShared - 100, To: settled + 100}
	for _, group := range []slo.Group{"", `{"a":"b"}`} {
		key := slo.StreamKey{Indicator: shared, Group: group}
		slots, err := l.Slots(t.Context(), key, span)
		require.NoError(t, err)
		var want slo.Tally
		for i, got := range slots {
			m, slot := span.From+slo.Minute(i), slo.Slot{}
			if m >= firstShared && m <= settled {
				slot = sharedSlot(m)
			}
			require.Equal(t, slot, got, "minute %d", m-firstShared)
			want.Add(slot)
		}
		tally, err := l.Tally(t.Context(), key, span)
		require.NoError(t, err)
		require.Equal(t, want, tally)
		revisions, err := l.Revisions(t.Context(), key, span, ledger.MaxRevisions)
		require.NoError(t, err)
		require.Empty(t, revisions, "no figure was ever another")
	}
	t.Logf("%d minutes of two streams, each once", settled-firstShared+1)
}

// kills is how many collecting replicas are killed; HINDCAST_TEST_KILLS sets it.
func kills(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("HINDCAST_TEST_KILLS"))
	if err != nil {
		return 3
	}
	require.Positive(t, n)
	return n
}

func TestRealAKilledCollectorIsReplaced(t *testing.T) {
	url := realtest.NewPostgres(t).Database(t)
	leader := startReplica(t, "r0", url)
	leader.await(t, "collecting")
	acked, took := int64(0), []time.Duration{}
	for i := range kills(t) {
		follower := startReplica(t, fmt.Sprint("r", i+1), url)
		require.Eventually(t, func() bool { return follower.seen.Load() > acked }, time.Minute, time.Millisecond, "it follows")
		leader.awaitAcks(t, 1)
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
		leader.kill()
		killed := time.Now()
		acked = max(acked, leader.acked.Load())
		follower.await(t, "collecting")
		took = append(took, time.Since(killed))
		leader = follower
	}
	leader.awaitAcks(t, 20)
	leader.kill()
	requireWhole(t, url, max(acked, leader.acked.Load()))
	slices.Sort(took)
	t.Logf("takeover after %d kills: min %.1f s, median %.1f s, max %.1f s", len(took),
		took[0].Seconds(), took[len(took)/2].Seconds(), took[len(took)-1].Seconds())
	require.Less(t, took[len(took)-1], 30*time.Second)
}

func TestRealAPausedCollectorOverwritesNothing(t *testing.T) {
	url := realtest.NewPostgres(t).Database(t)
	paused := startReplica(t, "paused", url)
	paused.await(t, "collecting")
	other := startReplica(t, "other", url)
	paused.awaitAcks(t, 100)
	require.NoError(t, paused.cmd.Process.Signal(syscall.SIGSTOP))
	other.await(t, "collecting")
	other.awaitAcks(t, 100)
	require.NoError(t, paused.cmd.Process.Signal(syscall.SIGCONT))
	select {
	case got := <-paused.events:
		require.NotContains(t, got, "poisoned")
		require.Contains(t, []string{"refused 0", "lost 0"}, got)
	case <-time.After(time.Minute):
		t.Fatal("the paused process did not go on")
	}
	other.awaitAcks(t, 100)
	at := other.acked.Load()
	require.Eventually(t, func() bool { return paused.seen.Load() >= at }, time.Minute, time.Millisecond, "it follows now")
	other.kill()
	paused.kill()
	requireWhole(t, url, max(at, other.acked.Load()))
}

//go:build faults

package faults

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// jumpEvery is how many minutes lie between two jumps of the clock; it is wrong
// for half of them.
const jumpEvery = 10

// jumps are what clocks do: steps by an administrator, a bad time server, a
// machine that was suspended. 0 is a clock that stands still.
var jumps = []time.Duration{time.Second, -time.Second, 5 * time.Minute, -5 * time.Minute, 24 * time.Hour, -24 * time.Hour, 0}

// skew is how wrong the clock of a child is in a minute.
func skew(m slo.Minute) time.Duration {
	random, err := strconv.ParseUint(os.Getenv(envClock), 10, 64)
	block, at := uint64(m-firstLive)/jumpEvery, uint64(m-firstLive)%jumpEvery
	if err != nil || at < jumpEvery/2 {
		return 0
	}
	jump := jumps[rand.New(rand.NewPCG(random, block)).IntN(len(jumps))]
	if jump == 0 {
		return -time.Duration(at-jumpEvery/2+1) * time.Minute
	}
	return jump
}

// TestClockJumps lets the clock jump and come back while samples arrive with the
// true time. Collection may pause while the clock is wrong; when it is right
// again, every minute has the figures of what happened, none that is still to
// come has any, and no time that was spent is negative.
func TestClockJumps(t *testing.T) {
	began, n, slots := time.Now(), size(50, 7), 0
	dir := filepath.Join(t.TempDir(), "data")
	acked := newAcknowledged()
	p := launchWith(t, dir, true, []string{envClock + "=" + strconv.FormatUint(seed, 10)})
	last := firstLive + slo.Minute(jumpEvery*n) + jumpEvery/2 - 1
	for acked.samples < last || acked.settled[jobs-1] < last && acked.count < 1_000_000 {
		l, ok := p.next(t)
		require.True(t, ok, "the child ended: %s", &p.said)
		if l.verb == "read" {
			p.resume()
		}
		if l.verb == "ack" {
			acked.note(l.what, l.job, l.minute)
			if l.what == "samples" && l.minute > last {
				break // the last minute was not collected
			}
			p.resume()
		}
	}
	p.kill(t, func(line) {})
	checkFuture(t, dir, last)
	acked.settled = map[int]slo.Minute{}
	for j := range inForce(last) {
		acked.settled[j] = last
	}
	v := acked.inspect(t.Context(), dir)
	require.Empty(t, v.wrong, "seed %d", seed)
	slots += v.slots
	report(t, "%d jumps of the clock (±1 s, ±5 min, ±1 day, standstill), %d slots right, none invented in %.0f s", n, slots, time.Since(began).Seconds())
}

// checkFuture looks for figures of minutes that have not been, and for time that
// ran backwards.
func checkFuture(t *testing.T, dir string, last slo.Minute) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	l, err := ledger.Open(t.Context(), s, ledger.Options{Now: time.Now})
	require.NoError(t, err)
	for j, ind := range indicatorsOf()[:inForce(last)] {
		key := slo.StreamKey{Indicator: ind.Key()}
		tally, err := l.Tally(t.Context(), key, slo.Span{From: last + 2, To: last + 3*slo.MinutesPerDay})
		require.NoError(t, err)
		require.Zero(t, tally.Covered(), "job %d has slots of the future", j)
		c, ok := l.Cursor(ind.Key())
		require.True(t, ok)
		require.GreaterOrEqual(t, c.BusySeconds, 0.0, "job %d", j)
	}
}

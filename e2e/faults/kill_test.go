//go:build faults

package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// killsPerDirectory is how often a process is killed on one data directory
// before a fresh one begins.
const killsPerDirectory = 10

// length is about how long each phase takes, and a little more.
var length = map[string]time.Duration{
	phaseIngest: 500 * time.Microsecond, phaseCollect: 6 * time.Millisecond, phaseSeal: 2 * time.Millisecond,
	phaseBackfill: 2 * time.Millisecond, phaseMigration: 40 * time.Millisecond,
}

// TestKill kills a workload at random moments of each of its phases.
func TestKill(t *testing.T) {
	random := randomOf(t)
	phases := []string{phaseIngest, phaseCollect, phaseSeal, phaseBackfill, phaseMigration}
	kills, struck, acks, slots, samples := size(200, 20), map[string]int{}, 0, 0, 0
	began := time.Now()
	lasting, ledger := "", newAcknowledged()
	for i := range kills {
		if i%killsPerDirectory == 0 {
			lasting, ledger = t.TempDir(), newAcknowledged()
		}
		want, dir, acked := phases[i%len(phases)], lasting, &ledger
		if want == phaseMigration || want == phaseBackfill { // happen once in the life of a directory
			fresh := newAcknowledged()
			dir, acked = t.TempDir(), &fresh
		}
		before := acked.count
		p := launch(t, dir, false)
		aim(t, p, want, 1+random.IntN(6), time.Duration(random.Int64N(int64(length[want]))), acked)
		struck[p.phase]++
		acks += acked.count - before
		v := acked.inspect(t.Context(), dir)
		require.Empty(t, v.wrong, "kill %d, during %s, seed %d", i+1, p.phase, seed)
		slots, samples = slots+v.slots, samples+v.samples
	}
	report(t, "%d kills (%s), %d acknowledgements, 0 lost; %d slots and %d samples compared in %.0f s",
		kills, counts(struck), acks, slots, samples, time.Since(began).Seconds())
}

// aim follows a child until the n-th beginning of a phase, or long enough, and
// kills it some time later.
func aim(t *testing.T, p *process, phase string, n int, later time.Duration, acked *acknowledged) {
	t.Helper()
	note := func(l line) {
		require.NotEqual(t, "refuse", l.verb, "%s\n%s", l.text, &p.said)
		if l.verb == "ack" {
			acked.note(l.what, l.job, l.minute)
		}
	}
	for seen := 0; seen < 2000 && n > 0; seen++ {
		l, ok := p.next(t)
		require.True(t, ok, "the child ended: %s", &p.said)
		note(l)
		if l.verb == "begin" && l.what == phase {
			n--
			if phase == phaseMigration {
				n = 0
			}
		}
	}
	time.Sleep(later)
	p.kill(t, note)
}

// counts writes how often each phase was struck.
func counts(struck map[string]int) string {
	var all []string
	for _, phase := range slices.Sorted(maps.Keys(struck)) {
		all = append(all, fmt.Sprintf("%d in %s", struck[phase], phase))
	}
	return strings.Join(all, ", ")
}

// TestTwoProcesses starts two processes on one fresh directory at once: one
// migrates and serves, the other one is refused.
func TestTwoProcesses(t *testing.T) {
	for i := range size(20, 4) {
		dir := t.TempDir()
		p := []*process{launch(t, dir, false), launch(t, dir, false)}
		refused := 0
		for _, q := range p {
			for l, ok := q.next(t); ok && l.what != phaseIngest; l, ok = q.next(t) {
				if l.verb == "refuse" {
					require.Contains(t, l.text, "is in use by", "start %d, seed %d", i+1, seed)
					refused++
				}
			}
		}
		for _, q := range p {
			q.kill(t, func(line) {})
		}
		require.Equal(t, 1, refused, "start %d, seed %d", i+1, seed)
	}
}

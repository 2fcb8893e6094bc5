//go:build faults

package faults

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/e2e/faults/disk"
)

// deviceSize is what a workload needs: a block of samples reserves 512 MiB. All
// of it is sparse.
const deviceSize = 2 << 30

// promise is what had been acknowledged at a place of a recording.
type promise struct {
	position disk.Place
	acked    acknowledged
}

// TestPower records a workload once and cuts the power at random moments of the
// recording: right after a flush, where an acknowledgement is youngest, right
// before one, where most is outstanding, and anywhere.
func TestPower(t *testing.T) {
	needs(t, "power")
	random, dir, began := randomOf(t), t.TempDir(), time.Now()
	cuts := size(50, 12)
	r, err := disk.Record(dir, deviceSize)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	promises := recordWorkload(t, r, 40*cuts)
	replay, err := r.Stop()
	require.NoError(t, err)
	defer replay.Close()
	outstanding, lost, slots := 0, 0, 0
	for i, n := range moments(random, replay, replay.Before(promises[0].position), cuts) {
		acked := promisedBy(replay, promises, n)
		o, l, err := replay.Cut(n, random, filepath.Join(dir, "cut"))
		require.NoError(t, err)
		outstanding, lost = outstanding+o, lost+l
		var v verdict
		afterCut(t, dir, func(data string) { v = acked.inspect(t.Context(), data) }) // as the next start would
		require.Empty(t, v.wrong, "cut %d, after %d of %d requests, seed %d", i+1, n, replay.Entries(), seed)
		slots += v.slots
	}
	report(t, "%d power cuts in %d requests with %d acknowledgements, 0 lost; %d of %d outstanding writes lost or torn, %d slots compared in %.0f s",
		cuts, replay.Entries(), len(promises), lost, outstanding, slots, time.Since(began).Seconds())
}

// recordWorkload lets a workload run on a recorded device until it has
// acknowledged n times, and notes where in the recording that was. The workload
// waits meanwhile, so that the place is exact but for what the kernel writes by
// itself.
func recordWorkload(t *testing.T, r *disk.Recorder, n int) (promises []promise) {
	t.Helper()
	p := launch(t, filepath.Join(r.Mount, "data"), true)
	acked := newAcknowledged()
	for len(promises) < n {
		l, ok := p.next(t)
		require.True(t, ok, "the child ended: %s", &p.said)
		require.NotEqual(t, "refuse", l.verb, "%s\n%s", l.text, &p.said)
		if l.verb == "read" {
			p.resume()
		}
		if l.verb != "ack" {
			continue
		}
		at, err := r.Position()
		require.NoError(t, err)
		acked.note(l.what, l.job, l.minute)
		promises = append(promises, promise{at, acked.clone()})
		p.resume()
	}
	p.kill(t, func(line) {})
	return promises
}

// moments chooses where to cut, ascending.
func moments(random *rand.Rand, replay *disk.Replay, first, n int) []int {
	flushes := replay.Flushes(first)
	at := make([]int, n)
	for i := range at {
		flush := flushes[random.IntN(len(flushes))]
		at[i] = []int{flush, max(first, flush-1), first + random.IntN(replay.Entries()-first+1)}[i%3]
	}
	slices.Sort(at)
	return at
}

// promisedBy returns the last promise at or before a moment.
func promisedBy(replay *disk.Replay, promises []promise, n int) acknowledged {
	i := sort.Search(len(promises), func(i int) bool { return replay.Before(promises[i].position) > n })
	if i == 0 {
		return newAcknowledged()
	}
	return promises[i-1].acked
}

// afterCut mounts what a cut left and lets somebody look at the data there.
func afterCut(t *testing.T, dir string, look func(data string)) {
	t.Helper()
	at := filepath.Join(dir, "after")
	detach, err := disk.Attach(filepath.Join(dir, "cut"), at)
	require.NoError(t, err, "ext4 cannot be mounted after the cut")
	t.Cleanup(func() { _ = detach() }) // unless it was: the folder is removed next
	look(filepath.Join(at, "data"))
	require.NoError(t, detach())
}

// TestPowerProgram records the program while agents write to it, cuts the power,
// starts the program on what is left and asks it for every sample.
func TestPowerProgram(t *testing.T) {
	needs(t, "power")
	random, dir, began := randomOf(t), t.TempDir(), time.Now()
	cuts, senders := size(50, 4), newSenders(seriesOf)
	r, err := disk.Record(dir, deviceSize)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	p := start(t, filepath.Join(r.Mount, "data"))
	positions := make([][]disk.Place, len(senders)) // of each acknowledgement of each sender, or a little later
	load(t.Context(), p, senders, 20*cuts, func(i int) {
		at, err := r.Position()
		if err == nil {
			positions[i] = append(positions[i], at)
		}
	})
	p.kill()
	replay, err := r.Stop()
	require.NoError(t, err)
	defer replay.Close()
	acks, compared := 0, 0
	first := replay.Entries()
	for i, s := range senders {
		require.Len(t, positions[i], 20*cuts, "not every sample was acknowledged: %s", &p.said)
		require.Equal(t, s.acked, len(positions[i]))
		acks, first = acks+s.acked, min(first, replay.Before(positions[i][0]))
	}
	for i, n := range moments(random, replay, first, cuts) {
		_, _, err := replay.Cut(n, random, filepath.Join(dir, "cut"))
		require.NoError(t, err)
		var samples int
		var problems []string
		afterCut(t, dir, func(data string) {
			p := start(t, data)
			samples, problems = compareAll(t, p, senders, func(i int) int { return promisedTo(replay, positions[i], n) })
			p.kill()
		})
		require.Empty(t, problems, "cut %d, after %d of %d requests, seed %d", i+1, n, replay.Entries(), seed)
		compared += samples
	}
	report(t, "%d power cuts of the program in %d requests with %d acknowledged remote writes, 0 lost, %d samples read back in %.0f s",
		cuts, replay.Entries(), acks, compared, time.Since(began).Seconds())
}

// promisedTo is how many acknowledgements there were at a moment.
func promisedTo(replay *disk.Replay, positions []disk.Place, moment int) int {
	return sort.Search(len(positions), func(i int) bool { return replay.Before(positions[i]) > moment })
}

//go:build faults

package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/e2e/faults/disk"
)

// traced is strace with a fault that it injects into the child's system calls.
// Seccomp lets all others run at full speed.
func traced(dir, inject string) []string {
	return []string{"strace", "-f", "--seccomp-bpf", "-qq", "-o", filepath.Join(dir, "trace"), "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:" + inject}
}

// aftermath is what a child did behind its first refusal.
type aftermath struct {
	refused  string // the first refusal
	refusals int
	reads    int
	acked    []string // writes to the database that were acknowledged after it
	ended    bool     // by itself: the program was not ready and said so
}

// TestFailingSync lets one fsync fail, any of the first few hundred, the files of
// the database alone. The kernel may have dropped the pages, and a second fsync
// would report success: nothing may be acknowledged any more. Reading goes on,
// and the next start has everything that was acknowledged.
func TestFailingSync(t *testing.T) {
	needs(t, "sync")
	random, began := randomOf(t), time.Now()
	faults, acks, reads, atStart := size(20, 4), 0, 0, 0
	for i := range faults {
		dir := t.TempDir()
		acked := newAcknowledged()
		n := 1 + random.IntN(200)
		p := launch(t, filepath.Join(dir, "data"), false, traced(dir, "error=EIO:when="+strconv.Itoa(n))...)
		a := follow(t, p, &acked, 60)
		acks, reads = acks+acked.count, reads+a.reads
		if a.ended {
			atStart++
		} else {
			require.Positive(t, a.refusals, "fault %d, fsync %d: nothing was refused", i+1, n)
			require.Empty(t, a.acked, "fault %d, fsync %d, seed %d: acknowledged after %s", i+1, n, seed, a.refused)
			require.Positive(t, a.reads, "fault %d, fsync %d, seed %d: nothing could be read after %s", i+1, n, seed, a.refused)
		}
		v := acked.inspect(t.Context(), filepath.Join(dir, "data"))
		require.Empty(t, v.wrong, "fault %d, fsync %d, seed %d", i+1, n, seed)
	}
	report(t, "%d failed fsyncs (%d while starting), %d acknowledgements before and 0 after, 0 lost, %d reads while refusing in %.0f s",
		faults, atStart, acks, reads, time.Since(began).Seconds())
}

// follow reads what a child says until it has lived through so many refusals or
// reads behind its first refusal, and kills it.
func follow(t *testing.T, p *process, acked *acknowledged, more int) (a aftermath) {
	t.Helper()
	note := func(l line) {
		switch l.verb {
		case "refuse":
			if a.refused == "" {
				a.refused = l.text
			}
			a.refusals++
			a.ended = a.ended || l.what == "start"
		case "ack":
			if a.refused != "" && l.what != "samples" {
				a.acked = append(a.acked, l.text)
			}
			acked.note(l.what, l.job, l.minute)
		case "read":
			if a.refused != "" {
				a.reads++
			}
		}
	}
	for lines := 0; a.refusals+a.reads < more && lines < 20_000; lines++ {
		l, ok := p.next(t)
		if !ok {
			require.True(t, a.ended, "the child ended: %s", &p.said)
			break
		}
		note(l)
	}
	p.kill(t, note)
	return a
}

// TestFullDisk fills a small disk at random moments, empties it again, and looks
// whether the child refuses, reads, and goes on with everything it acknowledged.
func TestFullDisk(t *testing.T) {
	needs(t, "full")
	random, began := randomOf(t), time.Now()
	fills, acks, refusals, reads := size(20, 4), 0, 0, 0
	for i := range fills {
		dir := t.TempDir()
		at, detach, err := disk.Small(dir, smallDisk)
		require.NoError(t, err)
		t.Cleanup(func() { _ = detach() })
		acked := newAcknowledged()
		p := launch(t, filepath.Join(at, "data"), true)
		a := fill(t, p, at, random, &acked)
		require.Positive(t, a.refusals, "fill %d, seed %d: nothing was refused on a full disk", i+1, seed)
		require.Positive(t, a.reads, "fill %d, seed %d: nothing could be read from a full disk", i+1, seed)
		v := acked.inspect(t.Context(), filepath.Join(at, "data"))
		require.Empty(t, v.wrong, "fill %d, seed %d", i+1, seed)
		require.NoError(t, detach())
		acks, refusals, reads = acks+acked.count, refusals+a.refusals, reads+a.reads
	}
	report(t, "%d full disks, %d acknowledgements, 0 lost, %d refusals and %d reads meanwhile in %.0f s",
		fills, acks, refusals, reads, time.Since(began).Seconds())
}

// smallDisk has room for a workload of some hours; a block of samples reserves
// 512 MiB and gives back what it does not need.
const smallDisk = 640 << 20

// fill lets a child work, fills its disk, waits for refusals, makes room, waits
// until what was refused is stored and counted, and kills it some time later:
// minutes whose samples were refused are gaps until then.
func fill(t *testing.T, p *process, at string, random *rand.Rand, acked *acknowledged) (a aftermath) {
	t.Helper()
	ballast := filepath.Join(at, "ballast")
	fillAt, killAt := 20+random.IntN(200), 1<<30
	roomy, stored := false, false
	for n := 0; n < killAt; n++ {
		l, ok := p.next(t)
		require.True(t, ok, "the child ended: %s", &p.said)
		switch l.verb {
		case "ack":
			acked.note(l.what, l.job, l.minute)
			stored = stored || roomy && l.what == "samples"
			p.resume()
		case "refuse":
			require.NotEqual(t, "start", l.what, l.text)
			a.refusals++
		case "read":
			if a.refusals > 0 {
				a.reads++
			}
			if stored && killAt == 1<<30 { // the end of a minute: it was counted
				killAt = n + random.IntN(60)
			}
			if a.reads > 3 && !roomy {
				require.NoError(t, os.Remove(ballast))
				roomy = true
			}
			p.resume()
		}
		if n == fillAt {
			require.NoError(t, pour(ballast))
		}
		require.Less(t, n, 20_000, "a full disk stops nobody, or for ever")
	}
	p.kill(t, func(l line) {
		if l.verb == "ack" {
			acked.note(l.what, l.job, l.minute)
		}
	})
	return a
}

// pour takes all room that a disk has: reserved, not written, which is as full
// and at once.
func pour(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	at := int64(0)
	for size := int64(256 << 20); size >= 4096; {
		err := syscall.Fallocate(int(f.Fd()), 0, at, size)
		switch {
		case err == nil:
			at += size
		case errors.Is(err, syscall.ENOSPC):
			size /= 2
		case !errors.Is(err, syscall.EINTR):
			return errors.Join(fmt.Errorf("fill the disk: %w", err), f.Close())
		}
	}
	return f.Close()
}

// TestSlowDisk makes every fsync take long: nothing is lost or refused.
func TestSlowDisk(t *testing.T) {
	needs(t, "sync")
	dir := t.TempDir()
	acked := newAcknowledged()
	began := time.Now()
	p := launch(t, filepath.Join(dir, "data"), false, traced(dir, "delay_enter=50000")...)
	for acked.count < size(200, 40) {
		l, ok := p.next(t)
		require.True(t, ok, "the child ended: %s", &p.said)
		require.NotEqual(t, "refuse", l.verb, l.text)
		if l.verb == "ack" {
			acked.note(l.what, l.job, l.minute)
		}
	}
	p.kill(t, func(l line) {
		if l.verb == "ack" {
			acked.note(l.what, l.job, l.minute)
		}
	})
	v := acked.inspect(t.Context(), filepath.Join(dir, "data"))
	require.Empty(t, v.wrong, "seed %d", seed)
	report(t, "every fsync took 50 ms longer: %d acknowledgements, 0 refused, 0 lost in %.0f s", acked.count, time.Since(began).Seconds())
}

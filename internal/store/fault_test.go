package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// afterFault is what a child does once a write has failed: it tries on, which
// must be refused, and reads, which must go on.
func afterFault(ctx context.Context, s *store.Store, l *ledger.Ledger) int {
	fmt.Println("trouble", s.Trouble())
	for i := range 10 {
		if err := s.SaveSpec(ctx, store.SpecFile{Path: "late" + strconv.Itoa(i)}); err == nil {
			fmt.Println("late", i)
		}
	}
	if _, err := s.Specs(ctx); err != nil {
		fmt.Println("unreadable", err)
	}
	if _, err := l.Slots(ctx, slo.StreamKey{Indicator: killed}, slo.Span{From: firstKill, To: firstKill + 10}); err != nil {
		fmt.Println("unreadable", err)
	}
	return 1
}

// failSyncs lets a child write whose n-th sync of each thread fails, and returns
// what it acknowledged and said.
func failSyncs(t *testing.T, strace, dir string, n int) (acked slo.Minute, said map[string]string) {
	t.Helper()
	inject := "inject=fsync,fdatasync:error=EIO:when=" + strconv.Itoa(n)
	cmd := exec.CommandContext(t.Context(), strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", inject, os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.Output()
	require.Error(t, err, "no sync failed: %s", out)
	acked, said = firstKill-1, map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		said[word] = rest
		if word == "ack" {
			m, err := strconv.ParseInt(rest, 10, 64)
			require.NoError(t, err)
			acked = slo.Minute(m)
		}
	}
	return acked, said
}

func TestRealAfterAFailedSyncNothingIsAcknowledged(t *testing.T) {
	realtest.Require(t)
	strace := realtest.Program(t, "run tools/apt.sh 'tests of failing disks' strace", "/usr/bin/strace", "/usr/local/bin/strace")
	const points = 20
	total := 0
	for i := range points {
		dir := t.TempDir()
		acked, said := failSyncs(t, strace, dir, 1+i*6+rand.IntN(6))
		require.Contains(t, said, "error", "%v", said)
		require.NotContains(t, said, "late", "a write was acknowledged after a failed sync")
		require.NotContains(t, said, "unreadable", "reads go on")
		if trouble, opened := said["trouble"]; opened {
			require.Contains(t, trouble, "nothing more is written until hindcast is started again")
		}
		checkAcked(t, dir, acked)
		total += int(acked-firstKill) + 1
	}
	t.Logf("%d failed syncs: 0 acknowledgements after them, 0 of %d minutes lost", points, total)
}

func TestRealAFullDiskRefusesAndRecovers(t *testing.T) {
	realtest.Require(t)
	if os.Geteuid() != 0 {
		t.Fatal("only root may mount a small disk: run make real as root, or in a container")
	}
	dir := t.TempDir()
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"))
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	const points = 20
	kept := map[string]int{}
	for range points {
		fillAndRecover(t, dir, kept)
	}
	t.Logf("%d full disks: the last write to each of %d paths was there each time", points, len(kept))
}

// fillAndRecover fills the disk but for some room while writing, and makes room
// again. kept are the sizes of all texts that were acknowledged.
func fillAndRecover(t *testing.T, dir string, kept map[string]int) {
	t.Helper()
	s := directory(dir).Open(t).(*store.Store)
	save := func(size int) error {
		path := strconv.Itoa(len(kept) % 8)
		if len(kept) >= 8 {
			path = strconv.Itoa(rand.IntN(8))
		}
		err := s.SaveSpec(t.Context(), store.SpecFile{Path: path, Text: bytes.Repeat([]byte("x"), size)})
		if err == nil {
			kept[path] = size
		}
		return err
	}
	require.NoError(t, save(1000))
	ballast := filepath.Join(dir, "ballast")
	fillDisk(t, dir, ballast, rand.IntN(2<<20))
	var err error
	for err == nil {
		err = save(rand.IntN(900_000))
	}
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "make room")
	require.ErrorContains(t, s.Trouble(), "make room")
	requireKept(t, s, kept)
	require.NoError(t, os.Remove(ballast))
	require.NoError(t, save(1000), "recovers by itself")
	require.NoError(t, s.Trouble())
	require.NoError(t, s.Close())
	s = directory(dir).Open(t).(*store.Store)
	requireKept(t, s, kept)
	require.NoError(t, s.Close())
}

// fillDisk writes zeros to a file until no more than left bytes are free.
func fillDisk(t *testing.T, dir, file string, left int) {
	t.Helper()
	var stat syscall.Statfs_t
	require.NoError(t, syscall.Statfs(dir, &stat))
	size := max(0, int(stat.Bavail)*int(stat.Bsize)-left)
	err := os.WriteFile(file, make([]byte, size), 0o600)
	if !errors.Is(err, syscall.ENOSPC) {
		require.NoError(t, err)
	}
}

func requireKept(t *testing.T, s *store.Store, kept map[string]int) {
	t.Helper()
	files, err := s.Specs(t.Context())
	require.NoError(t, err)
	got := map[string]int{}
	for _, f := range files {
		got[f.Path] = len(f.Text)
	}
	require.Equal(t, kept, got)
}

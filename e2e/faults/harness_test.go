//go:build faults

package faults

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/e2e/faults/disk"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envChild); dir != "" {
		signal.Ignore(os.Interrupt) // the harness decides
		os.Exit(child(dir))
	}
	fmt.Printf("seed %d (FAULTS_SEED=%d repeats the choices)\n", seed, seed)
	os.Exit(m.Run())
}

// seed decides where faults strike.
var seed = func() uint64 {
	n, err := strconv.ParseUint(os.Getenv("FAULTS_SEED"), 10, 64)
	if err != nil {
		n = uint64(time.Now().UnixNano()) % 1e9
	}
	return n
}()

// randomOf returns the choices of one test.
func randomOf(t *testing.T) *rand.Rand {
	t.Helper()
	var name uint64
	for _, c := range t.Name() {
		name = name*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(seed, name))
}

// size returns how often a fault strikes: full is what we promise, brief is
// what FAULTS=short does in every make test. FAULTS_N sets it for all.
func size(full, brief int) int {
	if n, err := strconv.Atoi(os.Getenv("FAULTS_N")); err == nil {
		return n
	}
	if os.Getenv("FAULTS") == "short" {
		return brief
	}
	return full
}

// needs fails if the machine cannot simulate what a test is about, unless
// FAULTS_SKIP names it.
func needs(t *testing.T, what string) {
	t.Helper()
	err := disk.Missing()
	if err == nil {
		return
	}
	for skip := range strings.SplitSeq(os.Getenv("FAULTS_SKIP"), ",") {
		if skip == what {
			t.Skipf("FAULTS_SKIP names %q: %v", what, err)
		}
	}
	require.NoError(t, err, "%s cannot be simulated here; FAULTS_SKIP=%s leaves it out", what, what)
}

// report prints one line of results, which make faults shows at its end.
func report(t *testing.T, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	t.Log(line)
	path := os.Getenv("FAULTS_REPORT")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	_, err = fmt.Fprintf(f, "%-24s %s (seed %d)\n", t.Name(), line, seed)
	require.NoError(t, cmp.Or(err, f.Close()))
}

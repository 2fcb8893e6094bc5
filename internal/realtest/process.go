package realtest

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startLimit is how long a component may take until it answers, on a busy machine.
const startLimit = time.Minute

// Require leaves the test out unless real components were asked for.
func Require(t testing.TB) {
	t.Helper()
	if os.Getenv("HINDCAST_REAL") == "" {
		t.Skip("a test of real components: run make real, or set HINDCAST_REAL=1")
	}
}

// Program returns the first path that matches one of the patterns and may be
// executed. Where there is none the test fails and names the remedy.
func Program(t testing.TB, remedy string, patterns ...string) string {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range slices.Backward(append([]string{pattern}, found...)) { // the newest version sorts last
			if path, err := exec.LookPath(name); err == nil {
				return path
			}
		}
	}
	t.Fatalf("%s is not installed: %s", filepath.Base(patterns[0]), remedy)
	return ""
}

// Port returns a port of the loopback interface that was free a moment ago.
func Port(t testing.TB) int {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Process is a component that runs.
type Process struct {
	cmd   *exec.Cmd
	log   *log
	ended chan error
}

// Start starts a component and waits until ready returns nil. It ends with the
// test, by the signal stop, if it did not end before.
func Start(t testing.TB, cmd *exec.Cmd, stop syscall.Signal, ready func() error) *Process {
	t.Helper()
	p := &Process{cmd: cmd, log: &log{}, ended: make(chan error, 1)}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = stop // nothing survives a test that was killed
	require.NoError(t, cmd.Start())
	go func() { p.ended <- cmd.Wait() }()
	t.Cleanup(func() {
		p.Stop(t, stop)
		if t.Failed() {
			t.Logf("what %s wrote:\n%s", cmd.Path, p.log)
		}
	})
	p.await(t, ready)
	return p
}

func (p *Process) await(t testing.TB, ready func() error) {
	t.Helper()
	limit := time.After(startLimit)
	for {
		err := ready()
		if err == nil {
			return
		}
		select {
		case end := <-p.ended:
			p.ended <- end // for Stop
			t.Fatalf("%s ended before it was ready: %v\n%s", p.cmd.Path, end, p.log)
		case <-limit:
			t.Fatalf("%s is not ready within %s: %v\n%s", p.cmd.Path, startLimit, err, p.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop sends a signal and waits for the end; again is no error. What does not
// end is killed.
func (p *Process) Stop(t testing.TB, signal syscall.Signal) {
	t.Helper()
	_ = p.cmd.Process.Signal(signal)
	select {
	case err := <-p.ended:
		p.ended <- err
	case <-time.After(startLimit):
		t.Errorf("%s did not end within %s of signal %v", p.cmd.Path, startLimit, signal)
		_ = p.cmd.Process.Kill()
	}
}

// log collects what a component writes while a test may read it.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

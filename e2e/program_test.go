//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startLimit is how long the demo may take to be ready: the history is promised
// within 20 s on a quiet machine, and test machines are not quiet.
const startLimit = 2 * time.Minute

// program is a hindcast that runs, and can be killed and started again.
type program struct {
	URL     string
	address string
	data    string
	bin     string
	args    []string // of serve, beside data and address
	log     *lockedBuffer
	cmd     *exec.Cmd
	ended   chan error
}

// start runs the binary with its demo on a free port until the test ends.
func start(t *testing.T) *program {
	t.Helper()
	return startWith(t, "--demo")
}

// startWith does the same with other arguments of serve.
func startWith(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{args: args, bin: os.Getenv("HINDCAST_BINARY"), address: freeAddress(t), data: t.TempDir(), log: &lockedBuffer{}}
	require.NotEmpty(t, p.bin, "HINDCAST_BINARY is empty: run make e2e")
	p.URL = "http://" + p.address
	p.launch(t)
	t.Cleanup(func() { p.stop(t) })
	return p
}

// launch starts the program on its data and waits until it is ready.
func (p *program) launch(t *testing.T) {
	t.Helper()
	began := time.Now()
	p.cmd = exec.Command(p.bin, append([]string{"serve", "--data", p.data, "--listen", p.address}, p.args...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	require.NoError(t, p.cmd.Start())
	p.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(p.cmd, p.ended)
	p.awaitReady(t)
	t.Logf("ready after %.1f s", time.Since(began).Seconds())
}

// kill ends the program without a chance to tidy up.
func (p *program) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
	<-p.ended
}

// stop ends the program as an operator would and expects it to obey.
func (p *program) stop(t *testing.T) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("after SIGTERM the program ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		t.Error("the program did not end within 30 s of SIGTERM")
	}
	if t.Failed() {
		t.Logf("what the program wrote:\n%s", p.log)
	}
}

func (p *program) awaitReady(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(startLimit)
	for {
		select {
		case err := <-p.ended:
			p.ended <- err // for stop
			t.Fatalf("the program ended before it was ready: %v\n%s", err, p.log)
		case <-time.After(200 * time.Millisecond):
		}
		resp, err := http.Get(p.URL + "/readyz")
		if err == nil {
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
			err = fmt.Errorf("%s: %s", resp.Status, body)
		}
		require.True(t, time.Now().Before(deadline), "not ready within %s: %v\n%s", startLimit, err, p.log)
	}
}

// query asks GraphQL and decodes data into out.
func (p *program) query(t *testing.T, text string, out any) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hindcast-CSRF", "1")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer := struct {
		Data   any
		Errors []struct{ Message string }
	}{Data: out}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer), resp.Status)
	require.Empty(t, answer.Errors)
}

// run runs the binary with other arguments and returns what it wrote.
func (p *program) run(t *testing.T, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.bin, args...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, "hindcast %v: %s", args, problems.String())
	return out
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// lockedBuffer collects what a program writes while a test may read it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

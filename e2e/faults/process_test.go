//go:build faults

package faults

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// process is a child at work.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	in    io.WriteCloser
	said  bytes.Buffer // on its standard error
	phase string       // that it began last
}

// launch starts a workload on a data directory; before are words in front of
// the command, like strace and its options.
func launch(t *testing.T, dir string, step bool, before ...string) *process {
	t.Helper()
	return launchWith(t, dir, step, nil, before...)
}

// launchWith does so with more in the environment.
func launchWith(t *testing.T, dir string, step bool, env []string, before ...string) *process {
	t.Helper()
	args := append(before, os.Args[0])
	p := &process{cmd: exec.Command(args[0], args[1:]...)}
	p.cmd.Env = append(os.Environ(), envChild+"="+dir, "GOMAXPROCS=2")
	p.cmd.Env = append(p.cmd.Env, env...)
	if step {
		p.cmd.Env = append(p.cmd.Env, envStep+"=1")
	}
	p.cmd.Stderr = &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	p.lines = bufio.NewScanner(out)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { // ended already, unless the test failed
		if p.cmd.ProcessState == nil {
			p.end()
			_ = p.cmd.Wait()
		}
	})
	return p
}

// end kills the child and what runs it: strace would leave it alone.
func (p *process) end() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// line is one word of a child.
type line struct {
	verb, what string
	job        int
	minute     slo.Minute
	text       string
}

// next returns the next line; ok is false when the child has ended.
func (p *process) next(t *testing.T) (l line, ok bool) {
	t.Helper()
	if !p.lines.Scan() {
		return line{}, false
	}
	words := strings.SplitN(p.lines.Text(), " ", 4)
	l = line{verb: words[0], text: p.lines.Text()}
	if len(words) > 1 {
		l.what = words[1]
	}
	switch l.verb {
	case "begin":
		p.phase = l.what
	case "ack":
		require.Len(t, words, 4, l.text)
		job, err := strconv.Atoi(words[2])
		require.NoError(t, err)
		m, err := strconv.ParseInt(words[3], 10, 64)
		require.NoError(t, err)
		l.job, l.minute = job, slo.Minute(m)
	}
	return l, true
}

// resume lets a child go on that waits after an acknowledgement.
func (p *process) resume() { _, _ = p.in.Write([]byte("\n")) }

// kill ends the child at once. What is still in the pipe was acknowledged as
// well and goes to each.
func (p *process) kill(t *testing.T, each func(line)) {
	t.Helper()
	p.end()
	for {
		l, ok := p.next(t)
		if !ok {
			break
		}
		each(l)
	}
	_ = p.cmd.Wait() // killed, as it should be
}

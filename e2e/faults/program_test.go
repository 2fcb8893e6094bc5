//go:build faults

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/e2e/faults/disk"
)

// readyLimit is how long the program may take to serve after a fault. It repairs
// itself: nobody helps.
const readyLimit = 30 * time.Second

// program is the real binary at work.
type program struct {
	url   string
	cmd   *exec.Cmd
	said  saying
	ended chan struct{}
}

// saying collects what a program says, while others look.
type saying struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *saying) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

// String returns what was said so far.
func (s *saying) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// serves is how the program says where it listens: it chooses a port that is
// free.
var serves = regexp.MustCompile(`serves (http://\S+)`)

// start runs the binary on a data directory and waits until it is ready, or
// until it answers at all or gives up if it is started with a fault.
func start(t *testing.T, dir string, before ...string) *program {
	t.Helper()
	bin := os.Getenv("HINDCAST_BINARY")
	require.NotEmpty(t, bin, "HINDCAST_BINARY is empty: run make faults")
	args := append(before, bin, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	p := &program{cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, p.cmd.Start())
	go func() { defer close(p.ended); _ = p.cmd.Wait() }()
	t.Cleanup(p.kill)
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		code, body := 0, ""
		if m := serves.FindStringSubmatch(p.said.String()); m != nil {
			p.url = m[1]
			code, body = p.get(t, "/readyz")
		}
		if code == http.StatusOK || code != 0 && len(before) > 0 {
			return p
		}
		select {
		case <-p.ended:
			if len(before) > 0 {
				return p // it refuses to work on such a disk, which is right
			}
			require.Fail(t, "the program ended before it was ready", "%s", &p.said)
		default:
		}
		require.Less(t, time.Since(began), readyLimit, "not ready: %d %s\n%s", code, body, &p.said)
	}
}

// kill ends the program, and what runs it, without a chance to tidy up.
func (p *program) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.ended
}

var client = &http.Client{Timeout: 20 * time.Second}

// get asks for a path; the code is 0 if there was no answer.
func (p *program) get(t *testing.T, path string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	return resp.StatusCode, string(text)
}

// sender writes the samples of one series to the program: sample i has the
// value i and lies i seconds behind the first. It goes on to the next sample
// only when the one before was acknowledged, as agents do.
type sender struct {
	name  string
	first int64 // milliseconds since 1970
	acked int   // samples
}

func newSenders(n int) []*sender {
	all := make([]*sender, n)
	for i := range all {
		all[i] = &sender{name: fmt.Sprintf("s%d", i), first: time.Now().Add(-50 * time.Minute).UnixMilli()}
	}
	return all
}

// send posts the next sample and reports whether it was acknowledged.
func (s *sender) send(ctx context.Context, url string) (code int, err error) {
	body := writeRequest(s.name, s.at(s.acked), float64(s.acked))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/write", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Encoding", "snappy")
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode, fmt.Errorf("%s: %s", resp.Status, text)
	}
	s.acked++
	return resp.StatusCode, nil
}

func (s *sender) at(i int) int64 { return s.first + int64(i)*100 }

// compare asks the program for all samples of a series: as many as were
// acknowledged, at most one more, each where it belongs.
func (s *sender) compare(t *testing.T, p *program, acked int) (n int, problem string) {
	t.Helper()
	query := url.Values{"query": {`written{series="` + s.name + `"}[90m]`}, "time": {strconv.FormatInt(time.Now().Unix(), 10)}}
	code, body := p.get(t, "/api/v1/query?"+query.Encode())
	var answer struct {
		Data struct{ Result []struct{ Values [][2]any } }
	}
	if code != http.StatusOK || json.Unmarshal([]byte(body), &answer) != nil {
		return 0, fmt.Sprintf("%s: no answer: %d %.200s", s.name, code, body)
	}
	var values [][2]any
	if len(answer.Data.Result) > 0 {
		values = answer.Data.Result[0].Values
	}
	if len(values) < acked || len(values) > s.acked+1 {
		return len(values), fmt.Sprintf("%s has %d samples, acknowledged were %d", s.name, len(values), acked)
	}
	for i, v := range values {
		if ms := int64(v[0].(float64)*1000 + 0.5); ms != s.at(i) || v[1] != strconv.Itoa(i) {
			return len(values), fmt.Sprintf("%s: sample %d is %v", s.name, i, v)
		}
	}
	return len(values), ""
}

// seriesOf is how many senders write at once, to share forced writes.
const seriesOf = 4

// load lets all senders write until each has n more acknowledgements or fails,
// and calls acked after each acknowledgement.
func load(ctx context.Context, p *program, senders []*sender, n int, acked func(i int)) {
	done := make(chan struct{})
	for i, s := range senders {
		go func() {
			defer func() { done <- struct{}{} }()
			for range n {
				if _, err := s.send(ctx, p.url); err != nil {
					return
				}
				acked(i)
			}
		}()
	}
	for range senders {
		<-done
	}
}

// compareAll compares all senders and returns how many samples there are.
func compareAll(t *testing.T, p *program, senders []*sender, acked func(i int) int) (samples int, problems []string) {
	t.Helper()
	for i, s := range senders {
		n, problem := s.compare(t, p, acked(i))
		if samples += n; problem != "" {
			problems = append(problems, problem)
		}
	}
	return samples, problems
}

// TestKillProgram kills the program while agents write to it.
func TestKillProgram(t *testing.T) {
	random, began := randomOf(t), time.Now()
	kills, dir, senders := size(50, 5), t.TempDir(), newSenders(seriesOf)
	slowest := time.Duration(0)
	for i := range kills {
		before := time.Now()
		p := start(t, dir)
		slowest = max(slowest, time.Since(before))
		_, problems := compareAll(t, p, senders, func(i int) int { return senders[i].acked })
		require.Empty(t, problems, "kill %d, seed %d", i, seed)
		time.AfterFunc(time.Duration(random.IntN(300_000))*time.Microsecond, p.kill)
		load(t.Context(), p, senders, 1<<20, func(int) {})
		<-p.ended
	}
	p := start(t, dir)
	samples, problems := compareAll(t, p, senders, func(i int) int { return senders[i].acked })
	require.Empty(t, problems, "kill %d, seed %d", kills, seed)
	report(t, "%d kills of the program, %d samples acknowledged by remote write, 0 lost, ready again after %.1f s at most, in %.0f s",
		kills, samples, slowest.Seconds(), time.Since(began).Seconds())
}

// TestFailingSyncProgram lets one fsync of the running program fail: from the
// first refused write on there is no acknowledgement, /readyz says why, questions
// are answered, and the next start has everything.
func TestFailingSyncProgram(t *testing.T) {
	needs(t, "sync")
	random, began := randomOf(t), time.Now()
	faults, samples := size(20, 2), 0
	for i := range faults {
		n := 5 + random.IntN(40)
		samples += failSync(t, n, fmt.Sprintf("fault %d, fsync %d, seed %d", i+1, n, seed))
	}
	report(t, "%d failed fsyncs under the program: %d samples acknowledged before and 0 after, /readyz 503 with the cause, 0 lost, in %.0f s",
		faults, samples, time.Since(began).Seconds())
}

// failSync lets the n-th fsync fail and returns how many samples were
// acknowledged before.
func failSync(t *testing.T, n int, which string) int {
	t.Helper()
	dir := t.TempDir()
	data, s := filepath.Join(dir, "data"), newSenders(1)[0]
	start(t, data).kill() // the schema is there
	p := start(t, data, traced(dir, "error=EIO:when="+strconv.Itoa(n))...)
	refusal, code := error(nil), 0
	for tried := 0; refusal == nil; tried++ {
		require.Less(t, tried, 2000, "%s: nothing was refused", which)
		code, refusal = s.send(t.Context(), p.url)
	}
	if code != 0 { // it did not give up when it started
		refuses(t, p, s, which)
	}
	p.kill()
	again := start(t, data)
	_, problem := s.compare(t, again, s.acked)
	require.Empty(t, problem, "%s, after a restart", which)
	_, err := s.send(t.Context(), again.url)
	require.NoError(t, err, which)
	again.kill()
	return s.acked
}

// refuses looks whether a program whose disk failed acknowledges nothing, says
// why, and answers questions.
func refuses(t *testing.T, p *program, s *sender, which string) {
	t.Helper()
	for range 10 {
		code, err := s.send(t.Context(), p.url)
		require.Error(t, err, "%s: acknowledged after a refusal", which)
		require.Equal(t, http.StatusServiceUnavailable, code, err)
	}
	code, body := p.get(t, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code, "%s: %s", which, body)
	require.Contains(t, body, "input/output error", which)
	_, problem := s.compare(t, p, s.acked)
	require.Empty(t, problem, "%s, while refusing", which)
}

// TestFullDiskProgram fills the disk of the running program and empties it
// again: writes are refused with the cause, questions are answered, and writes
// are taken again without a restart.
func TestFullDiskProgram(t *testing.T) {
	needs(t, "full")
	random, began := randomOf(t), time.Now()
	dir := t.TempDir()
	at, detach, err := disk.Small(dir, smallDisk)
	require.NoError(t, err)
	t.Cleanup(func() { _ = detach() }) // below a program that a failure left
	p, senders := start(t, filepath.Join(at, "data")), newSenders(1)
	s, fills := senders[0], size(20, 3)
	for i := range fills {
		for range random.IntN(40) {
			_, err := s.send(t.Context(), p.url)
			require.NoError(t, err, "fill %d, seed %d", i+1, seed)
		}
		ballast := filepath.Join(at, "ballast")
		require.NoError(t, pour(ballast))
		code, err := s.send(t.Context(), p.url)
		require.Error(t, err, "fill %d, seed %d: acknowledged on a full disk", i+1, seed)
		require.Equal(t, http.StatusServiceUnavailable, code, err)
		ready, body := p.get(t, "/readyz")
		require.Equal(t, http.StatusServiceUnavailable, ready, "fill %d, seed %d: %s", i+1, seed, body)
		require.Contains(t, body, "room")
		_, problem := s.compare(t, p, s.acked)
		require.Empty(t, problem, "fill %d, seed %d", i+1, seed)
		require.NoError(t, os.Remove(ballast))
		_, err = s.send(t.Context(), p.url)
		require.NoError(t, err, "fill %d, seed %d: room again", i+1, seed)
	}
	p.kill()
	again := start(t, filepath.Join(at, "data"))
	_, problem := s.compare(t, again, s.acked)
	again.kill()
	require.Empty(t, problem, "seed %d", seed)
	report(t, "%d full disks under the program: %d samples acknowledged, 0 while full, /readyz 503 with the cause, 0 lost, in %.0f s",
		fills, s.acked, time.Since(began).Seconds())
}

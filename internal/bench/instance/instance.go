// Package instance runs a real Prometheus as a child process over a directory of
// history, for benches that let peers compute on it.
//
// It guarantees that nothing it starts outlives the process, and that a server
// which does not come up is an error with what it wrote. It is imported by
// benches only; tests have internal/realtest.
package instance

import (
	"bufio"
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// Server is a Prometheus that runs.
type Server struct {
	URL   string
	API   v1.API
	cmd   *exec.Cmd
	log   *bytes.Buffer
	ended chan error
}

// Options say what is started.
type Options struct {
	Program string
	Dir     string // of its data
	Config  string // text of prometheus.yml; empty: nothing is scraped
}

// startLimit is how long the server may take to be ready, on a busy machine.
const startLimit = time.Minute

// Start starts a Prometheus that forgets nothing, and returns when it is ready.
func Start(ctx context.Context, o Options) (*Server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(o.Dir, "prometheus.yml")
	if err := os.WriteFile(config, []byte(o.Config), 0o600); err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + address, log: &bytes.Buffer{}, ended: make(chan error, 1)}
	s.cmd = exec.CommandContext(ctx, o.Program, //nolint:gosec // the program is what this command is told to measure
		"--config.file="+config, "--storage.tsdb.path="+o.Dir, "--storage.tsdb.retention.time=100y",
		// History is in blocks as large as they will be; what merging them costs, and
		// recorded blocks with scraped ones, is no part of a bench.
		"--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h", "--no-storage.tsdb.allow-overlapping-compaction",
		"--web.listen-address="+address, "--query.timeout=10m", "--query.max-samples=200000000")
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w; make tools builds it", o.Program, err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	client, err := api.NewClient(api.Config{Address: s.URL})
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	s.API = v1.NewAPI(client)
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Version returns the version of a program of Prometheus. Built by go install it
// does not know its own, and the module that it was built from does: v0.315.0 is
// Prometheus 3.15.0.
func Version(program string) (string, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == "github.com/prometheus/prometheus" {
			return m.Version, nil
		}
	}
	return "", fmt.Errorf("%s is not built from github.com/prometheus/prometheus", program)
}

// freeAddress returns an address of the loopback interface that was free a
// moment ago.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await waits until the server answers.
func (s *Server) await(ctx context.Context) error {
	limit := time.After(startLimit)
	for {
		if s.ready(ctx) == nil {
			return nil
		}
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the server ended before it was ready: %w\n%s", err, s.log)
		case <-limit:
			return fmt.Errorf("the server is not ready within %s\n%s", startLimit, s.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/-/ready", nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Timeout: 5 * time.Second}).Do(req)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// CPU returns the processor time that the server has taken so far.
func (s *Server) CPU() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name before may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/PID/stat has %d fields behind the name", len(fields))
	}
	var ticks [2]int64
	for i := range ticks {
		if ticks[i], err = strconv.ParseInt(fields[11+i], 10, 64); err != nil {
			return 0, err
		}
	}
	return time.Duration(ticks[0]+ticks[1]) * time.Second / 100, nil // USER_HZ is 100 wherever Go runs
}

// Sum adds up a metric of the server's own over its series.
func (s *Server) Sum(ctx context.Context, metric string) (sum float64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, _, _ := strings.Cut(strings.ReplaceAll(lines.Text(), "{", " "), " ")
		if name != metric {
			continue
		}
		text := lines.Text()
		v, err := strconv.ParseFloat(text[strings.LastIndexByte(text, ' ')+1:], 64)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// Stop ends the server.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(startLimit):
		return errors.Join(errors.New("the server did not end when it was asked to"), s.cmd.Process.Kill())
	}
}

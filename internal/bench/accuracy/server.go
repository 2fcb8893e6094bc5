package main

import (
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
	"syscall"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// server is a real Prometheus on a data directory.
type server struct {
	URL   string
	api   v1.API
	cmd   *exec.Cmd
	log   *bytes.Buffer
	ended chan error
}

// startLimit is how long the server may take to be ready, on a busy machine.
const startLimit = time.Minute

// startServer starts a Prometheus that scrapes nothing and forgets nothing.
func startServer(ctx context.Context, program, dir string) (*server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		return nil, err
	}
	s := &server{URL: "http://" + address, log: &bytes.Buffer{}, ended: make(chan error, 1)}
	s.cmd = exec.CommandContext(ctx, program, //nolint:gosec // the program is what this command is told to measure
		"--config.file="+config, "--storage.tsdb.path="+dir, "--storage.tsdb.retention.time=100y",
		"--no-storage.tsdb.allow-overlapping-compaction", // the peers' records overlap what was scraped; merging them is no part of this
		"--web.listen-address="+address, "--query.timeout=10m", "--query.max-samples=200000000")
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w; make bench-accuracy builds it", program, err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	client, err := api.NewClient(api.Config{Address: s.URL})
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.api = v1.NewAPI(client)
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// versionOf returns the version of a program of Prometheus. Built by go install it
// does not know its own, and the module that it was built from does: v0.315.0 is
// Prometheus 3.15.0.
func versionOf(program string) (string, error) {
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
func (s *server) await(ctx context.Context) error {
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

func (s *server) ready(ctx context.Context) error {
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

// stop ends the server.
func (s *server) stop() error {
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

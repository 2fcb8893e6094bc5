package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"
)

// options say what is measured.
type options struct {
	prometheus string
	slos, days int
	over       time.Duration
	warmUp     time.Duration
	// The stage of Hindcast is told these by its parent.
	stage, dir, server, fleet string
}

func main() {
	var o options
	flag.StringVar(&o.prometheus, "prometheus", os.Getenv("HINDCAST_PROMETHEUS"), "program of a real Prometheus 3")
	flag.IntVar(&o.slos, "slos", 1000, "objectives, of two series each")
	flag.IntVar(&o.days, "days", 30, "days of history")
	flag.DurationVar(&o.over, "over", 5*time.Minute, "how long each way is measured; two rounds of Pyrra's rules at least")
	flag.DurationVar(&o.warmUp, "warm-up", warmUp, "how long each way runs before")
	flag.StringVar(&o.stage, "stage", "", "hindcast: what the program starts itself for")
	flag.StringVar(&o.dir, "dir", "", "with -stage: directory of data")
	flag.StringVar(&o.server, "server", "", "with -stage: URL of the server")
	flag.StringVar(&o.fleet, "fleet", "", "with -stage: address of the services")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

// run measures everything, or runs the stage of a child.
func run(ctx context.Context, out io.Writer, o options) (err error) {
	if o.stage == "hindcast" {
		u, err := hindcast(ctx, o)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(u)
	}
	if o.prometheus == "" {
		return errors.New("no Prometheus: give -prometheus or HINDCAST_PROMETHEUS; make bench-cost builds it and does so")
	}
	dir, err := os.MkdirTemp("", "hindcast-cost-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{o: o, dir: dir, began: time.Now()}
	if err := b.measure(ctx); err != nil {
		return err
	}
	return b.print(out)
}

// bench is one run.
type bench struct {
	o       options
	dir     string
	fleet   fleet
	began   time.Time
	samples uint64
	idle    usage // scraping alone
	usages  []usage
}

func (b *bench) data() string { return filepath.Join(b.dir, "data") }

func (b *bench) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(os.Stderr, "%5.0f s  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// measure fills the server and measures one way after the other.
func (b *bench) measure(ctx context.Context) error {
	b.fleet.n, b.fleet.origin = b.o.slos, b.began.AddDate(0, 0, -b.o.days-1)
	stop, err := b.fleet.serve()
	if err != nil {
		return err
	}
	defer func() { _ = stop() }()
	if b.samples, err = b.fleet.fill(b.data(), b.o.days, b.began); err != nil {
		return err
	}
	b.tell("%d samples of history written", b.samples)
	if b.idle, err = b.rules(ctx, way{name: "scraping alone"}, min(b.o.over, time.Minute)); err != nil {
		return err
	}
	h, err := b.hindcast(ctx)
	if err != nil {
		return err
	}
	b.usages = append(b.usages, h)
	b.tell("Hindcast measured")
	for _, w := range ways() {
		u, err := b.rules(ctx, w, b.o.over)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		b.usages = append(b.usages, u)
		b.tell("%s measured", w.name)
	}
	return nil
}

// measuring is what the child writes when it begins to measure.
const measuring = "measuring"

// hindcast runs Hindcast in a process of its own beside the server.
func (b *bench) hindcast(ctx context.Context) (u usage, err error) {
	s, _, err := b.start(ctx, way{})
	if err != nil {
		return u, err
	}
	defer func() {
		if stopped := s.Stop(); err == nil {
			err = stopped
		}
	}()
	self, err := os.Executable()
	if err != nil {
		return u, err
	}
	cmd := exec.CommandContext(ctx, self, "-stage", "hindcast", "-dir", b.dir, "-server", s.URL, "-fleet", b.fleet.address, //nolint:gosec // ourselves
		"-slos", strconv.Itoa(b.o.slos), "-over", b.o.over.String())
	result, err := cmd.StdoutPipe()
	if err != nil {
		return u, err
	}
	notes, err := cmd.StderrPipe()
	if err != nil {
		return u, err
	}
	if err := cmd.Start(); err != nil {
		return u, err
	}
	var before time.Duration
	for lines := bufio.NewScanner(notes); lines.Scan(); {
		if lines.Text() != measuring {
			b.tell("%s", lines.Text())
			continue
		}
		if before, err = s.CPU(); err != nil {
			return u, err
		}
	}
	after, err := s.CPU()
	if err != nil {
		return u, err
	}
	if err := json.NewDecoder(result).Decode(&u); err != nil {
		return u, errors.Join(fmt.Errorf("result of the stage hindcast: %w", err), cmd.Wait())
	}
	u.Server = after - before
	return u, cmd.Wait()
}

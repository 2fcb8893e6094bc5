package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strconv"
)

// options say how much is measured, and where.
type options struct {
	Dir    string
	SLOs   int
	Days   int
	Window int
	Sample int
}

func (o options) ledgerDir() string { return filepath.Join(o.Dir, "ledger-"+strconv.Itoa(o.SLOs)) }

// args are the arguments that give a child the same options.
func (o options) args() []string {
	return []string{"-dir", o.Dir, "-slos", strconv.Itoa(o.SLOs), "-days", strconv.Itoa(o.Days), "-window", strconv.Itoa(o.Window), "-sample", strconv.Itoa(o.Sample)}
}

// stages are what a child process can do; each prints its result as JSON.
var stages = map[string]func(context.Context, options) (any, error){
	"build":  func(ctx context.Context, o options) (any, error) { return build(ctx, o) },
	"promql": func(ctx context.Context, o options) (any, error) { return promql(ctx, o) },
	"cycle":  func(ctx context.Context, o options) (any, error) { return liveCycles(ctx, o) },
	"status": func(ctx context.Context, o options) (any, error) { return ledgerStatus(ctx, o) },
}

func main() {
	var o options
	stage := flag.String("stage", "", "run one stage in this process and print its result")
	flag.StringVar(&o.Dir, "dir", "", "directory for the data; below which a temporary one is made; empty: that of the system")
	flag.IntVar(&o.SLOs, "slos", 10_000, "objectives; a tenth of them is measured too")
	flag.IntVar(&o.Days, "days", 90, "days of history in the ledger, at least 30")
	flag.IntVar(&o.Window, "window", 30, "days of the budget's window")
	flag.IntVar(&o.Sample, "sample", 40, "objectives that are measured by PromQL")
	profile := flag.String("profile", "", "with -stage: write a processor profile to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := profiled(*profile, func() error { return run(ctx, *stage, o) })
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// profiled runs f under the profiler, if a file is named.
func profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}

// run does one stage, or all of them.
func run(ctx context.Context, stage string, o options) error {
	if stage == "" {
		return all(ctx, os.Stdout, o)
	}
	f, ok := stages[stage]
	if !ok {
		return fmt.Errorf("there is no stage %q", stage)
	}
	result, err := f(ctx, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/bench/peer"
	"github.com/hindcast/hindcast/internal/bench/report"
)

// options say what is measured.
type options struct {
	at   time.Time // the end of the past
	seed uint64
	days int
	doc  string
}

func main() {
	o := options{at: time.Date(2026, 3, 18, 15, 20, 0, 0, time.UTC)}
	flag.TextVar(&o.at, "at", o.at, "end of the past that is looked at; incidents are counted back from it")
	flag.Uint64Var(&o.seed, "seed", 0, "seed of the demonstration's traffic; 0 is its own")
	flag.IntVar(&o.days, "days", 30, "how many days are looked at, 1 to 35")
	flag.StringVar(&o.doc, "doc", "", "page whose tables are replaced")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Stderr, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "alerts:", err)
		os.Exit(1)
	}
}

// run measures, prints the tables and keeps them.
func run(ctx context.Context, out, progress io.Writer, o options) (err error) {
	if o.days < 1 || o.days > 35 {
		return fmt.Errorf("-days is %d, and must be 1 to 35: the demonstration has no more past", o.days)
	}
	dir, err := os.MkdirTemp("", "hindcast-alerts-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	began := time.Now()
	tell := func(text string) { _, _ = fmt.Fprintf(progress, "%5.0f s  %s\n", time.Since(began).Seconds(), text) }
	p, err := newPast(ctx, dir, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.db.Close()) }()
	tell(fmt.Sprintf("%d samples written", p.samples))
	t, err := measure(ctx, p, watches(), tell)
	if err != nil {
		return err
	}
	t.at, t.took = began, time.Since(began)
	text := t.String()
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	if o.doc == "" {
		return nil
	}
	return report.Keep(o.doc, "bench-alerts", text)
}

// measure lets everybody watch some objectives in the past.
func measure(ctx context.Context, p *past, all []watch, tell func(string)) (*table, error) {
	t := &table{from: p.from, to: p.to, samples: p.samples}
	for _, w := range all {
		own, err := p.slo(w.slo)
		if err != nil {
			return nil, err
		}
		o := w.objective
		o.Name, o.Target, o.Window = w.slo, own.Objectives[0].Target.Float(), window
		w.objective = o
		l := line{watch: w, target: own.Objectives[0].Target.Percent(), outages: outagesOf(o.Service, p.happenings, p.from, p.to)}
		t.lines = append(t.lines, l)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	g.Go(func() error { return t.hindcast(ctx, p, tell) })
	for i, groups := range []func(peer.Objective) []peer.Group{
		func(o peer.Objective) []peer.Group { return peer.Sloth{Objective: o}.Groups() },
		func(o peer.Objective) []peer.Group { return peer.Pyrra{Objective: o}.Groups() },
	} {
		g.Go(func() error { return t.peer(ctx, newRuler(p), 1+i, groups, tell) })
	}
	return t, g.Wait()
}

// hindcast fills in what Hindcast told.
func (t *table) hindcast(ctx context.Context, p *past, tell func(string)) error {
	var all []watch
	for _, l := range t.lines {
		all = append(all, l.watch)
	}
	l, err := newLive(ctx, p, all)
	if err != nil {
		return err
	}
	if err := l.run(ctx); err != nil {
		return fmt.Errorf("living through %s: %w", l.clock.now().Format(time.RFC3339), err)
	}
	for i := range t.lines {
		t.lines[i].alarms[0] = l.alarms(t.lines[i].watch.slo)
	}
	t.forecasts = l.forecasts
	tell("Hindcast has lived through it")
	return nil
}

// peer fills in what the rules of a peer told.
func (t *table) peer(ctx context.Context, r ruler, tool int, groups func(peer.Objective) []peer.Group, tell func(string)) (err error) {
	for i := range t.lines {
		w := t.lines[i].watch
		if t.lines[i].alarms[tool], err = r.alarms(ctx, groups(w.objective)); err != nil {
			return fmt.Errorf("%s, %s: %w", tools[tool], w.slo, err)
		}
		tell(tools[tool] + " watched " + w.slo)
	}
	return nil
}

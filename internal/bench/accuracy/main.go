package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/bench/instance"
	"github.com/hindcast/hindcast/internal/bench/report"
)

// options say what is measured, and where.
type options struct {
	prometheus string
	rows       string
	doc        string
}

func main() {
	var o options
	flag.StringVar(&o.prometheus, "prometheus", os.Getenv("HINDCAST_PROMETHEUS"), "program of a real Prometheus 3")
	flag.StringVar(&o.rows, "rows", "", "measure only these rows, such as S3,V1")
	flag.StringVar(&o.doc, "doc", "", "page whose table is replaced; only with all rows")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Stderr, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

// run measures all rows, prints the table and keeps it.
func run(ctx context.Context, out, progress io.Writer, o options) (err error) {
	if o.prometheus == "" {
		return errors.New("no Prometheus: give -prometheus or HINDCAST_PROMETHEUS; make bench-accuracy builds it and does so")
	}
	rows, err := chosen(o.rows)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hindcast-accuracy-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	began := time.Now()
	t := table{at: began}
	tell := func(text string) { _, _ = fmt.Fprintf(progress, "%5.0f s  %s\n", time.Since(began).Seconds(), text) }
	if err := t.measure(ctx, o.prometheus, dir, rows, tell); err != nil {
		return err
	}
	t.took = time.Since(began)
	text := t.String()
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	if o.doc != "" && o.rows == "" {
		return report.Keep(o.doc, "bench-accuracy", text)
	}
	return nil
}

// chosen returns the rows with the given names, all for "".
func chosen(names string) ([]row, error) {
	all := append(references(), variants()...)
	if names == "" {
		return all, nil
	}
	var rows []row
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(r row) bool { return r.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no row %q", name)
		}
		rows = append(rows, all[i])
	}
	return rows, nil
}

// measure fills a server and lets everybody compute the budgets.
func (t *table) measure(ctx context.Context, program, dir string, rows []row, tell func(string)) error {
	data := filepath.Join(dir, "data")
	n, err := fill(data, rows)
	if err != nil {
		return err
	}
	t.samples = n
	tell(fmt.Sprintf("%d samples of %d rows written", n, len(rows)))
	s, err := recordLevels(ctx, program, data, rows, tell)
	if err != nil {
		return err
	}
	defer func() { _ = s.Stop() }()
	if t.version, err = instance.Version(program); err != nil {
		return err
	}
	src, err := s.source()
	if err != nil {
		return err
	}
	for _, r := range rows {
		l := line{row: r, truth: r.truth()}
		b, err := hindcast(ctx, src, r, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		l.budget = b
		for _, c := range r.competitors() {
			v, err := s.ask(ctx, c.budget, r.To)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", r.Name, c.name, err)
			}
			l.peers = append(l.peers, v)
		}
		t.lines = append(t.lines, l)
		tell(r.Name + " measured")
	}
	return nil
}

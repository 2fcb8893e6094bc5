package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// soundness is what a check found.
type soundness struct {
	ledger   []ledger.Problem
	findings []string // all, the ledger's too, each with its remedy
	remarks  []string // what is no problem and worth knowing
	streams  int
	files    int
	blocks   int
}

// found adds a finding.
func (r *soundness) found(format string, args ...any) {
	r.findings = append(r.findings, fmt.Sprintf(format, args...))
}

// Run checks a data directory, and repairs it if asked to.
func (c *checkCommand) Run(ctx context.Context, s Streams) error {
	began := time.Now()
	bar := newBar(s.Err)
	o := store.Options{Dir: c.Data, Database: c.Database}
	r, err := inspect(ctx, o, bar.set)
	if err != nil {
		return err
	}
	if c.Repair && len(r.ledger) > 0 {
		if err := repair(ctx, o, r.ledger, s.Out, bar.set); err != nil {
			return err
		}
		if r, err = inspect(ctx, o, bar.set); err != nil {
			return err
		}
	}
	for _, text := range r.remarks {
		_, _ = fmt.Fprintln(s.Err, plain(text))
	}
	for _, text := range r.findings {
		_, _ = fmt.Fprintln(s.Out, plain(text))
	}
	took := time.Since(began).Seconds()
	if n := len(r.findings); n > 0 {
		_, _ = fmt.Fprintf(s.Err, "%s in %s (%.1f s)\n", count(n, "problem"), plain(c.Data), took)
		return errProblems
	}
	_, _ = fmt.Fprintf(s.Err, "%s is sound: %s, %s, %s (%.1f s)\n", plain(c.Data),
		count(r.streams, "stream"), count(r.files, "specification"), count(r.blocks, "block"), took)
	return nil
}

// inspect reads everything in a data directory. A server may be running on it.
func inspect(ctx context.Context, o store.Options, progress func(string, float64)) (r soundness, err error) {
	snapshot, err := store.OpenSnapshot(ctx, o, false)
	if fault.KindOf(err) == fault.Invalid {
		r.found("%v", err) // damaged, or of a newer version: nothing in it can be looked at
		return r, nil
	}
	if err != nil {
		return r, err
	}
	err = errors.Join(inspectDatabase(ctx, &r, snapshot, progress), snapshot.Close())
	if err != nil {
		return r, err
	}
	return r, inspectSamples(ctx, &r, filepath.Join(o.Dir, tsdbFolder))
}

// inspectStatements holds what was issued to its digests.
func inspectStatements(ctx context.Context, r *soundness, s *store.Snapshot) error {
	issued, err := s.Statements(ctx)
	if err != nil {
		return err
	}
	for _, row := range issued {
		if err := agreement.Verify(row); err != nil {
			r.found("%v", err)
		}
	}
	return nil
}

// inspectDatabase checks the database: the engine's own view, the ledger, the
// specifications.
func inspectDatabase(ctx context.Context, r *soundness, s *store.Snapshot, progress func(string, float64)) error {
	complaints, err := s.Complaints(ctx)
	if err != nil {
		return err
	}
	for _, text := range complaints {
		r.found("database: %s; restore a backup into a new directory", text)
	}
	problems, err := ledger.Verify(ctx, &counting{Snapshot: s, n: &r.streams}, func(done float64) { progress("check", done) })
	if err != nil {
		if len(complaints) > 0 { // it is damaged, which was said
			return nil
		}
		return err
	}
	r.ledger = problems
	for _, p := range problems {
		r.found("%s: %s; %s", where(p), p.Text, remedy(p))
	}
	if err := inspectStatements(ctx, r, s); err != nil {
		return err
	}
	files, err := keptFiles(ctx, s, func(path string, err error) {
		r.found("imported document %s: %v; import it again", path, err)
	})
	if err != nil {
		return err
	}
	r.files = len(files)
	for _, f := range files {
		_, found := openslo.Parse(f, builders())
		for _, p := range found {
			r.found("specification %s; write the file again, the server keeps its next good version", p)
		}
	}
	return nil
}

// counting counts the streams that are read.
type counting struct {
	*store.Snapshot
	n *int
}

// Changes implements ledger.Store.
func (c *counting) Changes(ctx context.Context, since ledger.Position, v ledger.Visitor) (int64, error) {
	stream, n := v.Stream, 0
	v.Stream = func(s ledger.Stream) error { n++; return stream(s) }
	defer func() { *c.n = n }()
	return c.Snapshot.Changes(ctx, since, v)
}

// where names the stream and the days of a problem.
func where(p ledger.Problem) string {
	text := "ledger"
	if p.Stream.Indicator != "" {
		text = "indicator " + string(p.Stream.Indicator)
	}
	if p.Stream.Group != "" {
		text += " " + string(p.Stream.Group)
	}
	if p.Span == (slo.Span{}) {
		return text
	}
	from, to := p.Span.Start().UTC().Format(time.DateOnly), p.Span.To.Start().UTC().Format(time.DateOnly)
	if from == to {
		return text + ", " + from
	}
	return text + ", " + from + " to " + to
}

// remedy says what to do about a problem.
func remedy(p ledger.Problem) string {
	if p.Span == (slo.Span{}) {
		return "restore a backup into a new directory"
	}
	return "stop the server and run `hindcast check --repair`, which measures it again as far as the samples reach"
}

// inspectSamples checks the metrics store.
func inspectSamples(ctx context.Context, r *soundness, dir string) error {
	found, err := tsdb.Inspect(ctx, dir)
	if err != nil {
		return err
	}
	r.blocks = found.Blocks
	for _, d := range found.Damage {
		r.found("samples: %s", d)
	}
	if found.TornLog != "" {
		r.remarks = append(r.remarks, found.TornLog+", as after a kill or while it is written; the next start cuts it off")
	}
	return nil
}

// repair measures what the ledger lost again, from the samples in the data
// directory, and says what became of each problem.
func repair(ctx context.Context, o store.Options, problems []ledger.Problem, w io.Writer, progress func(string, float64)) (err error) {
	db, err := store.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	book, err := ledger.Open(ctx, db, ledger.Options{Now: time.Now, Fresh: true})
	if err != nil {
		return err
	}
	ctx, lease, release, err := takeLease(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := book.Lead(ctx, lease.Epoch); err != nil {
		return err
	}
	indicators, err := keptIndicators(ctx, db)
	if err != nil {
		return err
	}
	samples, err := tsdb.OpenReadOnly(filepath.Join(o.Dir, tsdbFolder), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, samples.Close()) }()
	embedded := &prometheus.Source{Sampler: samples}
	r := collector.Repair{
		Ledger: book, Indicators: indicators, Progress: func(done float64) { progress("repair", done) },
		Source: func(name string) slo.Source {
			if name != "" {
				return nil
			}
			return embedded
		},
	}
	outcomes, err := r.Run(ctx, problems)
	if err != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	for _, o := range outcomes {
		text := fmt.Sprintf("%s: %s measured again", where(o.Problem), count(o.Mended, "slot"))
		if o.Lost != "" {
			text = fmt.Sprintf("%s: %s, a gap stays: %s", where(o.Problem), count(o.Mended, "slot"), o.Lost)
		}
		_, _ = fmt.Fprintln(w, plain(text))
	}
	return nil
}

// keptIndicators returns the indicators of the specifications that are kept.
func keptIndicators(ctx context.Context, db *store.Store) ([]slo.Indicator, error) {
	files, err := keptFiles(ctx, db, func(string, error) {}) // inspect has told
	if err != nil {
		return nil, err
	}
	docs := make([]openslo.Documents, len(files))
	for i, f := range files {
		docs[i], _ = openslo.Parse(f, builders())
	}
	set, _ := openslo.Link(docs...)
	return slo.Indicators(set.SLOs), nil
}

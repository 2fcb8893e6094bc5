package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"text/tabwriter"
	"time"
)

// report is everything that one run measured.
type report struct {
	o              options
	built          built
	small, large   status // a tenth of the objectives, and all
	long           status // all, over the whole history
	queries        queries
	cycles         cycles
	began          time.Time
	smallN, largeN int
}

// all runs every stage and prints the table.
func all(ctx context.Context, w io.Writer, o options) error {
	dir, err := os.MkdirTemp(o.Dir, "hindcast-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	o.Dir = dir
	r := report{o: o, began: time.Now(), smallN: max(1, o.SLOs/10), largeN: o.SLOs}
	small, long := o, o
	small.SLOs, long.Window = r.smallN, o.Days
	var unused built
	for _, s := range []struct {
		name   string
		procs  int
		o      options
		result any
	}{
		{"build", runtime.NumCPU(), small, &unused},
		{"status", 1, small, &r.small},
		{"promql", 1, o, &r.queries},
		{"build", runtime.NumCPU(), o, &r.built},
		{"status", 1, o, &r.large},
		{"status", 1, long, &r.long},
		{"cycle", 1, o, &r.cycles},
	} {
		began := time.Now()
		if err := child(ctx, s.procs, s.name, s.o, s.result); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(os.Stderr, "%-7s %6d objectives, window %d d: %s\n", s.name, s.o.SLOs, s.o.Window, time.Since(began).Round(time.Second))
	}
	if err := r.agree(); err != nil {
		return err
	}
	return r.print(w)
}

// tolerance is how far a raw increase may be from the ledger: it extrapolates by
// up to half a scrape interval at each end of thirty days.
const tolerance = 1e-4

// agree compares the sums of the ledger with those of the engine.
func (r report) agree() error {
	if len(r.queries.Figures) == 0 {
		return fmt.Errorf("nothing was compared")
	}
	for i := range min(len(r.queries.Figures), len(r.large.Figures)) {
		a, b := r.large.Figures[i], r.queries.Figures[i]
		if math.Abs(a.Good-b.Good) > tolerance*b.Good || math.Abs(a.Total-b.Total) > tolerance*b.Total {
			return fmt.Errorf("%s: the ledger has %v, the engine %v: one of them is wrong", name(i), a, b)
		}
	}
	return nil
}

// print writes the table.
func (r report) print(w io.Writer) error {
	_, _ = fmt.Fprintf(w, `
Full status of many objectives: a budget over %d days and four burn pairs each. %s, %s, %d processors
(every line on one of them), %s. Data in files of a temporary directory, nothing dropped from the page cache.
%s
PromQL is measured on %d of the objectives, at 4 series of 30 s each, and scaled to %d: half of the sample takes
%.2f (raw) and %.2f (rules) of the time of the whole. Both ways agree with the ledger within %g.

`, r.o.Window, r.began.UTC().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), cpuModel(), trafficText,
		r.queries.Sample, r.largeN, half(r.queries.Raw), half(r.queries.Rules), tolerance)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(t, "%-58s\twall\tCPU\tCPU each\tpeak RSS\tCPU beside ledger\t\n", "status")
	each := r.large.Steady.CPU / time.Duration(r.largeN)
	r.row(t, fmt.Sprintf("ledger, %d, mean of an hour", r.smallN), r.small.Steady, r.smallN, r.small.RSS, each)
	r.row(t, fmt.Sprintf("ledger, %d, mean of an hour", r.largeN), r.large.Steady, r.largeN, r.large.RSS, each)
	r.row(t, fmt.Sprintf("ledger, %d, first after a start", r.largeN), r.large.First, r.largeN, r.large.RSS, each)
	r.row(t, fmt.Sprintf("ledger, %d, window of %d days", r.largeN, r.o.Days), r.long.Steady, r.largeN, r.long.RSS, each)
	r.row(t, fmt.Sprintf("ledger, %d, sum of the budget alone, %d days", r.largeN, r.o.Window), r.large.Sum, r.largeN, 0, each)
	r.row(t, fmt.Sprintf("ledger, %d, sum of the budget alone, %d days", r.largeN, r.o.Days), r.long.Sum, r.largeN, 0, each)
	r.row(t, fmt.Sprintf("raw increase, %d (scaled)", r.largeN), r.scaled(r.queries.Raw), r.largeN, 0, each)
	r.row(t, fmt.Sprintf("recording rules, %d (scaled)", r.largeN), r.scaled(r.queries.Rules), r.largeN, 0, each)
	r.row(t, "… keeping 17 rules each up to date, per interval (scaled)", r.scaled(r.queries.Upkeep), r.largeN, 0, each)
	if err := t.Flush(); err != nil {
		return err
	}
	r.goals(w)
	return nil
}

// row writes one line of the table; rss 0 is not told.
func (r report) row(w io.Writer, what string, c cost, n int, rss int64, ledger time.Duration) {
	memory := "–"
	if rss > 0 {
		memory = fmt.Sprintf("%d MiB", rss>>20)
	}
	each := c.CPU / time.Duration(n)
	_, _ = fmt.Fprintf(w, "%-58s\t%s\t%s\t%s\t%s\t%.1f ×\t\n", what, short(c.Wall), short(c.CPU), short(each), memory, float64(each)/float64(ledger))
}

// goals writes the goals with what was measured.
func (r report) goals(w io.Writer) {
	each := float64(r.large.Steady.CPU) / float64(r.largeN)
	raw := float64(r.scaled(r.queries.Raw).CPU) / float64(r.largeN) / each
	rules := float64(r.scaled(r.queries.Rules).CPU) / float64(r.largeN) / each
	cycle := r.cycles.Collect.Wall + r.cycles.Status.Wall
	growth := float64(r.large.Steady.CPU) / float64(r.small.Steady.CPU)
	sum := float64(r.long.Sum.CPU) / float64(r.large.Sum.CPU)
	full := float64(r.long.Steady.CPU) / float64(r.large.Steady.CPU)
	bytes := float64(r.built.Payload) / float64(r.built.Slots)
	_, _ = fmt.Fprintln(w)
	for _, g := range []struct {
		ok   bool
		text string
	}{
		{raw >= 1000, fmt.Sprintf("status takes %.0f times less CPU than raw increase (goal 1,000)", raw)},
		{rules >= 100, fmt.Sprintf("status takes %.0f times less CPU than recording rules (goal 100)", rules)},
		{cycle <= 5*time.Second, fmt.Sprintf("the slowest live cycle of %d indicators over %d series takes %s on one core: measure and commit %s, status %s (goal 5 s)",
			r.largeN, r.cycles.Series, short(cycle), short(r.cycles.Collect.Wall), short(r.cycles.Status.Wall))},
		{r.cycles.RSS <= 1<<30, fmt.Sprintf("the process of the live cycles, embedded store included, peaks at %d MiB (goal 1,024)", r.cycles.RSS>>20)},
		{bytes <= 2, fmt.Sprintf("a sealed slot takes %.2f bytes, %.2f with totals, indexes and the database around it (goal 2)", bytes, float64(r.built.Disk)/float64(r.built.Slots))},
		{sum <= 1.1, fmt.Sprintf("the sum of a budget over %d days takes %.2f of the CPU of %d days (goal 1.1)", r.o.Days, sum, r.o.Window)},
		{full <= 1.1, fmt.Sprintf("a full status, burn windows in proportion, over %d days takes %.2f of the CPU of %d days (goal 1.1)", r.o.Days, full, r.o.Window)},
		{r.large.Ready.Wall <= 2*time.Second, fmt.Sprintf("from start to ready with %d days and half a day of journal: %s (goal 2 s)", r.o.Days, short(r.large.Ready.Wall))},
		{growth <= 1.1*float64(r.largeN)/float64(r.smallN), fmt.Sprintf("%d objectives take %.1f times the CPU of %d", r.largeN, growth, r.smallN)},
	} {
		mark := "reached"
		if !g.ok {
			mark = "MISSED "
		}
		_, _ = fmt.Fprintf(w, "%s  %s\n", mark, g.text)
	}
	_, _ = fmt.Fprintf(w, "\nA commit of one minute of all %d streams takes %s. The run took %s.\n",
		r.largeN, short(r.built.Commit.Wall), time.Since(r.began).Round(time.Second))
}

// scaled returns the cost of the whole sample scaled to all objectives.
func (r report) scaled(c []cost) cost {
	f := float64(r.largeN) / float64(r.queries.Sample)
	last := c[len(c)-1]
	return cost{time.Duration(float64(last.Wall) * f), time.Duration(float64(last.CPU) * f)}
}

// half returns what part of the CPU of the whole sample half of it took.
func half(c []cost) float64 { return float64(c[0].CPU) / float64(c[1].CPU) }

// short returns a duration to three digits or so.
func short(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}

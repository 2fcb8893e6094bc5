package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"
)

// lagGoal is how long an event may take to the budget.
const lagGoal = 75 * time.Second

// print writes the table.
func (b *bench) print(w io.Writer) error {
	_, _ = fmt.Fprintf(w, `
Keeping %d objectives of two series each up to date on one real Prometheus with %d days of history (%.1f million samples).
%s, %s, %d processors. Each way is measured for %s, %s after its start; scraping alone takes %s s of
processor time an hour and is taken off. A lag is from an event to the remaining budget that shows it.

`, b.o.slos, b.o.days, float64(b.samples)/1e6, b.began.UTC().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(),
		b.o.over, b.o.warmUp, seconds(b.idle.hourly(b.idle.Server)))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "way\tPrometheus, CPU s/h\tHindcast, CPU s/h\ttogether\tseries written\tgroups late\tlag, median\tlag, longest\tevents\t")
	for _, u := range b.usages {
		median, longest := "–", "–"
		if n := len(u.Lags); n > 0 {
			median, longest = u.Lags[n/2].Round(time.Second).String(), u.Lags[n-1].Round(time.Second).String()
		}
		server := max(0, u.hourly(u.Server)-b.idle.hourly(b.idle.Server))
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%.0f\t%s\t%s\t%d\t\n", u.Way, seconds(server), seconds(u.hourly(u.Program)),
			seconds(server+u.hourly(u.Program)), u.Series, u.Missed, median, longest, len(u.Lags))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return b.verdict(w)
}

// verdict writes what Hindcast reached.
func (b *bench) verdict(w io.Writer) error {
	for _, u := range b.usages {
		if u.Program == 0 {
			continue
		}
		mark := "MISSED "
		if n := len(u.Lags); n > 0 && u.Lags[n-1] <= lagGoal {
			mark = "reached"
		}
		_, _ = fmt.Fprintf(w, "\n%s  every event in Hindcast's budget within %s\n", mark, lagGoal)
		_, _ = fmt.Fprintf(w, "Hindcast had read the history of all after %s, with %s s of processor time; rules do not read any.\n",
			u.First.Round(time.Second), seconds(u.Backfill.Seconds()))
	}
	_, err := fmt.Fprintf(w, "The run took %s.\n", time.Since(b.began).Round(time.Second))
	return err
}

// hourly scales a processor time to an hour, in seconds.
func (u usage) hourly(d time.Duration) float64 {
	if u.Over == 0 {
		return 0
	}
	return d.Seconds() * float64(time.Hour) / float64(u.Over)
}

// seconds writes seconds to a tenth.
func seconds(s float64) string { return fmt.Sprintf("%.1f", s) }

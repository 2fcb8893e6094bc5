package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/bench/report"
)

// tools are those that are compared, in the order of the columns.
var tools = [...]string{"Hindcast", "Sloth", "Pyrra"}

// line is what was measured of one objective.
type line struct {
	watch   watch
	target  string   // in percent
	outages []outage // of its service
	alarms  [len(tools)][]alarm
}

// table is everything that one run measured.
type table struct {
	lines     []line
	forecasts []*forecasts
	from, to  time.Time
	at        time.Time
	took      time.Duration
	samples   uint64
}

// String writes the tables in Markdown.
func (t *table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "`make bench-alerts`, %s: %d objectives, %.0f days to %s, %.1f million samples, %s.\n\n",
		t.at.UTC().Format(time.DateOnly), len(t.lines), t.days(), t.to.Format(time.RFC3339), float64(t.samples)/1e6, t.took.Round(time.Second))
	b.WriteString("From the beginning of an incident to the first page:\n\n")
	t.delays(&b, page)
	b.WriteString("\nTo the first alert of any kind, a ticket or an alert about missing data among them:\n\n")
	t.delays(&b, page, ticket, blind)
	b.WriteString("\nHow long the last alert about an incident rang on after its end:\n\n")
	t.tails(&b)
	b.WriteString("\nAlerts per 30 days of all objectives together, in how many spells of one objective they came, and how many of these\n" +
		"tell of no incident:\n\n")
	t.counts(&b)
	b.WriteString("\nHindcast's forecast, looked at every ten minutes: budgets that were spent, each over the window of the demonstration,\n" +
		"and for how long before that \"spent within a day\" had stood there without a break:\n\n")
	t.foreseen(&b)
	return b.String()
}

func (t *table) days() float64 { return t.to.Sub(t.from).Hours() / 24 }

// delays writes for each incident that an objective is meant to notice how long
// it took until the first alarm of some kinds.
func (t *table) delays(b *strings.Builder, kinds ...string) {
	t.incidents(b, func(all []alarm, o outage) (time.Duration, bool) {
		a, ok := first(all, o, kinds...)
		return a.from.Sub(o.from), ok
	})
}

// tails writes for each incident how long alarms rang on.
func (t *table) tails(b *strings.Builder) {
	t.incidents(b, func(all []alarm, o outage) (time.Duration, bool) {
		_, ok := first(all, o, page, ticket, blind)
		return afterEnd(all, o, t.to), ok && o.to.Before(t.to)
	})
}

// incidents writes a figure of each incident and tool.
func (t *table) incidents(b *strings.Builder, figure func([]alarm, outage) (time.Duration, bool)) {
	writeHead(b, "objective", "target", "incident", "lasts")
	for _, l := range t.lines {
		for _, times := range l.meant() {
			cells := []string{l.watch.slo, l.target, times[0].title, lasts(times)}
			for _, all := range l.alarms {
				var found []time.Duration
				for _, o := range times {
					if d, ok := figure(all, o); ok {
						found = append(found, d)
					}
				}
				cells = append(cells, figures(found, len(times)))
			}
			report.Row(b, cells...)
		}
	}
}

// meant returns the outages that the objective is meant to notice, those of one
// title together.
func (l line) meant() [][]outage {
	var all [][]outage
	for _, title := range l.watch.incidents {
		var times []outage
		for _, o := range l.outages {
			if o.title == title {
				times = append(times, o)
			}
		}
		if len(times) > 0 {
			all = append(all, times)
		}
	}
	return all
}

// lasts writes how long an outage lasts, the longest and how often if it comes
// again.
func lasts(times []outage) string {
	var longest time.Duration
	for _, o := range times {
		longest = max(longest, o.to.Sub(o.from))
	}
	if len(times) == 1 {
		return short(longest)
	}
	return fmt.Sprintf("%d × %s", len(times), short(longest))
}

// figures writes the median of what was found of n incidents.
func figures(found []time.Duration, n int) string {
	if len(found) == 0 {
		return "–"
	}
	slices.Sort(found)
	text := short(found[len(found)/2])
	if n > 1 {
		text = fmt.Sprintf("%s (%d of %d)", text, len(found), n)
	}
	return text
}

// counts writes how many alarms there were of each kind, in how many spells, and
// how many of these tell of no incident, and whose they are.
func (t *table) counts(b *strings.Builder) {
	writeHead(b, "kind")
	for _, kind := range []string{page, ticket, blind} {
		cells := []string{kind}
		for i := range tools {
			cells = append(cells, t.count(i, kind))
		}
		report.Row(b, cells...)
	}
}

// count writes the alarms of one tool and kind.
func (t *table) count(tool int, kind string) string {
	var rang, heard, stray int
	var whose []string
	for _, l := range t.lines {
		all := slices.DeleteFunc(slices.Clone(l.alarms[tool]), func(a alarm) bool { return a.kind != kind })
		joined := spells(all, t.to)
		rang, heard = rang+len(all), heard+len(joined)
		if n := len(strays(joined, l.outages)); n > 0 {
			stray += n
			whose = append(whose, l.watch.slo)
		}
	}
	scale := 30 / t.days()
	text := fmt.Sprintf("%.0f in %.0f, **%.0f** without an incident", scale*float64(rang), scale*float64(heard), scale*float64(stray))
	if len(whose) > 0 {
		text += " (" + strings.Join(whose, ", ") + ")"
	}
	return text
}

// foreseen writes what the forecasts told.
func (t *table) foreseen(b *strings.Builder) {
	report.Row(b, "objective", "window", "spent at", "foreseen", "warnings that came to nothing")
	report.Row(b, "---", "---", "---", "---:", "---:")
	for _, f := range t.forecasts {
		if len(f.spent) == 0 && f.idle() == 0 {
			continue
		}
		at, ahead := []string{}, []string{}
		for _, s := range f.spent {
			at = append(at, s.at.Format("01-02 15:04"))
			ahead = append(ahead, foretold(s.ahead))
		}
		report.Row(b, f.slo.Name, f.slo.Window.String(), dash(at), dash(ahead), strconv.Itoa(f.idle()))
	}
}

// foretold writes for how long something was foreseen.
func foretold(d time.Duration) string {
	if d == 0 {
		return "not"
	}
	return short(d)
}

// dash writes several figures, and a dash for none.
func dash(all []string) string {
	if len(all) == 0 {
		return "–"
	}
	return strings.Join(all, ", ")
}

// short writes a duration to the tenth of a minute, of an hour from two hours on.
func short(d time.Duration) string {
	if d.Abs() >= 2*time.Hour {
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.1f min", d.Minutes())
}

// writeHead writes the head of a table that has a column for each tool.
func writeHead(b *strings.Builder, before ...string) {
	report.Row(b, append(slices.Clone(before), tools[:]...)...)
	rule := slices.Repeat([]string{"---"}, len(before))
	report.Row(b, append(rule, slices.Repeat([]string{"---:"}, len(tools))...)...)
}

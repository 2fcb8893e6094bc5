package agreement

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Correction is one figure that differs from the revision before.
type Correction struct {
	What string `json:"what"`
	Was  string `json:"was"`
	Is   string `json:"is"`
}

// none is how a figure reads that is absent.
const none = "none"

// fact is something that a statement says.
type fact struct{ what, is string }

// correct lists what differs between two documents, in the order in which they say
// it: what only the earlier says comes last. Who issued them, when, and with which
// note is no figure.
func correct(was, is []fact) []Correction {
	before := make(map[string]string, len(was))
	for _, f := range was {
		before[f.what] = f.is
	}
	all := []Correction{}
	for _, f := range is {
		had, ok := before[f.what]
		delete(before, f.what)
		if !ok {
			had = none
		}
		if had != f.is {
			all = append(all, Correction{f.what, had, f.is})
		}
	}
	for _, f := range was {
		if had, ok := before[f.what]; ok && had != none {
			all = append(all, Correction{f.what, had, none})
			delete(before, f.what)
		}
	}
	return all
}

// facts lists what a document says that may have to be corrected.
func (d *Document) facts() []fact {
	all := []fact{
		{"agreement", d.SLA.Title},
		{"customer", d.Customer.Title},
		{"target", d.SLA.TargetPercent + " %"},
		{"window", d.SLA.Window},
		{"combination", string(d.SLA.Combination)},
		{"exclusions that count", d.SLA.Exclusions},
		{"credits", bandWords(d.SLA.Credits)},
		{"period", d.Period.From.UTC().Format(time.RFC3339) + " to " + d.Period.To.UTC().Format(time.RFC3339)},
		{"fee", amount(d.Customer.Fee, d.Customer.Currency)},
	}
	all = append(all, d.Figures.facts("")...)
	credit, due := none, none
	if d.Credit != nil {
		credit, due = d.Credit.CreditPercent+" %", amount(d.Credit.Amount, d.Credit.Currency)
	}
	all = append(all, fact{"credit", credit}, fact{"amount due", due})
	for _, l := range d.Lines {
		if len(d.Lines) > 1 { // a single one says what was said
			all = append(all, l.Figures.facts(slo.Promise{SLO: l.SLO, Objective: l.Objective}.Title()+": ")...)
		}
	}
	for _, x := range d.Exclusions {
		all = append(all, fact{fmt.Sprintf("exclusion %s, %s to %s", x.Name, clock(x.From), clock(x.To)), fmt.Sprintf("%s, for %s", x.Title, strings.Join(x.SLOs, ", "))})
	}
	return all
}

func (f Figures) facts(of string) []fact {
	achieved := none
	if f.AchievedPercent != nil {
		achieved = *f.AchievedPercent + " %"
	}
	return []fact{
		{of + "achieved", achieved},
		{of + "state", string(f.State)},
		{of + "good", number(f.Good)},
		{of + "total", number(f.Total)},
		{of + "excluded minutes", strconv.Itoa(f.ExcludedMinutes)},
		{of + "coverage", slo.AchievedPercent(&f.Coverage, 4) + " %"},
	}
}

func bandWords(bands []Band) string {
	var words []string
	for _, b := range bands {
		words = append(words, fmt.Sprintf("%s %% below %s %%", b.CreditPercent, b.BelowPercent))
	}
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, ", ")
}

func amount(number, currency string) string {
	if number == "" {
		return none
	}
	return number + " " + currency
}

// clock writes an instant in the zone of the statement.
func clock(t time.Time) string { return t.Format("2006-01-02 15:04 -07:00") }

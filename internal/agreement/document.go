package agreement

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// Format names the form of documents. One of another form is not understood.
const Format = "hindcast/sla-statement/v1"

// Document is a statement as it is frozen. Its JSON form, which encoding/json
// makes of it with the fields in this order, is what is signed: a field must not
// be moved, renamed or removed under the same Format. Percentages and amounts are
// exact decimals in texts; counts are numbers.
type Document struct {
	Format   string    `json:"format"`
	SLA      Terms     `json:"sla"`
	Customer Party     `json:"customer"`
	Period   Period    `json:"period"`
	Revision int       `json:"revision"`
	IssuedAt time.Time `json:"issuedAt"`
	IssuedBy string    `json:"issuedBy"`
	Note     string    `json:"note"`

	Figures
	// Credit is what is due; nil if nothing is, or if nobody can tell.
	Credit      *Due         `json:"credit"`
	Lines       []Line       `json:"lines"`
	Exclusions  []Exclusion  `json:"exclusions"`
	Corrections []Correction `json:"corrections"`
	Warnings    []string     `json:"warnings"`
}

// Terms are what the agreement said when the statement was issued.
type Terms struct {
	Name          string          `json:"name"`
	Title         string          `json:"title"`
	Description   string          `json:"description"`
	TargetPercent string          `json:"targetPercent"`
	Window        string          `json:"window"` // in words
	Combination   slo.Combination `json:"combination"`
	Exclusions    string          `json:"exclusions"` // in words: which count
	Credits       []Band          `json:"credits"`
}

// Band is a band of credits.
type Band struct {
	BelowPercent  string `json:"belowPercent"`
	CreditPercent string `json:"creditPercent"`
}

// Party is the customer.
type Party struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Fee      string `json:"fee"`
	Currency string `json:"currency"`
}

// Period is what is stated: (From, To], with offsets of its zone.
type Period struct {
	Name     string    `json:"name"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	TimeZone string    `json:"timeZone"`
}

// Figures are what was measured of everything, or of a stream. Absent figures are
// null: without events there is no SLI.
type Figures struct {
	State           slo.State `json:"state"`
	AchievedPercent *string   `json:"achievedPercent"`
	Good            *float64  `json:"good"`
	Total           *float64  `json:"total"`
	ExcludedMinutes int       `json:"excludedMinutes"`
	Coverage        float64   `json:"coverage"`
}

// Due is the band that applies, with the amount where the fee is known.
type Due struct {
	Band
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// Line is what one stream contributed.
type Line struct {
	SLO       string `json:"slo"`
	Objective string `json:"objective"`
	Title     string `json:"title"`
	Service   string `json:"service"`
	Figures
	// Evidence is the path of the page that shows how the figures came about.
	Evidence string `json:"evidence"`
	Days     []Day  `json:"days"`
}

// Day is what one civil day contributed.
type Day struct {
	Day      string   `json:"day"`
	Good     *float64 `json:"good"`
	Total    *float64 `json:"total"`
	Coverage float64  `json:"coverage"`
}

// Exclusion is time that did not count.
type Exclusion struct {
	Name       string            `json:"name"`
	Title      string            `json:"title"`
	Kind       slo.ExclusionKind `json:"kind"`
	Reason     string            `json:"reason"`
	From       time.Time         `json:"from"`
	To         time.Time         `json:"to"`
	SLOs       []string          `json:"slos"`
	Author     string            `json:"author"`
	ApprovedBy string            `json:"approvedBy"`
}

// Statement is a document as it is kept.
type Statement struct {
	store.Statement
	Document Document
	// Damage says why the document cannot be relied on, "" if it can.
	Damage string
	// Latest says that no later revision was issued.
	Latest bool
}

// digestOf returns the SHA-256 of a document, in hexadecimal digits.
func digestOf(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

// read understands what is kept. Whatever does not agree with itself is damage:
// the bytes with their digest, the document with the columns that it was found by.
func read(row store.Statement) Statement {
	st := Statement{Statement: row}
	if is := digestOf(row.Document); subtle.ConstantTimeCompare([]byte(is), []byte(row.Digest)) != 1 {
		st.Damage = fmt.Sprintf("its SHA-256 is %s and was %s when it was issued", is, row.Digest)
		return st
	}
	if err := strictly(row.Document, &st.Document); err != nil {
		st.Damage, st.Document = fmt.Sprintf("it cannot be read: %v", err), Document{}
		return st
	}
	d := st.Document
	switch {
	case d.Format != Format:
		st.Damage = fmt.Sprintf("it has the form %.60q, and this hindcast reads %s", d.Format, Format)
	case d.SLA.Name != row.SLA || d.Customer.Name != row.Customer || d.Period.Name != row.Period || d.Revision != row.Revision:
		st.Damage = fmt.Sprintf("it is revision %d for %.63q of %.63q in %.20q", d.Revision, d.Customer.Name, d.SLA.Name, d.Period.Name)
	}
	if st.Damage != "" {
		st.Document = Document{}
	}
	return st
}

// Verify says what is wrong with a statement as it is kept, nil if nothing is.
func Verify(row store.Statement) error { return read(row).Err() }

// Err says that a statement is damaged, nil if it is not.
func (st Statement) Err() error {
	if st.Damage == "" {
		return nil
	}
	return fault.Unavailablef("revision %d of the statement of %s for %s, %s, is damaged and not shown: %s; restore the database from a backup",
		st.Revision, st.SLA, st.Customer, st.Period, st.Damage)
}

// FileName is what the document is called when it is saved.
func (st Statement) FileName(extension string) string {
	return fmt.Sprintf("%s-%s-%s-%d.%s", st.SLA, st.Customer, st.Period, st.Revision, extension)
}

// freeze makes the document of the figures of a period.
func freeze(f slo.SLAFigures, c slo.Customer, days [][]slo.DayFigures, find func(string) *slo.SLO) Document {
	a := f.SLA
	zone := a.Window.Zone()
	d := Document{
		Format: Format,
		SLA: Terms{
			Name: a.Name, Title: a.Title(), Description: a.Description, TargetPercent: a.Target.Percent(), Window: a.Window.Title(),
			Combination: a.Combination, Exclusions: termWords(a.Terms), Credits: []Band{},
		},
		Customer: Party{Name: c.Name, Title: c.Title(), Fee: c.Fee, Currency: c.Currency},
		Period:   Period{Name: f.Period, From: f.From.In(zone), To: f.To.In(zone), TimeZone: zone.String()},
		Figures:  figuresOf(a, f.Budget), Lines: []Line{}, Exclusions: exclusionsOf(f, zone), Corrections: []Correction{},
		Warnings: append([]string{}, f.Warnings()...),
	}
	for _, b := range a.Credits {
		d.SLA.Credits = append(d.SLA.Credits, bandOf(b))
	}
	if f.Credit != nil {
		d.Credit = &Due{Band: bandOf(*f.Credit), Amount: f.Credit.Amount(c), Currency: c.Currency}
	}
	for i, s := range f.Streams {
		line := Line{SLO: s.Promise.SLO, Objective: s.Promise.Objective, Figures: figuresOf(a, s.Budget), Evidence: evidence(f, s.Promise), Days: []Day{}}
		if o, _ := s.Promise.Of(find); o != nil {
			line.Title, line.Service = o.Title(), o.Service
		}
		for _, day := range days[i] {
			line.Days = append(line.Days, Day{Day: day.From.In(zone).Format(time.DateOnly), Good: day.Good, Total: day.Total, Coverage: day.Coverage})
		}
		d.Lines = append(d.Lines, line)
	}
	return d
}

func bandOf(c slo.Credit) Band { return Band{c.Below.Percent(), c.Percent} }

func figuresOf(a *slo.SLA, b slo.Budget) Figures {
	f := Figures{State: b.State, Good: b.Good, Total: b.Total, ExcludedMinutes: b.Excluded.Minutes, Coverage: b.Coverage}
	if text := slo.AchievedPercent(b.SLI, a.Decimals()); text != "" {
		f.AchievedPercent = &text
	}
	return f
}

// exclusionsOf lists what counted, each occurrence once with the SLOs that it was
// left out of.
func exclusionsOf(f slo.SLAFigures, zone *time.Location) []Exclusion {
	all := []Exclusion{}
	for _, s := range f.Streams {
		for _, o := range s.Exclusions {
			from, to := o.Span.Start().In(zone), o.Span.End().In(zone)
			i := slices.IndexFunc(all, func(x Exclusion) bool { return x.Name == o.Exclusion.Name && x.From.Equal(from) && x.To.Equal(to) })
			if i >= 0 {
				if !slices.Contains(all[i].SLOs, s.Promise.SLO) {
					all[i].SLOs = append(all[i].SLOs, s.Promise.SLO)
				}
				continue
			}
			x := o.Exclusion
			all = append(all, Exclusion{
				Name: x.Name, Title: x.Title, Kind: x.Kind, Reason: x.Reason, From: from, To: to, SLOs: []string{s.Promise.SLO},
				Author: x.Author, ApprovedBy: x.Approval.By,
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Exclusion) int {
		if c := a.From.Compare(b.From); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// pageWindows are the windows that an objective's page can be asked for, by the
// length of the agreement's.
var pageWindows = map[string]string{"1d": "day", "1w": "week", "1M": "month", "1Q": "quarter"}

// evidence returns the path of the objective's page as of the end of the period,
// over the same window if the page has it, and with plots of the period.
func evidence(f slo.SLAFigures, p slo.Promise) string {
	q := url.Values{}
	if p.Objective != "" {
		q.Set("objective", p.Objective)
	}
	w := f.SLA.Window
	if name := pageWindows[w.Shorthand()]; name != "" && w.Natural() {
		q.Set("window", name)
		q.Set("tz", w.Zone().String())
	}
	q.Set("asOf", f.To.UTC().Format(time.RFC3339))
	q.Set("from", f.From.UTC().Format(time.RFC3339))
	q.Set("to", f.To.UTC().Format(time.RFC3339))
	return "/slos/" + url.PathEscape(p.SLO) + "?" + q.Encode()
}

// number writes a count without losing any of it.
func number(v *float64) string {
	if v == nil {
		return "none"
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

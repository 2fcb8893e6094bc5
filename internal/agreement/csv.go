package agreement

import (
	"encoding/csv"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hindcast/hindcast/slo"
)

// csvColumns are the columns of a statement as CSV: those that name the statement
// are the same in every row, so that rows of several statements can be put into
// one table.
var csvColumns = []string{
	"agreement", "customer", "period", "revision", "row", "name", "from", "to", "state", "target_percent", "achieved_percent",
	"good", "total", "excluded_minutes", "coverage_percent", "credit_percent", "credit_amount", "currency", "text", "digest",
}

// WriteCSV writes a statement as RFC 4180 has it: a row for the whole, one for each
// stream, exclusion and correction. Texts that a spreadsheet would take for a
// formula begin with an apostrophe.
func (st Statement) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(csvColumns); err != nil {
		return err
	}
	d := st.Document
	whole := csvRow(d.Figures)
	whole["row"], whole["name"], whole["text"] = "statement", d.SLA.Title, d.Note
	whole["from"], whole["to"] = d.Period.From.Format(time.RFC3339), d.Period.To.Format(time.RFC3339)
	if d.Credit != nil {
		whole["credit_percent"], whole["credit_amount"], whole["currency"] = d.Credit.CreditPercent, d.Credit.Amount, d.Credit.Currency
	}
	rows := []map[string]string{whole}
	for _, l := range d.Lines {
		r := csvRow(l.Figures)
		r["row"], r["name"], r["text"] = "stream", slo.Promise{SLO: l.SLO, Objective: l.Objective}.Title(), l.Evidence
		rows = append(rows, r)
	}
	for _, x := range d.Exclusions {
		rows = append(rows, map[string]string{
			"row": "exclusion", "name": x.Name, "from": x.From.Format(time.RFC3339), "to": x.To.Format(time.RFC3339),
			"text": x.Title + ": " + x.Reason + " (" + strings.Join(x.SLOs, ", ") + ")",
		})
	}
	for _, c := range d.Corrections {
		rows = append(rows, map[string]string{"row": "correction", "name": c.What, "text": c.Was + " → " + c.Is})
	}
	for _, r := range rows {
		r["agreement"], r["customer"], r["period"], r["revision"], r["digest"] = st.SLA, st.Customer, st.Period, strconv.Itoa(st.Revision), st.Digest
		if r["row"] == "statement" || r["row"] == "stream" {
			r["target_percent"] = d.SLA.TargetPercent
		}
		cells := make([]string, len(csvColumns))
		for i, c := range csvColumns {
			cells[i] = harmless(r[c])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(f Figures) map[string]string {
	r := map[string]string{
		"state": string(f.State), "excluded_minutes": strconv.Itoa(f.ExcludedMinutes), "coverage_percent": slo.AchievedPercent(&f.Coverage, 4),
	}
	if f.AchievedPercent != nil {
		r["achieved_percent"] = *f.AchievedPercent
	}
	if f.Good != nil {
		r["good"], r["total"] = number(f.Good), number(f.Total)
	}
	return r
}

// negative is a number that begins as a formula may.
var negative = regexp.MustCompile(`^-[0-9]+(\.[0-9]+)?$`)

// harmless makes text of what a spreadsheet would execute. Some take the wide
// signs of East Asian keyboards for the narrow ones.
func harmless(cell string) string {
	if first, _ := utf8.DecodeRuneInString(cell); cell == "" || !strings.ContainsRune("=+-@＝＋－＠\t\r\n\x00", first) || negative.MatchString(cell) {
		return cell
	}
	return "'" + cell
}

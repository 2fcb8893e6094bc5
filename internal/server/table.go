package server

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/hindcast/hindcast/slo"
)

// writeRows writes rows as JSON or as a table.
func writeRows(w io.Writer, rows []row, form string) error {
	if form == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		if rows == nil {
			rows = []row{}
		}
		return e.Encode(rows)
	}
	return writeTable(w, rows)
}

// writeTable writes one line a row, then the warnings.
func writeTable(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "SERVICE\tOBJECTIVE\tTARGET\tWINDOW\tSLI\tREMAINING\tSPENT\tALLOWED\tCOVERAGE\tSTATE")
	for _, r := range rows {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.1f %%\t%s\n",
			plain(r.Service), plain(r.title()), r.Target, r.Window, percent(r.SLI, 4), percent(r.Remaining, 2),
			number(r.Spent), number(r.Allowed), 100*r.Coverage, r.State)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		for _, text := range r.Warnings {
			if _, err := fmt.Fprintf(w, "%s: %s\n", plain(r.title()), plain(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// title names the row: objective, and group if it has one.
func (r row) title() string {
	title := r.Name
	if r.Objective != "" && r.Objective != "objective-1" {
		title += "/" + r.Objective
	}
	if len(r.Group) == 0 {
		return title
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r.Group)) {
		parts = append(parts, name+"="+r.Group[name])
	}
	return title + "{" + strings.Join(parts, ",") + "}"
}

// plain replaces what could move a terminal's cursor or colour: names and
// labels come from people and machines that need not be friends.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if slo.Obeyed(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// percent writes a fraction as a percentage, "–" where it is absent.
func percent(v *float64, digits int) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.*f %%", digits, 100**v)
}

// number writes a count with as many digits as a reader can use.
func number(v *float64) string {
	switch {
	case v == nil:
		return "–"
	case *v == float64(int64(*v)) || *v >= 1000 || *v <= -1000:
		return fmt.Sprintf("%.0f", *v)
	default:
		return fmt.Sprintf("%.4g", *v)
	}
}

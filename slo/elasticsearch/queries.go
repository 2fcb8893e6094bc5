package elasticsearch

import (
	"fmt"

	"github.com/hindcast/hindcast/slo"
)

// Queries lists what is asked of the source, as text that can be pasted into a
// search.
func (in *Indicator) Queries() []slo.Query {
	part := "good"
	switch {
	case in.threshold:
		part = "threshold"
	case in.Bad:
		part = "bad"
	}
	return []slo.Query{in.Part.query(part, in), in.Total.query("total", in)}
}

func (c Clause) query(role string, in *Indicator) slo.Query {
	text := string(marshal(object{"query": c.condition()}))
	note := fmt.Sprintf("documents of %s, counted in minutes of %s", in.Index, in.Time)
	switch c.Counts {
	case Having:
		note += fmt.Sprintf("; only those that have %s", c.Field)
	case Compared:
		note += fmt.Sprintf("; with %s %s %g", c.Field, c.Op, c.Limit)
		if c.note != "" {
			note += " (" + c.note + ")"
		}
		note += ", which a document without it is not"
	case Summed:
		note += fmt.Sprintf("; the sum of %s over them", c.Field)
	}
	if c.Text != "" {
		note += "; from the query string " + c.Text
	}
	return slo.Query{Role: role, Text: text, Note: note}
}

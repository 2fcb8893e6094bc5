package elasticsearch

import (
	"encoding/json"
	"slices"

	"github.com/hindcast/hindcast/slo"
)

// Empty says what a minute is in which no document matches.
type Empty uint8

// The policies for minutes without documents.
const (
	// Auto takes it for zero traffic where a later document of the index, of
	// whatever kind, shows that documents were arriving, and for a gap where none
	// does: a shipper that stopped looks like a service at rest until then.
	Auto Empty = iota
	// Zero takes it for zero traffic always: an index that is rightly silent for
	// hours, because it holds nothing but these events.
	Zero
	// Never takes it for a gap always: a service that is never at rest.
	Never
)

var emptyNames = []string{"auto", "zero", "gap"}

// String returns the policy as a specification spells it.
func (e Empty) String() string { return emptyNames[e] }

// Indicator is an indicator on documents whose queries were read and
// understood. A Builder makes it; it is not changed afterwards and is safe for
// concurrent use.
type Indicator struct {
	Index string // index, alias, data stream or pattern, comma-separated
	Time  string // the date field that says when an event was
	Part  Clause // which events are good; bad, if Bad
	Total Clause // which events count
	Bad   bool
	By    []string // fields of a grouped indicator
	Empty Empty

	threshold bool
	source    string
	key       slo.IndicatorKey
}

var _ slo.Indicator = (*Indicator)(nil)

// Clause selects documents and says what each of them counts.
type Clause struct {
	Query  json.RawMessage // query DSL in canonical form; nil is every document
	Text   string          // the query string that Query was made from, if it was
	Field  string          // a numeric field, "" if the clause needs none
	Counts Counting
	Op     slo.Op  // Compared only
	Limit  float64 // Compared only, in the unit of the field
	note   string  // what Limit is, if not a plain number
}

// Counting says what a document that matches a clause counts.
type Counting uint8

// The ways to count.
const (
	Each     Counting = iota // 1
	Having                   // 1 if it has the field
	Compared                 // 1 if "field op limit" holds
	Summed                   // the value of the field
)

// Key identifies what is measured.
func (in *Indicator) Key() slo.IndicatorKey { return in.key }

// SourceName names the data source, "" for the default one.
func (in *Indicator) SourceName() string { return in.source }

// GroupBy lists the fields of a grouped indicator, nil if it is not grouped.
func (in *Indicator) GroupBy() []string { return slices.Clone(in.By) }

// Unit says what is counted: events, one document or the sum of a field.
func (in *Indicator) Unit() slo.Unit { return slo.Events }

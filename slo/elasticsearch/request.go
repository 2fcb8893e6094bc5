package elasticsearch

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hindcast/hindcast/slo"
)

// object is a JSON object. Requests are made of these and of values only, so
// that no text of a specification can become part of their structure.
type object map[string]any

// search is the body of a search. It never asks for documents, but for the
// sort values of one where Reach needs an end.
type search struct {
	Size           int    `json:"size"`
	TrackTotalHits bool   `json:"track_total_hits"`
	Timeout        string `json:"timeout"`
	Query          any    `json:"query"`
	Aggs           object `json:"aggs,omitempty"`
	PIT            object `json:"pit,omitempty"`
	Sort           []any  `json:"sort,omitempty"`
	Source         *bool  `json:"_source,omitempty"`
}

// slotMilli is the length of a slot in milliseconds.
const slotMilli = 60_000

// A slot is open on the left and an Elasticsearch bucket on the right: the
// buckets are shifted by the millisecond that is the resolution of the date
// type, so that an event on the full minute belongs to the minute that it ends,
// as everywhere else. See docs/decisions/0020.
const gridOffset = 1

// firstMilli is the first millisecond of a slot, which is the key of its bucket.
func firstMilli(m slo.Minute) int64 { return int64(m)*slotMilli + gridOffset }

// within is the filter of the documents in span, half-open in milliseconds.
func within(field string, span slo.Span) object {
	return object{"range": object{field: object{"gte": firstMilli(span.From), "lt": firstMilli(span.To + 1), "format": "epoch_millis"}}}
}

// either is the filter of the documents that one of the clauses selects; what
// neither counts is not looked at.
func (in *Indicator) either(filters ...any) object {
	switch {
	case in.Part.Query == nil || in.Total.Query == nil:
	case bytes.Equal(in.Part.Query, in.Total.Query):
		filters = append(filters, in.Total.Query)
	default:
		filters = append(filters, object{"bool": object{"should": []any{in.Part.Query, in.Total.Query}, "minimum_should_match": 1}})
	}
	return object{"bool": object{"filter": filters}}
}

// condition is the filter of a clause.
func (c Clause) condition() object {
	filters := []any{}
	if c.Query != nil {
		filters = append(filters, c.Query)
	}
	switch c.Counts {
	case Having:
		filters = append(filters, object{"exists": object{"field": c.Field}})
	case Compared:
		filters = append(filters, object{"range": object{c.Field: object{string(c.Op): c.Limit}}})
	}
	if len(filters) == 0 {
		return object{"match_all": object{}}
	}
	return object{"bool": object{"filter": filters}}
}

// aggregation counts a clause inside a bucket.
func (c Clause) aggregation() object {
	agg := object{"filter": c.condition()}
	if c.Counts == Summed {
		agg["aggs"] = object{"sum": object{"sum": object{"field": c.Field}}}
	}
	return agg
}

// counts are the aggregations of a bucket: both parts, from the same documents.
func (in *Indicator) counts() object {
	return object{"part": in.Part.aggregation(), "total": in.Total.aggregation()}
}

// minutes is the histogram of the whole.
func (in *Indicator) minutes(span slo.Span) object {
	first := firstMilli(span.From)
	return object{
		"date_histogram": object{
			"field": in.Time, "fixed_interval": "60s", "offset": fmt.Sprintf("%dms", gridOffset), "min_doc_count": 0,
			"extended_bounds": object{"min": first, "max": firstMilli(span.To)},
		},
		"aggs": in.counts(),
	}
}

// numbers demands that the fields which are compared with numbers are numeric in
// every index: a filter compares numbers that are kept as text letter by letter
// and tells nobody, where the maximum of a text fails the shard.
func numbers(fields []string) object {
	aggs := object{}
	for i, field := range fields {
		aggs[fmt.Sprintf("f%d", i)] = object{"max": object{"field": field}}
	}
	return object{"filter": object{"match_all": object{}}, "aggs": aggs}
}

// request is the search that measures the whole in span.
func (in *Indicator) request(span slo.Span) search {
	s := search{Query: in.either(within(in.Time, span)), Aggs: object{"minutes": in.minutes(span)}}
	if fields := in.numeric(); len(fields) > 0 {
		s.Aggs["numbers"] = numbers(fields)
	}
	return s
}

// pageSize is how many buckets of groups come at once, unless the cluster is set
// to fewer.
const pageSize = 10_000

// page is the composite aggregation behind a bucket, from the first if it is nil.
// A document without a field is in the group where the field is empty.
func (in *Indicator) page(after json.RawMessage, size int, byMinute bool) object {
	sources := make([]any, 0, len(in.By)+1)
	for i, field := range in.By {
		sources = append(sources, object{fmt.Sprintf("g%d", i): object{"terms": object{"field": field, "missing_bucket": true}}})
	}
	composite := object{"size": size}
	agg := object{"composite": composite}
	if byMinute {
		sources = append(sources, object{"t": object{"date_histogram": object{"field": in.Time, "fixed_interval": "60s", "offset": fmt.Sprintf("%dms", gridOffset)}}})
		agg["aggs"] = in.counts()
	}
	if composite["sources"] = sources; after != nil {
		composite["after"] = after
	}
	return agg
}

// edge is the search for the first or the last document, order "asc" or "desc".
// A sort on a date is answered from the index, where the smallest date of an
// aggregation is found by reading all of them. An index that has no document
// yet need not know the field.
func edge(field, order string, filters ...any) search {
	no := false
	return search{
		Size: 1, Query: object{"bool": object{"filter": append(filters, object{"exists": object{"field": field}})}}, Source: &no,
		Sort: []any{object{field: object{"order": order, "format": "epoch_millis", "unmapped_type": "date"}}},
	}
}

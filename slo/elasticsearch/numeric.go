package elasticsearch

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
)

// numeric lists the fields that the indicator compares with numbers, sorted.
func (in *Indicator) numeric() []string {
	found := map[string]struct{}{}
	for _, c := range []Clause{in.Part, in.Total} {
		if c.Counts == Compared {
			found[c.Field] = struct{}{}
		}
		if c.Query == nil {
			continue
		}
		var q any
		if json.Unmarshal(c.Query, &q) == nil {
			compared(q, found)
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// inText finds "field:<500", "field:>=1.5", "field:[200 TO 299]" in a query
// string: a field that is compared with numbers.
var inText = regexp.MustCompile(`([A-Za-z_@][\w.@-]*):\s*(?:[<>]=?\s*-?\d+(?:\.\d+)?(?:[\s)]|$)|[\[{]\s*(?:-?\d+(?:\.\d+)?\s+TO\s+(?:-?\d+(?:\.\d+)?|\*)|\*\s+TO\s+-?\d+(?:\.\d+)?)\s*[\]}])`)

// compared collects the fields of ranges whose bounds are numbers.
func compared(raw any, found map[string]struct{}) {
	switch v := raw.(type) {
	case []any:
		for _, e := range v {
			compared(e, found)
		}
	case map[string]any:
		for name, body := range v {
			fields, isMap := body.(map[string]any)
			switch text, _ := fields["query"].(string); {
			case name == "range" && isMap:
				bounds(fields, found)
			case name == "query_string" && text != "":
				for _, m := range inText.FindAllStringSubmatch(text, -1) {
					found[m[1]] = struct{}{}
				}
			default:
				compared(body, found)
			}
		}
	}
}

// bounds collects the fields of one range.
func bounds(fields map[string]any, found map[string]struct{}) {
	for field, raw := range fields {
		limits, _ := raw.(map[string]any)
		for _, key := range []string{"gt", "gte", "lt", "lte"} {
			if _, number := limits[key].(float64); number {
				found[field] = struct{}{}
			}
		}
	}
}

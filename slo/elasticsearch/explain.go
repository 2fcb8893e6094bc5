package elasticsearch

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/hindcast/hindcast/internal/fault"
)

// fieldCaps says how indices map fields.
type fieldCaps struct {
	Indices []string                        `json:"indices"`
	Fields  map[string]map[string]fieldType `json:"fields"` // by field, by type
}

// fieldType is one type of a field, and the indices that have it if they differ.
type fieldType struct {
	Indices      []string `json:"indices"`
	Aggregatable bool     `json:"aggregatable"`
}

// fields lists the fields that the indicator needs by name.
func (in *Indicator) fields() []string {
	names := append([]string{in.Time}, in.By...)
	for _, c := range []Clause{in.Part, in.Total} {
		if c.Field != "" {
			names = append(names, c.Field)
		}
	}
	names = append(names, in.numeric()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// caps asks how the indices of an indicator map its fields.
func (s *Source) caps(ctx context.Context, in *Indicator) (fieldCaps, error) {
	var c fieldCaps
	_, err := s.do(ctx, "fields of "+in.Index, esapi.FieldCapsRequest{
		Index: []string{in.Index}, Body: bytesOf(object{"fields": in.fields()}), AllowNoIndices: &no, IgnoreUnavailable: &no, ExpandWildcards: "open",
	}, &c)
	return c, err
}

// Check looks whether an indicator can be measured here, before it is: the index
// exists and maps every field as it has to be. It returns what is wrong, each
// with its remedy; an error says that nobody knows.
func (s *Source) Check(ctx context.Context, ind *Indicator) (problems []string, err error) {
	c, err := s.caps(ctx, ind)
	if err != nil {
		return nil, err
	}
	if len(c.Indices) == 0 {
		return []string{fmt.Sprintf("no index matches %s: correct index, or wait for the first document", ind.Index)}, nil
	}
	return c.problems(ind), nil
}

// numericTypes are the types that numbers are compared in.
var numericTypes = []string{"long", "integer", "short", "byte", "double", "float", "half_float", "scaled_float", "unsigned_long", "date", "date_nanos", "boolean"}

// problems says which fields are not mapped as they have to be.
func (c fieldCaps) problems(in *Indicator) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	numeric := in.numeric()
	for _, field := range in.fields() {
		types := maps.Clone(c.Fields[field])
		delete(types, "unmapped")
		names := slices.Sorted(maps.Keys(types))
		isNumber := slices.Contains(numeric, field) || slices.Contains([]string{in.Part.Field, in.Total.Field}, field)
		switch {
		case len(names) == 0:
			add("no index of %s has the field %s: correct its name", in.Index, field)
		case field == in.Time && !only(names, "date", "date_nanos"):
			add("timestampField %s is %s: map it as a date in every index, or leave the others out of the pattern", field, c.where(field, names))
		case isNumber && field != in.Time && !only(names, numericTypes...):
			add("field %s is %s: numbers are compared and summed in numeric fields only; map it as a number in every index, or leave the others out of the pattern", field, c.where(field, names))
		case slices.Contains(in.By, field) && slices.ContainsFunc(names, func(n string) bool { return !types[n].Aggregatable }):
			add("groupBy field %s is %s, which has no whole values to group by: use %s.keyword if it is there", field, c.where(field, names), field)
		}
	}
	return out
}

func only(names []string, allowed ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(allowed, n) })
}

// where says which type a field has in which indices.
func (c fieldCaps) where(field string, types []string) string {
	var parts []string
	for _, t := range types {
		in := c.Fields[field][t].Indices
		if len(in) == 0 {
			parts = append(parts, t)
			continue
		}
		if more := len(in) - 3; more > 0 {
			in = append(slices.Clone(in[:3]), fmt.Sprintf("%d more", more))
		}
		parts = append(parts, t+" in "+strings.Join(in, ", "))
	}
	return strings.Join(parts, " and ")
}

// explained adds to a search that the cluster refused what is wrong with the
// mapping, if that can be told.
func (s *Source) explained(ctx context.Context, in *Indicator, err error) error {
	r, ok := isRefusal(err)
	if !ok {
		return err
	}
	if r.status == http.StatusBadRequest || r.status == http.StatusInternalServerError {
		if problems, failed := s.Check(ctx, in); failed == nil && len(problems) > 0 {
			return fault.Invalidf("%w; %s", r.err, strings.Join(problems, "; "))
		}
	}
	return r.err
}

func bytesOf(v any) *bytes.Reader { return bytes.NewReader(marshal(v)) }

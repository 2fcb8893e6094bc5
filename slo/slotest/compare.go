package slotest

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// expectation is one "field value" pair of a script.
type expectation struct {
	field string
	want  []string
}

// parseExpectations cuts words at commas into pairs.
func parseExpectations(all []string) ([]expectation, error) {
	var out []expectation
	for len(all) > 0 {
		end := slices.Index(all, ",")
		part := all
		if all = nil; end >= 0 {
			part, all = part[:end], part[end+1:]
		}
		if len(part) < 2 {
			return nil, fmt.Errorf("%q is not a field with its value", strings.Join(part, " "))
		}
		out = append(out, expectation{field: part[0], want: part[1:]})
	}
	return out, nil
}

// compare returns what differs from the expectations.
func (r record) compare(s *session, wants []expectation) error {
	var errs []error
	for _, w := range wants {
		got, ok := r[w.field]
		if !ok {
			names := slices.Sorted(maps.Keys(r))
			errs = append(errs, fmt.Errorf("no field %q: there are %s", w.field, strings.Join(names, ", ")))
			continue
		}
		if err := got.compare(s, w.want); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", w.field, err))
		}
	}
	return errors.Join(errs...)
}

// compare returns an error unless the value is as wanted. A list without items
// is written as one "-".
func (v value) compare(s *session, want []string) error {
	if len(v) == 0 && slices.Equal(want, []string{"-"}) {
		return nil
	}
	same := len(v) == len(want)
	for i := range want {
		same = same && matches(s, want[i], v[i])
	}
	if same {
		return nil
	}
	got := make([]string, len(v))
	for i := range v {
		got[i] = shown(s, v[i])
	}
	return fmt.Errorf("wanted %s, got %s", strings.Join(want, " "), strings.Join(got, " "))
}

// matches reports whether an item is as wanted.
func matches(s *session, want string, got item) bool {
	if want == "-" || got == nil {
		return want == "-" && got == nil
	}
	switch v := got.(type) {
	case float64:
		return matchNumber(want, v)
	case time.Time:
		m, err := parseMoment(want)
		return err == nil && m.in(s).Equal(v)
	case time.Duration:
		d, err := parseOffset(want)
		return err == nil && d == v
	case slo.Interval:
		from, to, _ := strings.Cut(want, "..")
		return matches(s, from, v.From) && matches(s, to, v.To)
	case string:
		if quoted(want) {
			return strings.Contains(v, unquote(want))
		}
		return v == want
	default:
		return false
	}
}

// matchNumber compares as the package comment says.
func matchNumber(want string, got float64) bool {
	if over, under, ok := strings.Cut(want, "/"); ok {
		a, errA := number(over)
		b, errB := number(under)
		return errA == nil && errB == nil && near(a/b, got, 1e-12)
	}
	w, err := number(want)
	if err != nil {
		return false
	}
	_, places, ok := strings.Cut(want, ".")
	if !ok {
		return near(w, got, 1e-9)
	}
	half := 0.5 * math.Pow(10, -float64(len(places)))
	return math.Abs(w-got) <= half*(1+1e-9)
}

// near reports whether two numbers are equal up to a relative error. Zero is
// near to zero alone.
func near(a, b, epsilon float64) bool {
	return a == b || math.Abs(a-b) <= epsilon*math.Min(math.Abs(a), math.Abs(b))
}

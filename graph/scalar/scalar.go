// Package scalar writes and reads the scalars of the GraphQL schema: Time,
// Duration and Labels, and the exact decimal of a target as a String.
//
// What it reads was sent by anybody: every value is checked for type, length
// and range, and refused with fault.Invalid, which names the value. It imports
// slo and internal/fault of ours and is imported by the generated executor.
package scalar

import (
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// maxText is longer than any honest time or duration.
const maxText = 64

// MarshalTime writes an instant in UTC as RFC 3339. The zero time is null:
// nobody knows it.
func MarshalTime(t time.Time) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Format(time.RFC3339Nano)))
	})
}

// UnmarshalTime reads an instant written as RFC 3339 between the years 1970 and
// 9999. Instants without a zone are refused: nobody could tell which is meant.
func UnmarshalTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok || len(text) > maxText {
		return time.Time{}, fault.Invalidf("a time is a text such as %q", "2026-07-01T00:00:00Z")
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fault.Invalidf("time %q is not RFC 3339 with a zone, such as %q", text, "2026-07-01T00:00:00Z")
	}
	if t.Unix() < 0 || t.UTC().Year() > 9999 {
		return time.Time{}, fault.Invalidf("time %q is not between the years 1970 and 9999", text)
	}
	return t.UTC(), nil
}

// MarshalTarget writes the exact decimal of a target; no target is null.
func MarshalTarget(t slo.Target) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return graphql.MarshalString(t.String())
}

// UnmarshalTarget reads the exact decimal of a target.
func UnmarshalTarget(v any) (slo.Target, error) {
	text, ok := v.(string)
	if !ok || len(text) > maxText {
		return slo.Target{}, fault.Invalidf("a target is a text such as %q", "0.999")
	}
	return slo.ParseTarget(text)
}

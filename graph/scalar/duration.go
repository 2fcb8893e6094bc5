package scalar

import (
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/hindcast/hindcast/internal/fault"
)

// units of the shorthand, longest first. A month is not among them: it has no
// fixed length.
var units = []struct {
	letter byte
	length time.Duration
}{
	{'w', 7 * 24 * time.Hour},
	{'d', 24 * time.Hour},
	{'h', time.Hour},
	{'m', time.Minute},
	{'s', time.Second},
}

// maxDuration is ten years: no window, slice or step is longer.
const maxDuration = 10 * 366 * 24 * time.Hour

// MarshalDuration writes a length of time as FormatDuration does.
func MarshalDuration(d time.Duration) graphql.Marshaler {
	return graphql.MarshalString(FormatDuration(d))
}

// UnmarshalDuration reads a length of time as ParseDuration does.
func UnmarshalDuration(v any) (time.Duration, error) {
	text, ok := v.(string)
	if !ok {
		return 0, fault.Invalidf("a duration is a text such as %q", "30d")
	}
	return ParseDuration(text)
}

// FormatDuration writes d with the largest unit that divides it: 30 days are
// "30d", never "720h"; weeks are written as days, as people say "30 days" and
// "28 days" in one breath. What is finer than a second is dropped; 0 is "0m".
func FormatDuration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	d = d.Truncate(time.Second)
	if d == 0 {
		return "0m"
	}
	for _, u := range units[1:] {
		if d%u.length == 0 {
			return sign + strconv.FormatInt(int64(d/u.length), 10) + string(u.letter)
		}
	}
	return "0m" // not reached: a whole number of seconds has a unit
}

// ParseDuration reads a whole number and one of s m h d w, such as "30d".
func ParseDuration(text string) (time.Duration, error) {
	bad := func() (time.Duration, error) {
		return 0, fault.Invalidf("duration %.*q is not a whole number with one of s m h d w, such as %q", maxText, text, "30d")
	}
	if len(text) < 2 || len(text) > maxText {
		return bad()
	}
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 32)
	if err != nil {
		return bad()
	}
	for _, u := range units {
		if u.letter != text[len(text)-1] {
			continue
		}
		if n > uint64(maxDuration/u.length) {
			return 0, fault.Invalidf("duration %q is longer than ten years", text)
		}
		return time.Duration(n) * u.length, nil
	}
	return bad()
}

package slo

import (
	"net/url"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// MaxOccurrence is the longest occurrence of an exclusion. More than a year is
// not time that does not count, it is an objective that is not meant.
const MaxOccurrence = 366 * day

// CheckOccurrence refuses first occurrences that nobody means: those that cover
// no minute, those that are longer than MaxOccurrence, and years outside of 1970
// to 9999.
func CheckOccurrence(start time.Time, length time.Duration) error {
	switch {
	case length < time.Minute:
		return fault.Invalidf("length %s is shorter than a minute, the finest that is counted", length)
	case length > MaxOccurrence:
		return fault.Invalidf("length %s is longer than %d days: repeat it, or give the objective up", length, int(MaxOccurrence/day))
	}
	return CheckInstant(start)
}

// CheckInstant refuses instants outside of the years 1970 to 9999.
func CheckInstant(t time.Time) error {
	if t.Year() < 1970 || t.Year() > 9999 {
		return fault.Invalidf("%s is not in the years 1970 to 9999", t.Format(time.RFC3339))
	}
	return nil
}

// CheckLink refuses addresses that a page must not link to: anything but http
// and https, and passwords, which others would read.
func CheckLink(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "":
		return fault.Invalidf("this is not a whole address: write it with http or https in front")
	case u.Scheme != "http" && u.Scheme != "https":
		return fault.Invalidf("an address with %.20q in front is not of the web: write http or https", u.Scheme)
	case u.Host == "":
		return fault.Invalidf("the address names no host: write it behind the scheme")
	case u.User != nil:
		return fault.Invalidf("the address on %.100q has a user or a password in it, which everybody could read: leave it out", u.Host)
	}
	return nil
}

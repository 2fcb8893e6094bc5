package slo

import (
	"net/url"
	"slices"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// CheckExcept refuses exceptions that are the start of no occurrence: who
// mistypes one leaves nothing out.
func (e Exclusion) CheckExcept() error {
	all := e
	all.Recurrence.Except = nil
	for _, at := range e.Recurrence.Except {
		span := SpanOf(at, at.Add(e.Length))
		if spans, _ := all.Times(span.To); !slices.Contains(spans, span) {
			return fault.At("exceptDates", fault.Invalidf("no occurrence begins at %s", at.Format(time.RFC3339)))
		}
	}
	return nil
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

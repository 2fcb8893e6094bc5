package slo

import (
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Recurrence repeats an exclusion by a rule of RFC 5545 in a time zone, so that
// "every Sunday at two" stays at two when the clocks change.
type Recurrence struct {
	Rule   string // e.g. "FREQ=WEEKLY;BYDAY=SU"; "" for once
	Zone   *time.Location
	Except []time.Time // starts of occurrences that do not take place
}

// IsZero reports whether nothing recurs.
func (r Recurrence) IsZero() bool { return r.Rule == "" }

// ParseRecurrence reads a rule and the name of a time zone.
func ParseRecurrence(rule, zone string) (Recurrence, error) {
	return Recurrence{}, fault.Unavailablef("recurrence %q in %q: rules are not read yet", rule, zone)
}

package almanac

import (
	"slices"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// approve decides whether x waits for an approval, and whose it is. Whoever knows
// the figures can choose what to leave out of them, so that
//
//   - what excludes time that has begun waits, if it was not in force before;
//   - a change of what is in force waits if any time that has begun moves in or
//     out of it, or counts for other SLOs or as another kind than before;
//   - anything else is in force, as it was.
//
// The author is who last chose what is excluded: he is the one who cannot approve
// it. CreatedAt is when that was done, because it is then that others can know,
// but stays for a series that has begun: its past was announced when it was.
func (a *Almanac) approve(x *slo.Exclusion, was slo.Exclusion, by string) {
	now := a.instant()
	same := sameExtent(*x, was)
	x.Author, x.CreatedAt = by, now
	if same {
		x.Author = was.Author
	}
	begins, began := x.Start.Before(now), was.InForce() && was.Start.Before(now)
	switch {
	case !begins && !began:
		x.Approval = slo.Approval{State: slo.ApprovalNotNeeded}
		if same {
			x.CreatedAt = was.CreatedAt
		}
	case began && (same || samePast(*x, was, now)):
		x.Approval, x.CreatedAt = was.Approval, was.CreatedAt
	default:
		x.Approval = slo.Approval{State: slo.ApprovalPending}
	}
}

// instant returns now, as it is kept.
func (a *Almanac) instant() time.Time { return a.Now().UTC().Truncate(time.Microsecond) }

// samePast reports whether two exclusions leave out the same of what has begun;
// of a series that is longer than anybody looks at, nobody can tell.
func samePast(x, y slo.Exclusion, now time.Time) bool {
	past, whole := begun(x, now)
	before, all := begun(y, now)
	return whole && all && x.Kind == y.Kind && x.Scope.Equal(y.Scope) && slices.Equal(past, before)
}

// begun lists the occurrences that have begun, up to now.
func begun(x slo.Exclusion, now time.Time) (spans []slo.Span, whole bool) {
	last := slo.MinuteOf(now)
	spans, whole = x.Times(last)
	for i := range spans {
		spans[i].To = min(spans[i].To, last)
	}
	return spans, whole
}

// sameExtent reports whether two exclusions leave out the same.
func sameExtent(x, y slo.Exclusion) bool {
	return x.Start.Equal(y.Start) && x.Length == y.Length && x.Kind == y.Kind && x.Scope.Equal(y.Scope) &&
		x.Recurrence.Rule == y.Recurrence.Rule && zoneOf(x) == zoneOf(y) && slices.EqualFunc(x.Recurrence.Except, y.Recurrence.Except, time.Time.Equal)
}

func zoneOf(x slo.Exclusion) string {
	if x.Recurrence.IsZero() {
		return ""
	}
	return x.Recurrence.Zone.String()
}

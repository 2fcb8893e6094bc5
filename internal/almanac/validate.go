package almanac

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Bounds of what the page and the hook may leave behind. Each exclusion may cost
// a millisecond to work out. An organisation that deploys a hundred times a day
// fills a year of annotations.
const (
	maxExclusions  = 2_000
	maxAnnotations = 50_000
)

// need refuses texts that say nothing.
func need(field, text, what string) error {
	if strings.TrimSpace(text) == "" {
		return fault.At(field, fault.Invalidf("%s is missing: %s", field, what))
	}
	return nil
}

const whoActs = "write who you are, the audit keeps it"

// checkKind refuses a kind that is none of those there are.
func checkKind[K ~string](kind K, kinds []K) error {
	if slices.Contains(kinds, kind) {
		return nil
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return fault.Invalidf("kind %.40q is none of %s", string(kind), strings.Join(names, ", "))
}

// checkInterval refuses intervals that contain nothing; a zero to has no end.
func checkInterval(from, to time.Time) error {
	if to.IsZero() {
		return slo.CheckInstant(from)
	}
	if !from.Before(to) {
		return fault.Invalidf("its end %s is not after its start %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	return cmp.Or(slo.CheckInstant(from), slo.CheckInstant(to))
}

func checkLink(text string) error {
	if text == "" {
		return nil
	}
	return slo.CheckLink(text)
}

// checkScope refuses an empty scope, and what it names beyond an older one and
// does not exist: a scope stays valid while objectives come and go.
func (a *Almanac) checkScope(scope, older slo.Scope) error {
	if err := scope.Check(); err != nil {
		return err
	}
	fresh := func(names, had []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(had, n) })
	}
	return a.Known(slo.Scope{SLOs: fresh(scope.SLOs, older.SLOs), Services: fresh(scope.Services, older.Services)})
}

// tidy returns a scope in the form that is kept: sorted, each name once.
func tidy(scope slo.Scope) slo.Scope {
	each := func(names []string) []string {
		names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
		slices.Sort(names)
		if names = slices.Compact(names); len(names) == 0 {
			return nil
		}
		return names
	}
	scope.SLOs, scope.Services = each(scope.SLOs), each(scope.Services)
	if len(scope.Labels) == 0 {
		scope.Labels = nil
	}
	return scope
}

// samePerson compares names as people write them.
func samePerson(a, b string) bool {
	plain := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return strings.EqualFold(plain(a), plain(b))
}

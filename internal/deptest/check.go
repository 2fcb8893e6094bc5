package deptest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Check returns every violation of the table in the graph, sorted, each one a
// sentence with the reason of the rule.
func (t Table) Check(g Graph) []string {
	var found []string
	for path, pkg := range g {
		name, ours := relative(path)
		if !ours {
			continue
		}
		if pkg.Error != nil {
			found = append(found, fmt.Sprintf("%s cannot be judged: %s", name, pkg.Error.Err))
		}
		rule, ok := t.ruleFor(name)
		if !ok {
			found = append(found, name+" has no rule: add it to the table in internal/deptest/rules.go with what it may import and why")
			continue
		}
		found = append(found, rule.checkDirect(name, pkg, g)...)
		found = append(found, rule.checkReach(g, path, name)...)
		found = append(found, t.checkReserved(name, pkg)...)
	}
	found = append(found, t.checkBinary(g)...)
	slices.Sort(found)
	return found
}

// checkDirect judges the imports of a package's own code.
func (r Rule) checkDirect(name string, pkg Package, g Graph) []string {
	var found []string
	for _, path := range pkg.Imports {
		switch other, ours := relative(path); {
		case ours && !matchesAny(other, r.Ours):
			found = append(found, fmt.Sprintf("%s imports %s: not allowed, because %s", name, other, r.Why))
		case !ours && !isStandard(path, g) && !matchesAny(path, r.Outside):
			found = append(found, fmt.Sprintf("%s imports %s: not among the libraries that its rule allows, because %s", name, path, r.Why))
		}
	}
	return found
}

// checkReach judges what a package reaches by any path.
func (r Rule) checkReach(g Graph, path, name string) []string {
	var found []string
	for banned, why := range r.Never {
		if chain := g.path(path, banned); chain != nil {
			found = append(found, fmt.Sprintf("%s reaches %s: %s (%s)", name, banned, why, strings.Join(chain, " → ")))
		}
	}
	return found
}

// checkReserved judges the imports of a package and of its tests against what
// is kept for others.
func (t Table) checkReserved(name string, pkg Package) []string {
	var found []string
	for _, path := range pkg.Imports {
		if key, r, ok := t.reservationFor(path); ok && !matchesAny(name, r.Only) {
			found = append(found, fmt.Sprintf("%s imports %s: %s (reserved: %s)", name, path, r.Why, key))
		}
	}
	for _, path := range slices.Concat(pkg.TestImports, pkg.XTestImports) {
		key, r, ok := t.reservationFor(path)
		if !ok || isTestLibrary(key) || matchesAny(name, r.Only) || matchesAny(name, r.Tests) {
			continue
		}
		found = append(found, fmt.Sprintf("tests of %s import %s: %s (reserved: %s)", name, path, r.Why, key))
	}
	return found
}

// checkBinary judges what the program holds.
func (t Table) checkBinary(g Graph) []string {
	if _, ok := g[Module]; !ok {
		return nil
	}
	var found []string
	for banned, why := range t.Binary {
		if chain := g.path(Module, banned); chain != nil {
			found = append(found, fmt.Sprintf("the program holds %s: %s (%s)", banned, why, strings.Join(chain, " → ")))
		}
	}
	return found
}

// ruleFor returns the most specific rule for a package: its own, else that of
// the longest pattern above it.
func (t Table) ruleFor(name string) (Rule, bool) {
	if r, ok := t.Rules[name]; ok {
		return r, true
	}
	for _, pattern := range longestFirst(t.Rules) {
		if matches(name, pattern) {
			return t.Rules[pattern], true
		}
	}
	return Rule{}, false
}

// reservationFor returns the reservation with the longest path that covers path.
func (t Table) reservationFor(path string) (string, Reservation, bool) {
	for _, key := range longestFirst(t.Reserved) {
		if path == key || within(path, key) {
			return key, t.Reserved[key], true
		}
	}
	return "", Reservation{}, false
}

// isTestLibrary reports whether every test may import what is reserved.
func isTestLibrary(path string) bool {
	return path == "testing" || path == "github.com/stretchr/testify"
}

// isStandard reports whether path belongs to the standard library: go list says
// so, or no element before the first slash has a dot.
func isStandard(path string, g Graph) bool {
	if p, ok := g[path]; ok {
		return p.Standard
	}
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// relative returns the path of a package of ours below the module, "." for its
// root.
func relative(path string) (name string, ours bool) {
	if path == Module {
		return ".", true
	}
	return strings.CutPrefix(path, Module+"/")
}

func matchesAny(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(name, p) })
}

// matches reports whether a pattern covers a package: the same path, or for
// "x/..." x and everything below it.
func matches(name, pattern string) bool {
	if top, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == top || within(name, top)
	}
	return name == pattern
}

// within reports whether path lies below top.
func within(path, top string) bool { return strings.HasPrefix(path, top+"/") }

func longestFirst[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
}

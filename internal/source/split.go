package source

import "strings"

// between separates the names of the sources of an indicator that measures on
// two; no name has a space.
const between = " + "

// Split returns the names of the sources behind the name of one: itself, or both
// of those of an indicator that measures on two. The embedded one is "".
func Split(name string) []string {
	names := strings.Split(name, between)
	for i, n := range names {
		if n == EmbeddedName {
			names[i] = ""
		}
	}
	return names
}

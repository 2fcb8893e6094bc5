package source

import "github.com/hindcast/hindcast/slo/mixed"

// Split returns the names of the sources behind the name of one: itself, or both
// of those of an indicator that measures on two. The embedded one is "".
func Split(name string) []string {
	names := mixed.Names(name)
	for i, n := range names {
		if n == EmbeddedName {
			names[i] = ""
		}
	}
	return names
}

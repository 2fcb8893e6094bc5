package openslo

import "strings"

// suggest returns ` (did you mean "…"?)` for the name that is nearest to what
// was written, "" if none is near.
func suggest(written string, names []string) string { return didYouMean(nearest(written, names)) }

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return " (did you mean " + quote(name) + "?)"
}

// nearest returns the name that is nearest to what was written, "" if none is
// near.
func nearest(written string, names []string) string {
	const longest = 40 // bounds the work on hostile keys; no key of ours is longer
	if len(written) > longest {
		return ""
	}
	best, distance := "", max(1, len(written)/3)+1
	for _, name := range names {
		if d := edits(strings.ToLower(written), strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	return best
}

// edits returns how many bytes have to be inserted, removed or replaced to turn
// a into b (Levenshtein).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

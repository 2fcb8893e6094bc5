package tsdb

import (
	"cmp"
	"slices"
)

// sortPieces orders pieces by their beginning and leaves out empty ones.
func sortPieces(pieces []piece) []piece {
	pieces = slices.DeleteFunc(pieces, func(p piece) bool { return p.from > p.to })
	slices.SortFunc(pieces, func(a, b piece) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	return pieces
}

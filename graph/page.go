package graph

import (
	"context"
	"slices"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
)

// listing is a list that is read page by page. A page starts behind a place and
// not at a number, so that what is added or removed meanwhile neither repeats
// nor skips anything else.
type listing[T any] struct {
	kind  string
	items []T
	place func(T) place
	// keep, if it is not nil, decides which items belong to the list. It is
	// asked for no more of them than the page needs, several at a time.
	keep func(ctx context.Context, items []T) ([]bool, error)
}

// page returns the first items behind the cursor, in the order of their places.
func (l listing[T]) page(ctx context.Context, first int, after *string) (model.Page[T], error) {
	if first < 1 {
		return model.Page[T]{}, fault.Invalidf("first: %d is not at least 1", first)
	}
	items, err := l.behind(after)
	if err != nil {
		return model.Page[T]{}, err
	}
	nodes, err := l.take(ctx, items, first+1)
	if err != nil {
		return model.Page[T]{}, err
	}
	p := model.Page[T]{Nodes: nodes[:min(first, len(nodes))]}
	if len(nodes) > first {
		p.PageInfo.HasNextPage = true
	}
	if n := len(p.Nodes); n > 0 {
		end := cursor(l.kind, l.place(p.Nodes[n-1]))
		p.PageInfo.EndCursor = &end
	}
	return p, nil
}

// behind returns the items behind the cursor in order.
func (l listing[T]) behind(after *string) ([]T, error) {
	items := slices.SortedFunc(slices.Values(l.items), func(a, b T) int { return l.place(a).compare(l.place(b)) })
	if after == nil {
		return items, nil
	}
	p, err := placeOf(l.kind, *after)
	if err != nil {
		return nil, err
	}
	i, found := slices.BinarySearchFunc(items, p, func(item T, p place) int { return l.place(item).compare(p) })
	if found {
		i++
	}
	return items[i:], nil
}

// take returns the first n items that belong to the list.
func (l listing[T]) take(ctx context.Context, items []T, n int) ([]T, error) {
	if l.keep == nil {
		return items[:min(n, len(items))], nil
	}
	kept := make([]T, 0, min(n, len(items)))
	for chunk := range slices.Chunk(items, n) {
		keep, err := l.keep(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for i, item := range chunk {
			if keep[i] && len(kept) < n {
				kept = append(kept, item)
			}
		}
		if len(kept) == n {
			break
		}
	}
	return kept, nil
}

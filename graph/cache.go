package graph

import (
	"container/list"
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// bytesPerByte is how much memory a parsed and validated document takes for
// each byte of its text: measured 25 to 60, every node holds positions and
// pointers to its definition.
const bytesPerByte = 60

// documentCache keeps parsed documents, those used last, up to an estimated
// size. gqlgen's own counts documents, and a thousand large ones are a gigabyte.
type documentCache struct {
	max int

	mu      sync.Mutex
	size    int
	entries map[string]*list.Element
	recent  *list.List // of *document, the one used last in front
}

// document is one entry of the cache.
type document struct {
	query string
	doc   *ast.QueryDocument
}

var _ graphql.Cache[*ast.QueryDocument] = (*documentCache)(nil)

func newDocumentCache(maxBytes int) *documentCache {
	return &documentCache{max: maxBytes, entries: make(map[string]*list.Element), recent: list.New()}
}

// Get returns a parsed document.
func (c *documentCache) Get(_ context.Context, query string) (*ast.QueryDocument, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[query]
	if !ok {
		return nil, false
	}
	c.recent.MoveToFront(e)
	return e.Value.(*document).doc, true
}

// has reports whether a document is kept; only valid ones are.
func (c *documentCache) has(query string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.entries[query]
	return ok
}

// Add keeps a document and forgets those that were not used for longest.
func (c *documentCache) Add(_ context.Context, query string, doc *ast.QueryDocument) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[query]; ok || over(footprint(query), c.max) {
		return
	}
	c.entries[query] = c.recent.PushFront(&document{query, doc})
	for c.size += footprint(query); over(c.size, c.max); {
		oldest := c.recent.Remove(c.recent.Back()).(*document)
		delete(c.entries, oldest.query)
		c.size -= footprint(oldest.query)
	}
}

// footprint estimates the memory that an entry takes.
func footprint(query string) int { return 1024 + bytesPerByte*len(query) }

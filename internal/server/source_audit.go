package server

import (
	"fmt"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/internal/store"
)

// change says who does what to a source now.
func (c *connections) change(by, action, name, summary string) (store.Change, error) {
	by = strings.TrimSpace(by)
	if by == "" {
		return store.Change{}, fault.At("by", fault.Invalidf("by is missing: write who acts"))
	}
	return store.Change{At: c.o.Now(), Actor: by, Action: action, Kind: "Source", Name: name, Summary: summary}, nil
}

// addressWords says what a source is.
func addressWords(d source.Definition) string { return fmt.Sprintf("%s at %s", d.Type, d.URL) }

// changedWords says what became different; the rest of a definition may hold what
// is not for everybody.
func changedWords(was, is source.Definition) string {
	keys := was.Differences(is)
	if len(keys) == 0 {
		return "nothing is different"
	}
	words := addressWords(is)
	if was.Type != is.Type || was.URL != is.URL {
		words = fmt.Sprintf("from %s to %s", addressWords(was), words)
	}
	return words + ", different in " + strings.Join(keys, ", ")
}

package graph

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// template finds GraphQL in TypeScript, as the page's code generator does.
var template = regexp.MustCompile("(?s)graphql\\(\\s*/\\* GraphQL \\*/\\s*`(.*?)`")

// pageSource returns all GraphQL of the page in one document.
func pageSource(t *testing.T) *ast.QueryDocument {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("../frontend/src", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "/gql/") || !strings.HasPrefix(filepath.Ext(path), ".ts") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range template.FindAllSubmatch(text, -1) {
			all.Write(m[1])
		}
		return err
	})
	require.NoError(t, err)
	doc, err := parser.ParseQuery(&ast.Source{Input: all.String()})
	require.NoError(t, err)
	return doc
}

// typed adds __typename to every selection set, as the page's client does, and
// notes the fragments that are used.
func typed(set ast.SelectionSet, used map[string]bool) ast.SelectionSet {
	for _, s := range set {
		switch x := s.(type) {
		case *ast.Field:
			if len(x.SelectionSet) > 0 {
				x.SelectionSet = append(typed(x.SelectionSet, used), &ast.Field{Name: "__typename", Alias: "__typename"})
			}
		case *ast.InlineFragment:
			x.SelectionSet = typed(x.SelectionSet, used)
		case *ast.FragmentSpread:
			used[x.Name] = true
		}
	}
	return set
}

// TestThePagesOwnOperationsAreLetIn sends every operation of the page, in full
// and with the largest pages, through the whole handler with the limits that
// are in service.
func TestThePagesOwnOperationsAreLetIn(t *testing.T) {
	source := pageSource(t)
	require.NotEmpty(t, source.Operations)
	fragments := map[string]*ast.FragmentDefinition{}
	reaches := map[string]map[string]bool{}
	for _, fragment := range source.Fragments {
		fragments[fragment.Name], reaches[fragment.Name] = fragment, map[string]bool{}
		fragment.SelectionSet = append(typed(fragment.SelectionSet, reaches[fragment.Name]), &ast.Field{Name: "__typename", Alias: "__typename"})
	}
	for _, op := range source.Operations {
		t.Run(op.Name, func(t *testing.T) {
			doc := &ast.QueryDocument{Operations: ast.OperationList{op}}
			open, done := map[string]bool{}, map[string]bool{}
			op.SelectionSet = typed(op.SelectionSet, open)
			for len(open) > 0 {
				for name := range open {
					delete(open, name)
					if !done[name] {
						done[name] = true
						doc.Fragments = append(doc.Fragments, fragments[name])
						for next := range reaches[name] {
							open[next] = true
						}
						break
					}
				}
			}
			var text bytes.Buffer
			formatter.NewFormatter(&text, formatter.WithIndent(" ")).FormatQueryDocument(doc)
			f := newFixture(t, nil)
			variables := map[string]any{
				"first": 100, "id": idOf(sloID, "api"), "name": "api", "kind": "SLI", "maxPoints": 500, "input": input(nil),
				"statement": true, "decided": true,
			}
			maps.Copy(variables, agreementVariables())
			maps.Copy(variables, calendarVariables())
			if op.Name == "ProbeSource" { // it is an error to probe what is not there
				variables["name"] = "shop"
			}
			w := f.post(text.String(), variables)
			r := decode(t, w)
			if op.Operation == ast.Subscription {
				require.Contains(t, r.Errors[0].Message, "WebSocket")
				return
			}
			require.Empty(t, r.Errors, text.String())
		})
	}
}

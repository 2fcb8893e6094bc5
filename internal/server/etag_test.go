package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/scenario"
)

// editable is a kind of object that the page makes and changes.
type editable struct {
	save, input string // the mutation, and the type of its input
	text        string // of an object called "made"
	field       string // that editions change, and how it is shown
}

func editables() []editable {
	at := func(d time.Duration) string { return scenario.End.Add(d).Format(time.RFC3339) }
	return []editable{
		{"saveExclusion", "ExclusionInput", `{"title":"T","reason":"r","scope":{"slos":["scenario-1"]},"start":"` + at(24*time.Hour) + `","length":"2h","by":"Ada"}`, "title"},
		{"saveAnnotation", "AnnotationInput", `{"kind":"INCIDENT","title":"T","scope":{"slos":["scenario-1"]},"from":"` + at(-time.Hour) + `","to":"` + at(0) + `","by":"Ada"}`, "title"},
		{"saveSla", "SlaInput", `{"targetPercent":"99.9","window":{"duration":"1M","calendar":true,"timeZone":"UTC"},
			"streams":[{"slo":"scenario-1"}],"customers":[{"name":"acme"}],"by":"Ada"}`, "description"},
		{"saveSource", "SourceInput", `{"type":"PROMETHEUS","url":"http://127.0.0.1:1"}`, "tenant"},
	}
}

// edition is what a save answers.
type edition struct {
	ID, Etag, Field string
	Code, Blamed    string // of its error
}

// saved saves the object of e, with changes to its input.
func (e editable) saved(t *testing.T, s *Server, changes map[string]any) (is edition) {
	t.Helper()
	in := map[string]any{"name": "made"}
	require.NoError(t, json.Unmarshal([]byte(e.text), &in))
	maps.Copy(in, changes)
	args := "input: $in"
	if e.save == "saveSource" {
		args += `, by: "Ada"`
	}
	text := posted(t, s, fmt.Sprintf("mutation($in: %s!) { saved: %s(%s) { id etag field: %s } }", e.input, e.save, args, e.field), map[string]any{"in": in})
	var answer struct {
		Data   struct{ Saved edition }
		Errors []struct {
			Extensions struct{ Code, Field string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &answer), text)
	is = answer.Data.Saved
	for _, err := range answer.Errors {
		is.Code, is.Blamed = err.Extensions.Code, err.Extensions.Field
	}
	return is
}

// TestNobodyOverwritesWhatTheyDidNotSee lets two people read and change the same.
func TestNobodyOverwritesWhatTheyDidNotSee(t *testing.T) {
	s, _ := contractedWithFiles(t)
	for _, e := range editables() {
		t.Run(e.save, func(t *testing.T) {
			first := e.saved(t, s, map[string]any{e.field: "one"})
			require.Len(t, first.Etag, 16, "%+v", first)
			edit := func(text string, etag any) edition {
				return e.saved(t, s, map[string]any{"id": first.ID, e.field: text, "etag": etag})
			}
			second := edit("two", first.Etag)
			require.Equal(t, "two", second.Field, "%+v", second)
			require.NotEqual(t, first.Etag, second.Etag)

			stale := edit("three", first.Etag)
			require.Equal(t, edition{Code: "CONFLICT", Blamed: "etag"}, stale)
			require.Equal(t, second.Etag, edit("two", second.Etag).Etag, "the stale one changed nothing")
			require.Equal(t, "three", edit("three", nil).Field, "whatever is there is replaced")
		})
	}
}

// TestWhatIsDefinedElsewhereHasNoEtag looks at objects of files.
func TestWhatIsDefinedElsewhereHasNoEtag(t *testing.T) {
	s, _ := contractedWithFiles(t)
	text := posted(t, s, `{ exclusion(name: "filed") { etag } annotations(first: 1) { nodes { etag } } sla(name: "daily") { etag } source(name: "filed") { etag } }`, nil)
	require.JSONEq(t, `{"data": {"exclusion": {"etag": null}, "annotations": {"nodes": [{"etag": null}]}, "sla": {"etag": null}, "source": {"etag": null}}}`, text)
}

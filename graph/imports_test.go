package graph

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
)

const previewFields = `{ formats problems { file line column message } warnings { line message } document
	changes { change kind name fields { field was is } origin edited sourceChanged }
	slos { name targets window queries { role text } alertPolicies budget { state coverage } } }`

// importing sends an input to a mutation.
func importing(t *testing.T, f *fixture, mutation string, input map[string]any) result {
	t.Helper()
	return decode(t, f.post("mutation($in: ImportInput!) { "+mutation+"(input: $in) "+previewFields+" }", map[string]any{"in": input}))
}

func TestAnImportIsPreviewedAndAppliedAsItWasWritten(t *testing.T) {
	for _, mutation := range []string{"previewImport", "applyImport"} {
		f := newFixture(t, nil)
		r := importing(t, f, mutation, map[string]any{"path": "a.yaml", "text": "x", "by": "ada"})
		require.Empty(t, r.Errors)
		require.Equal(t, []model.ImportInput{{Path: "a.yaml", Text: "x", Window: "30d", By: "ada"}}, f.imports.asked)
		answer, err := json.Marshal(r.Data[mutation])
		require.NoError(t, err)
		require.JSONEq(t, `{"formats":["PYRRA"],"problems":[],"warnings":[{"line":1,"message":"ruleOutput is left out"}],"document":"kind: SLO",
			"changes":[{"change":"CHANGED","kind":"SLO","name":"api","fields":[{"field":"spec.description","was":null,"is":"new"}],"origin":"Pyrra shop/api","edited":true,"sourceChanged":false}],
			"slos":[{"name":"api","targets":["0.999"],"window":"30d","queries":[{"role":"total","text":"requests_total"}],"alertPolicies":["page"],
				"budget":{"state":"HEALTHY","coverage":1}}]}`, string(answer))
	}
}

func TestAnImportWithErrorsSaysWhere(t *testing.T) {
	f := newFixture(t, nil)
	r := importing(t, f, "previewImport", map[string]any{"path": "a.yaml", "text": "broken", "by": ""})
	require.Empty(t, r.Errors)
	answer, err := json.Marshal(r.Data["previewImport"])
	require.NoError(t, err)
	require.JSONEq(t, `{"formats":[],"problems":[{"file":"a.yaml","line":3,"column":5,"message":"target is missing"}],"warnings":[],"document":null,"changes":[],"slos":[]}`, string(answer))
	r = importing(t, f, "applyImport", map[string]any{"path": "a.yaml", "text": "x", "by": ""})
	require.Equal(t, "INVALID", r.code())
	require.Equal(t, "by", r.Errors[0].Extensions["field"])
}

func TestInputOfAnImportIsBoundedBeforeAnythingIsDone(t *testing.T) {
	long := strings.Repeat("a", 1025)
	for name, tt := range map[string]struct {
		input map[string]any
		code  string
	}{
		"a long path":   {map[string]any{"path": long, "text": "x", "by": "ada"}, "INVALID"},
		"a long window": {map[string]any{"path": "a.yaml", "text": "x", "by": "ada", "window": long}, "INVALID"},
		"a long name":   {map[string]any{"path": "a.yaml", "text": "x", "by": long}, "INVALID"},
		"a long text":   {map[string]any{"path": "a.yaml", "text": strings.Repeat("a", 65<<10), "by": "ada"}, "LIMIT_EXCEEDED VariableBytes"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, mutation := range []string{"previewImport", "applyImport"} {
				f := newFixture(t, nil)
				require.Equal(t, tt.code, importing(t, f, mutation, tt.input).code())
				require.Empty(t, f.imports.asked)
			}
		})
	}
}

// Whoever imports too large a text is told how large it is and what to do.
func TestATextThatIsTooLargeForARequestIsToldWithTheRemedy(t *testing.T) {
	f := newFixture(t, nil)
	for size, says := range map[int]string{
		65 << 10:  "the variables hold 66581 bytes, 65536 are the most of a request: split a specification that is larger, or write it into the specification folder with hindcast convert",
		300 << 10: "the body has 307[0-9]{3} bytes, 262144 are the most: split a specification that is larger, or write it into the specification folder with hindcast convert",
	} {
		r := importing(t, f, "previewImport", map[string]any{"path": "a.yaml", "text": strings.Repeat("a", size), "by": "ada"})
		require.Len(t, r.Errors, 1)
		require.Regexp(t, says, r.Errors[0].Message)
	}
}

func TestDocumentsArePaged(t *testing.T) {
	f := newFixture(t, nil)
	const query = `query($after: String) { documents(first: 2, after: $after) { nodes { id path text savedBy savedAt format slos original { format text window importedAt importedBy } } pageInfo { hasNextPage endCursor } } }`
	r := decode(t, f.post(query, nil))
	require.Empty(t, r.Errors)
	page := r.Data["documents"].(map[string]any)
	nodes := page["nodes"].([]any)
	require.Len(t, nodes, 2)
	require.Equal(t, map[string]any{
		"id": idOf(documentID, "imported/0.yaml"), "path": "imported/0.yaml", "text": "kind: SLO", "savedBy": "ada",
		"savedAt": "2026-07-01T11:00:00Z", "format": "SLOTH", "slos": []any{"api"},
		"original": map[string]any{"format": "SLOTH", "text": "version: prometheus/v1", "window": "28d", "importedAt": "2026-07-01T11:00:00Z", "importedBy": "bob"},
	}, nodes[0])
	info := page["pageInfo"].(map[string]any)
	require.Equal(t, true, info["hasNextPage"])
	r = decode(t, f.post(query, map[string]any{"after": info["endCursor"]}))
	require.Empty(t, r.Errors)
	nodes = r.Data["documents"].(map[string]any)["nodes"].([]any)
	require.Len(t, nodes, 1)
	require.Equal(t, "imported/2.yaml", nodes[0].(map[string]any)["path"])

	r = decode(t, f.post(`{ document(path: "imported/1.yaml") { path } none: document(path: "x") { path } }`, nil))
	require.Equal(t, map[string]any{"document": map[string]any{"path": "imported/1.yaml"}, "none": nil}, r.Data)
	require.Equal(t, "LIMIT_EXCEEDED First", decode(t, f.post(`{ documents(first: 1000) { nodes { path } } }`, nil)).code())
}

func TestADocumentInUseIsNotDeleted(t *testing.T) {
	f := newFixture(t, nil)
	r := decode(t, f.post(`mutation { deleteDocument(path: "imported/0.yaml", by: "ada") }`, nil))
	require.Equal(t, "CONFLICT", r.code())
	require.Contains(t, r.Errors[0].Message, "SLO api")
	r = decode(t, f.post(`mutation { deleteDocument(path: "imported/1.yaml", by: "ada") }`, nil))
	require.Equal(t, map[string]any{"deleteDocument": idOf(documentID, "imported/1.yaml")}, r.Data)
	require.Equal(t, []string{"imported/1.yaml by ada"}, f.imports.deleted)
}

// An import reads and compares a whole specification: one operation holds a few.
func TestImportsHaveTheirPrice(t *testing.T) {
	f := newFixture(t, nil)
	var b strings.Builder
	b.WriteString("mutation {")
	for i := range 40 {
		b.WriteString(" a" + strings.Repeat("x", i) + `: applyImport(input: {path: "a.yaml", text: "x", by: "ada"}) { formats }`)
	}
	b.WriteString("}")
	require.Contains(t, decode(t, f.post(b.String(), nil)).code(), "LIMIT_EXCEEDED")
	require.Empty(t, f.imports.asked)
}

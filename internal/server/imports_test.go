package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
)

const slothText = `version: prometheus/v1
service: shop
labels: {team: web}
slos:
  - name: requests
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_total[{{.window}}]))
    alerting:
      name: ShopErrors
`

// importing is a server with a folder of one service, an SLI and an SLO on it.
func importing(t *testing.T) (*Server, string) {
	specs := t.TempDir()
	specFile(t, specs, "a.yaml", "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\n")
	s := running(t, specs)
	require.Eventually(t, func() bool {
		_, ok := s.services.ByName("shop")
		return ok
	}, 10*time.Second, time.Millisecond)
	return s, specs
}

func specFile(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

func TestAnImportIsPreviewedAppliedChangedAndDeleted(t *testing.T) {
	s, _ := importing(t)
	in := model.ImportInput{Path: "imported/shop.yaml", Text: slothText, Window: "28d", By: "ada"}
	preview, err := s.imports.PreviewImport(t.Context(), in)
	require.NoError(t, err)
	require.Empty(t, preview.Problems)
	require.Equal(t, []model.SpecFormat{model.SpecFormatSloth}, preview.Formats)
	require.Equal(t, []model.ImportChange{{Change: model.ChangeKindAdded, Kind: "SLO", Name: "shop-requests", Origin: "Sloth shop/requests"}}, preview.Changes)
	require.Contains(t, *preview.Document, "query: sum(http_total)")
	require.Len(t, preview.Slos, 1)
	one := preview.Slos[0]
	require.Nil(t, one.Budget, "nothing measures it yet")
	require.Equal(t, []string{"0.999"}, one.Targets)
	require.Equal(t, "28d", one.Window)
	require.Len(t, one.AlertPolicies, 4)
	require.Equal(t, "page-quick: burn rate above 13.44 over 1h and over 5m", one.AlertPolicies[0])
	require.Nil(t, s.slos.ByName("shop-requests"), "a preview saves nothing")

	_, err = s.imports.ApplyImport(t.Context(), in)
	require.NoError(t, err)
	got := s.slos.ByName("shop-requests")
	require.NotNil(t, got, "it is in force when it answers")
	require.Equal(t, "imported/shop.yaml", got.Origin.File)
	require.Equal(t, []string{"web"}, got.Labels["team"])

	in.Text = strings.NewReplacer("objective: 99.9", "objective: 99.5", "name: requests", "name: requests\n    description: Answers").Replace(slothText)
	changed, err := s.imports.ApplyImport(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, model.ChangeKindChanged, changed.Changes[0].Change)
	require.Equal(t, []model.FieldChange{
		{Field: "spec.description", Is: new("Answers")},
		{Field: "spec.objectives[0].targetPercent", Was: new("99.9"), Is: new("99.5")},
	}, changed.Changes[0].Fields)
	require.Equal(t, "99.5", s.slos.ByName("shop-requests").Objectives[0].Target.Percent())

	all, err := s.imports.Documents(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "ada", all[0].SavedBy)
	require.Equal(t, model.SpecFormatSloth, all[0].Format)
	require.Equal(t, []string{"shop-requests"}, all[0].Slos)
	require.NoError(t, s.imports.DeleteDocument(t.Context(), in.Path, "bob"))
	require.Nil(t, s.slos.ByName("shop-requests"))
	require.Equal(t, fault.NotFound, fault.KindOf(s.imports.DeleteDocument(t.Context(), in.Path, "bob")))

	audit, err := s.store.Audit(t.Context(), documentKind, in.Path, 1<<60, 10)
	require.NoError(t, err)
	var trail []string
	for _, c := range audit {
		trail = append(trail, c.Actor+" "+c.Action+" "+c.Summary)
	}
	require.Equal(t, []string{"bob DELETED imported document imported/shop.yaml deleted", "ada CHANGED 1 changed", "ada CREATED 1 added"}, trail)
}

// A specification that is imported again is recognised: whether it changed, and
// whether what it came to was edited here, is told apart. The original stays.
func TestAnImportIsRecognisedWhenItIsImportedAgain(t *testing.T) {
	s, _ := importing(t)
	in := model.ImportInput{Path: "shop.yaml", Text: slothText, Window: "28d", By: "ada"}
	_, err := s.imports.ApplyImport(t.Context(), in)
	require.NoError(t, err)
	again := func(text string) model.ImportChange {
		t.Helper()
		preview, err := s.imports.PreviewImport(t.Context(), model.ImportInput{Path: in.Path, Text: text, Window: "28d"})
		require.NoError(t, err)
		require.Empty(t, preview.Problems)
		require.Len(t, preview.Changes, 1)
		require.Equal(t, "Sloth shop/requests", preview.Changes[0].Origin)
		return preview.Changes[0]
	}
	other := strings.Replace(slothText, "99.9", "99.5", 1)
	same := again("# laid out otherwise\n" + strings.Replace(slothText, "labels: {team: web}", "labels:\n  team: web", 1))
	require.Equal(t, model.ChangeKindUnchanged, same.Change)
	require.Equal(t, new(false), same.SourceChanged)
	require.False(t, same.Edited)
	require.Empty(t, same.Fields)
	changed := again(other)
	require.Equal(t, model.ChangeKindChanged, changed.Change)
	require.Equal(t, new(true), changed.SourceChanged)
	require.False(t, changed.Edited)

	kept, err := s.imports.Document(t.Context(), in.Path)
	require.NoError(t, err)
	require.Equal(t, slothText, kept.Original.Text)
	edit := in
	edit.Text, edit.By = strings.Replace(kept.Text, "targetPercent: 99.9", "targetPercent: 98", 1), "bob"
	preview, err := s.imports.ApplyImport(t.Context(), edit)
	require.NoError(t, err)
	require.Equal(t, []model.SpecFormat{model.SpecFormatOpensloV1}, preview.Formats)
	require.False(t, preview.Changes[0].Edited, "what was in force was as it was imported")
	require.Equal(t, new(false), preview.Changes[0].SourceChanged)
	edited := again(slothText)
	require.Equal(t, model.ChangeKindChanged, edited.Change)
	require.Equal(t, new(false), edited.SourceChanged)
	require.True(t, edited.Edited)
	require.Equal(t, []model.FieldChange{{Field: "spec.objectives[0].targetPercent", Was: new("98"), Is: new("99.9")}}, edited.Fields)
	both := again(other)
	require.Equal(t, new(true), both.SourceChanged)
	require.True(t, both.Edited)

	kept, err = s.imports.Document(t.Context(), in.Path)
	require.NoError(t, err)
	require.Equal(t, edit.Text, kept.Text, "as it was written")
	require.Equal(t, &model.Original{Format: model.SpecFormatSloth, Text: slothText, Window: "28d", ImportedAt: kept.Original.ImportedAt, ImportedBy: "ada"}, kept.Original)
	in.Text = other
	_, err = s.imports.ApplyImport(t.Context(), in)
	require.NoError(t, err)
	kept, err = s.imports.Document(t.Context(), in.Path)
	require.NoError(t, err)
	require.Equal(t, other, kept.Original.Text)
}

func TestAnImportThatDoesNotFitChangesNothing(t *testing.T) {
	s, _ := importing(t)
	sli := "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: orders}\nspec: {ratioMetric: {counter: true, good: {metricSource: {type: Prometheus, spec: {query: good}}}, total: {metricSource: {type: Prometheus, spec: {query: all}}}}}\n"
	user := "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: orders}\nspec:\n  service: shop\n  indicatorRef: orders\n  timeWindow: [{duration: 30d, isRolling: true}]\n  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"
	apply := func(path, text string) (*model.ImportPreview, error) {
		return s.imports.ApplyImport(t.Context(), model.ImportInput{Path: path, Text: text, Window: "30d", By: "ada"})
	}
	tests := map[string]struct{ path, text, problem string }{
		"a broken one":           {"x.yaml", "version: prometheus/v1\nslos: []\n", "x.yaml:1:1: service is missing"},
		"a reference to nothing": {"x.yaml", user, `x.yaml:6:17: there is no SLI "orders"`},
		"a name that is taken":   {"x.yaml", "---\n\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\n", `x.yaml:5:18: Service "shop" is defined twice, first in a.yaml:1`},
		"a source without a URL": {"x.yaml", "\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: main}\nspec: {type: prometheus, connectionDetails: {tenant: a}}\n", `x.yaml:2:1: DataSource "main": url: `},
		"nothing":                {"x.yaml", "# nothing\n", "x.yaml:1:1: there is nothing to import: no document defines anything"},
		"a foreign query":        {"x.yaml", strings.Replace(slothText, "sum(rate(http_total[", "histogram_share(sum(rate(http_total[", 1), `x.yaml:10:22: not valid PromQL at 1:42 of the query: unclosed left parenthesis`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			preview, err := apply(tt.path, tt.text)
			require.NoError(t, err)
			require.NotEmpty(t, preview.Problems)
			require.Contains(t, preview.Problems[0].String(), tt.problem)
			require.Nil(t, preview.Document)
			all, err := s.imports.Documents(t.Context())
			require.NoError(t, err)
			require.Empty(t, all)
		})
	}
	for path, kind := range map[string]fault.Kind{"a.yaml": fault.Conflict, "../a.yaml": fault.Invalid, "a": fault.Invalid, "/a.yaml": fault.Invalid, ".a.yaml": fault.Invalid} {
		_, err := apply(path, slothText)
		require.Equal(t, kind, fault.KindOf(err), path)
		require.Equal(t, "path", fault.FieldOf(err), path)
	}
	_, err := s.imports.ApplyImport(t.Context(), model.ImportInput{Path: "x.yaml", Text: slothText, By: " "})
	require.Equal(t, "by", fault.FieldOf(err))
	_, err = s.imports.PreviewImport(t.Context(), model.ImportInput{Path: "x.yaml", Text: slothText, Window: "soon"})
	require.Equal(t, "window", fault.FieldOf(err))

	_, err = apply("sli.yaml", sli)
	require.NoError(t, err)
	preview, err := apply("slo.yaml", user)
	require.NoError(t, err)
	require.Empty(t, preview.Problems)
	err = s.imports.DeleteDocument(t.Context(), "sli.yaml", "ada")
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, "sli.yaml is still needed by SLO orders")
	require.NotNil(t, s.slos.ByName("orders"))
}

// A file that takes the name, or the path, of something that was imported is told
// and does not get it; a server that starts anew knows what was imported.
func TestWhatWasImportedStaysBesideTheFolder(t *testing.T) {
	s, specs := importing(t)
	in := model.ImportInput{Path: "imported.yaml", Text: slothText, Window: "30d", By: "ada"}
	_, err := s.imports.ApplyImport(t.Context(), in)
	require.NoError(t, err)
	preview, err := s.imports.PreviewImport(t.Context(), in)
	require.NoError(t, err)
	specFile(t, specs, "b.yaml", *preview.Document)
	specFile(t, specs, "imported.yaml", "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: other}\n")
	require.NoError(t, s.folder.Step(t.Context()))
	require.Equal(t, "imported.yaml", s.slos.ByName("shop-requests").Origin.File)
	var texts []string
	for _, p := range s.slos.Problems() {
		texts = append(texts, p.String())
	}
	require.Contains(t, strings.Join(texts, "\n"), `imported.yaml:1:1: this file is not in force: a document was imported under its path`)
	require.Contains(t, strings.Join(texts, "\n"), `SLO "shop-requests" is defined twice`)
	_, ok := s.services.ByName("other")
	require.False(t, ok)

	kept, err := keptFiles(t.Context(), s.store, func(path string, err error) { require.NoError(t, err, path) })
	require.NoError(t, err)
	var paths []string
	for _, f := range kept {
		paths = append(paths, f.Path)
	}
	require.Equal(t, []string{"a.yaml", "imported.yaml"}, paths, "what check looks at and repair measures")
	other, err := New(t.Context(), Options{Listen: "127.0.0.1:0", Data: t.TempDir(), Specs: specs, Now: time.Now, Logger: s.o.Logger})
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	other.folder.Extra = s.imports.files // as after a restart on the same store
	require.NoError(t, other.folder.Step(t.Context()))
	require.Equal(t, "imported.yaml", other.slos.ByName("shop-requests").Origin.File)
}

// A server without a folder has what was imported; a replica follows it.
func TestAReplicaFollowsImports(t *testing.T) {
	s := running(t, "")
	require.NoError(t, s.folder.Step(t.Context()))
	other, err := New(t.Context(), Options{Listen: "127.0.0.1:0", Data: t.TempDir(), Now: time.Now, Logger: s.o.Logger})
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	other.folder.Extra = s.imports.files // as of a database that both share
	require.NoError(t, other.folder.Step(t.Context()))
	_, err = s.imports.ApplyImport(t.Context(), model.ImportInput{Path: "x.yaml", Text: slothText, By: "ada"})
	require.NoError(t, err)
	require.NoError(t, other.folder.Follow(t.Context()))
	require.NotNil(t, other.slos.ByName("shop-requests"))
	require.NoError(t, s.imports.DeleteDocument(t.Context(), "x.yaml", "ada"))
	require.NoError(t, other.folder.Follow(t.Context()))
	require.Nil(t, other.slos.ByName("shop-requests"))
}

// A changed target of one document among a thousand SLOs is in force, in the
// answer of the API itself, long before anybody could tell. The bound of the test
// is wide; BenchmarkAChangedTarget measures.
func TestAChangedTargetIsInForceAmongAThousand(t *testing.T) {
	s := thousand(t)
	for _, target := range []string{"0.995", "0.9925", "0.991"} {
		began := time.Now()
		post(t, s, `mutation($i: ImportInput!) { applyImport(input: $i) { problems { message } } }`, map[string]any{"i": map[string]any{
			"path": "one.yaml", "by": "ada", "text": strings.Replace(slothText, "99.9", strings.Replace(target, "0.99", "99.", 1), 1),
		}})
		answer := post(t, s, `{ slo(name: "shop-requests") { objectives { target } } }`, nil)
		require.Contains(t, answer, target)
		t.Logf("in force and answered after %s", time.Since(began))
	}
}

func thousand(t *testing.T) *Server {
	specs := t.TempDir()
	for i := range 1000 {
		specFile(t, specs, fmt.Sprintf("s%d.yaml", i), strings.NewReplacer("NAME", fmt.Sprintf("slo-%d", i)).Replace(`apiVersion: openslo/v1
kind: SLO
metadata: {name: NAME}
spec:
  service: shop
  indicator: {spec: {ratioMetric: {counter: true, bad: {metricSource: {type: Prometheus, spec: {query: 'sum(http_total{code=~"5..",job="NAME"})'}}}, total: {metricSource: {type: Prometheus, spec: {query: 'sum(http_total{job="NAME"})'}}}}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
`))
	}
	s := running(t, specs)
	require.Eventually(t, func() bool { return len(s.slos.All()) == 1000 }, time.Minute, time.Millisecond)
	return s
}

func post(t *testing.T, s *Server, query string, variables map[string]any) string {
	t.Helper()
	text := posted(t, s, query, variables)
	require.NotContains(t, text, `"errors"`)
	return text
}

// posted is the answer, whatever it is.
func posted(t *testing.T, s *Server, query string, variables map[string]any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Address()+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hindcast-CSRF", "1")
	res, err := (&http.Client{}).Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(text)
}

// check reads imported documents too, beside the server's own eyes.
func TestCheckReadsImportedDocuments(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	for name, definition := range map[string]string{"half.yaml": `{"text":`, "old.yaml": `{"text":"kind: SLO"}`} {
		require.NoError(t, db.SaveObject(t.Context(),
			store.Object{Kind: documentKind, Name: name, Definition: []byte(definition), SavedAt: time.Now(), SavedBy: "ada"},
			store.Change{At: time.Now(), Actor: "ada", Action: "CREATED", Kind: documentKind, Name: name}))
	}
	require.NoError(t, db.Close())
	code, out, text := command(t, "check", "--data", dir)
	require.Equal(t, ExitProblems, code, out+text)
	require.Contains(t, out+text, "imported document half.yaml: unexpected end of JSON input; import it again")
	require.Contains(t, out+text, "specification old.yaml:1:1: apiVersion is missing")
}

package server

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/slo/collector"
)

// configured reads a configuration from its text.
func configured(t testing.TB, text string) Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hindcast.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	c, err := ReadConfig(path)
	require.NoError(t, err)
	return c
}

// onSource makes the specification of a scenario measure on a named source.
func onSource(spec, name string) string {
	return strings.ReplaceAll(spec, "type: Prometheus", "type: Prometheus\n            metricSourceRef: "+name)
}

// measuredElsewhere holds what a server and eval measure over HTTP on a server
// that has the samples of a scenario to what eval measures on the samples.
func measuredElsewhere(t *testing.T, s scenario.Scenario, tsdb, url string) {
	t.Helper()
	dir := t.TempDir()
	specs := filepath.Join(dir, "specs")
	require.NoError(t, os.MkdirAll(specs, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(specs, "s.yaml"), []byte(onSource(s.Spec(), "prod")), 0o600))
	code, out, text := command(t, "eval", "-f", specs, "--tsdb", tsdb, "-o", "json")
	require.Zero(t, code, text)
	want := rowsOf(t, out)
	require.InDelta(t, s.Remaining(), *want[0].Remaining, 0.001)
	code, out, text = command(t, "eval", "-f", specs, "--prometheus", url, "--at", scenario.End.Format(time.RFC3339), "-o", "json")
	require.Zero(t, code, text)
	require.Empty(t, cmp.Diff(want, rowsOf(t, out)), "the samples (-) against the server (+)")

	began := time.Now()
	code, out, text = command(t, "eval", "-f", specs, "--prometheus", url, "-o", "json")
	require.Zero(t, code, text)
	require.WithinRange(t, rowsOf(t, out)[0].To, began.Add(-2*time.Minute), time.Now(), "a server is live, whenever its last sample was")

	config := configured(t, fmt.Sprintf("sources:\n  - {name: prod, type: prometheus, url: %q}\n", url))
	server := runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: filepath.Join(dir, "data"), Database: database(t), Specs: specs, Config: config,
		Now: func() time.Time { return scenario.End.Add(time.Minute) }, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	require.Eventually(t, func() bool {
		if len(server.slos.All()) == 0 {
			return false
		}
		p, ok := server.collector.Progress(server.slos.All()[0].Objectives[0].Indicator.Key())
		return ok && p.Done
	}, 2*time.Minute, 20*time.Millisecond, "history is read")
	code, out, text = command(t, "status", "--server", "http://"+server.Address(), "-o", "json")
	require.Zero(t, code, text)
	require.Empty(t, cmp.Diff(want, rowsOf(t, out)), "the samples (-) against the collector (+)")

	shown, err := server.connections.Source(t.Context(), "prod")
	require.NoError(t, err)
	require.Equal(t, model.SourceStatusOk, shown.Status, "%+v", shown)
	require.Equal(t, "hindcast.yaml:2", shown.OriginText)
	require.Equal(t, []string{server.slos.All()[0].Name}, shown.SLOs)
	require.NotNil(t, shown.LastSuccess)
	now := server.o.Now()
	require.InDelta(t, now.Sub(now.Add(-collector.DefaultDelay).Truncate(time.Minute)).Seconds(), *shown.LagSeconds, 0)
	require.Positive(t, shown.Cost.SinceStart.Requests)
	require.Positive(t, shown.Cost.SinceStart.Bytes)
	_, body := fetch(t, server, "/metrics", "")
	require.Contains(t, body, `hindcast_source_up{source="prod"} 1`)
	require.Regexp(t, `hindcast_source_requests_total\{source="prod"\} [1-9]`, body)
	require.Regexp(t, `hindcast_source_received_bytes_total\{source="prod"\} [1-9]`, body)
	require.Contains(t, body, `hindcast_source_last_success_timestamp_seconds{source="prod"}`)
}

// Another Hindcast is a server of the Prometheus family as well.
func TestTheBudgetMeasuredOnAnotherServerIsTheSame(t *testing.T) {
	s := scenario.All()[0]
	data := t.TempDir()
	writeScenario(t, s, filepath.Join(data, "tsdb"))
	copied := filepath.Join(t.TempDir(), "tsdb")
	require.NoError(t, os.CopyFS(copied, os.DirFS(filepath.Join(data, "tsdb"))))
	other := runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: data, Now: func() time.Time { return scenario.End.Add(time.Minute) },
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	measuredElsewhere(t, s, copied, "http://"+other.Address())
}

func TestRealTheBudgetMeasuredOnPrometheusIsTheSame(t *testing.T) {
	for _, s := range scenario.All() {
		t.Run(s.Name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "tsdb")
			writeScenario(t, s, data)
			copied := filepath.Join(t.TempDir(), "tsdb")
			require.NoError(t, os.CopyFS(copied, os.DirFS(data)))
			p := realtest.NewPrometheus(t, realtest.PrometheusOptions{Data: data})
			measuredElsewhere(t, s, copied, p.URL)
			code, out, text := command(t, "source", "test", p.URL)
			require.Zero(t, code, text)
			require.Contains(t, out, "Prometheus 3.")
			require.Contains(t, out, "streamed remote read")
		})
	}
}

// A foreign source that is down is shown and is no reason to be unready.
func TestAForeignSourceThatIsDownDoesNotMakeTheServerUnready(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	specs := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(specs, "s.yaml"), []byte(onSource(scenario.All()[0].Spec(), "prod")), 0o600))
	s := runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: t.TempDir(), Database: database(t), Specs: specs, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Config: configured(t, "sources: [{name: prod, type: Prometheus, url: '"+down.URL+"', bearer_token_env: HINDCAST_SECRET_DOWN}]"),
	})
	t.Setenv("HINDCAST_SECRET_DOWN", "hunter2")
	require.Eventually(t, func() bool {
		shown, err := s.connections.Source(t.Context(), "prod")
		return err == nil && shown.Status == model.SourceStatusFailing
	}, time.Minute, 20*time.Millisecond)
	res, body := fetch(t, s, "/readyz", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, body, `"name": "source prod"`)
	require.Contains(t, body, "refuses the connection")
	_, metrics := fetch(t, s, "/metrics", "")
	require.Contains(t, metrics, `hindcast_source_up{source="prod"} 0`)
	require.NotContains(t, body+metrics, "hunter2")
}

// connected is a server that may reach this machine, for sources of the page.
func connected(t *testing.T, o Options) *Server {
	o.Listen, o.Database, o.Now, o.Logger = "127.0.0.1:0", database(t), time.Now, slog.New(slog.NewTextHandler(t.Output(), nil))
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	o.Config.Outbound.Allow = []string{"127.0.0.1/32"}
	return runningWith(t, o)
}

// speaking is a server that says what it is, as far as it is asked.
func speaking(t *testing.T, authorization *atomic.Value) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization.Store(r.Header.Get("Authorization"))
		now := float64(time.Now().UnixMilli()) / 1000
		data := map[string]any{"version": "3.1.0"}
		if r.FormValue("query") == "time()" {
			data = map[string]any{"resultType": "scalar", "result": []any{now, fmt.Sprint(now)}}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestASourceIsConnectedChangedAndDeletedInThePage(t *testing.T) {
	t.Setenv("HINDCAST_SECRET_TOKEN", "t0ken")
	var sent atomic.Value
	url, data := speaking(t, &sent), t.TempDir()
	s := connected(t, Options{Data: data})
	c := s.connections
	in := model.SourceInput{
		Name: "prod", Type: model.SourceTypePrometheus, URL: url, Authentication: model.SourceAuthenticationBearer,
		SecretEnv: new("HINDCAST_SECRET_TOKEN"), OnIncomplete: model.OnIncompleteGap, Reread: new(5 * time.Minute),
	}
	test, err := c.Test(t.Context(), in)
	require.NoError(t, err)
	require.True(t, test.Ok, test.Message)
	require.Equal(t, "Bearer t0ken", sent.Load())
	all, err := c.Sources(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1, "a test saves nothing")
	require.Equal(t, source.EmbeddedName, all[0].Name)

	saved, err := c.Save(t.Context(), in, "Ann")
	require.NoError(t, err)
	require.Equal(t, "environment HINDCAST_SECRET_TOKEN", *saved.SecretFrom)
	require.Equal(t, model.SourceStatusIdle, saved.Status)
	require.True(t, saved.Editable)
	require.Equal(t, 5*time.Minute, *saved.Reread)
	require.Nil(t, saved.Test)
	probed, err := c.Probe(t.Context(), "prod")
	require.NoError(t, err)
	require.True(t, probed.Test.Ok)

	_, err = c.Save(t.Context(), in, "Ann")
	require.Equal(t, fault.Conflict, fault.KindOf(err), "a name that is taken")
	require.Equal(t, "name", fault.FieldOf(err))
	in.ID, in.SecretEnv, in.Tenant = new("id"), nil, new("a")
	saved, err = c.Save(t.Context(), in, "Ann")
	require.NoError(t, err)
	require.Equal(t, "HINDCAST_SECRET_TOKEN", *saved.SecretEnv, "the secret stays where the address does")
	require.Nil(t, saved.Test, "what was tested was another definition")
	in.URL = "http://evil.example"
	_, err = c.Save(t.Context(), in, "Ann")
	require.ErrorContains(t, err, "the secret is missing")
	require.Equal(t, "secretEnv", fault.FieldOf(err))

	require.NoError(t, c.loadSources(t.Context()))
	e, ok := s.sources.Entry("prod")
	require.True(t, ok, "it is in the store")
	require.Equal(t, url, e.Definition.URL)
	rows, err := s.store.Sources(t.Context())
	require.NoError(t, err)
	require.NotContains(t, string(rows[0].Definition), "t0ken")
	require.NoError(t, c.Delete(t.Context(), "prod", "Ann"))
	require.Equal(t, fault.NotFound, fault.KindOf(c.Delete(t.Context(), "prod", "Ann")))
	require.Equal(t, fault.Conflict, fault.KindOf(c.Delete(t.Context(), source.EmbeddedName, "Ann")))
	_, err = c.Probe(t.Context(), "prod")
	require.Equal(t, fault.NotFound, fault.KindOf(err))
}

func TestAWrongInputIsToldAtItsField(t *testing.T) {
	s := connected(t, Options{Config: configured(t, "sources: [{name: fixed, type: Prometheus, url: 'http://prom'}]")})
	good := model.SourceInput{Name: "prod", Type: model.SourceTypePrometheus, URL: "http://prom", Authentication: model.SourceAuthenticationNone, OnIncomplete: model.OnIncompleteGap}
	for name, c := range map[string]struct {
		change func(*model.SourceInput)
		field  string
	}{
		"a url with a password":       {func(in *model.SourceInput) { in.URL = "http://u:p@prom" }, "url"},
		"a name with capitals":        {func(in *model.SourceInput) { in.Name = "Prod" }, "name"},
		"a name of the configuration": {func(in *model.SourceInput) { in.Name = "fixed" }, "name"},
		"any variable of the server": {func(in *model.SourceInput) {
			in.Authentication, in.SecretEnv = model.SourceAuthenticationAPIKey, new("PATH")
		}, "secretEnv"},
		"any file of the server": {func(in *model.SourceInput) {
			in.Authentication, in.SecretFile = model.SourceAuthenticationBearer, new("/etc/passwd")
		}, "secretFile"},
		"a user without a name": {func(in *model.SourceInput) {
			in.Authentication, in.SecretFile = model.SourceAuthenticationBasic, new("p")
		}, "username"},
		"no certificate":                 {func(in *model.SourceInput) { in.Authentication = model.SourceAuthenticationClientCertificate }, "tls.certFile"},
		"a way out of the folder":        {func(in *model.SourceInput) { in.TLS = &model.SourceTLSInput{CAFile: new("../x")} }, "tls.caFile"},
		"a header that is not for users": {func(in *model.SourceInput) { in.Headers = []model.SourceHeaderInput{{Name: "Host", Value: "x"}} }, "headers"},
		"a header written twice":         {func(in *model.SourceInput) { in.Headers = []model.SourceHeaderInput{{Name: "X-A"}, {Name: "X-A"}} }, "headers"},
		"a delay of a day":               {func(in *model.SourceInput) { in.SettleDelay = new(24 * time.Hour) }, "settleDelay"},
	} {
		t.Run(name, func(t *testing.T) {
			in := good
			c.change(&in)
			_, err := s.connections.Save(t.Context(), in, "Ann")
			require.Error(t, err)
			require.Equal(t, c.field, fault.FieldOf(err), err)
			_, again := s.connections.Test(t.Context(), in)
			require.Equal(t, fault.KindOf(err), fault.KindOf(again))
		})
	}
	in := good
	in.Name, in.ID = "fixed", new("id")
	_, err := s.connections.Save(t.Context(), in, "Ann")
	require.ErrorContains(t, err, "hindcast.yaml:1: change it there")
	in.Name = "gone"
	_, err = s.connections.Save(t.Context(), in, "Ann")
	require.Equal(t, fault.NotFound, fault.KindOf(err))
}

// Objectives hold the source that they measure on; documents bring their own; and
// a name that two places use is a problem that names both.
func TestObjectivesHoldTheirSource(t *testing.T) {
	specs := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(specs, name), []byte(text), 0o600))
	}
	write("s.yaml", onSource(scenario.All()[0].Spec(), "prod"))
	s := connected(t, Options{Specs: specs})
	require.Eventually(t, func() bool { return len(s.slos.All()) == 1 }, time.Minute, 10*time.Millisecond)
	in := model.SourceInput{Name: "prod", Type: model.SourceTypePrometheus, URL: "http://127.0.0.1:1", OnIncomplete: model.OnIncompleteGap}
	_, err := s.connections.Save(t.Context(), in, "Ann")
	require.NoError(t, err)
	require.ErrorContains(t, s.connections.Delete(t.Context(), "prod", "Ann"), `1 objective measures on source "prod": scenario-1`)

	document := "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: %s}\nspec:\n  type: Prometheus\n  connectionDetails: {url: 'http://127.0.0.1:2'%s}\n"
	write("d.yaml", fmt.Sprintf(document, "prod", ""))
	require.Eventually(t, func() bool { return len(s.problems()) == 1 }, time.Minute, 20*time.Millisecond)
	require.Contains(t, s.problems()[0].String(), `source "prod" is defined in two places, in d.yaml:1 and in the page`)
	e, _ := s.sources.Entry("prod")
	require.Equal(t, "http://127.0.0.1:1", e.Definition.URL, "a document does not redirect what was connected in the page")

	write("d.yaml", fmt.Sprintf(document, "other", ", password: x"))
	require.Eventually(t, func() bool {
		return len(s.problems()) == 1 && strings.Contains(s.problems()[0].Text, `key "password" is not known`)
	}, time.Minute, 20*time.Millisecond)
	write("d.yaml", fmt.Sprintf(document, "other", ""))
	require.Eventually(t, func() bool { _, ok := s.sources.Entry("other"); return ok && len(s.problems()) == 0 }, time.Minute, 20*time.Millisecond)
	shown, err := s.connections.Source(t.Context(), "other")
	require.NoError(t, err)
	require.Equal(t, model.SourceOriginDocument, shown.Origin)
	require.False(t, shown.Editable)
	code, out, text := command(t, "source", "list", "--specs", specs)
	require.Zero(t, code, text)
	require.Contains(t, out, "http://127.0.0.1:2")
	require.Contains(t, out, "d.yaml:1")
}

func TestSourceCommandsSayWhatIsWrong(t *testing.T) {
	var sent atomic.Value
	up := speaking(t, &sent)
	config := filepath.Join(t.TempDir(), "hindcast.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "sources:\n  - {name: up, type: Prometheus, url: %q}\n  - {name: es, type: Elasticsearch, url: 'http://127.0.0.1:1'}\n", up), 0o600))
	misspelt := filepath.Join(t.TempDir(), "misspelt.yaml")
	require.NoError(t, os.WriteFile(misspelt, []byte("sources: [{name: up, type: Prometheus, urll: 'http://x'}]"), 0o600))
	good := filepath.Join(t.TempDir(), "good.yaml")
	require.NoError(t, os.WriteFile(good, []byte(scenario.All()[0].Spec()), 0o600))
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a source that works":           {[]string{"source", "test", "up", "--config", config}, ExitOK, "3.1.0"},
		"a url that works":              {[]string{"source", "test", up}, ExitOK, up},
		"nothing listens":               {[]string{"source", "test", "es", "--config", config}, ExitProblems, "nothing listens there"},
		"an unknown name":               {[]string{"source", "test", "upp", "--config", config}, ExitProblems, `there is no source "upp"; there are es, up`},
		"a name without a file":         {[]string{"source", "test", "up"}, ExitProblems, "the file that defines it with --config"},
		"a host without http":           {[]string{"source", "test", "localhost:9090"}, ExitProblems, "begins with http://"},
		"the embedded source":           {[]string{"source", "test", "embedded"}, ExitProblems, "give the URL of that server"},
		"a name of another type":        {[]string{"source", "test", "up", "--type", "elasticsearch", "--config", config}, ExitProblems, `source "up" is of type Prometheus, not Elasticsearch`},
		"a key that is none":            {[]string{"source", "list", "--config", misspelt}, ExitProblems, `line 1: key "urll" is not known here`},
		"a url that is none":            {[]string{"source", "test", "ftp://x"}, ExitProblems, "http:// or https://"},
		"a type that is none":           {[]string{"source", "test", up, "--type", "graphite"}, ExitUsage, "graphite"},
		"the metadata service":          {[]string{"source", "test", "http://169.254.169.254"}, ExitProblems, "outbound: {allow: [169.254.169.254/32]}"},
		"eval of nothing":               {[]string{"eval", "-f", good}, ExitUsage, "--prometheus URL"},
		"eval of two":                   {[]string{"eval", "-f", good, "--tsdb", ".", "--prometheus", up}, ExitUsage, "can't be used together"},
		"eval on the wrong kind":        {[]string{"eval", "-f", good, "--elasticsearch", "http://127.0.0.1:1"}, ExitProblems, "give --prometheus URL"},
		"eval of the wrong type":        {[]string{"eval", "-f", good, "--prometheus", "es", "--config", config}, ExitProblems, "is of type Elasticsearch"},
		"eval on a server that is down": {[]string{"eval", "-f", good, "--prometheus", "http://127.0.0.1:1"}, ExitUnavailable, "nothing listens there"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, text := command(t, c.args...)
			require.Equal(t, c.code, code, "%s%s", out, text)
			require.Contains(t, out+text, c.says)
		})
	}
}

func TestSourcesOfTheConfigurationAreCheckedWithTheirLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hindcast.yaml")
	require.NoError(t, os.WriteFile(path, []byte(`sources:
  - name: prod
    type: Prometheus
    url: ftp://prom
  - name: prod
    type: graphite
    url: http://prom
    tls:
      cert_file: x
outbound:
  allow:
    - 10.0.0.0/8
    - 10.0.0.1
`), 0o600))
	_, err := ReadConfig(path)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	for _, want := range []string{
		`hindcast.yaml:4: source "prod": url: `, `hindcast.yaml:6: source "prod": type: "graphite"`, `hindcast.yaml:9: source "prod": tls: `,
		`hindcast.yaml:5: source "prod" is defined twice, first in line 2`, `hindcast.yaml:13: outbound.allow: "10.0.0.1" is not a network`,
	} {
		require.ErrorContains(t, err, want)
	}
	for text, want := range map[string]string{
		"sources: [{nam: x}]":      "line 1: key \"nam\" is not known",
		"sources: [{timeout: 30}]": `line 1: duration "30" is not one`,
		"sources: [{password: x}]": "key \"password\" is not known",
		"outbound: {allowed: []}":  "key \"allowed\" is not known",
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := ReadConfig(path)
		require.ErrorContains(t, err, want)
	}
}

// The bad events of another server and all events of the samples here: the same
// budget as from one.
func TestARatioOfTwoSourcesIsThatOfOne(t *testing.T) {
	s := scenario.All()[0]
	data, here := t.TempDir(), t.TempDir()
	writeScenario(t, s, filepath.Join(data, "tsdb"))
	require.NoError(t, os.CopyFS(filepath.Join(here, "tsdb"), os.DirFS(filepath.Join(data, "tsdb"))))
	now := func() time.Time { return scenario.End.Add(time.Minute) }
	other := runningWith(t, Options{Listen: "127.0.0.1:0", Data: data, Now: now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	specs := t.TempDir()
	mixed := strings.Replace(s.Spec(), "type: Prometheus", "type: Prometheus\n            metricSourceRef: prod", 1)
	require.NoError(t, os.WriteFile(filepath.Join(specs, "s.yaml"), []byte(mixed), 0o600))
	server := runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: here, Database: database(t), Specs: specs, Now: now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Config: configured(t, fmt.Sprintf("sources: [{name: prod, type: Prometheus, url: 'http://%s'}]", other.Address())),
	})
	require.Eventually(t, func() bool {
		if len(server.slos.All()) == 0 {
			return false
		}
		p, ok := server.collector.Progress(server.slos.All()[0].Objectives[0].Indicator.Key())
		return ok && p.Done
	}, 10*time.Second, 20*time.Millisecond)
	code, out, text := command(t, "status", "--server", "http://"+server.Address(), "-o", "json")
	require.Zero(t, code, text)
	rows := rowsOf(t, out)
	require.InDelta(t, s.Remaining(), *rows[0].Remaining, 0.001)
	require.Equal(t, s.TruthBad, *rows[0].Spent)
	for _, name := range []string{"prod", source.EmbeddedName} {
		shown, err := server.connections.Source(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, model.SourceStatusOk, shown.Status, name)
		require.Equal(t, 1, shown.Objectives, name)
	}
	_, body := fetch(t, server, "/readyz", "")
	require.Contains(t, body, `"name": "source prod + embedded"`)
}

func TestDocumentsThatNameNoSourceSayWhatIsMissing(t *testing.T) {
	specs := t.TempDir()
	spec := strings.ReplaceAll(scenario.All()[0].Spec(), "type: Prometheus", "type: Elasticsearch")
	spec = strings.NewReplacer("query: sum(", "index: logs # ").Replace(spec)
	spec = strings.Replace(spec, "index: logs", "query: \"status:500\"\n              index: logs", 1)
	require.NoError(t, os.WriteFile(filepath.Join(specs, "s.yaml"), []byte(spec), 0o600))
	s := running(t, specs)
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(s.collector.Health(), func(h collector.Health) bool { return strings.Contains(h.Error, "write metricSourceRef") })
	}, time.Minute, 20*time.Millisecond, spec)
}

// The bad events of a log in Elasticsearch and all events of the samples here:
// the budget of the samples alone.
func TestRealARatioOfPrometheusAndElasticsearch(t *testing.T) {
	s := scenario.All()[0]
	dir := t.TempDir()
	writeScenario(t, s, filepath.Join(dir, "tsdb"))
	node := realtest.NewElasticsearch(t, realtest.ElasticsearchOptions{})
	node.Must(t, http.MethodPut, "/log", map[string]any{"mappings": map[string]any{"properties": map[string]any{
		"@timestamp": map[string]any{"type": "date"}, "failed": map[string]any{"type": "long"},
	}}})
	var documents []any
	last := 0.0
	s.Generate(func(series []string, ms int64, v float64) {
		if series[1] == s.Bad && (v > last || ms%3_600_000 == 0) { // one an hour shows that the log is alive
			documents = append(documents, map[string]any{"@timestamp": ms, "failed": v - last})
			last = v
		}
	})
	node.Index(t, "log", documents...)

	spec := strings.Replace(s.Spec(), "type: Prometheus", "type: Elasticsearch\n            metricSourceRef: log", 1)
	spec = strings.Replace(spec, fmt.Sprintf("query: sum(%s)", s.Bad), "{index: log, field: failed, emptyMinute: zero}", 1)
	specs := filepath.Join(dir, "specs")
	require.NoError(t, os.MkdirAll(specs, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(specs, "s.yaml"), []byte(spec), 0o600))
	code, out, text := command(t, "eval", "-f", specs, "--tsdb", filepath.Join(dir, "tsdb"), "--elasticsearch", node.URL.String(),
		"--at", scenario.End.Truncate(time.Minute).Format(time.RFC3339), "-o", "json")
	require.Zero(t, code, text)
	rows := rowsOf(t, out)
	require.InDelta(t, s.TruthBad, *rows[0].Spent, 1e-6)
	require.InDelta(t, s.Remaining(), *rows[0].Remaining, 0.001)
	t.Logf("%d documents, truth %+.4f %%, measured %+.4f %%, coverage %.4f", len(documents), 100*s.Remaining(), 100**rows[0].Remaining, rows[0].Coverage)
	code, out, text = command(t, "source", "test", "--type", "elasticsearch", node.URL.String())
	require.Zero(t, code, text)
	require.Contains(t, out, "Elasticsearch 8.")
}

// TestTheAuditKnowsWhoChangedASource reads who did what to a source, in words
// that hold no secret.
func TestTheAuditKnowsWhoChangedASource(t *testing.T) {
	s, _ := contractedWithFiles(t)
	in := model.SourceInput{
		Name: "prod", Type: model.SourceTypePrometheus, URL: "http://127.0.0.1:1", Authentication: model.SourceAuthenticationBearer,
		SecretEnv: new("HINDCAST_SECRET_PROD"), Headers: []model.SourceHeaderInput{{Name: "X-Team", Value: "hunter2"}},
	}
	_, err := s.connections.Save(t.Context(), in, " ")
	require.Equal(t, "by", fault.FieldOf(err))
	for _, change := range []func(){
		func() {},
		func() { in.ID, in.Tenant, in.Headers[0].Value = new("prod"), new("shop"), "hunter3" },
		func() { in.URL, in.TLS = "http://127.0.0.1:2", &model.SourceTLSInput{InsecureSkipVerify: true} },
	} {
		change()
		_, err := s.connections.Save(t.Context(), in, " Ann ")
		require.NoError(t, err)
	}
	require.Equal(t, "by", fault.FieldOf(s.connections.Delete(t.Context(), "prod", "")))
	require.NoError(t, s.connections.Delete(t.Context(), "prod", "Ben"))
	entries, err := calendar{s}.Audit(t.Context(), model.AuditFilter{Kind: new("Source"), Name: new("prod")}, math.MaxInt64, 10)
	require.NoError(t, err)
	var said []string
	for _, e := range entries {
		said = append(said, e.Actor+" "+e.Action+": "+e.Summary)
	}
	require.Equal(t, []string{
		"Ben DELETED: it was Prometheus at http://127.0.0.1:2",
		"Ann CHANGED: from Prometheus at http://127.0.0.1:1 to Prometheus at http://127.0.0.1:2, different in tls, url",
		"Ann CHANGED: Prometheus at http://127.0.0.1:1, different in headers, tenant",
		"Ann CREATED: it is Prometheus at http://127.0.0.1:1",
	}, said)
}

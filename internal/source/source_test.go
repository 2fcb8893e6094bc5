package source

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/slo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestADefinitionIsReadStrictly(t *testing.T) {
	whole := `{name: prod, type: prometheus, url: "https://prom.example.com/prefix", tenant: a, headers: {X-A: b},
basic_auth: {username: u, password_env: HINDCAST_SECRET_P}, tls: {ca_file: ca.pem, server_name: prom, insecure_skip_verify: true},
timeout: 10s, concurrency: 3, max_response_bytes: 1000, max_samples: 2000, on_incomplete: estimate, settle_delay: 90s, reread: 5m}`
	d, err := Parse([]byte(whole))
	require.NoError(t, err)
	require.Equal(t, Definition{
		Name: "prod", Type: "prometheus", URL: "https://prom.example.com/prefix", Tenant: "a", Headers: map[string]string{"X-A": "b"},
		BasicAuth: &BasicAuth{Username: "u", PasswordEnv: "HINDCAST_SECRET_P"},
		TLS:       TLS{CAFile: "ca.pem", ServerName: "prom", InsecureSkipVerify: true},
		Timeout:   Duration(10 * time.Second), Concurrency: 3, MaxResponse: 1000, MaxSamples: 2000, OnIncomplete: Estimate,
		Delay: Duration(90 * time.Second), Overlap: Duration(5 * time.Minute),
	}, d)
	d, problems := d.Validate(Page)
	require.Empty(t, problems)
	require.Equal(t, Prometheus, d.Type)
	again, err := Parse(d.JSON())
	require.NoError(t, err)
	require.Equal(t, d, again, "what is kept is what was written")

	for name, c := range map[string]struct{ text, want string }{
		"a key that does not exist": {"{nam: x}", `key "nam" is not known; known are api_key_env`},
		"a key below another":       {"{tls: {ca: x}}", `key "ca" is not known`},
		"a secret in the open":      {"{bearer_token: s3cret}", `key "bearer_token" is not known`},
		"a value of another kind":   {"{concurrency: many}", "the value `many` is of the wrong kind"},
		"a duration without unit":   {"{timeout: 30}", `duration "30" is not one: write for example 30s`},
		"no mapping":                {"[1]", "of the wrong kind"},
		"too much":                  {strings.Repeat("#", maxText+1), "more than 65536"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			require.ErrorContains(t, err, c.want)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.NotContains(t, err.Error(), "source.", "nobody needs to know our types")
		})
	}
}

func TestEveryProblemOfADefinitionIsNamed(t *testing.T) {
	good := Definition{Name: "prod", Type: "Prometheus", URL: "http://prom:9090"}
	for name, c := range map[string]struct {
		change func(*Definition)
		from   Kind
		field  string
		want   string
	}{
		"no name":                    {func(d *Definition) { d.Name = "" }, Config, "name", "lower-case"},
		"a name with a space":        {func(d *Definition) { d.Name = "a b" }, Config, "name", `"a b"`},
		"the embedded's name":        {func(d *Definition) { d.Name = "embedded" }, Config, "name", "choose another"},
		"an unknown type":            {func(d *Definition) { d.Type = "Graphite" }, Config, "type", `"Graphite" is neither`},
		"no url":                     {func(d *Definition) { d.URL = "" }, Config, "url", "is missing"},
		"a url with a user":          {func(d *Definition) { d.URL = "http://u:p4ss@x" }, Config, "url", "user or a password"},
		"two ways":                   {func(d *Definition) { d.BearerTokenEnv, d.APIKeyEnv = "A", "B" }, Config, "", "keep one"},
		"no password":                {func(d *Definition) { d.BasicAuth = &BasicAuth{Username: "u"} }, Config, "basic_auth", "password_env or password_file"},
		"two places of a secret":     {func(d *Definition) { d.BearerTokenEnv, d.BearerTokenFile = "A", "b" }, Config, "bearer_token_env", "keep one"},
		"half a certificate":         {func(d *Definition) { d.TLS.CertFile = "c" }, Config, "tls", "both"},
		"a tenant written twice":     {func(d *Definition) { d.Tenant, d.Headers = "a", map[string]string{"X-Scope-OrgID": "b"} }, Config, "headers", "keep one"},
		"a header of ours":           {func(d *Definition) { d.Headers = map[string]string{"Authorization": "x"} }, Config, "headers", "Authorization"},
		"a long delay":               {func(d *Definition) { d.Delay = Duration(2 * time.Hour) }, Config, "settle_delay", "1h0m0s"},
		"a negative time":            {func(d *Definition) { d.Timeout = -1 }, Config, "timeout", "not between"},
		"too many at once":           {func(d *Definition) { d.Concurrency = 1000 }, Config, "concurrency", "64"},
		"half a wish":                {func(d *Definition) { d.OnIncomplete = "guess" }, Config, "on_incomplete", `"guess" is neither gap nor estimate`},
		"estimates of Elasticsearch": {func(d *Definition) { d.Type, d.OnIncomplete = Elasticsearch, Estimate }, Config, "on_incomplete", "leave it out"},
		"samples of Elasticsearch":   {func(d *Definition) { d.Type, d.MaxSamples = Elasticsearch, 5 }, Config, "max_samples", "leave it out"},
		"any variable from the page": {func(d *Definition) { d.BearerTokenEnv = "AWS_SECRET" }, Page, "bearer_token_env", "HINDCAST_SECRET_"},
		"any file from a document":   {func(d *Definition) { d.APIKeyFile = "/etc/shadow" }, Document, "api_key_file", "secrets/"},
		"a way out of the folder":    {func(d *Definition) { d.TLS.CAFile = "../tls/ca" }, Page, "tls.ca_file", "secrets/"},
	} {
		t.Run(name, func(t *testing.T) {
			d := good
			c.change(&d)
			_, problems := d.Validate(c.from)
			require.Len(t, problems, 1)
			require.Equal(t, c.field, problems[0].Field)
			require.Contains(t, problems[0].Text, c.want)
			require.NotContains(t, problems[0].String(), "p4ss")
		})
	}
	_, problems := Definition{}.Validate(Config)
	require.Len(t, problems, 3, "all at once: %v", problems)
	trusted := good
	trusted.BearerTokenFile = "/run/secrets/token"
	_, problems = trusted.Validate(Config)
	require.Empty(t, problems, "whoever configures the server may name any file")
}

// Whatever a definition says, its stored form brings it back.
func TestTheStoredFormKeepsEverything(t *testing.T) {
	text := rapid.StringMatching(`[a-zA-Z0-9 _:"'\\{}äß#-]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		d := Definition{
			Name: text.Draw(t, "name"), Type: text.Draw(t, "type"), URL: text.Draw(t, "url"), Tenant: text.Draw(t, "tenant"),
			BearerTokenEnv: text.Draw(t, "env"), APIKeyFile: text.Draw(t, "file"), OnIncomplete: OnIncomplete(text.Draw(t, "on")),
			TLS: TLS{CAFile: text.Draw(t, "ca"), InsecureSkipVerify: rapid.Bool().Draw(t, "skip")}, Concurrency: rapid.Int().Draw(t, "n"),
			MaxSamples: rapid.Int64().Draw(t, "max"), Timeout: Duration(rapid.Int64().Draw(t, "timeout")),
		}
		if rapid.Bool().Draw(t, "basic") {
			d.BasicAuth = &BasicAuth{Username: text.Draw(t, "user"), PasswordFile: text.Draw(t, "password")}
		}
		if h := rapid.MapOfN(text, text, 1, 3).Draw(t, "headers"); rapid.Bool().Draw(t, "with headers") {
			d.Headers = h
		}
		again, err := Parse(d.JSON())
		require.NoError(t, err, "%s", d.JSON())
		require.Equal(t, d, again)
		require.True(t, d.Equal(again))
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("{name: a, type: Prometheus, url: http://x, timeout: 3s}"))
	f.Add([]byte("headers: &a {x: *a}"))
	f.Add([]byte("tls: {<<: {ca_file: x}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse(text)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			return
		}
		if valid, problems := d.Validate(Page); len(problems) == 0 {
			again, err := Parse(valid.JSON())
			require.NoError(t, err)
			require.True(t, valid.Equal(again))
		}
	})
}

func TestADocumentsConnectionIsADefinition(t *testing.T) {
	d, err := FromConnection("prod", "prometheus", map[string]any{"url": "http://prom:9090", "concurrency": 4.0, "headers": map[string]any{"X-A": "1"}, "timeout": "5s"})
	require.NoError(t, err)
	require.Equal(t, Definition{Name: "prod", Type: "prometheus", URL: "http://prom:9090", Concurrency: 4, Headers: map[string]string{"X-A": "1"}, Timeout: Duration(5 * time.Second)}, d)
	_, err = FromConnection("prod", "prometheus", map[string]any{"name": "other"})
	require.ErrorContains(t, err, `key "name"`)
	_, err = FromConnection("prod", "prometheus", map[string]any{"password": "x"})
	require.ErrorContains(t, err, `"password" is not known`)
}

// stub is a source that counts how it is used.
type stub struct {
	url    string
	pace   slo.Pace
	asked  atomic.Int64
	closed atomic.Int64
}

func (s *stub) Measure(context.Context, slo.Indicator, slo.Span) (slo.Measurement, error) {
	s.asked.Add(1)
	return slo.Measurement{Warnings: []string{s.url}}, nil
}

func (s *stub) Reach(context.Context, slo.Indicator) (oldest, newest time.Time, err error) {
	return time.Unix(1, 0), time.Unix(2, 0), nil
}
func (s *stub) Pace() slo.Pace                           { return s.pace }
func (s *stub) Probe(context.Context) (slo.Probe, error) { return slo.Probe{Product: "stub"}, nil }
func (s *stub) Late() (oldest time.Time, ok bool)        { return time.Unix(3, 0), true }

// stubs opens stubs.
type stubs struct {
	err    error
	opened []*stub
	pace   slo.Pace
}

func (o *stubs) Open(e Entry) (Opened, error) {
	if o.err != nil {
		return Opened{}, o.err
	}
	s := &stub{url: e.Definition.URL, pace: o.pace}
	o.opened = append(o.opened, s)
	return Opened{
		Source: s, Close: func() { s.closed.Add(1) },
		Cost: func() outbound.Cost { return outbound.Cost{Requests: s.asked.Load()} },
	}, nil
}

// entry is a definition from a place.
func entry(kind Kind, name, url string, line int) Entry {
	e := Entry{Definition: Definition{Name: name, Type: Prometheus, URL: url}, Origin: Origin{Kind: kind}}
	if line > 0 {
		e.Origin.File, e.Origin.Line = map[Kind]string{Config: "hindcast.yaml", Document: "prod.yaml"}[kind], line
	}
	return e
}

func TestASourceIsOpenedWhenItIsAskedAndAnewWhenItChanged(t *testing.T) {
	o := &stubs{}
	embedded := &stub{}
	r := NewRegistry(embedded, o)
	require.Same(t, embedded, r.Source(""))
	require.Same(t, embedded, r.Source("embedded"))
	require.Nil(t, r.Source("prod"))
	r.Replace(Config, []Entry{entry(Config, "prod", "http://a", 3)})
	src := r.Source("prod")
	require.NotNil(t, src)
	require.Empty(t, o.opened, "nothing is opened before it is asked")
	require.Zero(t, r.Cost("prod"))
	m, err := src.Measure(t.Context(), nil, slo.Span{})
	require.NoError(t, err)
	require.Equal(t, []string{"http://a"}, m.Warnings)
	_, newest, err := src.Reach(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, time.Unix(2, 0), newest)
	require.Len(t, o.opened, 1)
	require.Equal(t, outbound.Cost{Requests: 1}, r.Cost("prod"))

	r.Replace(Config, []Entry{entry(Config, "prod", "http://a", 9)})
	require.Same(t, src, r.Source("prod"), "it stays open where only its line moved")
	e, _ := r.Entry("prod")
	require.Equal(t, "hindcast.yaml:9", e.Origin.String())

	r.Replace(Config, []Entry{entry(Config, "prod", "http://b", 9)})
	require.EqualValues(t, 1, o.opened[0].closed.Load())
	m, err = r.Source("prod").Measure(t.Context(), nil, slo.Span{})
	require.NoError(t, err)
	require.Equal(t, []string{"http://b"}, m.Warnings)
	require.NoError(t, r.Close())
	require.EqualValues(t, 1, o.opened[1].closed.Load())
	require.Nil(t, r.Source("prod"))
}

func TestANameMeansOneSourceAndBothPlacesAreNamed(t *testing.T) {
	r := NewRegistry(nil, &stubs{})
	r.Replace(Document, []Entry{entry(Document, "prod", "http://document", 4)})
	r.Replace(Page, []Entry{entry(Page, "logs", "http://page", 0)})
	require.Empty(t, r.Problems())
	r.Replace(Config, []Entry{entry(Config, "prod", "http://config", 7)})
	require.Equal(t, []slo.Problem{{
		File: "prod.yaml", Line: 4, Column: 1,
		Text: `source "prod" is defined in two places, in prod.yaml:4 and in hindcast.yaml:7: the latter is in force, rename or remove one`,
	}}, r.Problems())
	e, ok := r.Entry("prod")
	require.True(t, ok)
	require.Equal(t, "http://config", e.Definition.URL)
	r.Replace(Document, []Entry{entry(Document, "logs", "http://document", 2)})
	require.Len(t, r.Problems(), 1)
	require.Contains(t, r.Problems()[0].Text, "in prod.yaml:2 and in the page")
	require.Len(t, r.Entries(), 2)
	r.Replace(Page, nil)
	e, _ = r.Entry("logs")
	require.Equal(t, "http://document", e.Definition.URL)
	_, err := r.Probe(t.Context(), "lgs")
	require.ErrorContains(t, err, `there is no source "lgs"; there are logs, prod`)
}

func TestThePaceIsThatOfTheDefinitionElseOfTheSource(t *testing.T) {
	o := &stubs{pace: slo.Pace{Delay: time.Minute, Overlap: 10}}
	r := NewRegistry(nil, o)
	e := entry(Config, "a", "http://a", 1)
	r.Replace(Config, []Entry{e})
	require.Equal(t, slo.Pace{Delay: time.Minute, Overlap: 10}, r.Source("a").(slo.Pacer).Pace())
	e.Definition.Delay, e.Definition.Overlap = Duration(3*time.Minute), Duration(90*time.Second)
	r.Replace(Config, []Entry{e})
	require.Equal(t, slo.Pace{Delay: 3 * time.Minute, Overlap: 2}, r.Source("a").(slo.Pacer).Pace())
	late, ok := r.Source("a").(interface{ Late() (time.Time, bool) }).Late()
	require.True(t, ok)
	require.Equal(t, time.Unix(3, 0), late)
	p, err := r.Probe(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "stub", p.Product)
}

func TestWhatCannotBeOpenedIsAFaultAndTriedAgain(t *testing.T) {
	o := &stubs{err: fault.Invalidf("the CA file is missing")}
	r := NewRegistry(nil, o)
	r.Replace(Config, []Entry{entry(Config, "a", "http://a", 1)})
	src := r.Source("a")
	_, err := src.Measure(t.Context(), nil, slo.Span{})
	require.ErrorIs(t, err, o.err)
	_, _, err = src.Reach(t.Context(), nil)
	require.ErrorIs(t, err, o.err)
	_, err = r.Probe(t.Context(), "a")
	require.ErrorIs(t, err, o.err)
	require.Zero(t, src.(slo.Pacer).Pace())
	o.err = nil
	_, err = src.Measure(t.Context(), nil, slo.Span{})
	require.NoError(t, err)
}

// dial opens an entry over HTTP with what the real opener would do, and asks it.
func dial(t *testing.T, e Entry, secrets string) (*http.Request, error) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }))
	defer server.Close()
	e.Definition.URL = server.URL
	r := Real{Secrets: secrets, Now: time.Now}
	o := r.place(e.Definition).options()
	o.Now, o.Policy = r.Now, r.policy(e)
	client, err := outbound.New(o)
	require.NoError(t, err)
	defer client.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/x", nil)
	require.NoError(t, err)
	res, err := client.RoundTrip(req)
	if err == nil {
		require.NoError(t, res.Body.Close())
	}
	return got, err
}

func TestOnlyTheConfigurationFileNamesThisMachineByItself(t *testing.T) {
	e := entry(Config, "prod", "", 1)
	e.Definition.Tenant = "team-a"
	got, err := dial(t, e, "")
	require.NoError(t, err)
	require.Equal(t, "team-a", got.Header.Get("X-Scope-OrgID"))
	for _, kind := range []Kind{Page, Document} {
		e.Origin.Kind = kind
		got, err := dial(t, e, "")
		require.ErrorContains(t, err, "outbound: {allow: [127.0.0.1/32]}")
		require.Equal(t, fault.Forbidden, fault.KindOf(err))
		require.Nil(t, got, "the server was not reached")
	}
}

func TestSecretsAreReadWhereTheyAreNamed(t *testing.T) {
	t.Setenv("HINDCAST_SECRET_TOKEN", "t0ken")
	e := entry(Config, "prod", "", 1)
	e.Definition.BearerTokenEnv = "HINDCAST_SECRET_TOKEN"
	got, err := dial(t, e, "")
	require.NoError(t, err)
	require.Equal(t, "Bearer t0ken", got.Header.Get("Authorization"))

	e.Definition.BearerTokenEnv, e.Definition.BasicAuth = "", &BasicAuth{Username: "u", PasswordFile: "missing"}
	_, err = dial(t, e, "/data/secrets")
	require.ErrorContains(t, err, "/data/secrets/missing")
	require.Equal(t, "missing", e.Definition.BasicAuth.PasswordFile, "the definition itself stays as it is written")
}

func TestATypeThatCannotBeAskedIsTold(t *testing.T) {
	e := entry(Config, "prod", "http://x", 1)
	e.Definition.Type = "Graphite"
	_, err := Real{Now: time.Now}.Open(e)
	require.ErrorContains(t, err, `"Graphite"`)
}

package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// setClock is a clock that is set.
type setClock struct{ seconds atomic.Int64 }

func (c *setClock) Now() time.Time {
	return scenario.End.Add(time.Duration(c.seconds.Load()) * time.Second)
}

func (c *setClock) advance(d time.Duration) { c.seconds.Add(int64(d.Seconds())) }

// hooked is a server with one SLO, of the service scenarios, and its clock.
func hooked(t *testing.T) (*Server, *setClock) {
	t.Helper()
	clock := &setClock{}
	specs := t.TempDir()
	writeSpec(t, scenario.All()[0], specs)
	s := runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: t.TempDir(), Database: database(t), Specs: specs, Now: clock.Now,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	require.Eventually(t, func() bool { return len(s.slos.All()) == 1 }, time.Minute, 10*time.Millisecond)
	return s, clock
}

// deliver posts a body and returns the status and the answer.
func (s *Server) deliver(t *testing.T, path, body string, header http.Header) (int, hookAnswer) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Address()+"/hooks/deploy"+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	for name := range header {
		r.Header.Set(name, header.Get(name))
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	var a hookAnswer
	if res.Header.Get("Content-Type") == "application/json" {
		require.NoError(t, json.NewDecoder(res.Body).Decode(&a))
	}
	return res.StatusCode, a
}

// noted returns the only annotation.
func (s *Server) noted(t *testing.T) slo.Annotation {
	t.Helper()
	all := s.annotations.All()
	require.Len(t, all, 1)
	return all[0]
}

func TestADeployIsNotedOnceAndClosed(t *testing.T) {
	s, clock := hooked(t)
	service := s.slos.All()[0].Service
	started := clock.Now().Format(time.RFC3339)
	begin := fmt.Sprintf(`{"id":"run 17","service":%q,"version":"v1.2","startedAt":%q,"environment":"prod","url":"https://ci.example/17","author":"ci","unknown":[1]}`, service, started)
	code, a := s.deliver(t, "", begin, nil)
	require.Equal(t, http.StatusCreated, code, a)
	require.Equal(t, 1, *a.Covers)
	require.Empty(t, a.Warning)
	note := s.noted(t)
	require.Equal(t, slo.DeployAnnotation, note.Kind)
	require.Equal(t, "Deploy of "+service+" v1.2", note.Title)
	require.Equal(t, clock.Now().Add(24*time.Hour), note.To, "an end that nobody tells of")
	require.Equal(t, map[string]string{"version": "v1.2", "environment": "prod", "status": "started"}, note.Labels)
	require.Equal(t, "ci", note.Author)

	clock.advance(10 * time.Minute)
	code, again := s.deliver(t, "", begin, nil)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, a, again)
	require.Equal(t, note, s.noted(t), "the same delivery twice is one annotation")

	end := fmt.Sprintf(`{"id":"run 17","finishedAt":%q,"status":"success","watch":"45m"}`, clock.Now().Format(time.RFC3339))
	for range 2 {
		code, _ = s.deliver(t, "", end, nil)
		require.Equal(t, http.StatusOK, code)
	}
	note.To, note.Labels = clock.Now().Add(45*time.Minute), map[string]string{"version": "v1.2", "environment": "prod", "status": "success", "watch": "45m"}
	require.Equal(t, note, s.noted(t))
	code, _ = s.deliver(t, "", begin, nil)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, note, s.noted(t), "a start that comes late opens nothing")

	entries, err := s.store.Audit(t.Context(), "Annotation", note.Name, math.MaxInt64, 10)
	require.NoError(t, err)
	require.Len(t, entries, 2, "what changed nothing is not a change")
	require.Equal(t, "ci", entries[0].Actor)
}

func TestDeliveriesThatSayLittleAreUnderstood(t *testing.T) {
	for name, c := range map[string]struct {
		body     string
		from, to time.Duration // from now
		status   string
	}{
		"it was deployed":              {`{"service":"x"}`, 0, 30 * time.Minute, "finished"},
		"it failed":                    {`{"service":"x","status":"failure"}`, 0, 30 * time.Minute, "failure"},
		"it begins":                    {`{"service":"x","status":"in_progress"}`, 0, 24 * time.Hour, "in_progress"},
		"it ended, and is not watched": {`{"service":"x","watch":"0s"}`, 0, time.Minute, "finished"},
		"it began, and it has ended":   {`{"service":"x","status":"ok","startedAt":"` + minute(-20) + `"}`, -20 * time.Minute, 30 * time.Minute, "ok"},
		"both times":                   {`{"service":"x","startedAt":"` + minute(-20) + `","finishedAt":"` + minute(-5) + `"}`, -20 * time.Minute, 25 * time.Minute, "finished"},
		"when it ended":                {`{"service":"x","finishedAt":"` + minute(-5) + `","watch":"10m"}`, -5 * time.Minute, 5 * time.Minute, "finished"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := readDelivery("", "", []byte(c.body))
			require.NoError(t, err)
			require.NoError(t, d.check(scenario.End))
			a, err := d.update(scenario.End)(slo.Annotation{})
			require.NoError(t, err)
			end := scenario.End.Truncate(time.Second)
			require.Equal(t, end.Add(c.from), a.From)
			require.Equal(t, end.Add(c.to), a.To)
			require.Equal(t, c.status, a.Labels["status"])
		})
	}
}

// minute writes an instant some minutes from the end of the scenario.
func minute(minutes int) string {
	return scenario.End.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)
}

func TestOneDeployIsOneNameWhoeverSendsIt(t *testing.T) {
	name := func(body string, now time.Time) string {
		d, err := readDelivery("", "", []byte(body))
		require.NoError(t, err)
		require.NoError(t, d.check(scenario.End))
		return d.name(now)
	}
	later := scenario.End.Add(time.Second)
	for _, same := range [][2]string{
		{`{"id":"1","service":"a"}`, `{"id":"1","service":"a","version":"2"}`},
		{`{"service":"a","version":"2","startedAt":"` + minute(-1) + `"}`, `{"service":"a","version":"2","startedAt":"` + minute(-1) + `","status":"success"}`},
	} {
		require.Equal(t, name(same[0], scenario.End), name(same[1], later))
	}
	for _, other := range [][2]string{
		{`{"id":"1","service":"a"}`, `{"id":"2","service":"a"}`},
		{`{"id":"ä"}`, `{"id":"ö"}`},
		{`{"service":"a"}`, `{"service":"a"}`},
		{`{"service":"a","startedAt":"` + minute(-1) + `"}`, `{"service":"b","startedAt":"` + minute(-1) + `"}`},
	} {
		require.NotEqual(t, name(other[0], scenario.End), name(other[1], later))
	}
	require.Regexp(t, `^deploy-run-17-[0-9a-f]{10}$`, name(`{"id":"Run #17"}`, later))
	require.LessOrEqual(t, len(name(fmt.Sprintf(`{"service":%q,"version":%q}`, strings.Repeat("a", 200), strings.Repeat("b", 200)), later)), 63)
}

func TestAHookRefusesWithTheFieldToBlame(t *testing.T) {
	s, _ := hooked(t)
	long := strings.Repeat("x", 201)
	for name, c := range map[string]struct {
		body, field, says string
	}{
		"nothing":                 {``, "", "not a JSON object"},
		"a list":                  {`[]`, "", "it has to be a JSON object"},
		"half an object":          {`{"service":"a"`, "", "not a JSON object"},
		"two objects":             {`{"service":"a"}{}`, "", "one deploy at a time"},
		"nothing in scope":        {`{"version":"1"}`, "service", "say what was deployed"},
		"a number for a text":     {`{"service":"a","version":17}`, "version", "version is a JSON number: it has to be a text"},
		"a text for a list":       {`{"slos":"a"}`, "slos", "list of texts"},
		"an empty entry":          {`{"services":["a",""]}`, "services", "is empty"},
		"a long id":               {`{"service":"a","id":"` + long + `"}`, "id", "201 bytes"},
		"control characters":      {`{"service":"a","title":"a\u001b[2J"}`, "title", "control character U+001B"},
		"many SLOs":               {`{"slos":[` + strings.TrimSuffix(strings.Repeat(`"a",`, 201), ",") + `]}`, "slos", "at most 200"},
		"a script":                {`{"service":"a","url":"javascript:alert(1)"}`, "url", "http or https"},
		"a password":              {`{"service":"a","url":"https://u:hunter2@ci/"}`, "url", "password"},
		"a time in words":         {`{"service":"a","startedAt":"now"}`, "startedAt", "2026-01-31T02:00:00Z"},
		"a time of another clock": {`{"service":"a","startedAt":"2031-01-31T02:00:00Z"}`, "startedAt", "check the clock"},
		"an end before the start": {`{"service":"a","startedAt":"` + minute(-1) + `","finishedAt":"` + minute(-2) + `"}`, "finishedAt", "before startedAt"},
		"a watch of two days":     {`{"service":"a","watch":"48h"}`, "watch", "0s to 24h"},
		"a label with a newline":  {`{"labels":{"a":"b\n"}}`, "labels", "control character U+000A"},
		"a NUL":                   {`{"service":"a\u0000"}`, "service", "control character U+0000"},
		"text the other way":      {`{"service":"a","author":"\u202enimda"}`, "author", "control character U+202E"},
		"half a character":        {"{\"service\":\"a\xc3\"}", "", "not UTF-8"},
		"two services":            {`{"service":"a","service":"b"}`, "", `"service" is in one object twice`},
		"two values of a label":   {`{"labels":{"a":"b","a":"c"}}`, "", `"a" is in one object twice`},
		"a million brackets":      {strings.Repeat("[", 200_000), "", "not a JSON object"},
		"many labels":             {`{"labels":{` + manyLabels(201) + `}}`, "labels", "at most 200"},
		"the year 0001":           {`{"service":"a","startedAt":"0001-01-01T00:00:00Z"}`, "startedAt", "check the clock"},
		"the year 9999":           {`{"service":"a","finishedAt":"9999-12-31T23:59:59Z"}`, "finishedAt", "check the clock"},
		"not a number":            {`{"service":"a","watch":"NaN"}`, "watch", "0s to 24h"},
		"a watch back in time":    {`{"service":"a","watch":"-1h"}`, "watch", "0s to 24h"},
		"a bare NaN":              {`{"service":NaN}`, "", "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			code, a := s.deliver(t, "", c.body, nil)
			require.Equal(t, http.StatusBadRequest, code)
			require.Equal(t, c.field, a.Field, a.Error)
			require.Contains(t, a.Error, c.says)
			require.NotContains(t, a.Error, "hunter2")
		})
	}
	require.Empty(t, s.annotations.All())
}

// manyLabels are n members of a JSON object.
func manyLabels(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"l%d":"v"`, i)
	}
	return strings.Join(all, ",")
}

func TestAHookIsForSendersOnly(t *testing.T) {
	s, clock := hooked(t)
	good := `{"service":"unheard-of"}`
	for name, c := range map[string]struct {
		body   string
		header http.Header
		want   int
	}{
		"a form":                  {good, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, http.StatusUnsupportedMediaType},
		"a text":                  {good, http.Header{"Content-Type": {"text/plain"}}, http.StatusUnsupportedMediaType},
		"another site's page":     {good, http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		"another origin":          {good, http.Header{"Origin": {"https://example.com"}}, http.StatusForbidden},
		"a body that is too long": {`{"title":"` + strings.Repeat("x", maxDelivery) + `"}`, nil, http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			code, _ := s.deliver(t, "", c.body, c.header)
			require.Equal(t, c.want, code)
		})
	}
	res, _ := fetch(t, s, "/hooks/deploy", "")
	require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode)
	require.Equal(t, "POST", res.Header.Get("Allow"))
	require.Empty(t, s.annotations.All())

	code, a := s.deliver(t, "", good, nil)
	require.Equal(t, http.StatusCreated, code)
	require.Zero(t, *a.Covers)
	require.Contains(t, a.Warning, "no SLO")

	for range deliveriesAtOnce {
		if code, _ = s.deliver(t, "", `{"id":"1","service":"a"}`, nil); code == http.StatusTooManyRequests {
			break
		}
	}
	require.Equal(t, http.StatusTooManyRequests, code)
	clock.advance(time.Second)
	code, _ = s.deliver(t, "", `{"id":"1","service":"a"}`, nil)
	require.Equal(t, http.StatusOK, code)
}

func TestGitHubsDeploysAreUnderstood(t *testing.T) {
	s, clock := hooked(t)
	event := func(state, creation string) string {
		return fmt.Sprintf(`{"action":"created","deployment_status":{"id":1,"state":%q,"created_at":%q,"log_url":"","target_url":"https://ci.example/1","creator":{"login":"octocat"}},
			"deployment":{"id":42,"ref":"main","environment":"production","created_at":%q,"payload":{}},"repository":{"name":"checkout","full_name":"shop/checkout"}}`, state, creation, minute(-9))
	}
	github := http.Header{"X-Github-Event": {"deployment_status"}}
	for _, state := range []string{"in_progress", "success", "inactive"} {
		code, a := s.deliver(t, "?service=scenarios", event(state, clock.Now().Format(time.RFC3339)), github)
		require.Less(t, code, 300, a)
	}
	a := s.noted(t)
	require.Equal(t, slo.Scope{Services: []string{"scenarios"}}, a.Scope)
	require.Equal(t, minute(-9), a.From.Format(time.RFC3339))
	require.Equal(t, minute(30), a.To.Format(time.RFC3339))
	require.Equal(t, "octocat", a.Author)
	require.Equal(t, "https://ci.example/1", a.URL)
	require.Equal(t, map[string]string{"version": "main", "environment": "production", "status": "success"}, a.Labels)

	code, answer := s.deliver(t, "", `{"zen":"Keep it logically awesome."}`, http.Header{"X-Github-Event": {"ping"}})
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, answer.Warning, "nothing was kept")
	code, answer = s.deliver(t, "", `{}`, http.Header{"X-Github-Event": {"push"}})
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, answer.Error, "deployment_status only")
	code, answer = s.deliver(t, "", `{"deployment":{"id":"x"}}`, github)
	require.Equal(t, http.StatusBadRequest, code)
	require.Equal(t, "deployment.id", answer.Field)
	require.Contains(t, answer.Error, "whole number")
}

func TestADeployThatCannotBeKeptIsToBeSentAgain(t *testing.T) {
	s, _ := hooked(t)
	for _, c := range []struct {
		err  error
		code int
		says string
	}{{fault.Unavailablef("the disk is full"), http.StatusServiceUnavailable, "the disk is full"}, {errors.New("secret"), http.StatusInternalServerError, "a defect"}} {
		s.almanac.Store = fullStore{s.store, c.err}
		code, a := s.deliver(t, "", `{"service":"a"}`, nil)
		require.Equal(t, c.code, code)
		require.Contains(t, a.Error, c.says)
		require.Empty(t, s.annotations.All(), "what is not on disk is not there")
	}
}

// fullStore keeps nothing any more.
type fullStore struct {
	almanac.Store
	err error
}

func (f fullStore) ReplaceObject(context.Context, []byte, store.Object, store.Change) error {
	return f.err
}

func FuzzDelivery(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","service":"a","labels":{"a":"b"},"startedAt":"` + minute(-1) + `","watch":"1h"}`, `{"services":["a","b"],"finishedAt":"` + minute(0) + `"}`, `{"url":"https://a"}`, `[`, `{"id":1}`,
	} {
		f.Add("", []byte(seed))
		f.Add("deployment_status", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		d, err := readDelivery(event, "", body)
		if err != nil || d.check(scenario.End) != nil {
			return
		}
		a, err := d.update(scenario.End)(slo.Annotation{})
		if err != nil {
			return
		}
		require.NoError(t, a.Scope.Check())
		require.True(t, a.To.After(a.From))
		require.NoError(t, slo.CheckLine(a.Title+a.Author))
		require.LessOrEqual(t, len(d.name(scenario.End)), 63)
		again, err := d.update(scenario.End.Add(time.Minute))(slo.Annotation{
			Name: "x", Kind: a.Kind, Title: a.Title, URL: a.URL, Scope: a.Scope, From: a.From, To: a.To, Labels: a.Labels, Author: a.Author,
		})
		require.NoError(t, err)
		again.Name = ""
		require.Equal(t, a, again, "the same delivery, a minute later")
	})
}

package server

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

const dailySLA = `apiVersion: hindcast/v1
kind: SLA
metadata: {name: daily, displayName: "Daily <b>gold</b>"}
spec:
  targetPercent: 99.9
  period: {every: day, timeZone: UTC}
  streams: [{sloRef: scenario-1}]
  customers:
    - {name: acme, displayName: "=cmd|' /C calc'!A0", fee: "40.00", currency: EUR}
    - {name: umbrella}
  credits: [{belowPercent: 99.9, creditPercent: 10}, {belowPercent: 99, creditPercent: 25}]
`

// contracted runs a server with S1 measured and an agreement by days on it.
func contracted(t *testing.T) (*Server, *slo.SLO) {
	t.Helper()
	o := s1Options(t)
	require.NoError(t, os.WriteFile(filepath.Join(o.Specs, "sla.yaml"), []byte(dailySLA), 0o600))
	s := runningWith(t, o)
	return s, s.measuring(t)
}

var badDay = badFrom.Format(time.DateOnly)

func TestAStatementIsIssuedPrintedAndCorrected(t *testing.T) {
	s, objective := contracted(t)
	server := "--server=http://" + s.Address()
	code, out, text := command(t, "sla", "list", server)
	require.Zero(t, code, text)
	require.Regexp(t, `(?m)^daily +99.9 % +`+s.o.Now().Format(time.DateOnly), out)

	code, out, text = command(t, "sla", "figures", "daily", "--period", badDay, "-o", "json", server)
	require.Zero(t, code, text)
	var figures slaAnswer
	require.NoError(t, json.Unmarshal([]byte(out), &figures))
	day, err := slo.ParseCalendar("1d", slo.DefaultAnchor(time.UTC))
	require.NoError(t, err)
	target, err := slo.ParseTargetPercent("99.9")
	require.NoError(t, err)
	held := objective.Objectives[0]
	held.Target = target
	want, err := s.evaluator.Budget(t.Context(), objective, &held, slo.Question{Window: day, AsOf: figures.Figures.To})
	require.NoError(t, err)
	require.Equal(t, [2]float64{*want.Good, *want.Total}, [2]float64{*figures.Figures.Budget.Good, *figures.Figures.Budget.Total})
	require.Equal(t, "25", figures.Figures.Credit.CreditPercent)

	issue := []string{"sla", "issue", "daily", "--customer", "acme", "--period", badDay, "--by", "Ada", "--note", "<script>alert(1)</script>", server}
	code, out, text = command(t, issue...)
	require.Zero(t, code, text)
	require.Contains(t, out, "revision 1 is issued")
	code, _, text = command(t, issue...)
	require.Equal(t, ExitProblems, code)
	require.Contains(t, text, "nothing differs from revision 1")

	path := "/statements/daily/acme/" + badDay
	res, frozen := fetch(t, s, path+".json", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	sum := sha256.Sum256([]byte(frozen))
	require.Equal(t, "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":", res.Header.Get("Repr-Digest"))
	var d agreement.Document
	require.NoError(t, json.Unmarshal([]byte(frozen), &d))
	require.Equal(t, [2]string{"25", "10.00"}, [2]string{d.Credit.CreditPercent, d.Credit.Amount})
	require.Equal(t, *want.Good, *d.Good)

	code, _, text = command(t, "exclude", "add", "Upstream outage", "--reason", "their fault", "--slo", objective.Name,
		"--start", badFrom.Format(time.RFC3339), "--length", "61m", "--by", "Ada", server)
	require.Zero(t, code, text)
	code, _, text = command(t, "exclude", "approve", "upstream-outage", "--by", "Grace", server)
	require.Zero(t, code, text)
	code, out, text = command(t, issue...)
	require.Zero(t, code, text)
	require.Contains(t, out, "amount due: was 10.00 EUR, is none")
	_, again := fetch(t, s, path+".json?revision=1", "")
	require.Equal(t, frozen, again, "what was issued stays, byte by byte")

	code, out, text = command(t, "sla", "statement", "daily", "--customer", "acme", "--period", badDay, server)
	require.Zero(t, code, text)
	require.Regexp(t, `Achieved +100 %`, out)
	require.Regexp(t, `Correction +credit: was 25 %, is none`, out)
	for form, first := range map[string]string{"csv": "agreement,customer,period,", "html": "<!doctype html>", "json": `{"format":"hindcast/sla-statement/v1"`} {
		code, out, text = command(t, "sla", "statement", "daily", "--customer", "acme", "--period", badDay, "--revision", "1", "-o", form, server)
		require.Zero(t, code, text)
		require.True(t, strings.HasPrefix(out, first), out)
	}
}

func TestStatementsShowWhatPeopleWroteAndRunNoneOfIt(t *testing.T) {
	s, _ := contracted(t)
	_, err := contracts{s}.Issue(t.Context(), model.IssueInput{Sla: "daily", Customer: "acme", Period: badDay, By: "Ada", Note: "<script>alert(1)</script>"})
	require.NoError(t, err)
	path := "/statements/daily/acme/" + badDay
	res, page := fetch(t, s, path+".html", "")
	require.Equal(t, "text/html; charset=utf-8", res.Header.Get("Content-Type"))
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "<b>gold")
	require.NotContains(t, page, " style=")
	require.NotContains(t, page, "<style")
	require.Contains(t, page, "&lt;script&gt;alert(1)")
	require.Contains(t, page, `href="/slos/scenario-1?asOf=`)
	require.NotContains(t, page, "ZgotmplZ")
	res, css := fetch(t, s, agreement.StylePath, "")
	require.Equal(t, "text/css; charset=utf-8", res.Header.Get("Content-Type"))
	require.Contains(t, css, "@page")

	res, text := fetch(t, s, path+".csv", "")
	require.Contains(t, res.Header.Get("Content-Disposition"), `filename="daily-acme-`+badDay+`-1.csv"`)
	require.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"), "RFC 4180")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"statement", "stream"}, []string{rows[1][4], rows[2][4]})
	for _, row := range rows {
		for _, cell := range row {
			require.NotRegexp(t, `^[=+@\t\r]`, cell)
		}
	}
}

func TestAddressesOfStatementsThatLeadNowhere(t *testing.T) {
	s, _ := contracted(t)
	_, err := contracts{s}.Issue(t.Context(), model.IssueInput{Sla: "daily", Customer: "acme", Period: badDay, By: "Ada"})
	require.NoError(t, err)
	for path, want := range map[string]struct {
		status int
		say    string
	}{
		"/statements/daily/acme/2026-01-01.html":                     {http.StatusNotFound, `no statement of "daily" for "acme", "2026-01-01", was issued`},
		"/statements/none/acme/" + badDay + ".html":                  {http.StatusNotFound, "was issued"},
		"/statements/daily/acme/" + badDay + ".pdf":                  {http.StatusBadRequest, "write the period and .html, .json or .csv"},
		"/statements/daily/acme/" + badDay:                           {http.StatusBadRequest, "has no form"},
		"/statements/daily/acme/" + badDay + ".html?revision=2":      {http.StatusNotFound, "has no revision 2"},
		"/statements/daily/acme/" + badDay + ".html?revision=0":      {http.StatusBadRequest, "is not a number from 1 on"},
		"/statements/daily/acme/" + badDay + ".html?revision=x":      {http.StatusBadRequest, "is not a number from 1 on"},
		"/statements/daily/%00/" + badDay + ".html":                  {http.StatusNotFound, "no statement of that name"},
		"/statements/daily/" + strings.Repeat("a", 300) + "/x.json":  {http.StatusNotFound, "no statement of that name"},
		"/statements/daily/acme%27%20OR%201=1/" + badDay + ".json":   {http.StatusNotFound, "was issued"},
		"/statements/daily/acme/" + badDay + ".json?revision=999999": {http.StatusNotFound, "has no revision 999999"},
	} {
		res, body := fetch(t, s, path, "")
		require.Equal(t, want.status, res.StatusCode, path)
		require.Contains(t, body, want.say, path)
	}
}

func TestCommandsAboutAgreementsSayWhatIsWrong(t *testing.T) {
	s, _ := contracted(t)
	server := "--server=http://" + s.Address()
	for name, c := range map[string]struct {
		args []string
		code int
		say  string
	}{
		"no agreement":       {[]string{"sla", "figures", "none", server}, ExitProblems, "there is no SLA"},
		"no such period":     {[]string{"sla", "figures", "daily", "--period", "2026-W1", server}, ExitProblems, "write it like 2024-01-01"},
		"no statement":       {[]string{"sla", "statement", "daily", "--customer", "acme", "--period", badDay, server}, ExitProblems, "was issued"},
		"a path":             {[]string{"sla", "statement", "../..", "--customer", "..", "--period", "x", server}, ExitProblems, `"../.." names no statement`},
		"no customer":        {[]string{"sla", "statement", "daily", "--period", badDay, server}, ExitUsage, "--customer"},
		"an unknown form":    {[]string{"sla", "statement", "daily", "--customer", "acme", "--period", badDay, "-o", "pdf", server}, ExitUsage, "pdf"},
		"a server elsewhere": {[]string{"sla", "statement", "daily", "--customer", "acme", "--period", badDay, "--server=http://127.0.0.1:1"}, ExitUnavailable, "no server answers"},
		"it goes on": {
			[]string{"sla", "issue", "daily", "--customer", "acme", "--period", s.o.Now().Format(time.DateOnly), "--by", "Ada", server},
			ExitProblems, "it can be stated from",
		},
		"nobody": {[]string{"sla", "issue", "daily", "--customer", "acme", "--period", badDay, server}, ExitUsage, "--by"},
	} {
		code, out, text := command(t, c.args...)
		require.Equal(t, c.code, code, "%s: %s%s", name, out, text)
		require.Contains(t, text, c.say, name)
	}
}

func TestAgreementsOfThePage(t *testing.T) {
	s, objective := contracted(t)
	c := contracts{s}
	in := model.SlaInput{
		DisplayName: "Gold", TargetPercent: "99.9", Window: model.WindowInput{Duration: "1d", Calendar: true, TimeZone: "Europe/Vienna"}, Combination: slo.Worst,
		Streams: []model.SlaStreamInput{{Slo: objective.Name}}, Customers: []model.SlaCustomerInput{{Name: "acme", Fee: new("10"), Currency: new("JPY")}},
		Credits: []model.SlaCreditInput{{BelowPercent: "99.9", CreditPercent: "10"}}, By: "Ada",
		Terms: &model.SlaTermsInput{Exclusions: true, Kinds: []slo.ExclusionKind{slo.OtherExclusion, slo.MaintenanceExclusion}, Notice: new(72 * time.Hour), Most: new(4 * time.Hour)},
	}
	made, err := c.SaveSLA(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, [2]string{"gold", "calendar day (Europe/Vienna)"}, [2]string{made.Name, made.Window.Title})
	require.Equal(t, []slo.ExclusionKind{slo.MaintenanceExclusion, slo.OtherExclusion}, made.Terms.Kinds)
	require.True(t, made.Editable)
	shown, err := c.SLA(t.Context(), "gold")
	require.NoError(t, err)
	require.Equal(t, made, shown)
	require.Same(t, objective, shown.Streams[0].Slo)
	promising, err := c.Promising(t.Context(), objective)
	require.NoError(t, err)
	require.Len(t, promising, 2)
	series, _, err := ours(t, s).Query(t.Context(), "hindcast_sla_target_ratio", s.o.Now())
	require.NoError(t, err)
	require.Len(t, series, len(s.agreements.All()[0].Customers)+len(s.agreements.All()[1].Customers), "a series for each customer")

	for field, change := range map[string]func(*model.SlaInput){
		"targetPercent":   func(in *model.SlaInput) { in.TargetPercent = "100" },
		"window.calendar": func(in *model.SlaInput) { in.Window.Calendar = false },
		"window.timeZone": func(in *model.SlaInput) { in.Window.TimeZone = "Vienna" },
		"window.duration": func(in *model.SlaInput) { in.Window.Duration = "30m" },
		"credits": func(in *model.SlaInput) {
			in.Credits = []model.SlaCreditInput{{BelowPercent: "99.95", CreditPercent: "10"}}
		},
		"streams":   func(in *model.SlaInput) { in.Streams = nil },
		"customers": func(in *model.SlaInput) { in.Customers = nil },
		"terms":     func(in *model.SlaInput) { in.Terms = &model.SlaTermsInput{Exclusions: true, Notice: new(-time.Hour)} },
		"name":      func(in *model.SlaInput) { in.Name = "daily" },
		"by":        func(in *model.SlaInput) { in.By = " " },
	} {
		wrong := in
		change(&wrong)
		_, err := c.SaveSLA(t.Context(), wrong)
		require.Equal(t, field, fault.FieldOf(err), "%v", err)
	}
	require.Equal(t, fault.Conflict, fault.KindOf(c.DeleteSLA(t.Context(), "daily", "Ada")), "it is in a file")
	require.NoError(t, c.DeleteSLA(t.Context(), "gold", "Ada"))
	shown, err = c.SLA(t.Context(), "gold")
	require.NoError(t, err)
	require.Nil(t, shown)
}

func TestReplicasFollowAgreements(t *testing.T) {
	s, objective := contracted(t)
	other, err := New(t.Context(), Options{Listen: "127.0.0.1:0", Data: t.TempDir(), Now: s.o.Now, Logger: s.o.Logger})
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	other.agreements.Store = s.store // as two servers on one database have it
	_, err = contracts{s}.SaveSLA(t.Context(), model.SlaInput{
		DisplayName: "Gold", TargetPercent: "99.9", Window: model.WindowInput{Duration: "1d", Calendar: true, TimeZone: "UTC"}, Combination: slo.Worst,
		Streams: []model.SlaStreamInput{{Slo: objective.Name}}, Customers: []model.SlaCustomerInput{{Name: "acme"}}, By: "Ada",
	})
	require.NoError(t, err)
	require.NoError(t, other.agreements.Follow(t.Context()))
	require.NotNil(t, other.agreements.ByName("gold"))
}

func TestCheckFindsStatementsThatWereChanged(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, s.AppendStatement(t.Context(), store.Statement{
		SLA: "gold", Customer: "acme", Period: "2026-10", Revision: 1, Document: []byte(`{"achievedPercent":"100"}`), Digest: strings.Repeat("0", 64),
	}, store.Change{Kind: agreement.Kind, Name: "gold"}))
	require.NoError(t, s.Close())
	code, out, _ := command(t, "check", "--data", dir)
	require.Equal(t, ExitProblems, code)
	require.Contains(t, out, "revision 1 of the statement of gold for acme, 2026-10, is damaged and not shown: its SHA-256 is")
}

package agreement_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a document with everything that documents can have.
func sample() agreement.Document {
	zone := time.FixedZone("", 7200)
	figures := agreement.Figures{State: slo.Breached, AchievedPercent: new("98.5"), Good: new(1970.0), Total: new(2000.0), ExcludedMinutes: 60, Coverage: 0.75}
	return agreement.Document{
		Format: agreement.Format, Revision: 2, IssuedAt: time.Date(2026, 7, 3, 12, 0, 0, 0, zone), IssuedBy: "Zoë", Note: "=1+1",
		SLA: agreement.Terms{
			Name: "gold", Title: "Gold <i>support</i>", Description: "All & everything", TargetPercent: "99", Window: "calendar 2 days (UTC)", Combination: slo.Total,
			Exclusions: "every exclusion in force counts", Credits: []agreement.Band{{BelowPercent: "99", CreditPercent: "10"}},
		},
		Customer: agreement.Party{Name: "acme", Title: "@ACME", Fee: "100.00", Currency: "EUR"},
		Period:   agreement.Period{Name: "2026-07-01", From: time.Date(2026, 7, 1, 0, 0, 0, 0, zone), To: time.Date(2026, 7, 3, 0, 0, 0, 0, zone), TimeZone: "Europe/Vienna"},
		Figures:  figures, Credit: &agreement.Due{Band: agreement.Band{BelowPercent: "99", CreditPercent: "10"}, Amount: "10.00", Currency: "EUR"},
		Lines: []agreement.Line{
			{SLO: "api", Objective: "fast", Title: "The API", Service: "shop", Figures: figures, Evidence: "/slos/api?asOf=2026-07-02T22%3A00%3A00Z", Days: []agreement.Day{
				{Day: "2026-07-01", Good: new(985.0), Total: new(1000.0), Coverage: 1}, {Day: "2026-07-02", Coverage: 0},
			}},
			{SLO: "web", Figures: agreement.Figures{State: slo.NoTraffic, Good: new(0.0), Total: new(0.0)}, Evidence: "/slos/web", Days: []agreement.Day{}},
		},
		Exclusions: []agreement.Exclusion{{
			Name: "work", Title: "+work", Kind: slo.MaintenanceExclusion, Reason: "announced", From: time.Date(2026, 7, 1, 1, 0, 0, 0, zone),
			To: time.Date(2026, 7, 1, 2, 0, 0, 0, zone), SLOs: []string{"api"}, Author: "Ada", ApprovedBy: "Grace",
		}},
		Corrections: []agreement.Correction{{What: "achieved", Was: "99.5 %", Is: "98.5 %"}}, Warnings: []string{"1 of 2 minutes are estimated"},
	}
}

func issuedSample(d agreement.Document) agreement.Statement {
	return agreement.Statement{
		Statement: store.Statement{SLA: d.SLA.Name, Customer: d.Customer.Name, Period: d.Period.Name, Revision: d.Revision, Digest: strings.Repeat("ab", 32)},
		Document:  d, Latest: true,
	}
}

// TestTheFrozenFormStaysWhatItIs fails when a change would make other bytes of the
// same statement: documents that were signed would not be made again.
func TestTheFrozenFormStaysWhatItIs(t *testing.T) {
	text, err := json.Marshal(sample())
	require.NoError(t, err)
	const golden = "testdata/statement.json"
	if *update {
		require.NoError(t, os.WriteFile(golden, append(text, '\n'), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(strings.TrimSpace(string(want)), string(text)))
	var again agreement.Document
	require.NoError(t, json.Unmarshal(text, &again))
	second, err := json.Marshal(again)
	require.NoError(t, err)
	require.Equal(t, string(text), string(second))
}

func page(t testing.TB, d agreement.Document, newest int) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, issuedSample(d).WriteHTML(&b, newest, "/statements/gold/acme/2026-07-01.html?revision=9"))
	_, err := html.Parse(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	return b.String()
}

func TestThePageShowsWhatTheDocumentSays(t *testing.T) {
	got := page(t, sample(), 2)
	for _, want := range []string{
		"Gold &lt;i&gt;support&lt;/i&gt;", "98.5 %", "99 %", "missed", "10.00 EUR", "10 % of 100.00 EUR, for less than 99 %", "75 %", "1 of 2 minutes are estimated",
		`<td class="was">99.5 %</td>`, "The API", "api/fast, shop", "1\u202f970", "60 min", "All together", "Announced", "by Ada, approved by Grace",
		`class="gap"`, "2026-07-02: not measured", `class="over"`, "good and total of all streams are added", strings.Repeat("ab", 32),
		"2026-07-01 00:00 &#43;02:00", `/statements/gold/acme/2026-07-01.json?revision=2`, `href="/slos/api?asOf=2026-07-02T22%3A00%3A00Z"`,
	} {
		require.Contains(t, strings.ReplaceAll(got, "announced", "Announced"), want)
	}
	require.NotContains(t, got, "Superseded")
	require.Contains(t, page(t, sample(), 9), `<a href="/statements/gold/acme/2026-07-01.html?revision=9">see revision 9</a>`)
}

func TestVerdictsInWords(t *testing.T) {
	for state, want := range map[slo.State]string{
		slo.Breached: `verdict missed">missed`, slo.Healthy: `verdict">met`, slo.AtRisk: `verdict">met`, slo.NoTraffic: `verdict unknown">nothing was used`,
		slo.NoData: `verdict unknown">cannot be told`, slo.Stale: `verdict unknown">cannot be told`,
	} {
		d := sample()
		d.State, d.Credit = state, nil
		require.Contains(t, page(t, d, 2), want, state)
	}
	d := sample()
	d.State = slo.NoData
	require.Regexp(t, regexp.MustCompile(`Achieved</h2><p class="big">–</p>`), page(t, d, 2), "what was partly measured is no result")
}

// TestNoTextRunsAnything puts hostile text into every place that people write.
func TestNoTextRunsAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom([]string{
			`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `'; alert(1); //`, "=HYPERLINK(\"http://x\")", "+1", "-1+1", "@x", "\tx", "\r\nx", `{{.}}`, "</title>",
		}), rapid.String()).Draw(rt, "text")
		d := sample()
		d.Note, d.IssuedBy, d.SLA.Title, d.SLA.Description, d.Customer.Title, d.Customer.Name = text, text, text, text, text, text
		d.Lines[0].Title, d.Exclusions[0].Title, d.Exclusions[0].Reason, d.Warnings[0] = text, text, text, text
		d.Corrections[0].What, d.Corrections[0].Was = text, text
		tree, err := html.Parse(strings.NewReader(page(t, d, 2)))
		require.NoError(rt, err)
		for n := range tree.Descendants() {
			require.NotContains(rt, []string{"script", "img", "i"}, n.Data)
			for _, a := range n.Attr {
				require.False(rt, strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "href" && !strings.HasPrefix(a.Val, "/"), "%s=%s", a.Key, a.Val)
			}
		}
		var b bytes.Buffer
		require.NoError(rt, issuedSample(d).WriteCSV(&b))
		rows, err := csv.NewReader(&b).ReadAll()
		require.NoError(rt, err)
		require.Len(rt, rows, 1+1+2+1+1)
		for _, row := range rows {
			for _, cell := range row {
				require.NotRegexp(rt, `^[=+@\t\r\n]`, cell)
				require.True(rt, !strings.HasPrefix(cell, "-") || regexp.MustCompile(`^-[0-9.]+$`).MatchString(cell), cell)
			}
		}
	})
}

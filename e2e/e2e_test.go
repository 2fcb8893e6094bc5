//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// figures is what all faces of the program must agree on.
type figures struct {
	Name                                        string
	State                                       string
	To                                          time.Time
	Good, Total, SLI, Allowed, Spent, Remaining *float64
	Coverage                                    float64
}

func TestDemo(t *testing.T) {
	p := start(t)
	awaitHistory(t, p)

	t.Run("page has the headers that keep a browser safe", func(t *testing.T) {
		resp, err := http.Get(p.URL + "/")
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, http.StatusOK, resp.StatusCode)
		csp := resp.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors"} {
			require.Contains(t, csp, want)
		}
		require.NotContains(t, scriptSource(csp), "'unsafe-inline'")
		require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	})
	t.Run("status on the command line says what GraphQL says", func(t *testing.T) { compareStatus(t, p) })
	t.Run("browser", func(t *testing.T) { browse(t, p) })
}

// scriptSource returns the directive that governs scripts.
func scriptSource(csp string) string {
	fallback := ""
	for d := range strings.SplitSeq(csp, ";") {
		d = strings.TrimSpace(d)
		if strings.HasPrefix(d, "script-src ") {
			return d
		}
		if strings.HasPrefix(d, "default-src ") {
			fallback = d
		}
	}
	return fallback
}

// awaitHistory waits until the history of every objective has been read.
func awaitHistory(t *testing.T, p *program) {
	t.Helper()
	began := time.Now()
	for {
		var data struct {
			Slos struct {
				Nodes []struct {
					Name      string
					Backfill  *struct{ Done bool }
					Composite *struct{ Method string } // it has no history of its own
				}
			}
		}
		p.query(t, `{ slos(first: 100) { nodes { name backfill { done } composite { method } } } }`, &data)
		var waiting []string
		for _, s := range data.Slos.Nodes {
			if s.Composite == nil && (s.Backfill == nil || !s.Backfill.Done) { // null before the first cycle
				waiting = append(waiting, s.Name)
			}
		}
		if len(waiting) == 0 && len(data.Slos.Nodes) > 0 {
			t.Logf("%d objectives, history read %.1f s after readiness", len(data.Slos.Nodes), time.Since(began).Seconds())
			return
		}
		require.Less(t, time.Since(began), startLimit, "history not read: %v", waiting)
		time.Sleep(250 * time.Millisecond)
	}
}

// compareStatus asks twice, around the command, because time goes on: the
// figures must be those of one of the two moments.
func compareStatus(t *testing.T, p *program) {
	for range 5 {
		before := ask(t, p)
		var rows []figures
		require.NoError(t, json.Unmarshal(p.run(t, "status", "--server", p.URL, "-o", "json"), &rows))
		after := ask(t, p)
		require.NotEmpty(t, rows)
		if agree(rows, before) || agree(rows, after) {
			return
		}
	}
	t.Fatal("status and GraphQL did not agree in five attempts")
}

func ask(t *testing.T, p *program) map[string]figures {
	t.Helper()
	var data struct {
		Slos struct {
			Nodes []struct {
				Name   string
				Budget figures
			}
		}
	}
	p.query(t, `{ slos(first: 100) { nodes { name budget { to good total sli allowed spent remaining coverage state } } } }`, &data)
	all := map[string]figures{}
	for _, s := range data.Slos.Nodes {
		s.Budget.Name = s.Name
		all[s.Name] = s.Budget
	}
	return all
}

func agree(rows []figures, want map[string]figures) bool {
	seen := map[string]bool{}
	for _, row := range rows {
		w, known := want[row.Name]
		if !known || seen[row.Name] { // members of a group and further objectives follow the first row
			continue
		}
		seen[row.Name] = true
		if row.State != w.State || !same(row.Good, w.Good) || !same(row.Total, w.Total) || !same(row.SLI, w.SLI) ||
			!same(row.Allowed, w.Allowed) || !same(row.Spent, w.Spent) || !same(row.Remaining, w.Remaining) {
			return false
		}
	}
	return len(seen) == len(want)
}

func same(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// message is one line that a browser script writes: a check that it made, or a
// command that it wants to be obeyed before it goes on.
type message struct {
	Name    string
	OK      bool
	Detail  string
	Command string // "kill" or "launch"
}

// browse runs the browser script over the demo.
func browse(t *testing.T, p *program) {
	checks := runScript(t, "browser.mjs", []string{"HINDCAST_URL=" + p.URL}, func(command string) { obey(t, p, command) })
	require.Greater(t, checks, 20, "the browser script ended early")
}

// runScript runs a browser script, makes a test of each of its checks, obeys what
// it wants done and returns how many checks it made.
func runScript(t *testing.T, script string, env []string, obey func(command string)) (checks int) {
	t.Helper()
	out, err := filepath.Abs("../e2e-out")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(out, 0o755))
	require.NotEmpty(t, os.Getenv("CHROMIUM"), "CHROMIUM is empty: run make e2e or make real")

	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Env = append(append(os.Environ(), "E2E_OUT="+out), env...)
	cmd.Stderr = t.Output()
	answers, err := cmd.StdinPipe()
	require.NoError(t, err)
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		var m message
		require.NoError(t, json.Unmarshal(lines.Bytes(), &m), lines.Text())
		if m.Command != "" {
			obey(m.Command)
			_, err := fmt.Fprintln(answers, "done")
			require.NoError(t, err)
			continue
		}
		checks++
		t.Run(m.Name, func(t *testing.T) {
			require.True(t, m.OK, m.Detail)
			t.Log(m.Detail)
		})
	}
	require.NoError(t, cmd.Wait())
	return checks
}

func obey(t *testing.T, p *program, command string) {
	t.Helper()
	switch command {
	case "kill":
		p.kill(t)
	case "launch":
		p.launch(t)
	default:
		t.Fatalf("browser.mjs wants %q, which nobody knows", command)
	}
}

package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/scenario"
)

func TestWrongInputNamesTheThingAndTheRemedy(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.yaml")
	require.NoError(t, os.WriteFile(good, []byte(scenario.All()[0].Spec()), 0o600))
	bad := filepath.Join(dir, "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte(strings.Replace(scenario.All()[0].Spec(), "target: 0.999", "target: 1.5", 1)), 0o600))
	config := filepath.Join(dir, "hindcast.yaml")
	require.NoError(t, os.WriteFile(config, []byte("scrape:\n  - job_name: a\n    scrap_interval: 5s\n"), 0o600))

	tests := map[string]struct {
		args []string
		code int
		says string
	}{
		"an unknown command":                {[]string{"explode"}, ExitUsage, "explode"},
		"an unknown flag":                   {[]string{"status", "--colour"}, ExitUsage, "--colour"},
		"eval without a source":             {[]string{"eval", "-f", good}, ExitUsage, "--tsdb"},
		"eval at a time that is none":       {[]string{"eval", "-f", good, "--tsdb", dir, "--at", "yesterday"}, ExitUsage, "yesterday"},
		"eval of the future":                {[]string{"eval", "-f", good, "--tsdb", dir, "--at", "2999-01-01T00:00:00Z"}, ExitUsage, "--at 2999-01-01T00:00:00Z has not been yet"},
		"eval of a file that is not there":  {[]string{"eval", "-f", dir + "/no.yaml", "--tsdb", dir}, ExitProblems, "no.yaml"},
		"eval on a folder that is no TSDB":  {[]string{"eval", "-f", good, "--tsdb", dir}, ExitProblems, dir},
		"validate of a target above 1":      {[]string{"validate", bad}, ExitProblems, "bad.yaml:29:15: "},
		"status without a server":           {[]string{"status", "--server", "http://127.0.0.1:1"}, ExitUnavailable, "hindcast serve"},
		"status of an address that is none": {[]string{"status", "--server", "http://[::1"}, ExitProblems, "http://[::1"},
		"serve for everybody":               {[]string{"serve", "--listen", "0.0.0.0:0", "--data", dir}, ExitProblems, "loopback"},
		"serve on a port that is none":      {[]string{"serve", "--listen", "8480", "--data", dir}, ExitProblems, "host:port"},
		"serve of a database that is none":  {[]string{"serve", "--database", "mysql://u:hunter2@h/d", "--data", dir, "--listen", "127.0.0.1:0"}, ExitProblems, "postgres://"},
		"serve of a URL that is broken":     {[]string{"serve", "--database", "postgres://u:hunter2/x@h/d", "--data", dir, "--listen", "127.0.0.1:0"}, ExitProblems, "percent-encoded"},
		"serve without the database server": {[]string{"serve", "--database", "postgres://u:hunter2@127.0.0.1:1/d", "--data", dir, "--listen", "127.0.0.1:0"}, ExitUnavailable, "cannot be reached"},
		"serve of a demo on a database":     {[]string{"serve", "--database", "postgres://u:hunter2@h/d", "--data", dir, "--demo"}, ExitProblems, "leave out --demo or --database"},
		"serve with an unknown key":         {[]string{"serve", "--config", config, "--data", dir}, ExitProblems, "line 3: key \"scrap_interval\" is not known here"},
		"serve with a missing config":       {[]string{"serve", "--config", dir + "/no.yaml", "--data", dir}, ExitProblems, "does not exist"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code, out, text := command(t, tt.args...)
			require.Equal(t, tt.code, code, "%s%s", out, text)
			require.Contains(t, out+text, tt.says)
			require.NotContains(t, out+text, "goroutine")
			require.NotContains(t, out+text, "hunter2", "a password")
		})
	}
}

func TestHelpIsForReading(t *testing.T) {
	code, out, _ := command(t, "--help")
	require.Equal(t, ExitOK, code)
	for _, word := range []string{"serve", "eval", "validate", "status", "Exit codes"} {
		require.Contains(t, out, word)
	}
	code, out, _ = command(t, "--version")
	require.Equal(t, ExitOK, code)
	require.Contains(t, out, Version)
}

func TestTablesShowAbsentFiguresAsAbsent(t *testing.T) {
	half, hostile := 0.5, "evil\x1b[2Jname"
	var b strings.Builder
	require.NoError(t, writeRows(&b, []row{
		{Name: "a", Service: "s", Target: "0.999", Window: "30d", Remaining: &half, Coverage: 1, State: "HEALTHY"},
		{Name: hostile, Service: "s", Target: "0.9", Window: "1M", Group: map[string]string{"route": "/"}, State: "NO_DATA", Warnings: []string{"w\x00"}},
	}, "table"))
	text := b.String()
	require.Contains(t, text, "50.00 %")
	require.Contains(t, text, "–")
	require.Contains(t, text, "{route=/}")
	require.NotContains(t, text, "\x1b")
	require.NotContains(t, text, "\x00")
}

func TestNoRowsAreAnEmptyArray(t *testing.T) {
	var b strings.Builder
	require.NoError(t, writeRows(&b, nil, "json"))
	require.Equal(t, "[]\n", b.String())
}

// running serves an empty data directory with a folder of specifications.
func running(t *testing.T, specs string) *Server {
	t.Helper()
	return runningWith(t, Options{
		Listen: "127.0.0.1:0", Data: t.TempDir(), Database: database(t), Specs: specs,
		Now: time.Now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
}

// runningWith runs a server until the test ends.
func runningWith(t *testing.T, o Options) *Server {
	t.Helper()
	server, err := New(t.Context(), o)
	require.NoError(t, err)
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
		require.NoError(t, server.Close())
		http.DefaultClient.CloseIdleConnections()
	})
	return server
}

func fetch(t *testing.T, s *Server, path, host string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Address()+path, nil)
	require.NoError(t, err)
	if host != "" {
		req.Host = host
	}
	res, err := (&http.Client{}).Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func TestRoutesAnswerOnlyThisMachine(t *testing.T) {
	s := running(t, "")
	for path, want := range map[string]string{
		"/healthz":                       "ok",
		"/readyz":                        `"ready": true`,
		"/metrics":                       "hindcast_tsdb_read_only 0",
		"/api/v1/status/buildinfo":       "version",
		"/api/v1/query?query=vector(1)":  `"status":"success"`,
		"/slos/some-name-in-the-browser": "<",
	} {
		t.Run(path, func(t *testing.T) {
			res, body := fetch(t, s, path, "")
			require.Equal(t, http.StatusOK, res.StatusCode, body)
			require.Contains(t, body, want)
			require.Contains(t, res.Header.Get("Content-Security-Policy"), "script-src 'self'")
			require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
			res, _ = fetch(t, s, path, "evil.example:80")
			require.Equal(t, http.StatusForbidden, res.StatusCode, "a foreign name that resolves here")
		})
	}
}

func TestABrokenSpecificationKeepsWhatWasDefined(t *testing.T) {
	specs := t.TempDir()
	writeSpec(t, scenario.All()[0], specs)
	s := running(t, specs)
	require.Eventually(t, func() bool { return len(s.slos.All()) == 1 }, 10*time.Second, 10*time.Millisecond)

	file := filepath.Join(specs, "S1.yaml")
	require.NoError(t, os.WriteFile(file, []byte("apiVersion: openslo/v1\nkind: SLO\nmetadata: {nam: x}\n"), 0o600))
	require.Eventually(t, func() bool { return len(s.slos.Problems()) > 0 }, 10*time.Second, 10*time.Millisecond)
	require.Len(t, s.slos.All(), 1, "what was defined stays")
	require.Contains(t, fmt.Sprint(s.slos.Problems()), "S1.yaml:3:12: ")

	writeSpec(t, scenario.All()[1], specs)
	require.NoError(t, os.Remove(file))
	require.Eventually(t, func() bool {
		all := s.slos.All()
		return len(all) == 1 && all[0].Name == "scenario-2" && len(s.slos.Problems()) == 0
	}, 10*time.Second, 10*time.Millisecond)
}

func TestTwoServersDoNotShareADirectory(t *testing.T) {
	s := running(t, "")
	_, err := New(t.Context(), Options{Listen: "127.0.0.1:0", Data: s.o.Data, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	require.Error(t, err)
	require.Contains(t, err.Error(), "process")
	_, err = New(t.Context(), Options{Listen: s.Address(), Data: t.TempDir(), Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	require.Error(t, err)
	require.Contains(t, err.Error(), "--listen")
}

func TestStatusSaysHowFarTheHistoryIs(t *testing.T) {
	down := "the source is down"
	tests := map[string]struct {
		b    *statusBackfill
		want string
	}{
		"nothing was collected yet": {nil, ""},
		"everything is read":        {&statusBackfill{Done: true, DaysDone: 30, DaysTotal: 30}, ""},
		"half of it is read":        {&statusBackfill{DaysDone: 15, DaysTotal: 30, SamplesPerSecond: 1e6}, "its history is being read: 15 of 30 days, 1000000 samples/s"},
		"it cannot be read":         {&statusBackfill{Error: &down}, "its history cannot be read: the source is down"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, tt.b.remark()) })
	}
}

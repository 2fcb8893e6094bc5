//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

// Secrets of the servers of these tests, and one that is none of theirs. Nothing
// that the program writes may hold one.
const (
	secret  = "battery-staple"
	mistake = "hunter-two"
)

// TestRealSecuredPrometheus tests real servers behind each kind of lock from the
// command line, with the right key, without one, and with a wrong one.
func TestRealSecuredPrometheus(t *testing.T) {
	ours, theirs := realtest.NewAuthority(t), realtest.NewAuthority(t)
	dir := t.TempDir()
	strangers := filepath.Join(dir, "strangers")
	require.NoError(t, os.Mkdir(strangers, 0o700))
	cert, key := ours.Sign(t, dir, "hindcast", time.Hour)
	strangeCert, strangeKey := theirs.Sign(t, strangers, "hindcast", time.Hour)
	mutual := realtest.NewPrometheus(t, realtest.PrometheusOptions{Authority: ours, ClientCertificates: true}).URL
	locked := realtest.NewPrometheus(t, realtest.PrometheusOptions{Authority: ours, Users: map[string]string{"ann": secret}}).URL
	bearer := realtest.NewBearer(t, realtest.NewPrometheus(t, realtest.PrometheusOptions{}).URL, secret)
	t.Setenv("KEY", secret)
	t.Setenv("WRONG_KEY", mistake)

	trust := "ca_file: " + ours.File
	user := func(variable string) string { return "basic_auth: {username: ann, password_env: " + variable + "}" }
	for name, tc := range map[string]struct {
		url, keys string
		says      string // "" where it works
	}{
		"a client certificate":            {mutual, fmt.Sprintf("tls: {%s, cert_file: %s, key_file: %s}", trust, cert, key), ""},
		"no client certificate":           {mutual, "tls: {" + trust + "}", "wants a client certificate"},
		"a client certificate of others":  {mutual, fmt.Sprintf("tls: {%s, cert_file: %s, key_file: %s}", trust, strangeCert, strangeKey), "wants a client certificate"},
		"another authority":               {mutual, fmt.Sprintf("tls: {ca_file: %s, cert_file: %s, key_file: %s}", theirs.File, cert, key), "tls.ca_file"},
		"the authorities of the system":   {mutual, "", "tls.ca_file"},
		"a certificate that is not there": {mutual, "tls: {cert_file: missing.pem, key_file: missing.pem}", "missing.pem"},
		"user and password":               {locked, user("KEY") + "\n    tls: {" + trust + "}", ""},
		"a wrong password":                {locked, user("WRONG_KEY") + "\n    tls: {" + trust + "}", "401"},
		"no password":                     {locked, "tls: {" + trust + "}", "401"},
		"a variable that is not set":      {locked, user("UNSET_KEY") + "\n    tls: {" + trust + "}", "UNSET_KEY"},
		"a token":                         {bearer, "bearer_token_env: KEY", ""},
		"a wrong token":                   {bearer, "bearer_token_env: WRONG_KEY", "401"},
		"no token":                        {bearer, "", "401"},
	} {
		t.Run(name, func(t *testing.T) {
			config := filepath.Join(t.TempDir(), "hindcast.yaml")
			text := fmt.Sprintf("sources:\n  - name: locked\n    type: Prometheus\n    url: %s\n    %s\n", tc.url, tc.keys)
			require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
			out, exit := try(t, "source", "test", "locked", "--config", config)
			t.Logf("%s", out)
			require.NotContains(t, out, secret)
			require.NotContains(t, out, mistake)
			if tc.says == "" {
				require.Zero(t, exit, out)
				require.Contains(t, out, "Prometheus 3.")
				return
			}
			require.Equal(t, 1, exit, out)
			require.Contains(t, out, "locked does not work: ")
			require.Contains(t, out, tc.says)
		})
	}
}

// try runs the binary, which may refuse, and returns all that it wrote and its
// exit code.
func try(t *testing.T, args ...string) (out string, exit int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Getenv("HINDCAST_BINARY"), args...)
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	_ = cmd.Run() // the exit code tells
	return both.String(), cmd.ProcessState.ExitCode()
}

// TestRealSecuredElasticsearchInTheBrowser connects an Elasticsearch that wants a
// password: what it says without the right one is on the page, with it the budget
// of an objective is that of the log.
func TestRealSecuredElasticsearchInTheBrowser(t *testing.T) {
	node := realtest.NewElasticsearch(t, realtest.ElasticsearchOptions{Security: true})
	good, total := accessLog(t, node)
	t.Setenv("HINDCAST_SECRET_RIGHT", node.Password)
	t.Setenv("HINDCAST_SECRET_WRONG", mistake)
	dir := t.TempDir()
	config, specs := filepath.Join(dir, "hindcast.yaml"), filepath.Join(dir, "specs")
	require.NoError(t, os.WriteFile(config, []byte("outbound:\n  allow: [127.0.0.0/8]\n"), 0o600))
	require.NoError(t, os.MkdirAll(specs, 0o755))
	p := startWith(t, "--config", config, "--specs", specs)

	checks := runScript(t, "secured.mjs", []string{
		"HINDCAST_URL=" + p.URL, "SOURCE_URL=" + node.URL.String(), "SECRETS=" + node.Password + "," + mistake,
		"GOOD=" + strconv.Itoa(good), "TOTAL=" + strconv.Itoa(total),
	}, func(command string) {
		require.Equal(t, "specify", command)
		require.NoError(t, os.WriteFile(filepath.Join(specs, "access.yaml"), []byte(accessSpec), 0o600))
	})
	require.Greater(t, checks, 8, "the browser script ended early")
	for _, s := range []string{node.Password, mistake} {
		require.NotContains(t, p.log.String(), s, "a secret is in the log")
	}
}

// accessLog writes documents of two hours that are over into the node, and tells
// how many are good. None is within a day of the window's ends.
func accessLog(t *testing.T, node *realtest.Elasticsearch) (good, total int) {
	rng := rand.New(rand.NewPCG(5, 8))
	node.Must(t, http.MethodPut, "/access", map[string]any{"mappings": map[string]any{"properties": map[string]any{
		"@timestamp": map[string]string{"type": "date"}, "status": map[string]string{"type": "integer"},
	}}})
	var documents []any
	for at, end := time.Now().Add(-26*time.Hour), time.Now().Add(-24*time.Hour); at.Before(end); at = at.Add(time.Duration(rng.IntN(9000)) * time.Millisecond) {
		status := []int{200, 503}[rng.IntN(20)/19]
		if status < 500 {
			good++
		}
		total++
		documents = append(documents, map[string]any{"@timestamp": at.UTC().Format(time.RFC3339Nano), "status": status})
	}
	node.Index(t, "access", documents...)
	return good, total
}

const accessSpec = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: access
spec:
  service: shop
  indicator:
    metadata:
      name: access-good
    spec:
      ratioMetric:
        good:
          metricSource:
            type: Elasticsearch
            metricSourceRef: access-log
            spec: {index: access, query: "status:<500"}
        total:
          metricSource:
            type: Elasticsearch
            metricSourceRef: access-log
            spec: {index: access}
  timeWindow:
    - {duration: 3d, isRolling: true}
  budgetingMethod: Occurrences
  objectives:
    - {target: 0.9}
`

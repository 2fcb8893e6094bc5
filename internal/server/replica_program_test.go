package server

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

// steady answers scrapes with counters that grow by three good and one bad event
// every five seconds, stamped with that instant: whoever scrapes sees the same.
func steady(w http.ResponseWriter, _ *http.Request) {
	at := time.Now().Truncate(5 * time.Second)
	n := at.Unix() / 5
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = fmt.Fprintf(w, "# TYPE all_total counter\nall_total %d %d\n# TYPE bad_total counter\nbad_total %d %d\n", 4*n, at.UnixMilli(), n, at.UnixMilli())
}

const steadySpec = `apiVersion: openslo/v1
kind: SLO
metadata: {name: steady}
spec:
  service: scenario
  indicator:
    metadata: {name: steady}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: sum(bad_total)}}}
        total: {metricSource: {type: Prometheus, spec: {query: sum(all_total)}}}
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.5}]
`

// program is the whole program in a process of its own.
type program struct {
	cmd     *exec.Cmd
	address string
}

// startProgram serves with a data directory of its own.
func startProgram(t *testing.T, database, specs, config string) *program {
	t.Helper()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--specs", specs, "--config", config, "--database", database}
	p := &program{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), programChild+"="+strings.Join(args, "\n"))
	out, err := p.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	found := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if _, address, ok := strings.Cut(lines.Text(), " serves "); ok {
				found <- address
			}
		}
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	select {
	case p.address = <-found:
	case <-time.After(time.Minute):
		t.Fatal("the program does not serve")
	}
	return p
}

// collection is what the health says about who collects.
func (p *program) collection(t *testing.T) string {
	t.Helper()
	var answer struct {
		Health struct {
			Components []struct{ Name, Message string }
		}
	}
	if ask(t.Context(), p.address, `{ health { components { name message } } }`, nil, &answer) != nil {
		return ""
	}
	for _, c := range answer.Health.Components {
		if c.Name == "collection" {
			return c.Message
		}
	}
	return ""
}

// told is a budget as GraphQL tells it, as of an instant or of now.
type told struct {
	Good, Total *float64
	AsOf        *time.Time
}

func (p *program) budget(t *testing.T, asOf *time.Time) (f told) {
	t.Helper()
	var answer struct{ Slo *struct{ Budget told } }
	const query = `query($at: Time) { slo(name: "steady") { budget(asOf: $at) { good total asOf } } }`
	require.NoError(t, ask(t.Context(), p.address, query, map[string]any{"at": asOf}, &answer))
	require.NotNil(t, answer.Slo)
	return answer.Slo.Budget
}

// TestRealTwoProgramsShareAPostgres takes minutes of real time, as it waits for
// real scrapes: it runs with HINDCAST_TEST_KILLS only.
func TestRealTwoProgramsShareAPostgres(t *testing.T) {
	if os.Getenv("HINDCAST_TEST_KILLS") == "" {
		t.Skip("takes four minutes; set HINDCAST_TEST_KILLS")
	}
	target := httptest.NewServer(http.HandlerFunc(steady))
	defer target.Close()
	dir := t.TempDir()
	config, specs := filepath.Join(dir, "hindcast.yaml"), filepath.Join(dir, "specs")
	require.NoError(t, os.Mkdir(specs, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(specs, "steady.yaml"), []byte(steadySpec), 0o600))
	text := fmt.Sprintf("scrape:\n  - job_name: steady\n    scrape_interval: 1s\n    static_configs: [{targets: ['%s']}]\n", target.Listener.Addr())
	require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
	database := realtest.NewPostgres(t).Database(t)

	first := startProgram(t, database, specs, config)
	require.Eventually(t, func() bool { return first.collection(t) == "collecting" }, time.Minute, 100*time.Millisecond)
	second := startProgram(t, database, specs, config)
	var before told
	require.Eventually(t, func() bool {
		before = second.budget(t, nil)
		return before.Total != nil && *before.Total >= 2*48
	}, 5*time.Minute, time.Second, "the follower shows two minutes that the other collected")
	require.Contains(t, second.collection(t), "following ")
	require.Equal(t, before, first.budget(t, before.AsOf))

	require.NoError(t, first.cmd.Process.Kill())
	killed := time.Now()
	require.Equal(t, before, second.budget(t, before.AsOf), "it answers although nobody collects")
	require.Eventually(t, func() bool { return second.collection(t) == "collecting" }, 30*time.Second, 100*time.Millisecond)
	t.Logf("takeover after %.1f s", time.Since(killed).Seconds())
	require.Eventually(t, func() bool {
		now := second.budget(t, nil)
		return *now.Total >= *before.Total+2*48
	}, 5*time.Minute, time.Second, "it goes on")
	require.Equal(t, before, second.budget(t, before.AsOf), "and what was shown stays")
	now := second.budget(t, nil)
	require.Zero(t, int64(*now.Total-*before.Total)%48, "whole minutes, no event twice or missing")
	require.Equal(t, 3*(*now.Total-*before.Total), 4*(*now.Good-*before.Good))
}

//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// figuresAt asks for the budgets of all objectives as of an instant.
func figuresAt(t *testing.T, p *program, at time.Time) (all []figures) {
	t.Helper()
	var answer struct {
		Slos struct {
			Nodes []struct {
				Name       string
				Objectives []struct{ Budget figures }
			}
		}
	}
	p.query(t, fmt.Sprintf(`{ slos(first: 100) { nodes { name objectives {
		budget(asOf: %q) { state to good total sli allowed spent remaining coverage } } } } }`, at.UTC().Format(time.RFC3339)), &answer)
	for _, n := range answer.Slos.Nodes {
		for _, o := range n.Objectives {
			o.Budget.Name = n.Name
			all = append(all, o.Budget)
		}
	}
	require.Greater(t, len(all), 10)
	return all
}

// underLoad is how long backups are taken one after the other: it holds at least
// one collection cycle, which begins with each minute.
const underLoad = 70 * time.Second

// TestBackupUnderLoad takes backups without pause while the server scrapes its
// fleet, collects and answers, restores each and checks it, and compares what the
// last one serves with what the server says of the same instant.
func TestBackupUnderLoad(t *testing.T) {
	p := start(t)
	awaitHistory(t, p)
	data := filepath.Join(p.data, "demo")
	dir := t.TempDir()
	var restored string
	var taken time.Time
	n := 0
	for began := time.Now(); time.Since(began) < underLoad; n++ {
		archive := filepath.Join(dir, fmt.Sprintf("%d.tar.zst", n))
		restored = filepath.Join(dir, strconv.Itoa(n))
		taken = time.Now()
		p.run(t, "backup", "-o", archive, "--data", data)
		p.run(t, "restore", archive, "--data", filepath.Join(restored, "demo"))
		p.run(t, "check", "--data", filepath.Join(restored, "demo"))
		p.run(t, "check", "--data", data)
	}
	t.Logf("%d backups were taken, restored and found sound", n)
	require.Greater(t, n, 3)

	at := taken.Add(-5 * time.Minute).Truncate(time.Minute) // late samples are in by then
	want := figuresAt(t, p, at)
	other := &program{args: p.args, bin: p.bin, address: freeAddress(t), data: restored, log: &lockedBuffer{}}
	other.URL = "http://" + other.address
	other.launch(t)
	t.Cleanup(func() { other.stop(t) })
	require.Empty(t, cmp.Diff(want, figuresAt(t, other, at)), "served (-) and restored (+)")

	p.kill(t)
	archive := filepath.Join(dir, "dead.tar.zst")
	p.run(t, "backup", "-o", archive, "--data", data)
	p.run(t, "restore", archive, "--data", filepath.Join(dir, "dead"))
	out, err := exec.Command(p.bin, "restore", archive, "--data", filepath.Join(dir, "dead")).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "not empty")
	p.launch(t)
}

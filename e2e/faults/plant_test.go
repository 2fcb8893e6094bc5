//go:build faults

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// tries is how often the harness looks for a bug, each time with another
	// seed: some losses need luck, which is why one clean run proves nothing.
	tries = 3
	// strikes is how many faults one try has, a quarter of a full run.
	strikes = "50"
	// needed is the share of bugs that must be found.
	needed = 0.9
)

// mustFind begins the names of the bugs without which the harness is worthless:
// only a power cut shows them.
var mustFind = []string{"1 ", "3 "}

// TestPlanted plants each bug in a copy of the tree and lets the harness, or the
// tests that are part of it, look for it.
func TestPlanted(t *testing.T) {
	needs(t, "power")
	tree := copyTree(t)
	only := regexp.MustCompile(os.Getenv("FAULTS_BUG"))
	require.Empty(t, hunt(t, tree, control(only), 1), "the tree is found guilty without a planted bug")
	found, of, table := 0, 0, &strings.Builder{}
	for _, b := range planted {
		if !only.MatchString(b.name) {
			continue
		}
		began := time.Now()
		by := hunt(t, tree, b, tries)
		of++
		if by != "" {
			found++
		}
		row := fmt.Sprintf("%-62s %-52s %4.0f s", b.name, by, time.Since(began).Seconds())
		fmt.Fprintln(table, row)
		t.Log(row)
		for _, must := range mustFind {
			if strings.HasPrefix(b.name, must) && by == "" {
				t.Errorf("%s was not found: the harness cannot be trusted", b.name)
			}
		}
	}
	t.Logf("%d of %d planted bugs found\n%s", found, of, table)
	require.GreaterOrEqual(t, float64(found), needed*float64(of))
}

// control is no bug, looked for by everything that looks for the others: what
// fails without one has found nothing.
func control(only *regexp.Regexp) (all bug) {
	var harness []string
	for _, b := range planted {
		if !only.MatchString(b.name) {
			continue
		}
		if b.harness != "" && !slices.Contains(harness, b.harness) {
			harness = append(harness, b.harness)
		}
		for _, pkg := range b.tests {
			if !slices.Contains(all.tests, pkg) {
				all.tests = append(all.tests, pkg)
			}
		}
	}
	all.harness = strings.Join(harness, "|")
	return all
}

// copyTree copies the files of the repository as they are now.
func copyTree(t *testing.T) string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	tree := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, not committed yet
		}
		require.NoError(t, err)
		to := filepath.Join(tree, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
		require.NoError(t, os.WriteFile(to, text, 0o755))
	}
	return tree
}

// hunt plants a bug, looks for it, takes it out again and says who found it;
// "" if nobody did.
func hunt(t *testing.T, tree string, b bug, tries int) (by string) {
	t.Helper()
	for _, e := range b.edits {
		path := filepath.Join(tree, e.file)
		whole, err := os.ReadFile(filepath.Join(root, e.file))
		require.NoError(t, err)
		defer func() { require.NoError(t, os.WriteFile(path, whole, 0o755)) }()
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		bad := strings.Replace(string(text), e.from, e.to, 1)
		require.NoError(t, os.WriteFile(path, []byte(bad), 0o755))
	}
	if b.harness != "" {
		if by = huntByHarness(t, tree, b, tries); by != "" {
			return by
		}
	}
	if len(b.tests) > 0 {
		args := append([]string{"test", "-count=1"}, b.tests...)
		mustRun(t, tree, "go", append([]string{"vet"}, b.tests...)...) // what does not compile is not found
		if out, err := inTree(tree, "go", args...).CombinedOutput(); err != nil {
			return "go test: " + firstFailure(string(out))
		}
	}
	return ""
}

func huntByHarness(t *testing.T, tree string, b bug, tries int) string {
	t.Helper()
	mustRun(t, tree, "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", "bin/hindcast", ".")
	mustRun(t, tree, "go", "test", "-c", "-tags", "faults", "-ldflags=-s -w", "-o", "faults.test", "./e2e/faults")
	for try := range tries {
		cmd := exec.Command(filepath.Join(tree, "faults.test"), "-test.run", "^Test("+b.harness+")$", "-test.timeout", "5m")
		cmd.Dir = filepath.Join(tree, "e2e", "faults")
		cmd.Env = append(os.Environ(), fmt.Sprintf("FAULTS_SEED=%d", seed+uint64(try)), "FAULTS_N="+strikes, "FAULTS_REPORT=",
			"HINDCAST_BINARY="+filepath.Join(tree, "bin", "hindcast"))
		out, err := cmd.CombinedOutput()
		if err == nil {
			continue
		}
		if b.name == "" || os.Getenv("FAULTS_SHOW") != "" {
			t.Logf("%s", out)
		}
		return fmt.Sprintf("%s, try %d%s", firstFailure(string(out)), try+1, struckBy(string(out)))
	}
	return ""
}

func inTree(tree, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	return cmd
}

func mustRun(t *testing.T, tree, name string, args ...string) {
	t.Helper()
	out, err := inTree(tree, name, args...).CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, out)
}

var (
	failure = regexp.MustCompile(`--- FAIL: (\S+)`)
	struck  = regexp.MustCompile(`(kill|cut|fault|fill) (\d+), `)
)

// firstFailure names the test that failed.
func firstFailure(out string) string {
	if m := failure.FindStringSubmatch(out); m != nil {
		return m[1]
	}
	return "failed without a test"
}

// struckBy says which of the faults of a try it was.
func struckBy(out string) string {
	if m := struck.FindStringSubmatch(out); m != nil {
		return ", " + m[1] + " " + m[2]
	}
	return ""
}

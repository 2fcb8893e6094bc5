package openslo

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hindcast/hindcast/slo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a folder on disk with what is in force.
type world struct {
	*testing.T
	folder *Folder
	mu     sync.Mutex // Run looks in a goroutine of its own
	set    Set
	lines  []string // the problems
	calls  int
}

func newWorld(t *testing.T, keeper Keeper) *world {
	return openWorld(t, t.TempDir(), keeper)
}

func openWorld(t *testing.T, dir string, keeper Keeper) *world {
	w := &world{T: t}
	w.folder = &Folder{
		Dir: dir, Builders: stubs, Keeper: keeper, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Apply: func(set Set, problems []slo.Problem) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.set, w.lines = set, nil
			for _, p := range problems {
				w.lines = append(w.lines, p.String())
			}
			w.calls++
		},
	}
	return w
}

// write writes files, given as name and text in turn, and looks.
func (w *world) write(pairs ...string) {
	w.Helper()
	for i := 0; i < len(pairs); i += 2 {
		path := filepath.Join(w.folder.Dir, pairs[i])
		require.NoError(w, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(w, os.WriteFile(path, []byte(pairs[i+1]), 0o644))
	}
	w.step()
}

func (w *world) remove(name string) {
	w.Helper()
	require.NoError(w, os.RemoveAll(filepath.Join(w.folder.Dir, name)))
	w.step()
}

func (w *world) step() {
	w.Helper()
	require.NoError(w, w.folder.Step(w.Context()))
}

// inForce demands SLOs by name and target.
func (w *world) inForce(want ...string) {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var got []string
	for _, s := range w.set.SLOs {
		got = append(got, s.Name+" "+s.Objectives[0].Target.String())
	}
	require.Equal(w, want, got)
}

// problems demands the beginnings of the problems.
func (w *world) problems(want ...string) {
	w.Helper()
	require.Len(w, w.lines, len(want), "%s", strings.Join(w.lines, "\n"))
	for i := range want {
		require.True(w, strings.HasPrefix(w.lines[i], want[i]), "%s\nis not %s", w.lines[i], want[i])
	}
}

func sloText(name, target string) string {
	text := strings.Replace(ratioSLO, "checkout-availability", name, 1)
	return strings.Replace(text, "target: 0.999", "target: "+target, 1)
}

// refText is an SLO that refers to the SLI "orders".
func refText(name string) string {
	before, rest, _ := strings.Cut(sloText(name, "0.9"), "  indicator:")
	_, after, _ := strings.Cut(rest, "  timeWindow:")
	return before + "  indicatorRef: orders\n  timeWindow:" + after
}

func sliText(name string) string {
	return `apiVersion: openslo/v1
kind: SLI
metadata: {name: ` + name + `}
spec:
  ratioMetric:
    good: {metricSource: {type: Prometheus, spec: {query: good}}}
    total: {metricSource: {type: Prometheus, spec: {query: all}}}
`
}

func TestAFolderIsPutInForceAndFollowsChanges(t *testing.T) {
	w := newWorld(t, nil)
	w.step()
	w.inForce()
	w.write("a.yaml", sloText("a", "0.9"), "team/b.yml", sloText("b", "0.99"), "notes.txt", "{", ".hidden.yaml", "{", ".git/x.yaml", "{")
	w.problems()
	w.inForce("a 0.9", "b 0.99")
	require.Equal(t, slo.Origin{File: "team/b.yml", Line: 2}, w.set.SLOs[1].Origin)
	w.write("a.yaml", sloText("a", "0.95"))
	w.inForce("a 0.95", "b 0.99")
	w.remove("team")
	w.problems()
	w.inForce("a 0.95")
	calls := w.calls
	w.step()
	require.Equal(t, calls, w.calls, "nothing changed")
}

func TestABrokenFileKeepsWhatItDefined(t *testing.T) {
	w := newWorld(t, nil)
	w.write("a.yaml", sloText("a", "0.9")+"---"+sloText("b", "0.9"), "c.yaml", sloText("c", "0.9"))
	w.inForce("a 0.9", "b 0.9", "c 0.9")
	w.write("a.yaml", sloText("a", "0.95")+"---"+sloText("b", "99"), "c.yaml", sloText("c", "0.95"))
	w.problems(`a.yaml:62:15: target "99" is not between`)
	w.inForce("a 0.9", "b 0.9", "c 0.95")
	w.write("a.yaml", "{")
	w.problems("a.yaml:1:1: not valid YAML")
	w.inForce("a 0.9", "b 0.9", "c 0.95")
	w.write("a.yaml", sloText("a", "0.95"))
	w.problems()
	w.inForce("a 0.95", "c 0.95")
}

func TestAFileThatWasNeverGoodDefinesNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.write("a.yaml", sloText("a", "99"), "b.yaml", sloText("b", "0.9"))
	w.problems(`a.yaml:30:15: target "99" is not between`)
	w.inForce("b 0.9")
}

func TestReferencesBetweenFilesHoldBackWhatWouldBreakThem(t *testing.T) {
	w := newWorld(t, nil)
	w.write("sli.yaml", sliText("orders"), "slo.yaml", refText("a"), "other.yaml", sloText("other", "0.9"))
	w.problems()
	w.inForce("a 0.9", "other 0.9")

	w.write("sli.yaml", sliText("sales"), "other.yaml", sloText("other", "0.95"))
	w.problems("sli.yaml:1:1: this version is not in force", `slo.yaml:11:17: there is no SLI "orders"`)
	w.inForce("a 0.9", "other 0.95")

	w.remove("sli.yaml")
	w.problems("sli.yaml:0:0: the file was deleted, but", `slo.yaml:11:17: there is no SLI "orders"`)
	w.inForce("a 0.9", "other 0.95")

	w.remove("slo.yaml")
	w.problems()
	w.inForce("other 0.95")
}

func TestANameThatIsTakenStaysWithItsFile(t *testing.T) {
	w := newWorld(t, nil)
	w.write("b.yaml", sloText("x", "0.9"))
	w.write("a.yaml", sloText("x", "0.95"))
	w.problems("a.yaml:1:1: this version is not in force", `b.yaml:5:9: SLO "x" is defined twice, first in a.yaml:2`)
	w.inForce("x 0.9")
	w.remove("b.yaml")
	w.problems()
	w.inForce("x 0.95")
}

func TestABrokenIndicatorIsNoErrorOfThoseWhoReferToIt(t *testing.T) {
	w := newWorld(t, nil)
	w.write("sli.yaml", strings.Replace(sliText("orders"), "query: all", "query: wrong", 1), "slo.yaml", refText("a"))
	w.problems("sli.yaml:7:60: the query is wrong", "slo.yaml:1:1: this version is not in force")
	w.inForce()
}

func TestUnreadableThingsChangeNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.write("a.yaml", sloText("a", "0.9"))
	dir := w.folder.Dir
	w.folder.Dir = filepath.Join(dir, "away")
	w.step()
	w.problems(w.folder.Dir + ":0:0: the specification folder cannot be read: no such file or directory; what was")
	w.inForce("a 0.9")
	calls := w.calls
	w.step()
	require.Equal(t, calls, w.calls)
	w.folder.Dir = dir
	w.step()
	w.problems()
	w.inForce("a 0.9")

	require.NoError(t, os.Remove(filepath.Join(dir, "a.yaml")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "a.yaml"), 0o755)) // a folder of that name is no specification
	w.step()
	w.inForce()
}

func TestSymbolicLinksAreRefusedButForConfigMaps(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	require.NoError(t, os.WriteFile(outside, []byte(sloText("secret", "0.9")), 0o644))
	w := newWorld(t, nil)
	dir := w.folder.Dir
	link := func(target, name string) { require.NoError(t, os.Symlink(target, filepath.Join(dir, name))) }
	require.NoError(t, os.Mkdir(filepath.Join(dir, "..2026_11_23"), 0o755))
	link("..2026_11_23", "..data")
	link("..data/mounted.yaml", "mounted.yaml")
	link(outside, "absolute.yaml")
	link("../../../../../../etc/passwd", "relative.yaml")
	link("..data/../../escape.yaml", "trick.yaml")
	link("mounted.yaml", "inner.yaml")
	link(filepath.Dir(outside), "folder")
	w.write("..2026_11_23/mounted.yaml", sloText("mounted", "0.9"))
	w.inForce("mounted 0.9")
	w.problems(
		"absolute.yaml:0:0: symbolic links are not followed", "inner.yaml:0:0: symbolic links",
		"relative.yaml:0:0: symbolic links", "trick.yaml:0:0: cannot be read",
	)
}

// memoryKeeper keeps files as a database would.
type memoryKeeper struct {
	files map[string]string
	err   error
}

func (k *memoryKeeper) Good(context.Context) ([]File, error) {
	var files []File
	for path, text := range k.files {
		files = append(files, File{Path: path, Text: []byte(text)})
	}
	return files, k.err
}

func (k *memoryKeeper) Keep(_ context.Context, file File) error {
	k.files[file.Path] = string(file.Text)
	return k.err
}

func (k *memoryKeeper) Drop(_ context.Context, path string) error {
	delete(k.files, path)
	return k.err
}

func TestTheLastGoodVersionsSurviveARestart(t *testing.T) {
	keeper := &memoryKeeper{files: make(map[string]string)}
	w := newWorld(t, keeper)
	w.write("a.yaml", sloText("a", "0.9"), "b.yaml", sloText("b", "0.9"), "c.yaml", sloText("c", "0.9"))
	w.write("a.yaml", sloText("a", "99"))
	require.Equal(t, map[string]string{"a.yaml": sloText("a", "0.9"), "b.yaml": sloText("b", "0.9"), "c.yaml": sloText("c", "0.9")}, keeper.files)

	require.NoError(t, os.Remove(filepath.Join(w.folder.Dir, "c.yaml")))
	again := openWorld(t, w.folder.Dir, keeper)
	again.step()
	again.problems(`a.yaml:30:15: target "99"`)
	again.inForce("a 0.9", "b 0.9")
	require.Equal(t, []string{"a.yaml", "b.yaml"}, slices.Sorted(maps.Keys(keeper.files)))

	gone := openWorld(t, filepath.Join(w.folder.Dir, "gone"), keeper)
	gone.step()
	gone.inForce("a 0.9", "b 0.9")
	require.Len(t, keeper.files, 2, "a folder that is not there deletes nothing")
}

func TestABrokenKeeperDoesNotStopTheFolder(t *testing.T) {
	w := newWorld(t, &memoryKeeper{files: make(map[string]string), err: errors.New("disk full")})
	w.write("a.yaml", sloText("a", "0.9"))
	w.inForce("a 0.9")
	w.remove("a.yaml")
	w.inForce()
}

func TestAFolderLooksWhenToldAndNowAndThen(t *testing.T) {
	dir := t.TempDir()
	write := func(target string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(sloText("a", target)), 0o644))
	}
	synctest.Test(t, func(t *testing.T) {
		w := openWorld(t, dir, nil)
		write("0.9")
		ctx, cancel := context.WithCancel(t.Context())
		changes := make(chan struct{})
		go w.folder.follow(ctx, changes, func() {})
		synctest.Wait()
		w.inForce("a 0.9")

		write("0.95")
		changes <- struct{}{}
		time.Sleep(DefaultSettle / 2)
		changes <- struct{}{}
		time.Sleep(DefaultSettle / 2)
		synctest.Wait()
		w.inForce("a 0.9") // the folder has not come to rest
		time.Sleep(DefaultSettle)
		synctest.Wait()
		w.inForce("a 0.95")

		write("0.99")
		for range 2*settleAtMost + 2 { // a folder that never rests
			changes <- struct{}{}
			time.Sleep(DefaultSettle / 2)
		}
		synctest.Wait()
		w.inForce("a 0.99")

		write("0.999")
		time.Sleep(DefaultPoll + DefaultSettle)
		synctest.Wait()
		w.inForce("a 0.999")
		cancel()
		synctest.Wait()
	})
}

func TestRunNoticesChangesOnDisk(t *testing.T) {
	dir := t.TempDir()
	applied := make(chan Set, 16)
	f := &Folder{
		Dir: dir, Builders: stubs, Poll: time.Hour, Settle: 5 * time.Millisecond,
		Log:   slog.New(slog.NewTextHandler(t.Output(), nil)),
		Apply: func(s Set, _ []slo.Problem) { applied <- s },
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx) }()
	until := func(n int) {
		t.Helper()
		for {
			select {
			case s := <-applied:
				if len(s.SLOs) == n {
					return
				}
			case <-time.After(30 * time.Second):
				require.Fail(t, "no change was noticed")
			}
		}
	}
	until(0)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(sloText("a", "0.9")), 0o644))
	until(1)
	// A file in a new folder: the folder has to be watched by then, or found.
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "b.yaml"), []byte(sloText("b", "0.9")), 0o644))
	until(2)
	require.NoError(t, os.Rename(filepath.Join(dir, "a.yaml"), filepath.Join(dir, "a.txt")))
	until(1)
	cancel()
	require.NoError(t, <-ended)
}

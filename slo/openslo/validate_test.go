package openslo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValidateReadsFilesAndFoldersAsOneSpecification(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	slos := write("specs/slo.yaml", refText("a"))
	sli := write("sli.txt", sliText("orders"))
	specs := filepath.Dir(slos)

	problems, stats := Validate([]string{specs, sli, slos, specs + "/"}, stubs)
	require.Empty(t, problems)
	require.Equal(t, Stats{Files: 2, Objects: map[string]int{"SLO": 1, "SLI": 1}}, stats)

	set, problems, _ := Read([]string{specs, sli}, stubs)
	require.Empty(t, problems)
	require.Len(t, set.SLOs, 1)

	problems, _ = Validate([]string{specs}, stubs)
	require.Len(t, problems, 1)
	require.Equal(t, slos+`:11:17: there is no SLI "orders"`, problems[0].String())
}

func TestValidateReportsWhatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "link.yaml")))
	empty := t.TempDir()
	problems, stats := Validate([]string{dir, empty, filepath.Join(dir, "none.yaml")}, stubs)
	require.Equal(t, Stats{Objects: map[string]int{}}, stats)
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	require.ElementsMatch(t, []string{
		filepath.Join(dir, "link.yaml") + ":0:0: symbolic links are not followed: put the file itself here",
		empty + ":0:0: the folder has no *.yaml or *.yml files",
		filepath.Join(dir, "none.yaml") + ":0:0: cannot be read: no such file or directory",
	}, got)
}

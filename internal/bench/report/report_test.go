package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReplace(t *testing.T) {
	begin := Begin("bench-x")
	for name, tc := range map[string]struct{ page, want, problem string }{
		"the tables are between their marks":   {page: "a\n" + begin + "old\n" + End + "z\n", want: "a\n" + begin + "\nnew\n" + End + "z\n"},
		"a page without a beginning is kept":   {page: "a\n" + End, problem: "no place"},
		"a page without an end is kept":        {page: begin + "old\n", problem: "no place"},
		"marks of another target are no place": {page: Begin("bench-y") + "old\n" + End, problem: "make bench-x"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "page.md")
			require.NoError(t, os.WriteFile(path, []byte(tc.page), 0o600))
			err := Keep(path, "bench-x", "new")
			got, readErr := os.ReadFile(path)
			require.NoError(t, readErr)
			if tc.problem != "" {
				require.ErrorContains(t, err, tc.problem)
				require.ErrorContains(t, err, path)
				require.Equal(t, tc.page, string(got))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, string(got))
		})
	}
}

func TestKeepNeedsThePage(t *testing.T) {
	require.ErrorIs(t, Keep(filepath.Join(t.TempDir(), "none.md"), "bench-x", "new"), os.ErrNotExist)
}

// The marks of every program that writes a page are in that page.
func TestThePagesHavePlaces(t *testing.T) {
	for target, path := range map[string]string{
		"bench-accuracy": "../../../docs/accuracy.md",
		"bench-alerts":   "../../../docs/alerts-bench.md",
	} {
		page, err := os.ReadFile(path)
		require.NoError(t, err)
		_, err = Replace(string(page), target, "new")
		require.NoError(t, err)
	}
}

func TestRow(t *testing.T) {
	var b strings.Builder
	Row(&b, "a", "b")
	require.Equal(t, "| a | b |\n", b.String())
}

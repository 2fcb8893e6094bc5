package slotest

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
)

// Run runs every *.test script of fsys as a parallel subtest. No script at all
// is a failure: a wrong path must not pass for success.
func Run(t *testing.T, fsys fs.FS) {
	t.Helper()
	names, err := fs.Glob(fsys, "*.test")
	require.NoError(t, err)
	require.NotEmpty(t, names, "no *.test scripts")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			RunFile(t, fsys, name)
		})
	}
}

// RunFile runs one script.
func RunFile(t testing.TB, fsys fs.FS, name string) {
	t.Helper()
	text, err := fs.ReadFile(fsys, name)
	require.NoError(t, err)
	script, err := Parse(name, string(text))
	require.NoError(t, err)
	require.NoError(t, script.Run(t.Context()))
}

//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// What we tell people to write has to be right.
func TestExamplesAreValid(t *testing.T) {
	p := program{bin: os.Getenv("HINDCAST_BINARY")}
	require.NotEmpty(t, p.bin, "HINDCAST_BINARY is empty: run make e2e")

	t.Run("the specifications in deploy", func(t *testing.T) {
		p.run(t, "validate", "../deploy/specs")
	})
	t.Run("the specification in the README", func(t *testing.T) {
		text, err := os.ReadFile("../README.md")
		require.NoError(t, err)
		found := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
		require.NotNil(t, found, "the README shows no specification")
		file := filepath.Join(t.TempDir(), "readme.yaml")
		require.NoError(t, os.WriteFile(file, found[1], 0o600))
		p.run(t, "validate", file)
	})
	t.Run("the configuration in deploy starts a server with those specifications", func(t *testing.T) {
		p := startWith(t, "--config", "../deploy/hindcast.yaml", "--specs", "../deploy/specs")
		var data struct {
			Slos struct{ Nodes []struct{ Name string } }
		}
		p.query(t, `{ slos(first: 10) { nodes { name } } }`, &data)
		require.Len(t, data.Slos.Nodes, 2)
	})
}

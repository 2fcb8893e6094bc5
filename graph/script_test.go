package graph

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the answers into testdata/script")

// separator stands alone on a line between the parts of a script.
const separator = "\n----------\n"

// TestScripts runs testdata/script/*.txt through the real handler: a query, a
// line of dashes, optionally variables and a line of dashes, the response.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			parts := strings.Split(string(text), separator)
			require.Contains(t, []int{2, 3}, len(parts), "a script is a query, perhaps variables, and a response")
			var variables any
			if len(parts) == 3 {
				require.NoError(t, json.Unmarshal([]byte(parts[1]), &variables))
			}
			got := pretty(t, newFixture(t, nil).post(parts[0], variables).Body.Bytes())
			if *update {
				parts[len(parts)-1] = got
				require.NoError(t, os.WriteFile(file, []byte(strings.Join(parts, separator)), 0o644))
				return
			}
			require.Equal(t, parts[len(parts)-1], got)
		})
	}
}

// pretty returns JSON with one member per line.
func pretty(t *testing.T, text []byte) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, text, "", "  "), string(text))
	return out.String() + "\n"
}

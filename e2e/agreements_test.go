//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAgreements makes an agreement in Chromium, issues and prints a statement,
// excludes time afterwards and issues it again.
func TestAgreements(t *testing.T) {
	p := start(t)
	awaitHistory(t, p)
	checks := runScript(t, "agreements.mjs", []string{"HINDCAST_URL=" + p.URL}, func(command string) {
		t.Fatalf("agreements.mjs wants %q, which nobody knows", command)
	})
	require.Greater(t, checks, 20, "the browser script ended early")
	validateExample(t, p)
}

// example finds the document that the page shows to who has no agreement yet.
var example = regexp.MustCompile("(?s)const slaExample = `(.*?)`")

// validateExample validates it beside the objectives that it may promise.
func validateExample(t *testing.T, p *program) {
	t.Helper()
	source, err := os.ReadFile("../frontend/src/features/sla/EmptySlas.tsx")
	require.NoError(t, err)
	found := example.FindSubmatch(source)
	require.NotNil(t, found, "the page has no example")
	file := filepath.Join(t.TempDir(), "agreement.yaml")
	require.NoError(t, os.WriteFile(file, found[1], 0o600))
	p.run(t, "validate", "../internal/demo/specs", file)
}

// TestImports brings a specification of Sloth in in Chromium, until its budget is
// on the page.
func TestImports(t *testing.T) {
	p := start(t)
	awaitHistory(t, p)
	checks := runScript(t, "imports.mjs", []string{"HINDCAST_URL=" + p.URL}, func(command string) {
		t.Fatalf("imports.mjs wants %q, which nobody knows", command)
	})
	require.Greater(t, checks, 15, "the browser script ended early")
}

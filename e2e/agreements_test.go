//go:build e2e

package e2e

import (
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

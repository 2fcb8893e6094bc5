// Package deptest holds the import rules of the tree as one table and checks
// the tree against it.
//
// It guarantees that go test fails, with the reason, when a package imports
// what its place in the architecture does not allow, when it reaches something
// that it must never reach, and when it is missing from the table. Packages
// written in the future are thereby decided upon, not discovered.
//
// It imports the standard library only, and nothing but its own tests uses it.
package deptest

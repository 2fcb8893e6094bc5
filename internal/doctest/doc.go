// Package doctest measures the Go code of the tree and holds it to the house
// rules that no linter states: every package and every exported name has a
// comment, functions stay within 60 lines, files within 600, no package is a
// catch-all.
//
// It guarantees that go test fails with the file, the line and the remedy for
// each exception, and that the figures it prints (lengths at the median, at p95
// and at most) are counted from the source as it is, generated code and tests
// left out. It imports the standard library only, and nothing but its own tests
// uses it.
package doctest

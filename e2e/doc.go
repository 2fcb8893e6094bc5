// Package e2e drives the real program from outside, as a user does: it starts
// the binary with its demo, looks at the pages in Chromium and asks the command
// line and GraphQL for the same figures.
//
// It guarantees that what the page shows is what GraphQL answers, that nothing
// on it needs a mouse, that it loads nothing from elsewhere, and that pictures
// of it exist for people to look at (e2e-out/). Run it with make e2e; the tests
// carry the build tag e2e because they need a built binary and a browser. It
// imports no other package of ours.
package e2e

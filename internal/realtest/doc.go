// Package realtest starts the real components that tests run against, instead of
// imitations: on a free port of the loopback interface, waited for until they
// answer, ended with the test, and with their logs shown where it failed.
//
// It guarantees that a component which is missing fails the test with the
// command that installs it, and never skips it; only where HINDCAST_REAL is not
// set, which make real sets, are tests of real components left out. What it
// starts ends with the test, and with the test's process.
//
// It is imported by tests only, and imports the standard library and test
// libraries.
package realtest

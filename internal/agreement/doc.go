// Package agreement keeps service level agreements, written in files or made in
// the page, and the statements that were issued for them.
//
// It guarantees that a statement never changes: it is a document of which every
// byte is kept, with its SHA-256, and one that was damaged is said to be and not
// shown; that a correction is a further revision which says what differs from the
// one before, figure by figure; that of two people who issue at once one is told;
// and that nothing is issued while its figures may change for data that are late.
//
// What the figures are is package slo's. Package agreement imports slo,
// internal/almanac for names, internal/store and internal/fault; internal/server
// shows it to people.
package agreement

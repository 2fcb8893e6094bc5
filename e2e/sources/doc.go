// Package sources holds each kind of source against every way in which a server,
// or what stands before it, can lie: a cell of its matrix is one source behind
// one planted fault, measured by the collector into a ledger.
//
// It guarantees that the table of these states in docs/sources.md is what
// happens: a lie ends as an error or a gap, as a figure that is marked, or as the
// right one, and once the server tells the truth the ledger is that of a server
// that never lied. What nobody could notice is in the table too, with the reason.
// The matrix needs a real Prometheus and a real Elasticsearch, so that make real
// runs it. It stands outside of the program.
package sources

// Command bench measures what the full status of many objectives costs: from
// the ledger, by raw increase and by recording rules on the embedded engine, all
// on the same events, in one run on one machine. It prints the table of
// docs/performance.md; `make bench` runs it.
//
// Each line is measured in a process of its own, which the program starts from
// itself, so that the memory of one line is not that of another. Figures that
// the ways must agree on are compared, and a disagreement is an error: a fast
// wrong answer is no result.
//
// Nothing imports it. It stands where internal/server stands and puts store,
// ledger, collector and engine together without the server around them.
package main
